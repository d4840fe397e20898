"""Reading networks that others recorded: files of ties, and networkx graphs.

What is not a tie between two different people, or repeats one, is left out and counted on the result.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from groundswell.errors import PopulationError
from groundswell.population.assemble import symmetric_rows
from groundswell.population.network import MOST_PEOPLE, Network

if TYPE_CHECKING:
    import networkx

# First lines that name the two ends rather than tie two people.
_HEADER_WORDS = frozenset(
    "source target from to src dst node1 node2 id1 id2 ego alter sourceid targetid fromnodeid tonodeid".split()  # noqa: SIM905
)


@dataclass(frozen=True, eq=False)
class Reading:
    """A network as read, and what was left out of it.

    Parameters
    ----------
    network : the ties, undirected, each once.
    labels : the name that each person has in the source, in the order of their numbers.
    rows : ties in the source; ``rows = network.ties + self_loops + duplicates``.
    self_loops : rows that tie a person to themselves, left out.
    duplicates : rows that repeat a tie, in either direction, left out.
    header : the names of all columns of the file, or none where it has no header.
    columns : the two columns that were read, numbered from 0.
    width : how many columns the file has; those not in `columns` were not read.
    """

    network: Network
    labels: tuple[Hashable, ...]
    rows: int
    self_loops: int
    duplicates: int
    header: tuple[str, ...] = ()
    columns: tuple[int, int] = (0, 1)
    width: int = 2


def read_edges(
    path: str | Path,
    *,
    delimiter: str | None = None,
    header: bool | None = None,
    columns: tuple[int | str, int | str] = (0, 1),
    comment: str | None = "#",
) -> Reading:
    """Read a file with one tie per line, such as ``0,1`` or ``anna berta``; plain or gzip-compressed (.gz).

    Directed ties are read as undirected. Where every label is a whole number people are numbered in the order of
    these numbers, otherwise in the order in which the file first names them.

    Parameters
    ----------
    path : the file, in UTF-8.
    delimiter : one character, or " " for any white space. None: the first of tab, comma and semicolon that the first
        line holds, otherwise white space. Labels in quotation marks may hold the delimiter, except white space.
    header : whether the first line names the columns. None: it does if it holds the words that commonly do (source,
        target, from, to, node_1 ...), or if the second line has whole numbers where the first has none.
    columns : the two columns that hold the ends of a tie, by number from 0 or by their name in the header.
    comment : lines that begin so are passed over; None: none do.

    Raises
    ------
    PopulationError : naming file and line, where there is no such file or column, a line has another number of
        columns than the first, a label is empty, the file is not text or its compression is broken, or holds no tie.

    Known limits: people without any tie do not stand in such a file. Weights and dates are not read.
    """
    path = Path(path)
    rows = _rows(path, delimiter, comment)
    first_place, first = next(rows, (0, []))
    if not first:
        raise PopulationError(f"{path} holds no ties", expected="one tie per line")
    second_place, second = next(rows, (0, []))
    if header is None:
        header = any(isinstance(column, str) for column in columns) or _looks_like_header(first, second)
    ends = (_column(path, first, columns[0], header), _column(path, first, columns[1], header))
    if ends[0] == ends[1]:
        raise PopulationError(f"columns = {columns!r} are one column", expected="the two ends of a tie")

    numbers: dict[str, int] = {}
    pairs: list[int] = []

    def take(place: int, row: list[str]) -> None:
        if len(row) != len(first):
            raise PopulationError(
                f"{path}, line {place} has {len(row)} columns", expected=f"{len(first)}, as line {first_place} has"
            )
        for end in ends:
            label = row[end].strip()
            if not label:
                raise PopulationError(f"{path}, line {place}: column {end + 1} is empty", expected="a person's label")
            pairs.append(numbers.setdefault(label, len(numbers)))

    if not header:
        take(first_place, first)
    if second:
        take(second_place, second)
    for place, row in rows:
        take(place, row)
    if not pairs:
        raise PopulationError(f"{path} holds a header and no ties", expected="one tie per line")

    labels = list(numbers)
    ends_by_row = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    if all(_is_whole(label) for label in labels):
        order = sorted(range(len(labels)), key=lambda i: (int(labels[i]), labels[i]))
        rank = np.empty(len(labels), dtype=np.int64)
        rank[order] = np.arange(len(labels))
        ends_by_row, labels = rank[ends_by_row], [labels[i] for i in order]
    named = tuple(name.strip() for name in first) if header else ()
    return _reading(ends_by_row, labels, header=named, columns=ends, width=len(first))


def from_networkx(graph: networkx.Graph[Any]) -> Reading:
    """The ties of a networkx graph of any kind; directions, weights and attributes are not taken over.

    People are numbered in the order of the graph's nodes, and `labels` holds the nodes. Self-loops, and ties that
    repeat another (parallel, or in the other direction), are left out and counted.

    Raises
    ------
    PopulationError : on a graph without nodes, or something that is not a graph.
    """
    if not (hasattr(graph, "nodes") and hasattr(graph, "edges")):
        raise PopulationError(f"a {type(graph).__name__}", expected="a networkx graph")
    labels = list(graph.nodes)
    if not labels:
        raise PopulationError("a graph without nodes", expected="at least one person")
    numbers = {label: i for i, label in enumerate(labels)}
    pairs = np.array([(numbers[u], numbers[v]) for u, v in graph.edges()], dtype=np.int64).reshape(-1, 2)
    return _reading(pairs, labels)


def to_networkx(network: Network, labels: Sequence[Hashable] | None = None) -> networkx.Graph[Any]:
    """The network as a networkx graph (a MultiGraph where self-loops and double ties are allowed).

    Parameters
    ----------
    network : the ties.
    labels : a node for each person, all different; None: their numbers.

    Raises
    ------
    PopulationError : where there is not one label for each person.
    """
    import networkx  # heavy: loaded only where it is used

    nodes: Sequence[Hashable] = range(network.people) if labels is None else labels
    if len(nodes) != network.people or len(set(nodes)) != network.people:
        raise PopulationError(
            f"{len(nodes)} labels, {len(set(nodes))} of them different",
            expected=f"{network.people}, one for each person",
        )
    graph: networkx.Graph[Any] = networkx.Graph() if network.simple else networkx.MultiGraph()
    graph.add_nodes_from(nodes)
    person = np.repeat(np.arange(network.people), np.diff(network.indptr))
    above = network.indices > person
    graph.add_edges_from((nodes[u], nodes[v]) for u, v in zip(person[above], network.indices[above], strict=True))
    loops = person[network.indices == person][::2]  # each stands twice in its row
    graph.add_edges_from((nodes[u], nodes[u]) for u in loops)
    return graph


def count_rows(path: str | Path) -> int:
    """The number of lines of a file of ties, comments and blank lines included; an upper bound on its ties."""
    return sum(1 for _ in _lines(Path(path)))


def _reading(
    pairs: np.ndarray,
    labels: Sequence[Hashable],
    header: tuple[str, ...] = (),
    columns: tuple[int, int] = (0, 1),
    width: int = 2,
) -> Reading:
    people = len(labels)
    if people > MOST_PEOPLE:
        raise PopulationError(f"{people} people", expected=f"at most {MOST_PEOPLE}")
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    distinct = low != high
    keys = np.unique(low[distinct] * people + high[distinct])  # ascending: by lower end, then by upper end
    start = np.zeros(people + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys // people, minlength=people), out=start[1:])
    network = Network(*symmetric_rows(start, (keys % people).astype(np.int32), 1, "upper"))
    self_loops = int(pairs.shape[0] - distinct.sum())
    duplicates = int(distinct.sum()) - keys.size
    return Reading(network, tuple(labels), pairs.shape[0], self_loops, duplicates, header, columns, width)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers from 1; whatever is wrong with the file is told with its line."""
    if not path.is_file():
        raise PopulationError(f"there is no file {path}", expected="a file with one tie per line")
    place = 0
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8-sig", newline=None) as file:
            for line in file:
                place += 1
                yield place, line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise PopulationError(f"{path} is not UTF-8 after line {place}", expected="text in UTF-8") from error
    except (EOFError, OSError, ValueError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise PopulationError(f"{path} cannot be read: {error.strerror}", expected="a readable file") from error
        raise PopulationError(f"{path} breaks off after line {place}: {error}", expected="a whole file") from error


def _rows(path: Path, delimiter: str | None, comment: str | None) -> Iterator[tuple[int, list[str]]]:
    """The lines that are neither blank nor comments, split into columns."""
    if delimiter is not None and len(delimiter) != 1:
        raise PopulationError(f"delimiter = {delimiter!r}", expected="one character")
    for place, line in _lines(path):
        if not line.strip() or (comment and line.lstrip().startswith(comment)):
            continue
        if delimiter is None:
            delimiter = next((mark for mark in "\t,;" if mark in line), " ")
        if "\0" in line:
            raise PopulationError(f"{path}, line {place} holds a zero byte", expected="text")
        if delimiter == " ":
            row = line.split()
        elif '"' in line:
            try:
                row = next(csv.reader([line], delimiter=delimiter, strict=True))
            except csv.Error as error:
                raise PopulationError(f"{path}, line {place}: {error}", expected="quotation marks in pairs") from error
        else:
            row = line.split(delimiter)
        if len(row) < 2:
            raise PopulationError(
                f"{path}, line {place} has one column", expected="the two ends of a tie", instead="name the delimiter"
            )
        yield place, row


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit()


def _looks_like_header(first: list[str], second: list[str]) -> bool:
    words = [word.strip().lower().replace("_", "").replace(" ", "") for word in first[:2]]
    if all(word in _HEADER_WORDS for word in words):
        return True
    return bool(second) and not any(map(_is_whole, words)) and all(_is_whole(word.strip()) for word in second[:2])


def _column(path: Path, first: list[str], column: int | str, header: bool) -> int:
    names = [name.strip() for name in first]
    if isinstance(column, str):
        if not header or column not in names:
            has = ", ".join(names) if header else "no header"
            raise PopulationError(f"{path} has no column {column!r}", expected=f"one that it has ({has})")
        return names.index(column)
    if isinstance(column, bool) or not isinstance(column, int) or not 0 <= column < len(first):
        raise PopulationError(f"{path} has no column {column!r}", expected=f"a number in 0..{len(first) - 1}")
    return column
