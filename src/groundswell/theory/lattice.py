"""Sets of sites on a torus, and what is seen from a site: counting, and finding the k-th, within a field of vision.

A *board* is a set of sites (the occupied, the active, the burning), one bit per site. What theories of movers ask of
it, thousands of times a step and at random places, is: how many of the sites that I see are in the set, and which is
the k-th of them? Both questions are answered from one short stretch of memory.

    torus = Torus(grid.rows, grid.columns, reach)   # reach: the furthest that anyone sees, in rows or columns
    occupied = board(torus)                          # an empty set; vision(euclidean(7.0), reach): what is seen
    put(torus, occupied, row, column)
    free = count_clear(occupied, sees, row, column)
    row, column = find_clear(torus, occupied, sees, row, column, below(luck.where, i, free))

Layout: the columns are divided into strips of 16. For each strip and row there is one word of 32 bits, the
columns of the strip and the next 16, so that any 17 columns in a row lie in one word, and the rows that are seen lie
next to each other in memory: a disc of radius 7 is 15 words, one cache line. A site is thus kept twice, and near the
edges (where the torus closes) more often: `put` and `take` keep the copies alike. Wider fields of vision are seen in
blocks of 17 columns.

All sets of a torus are made for one `reach`; a `vision` may be narrower, and may differ between people.
A person's own site is never within that person's vision.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from groundswell.errors import TheoryError

STRIP = 16  # columns of a strip; a word holds two strips
BLOCK = STRIP + 1  # columns that are seen at once: wherever they begin in a strip, they end within the strip's word
LANES = 16  # rows that are seen at once: 16 words of 32 bits are one cache line, and one wide register
_ALL = np.uint32(0xFFFFFFFF)


class Torus(NamedTuple):
    """A grid whose edges are joined: its rows, columns, and the furthest that anyone on it sees in either direction."""

    rows: int
    columns: int
    reach: int


# --- fields of vision, in plain Python --------------------------------------------------------------------------------


def euclidean(radius: float) -> list[int]:
    """Half-widths of the rows of a disc: sites whose centres lie within `radius`. 1.7 sees 8 sites, 7 sees 148."""
    _distance(radius)
    whole = math.floor(radius)
    return [math.floor(math.sqrt(radius * radius - dy * dy)) for dy in range(-whole, whole + 1)]


def moore(radius: float) -> list[int]:
    """Half-widths of the rows of a square: sites at most `radius` rows and `radius` columns away."""
    _distance(radius)
    return [math.floor(radius)] * (2 * math.floor(radius) + 1)


def von_neumann(radius: float) -> list[int]:
    """Half-widths of the rows of a diamond: sites at most `radius` steps away along rows and columns."""
    _distance(radius)
    whole = math.floor(radius)
    return [whole - abs(dy) for dy in range(-whole, whole + 1)]


def _distance(radius: float) -> None:
    if not 1 <= radius <= 1000:
        raise TheoryError(f"a vision of {radius:g}", expected="a distance from 1 to 1,000 sites")


def vision(half_widths: Iterable[int], reach: int) -> NDArray[np.uint32]:
    """Which sites are seen, as masks of the rows and blocks of columns around a site.

    Parameters
    ----------
    half_widths : for each row from the uppermost seen to the lowest, how many columns are seen to either side.
    reach : that of the torus, at least as far as this vision.

    Returns uint32 of shape (blocks of 17 columns, rows of 2 reach + 1 filled up to a multiple of 16).
    Raises TheoryError when the vision is wider than the reach.
    """
    rows = list(half_widths)
    above = len(rows) // 2
    if above > reach or max(rows) > reach:
        raise TheoryError(
            f"a vision of {max(above, *rows)} on a torus of reach {reach}", expected="a vision within the reach"
        )
    seen = np.zeros((LANES * -(-(2 * reach + 1) // LANES), BLOCK * -(-(2 * reach + 1) // BLOCK)), bool)
    for dy, width in enumerate(rows, start=reach - above):
        seen[dy, reach - width : reach + width + 1] = True
    seen[reach, reach] = False
    weights = np.uint32(1) << np.arange(BLOCK, dtype=np.uint32)
    blocks = seen.reshape(len(seen), -1, BLOCK).transpose(1, 0, 2)
    return np.where(blocks, weights, np.uint32(0)).sum(axis=2, dtype=np.uint32)


def sites(sees: NDArray[np.uint32]) -> int:
    """How many sites a vision sees."""
    return int(np.bitwise_count(sees).sum())


def board(torus: Torus) -> NDArray[np.uint32]:
    """An empty set of sites.

    Raises TheoryError where someone would see a site twice: where the torus is smaller than 2 reach + 1 either way.
    """
    rows, columns, reach = torus
    across = 2 * reach + 1
    if rows < across or columns < across:
        raise TheoryError(
            f"a torus of {rows} rows and {columns} columns",
            expected=f"at least {across} rows and {across} columns",
            why=f"someone who sees {reach} sites far would see a site twice, around the torus",
            instead="a larger grid, or a smaller vision",
        )
    lanes = LANES * -(-across // LANES)
    return np.zeros(((columns + 2 * reach - 1) // STRIP + 2, rows + 2 * reach + lanes), np.uint32)


# --- queried and changed by a theory's step, compiled -----------------------------------------------------------------
#
# Padded places: the site (row, column) stands at (row + reach, column + reach), and once more one round further where
# that is within reach of the edge, so that what is seen from a site begins at (row, column) and never wraps. The word
# of strip s is board[s + 1]; a site in strip s is also in the upper half of the word of strip s - 1, board[s].


@intrinsic
def _ones(typingctx, word):
    """The number of set bits of a word: one machine instruction, or one for 16 words."""

    def build(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return word(word), build


@intrinsic
def prefetch(typingctx, array, index):
    """Prefetch array.flat[index], because it is read soon. Changes only the timing."""

    def build(context, builder, signature, arguments):
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(view.data, [arguments[1]]), cgutils.voidptr_t)
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", (cgutils.voidptr_t,), kind)
        builder.call(function, [place, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), build


@nb.njit(inline="always")
def fetch(board, row, column):
    """Prefetch what is seen of a set from (row, column), because it is counted soon."""
    first = ((column >> 4) + 1) * board.shape[1] + row
    prefetch(board, first)  # pyright: ignore[reportCallIssue]
    prefetch(board, first + 15)  # pyright: ignore[reportCallIssue]


@nb.njit(inline="always")
def _change(board, q, p, value):
    """Write padded column q of padded row p: in the word of its own strip, and in that of the strip before."""
    word, row, bit = np.uint64(q >> 4), np.uint64(p), np.uint64(q & 15)
    lower, upper = np.uint64(value) << bit, np.uint64(value) << (bit + np.uint64(16))
    here, before = board[word + np.uint64(1), row], board[word, row]
    board[word + np.uint64(1), row] = np.uint32((here & ~(np.uint64(1) << bit)) | lower)
    board[word, row] = np.uint32((before & ~(np.uint64(1) << (bit + np.uint64(16)))) | upper)


@nb.njit(inline="always")
def _twin(at, size, reach):
    """The position of the second copy of a padded place, or the place itself if it has none."""
    if at < 2 * reach:
        return at + size
    if at >= size:
        return at - size
    return at


@nb.njit(inline="always")
def _write(torus, board, row, column, value):
    p, q = row + torus.reach, column + torus.reach
    _change(board, q, p, value)
    other_p, other_q = _twin(p, torus.rows, torus.reach), _twin(q, torus.columns, torus.reach)
    if other_p != p or other_q != q:
        _change(board, other_q, p, value)
        _change(board, q, other_p, value)
        _change(board, other_q, other_p, value)


@nb.njit(cache=True)
def put(torus, board, row, column):
    """Add a site to a set."""
    _write(torus, board, row, column, 1)


@nb.njit(cache=True)
def take(torus, board, row, column):
    """Remove a site from a set."""
    _write(torus, board, row, column, 0)


@nb.njit(inline="always")
def holds(torus, board, row, column):
    """Whether a site is in a set."""
    q = column + torus.reach
    return (board[(q >> 4) + 1, row + torus.reach] >> np.uint32(q & 15)) & np.uint32(1) == 1


@nb.njit(inline="always")
def _count(board, sees, row, column, flip):
    total = 0
    for block in range(sees.shape[0]):
        first = np.uint64(column + 17 * block)
        word, shift = (first >> np.uint64(4)) + np.uint64(1), np.uint32(first & np.uint64(15))
        for top in range(0, sees.shape[1], 16):
            ones = np.uint32(0)
            for lane in range(16):
                seen = np.uint32((board[word, np.uint64(row + top + lane)] >> shift) ^ flip)
                ones += _ones(np.uint32(seen & sees[np.uint64(block), np.uint64(top + lane)]))  # pyright: ignore[reportCallIssue]
            total += np.int64(ones)
    return total


@nb.njit(cache=True)
def count(board, sees, row, column):
    """How many of the sites that are seen from (row, column) are in the set. Never counts the person's own site."""
    return _count(board, sees, row, column, np.uint32(0))


@nb.njit(cache=True)
def count_clear(board, sees, row, column):
    """How many of the sites that are seen from (row, column) are not in the set. Never counts the person's own site."""
    return _count(board, sees, row, column, np.uint32(0xFFFFFFFF))


@nb.njit(inline="always")
def _nth_bit(word, n):
    """The position of the n-th set bit (from 0) of a word of up to 17 bits, by halving: no branch to mispredict."""
    at = np.uint32(0)
    for width in (16, 8, 4, 2, 1):
        lower = np.uint32(_ones(np.uint32(word & np.uint32((1 << width) - 1))))  # pyright: ignore[reportCallIssue]
        above = n >= lower
        n = np.uint32(n - lower) if above else n
        word = np.uint32(word >> np.uint32(width)) if above else word
        at = np.uint32(at + np.uint32(width)) if above else at
    return at


@nb.njit(inline="always")
def _find(torus, board, sees, row, column, nth, flip):
    left = np.int64(nth)
    for block in range(sees.shape[0]):
        first = np.uint64(column + 17 * block)
        word, shift = (first >> np.uint64(4)) + np.uint64(1), np.uint32(first & np.uint64(15))
        for top in range(0, sees.shape[1], 16):
            lane, before, upto = 0, 0, 0
            for i in range(16):  # the number of rows that end before the n-th: no branch to mispredict
                seen = np.uint32((board[word, np.uint64(row + top + i)] >> shift) ^ flip)
                upto += np.int64(_ones(np.uint32(seen & sees[np.uint64(block), np.uint64(top + i)])))  # pyright: ignore[reportCallIssue]
                ended = upto <= left
                lane += ended
                before = upto if ended else before
            if lane < 16:
                seen = np.uint32((board[word, np.uint64(row + top + lane)] >> shift) ^ flip)
                seen = np.uint32(seen & sees[np.uint64(block), np.uint64(top + lane)])
                r = row - torus.reach + top + lane
                c = column - torus.reach + 17 * block + np.int64(_nth_bit(seen, np.uint32(left - before)))
                r = r + torus.rows if r < 0 else (r - torus.rows if r >= torus.rows else r)
                c = c + torus.columns if c < 0 else (c - torus.columns if c >= torus.columns else c)
                return r, c
            left -= upto
    return -1, -1


@nb.njit(cache=True)
def find(torus, board, sees, row, column, nth):
    """The n-th (from 0) of the sites seen from (row, column) that are in the set, as (row, column); (-1, -1) if none.

    The order is fixed but arbitrary: draw n below `count(...)`.
    """
    return _find(torus, board, sees, row, column, nth, np.uint32(0))


@nb.njit(cache=True)
def find_clear(torus, board, sees, row, column, nth):
    """The n-th (from 0) of the sites seen from (row, column) that are not in the set; (-1, -1) if there is none."""
    return _find(torus, board, sees, row, column, nth, np.uint32(0xFFFFFFFF))
