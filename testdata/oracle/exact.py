"""Binomial tails and Poisson limits in exact or 50-digit arithmetic."""
import sys
from decimal import Decimal, getcontext
from fractions import Fraction
from math import comb

getcontext().prec = 50


def tails(x, n, theta):
    def pmf(k):
        return comb(n, k) * theta**k * (1 - theta) ** (n - k)
    return sum(map(pmf, range(x + 1))), sum(map(pmf, range(x, n + 1)))


def poisson_at_most(x, mean):
    term, total = Decimal(1), Decimal(1)
    for k in range(1, x + 1):
        term *= mean / k
        total += term
    return total * (-mean).exp()


def solve(f, target):
    """f falls; the place where it reaches target."""
    low, high = Decimal(0), Decimal(1000)
    for _ in range(160):
        mid = (low + high) / 2
        if f(mid) > target:
            low = mid
        else:
            high = mid
    return low


print("# python3 testdata/oracle/exact.py, Python", sys.version.split()[0])
for x, n, theta in [(0, 10, "3/10"), (10, 10, "3/10"), (3, 10, "3/10"), (20, 30, "1/2"), (21, 30, "1/2"), (15, 30, "1/2"),
                    (2, 14, "1/4"), (0, 14, "1/4"), (0, 13, "1/4"), (0, 38, "1/10"), (37, 90, "11/20"), (250, 1000, "1/5"), (0, 0, "1/2")]:
    below, above = tails(x, n, Fraction(theta))
    print("binomial", x, n, float(Fraction(theta)), float(below), float(above))
for x in [0, 1, 2, 5, 10, 50, 300]:
    low = solve(lambda m: poisson_at_most(x - 1, m), Decimal("0.975")) if x else Decimal(0)
    high = solve(lambda m: poisson_at_most(x, m), Decimal("0.025"))
    print("poisson", x, float(low), float(high))
