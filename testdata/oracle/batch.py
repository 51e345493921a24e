# Clumps of releases (METRICS B4) and the elasticity of size (B6), from their
# formulas alone. Prints cases and expected values for analysis/batch.
import math, platform, statistics, sys

print("# python3 testdata/oracle/batch.py > testdata/oracle/batch.txt")
print("# Python", platform.python_version())

state = 20
def draw(n):
    """0 to n-1: the generator of Lehmer, Park and Miller."""
    global state
    state = state * 48271 % 2147483647
    return state % n

def se(values):
    g, mean = len(values), sum(values) / len(values)
    return math.sqrt((g - 1) / g * sum((v - mean) ** 2 for v in values))

def vmr(counts):
    return statistics.variance(counts) / statistics.mean(counts)

def burst(gaps):
    n, r = len(gaps), statistics.pstdev(gaps) / statistics.mean(gaps)
    return (math.sqrt(n + 1) * r - math.sqrt(n - 1)) / ((math.sqrt(n + 1) - 2) * r + math.sqrt(n - 1))

def clumping(weeks):
    days = sorted(draw(weeks * 7 * 8) / 8 for _ in range(2 * weeks))
    days = sorted(set(days))
    counts = [sum(1 for d in days if 7 * w <= d < 7 * w + 7) for w in range(weeks)]
    block = lambda w: (weeks - 1 - w) // 4
    blocks = block(0) + 1
    gaps = [(b - a, block(int(b // 7))) for a, b in zip(days, days[1:])]
    ratio = [vmr([c for w, c in enumerate(counts) if block(w) != k]) for k in range(blocks)]
    bursts = [burst([g for g, b in gaps if b != k]) for k in range(blocks)]
    print("clumping", weeks, vmr(counts), se(ratio), burst([g for g, _ in gaps]), se(bursts), blocks, *days)

def slope(points):
    return statistics.median((y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(points) for x2, y2 in points[i + 1:] if x1 != x2)

def elasticity(n):
    sizes = [1 + draw(12) for _ in range(n)]
    days = [sizes[k] + 1 + draw(20) for k in range(n)]
    points = [(math.log(s), math.log(d)) for s, d in zip(sizes, days)]
    without = [slope(points[:k] + points[k + 1:]) for k in range(n)]
    print("elasticity", n, slope(points), se(without), *(f"{s}:{d}" for s, d in zip(sizes, days)))

for weeks in (12, 13, 26, 52):
    clumping(weeks)
for n in (20, 27, 40):
    elasticity(n)
