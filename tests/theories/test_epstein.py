"""Epstein's Model I: against a plain twin that shares its draws, its limits, its twins, its deviations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell import simulate
from groundswell.draws import stream_id, uniform_reference, uniforms
from groundswell.engine import process
from groundswell.engine.worlds import Set, World
from groundswell.errors import TheoryError
from groundswell.population.population import on_grid
from groundswell.theories.epstein import Epstein

pytestmark = pytest.mark.long  # its kernels take seconds to compile

LIFE = 1e12
PUBLISHED = on_grid(40, 40)


def run(params=(), steps=100, grid=PUBLISHED, seed=0, changes=()):
    return simulate(Epstein, grid, [World(seed, dict(params), tuple(changes))], steps, population_seed=seed, threads=1)


class Plain:
    """The model in sets and dictionaries, as one would write it from the paper; only the draws are the theory's."""

    def __init__(self, rows, columns, seed, **params):
        self.p, self.rows, self.columns, self.seed = Epstein.parameters(params), rows, columns, seed
        self.sites, self.t = rows * columns, 0
        self.agents = round(self.p["density"] * self.sites)
        self.everyone = self.agents + round(self.p["cop_density"] * self.sites)
        self.H = uniforms(seed, stream_id("trait:hardship"), 0, self.sites)
        self.R = uniforms(seed, stream_id("trait:risk_aversion"), 0, self.sites)
        free = list(range(self.sites))
        for i in range(self.everyone):
            j = i + self.below("place", i, self.sites - i)
            free[i], free[j] = free[j], free[i]
        self.at = {i: divmod(free[i], columns) for i in range(self.everyone)}  # who is on the torus, and where
        self.active, self.until, self.order = set(), {}, list(range(self.everyone))

    def below(self, stream, who, bound, k=0):
        return int(uniform_reference(self.seed, stream_id(stream), self.t, who + (k << 40)) * bound)

    def seen(self, place, radius):
        far = range(-int(radius), int(radius) + 1)
        return [((place[0] + dy) % self.rows, (place[1] + dx) % self.columns)
                for dy in far for dx in far if 0 < dy * dy + dx * dx <= radius * radius]  # fmt: skip

    def move(self, i, radius):
        taken = set(self.at.values())
        free = [s for s in self.seen(self.at[i], radius) if s not in taken]
        if free:
            self.at[i] = free[self.below("where", i, len(free))]

    def step(self):
        self.t += 1
        p, n = self.p, self.everyone
        for turn in range(n):
            j = turn + self.below("turn", turn, n - turn)
            self.order[turn], self.order[j] = self.order[j], self.order[turn]
            i = self.order[turn]
            if i >= self.agents:
                self.move(i, p["cop_vision"])
                who = {place: j for j, place in self.at.items()}
                suspects = [who[s] for s in self.seen(self.at[i], p["cop_vision"]) if who.get(s) in self.active]
                if suspects:
                    caught = suspects[self.below("whom", i, len(suspects))]
                    u = uniform_reference(self.seed, stream_id("sentence"), self.t, caught)
                    self.until[caught] = self.t + max(math.ceil(u * p["jail_term"]), 1)
                    self.active.discard(caught)
                    del self.at[caught]
                continue
            if i in self.until:
                if self.t < self.until[i]:
                    continue
                del self.until[i]
                k, taken = 0, set(self.at.values())
                while (place := divmod(self.below("place", i, self.sites, k), self.columns)) in taken:
                    k += 1
                self.at[i] = place
            self.active.discard(i)
            if p["moving"]:
                self.move(i, p["vision"])
            near = self.seen(self.at[i], p["vision"])
            who = {place: j for j, place in self.at.items()}
            cops = sum(who.get(s, -1) >= self.agents for s in near)
            rebels = 1 + sum(who.get(s) in self.active for s in near)
            ratio = [cops / rebels, cops // rebels, round(cops / rebels)][int(p["reading"])]
            risk = self.R[i] * (1 - math.exp(-p["k"] * ratio))
            if self.H[i] * (1 - p["legitimacy"]) - risk > p["threshold"]:
                self.active.add(i)


@pytest.mark.parametrize("reading", [0, 1, 2])
def test_it_is_the_plain_model_turn_by_turn(reading):
    """A torus whose sides are no multiples of anything, people and cops who see differently far, short terms."""
    params = {"reading": reading, "vision": 3.2, "cop_vision": 5.0, "jail_term": 4.0, "legitimacy": 0.7}
    plain = Plain(13, 19, seed=5, **params)
    history = run(params, 25, on_grid(13, 19), seed=5)
    for t in range(1, 26):
        plain.step()
        expected = (len(plain.active), len(plain.until), len(plain.at) - (plain.everyone - plain.agents))
        assert history["rebels"][t, 0] == expected[0]
        assert history["in_jail"][t, 0] == expected[1]
        assert history["quiescent"][t, 0] == expected[2] - expected[0]
    assert history["rebels"].max() > 5, "something happened"
    assert history["in_jail"].max() > 5


@pytest.mark.parametrize("side", [40, 700])
def test_without_cops_all_rise_whose_grievance_exceeds_the_threshold(side):
    """The limit in which P = 0: the share active is 1 - T / (1 - L), at once and forever; here up to 343,000 people."""
    history = run({"cop_density": 0.0, "legitimacy": 0.75, "reading": 0}, 2, on_grid(side, side))
    people, share = round(0.7 * side * side), 1 - 0.1 / 0.25
    assert history["rebels"][1, 0] == history["rebels"][2, 0]
    assert abs(history["rebels"][1, 0] - people * share) < 5 * math.sqrt(people * share * (1 - share))


def test_full_legitimacy_and_strict_inequality_leave_all_quiet():
    assert run({"legitimacy": 1.0, "cop_density": 0.0}, 3)["rebels"].max() == 0
    assert run({"legitimacy": 1.0, "cop_density": 0.0, "threshold": 0.0}, 3)["rebels"].max() == 0, "0 is not above 0"
    assert run({"legitimacy": 1.0, "cop_density": 0.0, "threshold": -1e-9}, 1)["rebels"][1, 0] == 1120


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_people_are_active_quiet_or_in_jail(data):
    number = st.floats(0, 1).map(lambda x: round(x, 2))
    density = data.draw(number)
    params = {
        "density": density, "cop_density": round(data.draw(number) * (1 - density), 3), "legitimacy": data.draw(number),
        "jail_term": data.draw(st.sampled_from([0.5, 3.0, LIFE])), "moving": data.draw(st.integers(0, 1)),
        "reading": data.draw(st.integers(0, 2)), "vision": data.draw(st.sampled_from([1.0, 1.7, 7.0])),
    }  # fmt: skip
    history = run(params, 12, on_grid(15, 17), seed=data.draw(st.integers(0, 99)))
    together = history["rebels"] + history["quiescent"] + history["in_jail"]
    assert (together == round(density * 255)).all()
    assert (history.values >= 0).all()
    assert (history["police"] == min(round(params["cop_density"] * 255), 255 - round(density * 255))).all()
    jailed = np.diff(history["in_jail"][:, 0])
    assert (jailed <= history["arrested"][1:, 0]).all()
    if params["jail_term"] == LIFE:
        assert (jailed == history["arrested"][1:, 0]).all(), "nobody comes back"


def test_twins_part_where_one_thing_changes():
    """Legitimacy that jumps in period 40 changes nothing before; where nobody can rise, cops change nobody."""
    params = {"reading": 1, "legitimacy": 0.9}
    calm, shaken = run(params, 60), run(params, 60, changes=[Set("legitimacy", 0.7, start=40)])
    assert np.array_equal(calm.values[:40], shaken.values[:40])
    assert shaken["rebels"][40, 0] > calm["rebels"][40, 0]
    before, after = (run({"legitimacy": 1.0, "cop_density": x}, 10) for x in (0.04, 0.2))
    for name in ("rebels", "in_jail", "quiescent"):
        assert np.array_equal(before[name], after[name])


def test_with_the_rule_as_printed_there_are_no_outbursts_and_with_whole_parts_there_are():
    """The deviation that matters: the reading of C/A."""
    peaks = {
        reading: [run({"reading": reading}, 300, seed=k)["rebels"].max() for k in range(4)] for reading in range(3)
    }
    assert max(peaks[0]) < 50 < min(peaks[2]) < max(peaks[2]) < min(peaks[1])


def test_terms_end_in_the_period_that_they_reach_rounded_up():
    """With terms of at most a period, all who were arrested in one are back by the end of the next."""
    history = run({"reading": 1, "jail_term": 1.0, "legitimacy": 0.6}, 40)
    assert np.array_equal(history["in_jail"], history["arrested"])
    assert history["arrested"].sum() > 100


def test_cops_are_withdrawn_and_sent_again():
    changes = [Set("cop_drift", -0.01, start=5, end=8), Set("cop_density", 0.2, start=12)]
    police = run({"cop_density": 0.04}, 15, changes=changes)["police"][:, 0]
    assert police[[4, 5, 6, 7, 11, 12, 15]].tolist() == [64, 48, 32, 16, 16, 272, 272]


def test_a_full_torus_stands_still_and_a_crowded_one_takes_all_cops_that_fit():
    full = run({"density": 0.9, "cop_density": 0.1, "jail_term": 3.0, "legitimacy": 0.2, "reading": 1}, 20)
    assert (full["rebels"] + full["quiescent"] + full["in_jail"] == 1440).all()
    crowded = run({"density": 0.9, "cop_density": 0.5}, 3)
    assert (crowded["police"] == 160).all()


def test_legitimacy_drifts_and_is_bounded():
    found = run({"legitimacy": 0.05}, 10, changes=[Set("legitimacy_drift", -0.02, start=3, end=9)])
    expected = [0.05, 0.05, 0.05, 0.03, 0.01, 0, 0, 0, 0, 0, 0]
    assert found["perceived_legitimacy"][:, 0] == pytest.approx(expected, abs=1e-12)


def test_those_who_do_not_move_stay_where_they_are():
    """Run 1: people who were never arrested are where they were put, and cops are not."""
    params = Epstein.parameters({"moving": 0.0, "vision": 1.7, "cop_vision": 1.7, "legitimacy": 0.6, "jail_term": LIFE})
    traits = process.draw_traits(Epstein, PUBLISHED, params, 0)
    world = process._World(Epstein, PUBLISHED, World(0, params), params, traits, (), False)
    values = np.zeros((21, len(Epstein.observables)))
    args = (world.people, world.society, world.p, world.ties, world.grid, world.seed)
    world.loop.start(*args, values[0])
    before = world.people.person.copy()
    world.loop.run(*args, 1, 21, values, np.zeros((0, 1600)))
    after = world.people.person
    stayed = (before["row"] == after["row"]) & (before["column"] == after["column"])
    assert stayed[:1120].all()
    assert (after["jailed_until"][:1120] > 0).sum() == world.society.jailed > 0
    assert stayed[1120:1184].mean() < 0.5


def test_someone_who_sees_round_the_torus_is_refused():
    with pytest.raises(TheoryError, match="twice"):
        run(grid=on_grid(14, 40))
    with pytest.raises(TheoryError, match="vision"):
        run({"vision": 0.5})
