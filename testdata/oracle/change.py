"""Quasi-Poisson regression by iterated weighted least squares, and a difference of shares by unit."""
import sys
from math import exp, gamma, lgamma, log, pi, sqrt


def t_tail(t, df, steps=20000):
    """P(T > t), t >= 0: Simpson's rule on the angle, T = sqrt(df) tan(a)."""
    c = exp(lgamma((df + 1) / 2) - lgamma(df / 2)) / sqrt(pi)
    low, high = __import__("math").atan(t / sqrt(df)), pi / 2
    h = (high - low) / steps
    total = 0.0
    for i in range(steps + 1):
        w = 1 if i in (0, steps) else 4 if i % 2 else 2
        cos = max(__import__("math").cos(low + i * h), 0.0)
        total += w * cos ** (df - 1)
    return c * total * h / 3


def t_quantile(tail, df):
    low, high = 0.0, 1000.0
    for _ in range(80):
        mid = (low + high) / 2
        low, high = (mid, high) if t_tail(mid, df, 2000) > tail else (low, mid)
    return low


def glm(recent, baseline):
    y = recent + baseline
    g = [1] * len(recent) + [0] * len(baseline)
    a, b = log(sum(y) / len(y)), 0.0
    for _ in range(60):
        mu = [exp(a + b * gi) for gi in g]
        s0, s1 = sum(mu), sum(m * gi for m, gi in zip(mu, g))
        z = [a + b * gi + (yi - m) / m for yi, m, gi in zip(y, mu, g)]
        r0 = sum(m * zi for m, zi in zip(mu, z))
        r1 = sum(m * zi * gi for m, zi, gi in zip(mu, z, g))
        det = s0 * s1 - s1 * s1
        a, b = (s1 * r0 - s1 * r1) / det, (s0 * r1 - s1 * r0) / det
    mu = [exp(a + b * gi) for gi in g]
    df = len(y) - 2
    phi = max(1, sum((yi - m) ** 2 / m for yi, m in zip(y, mu)) / df)
    s0, s1 = sum(mu), sum(m * gi for m, gi in zip(mu, g))
    se = sqrt(phi * s0 / (s0 * s1 - s1 * s1))
    return b, se, df


def shares(clusters):
    """clusters: (recent N, recent hits, baseline N, baseline hits); every unit by itself."""
    units = []
    for g, (n1, x1, n0, x0) in enumerate(clusters):
        units += [(g, 1, int(i < x1)) for i in range(n1)] + [(g, 0, int(i < x0)) for i in range(n0)]
    n = [sum(1 for u in units if u[1] == w) for w in (0, 1)]
    p = [sum(u[2] for u in units if u[1] == w) / n[w] for w in (0, 1)]
    z, wt = {}, {}
    for g, w, y in units:
        z[g] = z.get(g, 0) + (y - p[w]) / n[w] * (1 if w else -1)
        wt[g] = wt.get(g, 0) + 1 / n[w]
    G = len(z)
    v = G / (G - 1) * sum(x * x for x in z.values())
    return p[1] - p[0], sqrt(v), sum(wt.values()) ** 2 / sum(x * x for x in wt.values()) - 1


def show(name, value, se, df):
    upper = t_tail(abs(value) / se, df)
    print(name, value, se, df, t_quantile(0.025, df), t_quantile(0.05, df), upper)


print("# python3 testdata/oracle/change.py, Python", sys.version.split()[0])
show("rate", *glm([12, 9, 15, 11, 8, 13], [7, 8, 6, 9, 5, 7, 8, 6]))
show("rate", *glm([0, 30, 1, 2, 25, 0], [3, 14, 0, 9, 1]))
show("rate", *glm([5, 4, 6], [5, 5, 5]))
show("share", *shares([(5, 5, 0, 0), (3, 1, 4, 1), (0, 0, 6, 2), (2, 2, 1, 0), (1, 0, 0, 0), (0, 0, 1, 1), (4, 3, 2, 0), (0, 0, 0, 0)][:7]))
show("share", *shares([(1, i % 2, 0, 0) for i in range(20)] + [(0, 0, 10, i % 4) for i in range(20)]))
