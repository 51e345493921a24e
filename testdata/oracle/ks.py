"""Distribution of Kolmogorov's distance by Steck's determinant, in fractions.

P(D < d) = n! det[(b_i - a_j)_+^(j-i+1) / (j-i+1)!], a_j = j/n - d, b_i = (i-1)/n + d
(cut to [0, 1]), an entry with j-i+1 < 0 being 0.
"""
import sys
from fractions import Fraction
from math import factorial


def determinant(m):
    m, det = [row[:] for row in m], Fraction(1)
    for c in range(len(m)):
        pivot = next((r for r in range(c, len(m)) if m[r][c]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != c:
            m[c], m[pivot], det = m[pivot], m[c], -det
        det *= m[c][c]
        for r in range(c + 1, len(m)):
            if m[r][c]:
                f = m[r][c] / m[c][c]
                m[r] = [a - f * b for a, b in zip(m[r], m[c])]
    return det


def cdf(n, d):
    a = [max(Fraction(j, n) - d, 0) for j in range(1, n + 1)]
    b = [min(Fraction(i - 1, n) + d, 1) for i in range(1, n + 1)]

    def entry(i, j):
        k = j - i + 1
        if k < 0:
            return Fraction(0)
        return max(b[i] - a[j], Fraction(0)) ** k / factorial(k) if k else Fraction(1)
    return factorial(n) * determinant([[entry(i, j) for j in range(n)] for i in range(n)])


print("# python3 testdata/oracle/ks.py, Python", sys.version.split()[0])
for n, d in [(1, ".8"), (2, ".4"), (3, ".45"), (5, ".563"), (10, ".274"), (10, ".409"), (20, ".1"), (20, ".294"), (40, ".25"), (60, ".12")]:
    print(n, d, float(1 - cdf(n, Fraction(d))))
