"""Countries by year or quarter: terrorism (GTD), protests and responses (Mass Mobilization in full), laws against
associations, and expert ratings of associations (V-Dem)."""

from __future__ import annotations

import functools

import numpy as np
import polars as pl

from groundswell.errors import RecordError
from groundswell.estimators.core import Estimate
from groundswell.estimators.panel.imputation import imputed_effects
from groundswell.records.panel import Panel, PanelMapping, panel_of
from groundswell.registers.deed.plans import (
    SURVEY,
    Answer,
    PanelPlan,
    PlanPrediction,
    Societies,
    Stated,
    derived,
    mean_answer,
    record_panel,
    record_table,
    regress,
)

_MASS, _TERROR, _LAWS, _EXPERTS = "mass_mobilization_full", "gtd_country_year", "ngo_laws", "vdem_civil_society"
_BOTH = f"{_TERROR} + {_MASS}"
_WITHIN = "linear regression with effects of countries and years, exposure a year earlier, errors clustered by country"
_PLACEBO = "the exposure a year later, earlier ones held constant; the reversed path at least as strong"
_STUDENTS, _WORKERS = r"(?i)student|pupil|universit", r"(?i)worker|union|labou?r|miner|teacher|driver|employee|strik"
_GAP, _FEWEST = 60, 3  # days without protest that end a wave; protests of students and workers in a wave
_YEARS = 5  # after a change in freedom of entry, for associations to grow


@functools.cache
def protests() -> pl.DataFrame:
    """One row per protest: country, day, who, demands, and whether it was accommodated or met with force."""
    demands = [f"protesterdemand{k}" for k in range(1, 5)]
    responses = [f"stateresponse{k}" for k in range(1, 8)]
    columns = ["country", "year", "protest", "startday", "startmonth", "startyear", "protesteridentity"]
    frame = record_table(_MASS, [*columns, *demands, *responses])
    for column in (*columns[1:6],):
        frame = frame.with_columns(pl.col(column).cast(pl.Float64, strict=False))
    answers = pl.concat_list(responses)
    held = frame.filter(pl.col("protest") == 1)
    if held.height < 1000:
        raise RecordError(f"{held.height} protests in {_MASS}", expected="the 15,239 that were published")
    return held.with_columns(
        day=pl.date(
            pl.col("startyear").cast(pl.Int32), pl.col("startmonth").cast(pl.Int32), pl.col("startday").cast(pl.Int32)
        ),
        accommodated=answers.list.contains("accomodation").fill_null(False).cast(pl.Float64),
        forced=answers.list.eval(pl.element().is_in(["killings", "shootings", "beatings"]))
        .list.any()
        .fill_null(False)
        .cast(pl.Float64),
        student=pl.col("protesteridentity").str.contains(_STUDENTS).fill_null(False),
        worker=pl.col("protesteridentity").str.contains(_WORKERS).fill_null(False),
    ).drop(responses)


@functools.cache
def _years() -> Panel:
    """Countries by year: log(1 + protests), log(1 + incidents), and the share of protests met with force."""
    rows = record_table(_MASS, ["country", "year"]).unique()
    counted = (
        protests()
        .group_by("country", pl.col("year").cast(pl.Int64).cast(pl.String))
        .agg(protests=pl.len(), forced=pl.col("forced").mean(), accommodated=pl.col("accommodated").mean())
    )
    rows = rows.with_columns(pl.col("year").cast(pl.Float64).cast(pl.Int64).cast(pl.String))
    joined = rows.join(counted, on=["country", "year"], how="left").with_columns(pl.col("protests").fill_null(0))
    terror = record_panel(_TERROR).frame.select("incidents", country="unit", year="wave")
    joined = joined.join(terror, on=["country", "year"], how="left").sort("country", "year")
    made = joined.with_columns(protest=pl.col("protests").cast(pl.Float64).log1p(), terror=pl.col("incidents").log1p())
    mapping = PanelMapping(
        unit="country", wave="year", outcomes=("protest", "terror", "forced", "accommodated"), cluster="country"
    )
    return panel_of(made, mapping, name=_BOTH)


@functools.cache
def _year_later(outcome: str, exposure: str) -> Answer:
    panel = _years()
    without = panel.frame.group_by("unit").agg(pl.col("terror").is_null().all())["terror"].sum()
    return regress(
        panel, outcome, exposure, shown={"countries of Mass Mobilization without a namesake in GTD": int(without)}
    )


@functools.cache
def _concentration() -> Panel:
    """Countries by year: concentration of protests on one demand (Herfindahl), with their number and the responses."""
    long = (
        protests()
        .with_columns(pl.col("year").cast(pl.Int64))
        .unpivot([f"protesterdemand{k}" for k in range(1, 5)], index=["country", "year"], value_name="demand")
        .drop_nulls("demand")
    )
    shares = (
        long.group_by("country", "year", "demand")
        .len()
        .with_columns(share=pl.col("len") / pl.col("len").sum().over("country", "year"))
    )
    focus = shares.group_by("country", "year").agg(focus=(pl.col("share") ** 2).sum(), demands=pl.col("len").sum())
    answers = (
        protests()
        .with_columns(pl.col("year").cast(pl.Int64))
        .group_by("country", "year")
        .agg(granted=pl.col("accommodated").mean(), forced=pl.col("forced").mean(), many=pl.len())
    )
    made = (
        answers.filter(pl.col("many") >= 2)
        .join(focus, on=["country", "year"], how="inner")
        .with_columns(
            log_many=pl.col("many").cast(pl.Float64).log(), log_demands=pl.col("demands").cast(pl.Float64).log()
        )
    )
    mapping = PanelMapping(
        unit="country", wave="year", outcomes=("granted", "forced"), exposures=("focus",),
        covariates=("log_many", "log_demands"), cluster="country",
    )  # fmt: skip
    return panel_of(made.sort("country", "year"), mapping, name=_MASS)


@functools.cache
def _focus_to_grants() -> Answer:
    return regress(
        _concentration(), "granted", "focus", negative=("forced", "focus"), reverse=False, lag=0,
        controls=("log_many", "log_demands"),
    )  # fmt: skip


@functools.cache
def _quarters() -> Panel:
    """Countries by quarter from the first to the last quarter on record."""
    held = protests().drop_nulls("day").with_columns(quarter=pl.col("day").dt.truncate("1q"))
    counted = held.group_by("country", "quarter").agg(
        protests=pl.len(), granted=pl.col("accommodated").sum(), forced=pl.col("forced").sum()
    )
    span = held.group_by("country").agg(first=pl.col("quarter").min(), last=pl.col("quarter").max())
    days = [pl.date_range(first, last, "1q", eager=True) for _, first, last in span.iter_rows()]
    grid = pl.concat(
        [
            pl.DataFrame({"quarter": day}).select(pl.lit(c).alias("country"), "quarter")
            for (c, *_), day in zip(span.iter_rows(), days, strict=True)
        ]
    )
    made = grid.join(counted, on=["country", "quarter"], how="left").with_columns(
        pl.col("protests", "granted", "forced").fill_null(0).cast(pl.Float64).log1p(),
        quarter=pl.col("quarter").cast(pl.String),
    )
    mapping = PanelMapping(
        unit="country", wave="quarter", outcomes=("protests",), exposures=("granted", "forced"), cluster="country"
    )
    return panel_of(made.sort("country", "quarter"), mapping, name=_MASS)


@functools.cache
def _grants_to_protest() -> Answer:
    return regress(_quarters(), "protests", "granted", reverse=False, outcome_before=True)


@functools.cache
def _who_starts() -> Answer:
    """For each wave, whether students held its first protest, minus their share of its protests by the two groups."""
    two = protests().filter(pl.col("student") ^ pl.col("worker")).drop_nulls("day").sort("country", "day")
    fresh = (pl.col("day").diff().dt.total_days() > _GAP).fill_null(True) | (
        pl.col("country") != pl.col("country").shift()
    )
    two = two.with_columns(wave=fresh.fill_null(True).cum_sum(), s=pl.col("student").cast(pl.Float64))
    first = pl.col("s").filter(pl.col("day") == pl.col("day").min()).mean()
    last = pl.col("s").filter(pl.col("day") == pl.col("day").max()).mean()
    waves = (
        two.group_by("wave", maintain_order=True)
        .agg(
            pl.col("country").first(),
            starts=first - pl.col("s").mean(),
            ends=last - pl.col("s").mean(),
            many=pl.len(),
            mixed=pl.col("s").mean(),
        )
        .filter((pl.col("many") >= _FEWEST) & pl.col("mixed").is_between(0.01, 0.99))
    )
    placebos = {"negative control: who holds the last protest": waves["ends"].to_numpy()}
    return mean_answer(
        waves["starts"].to_numpy(), waves["country"].to_list(), "mean over waves, errors clustered by country",
        "probability", placebos,
    )  # fmt: skip


@functools.cache
def _laws() -> Answer:
    """New barriers as staggered adoption: the first rise above a country's level in its first year."""
    panel = record_panel(_LAWS)
    risen = derived(
        panel, risen=(pl.col("barriers_total") > pl.col("barriers_total").first().over("unit")).cast(pl.Float64)
    )
    found = imputed_effects(risen, "v2csprtcpt", "risen", seed=0)
    e = found.effect
    effect = Estimate(
        e.value, e.low, e.high, e.p, e.n, e.method, e.unit, e.passed,
        {**e.checks, "degrees_of_freedom": max(e.n - 1, 1), "scale": float(np.nanstd(panel.matrix("v2csprtcpt")))},
    )  # fmt: skip
    leads = Estimate(
        found.leads.statistic, None, None, found.leads.p, e.n, found.leads.method, "F", found.leads.passed,
        {"standard_error": 1.0, "degrees_of_freedom": max(e.n - 1, 1)},
    )  # fmt: skip
    return Answer(effect, {"departure before adoption": leads}, {"adopters": found.adopters, "never": found.never})


@functools.cache
def _experts() -> Answer:
    panel = derived(record_panel(_EXPERTS), banned=-pl.col("v2cseeorgs"))
    return regress(panel, "v2csprtcpt", "banned", negative=("v2cltort", "banned"), reverse=False, lag=_YEARS)


def _terror_and_protest(claim: str, says: str, accounts: tuple[str, ...]) -> PanelPlan:
    either = says == "either"
    return PanelPlan(
        claim, _BOTH, "Terrorist incidents and protests a year later, countries, 1990-2019",
        "change of log(1 + protests) per log(1 + incidents)", _WITHIN,
        "either" if either else "below" if says == "below" else "above", lambda: _year_later("protest", "terror"),
        Societies("violence", "turnout"), _PLACEBO, accounts=accounts, closed="own acts:no effect",
    )  # fmt: skip


_ACTS: PlanPrediction = Societies("turnout", "violence")

PLANS = (
    PanelPlan(
        "S1", _BOTH, "Protests and terrorist incidents a year later, countries, 1990-2019",
        "change of log(1 + incidents) per log(1 + protests)", _WITHIN, "below",
        lambda: _year_later("terror", "protest"), _ACTS, _PLACEBO, accounts=("substitution",),
        closed="own acts:no outlet",
    ),
    _terror_and_protest("S3", "below", ("substitution",)),
    _terror_and_protest("C3", "above", ("catalysis",)),
    _terror_and_protest("X1", "either", ("substitution", "catalysis")),
    PanelPlan(
        "S2", _BOTH, "Terrorist incidents and the share of protests met with force a year later, countries, 1990-2019",
        "change of the share of protests answered by beatings, shootings or killings, per log(1 + incidents)", _WITHIN,
        "above", lambda: _year_later("forced", "terror"), Societies("violence", "repression_level"), _PLACEBO,
        accounts=("substitution",), part="violence triggers repression",
    ),
    PanelPlan(
        "S6", _LAWS, "Participation in associations after new laws against them, 162 countries, 1990-2013",
        "change of participation (V-Dem, standard deviations between countries about 1.2) in the five years from a "
        "country's first new barrier on, against countries without one",
        "imputation of what would have been without the law (Borusyak, Jaravel & Spiess 2024); bootstrap over countries",
        "below", _laws, Stated(*SURVEY), "departures in the three years before", accounts=("substitution",),
    ),
    PanelPlan(
        "S6", _EXPERTS, "Freedom of entry and exit of associations, and participation five years later, 1969-2021",
        "change of participation per step down in freedom of entry and exit (V-Dem scales)",
        "linear regression with effects of countries and years, exposure five years earlier, errors clustered by country",
        "below", _experts, Societies("repression_level", "organisation"),
        "freedom a year after, earlier years held constant; negative control: freedom from torture (a general opening, or the halo "
        "of the same experts)",
        accounts=("substitution",),
    ),
    PanelPlan(
        "S9", _MASS, "Who holds the first protest of a wave, students or workers, 166 countries, 1990-2020",
        "probability that students hold the first protest of a wave, minus their share of its protests",
        "mean over waves (60 days without protest end one; three or more protests), errors clustered by country",
        "above", _who_starts, Stated(0.05, 0.3), "negative control: who holds the last protest of a wave",
        part="students start",
    ),
    PanelPlan(
        "S16", _MASS, "Protests in the quarter after accommodation, 166 countries, 1990-2020",
        "change of log(1 + protests) in the next quarter per log(1 + protests accommodated), with protests of the quarter held constant",
        "linear regression with effects of countries and quarters given protests before, errors clustered by country",
        "below", _grants_to_protest, Stated(*SURVEY), "accommodation a quarter later, earlier ones held constant",
        accounts=("substitution",),
    ),
    PanelPlan(
        "S17", _MASS, "Concentration of demands and accommodation, countries by year, 1990-2020",
        "change of the share of protests accommodated when all demands of a year are one, against all different",
        "linear regression with effects of countries and years given protests and demands of the year, errors clustered "
        "by country",
        "above", _focus_to_grants, Stated(*SURVEY), "negative control: the share met with force; concentration a year later",
    ),
)  # fmt: skip
