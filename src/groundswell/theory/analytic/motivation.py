"""What Siegel's theory implies without simulation: participation in cliques, in trees, and where ties are random.

Starting from nobody, a person with motivation b ~ Normal(mean, sd) takes part once the share of neighbours who do
exceeds 1 - b. The set of participants only grows, so its final state does not depend on how fast people learn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from groundswell.theory.analytic.solving import finite, limit, require
from groundswell.theory.analytic.thresholds import threshold_share


def _joins(active: ArrayLike, degree: float, mean: float, sd: float) -> NDArray[np.float64]:
    """The probability that someone takes part when a given number of their neighbours do."""
    return threshold_share(np.asarray(active, float) / max(degree, 1.0), 1.0 - mean, sd)


def group_participation(size: int, mean: float, sd: float) -> NDArray[np.float64]:
    """The distribution of how many take part in the end, in a group in which everyone sees everyone else.

    Let N(c) count those who would take part if c others did. Starting from nobody the group ends at the first c with
    N(c) = c. N is a Markov chain in c whose steps are binomial, which gives the probabilities exactly.

    Parameters
    ----------
    size : people in the group, >= 1. A person alone sees a share of 0.
    mean, sd : of the motivations, sd >= 0.

    Returns
    -------
    shape (size + 1,), for 0..size taking part.
    """
    finite(mean=mean, sd=sd)
    require(size >= 1, f"size = {size}", "at least one person")
    numbers = np.arange(size + 1)
    joins = _joins(numbers[:-1], size - 1, mean, sd)
    chance = stats.binom.pmf(numbers, size, joins[0])
    ends = np.zeros(size + 1)
    ends[0], chance[0] = chance[0], 0.0
    for c in range(1, size):
        left = 1.0 - joins[c - 1]
        step = float(np.clip((joins[c] - joins[c - 1]) / left if left > 0 else 0.0, 0.0, 1.0))
        more = numbers[None, :] - numbers[:, None]
        chance = chance @ np.nan_to_num(stats.binom.pmf(more, size - numbers[:, None], step))
        ends[c], chance[c] = chance[c], 0.0
    ends[size] += chance[size]
    return ends


def tree_participation(superior: ArrayLike, mean: ArrayLike, sd: float) -> NDArray[np.float64]:
    """The probability that each person of a tree takes part in the end.

    A person held inactive cuts the tree into parts that do not affect one another, so that the neighbours' actions
    are independent: U_i, that i takes part by the followers alone, is computed up from the leaves, and D_i, that the
    superior does without i, is computed down from the top.

    Parameters
    ----------
    superior : whole numbers of shape (people,): each person's superior, a smaller number than the person's own; -1 at
        the top. Everyone else is tied to the superior and the followers.
    mean : of the motivations, common to everyone or one for each person. sd : >= 0.

    Returns
    -------
    shape (people,).
    """
    above = np.asarray(superior, dtype=np.int64)
    people = above.size
    require(
        people > 0 and above[0] == -1 and bool((above[1:] >= 0).all() and (above[1:] < np.arange(1, people)).all()),
        "superiors that are no tree",
        "-1 for person 0, and for everyone else a smaller number than their own",
    )
    means = np.broadcast_to(np.asarray(mean, float), (people,))
    degree = np.bincount(above[1:], minlength=people) + (np.arange(people) > 0)
    followers = [[] for _ in range(people)]
    for i in range(1, people):
        followers[above[i]].append(i)

    def probability(i: int, neighbours: list[float]) -> float:
        of = np.ones(1)  # the distribution of how many of them take part
        for q in neighbours:
            of = np.convolve(of, [1.0 - q, q])
        return float(of @ _joins(np.arange(of.size), float(degree[i]), float(means[i]), sd))

    up, down = [0.0] * people, [0.0] * people
    for i in range(people - 1, -1, -1):
        up[i] = probability(i, [up[j] for j in followers[i]])
    for i in range(people):
        from_above = [down[i]] if i else []
        advised: dict[float, float] = {}  # followers with equal probabilities share the result
        for j in followers[i]:
            if up[j] not in advised:
                others = [up[k] for k in followers[i]]
                others.remove(up[j])
                advised[up[j]] = probability(i, others + from_above)
            down[j] = advised[up[j]]
    return np.array([probability(i, [up[j] for j in followers[i]] + ([down[i]] if i else [])) for i in range(people)])


def random_participation(degrees: ArrayLike, mean: float, sd: float) -> float:
    """The share who take part in the end where ties are matched at random, in the limit of many people.

    q = sum_k (k p_k / z) sum_m B(k - 1, m; q) P(b > 1 - m / k), from q = 0, is the probability that a neighbour takes
    part; B is the binomial distribution. Source: Gleeson & Cahalane (2007), Physical Review E 75, 056103, no seeds.

    Parameters
    ----------
    degrees : how many ties each person has, shape (people,).
    mean, sd : of the motivations.
    """
    degree, count = np.unique(np.asarray(degrees), return_counts=True)
    require(degree.size > 0 and bool(degree[0] >= 0), "degrees below 0, or none", "a degree of each person")
    finite(mean=mean, sd=sd)
    tables = [_joins(np.arange(k + 1), float(k), mean, sd) for k in degree]
    tied = degree > 0
    weight = degree * count / max(float((degree * count).sum()), 1.0)

    def one(q: float) -> float:
        return float(
            sum(
                weight[t] * (stats.binom.pmf(np.arange(degree[t]), degree[t] - 1, q) @ tables[t][:-1])
                for t in np.flatnonzero(tied)
            )
        )

    q = limit(one, 0.0) if tied.any() else 0.0
    shares = [stats.binom.pmf(np.arange(k + 1), k, q) @ table for k, table in zip(degree, tables, strict=True)]
    return float(np.array(shares) @ count / count.sum())
