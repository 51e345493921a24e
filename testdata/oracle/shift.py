"""Shift of durations by its definition: all pairs, whole clusters left out.

Prints testdata/oracle/shift.txt, which holds both the units and the results.
"""
import math
import random
import sys

MASK = (1 << 64) - 1


def scramble(x):
    """SplitMix64's finaliser, as published by Steele, Lea and Flood."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def score(x, y, delta):
    lx, x_ended = x
    ly, y_ended = y
    d = ly - delta - lx
    if x_ended and y_ended:
        return (d > 0) - (d < 0)
    if x_ended and d >= 0:
        return 1
    if y_ended and d <= 0:
        return -1
    return 0


def total(strata, delta):
    return sum(
        sum(score(x, y, delta) for x in xs for y in ys) / (len(xs) + len(ys) + 1)
        for xs, ys in strata
    )


def shift(units):
    """The middle between the last shift with a sum above 0 and the first below."""
    strata = {}
    for side, days, ended, stratum, _ in units:
        strata.setdefault(stratum, ([], []))[side].append((math.log(days), ended))
    strata = [(xs, ys) for xs, ys in strata.values() if xs and ys]
    jumps = []
    for d in sorted(y[0] - x[0] for xs, ys in strata for x in xs for y in ys):
        if not jumps or d - jumps[-1] > 1e-11:
            jumps.append(d)
    # The sum is constant between jumps: look at the middles only.
    middles = [jumps[0] - 1] + [(a + b) / 2 for a, b in zip(jumps, jumps[1:])] + [jumps[-1] + 1]

    def first(condition):
        low, high = 0, len(middles)
        while low < high:
            mid = (low + high) // 2
            if condition(total(strata, middles[mid])):
                high = mid
            else:
                low = mid + 1
        return low

    not_above, below = first(lambda s: s < 1e-12), first(lambda s: s < -1e-12)
    return (jumps[not_above - 1] + jumps[below - 1]) / 2


def jackknife(units):
    sides = {}
    for side, _, _, stratum, _ in units:
        sides.setdefault(stratum, set()).add(side)
    units = [u for u in units if len(sides[u[3]]) == 2]
    clusters = sorted({u[4] for u in units}, key=scramble)
    groups = min(40, len(clusters))
    group = {c: i % groups for i, c in enumerate(clusters)}
    without = [shift([u for u in units if group[u[4]] != g]) for g in range(groups)]
    mean = sum(without) / groups
    squares = sum((w - mean) ** 2 for w in without)
    return math.sqrt((groups - 1) / groups * squares), groups, len(units)


def draw(rng, n, clusters, strata, ratio, digits):
    effect = [rng.gauss(0, 0.4) for _ in range(clusters)]
    units = []
    for _ in range(n):
        side, c = rng.randrange(2), rng.randrange(clusters)
        days = math.exp(3 + side * math.log(ratio) + effect[c] + rng.gauss(0, 0.8))
        age = rng.uniform(1, 120)
        ended = days <= age
        units.append((side, max(round(min(days, age), digits), 0.5), ended, rng.randrange(strata), c * c + 7))
    return units


def main():
    print("# python3 testdata/oracle/shift.py > testdata/oracle/shift.txt, Python", sys.version.split()[0])
    print("# unit: case, side (0 x, 1 y), days, ended, stratum, cluster")
    print("# want: case, shift, standard error, groups, units")
    rng = random.Random(5)
    cases = {
        "plain": draw(rng, 60, 30, 1, 2, 6),
        "strata": draw(rng, 220, 25, 7, 1.5, 6),
        "groups": draw(rng, 300, 130, 3, 1.0, 6),
        "days": draw(rng, 300, 60, 2, 3, 0),
    }
    cases["strata"].append((0, 9.5, True, 99, 3))
    for name, units in cases.items():
        for side, days, ended, stratum, cluster in units:
            print("unit", name, side, repr(days), int(ended), stratum, cluster)
        se, groups, used = jackknife(units)
        print("want", name, repr(shift(units)), repr(se), groups, used)


main()
