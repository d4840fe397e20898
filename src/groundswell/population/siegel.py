"""The typology of Siegel (2009): besides the small world of `watts_strogatz`, villages, leaders and hierarchies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundswell.draws import derive_seed, streams
from groundswell.errors import PopulationError
from groundswell.population.assemble import symmetric_rows, usable_threads
from groundswell.population.degrees import configuration, is_graphical, power_law_degrees
from groundswell.population.given import real, seed_of, whole
from groundswell.population.network import Network
from groundswell.population.pairs import Pairs

CLIQUE, FAR, LEVEL = streams(
    (
        "population.village.clique",
        "population.village.far",
        "population.hierarchy.level",
    ),
    "groundswell.population.siegel",
).values()
_DRAWINGS_OF_DEGREES = 100  # with exponents from 2 and no maximum, 8 draws in 10 are feasible, for any number of people


def village(
    people: int, village_size: int, far: float, *, seed: int, threads: int | None = None
) -> tuple[Network, NDArray[np.int32]]:
    """Villages in which everyone knows everyone, and random ties to people far away.

    Two people of the same village are always tied, two people of different villages with probability `far`. A person in
    a village of s people expects ``(s - 1) + far (N - s)`` ties.

    Parameters
    ----------
    people : N >= 1. People are numbered village by village; the last village holds whoever is left over.
    village_size : people in a village, in 1..N.
    far : probability that a pair of people of different villages is tied, in [0, 1].
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it.

    Returns
    -------
    network, region : region is int32 of shape (people,), the village of each person from 0.

    Raises
    ------
    PopulationError : on a number outside its support.

    Source: Siegel (2009), "Social networks and collective action", Am. J. Polit. Sci. 53, 122-138, names the type;
    his algorithm could not be obtained; that the far ties are independent is this project's reading.

    >>> network, region = village(1000, 5, 0.001, seed=1)
    """
    people = whole("people", people, 1)
    village_size = whole("village_size", village_size, 1, people, why=f"there are {people} people")
    far = real("far", far, 0, 1, why="it is a probability")
    size = np.diff(np.append(np.arange(0, people, village_size, dtype=np.int64), people))
    network = Pairs(size, np.ones(size.size), far, CLIQUE, FAR, seed_of(seed)).tied(usable_threads(threads))
    return network, np.repeat(np.arange(size.size, dtype=np.int32), size)


def opinion_leader(
    people: int,
    degree_exponent: float,
    minimum_degree: int = 1,
    maximum_degree: int | None = None,
    *,
    seed: int,
    threads: int | None = None,
) -> Network:
    """A few people have very many ties and most have few: degrees by a power law, ties at random.

    Degrees are drawn from ``P(k) proportional to k**-degree_exponent`` and half-ties matched at random. People are
    numbered by their number of ties, so that person 0 is the best connected.

    Parameters
    ----------
    people : N >= 3.
    degree_exponent : the smaller, the more leaders and the more ties.
    minimum_degree, maximum_degree : 1 and N - 1 where left out.
    seed : in 0..2**64 - 1.
    threads : how many to use (None: every core); the result does not depend on it. Matching runs on one.

    Raises
    ------
    PopulationError : on a number outside its support, or where 100 draws gave no degrees that a network can have.

    Known limits: degrees that no network has (a leader with more ties than there are others to hold them) are drawn
    again, which lowers the largest degrees a little where the exponent is near 2; an exponent below 2 needs a
    `maximum_degree`, because in large populations no network has so many leaders. With a minimum of 1 and an exponent
    above 2 many people belong to small separate groups.

    Source: Siegel (2009) names the type and its power law; his algorithm could not be obtained. It is built from
    `power_law_degrees` and `configuration`.

    >>> opinion_leader(1000, 2.5, seed=1).degree.argmax()
    np.int64(0)
    """
    people = whole("people", people, 3)
    maximum = people - 1 if maximum_degree is None else maximum_degree
    seed = int(seed_of(seed))
    for attempt in range(_DRAWINGS_OF_DEGREES):
        attempt_seed = derive_seed(seed, "opinion_leader", attempt) if attempt else seed
        degrees = power_law_degrees(people, degree_exponent, minimum_degree, maximum, seed=attempt_seed)
        if is_graphical(degrees):
            return configuration(np.sort(degrees)[::-1], seed=seed, threads=threads)
    raise PopulationError(
        f"none of {_DRAWINGS_OF_DEGREES} drawings with degree_exponent = {degree_exponent} and degrees in "
        f"{minimum_degree}..{maximum} could be met by {people} people",
        expected="degrees that some network has",
        instead="a larger exponent or a smaller maximum_degree",
    )


def hierarchy(
    people: int, expansion: int, level_ties: float = 0.0, *, seed: int = 0, threads: int | None = None
) -> Network:
    """Everyone has a superior and a fixed number of followers: a tree, with random ties within levels.

    Person 0 stands at the top; the followers of person i are people ``i e + 1 .. i e + e``, with e the expansion.
    Level l has ``e**l`` people, the last level whoever is left over. Two people of one level are tied with probability
    `level_ties`. A person of level l, of ``s`` people, expects ``level_ties (s - 1)`` ties besides those to the
    superior and the followers.

    Parameters
    ----------
    people : N >= 1.
    expansion : e, followers of each person, from 1.
    level_ties : in [0, 1]; 0 leaves the bare tree, 1 makes every level a clique.
    seed : in 0..2**64 - 1; nothing is drawn for the bare tree.
    threads : how many to use (None: every core); the result does not depend on it.

    Raises
    ------
    PopulationError : on a number outside its support.

    Known limits: the last level holds most people, so `level_ties` gives them nearly ``level_ties N (1 - 1 / e)`` ties
    each; choose it of order 1 / N where N is large.

    Source: Siegel (2009) names the type; his algorithm could not be obtained.

    >>> hierarchy(7, 2).neighbours(1)
    array([0, 3, 4], dtype=int32)
    """
    people = whole("people", people, 1)
    expansion = whole("expansion", expansion, 1)
    level_ties = real("level_ties", level_ties, 0, 1, why="it is a probability")
    key, threads = seed_of(seed), usable_threads(threads)
    start, heads = np.zeros(people + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
    if level_ties > 0:
        size = level_sizes(people, expansion)
        start, heads = Pairs(size, np.full(size.size, level_ties), 0.0, LEVEL, LEVEL, key).heads(threads)
    superiors = (
        np.arange(people + 1, dtype=np.int64) - 1
    )  # how many people before each person have a superior: all but one
    superiors[0] = 0
    joined = np.insert(heads, start[1:-1], (np.arange(people - 1) // expansion).astype(np.int32))
    return Network.sound(*symmetric_rows(start + superiors, joined, threads, "any"))


def level_sizes(people: int, expansion: int) -> NDArray[np.int64]:
    """How many people are at each level of a `hierarchy`, from the top."""
    sizes, left, level = [], people, 1
    while left > 0:
        sizes.append(min(level, left))
        left -= sizes[-1]
        level = min(level * expansion, people)
    return np.array(sizes, dtype=np.int64)
