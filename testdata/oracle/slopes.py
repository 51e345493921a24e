"""Theil-Sen by writing out every slope, and Sen's ranks."""
import sys
from math import comb, floor, sqrt
from statistics import NormalDist, median


def line(x, y):
    slopes = sorted((y[j] - y[i]) / (x[j] - x[i]) for j in range(len(x)) for i in range(j) if x[i] != x[j])
    n, ties = len(x), [x.count(v) for v in set(x)]
    var = (n * (n - 1) * (2 * n + 5) - sum(u * (u - 1) * (2 * u + 5) for u in ties)) / 18
    z = NormalDist().inv_cdf(0.975)
    k = max(0, floor(len(slopes) / 2 - z * sqrt(var) / 2 + 0.5))
    assert len(slopes) == comb(n, 2) - sum(comb(u, 2) for u in ties)
    return median(slopes), k, slopes[k - 1] if k else "-", slopes[-k] if k else "-"


def made(n, seed, spread):
    """A pseudo-random set of points: a multiplicative generator modulo 2^31-1."""
    xs, ys, state = [], [], seed
    for i in range(n):
        state = state * 48271 % 2147483647
        xs.append(state % spread)
        state = state * 48271 % 2147483647
        ys.append(xs[-1] * 0.25 + state % 1000 / 100)
    return xs, ys


print("# python3 testdata/oracle/slopes.py, Python", sys.version.split()[0])
for n, seed, spread in [(12, 1, 1000), (30, 2, 8), (100, 3, 40), (400, 4, 30), (401, 5, 30), (700, 6, 100000)]:
    print(n, seed, spread, *line(*made(n, seed, spread)))
