"""The tools for writing the functions of a process: the compiler, addressed draws, and the functions of rules.

    from groundswell.theory.compiled import below, chance, compiled, uniform

A draw is a function of its address: the world's seed, the stream, the step, and the drawer's number (any whole number
>= 0 below 2**40), with `k` for the k-th draw (below 2**24) of the same one in the step. It is the same number whatever
was drawn before it.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba as nb
import numpy as np
from numba.core import types as nb_types
from numba.extending import intrinsic

from groundswell import draws
from groundswell.theory import functions
from groundswell.theory.process import refuse_other_luck

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """Compile a function that the step of a process calls (Numba, without the interpreter's lock).

    Raises
    ------
    RuleError : the function draws from Python's or NumPy's random numbers.
    """
    refuse_other_luck(function)
    return nb.njit(nogil=True, error_model="numpy")(function)  # pyright: ignore[reportReturnType]


# -- the functions of rules, bit for bit those of plain Python ---------------------------------------------------------


@intrinsic
def _bits_to_float(typingctx, x):
    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(nb_types.float64))

    return nb_types.float64(nb_types.int64), build


@intrinsic
def _float_to_bits(typingctx, x):
    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(nb_types.int64))

    return nb_types.int64(nb_types.float64), build


@nb.njit(forceinline=True)
def _scale(x, k):
    # adding 1.5 * 2**52 leaves the whole number k in the lowest bits; a conversion would prevent vectorisation
    whole = _float_to_bits(k + 6755399441055744.0)  # pyright: ignore[reportCallIssue]
    return x * _bits_to_float((whole + 1023) << 52)  # pyright: ignore[reportCallIssue]


@nb.njit(forceinline=True)
def _split(x):
    bits = _float_to_bits(x)  # pyright: ignore[reportCallIssue]
    exponent = (bits >> 52) - 1023
    mantissa = _bits_to_float((bits & 0xFFFFFFFFFFFFF) | (1023 << 52))  # pyright: ignore[reportCallIssue]
    return mantissa, np.float64(exponent)


@nb.njit(forceinline=True)
def _floor(x):
    return np.floor(x)


@nb.njit(forceinline=True)
def _sqrt(x):
    return np.sqrt(max(x, 0.0))


def _compile(*names: str) -> dict[str, Any]:
    """Compile functions of `groundswell.theory.functions` from their own text, on compiled primitives."""
    scope: dict[str, Any] = dict(vars(functions)) | {
        "_scale": _scale,
        "_split": _split,
        "_floor": _floor,
        "sqrt": _sqrt,
    }
    for name in names:
        plain = getattr(functions, name)
        scope[name] = nb.njit(error_model="numpy")(types.FunctionType(plain.__code__, scope, name))
    return scope


_scope = _compile(
    "exp", "log", "floor", "logistic", "positive", "clip", "power",
    "normal_quantile", "normal_probability", "poisson_quantile",
)  # fmt: skip
exp, log, sqrt, floor = _scope["exp"], _scope["log"], _sqrt, _scope["floor"]
logistic, positive, clip, power = _scope["logistic"], _scope["positive"], _scope["clip"], _scope["power"]
normal_quantile, poisson_quantile = _scope["normal_quantile"], _scope["poisson_quantile"]
normal_probability = _scope["normal_probability"]


# -- draws -------------------------------------------------------------------------------------------------------------


class Draws(NamedTuple):
    """The draws of one stream in one step of one world: `luck.NAME`. All three are uint64."""

    seed: Any
    stream: Any
    step: Any


@nb.njit(forceinline=True)
def bits(stream, who, k=0):
    """Four words of 32 random bits each, held in uint64: one Philox block."""
    mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    person = np.uint64(who) + (np.uint64(k) << np.uint64(40))
    return draws.philox4x32(
        person & mask, person >> shift, stream.step & mask, stream.stream, stream.seed & mask, stream.seed >> shift
    )


@nb.njit(forceinline=True)
def uniform(stream, who, k=0):
    """A number uniform on [0, 1) with 53 bits."""
    return draws.uniform(stream.seed, stream.stream, stream.step, np.uint64(who) + (np.uint64(k) << np.uint64(40)))


@nb.njit(forceinline=True)
def chance(stream, who, probability, k=0):
    """True with this probability."""
    return uniform(stream, who, k) < probability


@nb.njit(forceinline=True)
def below(stream, who, bound, k=0):
    """A whole number uniform on 0..bound-1 (bound < 2**32)."""
    return np.int64(uniform(stream, who, k) * bound)


@nb.njit(forceinline=True)
def normal(stream, who, k=0):
    """A standard normal number."""
    return normal_quantile(uniform(stream, who, k))


@nb.njit(forceinline=True)
def poisson(stream, who, mean, k=0):
    """A Poisson count with this mean."""
    return poisson_quantile(uniform(stream, who, k), mean)
