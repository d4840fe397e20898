"""Elementary functions for rules, using only IEEE arithmetic, so that every engine and machine agrees to the bit.

The C library's ``exp`` may differ in its last bit between machines, and cannot be vectorised by the compiler; these
can be. Plain Python runs the functions as written; the compiled engines compile the same bodies, with the three
primitives ``_scale``, ``_split`` and ``_floor`` replaced by bit operations that return the same numbers.
"""

from __future__ import annotations

import math

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # the leading 32 bits of ln 2: k * _LN2_HIGH is exact for |k| < 2**21
_LN2_LOW = 1.90821492927058770002e-10
_EXP_MIN, _EXP_MAX = -708.0, 709.0  # outside, exp leaves the normal doubles


def _scale(x: float, k: float) -> float:
    return math.ldexp(x, int(k)) if k == k else x


def _split(x: float) -> tuple[float, float]:
    mantissa, exponent = math.frexp(x)  # mantissa in [0.5, 1)
    return 2.0 * mantissa, float(exponent - 1)


def _floor(x: float) -> float:
    if not math.isfinite(x):
        return x
    return math.copysign(float(math.floor(x)), x)  # -0.0 stays -0.0, as in the compiled engines


def exp(x: float) -> float:
    """The exponential function, within 2 units in the last place; x is clipped to [-708, 709]."""
    x = min(max(x, _EXP_MIN), _EXP_MAX)
    k = _floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW  # |r| <= ln(2)/2, where the Taylor series to r**13 errs by 4e-18
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return _scale(p, k)


def log(x: float) -> float:
    """The natural logarithm, within 2 units in the last place; x is clipped to [1e-300, largest double]; NaN stays."""
    x = min(max(x, 1e-300), 1.7976931348623157e308)
    m, e = _split(x)
    high = 1.0 if m > 1.4142135623730951 else 0.0
    m = m * (1.0 - 0.5 * high)  # into [sqrt(1/2), sqrt(2)), exactly
    e = e + high
    s = (m - 1.0) / (m + 1.0)  # log m = 2 artanh s, |s| <= 0.1716, series to s**23 errs by 2e-19
    z = s * s
    p = 1.0 / 23.0
    p = p * z + 1.0 / 21.0
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    return e * _LN2_HIGH + (2.0 * s + (2.0 * s * z * p + e * _LN2_LOW)) + (x - x)  # NaN, whose bits look like a number


def sqrt(x: float) -> float:
    """The square root (correctly rounded); negative numbers give 0."""
    return math.sqrt(max(x, 0.0))


def floor(x: float) -> float:
    """The largest whole number not above x, as a float."""
    return _floor(x)


def logistic(x: float) -> float:
    """The logistic function 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))


def positive(x: float) -> float:
    """The positive part, max(x, 0)."""
    return max(x, 0.0)


def clip(x: float, low: float, high: float) -> float:
    """x clipped to [low, high]."""
    return min(max(x, low), high)


def power(x: float, y: float) -> float:
    """x to the power y for x >= 0, as exp(y log x); 0 to any positive power is 0. ``x ** y`` in a rule means this,
    except for whole exponents 2, 3 and 4, which are multiplied out."""
    return exp(y * log(x)) if x > 0.0 else 0.0


def normal_quantile(u: float) -> float:
    """The inverse of the standard normal distribution function, relative error about 1e-16.

    Source: Wichura, M. J. (1988). Algorithm AS 241. Applied Statistics 37, 477-484. u is clipped to [1e-300, 1 -
    2**-53].
    """
    u = min(max(u, 1e-300), 1.0 - 2.0**-53)
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        a = 2509.0809287301226727
        a = a * r + 33430.575583588128105
        a = a * r + 67265.770927008700853
        a = a * r + 45921.953931549871457
        a = a * r + 13731.693765509461125
        a = a * r + 1971.5909503065514427
        a = a * r + 133.14166789178437745
        a = a * r + 3.387132872796366608
        b = 5226.495278852545925
        b = b * r + 28729.085735721942674
        b = b * r + 39307.89580009271061
        b = b * r + 21213.794301586595867
        b = b * r + 5394.1960214247511077
        b = b * r + 687.1870074920579083
        b = b * r + 42.313330701600911252
        b = b * r + 1.0
        return q * a / b
    r = sqrt(-log(min(u, 1.0 - u)))
    if r <= 5.0:
        r = r - 1.6
        a = 7.7454501427834140764e-4
        a = a * r + 0.0227238449892691845833
        a = a * r + 0.24178072517745061177
        a = a * r + 1.27045825245236838258
        a = a * r + 3.64784832476320460504
        a = a * r + 5.7694972214606914055
        a = a * r + 4.6303378461565452959
        a = a * r + 1.42343711074968357734
        b = 1.05075007164441684324e-9
        b = b * r + 5.475938084995344946e-4
        b = b * r + 0.0151986665636164571966
        b = b * r + 0.14810397642748007459
        b = b * r + 0.68976733498510000455
        b = b * r + 1.6763848301838038494
        b = b * r + 2.05319162663775882187
        b = b * r + 1.0
    else:
        r = r - 5.0
        a = 2.01033439929228813265e-7
        a = a * r + 2.71155556874348757815e-5
        a = a * r + 0.0012426609473880784386
        a = a * r + 0.026532189526576123093
        a = a * r + 0.29656057182850489123
        a = a * r + 1.7848265399172913358
        a = a * r + 5.4637849111641143699
        a = a * r + 6.6579046435011037772
        b = 2.04426310338993978564e-15
        b = b * r + 1.4215117583164458887e-7
        b = b * r + 1.8463183175100546818e-5
        b = b * r + 7.868691311456132591e-4
        b = b * r + 0.0148753612908506148525
        b = b * r + 0.13692988092273580531
        b = b * r + 0.59983220655588793769
        b = b * r + 1.0
    return a / b if q > 0.0 else -(a / b)


def normal_probability(x: float) -> float:
    """The standard normal distribution function at x, with the same last digit on every machine and in every engine.

    Relative error below 1e-15 (1 + x**2). Source: W. J. Cody (1969), Mathematics of Computation 23, 631-637, through
    erfc(-x / sqrt(2)) / 2.
    """
    y = abs(x) * 0.70710678118654752440
    if y > 27.3:  # below the least positive double
        return 1.0 if x > 0.0 else 0.0
    z = y * y
    if y <= 0.46875:
        a = (((0.185777706184603153 * z + 3.16112374387056560) * z + 113.864154151050156) * z + 377.485237685302021) * z
        b = (((z + 23.6012909523441209) * z + 244.024637934444173) * z + 1282.61652607737228) * z
        half = 0.5 * y * (a + 3209.37758913846947) / (b + 2844.23683343917062)
        return 0.5 + half if x > 0.0 else 0.5 - half
    if y <= 4.0:
        a = ((2.15311535474403846e-8 * y + 0.564188496988670089) * y + 8.88314979438837594) * y + 66.1191906371416295
        a = ((a * y + 298.635138197400131) * y + 881.952221241769090) * y + 1712.04761263407058
        a = (a * y + 2051.07837782607147) * y + 1230.33935479799725
        b = ((y + 15.7449261107098347) * y + 117.693950891312499) * y + 537.181101862009858
        b = ((b * y + 1621.38957456669019) * y + 3290.79923573345963) * y + 4362.61909014324716
        b = (b * y + 3439.36767414372164) * y + 1230.33935480374942
        ratio = a / b
    else:
        w = 1.0 / z
        a = ((0.0163153871373020978 * w + 0.305326634961232344) * w + 0.360344899949804439) * w + 0.125781726111229246
        a = (a * w + 0.0160837851487422766) * w + 6.58749161529837803e-4
        b = ((w + 2.56852019228982242) * w + 1.87295284992346725) * w + 0.527905102951428412
        b = (b * w + 0.0605183413124413191) * w + 0.00233520497626869185
        ratio = (0.56418958354775628695 - w * a / b) / y
    coarse = _floor(y * 16.0) / 16.0  # the square of y, in two parts of which the first is exact
    tail = 0.5 * exp(-coarse * coarse) * exp(-(y - coarse) * (y + coarse)) * ratio
    return 1.0 - tail if x > 0.0 else tail


def poisson_quantile(u: float, mean: float) -> float:
    """The inverse of the Poisson distribution function at u: monotone in u and in the mean, so twins stay coupled.

    Exact summation to a mean of 500; above, the Cornish-Fisher expansion, whose error is below one count (so that from
    just below a mean of 500 to just above it the result may fall by one). A mean that is NaN gives NaN.
    """
    if mean <= 0.0:
        return 0.0
    if mean != mean:
        return mean
    if mean > 500.0:
        z = normal_quantile(u)
        return max(_floor(mean + sqrt(mean) * z + (z * z - 1.0) / 6.0 + 0.5), 0.0)
    term = exp(-mean)
    total = term
    k = 0.0
    while u > total and (k < mean or term > 1e-17):  # below that, no 53-bit u is distinguished, and sums round
        k = k + 1.0
        term = term * mean / k
        total = total + term
    return k


RULE_FUNCTIONS = {f.__name__: f for f in (exp, log, sqrt, floor, logistic, positive, clip, power)}
