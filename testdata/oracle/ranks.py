"""Mann-Whitney by trying every way to share the values out, Hodges-Lehmann by writing out every difference."""
import sys
from fractions import Fraction
from itertools import combinations, permutations


def u(x, y):
    return sum((a > b) + Fraction(a == b, 2) for a in x for b in y)


def tails(x, y):
    values, seen = x + y, u(x, y)
    below = above = ways = 0
    for idx in combinations(range(len(values)), len(x)):
        rest = [values[i] for i in range(len(values)) if i not in idx]
        got = u([values[i] for i in idx], rest)
        below += got <= seen
        above += got >= seen
        ways += 1
    return seen, Fraction(below, ways), Fraction(above, ways)


def rank_bound(nx, ny):
    """Largest k with P(U <= k-1) <= 2.5 %, over all orders of different values."""
    n, counts = nx + ny, {}
    for idx in combinations(range(n), nx):
        rest = [i for i in range(n) if i not in idx]
        got = sum(a > b for a in idx for b in rest)
        counts[got] = counts.get(got, 0) + 1
    total, k, sofar = sum(counts.values()), 0, 0
    while Fraction(sofar + counts.get(k, 0), total) <= Fraction(25, 1000):
        sofar += counts.get(k, 0)
        k += 1
    return k


def shift(x, y):
    d = sorted(b - a for a in x for b in y)
    n, k = len(d), rank_bound(len(x), len(y))
    return (d[(n - 1) // 2] + d[n // 2]) / 2, k, d[k - 1] if k else "-", d[n - k] if k else "-"


def kendall(values):
    """Exact tails of S over all orders."""
    def s(v):
        return sum((v[j] > v[i]) - (v[j] < v[i]) for j in range(len(v)) for i in range(j))
    seen, below, above, ways = s(values), 0, 0, 0
    for p in permutations(values):
        got = s(p)
        below, above, ways = below + (got <= seen), above + (got >= seen), ways + 1
    return seen, float(Fraction(below, ways)), float(Fraction(above, ways))


print("# python3 testdata/oracle/ranks.py, Python", sys.version.split()[0])
samples = [
    ([1, 2, 2, 3], [0, 1, 2]),
    ([2, 2], [1, 2]),
    ([1, 1, 1, 2], [1, 2, 2]),
    ([3, 5, 8, 13, 21], [2, 3, 5, 8]),
    ([1, 2, 3], [4, 6, 8]),
    ([1, 2, 3, 4], [5, 6, 7, 8]),
    ([2, 4, 4, 8, 16, 3], [1, 1, 2, 4, 5]),
    ([1, 5, 9, 14, 20, 27], [3, 4, 8, 13, 15, 16, 30]),
]
for x, y in samples:
    seen, below, above = tails(x, y)
    value, k, low, high = shift(x, y)
    print("two", ",".join(map(str, x)), ",".join(map(str, y)), float(seen), float(below), float(above), value, k, low, high)
for values in [(1, 2, 3, 4), (1, 2, 3, 4, 5), (5, 4, 3, 2, 1), (3, 1, 2), (1, 1, 2, 3), (2, 7, 1, 8, 2, 8, 1), (4, 4, 4, 4, 5), (1, 3, 2, 5, 4, 6, 6)]:
    print("kendall", ",".join(map(str, values)), *kendall(values))
