"""Cumulative incidence and log-rank test by their definitions.

Prints testdata/oracle/survival.txt, which holds both the spells and the results.
"""
import math
import random
import sys


def at_risk(spells, t):
    return [s for s in spells if s[0] < t <= s[1]]


def incidence(spells, cause):
    """F and its Greenwood-type variance as the double sum of the textbooks:

    sum (F(t)-F(ti))^2 d/(n(n-d)) + sum S(ti-)^2 dk(n-dk)/n^3
    - 2 sum (F(t)-F(ti)) S(ti-) dk/n^2
    """
    times = sorted({s[1] for s in spells if s[2]})
    share, total, rows, out = 1.0, 0.0, [], []
    for t in times:
        risk = at_risk(spells, t)
        n = len(risk)
        d = sum(1 for s in risk if s[1] == t and s[2])
        dk = sum(1 for s in risk if s[1] == t and s[2] == cause)
        total += share * dk / n
        rows.append((total, share, n, d, dk))
        share *= 1 - d / n
        var = 0.0
        for f, before, n, d, dk_i in rows:
            if n > d:
                var += (total - f) ** 2 * d / (n * (n - d))
            var += before**2 * dk_i * (n - dk_i) / n**3
            var -= 2 * (total - f) * before * dk_i / n**2
        if dk:
            out.append((t, rows[-1][2], dk, 1 - total, math.sqrt(max(var, 0))))
    return out


def logrank(strata):
    diff = var = 0.0
    for x, y in strata:
        for t in sorted({s[1] for s in x + y if s[2]}):
            nx, ny = len(at_risk(x, t)), len(at_risk(y, t))
            dx = sum(1 for s in at_risk(x, t) if s[1] == t and s[2])
            d = dx + sum(1 for s in at_risk(y, t) if s[1] == t and s[2])
            n = nx + ny
            diff += dx - d * nx / n
            if n > 1:
                var += d * nx * ny * (n - d) / (n * n * (n - 1))
    chi = diff * diff / var
    return chi, math.erfc(math.sqrt(chi / 2))


def draw(rng, n, rate):
    spells = []
    while len(spells) < n:
        entry = rng.choice([-math.inf, -math.inf, float(rng.randrange(8))])
        exit_ = float(math.ceil(rng.expovariate(rate)))
        if exit_ > entry:
            spells.append((entry, exit_, rng.choice([0, 1, 1, 2])))
    return spells


def main():
    print("# python3 testdata/oracle/survival.py > testdata/oracle/survival.txt, Python", sys.version.split()[0])
    print("# spell: stratum, arm (0 x, 1 y), entry, exit, cause (0 open)")
    print("# incidence: cause, time, at risk, events, 1-F, standard error; of all spells")
    print("# logrank: chi-squared, p; of causes 1 and 2 alike, by stratum")
    rng = random.Random(11)
    strata = [(draw(rng, 40, 0.08), draw(rng, 30, 0.14)) for _ in range(3)]
    for i, arms in enumerate(strata):
        for j, arm in enumerate(arms):
            for entry, exit_, cause in arm:
                print("spell", i, j, entry, exit_, cause)
    everyone = [s for arms in strata for arm in arms for s in arm]
    for cause in (1, 2):
        for t, n, d, s, se in incidence(everyone, cause):
            print("incidence", cause, t, n, d, repr(s), repr(se))
    print("logrank", *map(repr, logrank(strata)))


main()
