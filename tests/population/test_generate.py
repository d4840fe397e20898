"""The generators against theory, against slow twins written from their definitions, and against networkx."""

import math

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from groundswell.draws import uniform_reference
from groundswell.errors import PopulationError
from groundswell.population import circles, generate, growth, pairs, siegel
from groundswell.population.read import to_networkx


def z_of_chi_square(observed, expected, doubled=0):
    """Pearson's statistic, in standard deviations above its mean; cells that expect under 10 are pooled.

    `doubled` of its components have twice the variance of a multinomial's.
    """
    observed, expected = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    rare = expected < 10
    observed = np.append(observed[~rare], observed[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    kept = expected > 0
    statistic = ((observed - expected)[kept] ** 2 / expected[kept]).sum()
    freedom = kept.sum() - 1
    return (statistic - freedom - doubled) / math.sqrt(2 * freedom + 6 * doubled)


def tie_set(network):
    person = np.repeat(np.arange(network.people), np.diff(network.indptr))
    return {(int(i), int(j)) for i, j in zip(person, network.indices, strict=True) if i < j}


def people_and_ties_between(network, region):
    person = np.repeat(np.arange(network.people), np.diff(network.indptr))
    above = network.indices > person
    return region[person[above]], region[network.indices[above]]


# Every generator, on every kind of argument


@st.composite
def any_network(draw):
    name = draw(
        st.sampled_from(
            "erdos_renyi configuration barabasi_albert watts_strogatz planted_partition ring moore "  # noqa: SIM905
            "village opinion_leader hierarchy".split()
        )
    )
    seed = draw(st.integers(0, 2**64 - 1))
    people = draw(st.integers(1, 60))
    if name == "erdos_renyi":
        return name, {"people": people, "mean_degree": draw(st.floats(0, 1)) * (people - 1)}, seed
    if name == "configuration":
        degrees = draw(st.lists(st.integers(0, 8), min_size=1, max_size=40))
        if not generate.is_graphical(degrees):
            degrees = [2] * (len(degrees) + 2)
        return name, {"degrees": degrees}, seed
    if name == "barabasi_albert":
        return name, {"people": people + 1, "ties_per_newcomer": draw(st.integers(1, people))}, seed
    if name in ("watts_strogatz", "ring"):
        more = {"rewiring": draw(st.floats(0, 1))} if name == "watts_strogatz" else {}
        return name, {"people": people, "neighbours": 2 * draw(st.integers(0, (people - 1) // 2)), **more}, seed
    if name == "planted_partition":
        sizes = draw(st.lists(st.integers(3, 20), min_size=2, max_size=6))
        arguments = {"people": sum(sizes), "mean_degree": draw(st.floats(0, 2)), "mix": draw(st.floats(0, 1))}
        return name, {**arguments, "sizes": sizes}, seed
    if name == "village":
        return (
            name,
            {"people": people, "village_size": draw(st.integers(1, people)), "far": draw(st.floats(0, 1))},
            seed,
        )
    if name == "opinion_leader":
        return name, {"people": people + 2, "degree_exponent": draw(st.floats(1, 4))}, seed
    if name == "hierarchy":
        return name, {"people": people, "expansion": draw(st.integers(1, 9)), "level_ties": draw(st.floats(0, 1))}, seed
    radius = draw(st.integers(0, 2))
    sides = st.integers(2 * radius + 1, 9)
    return name, {"rows": draw(sides), "columns": draw(sides), "radius": radius, "torus": draw(st.booleans())}, seed


def build(name, arguments, seed, threads=None):
    made = getattr(generate, name)(**arguments, seed=seed, threads=threads)
    return made[0] if isinstance(made, tuple) else made


@settings(max_examples=300, deadline=None)
@given(any_network())
def test_rows_are_sorted_and_symmetric_without_loops_or_doubles(asked):
    network = build(*asked)
    ties = tie_set(network.check())
    assert len(ties) == network.ties  # `check`, seen from outside: as many different pairs as ties
    assert network.degree.sum() == 2 * network.ties
    matrix = np.zeros((network.people, network.people), dtype=int)
    person = np.repeat(np.arange(network.people), network.degree)
    np.add.at(matrix, (person, network.indices), 1)
    assert (matrix == matrix.T).all()
    assert matrix.max(initial=0) <= 1
    assert np.trace(matrix) == 0


AT_SIZE = [
    ("erdos_renyi", {"people": 5000, "mean_degree": 7.5}),
    ("planted_partition", {"people": 5000, "mean_degree": 8, "mix": 0.3, "sizes": [3000, 1999, 1]}),
    ("configuration", {"degrees": [3] * 4000 + [50] * 20 + [0] * 5}),
    ("barabasi_albert", {"people": 5000, "ties_per_newcomer": 3}),
    ("watts_strogatz", {"people": 5000, "neighbours": 6, "rewiring": 0.2}),
    ("ring", {"people": 5000, "neighbours": 60}),  # rows beyond SHORT_ROW
    ("moore", {"rows": 50, "columns": 70, "radius": 4}),
    ("moore", {"rows": 50, "columns": 70, "rewiring": 0.3}),
    ("village", {"people": 5000, "village_size": 7, "far": 0.001}),
    ("opinion_leader", {"people": 5000, "degree_exponent": 2.2}),
    ("hierarchy", {"people": 5000, "expansion": 3, "level_ties": 0.001}),
]


@pytest.mark.parametrize(("name", "arguments"), [case for case in AT_SIZE if case[1].get("sizes") is None])
def test_the_same_bytes_for_any_number_of_threads(name, arguments):
    digests = {build(name, arguments, 11, threads).digest() for threads in (1, 2, 5)}
    assert len(digests) == 1
    drawn = name not in ("ring", "moore") or "rewiring" in arguments  # nothing is random in lattices
    assert (build(name, arguments, 12).digest() not in digests) == drawn


def test_the_same_communities_for_any_number_of_threads():
    made = [generate.planted_partition(5000, 8, mix=0.3, sizes=[3000, 1900, 100], seed=5, threads=t) for t in (1, 2, 5)]
    assert len({network.digest() for network, _ in made}) == 1
    assert (made[0][1] == made[2][1]).all()


# Erdos-Renyi


def pairs_twin(sizes, within, between, stream_within, stream_between, seed):
    """Pairs drawn by their definition, in plain Python: geometric skips along each person's row."""
    people, ties = sum(sizes), set()
    ends = np.cumsum(sizes)
    for i in range(people):
        c = int(np.searchsorted(ends, i, side="right"))
        for chance, stream, first, stop in (
            (within[c], stream_within, i + 1, int(ends[c])),
            (between, stream_between, int(ends[c]), people),
        ):
            if chance == 0:
                continue
            j, attempt = first, 0
            while True:
                draw = uniform_reference(seed, stream, attempt, i)
                j += int(math.log(1 - draw) / math.log1p(-chance)) if chance < 1 else 0
                if j >= stop:
                    break
                ties.add((i, j))
                j += 1
                attempt += 1
    return ties


@pytest.mark.parametrize(("people", "mean_degree"), [(1, 0), (2, 1), (40, 39), (200, 0.7), (300, 12)])
def test_erdos_renyi_agrees_with_its_slow_twin(people, mean_degree):
    chance = mean_degree / max(people - 1, 1)
    twin = pairs_twin([people], [chance], 0.0, pairs.PAIRS, pairs.BETWEEN, 2**63 + 5)
    assert tie_set(generate.erdos_renyi(people, mean_degree, seed=2**63 + 5)) == twin


def test_erdos_renyi_degrees_are_binomial():
    people, mean_degree = 40_000, 6.0
    degree = generate.erdos_renyi(people, mean_degree, seed=3).degree
    theory = stats.binom.pmf(np.arange(people), people - 1, mean_degree / (people - 1))
    # Each tie counts towards two degrees, so that the mean degree, one component, has twice the variance.
    assert z_of_chi_square(np.bincount(degree, minlength=people), people * theory, doubled=1) < 5


def test_erdos_renyi_degrees_do_not_depend_on_a_persons_number():
    degree = generate.erdos_renyi(40_000, 6.0, seed=4).degree
    tenths = degree.reshape(10, -1).mean(axis=1)
    assert (np.abs(tenths - 6) / math.sqrt(6 / 4000) < 5).all()


def test_erdos_renyi_pairs_are_independent_of_one_another():
    # Triangles would be too many or too few if the rows of neighbouring people shared draws.
    people, mean_degree = 1000, 12
    p = mean_degree / (people - 1)
    found = [
        sum(networkx.triangles(to_networkx(generate.erdos_renyi(people, mean_degree, seed=s))).values()) // 3
        for s in range(20)
    ]
    triples = math.comb(people, 3)
    variance = triples * (p**3 - p**6) + 3 * triples * (people - 3) * (p**5 - p**6)
    assert abs(np.mean(found) - triples * p**3) / math.sqrt(variance / 20) < 5


# Planted partition


def test_planted_partition_agrees_with_its_slow_twin():
    sizes, mean_degree, mix, seed = [30, 1, 70, 12], 5.0, 1.0, 9
    people = sum(sizes)
    across = mix * mean_degree * people / sum(s * (people - s) for s in sizes)
    network, region = generate.planted_partition(people, mean_degree, sizes=sizes, mix=mix, seed=seed)
    streams = (pairs.WITHIN, pairs.BETWEEN)
    assert tie_set(network) == pairs_twin(sizes, [0.0] * 4, across, *streams, seed)
    assert np.bincount(region).tolist() == sizes

    sizes, mix = [30, 9, 70], 0.25
    people = sum(sizes)
    across = mix * mean_degree * people / sum(s * (people - s) for s in sizes)
    inside = [(1 - mix) * mean_degree / (s - 1) for s in sizes]
    network, _ = generate.planted_partition(people, mean_degree, sizes=sizes, mix=mix, seed=seed)
    assert tie_set(network) == pairs_twin(sizes, inside, across, *streams, seed)


@pytest.mark.parametrize("sizes", [None, [10_000, 6000, 3000, 900, 100]])
@pytest.mark.parametrize("mix", [0.0, 0.1, 0.6, 1.0])
def test_the_stated_share_of_ties_leaves_the_community(sizes, mix):
    people, mean_degree = 20_000, 10.0
    communities = 5 if sizes is None else None
    network, region = generate.planted_partition(people, mean_degree, communities, mix, sizes=sizes, seed=21)
    a, b = people_and_ties_between(network, region)
    expected_ties = people * mean_degree / 2
    assert abs(network.ties - expected_ties) / math.sqrt(expected_ties) < 5
    leaving = (a != b).sum()
    assert abs(leaving - mix * network.ties) <= 5 * math.sqrt(network.ties * mix * (1 - mix))
    # Everyone expects the same number of ties inside, however small the community.
    size = np.bincount(region)
    inside = np.bincount(a[a == b], minlength=size.size)
    expected_inside = size * (1 - mix) * mean_degree / 2
    assert (np.abs(inside - expected_inside) <= 5 * np.sqrt(expected_inside)).all()


def test_ties_across_spread_over_all_pairs_of_communities():
    network, region = generate.planted_partition(9000, 10.0, mix=0.5, sizes=[5000, 3000, 1000], seed=2)
    a, b = people_and_ties_between(network, region)
    counts = np.array([((a == c) & (b == d)).sum() for c, d in ((0, 1), (0, 2), (1, 2))])
    pairs = np.array([15.0, 5.0, 3.0])
    assert z_of_chi_square(counts, counts.sum() * pairs / pairs.sum()) < 5


def test_communities_that_do_not_divide_the_people_differ_by_one():
    _, region = generate.planted_partition(11, 1.0, 4, 0.1, seed=1)
    assert np.bincount(region).tolist() == [3, 3, 3, 2]
    assert region.dtype == np.int32


# Given degrees


def test_graphical_sequences_are_those_of_networkx():
    draws = np.random.default_rng(1)
    answers = set()
    for _ in range(3000):
        degrees = draws.integers(0, draws.integers(1, 9), size=draws.integers(1, 9))
        answer = networkx.is_graphical(degrees.tolist(), method="eg")
        assert generate.is_graphical(degrees) == answer, degrees
        answers.add(answer)
    assert answers == {True, False}


@settings(max_examples=300, deadline=None)
@given(st.integers(2, 14), st.integers(0, 2**32))
def test_every_graphical_sequence_is_met_even_where_one_network_has_it(people, seed):
    # Threshold graphs, of which each is the only one with its degrees: the hardest to reach by trading ends.
    draws = np.random.default_rng(seed)
    graph = networkx.Graph()
    for i in range(people):
        graph.add_node(i)
        if draws.random() < 0.5:
            graph.add_edges_from((i, j) for j in range(i))
    degrees = [d for _, d in sorted(graph.degree)]
    network = generate.configuration(degrees, seed=seed, threads=1).check()
    assert network.degree.tolist() == degrees
    assert networkx.is_isomorphic(to_networkx(network), graph)


def test_configuration_meets_heavy_tails_exactly():
    degrees = generate.power_law_degrees(30_000, 2.2, 1, 3000, seed=8)
    network = generate.configuration(degrees, seed=8).check()
    assert (network.degree == degrees).all()


def test_half_ties_match_uniformly():
    # Four people with one half-tie each: three matchings, equally likely.
    matchings = [frozenset(tie_set(generate.configuration([1] * 4, seed=s, threads=1))) for s in range(3000)]
    counts = [matchings.count(m) for m in set(matchings)]
    assert len(counts) == 3
    assert z_of_chi_square(counts, [1000] * 3) < 5


@pytest.mark.parametrize("trades_per_tie", [0, 20])
def test_every_network_with_the_degrees_comes_out(trades_per_tie):
    # Two ties each among six people: 60 hexagons and 10 pairs of triangles.
    seen: dict[frozenset, int] = {}
    runs = 7000
    for s in range(runs):
        network = generate.configuration([2] * 6, trades_per_tie=trades_per_tie, seed=s, threads=1).check()
        ties = frozenset(tie_set(network))
        seen[ties] = seen.get(ties, 0) + 1
    assert len(seen) == 70
    hexagons = [
        count for ties, count in seen.items() if networkx.is_connected(networkx.from_edgelist(ties, networkx.Graph))
    ]
    assert len(hexagons) == 60
    assert z_of_chi_square(hexagons, [sum(hexagons) / 60] * 60) < 5
    # With trades every network is as likely as any other; without, the docstring says 0.63 for pairs of triangles.
    weight = 1.0 if trades_per_tie else 0.63
    share = 60 / (60 + 10 * weight)
    assert abs(sum(hexagons) - runs * share) / math.sqrt(runs * share * (1 - share)) < 5


def test_trades_keep_the_degrees_and_change_the_ties():
    degrees = generate.power_law_degrees(500, 2.5, 1, 60, seed=3)
    still, shuffled = (generate.configuration(degrees, trades_per_tie=t, seed=3).check() for t in (0, 20))
    assert (still.degree == shuffled.degree).all()
    assert len(tie_set(still) & tie_set(shuffled)) < still.ties / 2


def test_multiple_ties_are_kept_where_allowed_and_as_many_as_theory_says():
    degrees = np.full(2000, 6)
    loops, doubles, runs = 0, 0, 30
    for seed in range(runs):
        network = generate.configuration(degrees, allow_multi=True, seed=seed).check()
        assert not network.simple
        assert (network.degree == 6).all()
        person = np.repeat(np.arange(network.people), network.degree)
        loops += (person == network.indices).sum() // 2
        same = (person[1:] == person[:-1]) & (network.indices[1:] == network.indices[:-1])
        doubles += (same & (network.indices[1:] > person[1:])).sum()
    # With nu = <k(k-1)> / <k> = 5, loops are Poisson(nu / 2) and double ties Poisson(nu**2 / 4) in the limit.
    assert abs(loops - runs * 2.5) / math.sqrt(runs * 2.5) < 5
    assert abs(doubles - runs * 6.25) / math.sqrt(runs * 6.25) < 5


def test_power_law_degrees_follow_the_law():
    degrees = generate.power_law_degrees(50_000, 2.5, 2, 40, seed=6)
    support = np.arange(2, 41)
    weight = support**-2.5
    assert degrees.sum() % 2 == 0
    assert z_of_chi_square(np.bincount(degrees, minlength=41)[2:], 50_000 * weight / weight.sum()) < 5
    sums = {generate.power_law_degrees(3, 2.5, 1, 2, seed=s).sum() % 2 for s in range(50)}
    assert sums == {0}
    assert all(1 <= d <= 2 for s in range(50) for d in generate.power_law_degrees(3, 2.5, 1, 2, seed=s))


# Growth and rewiring


def grow_twin(people, m, seed):
    """Newcomers who pick an end of a tie at random, from the full list of ends, until they have m people."""
    ends = [end for i in range(m + 1) for j in range(i) for end in (i, j)]
    ties = {(j, i) for i in range(m + 1) for j in range(i)}
    for i in range(m + 1, people):
        chosen: list[int] = []
        attempt = 0
        while len(chosen) < m:
            j = ends[int(uniform_reference(seed, growth.PREFERENCE, attempt, i) * len(ends))]
            attempt += 1
            if j not in chosen:
                chosen.append(j)
        for j in sorted(chosen):
            ends += [i, j]
            ties.add((j, i))
    return ties


@pytest.mark.parametrize(("people", "m"), [(2, 1), (7, 6), (200, 1), (200, 4)])
def test_barabasi_albert_agrees_with_its_slow_twin(people, m):
    assert tie_set(generate.barabasi_albert(people, m, seed=77)) == grow_twin(people, m, 77)


@pytest.mark.parametrize("m", [1, 3])
def test_barabasi_albert_has_the_tail_of_theory(m):
    people, runs = 50_000, 4
    degree = np.concatenate([generate.barabasi_albert(people, m, seed=s).degree for s in range(runs)])
    assert degree.min() == m
    assert degree.sum() == runs * 2 * (m * (m + 1) // 2 + (people - m - 1) * m)
    for k in (m + 1, 2 * m + 1, 5 * m, 20 * m, 60 * m):
        share = m * (m + 1) / (k * (k + 1))  # P(degree >= k)
        assert abs((degree >= k).mean() - share) / math.sqrt(share * (1 - share) / degree.size) < 5, k


def small_world_twin(people, half, rewiring, seed):
    ties = {d: [(i, (i + d) % people) for i in range(people)] for d in range(1, half + 1)}
    tied = [set() for _ in range(people)]
    for d in ties:
        for i, j in ties[d]:
            tied[i].add(j)
            tied[j].add(i)
    for d in ties:
        for i, j in ties[d]:
            if uniform_reference(seed, circles.MOVES, d - 1, i) >= rewiring or len(tied[i]) == people - 1:
                continue
            attempt = 0
            while True:
                tie = i * half + d - 1
                new = int(uniform_reference(seed, circles.PLACES, attempt, tie) * people)
                attempt += 1
                if new != i and new not in tied[i]:
                    break
            tied[i].remove(j)
            tied[j].remove(i)
            tied[i].add(new)
            tied[new].add(i)
    return {(i, j) for i in range(people) for j in tied[i] if i < j}


@pytest.mark.parametrize("rewiring", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("people", "neighbours"), [(3, 2), (9, 6), (9, 8), (150, 10)])
def test_watts_strogatz_agrees_with_its_slow_twin(people, neighbours, rewiring):
    network = generate.watts_strogatz(people, neighbours, rewiring, seed=13)
    assert tie_set(network) == small_world_twin(people, neighbours // 2, rewiring, 13)


@pytest.mark.parametrize("k", [2, 4, 10])
def test_clustering_without_rewiring_is_that_of_theory(k):
    graph = to_networkx(generate.watts_strogatz(300, k, 0.0, seed=1))
    assert networkx.average_clustering(graph) == pytest.approx(3 * (k - 2) / (4 * (k - 1)), rel=1e-12)


def test_rewiring_moves_the_stated_share_of_ties():
    people, k, rewiring = 20_000, 6, 0.3
    network = generate.watts_strogatz(people, k, rewiring, seed=2)
    assert network.ties == people * k // 2
    person = np.repeat(np.arange(people), network.degree)
    apart = np.abs(person - network.indices)
    moved = (np.minimum(apart, people - apart) > k // 2).sum() // 2
    # A moved tie lands beside its person with probability below k / people, far under one standard error.
    error = math.sqrt(network.ties * rewiring * (1 - rewiring))
    assert abs(moved - rewiring * network.ties) / error < 5


def test_a_ring_is_one_component_of_the_stated_degree_and_girth():
    network = generate.ring(101, 4)
    assert set(network.degree.tolist()) == {4}
    graph = to_networkx(network)
    assert networkx.is_connected(graph)
    assert networkx.diameter(graph) == 25
    assert networkx.is_isomorphic(graph, networkx.circulant_graph(101, [1, 2]))
    assert generate.ring(101, 0).ties == 0
    assert generate.ring(101, 100).ties == 101 * 50


# Rewiring that keeps degrees


@settings(max_examples=100, deadline=None)
@given(st.integers(20, 80), st.integers(1, 2), st.floats(0, 1), st.integers(0, 2**64 - 1))
def test_rewired_lattices_are_simple_and_keep_everyones_number_of_ties(people, half, rewiring, seed):
    network = generate.ring(people, 2 * half, rewiring, seed=seed).check()
    assert set(network.degree.tolist()) == {2 * half}
    assert len(tie_set(network)) == people * half


def test_as_many_ties_are_dealt_anew_as_asked():
    """A chosen tie comes back in about one of as many deals as there are chosen ties: far under one standard error."""
    lattice = tie_set(generate.moore(100, 100))
    for rewiring in (0.05, 0.3, 0.8):
        kept = len(lattice & tie_set(generate.moore(100, 100, rewiring=rewiring, seed=3)))
        error = math.sqrt(len(lattice) * rewiring * (1 - rewiring))
        assert abs(kept - (1 - rewiring) * len(lattice)) / error < 5
    assert tie_set(generate.moore(100, 100, rewiring=0.0, seed=3)) == lattice


def test_a_wholly_rewired_lattice_has_the_triangles_of_a_random_regular_network():
    """In the limit their number is Poisson with mean (z - 1)**3 / 6; a Moore lattice of 40 by 40 has 19,200."""
    counts = [
        sum(networkx.triangles(to_networkx(generate.moore(40, 40, rewiring=1.0, seed=k))).values()) / 3
        for k in range(12)
    ]
    assert abs(np.mean(counts) - 7**3 / 6) / math.sqrt(7**3 / 6 / 12) < 5


def test_ties_across_the_grid_are_as_long_as_chance_has_them():
    network = generate.moore(60, 60, rewiring=1.0, seed=2)
    u, v = np.array(sorted(tie_set(network))).T
    across = np.abs(u // 60 - v // 60)
    rows = np.minimum(across, 60 - across)
    expected = np.concatenate(([1], np.full(29, 2), [1])) / 60  # of a row picked at random, around the torus
    assert abs(z_of_chi_square(np.bincount(rows, minlength=31), u.size * expected)) < 5


def test_a_network_too_dense_to_be_dealt_anew_is_refused():
    """Three people who are all tied: the deal comes out sound, is mended, or is refused; it is never unsound."""
    refused = []
    for seed in range(40):
        try:
            assert tie_set(generate.ring(3, 2, 1.0, seed=seed).check()) == {(0, 1), (0, 2), (1, 2)}
        except PopulationError:
            refused.append(seed)
    assert 0 < len(refused) < 20
    with pytest.raises(PopulationError, match="sparse enough"):
        generate.ring(3, 2, 1.0, seed=refused[0])
    with pytest.raises(PopulationError, match=r"rewiring = 1\.5"):
        generate.ring(10, 2, 1.5)


# The typology of Siegel


def test_villages_are_cliques_with_far_ties_as_their_slow_twin_draws_them():
    network, region = generate.village(100, 7, 0.02, seed=6)
    assert np.bincount(region).tolist() == [7] * 14 + [2]
    assert region.dtype == np.int32
    streams = (siegel.CLIQUE, siegel.FAR)
    assert tie_set(network) == pairs_twin([7] * 14 + [2], [1.0] * 15, 0.02, *streams, 6)
    cliques = {(i, j) for i in range(100) for j in range(i + 1, 100) if region[i] == region[j]}
    assert tie_set(generate.village(100, 7, 0.0, seed=6)[0]) == cliques
    assert generate.village(100, 100, 0.0, seed=6)[0].ties == 100 * 99 // 2
    assert generate.village(100, 1, 1.0, seed=6)[0].ties == 100 * 99 // 2


def test_people_of_villages_have_the_expected_degree():
    people, size, far = 20_000, 10, 2e-4
    degree = generate.village(people, size, far, seed=7)[0].degree
    assert degree.min() >= size - 1
    theory = stats.binom.pmf(np.arange(40), people - size, far)  # ties far away
    assert z_of_chi_square(np.bincount(degree - (size - 1), minlength=40), people * theory, doubled=1) < 5


@pytest.mark.parametrize("exponent", [1.5, 2.5])
def test_opinion_leaders_have_the_expected_degree(exponent):
    people = 20_000
    degree = generate.opinion_leader(people, exponent, maximum_degree=200, seed=8).degree
    support = np.arange(1, 201.0)
    weight = support**-exponent / (support**-exponent).sum()
    mean = (support * weight).sum()
    error = math.sqrt(((support - mean) ** 2 * weight).sum() / people)
    assert abs(degree.mean() - mean) / error < 5
    assert (np.diff(degree) <= 0).all()  # leaders first


def test_opinion_leaders_whose_degrees_no_network_has_are_drawn_again(monkeypatch):
    # Four people with degrees 1, 2, 3: many drawings are not those of a network.
    for seed in range(200):
        network = generate.opinion_leader(4, 1.0, seed=seed)
        assert (np.sort(network.degree)[::-1] == network.degree).all()
    refused = [s for s in range(200) if not generate.is_graphical(generate.power_law_degrees(4, 1.0, 1, 3, seed=s))]
    assert refused
    monkeypatch.setattr(siegel, "_DRAWINGS_OF_DEGREES", 1)
    with pytest.raises(PopulationError, match="none of 1 drawings"):
        generate.opinion_leader(4, 1.0, seed=refused[0])


@pytest.mark.parametrize("expansion", [1, 2, 5])
def test_a_hierarchy_is_a_tree_of_the_stated_expansion(expansion):
    people = 200
    graph = to_networkx(generate.hierarchy(people, expansion))
    assert networkx.is_tree(graph)
    distance = networkx.single_source_shortest_path_length(graph, 0)
    levels = np.bincount([distance[i] for i in range(people)])
    assert levels.tolist() == generate.level_sizes(people, expansion).tolist()
    assert [graph.degree(i) for i in range(people // (2 * expansion + 2))][1:] == [expansion + 1] * (
        people // (2 * expansion + 2) - 1
    )
    if expansion > 1:
        assert networkx.is_isomorphic(
            to_networkx(generate.hierarchy(expansion**3 + expansion**2 + expansion + 1, expansion)),
            networkx.balanced_tree(expansion, 3),
        )


def test_ties_within_levels_are_those_of_their_slow_twin():
    people, expansion, seed = 120, 3, 4
    sizes = generate.level_sizes(people, expansion).tolist()
    drawn = pairs_twin(sizes, [0.1] * len(sizes), 0.0, siegel.LEVEL, siegel.LEVEL, seed)
    superiors = {((i - 1) // expansion, i) for i in range(1, people)}
    assert not drawn & superiors
    assert tie_set(generate.hierarchy(people, expansion, 0.1, seed=seed)) == drawn | superiors
    cliques = tie_set(generate.hierarchy(13, 3, 1.0))
    assert len(cliques) == 12 + 3 + 36


def test_people_of_a_level_have_the_expected_degree():
    people, expansion, level_ties = 29_524, 3, 5e-4  # nine full levels below the top
    network = generate.hierarchy(people, expansion, level_ties, seed=5)
    size = generate.level_sizes(people, expansion)
    level = np.repeat(np.arange(size.size), size)
    degree = np.bincount(level, network.degree)
    tree = np.where(np.arange(size.size) < size.size - 1, expansion, 0) + (np.arange(size.size) > 0)
    pairs = size * (size - 1) / 2
    error = 2 * np.sqrt(pairs * level_ties * (1 - level_ties))
    assert (np.abs(degree - size * tree - 2 * pairs * level_ties) <= 5 * error).all()


@pytest.mark.parametrize(
    ("name", "arguments", "mean"),
    [
        ("village", {"people": 10**6, "village_size": 5, "far": 2e-6}, 4 + 2e-6 * (10**6 - 5)),
        ("opinion_leader", {"people": 10**6, "degree_exponent": 2.5, "maximum_degree": 1000}, None),
        ("hierarchy", {"people": 10**6, "expansion": 4}, 2 * (10**6 - 1) / 10**6),
    ],
)
def test_a_million_people(name, arguments, mean):
    network = build(name, arguments, 2)
    assert network.people == 10**6
    if mean is not None:
        assert abs(network.mean_degree - mean) <= 5 * math.sqrt(2 * mean / 10**6)


# Grids


def test_everyone_on_a_torus_has_eight_neighbours():
    network = generate.moore(3, 12)
    assert set(network.degree.tolist()) == {8}
    assert network.neighbours(0).tolist() == [1, 11, 12, 13, 23, 24, 25, 35]


@pytest.mark.parametrize("torus", [True, False])
@pytest.mark.parametrize(("rows", "columns", "radius"), [(5, 5, 2), (7, 9, 1), (1, 1, 0), (5, 8, 0)])
def test_a_grid_ties_those_within_the_square(rows, columns, radius, torus):
    def apart(a, b, length):
        return min(abs(a - b), length - abs(a - b)) if torus else abs(a - b)

    places = [(r, c) for r in range(rows) for c in range(columns)]
    expected = {
        (i, j)
        for i, (r, c) in enumerate(places)
        for j, (y, x) in enumerate(places)
        if i < j and apart(r, y, rows) <= radius and apart(c, x, columns) <= radius
    }
    assert tie_set(generate.moore(rows, columns, radius, torus).check()) == expected


def test_people_at_the_edges_of_a_grid_have_fewer_neighbours():
    degree = generate.moore(4, 5, torus=False).degree.reshape(4, 5)
    assert degree[0].tolist() == [3, 5, 5, 5, 3]
    assert degree[1].tolist() == [5, 8, 8, 8, 5]
    assert generate.moore(1, 6, torus=False).degree.tolist() == [1, 2, 2, 2, 2, 1]


# What is refused


@pytest.mark.parametrize(
    ("name", "arguments", "content"),
    [
        ("erdos_renyi", {"people": 0, "mean_degree": 0}, "people = 0"),
        ("erdos_renyi", {"people": -3, "mean_degree": 1}, "people = -3"),
        ("erdos_renyi", {"people": 2**31, "mean_degree": 1}, "people = 2147483648"),
        ("erdos_renyi", {"people": 10.0, "mean_degree": 1}, "people = 10.0"),
        ("erdos_renyi", {"people": True, "mean_degree": 0}, "people = True"),
        ("erdos_renyi", {"people": 10, "mean_degree": math.nan}, "mean_degree = nan"),
        ("erdos_renyi", {"people": 10, "mean_degree": math.inf}, "mean_degree = inf"),
        ("erdos_renyi", {"people": 10, "mean_degree": 9.5}, "there are 10 people"),
        ("erdos_renyi", {"people": 10, "mean_degree": "3"}, "expected a number"),
        ("planted_partition", {"people": 10, "mean_degree": 3}, "neither communities nor sizes"),
        ("planted_partition", {"people": 10, "mean_degree": 3, "communities": 11}, "communities = 11"),
        ("planted_partition", {"people": 10, "mean_degree": 3, "communities": 2, "mix": 1.2}, "mix = 1.2"),
        ("planted_partition", {"people": 10, "mean_degree": 3, "communities": 1, "mix": 0.1}, "no tie can leave it"),
        ("planted_partition", {"people": 10, "mean_degree": 6, "communities": 2, "mix": 0.1}, "community 0 has 5"),
        ("planted_partition", {"people": 10, "mean_degree": 8, "sizes": [9, 1], "mix": 1}, "ties across"),
        ("planted_partition", {"people": 10, "mean_degree": 3, "sizes": [5, 4], "mix": 0.1}, "add up to 9"),
        ("planted_partition", {"people": 9, "mean_degree": 3, "sizes": [9, 0], "mix": 0.1}, "size = 0"),
        ("planted_partition", {"people": 9, "mean_degree": 3, "sizes": [4, 5], "communities": 3}, "one size for each"),
        ("configuration", {"degrees": [1, 2]}, "even sum"),
        ("configuration", {"degrees": [-1, 1]}, "person 0 has degree -1"),
        ("configuration", {"degrees": [1.5, 1]}, "person 0 has degree 1.5"),
        ("configuration", {"degrees": [math.nan, 1]}, "person 0 has degree nan"),
        ("configuration", {"degrees": [1, 1], "trades_per_tie": -1}, "trades_per_tie = -1"),
        ("configuration", {"degrees": [2, 2]}, "no simple network"),
        ("configuration", {"degrees": []}, "one number per person"),
        ("configuration", {"degrees": ["a", "b"]}, "one number per person"),
        ("barabasi_albert", {"people": 5, "ties_per_newcomer": 5}, "ties_per_newcomer = 5"),
        ("barabasi_albert", {"people": 1, "ties_per_newcomer": 1}, "people = 1"),
        ("watts_strogatz", {"people": 9, "neighbours": 3, "rewiring": 0.1}, "expected an even number"),
        ("watts_strogatz", {"people": 9, "neighbours": 10, "rewiring": 0.1}, "neighbours = 10"),
        ("watts_strogatz", {"people": 9, "neighbours": 4, "rewiring": -0.1}, "rewiring = -0.1"),
        ("village", {"people": 9, "village_size": 10, "far": 0.1}, "village_size = 10"),
        ("village", {"people": 9, "village_size": 0, "far": 0.1}, "village_size = 0"),
        ("village", {"people": 9, "village_size": 3, "far": 1.1}, "far = 1.1"),
        ("opinion_leader", {"people": 2, "degree_exponent": 2.5}, "people = 2"),
        ("opinion_leader", {"people": 9, "degree_exponent": math.inf}, "exponent = inf"),
        ("opinion_leader", {"people": 9, "degree_exponent": 2, "minimum_degree": 0}, "minimum degree = 0"),
        ("opinion_leader", {"people": 9, "degree_exponent": 2, "maximum_degree": 9}, "maximum degree = 9"),
        ("hierarchy", {"people": 9, "expansion": 0}, "expansion = 0"),
        ("hierarchy", {"people": 9, "expansion": 2.0}, "expansion = 2.0"),
        ("hierarchy", {"people": 9, "expansion": 2, "level_ties": -0.1}, "level_ties = -0.1"),
        ("hierarchy", {"people": 0, "expansion": 2}, "people = 0"),
        ("moore", {"rows": 2, "columns": 9}, "torus=False"),
        ("moore", {"rows": 0, "columns": 9}, "rows = 0"),
        ("moore", {"rows": 70_000, "columns": 70_000}, "rows \\* columns"),
        ("moore", {"rows": 5, "columns": 5, "torus": 1}, "torus = 1"),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_sentence(name, arguments, content):
    with pytest.raises(PopulationError, match=content):
        build(name, arguments, 1)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, None, True])
@pytest.mark.parametrize("name", ["erdos_renyi", "ring"])
def test_seeds_are_whole_numbers_of_64_bits(name, seed):
    arguments = {"mean_degree": 2} if name == "erdos_renyi" else {"neighbours": 2}
    with pytest.raises(PopulationError, match="seed = "):
        build(name, {"people": 10, **arguments}, seed)


@pytest.mark.parametrize("threads", [0, -1, 1.0, True])
def test_threads_are_a_whole_number(threads):
    with pytest.raises(PopulationError, match="threads = "):
        generate.ring(10, 2, threads=threads)
