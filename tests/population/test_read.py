"""Readers: what they take, what they leave out and count, and what they refuse."""

import gzip
import os
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.errors import PopulationError
from groundswell.population import generate
from groundswell.population.read import count_rows, from_networkx, read_edges, to_networkx
from groundswell.population.specification import PopulationSpecification


@pytest.fixture
def write(tmp_path):
    def write(text, name="ties.csv"):
        path = tmp_path / name
        data = text.encode() if isinstance(text, str) else text
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture(scope="session")
def networks():
    root = Path(__file__).resolve().parents[2]
    data = Path(os.environ.get("GROUNDSWELL_DATA", root.parent / "shared" / "data")) / "networks"
    if not data.is_dir():
        pytest.skip("the shared data sets are not here; set GROUNDSWELL_DATA to their folder")
    return data


def named_ties(reading):
    graph = to_networkx(reading.network, reading.labels)
    return {frozenset(tie) for tie in graph.edges}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna,berta\nberta,carl\n", "a.csv"),
        ("anna\tberta\nberta\tcarl", "a.tsv"),
        ("anna;berta\r\nberta;carl\r\n", "a.txt"),
        ("anna   berta\n  berta carl  \n", "a.txt"),
        ("# who knows whom\n\nanna,berta\n# more\nberta,carl\n\n", "a.csv"),
        ("source,target\nanna,berta\nberta,carl\n", "a.csv"),
        ("\ufeffsource,target\nanna,berta\nberta,carl\n", "a.csv"),
        ('"anna", berta\n"berta","carl"\n', "a.csv"),
        ("anna,berta\nberta,carl\n", "a.csv.gz"),
    ],
)
def test_the_common_ways_to_write_ties_read_alike(write, text, name):
    reading = read_edges(write(text, name))
    assert reading.labels == ("anna", "berta", "carl")
    assert named_ties(reading) == {frozenset(("anna", "berta")), frozenset(("berta", "carl"))}
    assert (reading.rows, reading.self_loops, reading.duplicates) == (2, 0, 0)
    reading.network.check()


def test_loops_and_repeated_ties_are_left_out_and_counted(write):
    reading = read_edges(write("1 2\n2 1\n1 2\n3 3\n2 3\n4 4\n4 4\n", "t.txt"))
    assert (reading.rows, reading.self_loops, reading.duplicates, reading.network.ties) == (7, 3, 2, 2)
    assert reading.labels == ("1", "2", "3", "4")
    by_label = dict(zip(reading.labels, reading.network.degree.tolist(), strict=True))
    assert by_label == {"1": 1, "2": 2, "3": 1, "4": 0}  # someone who was only tied to themselves is still there


def test_whole_numbers_are_put_in_their_order_and_other_labels_as_they_come(write):
    assert read_edges(write("10,2\n2,-1\n")).labels == ("-1", "2", "10")
    assert read_edges(write("10,2\n2,x\n")).labels == ("10", "2", "x")
    reading = read_edges(write("10,2\n2,01\n1,10\n"))
    assert reading.labels == ("01", "1", "2", "10")  # labels are text: 01 and 1 are two people
    assert named_ties(reading) == {frozenset(("10", "2")), frozenset(("2", "01")), frozenset(("1", "10"))}


def test_columns_are_picked_by_number_and_by_name(write):
    path = write("when,who,whom,weight\n2020,a,b,3\n2021,b,c,1\n")
    reading = read_edges(path, columns=("who", "whom"))
    assert named_ties(reading) == {frozenset("ab"), frozenset("bc")}
    assert (reading.header, reading.columns, reading.width) == (("when", "who", "whom", "weight"), (1, 2), 4)
    assert named_ties(read_edges(path, columns=(1, 2), header=True)) == named_ties(reading)


def test_a_first_line_of_people_is_not_taken_for_a_header(write):
    assert read_edges(write("a,b\nb,c\n")).rows == 2
    assert read_edges(write("a,b\nb,c\n"), header=True).rows == 1
    assert read_edges(write("node_1,node_2\n0,1\n")).rows == 1
    assert read_edges(write("left,right\n0,1\n")).rows == 1  # words above numbers
    assert read_edges(write("left,right\n0,1\n"), header=False).rows == 2
    assert read_edges(write("5,6\n0,1\n")).rows == 2


@pytest.mark.parametrize(
    ("text", "more", "found"),
    [
        ("", {}, "holds no ties"),
        ("# only a comment\n\n", {}, "holds no ties"),
        ("source,target\n", {}, "a header and no ties"),
        ("a,b\nb\n", {}, "line 2 has one column"),
        ("a,b\n\n# c\nb,c,d\n", {}, "line 4 has 3 columns; expected 2, as line 1 has"),
        ("a,b\nb,\n", {}, "line 2: column 2 is empty"),
        ("a,b\n ,b\n", {}, "line 2: column 1 is empty"),
        ("a\nb\n", {}, "line 1 has one column"),
        ("a b\n", {"delimiter": ","}, "name the delimiter"),
        ("a,b\n", {"delimiter": ",,"}, "one character"),
        ("a,b\n", {"columns": ("who", "whom")}, "no column 'who'"),
        ("a,b\n", {"columns": ("who", "whom"), "header": False}, "no header"),
        ("a,b\n", {"columns": (0, 2)}, "no column 2"),
        ("a,b\n", {"columns": (-1, 0)}, "no column -1"),
        ("a,b\n", {"columns": (1, 1)}, "are one column"),
        ('a,b\n"c,d\n', {}, "line 2: "),
        (b"a,b\n\xff\xfe,c\n", {}, "is not UTF-8"),
        ("a,b\nc,\0d\n", {}, "line 2 holds a zero byte"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_file_and_line(write, text, more, found):
    with pytest.raises(PopulationError, match=found) as error:
        read_edges(write(text), **more)
    assert "ties.csv" in str(error.value) or "delimiter" in str(error.value) or "columns" in str(error.value)


def test_missing_and_broken_files_are_refused(tmp_path):
    with pytest.raises(PopulationError, match="there is no file"):
        read_edges(tmp_path / "none.csv")
    with pytest.raises(PopulationError, match="there is no file"):
        read_edges(tmp_path)
    whole = gzip.compress("\n".join(f"{i} {i + 1}" for i in range(20_000)).encode())
    for name, data in {
        "cut.gz": whole[: len(whole) // 2],
        "plain.gz": b"1 2\n",
        "bent.gz": whole[:100] + b"\0\0\0\0\0\0\0\0" + whole[108:],
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(PopulationError, match=f"{name} breaks off after line"):
            read_edges(tmp_path / name)


# networkx


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.floats(0, 1), st.integers(0, 1000))
def test_a_network_survives_the_way_through_networkx(people, density, seed):
    network = generate.erdos_renyi(people, density * (people - 1), seed=seed)
    back = from_networkx(to_networkx(network))
    assert back.network.digest() == network.digest()
    assert (back.rows, back.self_loops, back.duplicates) == (network.ties, 0, 0)


def test_networks_with_loops_and_double_ties_become_multigraphs():
    network = generate.configuration([4] * 5, allow_multi=True, seed=2)
    graph = to_networkx(network)
    assert isinstance(graph, networkx.MultiGraph)
    assert graph.number_of_edges() == network.ties == 10
    assert dict(graph.degree) == dict.fromkeys(range(5), 4)
    simple = from_networkx(graph)
    assert simple.rows == 10
    assert simple.self_loops == networkx.number_of_selfloops(graph)
    distinct = {frozenset(tie) for tie in graph.edges() if tie[0] != tie[1]}
    assert simple.network.check().ties == len(distinct)
    assert simple.duplicates == 10 - simple.self_loops - len(distinct)
    assert simple.self_loops + simple.duplicates > 0  # this seed has something to leave out


def test_directed_graphs_keep_their_labels_and_their_people_without_ties():
    graph = networkx.DiGraph([("x", "y"), ("y", "x"), ("y", "z"), ("z", "z")])
    graph.add_node("alone")
    reading = from_networkx(graph)
    assert reading.labels == ("x", "y", "z", "alone")
    assert (reading.rows, reading.self_loops, reading.duplicates) == (4, 1, 0)
    assert reading.network.directed
    assert reading.network.degree.tolist() == [1, 2, 0, 0]


def test_what_is_no_graph_is_refused():
    with pytest.raises(PopulationError, match="a graph without nodes"):
        from_networkx(networkx.Graph())
    with pytest.raises(PopulationError, match="a list; expected a networkx graph"):
        from_networkx([(0, 1)])  # type: ignore[arg-type]
    with pytest.raises(PopulationError, match="one for each person"):
        to_networkx(generate.ring(3, 2), ["a", "b", "b"])


# Recorded networks


@pytest.mark.parametrize(
    ("name", "people", "ties"),
    [
        ("snap_small/facebook_combined.txt.gz", 4039, 88_234),  # as SNAP states them
        ("snap_small/email-Enron.txt.gz", 36_692, 183_831),
        ("musae_gemsec/git_edges.csv.gz", 37_700, 289_003),  # as Rozemberczki et al. (2021) state them
        ("musae_gemsec/HU_edges.csv.gz", 47_538, 222_887),
    ],
)
def test_recorded_networks_have_the_size_that_their_authors_state(networks, name, people, ties):
    reading = read_edges(networks / name)
    assert (reading.network.check().people, reading.network.ties) == (people, ties)
    assert reading.rows == ties + reading.self_loops + reading.duplicates


@pytest.mark.long
def test_every_recorded_network_agrees_with_a_reading_of_its_own(networks):
    paths = sorted(networks.glob("musae_gemsec/*.csv.gz"))
    assert len(paths) >= 10
    for path in paths:
        reading = read_edges(path)
        with gzip.open(path, "rt") as file:
            rows = [tuple(map(int, line.split(","))) for line in file.readlines()[1:]]
        ties = {(min(row), max(row)) for row in rows if row[0] != row[1]}
        assert reading.network.ties == len(ties), path.name
        assert reading.rows == len(rows) <= count_rows(path)
        assert reading.self_loops == sum(a == b for a, b in rows)
        number = {int(label): i for i, label in enumerate(reading.labels)}
        degree = np.bincount(np.array([number[end] for tie in ties for end in tie]), minlength=len(number))
        assert (reading.network.degree == degree).all(), path.name


def test_ego_facebook_has_its_published_triangles(networks):
    graph = to_networkx(read_edges(networks / "snap_small" / "facebook_combined.txt.gz").network)
    assert sum(networkx.triangles(graph).values()) // 3 == 1_612_010  # Leskovec & Krevl (2014)
    assert networkx.is_connected(graph)


def test_dated_ties_in_layers(tmp_path):
    """Rows keep their numbers in the file, whichever layer they are of; people of files meet by their labels."""
    (tmp_path / "all.csv").write_text("a,b,kind,first,until\nx,y,kin,1,4\ny,z,web,2,9\nx,z,web,0,3\nx,w,web,7,9\n")
    asked = {"network": "edges", "path": "all.csv", "ends": ["a", "b"], "first": "first", "until": "until"}
    one = PopulationSpecification(**asked, layer="kind").build(1, folder=tmp_path)
    assert one.labels == ("w", "x", "y", "z")
    assert {name: ties.ties for name, ties in one.layers.items()} == {"kin": 1, "web": 1}
    assert [one.dated_layers["web"].at(t).ties for t in (1, 2, 3, 7)] == [1, 2, 1, 2]
    with pytest.raises(PopulationError, match="row 4 of the dated ties begins at step 7 of a run of 5 steps"):
        one.dated_layers["web"].check_steps(5)
    (tmp_path / "kin.csv").write_text("a,b\nx,y\n")
    (tmp_path / "web.csv").write_text("a,b,first,until\nx,z,0,3\ny,z,2,9\nx,w,7,9\n")
    kin = {"network": "edges", "path": "kin.csv", "header": True}
    web = {**asked, "path": "web.csv"}
    two = PopulationSpecification(network="layers", layers={"kin": kin, "web": web}).build(1, folder=tmp_path)
    assert two.labels == one.labels
    assert [two.dated_layers["web"].at(t).digest() for t in (1, 2, 3, 7)] == [
        one.dated_layers["web"].at(t).digest() for t in (1, 2, 3, 7)
    ]
