"""Reading networks that others recorded: files of ties, and networkx graphs.

Rows that are not a tie between two different people, or that repeat one, are left out and counted in the result.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from groundswell.errors import PopulationError
from groundswell.files import nearest_file
from groundswell.population.assemble import symmetric_rows
from groundswell.population.dated import DatedTies
from groundswell.population.network import MOST_PEOPLE, Network
from groundswell.population.population import Population, all_ties

if TYPE_CHECKING:
    import networkx

# First lines that name the two ends rather than tie two people.
_HEADER_WORDS = frozenset(
    "source target from to src dst node1 node2 id1 id2 ego alter sourceid targetid fromnodeid tonodeid".split()  # noqa: SIM905
)


@dataclass(frozen=True, eq=False)
class EdgeReading:
    """A network that was read, and what was left out.

    Parameters
    ----------
    network : the ties, each once; directed and weighted if requested, or if the graph is.
    labels : the name that each person has in the source, in the order of their numbers.
    rows : ties in the source; ``rows = network.ties + self_loops + duplicates``.
    self_loops : rows that tie a person to themselves, left out.
    duplicates : rows that repeat a tie (in either direction, where ties are not directed), left out.
    header : the names of all columns of the file, or none where it has no header.
    columns : the columns that were read, numbered from 0: the two ends, and the weight if there is one.
    width : how many columns the file has; those not in `columns` were not read.
    layers : the ties of each layer, where a column names it; `network` then holds those of all.
    dated : the ties with their steps, where columns hold them; `network` then holds those of the first step.
    dated_layers : the same by layer, where columns hold both; `layers` then holds those of the first step.
    """

    network: Network
    labels: tuple[Hashable, ...]
    rows: int
    self_loops: int
    duplicates: int
    header: tuple[str, ...] = ()
    columns: tuple[int, ...] = (0, 1)
    width: int = 2
    layers: Mapping[str, Network] = field(default_factory=dict)
    dated: DatedTies | None = None
    dated_layers: Mapping[str, DatedTies] = field(default_factory=dict)

    def population(self) -> Population:
        """The people and ties, with their labels, layers and dates."""
        n = self.network.people
        return Population(
            n, self.network, np.zeros(n, np.int32), 1, labels=self.labels, layers=self.layers, dated=self.dated,
            dated_layers=self.dated_layers,
        )  # fmt: skip


def read_edges(
    path: str | Path,
    *,
    delimiter: str | None = None,
    header: bool | None = None,
    columns: tuple[int | str, int | str] = (0, 1),
    comment: str | None = "#",
    directed: bool = False,
    weight: int | str | None = None,
    layer: int | str | None = None,
    first: int | str | None = None,
    until: int | str | None = None,
) -> EdgeReading:
    """Read a file with one tie per line, such as ``0,1`` or ``anna berta``; plain, gzip-compressed (.gz) or Parquet.

    People are numbered in the order of their labels, as whole numbers where all are, so that the order of
    the rows changes nothing.

    Parameters
    ----------
    path : the file, in UTF-8.
    delimiter : one character, or " " for any white space. None: the first of tab, comma and semicolon that the first
        line holds, otherwise white space. Labels in quotation marks may hold the delimiter, except white space.
    header : whether the first line names the columns. None: it does if it holds the words that commonly do (source,
        target, from, to, node_1 ...), or if the second line has whole numbers where the first has none.
    columns : the two columns that hold the ends of a tie, by number from 0 or by their name in the header.
    comment : lines that begin with this are skipped; None: no line is.
    directed : whether the person in the first column sees the one in the second, and not the other way around; swap
        `columns` for a file whose ties point in the direction of influence. False: ties lead both ways.
    weight : the column that holds the weight of a tie, by number or name: a number, or + or - for 1 and -1; None: ties
        count 1.
    layer : the column that names the layer of a tie; None: there are none.
    first, until : the columns of the first step in which a tie holds, and of the first step in which it no longer does;
        both or neither.

    Raises
    ------
    PopulationError : naming file and line, where there is no such file or column, a line has a different number of
        columns from the first, a label is empty, a weight is not finite, a tie is repeated with another weight, the
        file is not text, its compression is broken, or it holds no tie.

    Known limits: such a file cannot hold people without ties. Dates are not read.
    """
    path = Path(path)
    rows = _rows(path, delimiter, comment)
    first_place, names = next(rows, (0, []))
    if not names:
        raise PopulationError(f"{path} holds no ties", expected="one tie per line")
    second_place, second = next(rows, (0, []))
    if header is None:
        text = any(isinstance(column, str) for column in (*columns, weight, layer, first, until))
        header = text or path.suffix == ".parquet" or _looks_like_header(names, second)
    ends = (_column(path, names, columns[0], header), _column(path, names, columns[1], header))
    if ends[0] == ends[1]:
        raise PopulationError(f"columns = {columns!r} are one column", expected="the two ends of a tie")
    heavy = None if weight is None else _column(path, names, weight, header)
    kind = None if layer is None else _column(path, names, layer, header)
    if (first is None) != (until is None):
        raise PopulationError(f"{path} with first = {first!r} and until = {until!r}", expected="both or neither")
    dates = () if first is None or until is None else tuple(_column(path, names, c, header) for c in (first, until))

    numbers: dict[str, int] = {}
    pairs: list[int] = []
    weights: list[float] = []
    kinds: list[str] = []
    steps: list[int] = []

    def take(place: int, row: list[str]) -> None:
        if len(row) != len(names):
            raise PopulationError(
                f"{path}, line {place} has {len(row)} columns", expected=f"{len(names)}, as line {first_place} has"
            )
        for end in ends:
            label = row[end].strip()
            if not label:
                raise PopulationError(f"{path}, line {place}: column {end + 1} is empty", expected="a person's label")
            pairs.append(numbers.setdefault(label, len(numbers)))
        if kind is not None:
            kinds.append(row[kind].strip())
        for date in dates:
            if not _is_whole(row[date].strip()):
                raise PopulationError(
                    f"{path}, line {place} has the step {row[date]!r}", expected="a whole number of steps"
                )
            steps.append(int(row[date]))
        if heavy is not None:
            weights.append(_weight(f"{path}, line {place}", row[heavy]))

    if not header:
        take(first_place, names)
    if second:
        take(second_place, second)
    for place, row in rows:
        take(place, row)
    if not pairs:
        raise PopulationError(f"{path} holds a header and no ties", expected="one tie per line")

    labels = list(numbers)
    ends_by_row = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    whole = all(_is_whole(label) for label in labels)
    order = sorted(range(len(labels)), key=lambda i: (int(labels[i]) if whole else 0, labels[i]))
    rank = np.empty(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(labels))
    ends_by_row, labels = rank[ends_by_row], [labels[i] for i in order]
    named = tuple(name.strip() for name in names) if header else ()
    loads = np.array(weights) if heavy is not None else None
    read = (*ends, *(c for c in (heavy, kind, *dates) if c is not None))
    shape: dict[str, Any] = {"header": named, "columns": read, "width": len(names)}
    of = np.array(kinds)
    if dates:
        held = np.array(steps, np.int64).reshape(-1, 2)
        loops = int((ends_by_row[:, 0] == ends_by_row[:, 1]).sum())
        every = DatedTies(len(labels), ends_by_row, held[:, 0], held[:, 1], loads, directed)  # checked, by row
        shape |= {"labels": tuple(labels), "rows": len(ends_by_row), "self_loops": loops, "duplicates": 0}
        if kind is None:
            return EdgeReading(every.at(1), **shape, dated=every)
        dated_layers = {name: every.of_rows(of == name) for name in sorted(set(kinds))}
        layers = {name: ties.at(1) for name, ties in dated_layers.items()}
        return EdgeReading(all_ties(layers), **shape, layers=layers, dated_layers=dated_layers)
    if kind is None:
        return _reading(_Ties(ends_by_row, loads, directed), labels, str(path), **shape)
    parts = {
        name: _reading(
            _Ties(ends_by_row[of == name], None if loads is None else loads[of == name], directed), labels, str(path)
        )
        for name in sorted(set(kinds))
    }
    layers = {name: part.network for name, part in parts.items()}
    left = (sum(part.self_loops for part in parts.values()), sum(part.duplicates for part in parts.values()))
    return EdgeReading(all_ties(layers), tuple(labels), len(ends_by_row), *left, **shape, layers=layers)


def from_networkx(graph: networkx.Graph[Any], *, weight: str | None = "weight") -> EdgeReading:
    """The ties of a networkx graph of any kind, with direction and weights.

    In a directed graph an edge from u to v says that u sees v. Where any edge has the attribute `weight`, all must.
    People are numbered in the order of the graph's nodes, and `labels` holds the nodes. Self-loops, and ties that
    repeat another (parallel, or in the other direction of an undirected graph), are left out and counted.

    Parameters
    ----------
    graph : of any kind.
    weight : the attribute that holds the weight of a tie; None: ties count 1, whatever attributes they have.

    Raises
    ------
    PopulationError : on a graph without nodes, something that is not a graph, a weight that is missing or not finite,
        or a tie that is repeated with another weight.
    """
    if not (hasattr(graph, "nodes") and hasattr(graph, "edges")):
        raise PopulationError(f"a {type(graph).__name__}", expected="a networkx graph")
    labels = list(graph.nodes)
    if not labels:
        raise PopulationError("a graph without nodes", expected="at least one person")
    numbers = {label: i for i, label in enumerate(labels)}
    pairs = np.array([(numbers[u], numbers[v]) for u, v in graph.edges()], dtype=np.int64).reshape(-1, 2)
    weights = None
    if weight is not None:
        given = [of.get(weight) for _, _, of in graph.edges(data=True)]
        if any(w is not None for w in given):
            ends = [f"the tie of {u!r} to {v!r}" for u, v in graph.edges()]
            weights = np.array([_weight(end, w) for end, w in zip(ends, given, strict=True)])
    return _reading(_Ties(pairs, weights, graph.is_directed()), labels, "the graph")


def read_graphml(path: str | Path, *, weight: str | None = "weight") -> EdgeReading:
    """Read a GraphML file (needs networkx), with direction and weights; see `from_networkx`.

    Raises
    ------
    PopulationError : there is no such file, it is not GraphML, or networkx is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise PopulationError(f"there is no file {path}", expected="a GraphML file", instead=nearest_file(path))
    try:
        import networkx
    except ImportError:
        raise PopulationError(
            f"{path} is GraphML", expected="networkx to be installed", instead="pip install networkx"
        ) from None
    try:
        graph = networkx.read_graphml(path)
    except Exception as error:  # the parser raises errors of many kinds
        raise PopulationError(f"{path} cannot be read: {error}", expected="GraphML") from error
    return from_networkx(graph, weight=weight)


def to_networkx(network: Network, labels: Sequence[Hashable] | None = None) -> networkx.Graph[Any]:
    """The network as a networkx graph with its direction and weights (a MultiGraph where double ties are allowed).

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
    kinds: dict[tuple[bool, bool], Any] = {
        (True, False): networkx.Graph, (False, False): networkx.MultiGraph,
        (True, True): networkx.DiGraph, (False, True): networkx.MultiDiGraph,
    }  # fmt: skip
    graph: networkx.Graph[Any] = kinds[network.simple, network.directed]()
    graph.add_nodes_from(nodes)
    person = np.repeat(np.arange(network.people), np.diff(network.indptr))
    if network.directed or network.weights is not None:
        once = np.ones(person.size, bool) if network.directed else network.indices > person
        weights = np.ones(person.size) if network.weights is None else network.weights
        for u, v, w in zip(person[once], network.indices[once], weights[once], strict=True):
            graph.add_edge(nodes[u], nodes[v], **({} if network.weights is None else {"weight": float(w)}))
        return graph
    above = network.indices > person
    graph.add_edges_from((nodes[u], nodes[v]) for u, v in zip(person[above], network.indices[above], strict=True))
    loops = person[network.indices == person][::2]  # each is listed twice in its row
    graph.add_edges_from((nodes[u], nodes[u]) for u in loops)
    return graph


def count_rows(path: str | Path) -> int:
    """The number of lines of a file of ties, comments and blank lines included; an upper bound on its ties."""
    if Path(path).suffix == ".parquet":
        import polars as pl

        return int(pl.scan_parquet(path).select(pl.len()).collect().item()) if Path(path).is_file() else 0
    return sum(1 for _ in _lines(Path(path)))


@dataclass(frozen=True)
class _Ties:
    """Ties in the form of their source: pairs of people, their weights if any, and whether they lead one way."""

    pairs: np.ndarray
    weights: np.ndarray | None = None
    directed: bool = False


def _weight(where: str, given: object) -> float:
    try:
        weight = float({"+": 1, "-": -1}.get(given, given) if isinstance(given, str) else given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        weight = float("nan")
    if not np.isfinite(weight):
        raise PopulationError(f"{where} has the weight {given!r}", expected="a finite number")
    return weight


def _reading(
    ties: _Ties,
    labels: Sequence[Hashable],
    source: str,
    header: tuple[str, ...] = (),
    columns: tuple[int, ...] = (0, 1),
    width: int = 2,
) -> EdgeReading:
    people = len(labels)
    if people > MOST_PEOPLE:
        raise PopulationError(f"{people} people", expected=f"at most {MOST_PEOPLE}")
    ends = ties.pairs if ties.directed else np.sort(ties.pairs, axis=1)
    distinct = ends[:, 0] != ends[:, 1]
    ends = ends[distinct]
    # ascending: by the first end, then by the other
    keys, first, row = np.unique(ends[:, 0] * people + ends[:, 1], return_index=True, return_inverse=True)
    start = np.zeros(people + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys // people, minlength=people), out=start[1:])
    heads = (keys % people).astype(np.int32)
    indptr, indices = (start, heads) if ties.directed else symmetric_rows(start, heads, 1, "upper")
    weights = None
    if ties.weights is not None:
        given = ties.weights[distinct]
        other = np.flatnonzero(given != given[first][row])
        if other.size:
            u, v = (labels[i] for i in ends[other[0]])
            raise PopulationError(
                f"{source}: the tie of {u!r} to {v!r} has the weights {given[first][row[other[0]]]:g} and "
                f"{given[other[0]]:g}",
                expected="one weight for a tie",
                instead="add them up in the source, or read it as directed" if not ties.directed else None,
            )
        person = np.repeat(np.arange(people), np.diff(indptr))
        low, high = (person, indices) if ties.directed else (np.minimum(person, indices), np.maximum(person, indices))
        weights = given[first][np.searchsorted(keys, low * people + high)]
    network = Network(indptr, indices, directed=ties.directed, weights=weights)
    self_loops = int(ties.pairs.shape[0] - distinct.sum())
    duplicates = int(distinct.sum()) - keys.size
    return EdgeReading(network, tuple(labels), ties.pairs.shape[0], self_loops, duplicates, header, columns, width)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers from 1; errors in the file are reported with their line."""
    if not path.is_file():
        raise PopulationError(
            f"there is no file {path}", expected="a file with one tie per line", instead=nearest_file(path)
        )
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
    if path.suffix == ".parquet":
        yield from _parquet_rows(path)
        return
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


def _parquet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The names of the columns, and the rows; an empty cell is an empty text."""
    import polars as pl

    if not path.is_file():
        raise PopulationError(
            f"there is no file {path}", expected="a file with one tie per row", instead=nearest_file(path)
        )
    try:
        frame = pl.read_parquet(path)
    except Exception as error:  # the reader raises errors of many kinds
        raise PopulationError(f"{path} cannot be read: {error}", expected="Parquet") from error
    yield 1, frame.columns
    for place, row in enumerate(frame.iter_rows(), start=2):
        yield place, ["" if cell is None else str(cell) for cell in row]


def read_table(path: str | Path) -> tuple[dict[str, list[str]], list[int]]:
    """The columns of a file with a header, by name, and the line of each row.

    Raises
    ------
    PopulationError : a file that cannot be read, or a row with a different number of columns.
    """
    rows = list(_rows(Path(path), None, "#"))
    if len(rows) < 2:
        raise PopulationError(f"{path} holds no rows", expected="a header and one row per person")
    for place, row in rows:
        if len(row) != len(rows[0][1]):
            raise PopulationError(f"{path}, line {place} has {len(row)} columns", expected=f"{len(rows[0][1])}")
    names = [name.strip() for name in rows[0][1]]
    columns = {name: [row[k].strip() for _, row in rows[1:]] for k, name in enumerate(names)}
    return columns, [place for place, _ in rows[1:]]


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
