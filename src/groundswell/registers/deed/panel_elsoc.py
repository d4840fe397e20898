"""Persons in Chile, 2016-2019 (ELSOC): approval of violence, hope, talk, membership, and later participation.

One wave a year; the last was in the field around and after the revolt of October 2019. Persons are compared with
themselves (effects of persons and waves), errors clustered by person, unless a plan says otherwise.

Amended after the estimates were read, in a way that can only withhold a verdict: the same regression with each person's
waves in shuffled order is a further negative control, since four waves are few (Nickell 1981).
"""

from __future__ import annotations

import functools
from dataclasses import replace

import polars as pl

from groundswell.records.panel import Panel, PanelMapping, panel_of
from groundswell.registers.deed.plans import (
    SURVEY,
    Answer,
    PanelPlan,
    Stated,
    derived,
    mean_answer,
    record_panel,
    record_table,
    regress,
)

_RECORD = "elsoc_chile"
_AGES = {"18-24": 2.1, "25-29": 2.7, "30-34": 3.2, "35-44": 4.0, "45-54": 5.0, "55-64": 6.0, "65+": 7.0}  # decades
_WITHIN = "linear regression with effects of persons and waves, exposure one wave earlier, errors clustered by person"
_PLACEBO = "the exposure one wave later; the reversed path at least as strong; negative control: waves in shuffled order (amended)"


@functools.cache
def _persons() -> Panel:
    """Persons by wave; membership means in a party, union, neighbourhood or students' organisation."""
    panel = record_panel(_RECORD, cluster=None)
    joint = [pl.col(c) for c in ("c12_01", "c12_03", "c12_04", "c12_08")]
    return derived(
        panel,
        member=(pl.max_horizontal(joint) > 1).cast(pl.Float64),
        sport=(pl.col("c12_07") > 1).cast(pl.Float64),
    )


@functools.cache
def _ages() -> Panel:
    """Approval by age, in decades, and by subjective class."""
    columns = ["person", "year", "age_band", "f05_07", "f05_05", "c33"]
    frame = record_table(_RECORD, columns).with_columns(
        age=pl.col("age_band").replace_strict(_AGES, default=None, return_dtype=pl.Float64)
    )
    mapping = PanelMapping(
        unit="person", wave="year", outcomes=("f05_07", "f05_05"), exposures=("age", "c33"),
        missing=("-999", "-888", "-777", "-666"),
    )  # fmt: skip
    return panel_of(frame, mapping, name=_RECORD)


def _membership_waves() -> Panel:
    """The two waves that asked about membership, made adjacent."""
    panel = _persons()
    return Panel(
        panel.name, panel.frame.filter(pl.col("wave").is_in(["2016", "2018"])), ("2016", "2018"), panel.outcomes,
        panel.exposures, panel.covariates, panel.rejected, panel.unread,
    )  # fmt: skip


@functools.cache
def _within(outcome: str, exposure: str) -> Answer:
    return regress(_persons(), outcome, exposure, shuffled=True)


@functools.cache
def _talk_to_meetings() -> Answer:
    return regress(_persons(), "c07_02", "c14_01", negative=("c07_06", "c14_01"), shuffled=True)


@functools.cache
def _talk_to_membership() -> Answer:
    return regress(
        _membership_waves(), "member", "c14_01", negative=("sport", "c14_01"), reverse=False, unit_effects=False,
        outcome_before=True, controls=("m01", "m0_sexo"),
    )  # fmt: skip


@functools.cache
def _members_march() -> Answer:
    return regress(
        _persons(), "c08_02", "member", negative=("c08_02", "sport"), reverse=False, unit_effects=False,
        outcome_before=True, controls=("m01", "m0_sexo"),
    )  # fmt: skip


@functools.cache
def _strikes() -> Panel:
    """Own participation in strikes given own marching, interest in politics, schooling and sex."""
    columns = ["c08_03", "c08_02", "c13", "m01", "m0_sexo"]
    mapping = PanelMapping(
        unit="person", wave="year", outcomes=("c08_03",), exposures=("c08_02",), covariates=("c13", "m01", "m0_sexo"),
        missing=("-999", "-888", "-777", "-666"),
    )  # fmt: skip
    return panel_of(record_table(_RECORD, ["person", "year", *columns]), mapping, name=_RECORD)


@functools.cache
def _marchers_strike() -> Answer:
    """Strikes regressed on earlier marches, given earlier strikes."""
    return regress(
        _strikes(), "c08_03", "c08_02", unit_effects=False, outcome_before=True, controls=("c13", "m01", "m0_sexo")
    )


@functools.cache
def _gradient(exposure: str) -> Answer:
    return regress(
        _ages(), "f05_07", exposure, negative=("f05_05", exposure), reverse=False, unit_effects=False, lag=0,
        placebo=False,
    )  # fmt: skip


@functools.cache
def _majority() -> Answer:
    frame = _ages().frame.filter(pl.col("f05_07").is_not_null())
    rejects = (frame["f05_07"] <= 2).cast(pl.Float64).to_numpy() - 0.5
    found = mean_answer(rejects, frame["unit"].to_list(), "mean, errors clustered by person", "share less one half")
    return replace(found, effect=replace(found.effect, checks={**found.effect.checks, "scale": 1.0}))


PLANS = (
    PanelPlan(
        "S13", _RECORD, "Approval of stones thrown at the police by age, Chile 2016-2019",
        "change of approval (1 never to 5 always justified) per ten years of age, within waves",
        "linear regression with effects of waves, errors clustered by person", "below",
        lambda: _gradient("age"), Stated(0.05, 0.3),
        "approval of a husband who slaps his wife (a habit of answering), at least half as strongly graded",
        part="graded by age",
    ),
    PanelPlan(
        "S13", _RECORD, "Approval of stones thrown at the police by subjective class, Chile 2016-2019",
        "change of approval (1 never to 5 always justified) per step of subjective class (1 low to 5 high), within waves",
        "linear regression with effects of waves, errors clustered by person", "below",
        lambda: _gradient("c33"), Stated(0.02, 0.15),
        "approval of a husband who slaps his wife (a habit of answering), at least half as strongly graded",
        part="graded by desperation",
    ),
    PanelPlan(
        "S13", _RECORD, "Share that finds stones thrown at the police never or rarely justified, Chile 2016-2019",
        "share of answers minus one half", "mean, errors clustered by person", "above",
        _majority, Stated(0.1, 0.5), "none: a level has no placebo", part="most see it as a problem",
    ),
    PanelPlan(
        "C6", _RECORD, "Approval of violence and own marching a year later, Chile 2016-2019",
        "change of own marching (1 never to 5 very often) per step of approval of stones thrown at the police (1 to 5)",
        _WITHIN, "below", lambda: _within("c08_02", "f05_07"), Stated(*SURVEY), _PLACEBO, accounts=("catalysis",),
    ),
    PanelPlan(
        "C7", _RECORD, "Talk of politics and meetings on public matters a year later, Chile 2016-2019",
        "change of attendance at meetings (1 to 3) per step of talk of politics (1 to 5)",
        _WITHIN, "above", _talk_to_meetings, Stated(*SURVEY),
        _PLACEBO + "; negative control: lending money to others", accounts=("catalysis",),
        part="conversations grow into organisation",
    ),
    PanelPlan(
        "C7", _RECORD, "Talk of politics in 2016 and membership in 2018, Chile",
        "change of the probability of membership (party, union, neighbourhood, students) per step of talk (1 to 5)",
        "linear regression given membership in 2016, schooling and sex, errors clustered by person",
        "above", _talk_to_membership, Stated(*SURVEY), "negative control: membership of a sports club",
        accounts=("catalysis",), part="conversations grow into organisation",
    ),
    PanelPlan(
        "C9", _RECORD, "Hope for the movement and own participation in it a year later, Chile 2016-2019",
        "change of own participation in the movement most valued (1 to 5) per step of hope for it (1 to 5)",
        _WITHIN, "above", lambda: _within("c22", "c21_04"), Stated(*SURVEY), _PLACEBO, accounts=("catalysis",),
    ),
    PanelPlan(
        "S8", _RECORD, "Membership and own marching a year later, Chile 2016-2019",
        "change of own marching (1 never to 5 very often) for members, given own marching before",
        "linear regression given marching before, schooling and sex, errors clustered by person",
        "above", _members_march, Stated(*SURVEY), "negative control: membership of a sports club",
    ),
    PanelPlan(
        "S10", _RECORD, "Being seen as one of them, and own participation a year later, Chile 2016-2019",
        "change of own participation in the movement (1 to 5) per step of 'its participants see me as one of them'",
        _WITHIN, "above", lambda: _within("c22", "c21_06"), Stated(*SURVEY), _PLACEBO, accounts=("substitution",),
    ),
    PanelPlan(
        "C4", _RECORD, "A movement that shares one's values, and own participation a year later, Chile 2016-2019",
        "change of own participation in the movement (1 to 5) per step of 'it is aligned with my values'",
        _WITHIN, "above", lambda: _within("c22", "c21_07"), Stated(*SURVEY), _PLACEBO, accounts=("catalysis",),
        no_verdict="it is alignment with a movement, not with an act of violence",
    ),
    PanelPlan(
        "S18", _RECORD, "Own marching and belief in the movement's power a year later, Chile 2016-2019",
        "change of 'its actions bring social change' (1 to 5) per step of own marching (1 to 5)",
        _WITHIN, "above", lambda: _within("c21_05", "c08_02"), Stated(*SURVEY), _PLACEBO, accounts=("substitution",),
    ),
    PanelPlan(
        "S18", _RECORD, "Own marching and own participation in strikes a year later, compared with similar persons, Chile 2016-2019",
        "change of own participation in strikes (1 never to 5 very often) per step of own marching (1 to 5)",
        "linear regression given strikes before, interest in politics, schooling and sex, errors clustered by person",
        "above", _marchers_strike, Stated(*SURVEY),
        "the exposure one wave later; the reversed path at least as strong", accounts=("substitution",),
    ),
)  # fmt: skip
