"""Addressed random draws: Philox 4x32-10 keyed by (seed, stream, step, person), never consumed in order.

A draw is a pure function of its address, so results do not depend on the number of threads, on how worlds are
packed into batches, or on whether a run was resumed; and twins (worlds with one seed) share every draw.

The 128-bit counter is ``(person low, person high, step, stream)``, the 64-bit key is the seed. A stream's number is
the BLAKE2s hash of its name, so adding a stream to a theory leaves the others as they were.

Source: Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11
(doi:10.1145/2063384.2063405); checked against the known-answer vectors published with Random123.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numba as nb
import numpy as np
from numpy.typing import NDArray

from groundswell.errors import TheoryError

_M0, _M1 = 0xD2511F53, 0xCD9E8D57  # round multipliers of Philox 4x32
_W0, _W1 = 0x9E3779B9, 0xBB67AE85  # key increments: golden ratio and sqrt(3) - 1
_ROUNDS = 10
_MASK = 0xFFFFFFFF
TWO_POW_MINUS_53 = 2.0**-53


def philox4x32_reference(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox 4x32-10 in plain Python: the oracle of the compiled version. Words are 32-bit unsigned integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _MASK, (p0 >> 32) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


def uniform_reference(seed: int, stream: int, step: int, person: int) -> float:
    """The draw at one address, in plain Python: uniform on [0, 1) with 53 bits."""
    c0, c1, _, _ = philox4x32_reference(
        (person & _MASK, person >> 32, step & _MASK, stream), (seed & _MASK, seed >> 32)
    )
    return float((c0 >> 5) * 67108864 + (c1 >> 6)) * TWO_POW_MINUS_53


@nb.njit(forceinline=True)
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Philox 4x32-10. Arguments and results are 32-bit words held in uint64."""
    mask = np.uint64(_MASK)
    shift = np.uint64(32)
    for _ in range(_ROUNDS):
        p0 = np.uint64(_M0) * c0
        p1 = np.uint64(_M1) * c2
        c0 = (p1 >> shift) ^ c1 ^ k0
        c1 = p1 & mask
        c2 = (p0 >> shift) ^ c3 ^ k1
        c3 = p0 & mask
        k0 = (k0 + np.uint64(_W0)) & mask
        k1 = (k1 + np.uint64(_W1)) & mask
    return c0, c1, c2, c3


@nb.njit(forceinline=True)
def uniform(seed, stream, step, person):
    """The draw at one address: uniform on [0, 1) with 53 bits. All four arguments are unsigned integers."""
    mask = np.uint64(_MASK)
    shift = np.uint64(32)
    c0, c1, _, _ = philox4x32(
        np.uint64(person) & mask,
        np.uint64(person) >> shift,
        np.uint64(step) & mask,
        np.uint64(stream),
        np.uint64(seed) & mask,
        np.uint64(seed) >> shift,
    )
    high = c0 >> np.uint64(5)
    low = c1 >> np.uint64(6)
    return (np.float64(high) * 67108864.0 + np.float64(low)) * TWO_POW_MINUS_53


@nb.njit(forceinline=True)
def below(seed, stream, step, person, bound):
    """An integer uniform on 0..bound-1 (bound < 2**32), by multiplication; its bias is under bound / 2**53."""
    return np.int64(uniform(seed, stream, step, person) * bound)


@nb.njit(cache=True, nogil=True)
def _fill(seed, stream, step, first, out):
    for i in range(out.size):
        out[i] = uniform(seed, stream, step, np.uint64(first + i))


def uniforms(seed: int, stream: int, step: int, n: int, first: int = 0) -> NDArray[np.float64]:
    """Draws of persons ``first .. first+n-1`` in one stream and step. Returns float64 of shape (n,) in [0, 1)."""
    out = np.empty(n)
    _fill(np.uint64(seed), np.uint64(stream), np.uint64(step), np.uint64(first), out)
    return out


def stream_id(name: str) -> int:
    """The 32-bit number of the stream with this name."""
    return int.from_bytes(hashlib.blake2s(name.encode(), digest_size=4).digest(), "little")


def derive_seed(seed: int, *labels: str | int) -> int:
    """A 64-bit seed for one part of a study (a replicate, a population), from the study's seed and labels."""
    text = "\x1f".join([str(int(seed)), *(f"{type(x).__name__}:{x}" for x in labels)])
    return int.from_bytes(hashlib.blake2s(text.encode(), digest_size=8).digest(), "little")


def streams(names: Iterable[str], owner: str) -> dict[str, int]:
    """Number the streams of one owner; two streams with the same name or with colliding numbers are refused.

    Raises
    ------
    TheoryError : when a name appears twice, or two names hash to one number.
    """
    numbers: dict[str, int] = {}
    taken: dict[int, str] = {}
    for name in names:
        if name in numbers:
            raise TheoryError(
                f"{owner} declares the stream {name!r} twice",
                expected="one name for one decision",
                why="two decisions that share a stream would be perfectly correlated",
                instead=f"give the second one its own name, such as {name + '_2'!r}",
            )
        number = stream_id(name)
        if number in taken:
            raise TheoryError(
                f"in {owner} the streams {taken[number]!r} and {name!r} have the same number",
                expected="distinct 32-bit hashes",
                instead="rename one of them",
            )
        numbers[name], taken[number] = number, name
    return numbers
