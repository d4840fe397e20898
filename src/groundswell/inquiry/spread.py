"""Whether events spread from place to place, beyond the news that all share and places that are alike."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

import numpy as np
import polars as pl

from groundswell.draws import derive_seed
from groundswell.errors import EstimationError
from groundswell.estimators.waves.diffusion import SpreadFit, fit_spread
from groundswell.estimators.waves.episodes import episodes
from groundswell.inquiry.finding import Finding, not_asked
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import Material
from groundswell.inquiry.neighbours import followed
from groundswell.inquiry.questions import Question
from groundswell.inquiry.rows import SpreadRow, Status
from groundswell.inquiry.wording import capital, listed, many, p_words

_FEWEST_PLACES, _FEWEST_ONSETS = 30, 15  # what `fit_spread` asks for
_MOST_PLACES = {"quick": 300, "full": 800}  # its time and memory grow with their square
_TELLS_LITTLE = 0.5  # first protests triggered by one: an interval that reaches as many says little
_JUST_BEFORE = 28  # days before a wave: a place with an event in them was reached already
_ONE_WAVE = 120  # days: a longer record holds many waves, and its largest one is followed
METHODS = (
    "A place without protest so far has its first on day t with probability 1 − exp(−λ), λ = exp(level of the day + "
    "size of the place + a random field over the map) + R Σ m_j w_ij g(t − t_j): contagion from places that already "
    "had one, falling with distance and time. The free level of every day absorbs the news that all places share; the "
    "field absorbs the similarity of neighbouring places. p compares the score of R with records simulated without "
    "contagion (Bonnasse-Gahot et al. 2018 for spread over sites; Myers 2000 for places that differ).",
    "With --depth full, counts by step are split into what follows a place's own last step, that of its neighbours "
    "(with a power of distance) and neither (Meyer & Held 2014); p compares the gain by neighbours with that on maps "
    "whose places are permuted.",
)
REFERENCES = (
    "Bonnasse-Gahot, L. et al. (2018). Epidemiological modelling of the 2005 French riots: a spreading wave and the "
    "role of contagion. Scientific Reports 8, 107. doi:10.1038/s41598-017-18093-4",
    "Meyer, S. & Held, L. (2014). Power-law models for infectious disease spread. Annals of Applied Statistics 8(3), "
    "1612-1639. doi:10.1214/14-AOAS743",
    "Myers, D. J. (2000). The diffusion of collective violence: infectiousness, susceptibility, and mass media "
    "networks. American Journal of Sociology 106(1), 173-208. doi:10.1086/303110",
)
LIMITS = (
    "Contagion that ignores distance cannot be distinguished from news that all places share; local news that changes "
    "from day to day looks like contagion.",
    "Events on the same day are left out, since their order is not known. Reporting that reaches one place after "
    "another would look the same as spread.",
)


def ask(question: Question, material: Material, manner: Manner) -> Finding:
    """Answer whether protest spreads from place to place."""
    kinds = material.crowds or material.kinds[:1]
    what = listed([many(kind) for kind in kinds], "or")
    if "latitude" not in material.events.columns:
        return not_asked(question, "the record has no coordinates")
    placed = material.events.filter(
        pl.col("kind").is_in(kinds)
        & (pl.col("precision") == "day")
        & pl.all_horizontal(pl.col("place", "latitude", "longitude").is_not_null())
    )
    if placed["place"].n_unique() < _FEWEST_PLACES:
        return not_asked(
            question,
            f"{placed['place'].n_unique()} places have coordinates and dated {what}; {_FEWEST_PLACES} are needed",
        )
    notes: list[str] = []
    later = followed(placed, material, manner) if manner.depth == "full" else ""
    notes += [later] if later else []
    whole = placed
    placed, first, days = _one_wave(placed, notes)
    places = (
        placed.group_by("place")
        .agg(
            first=pl.col("date").min(),
            latitude=pl.col("latitude").median(),
            longitude=pl.col("longitude").median(),
            events=pl.len(),
        )
        .sort("place")
    )
    most = _MOST_PLACES[manner.effort]
    if places.height > most:  # the busiest would be those that were first, and leave none that was not reached yet
        notes.append(f"{most} of {places.height} places, drawn at random, are followed.")
        rng = np.random.default_rng(derive_seed(manner.seed, "places of the spread"))
        places = places[np.sort(rng.choice(places.height, most, replace=False))]
    manner.say("spread", 0, 1)
    # where only places with a protest are known, all would have started by the end: the last fifth counts as not yet
    until = min(days, max(10, int(np.quantile([(d - first).days for d in places["first"]], 0.8)) + 1))
    onset = np.array([(d - first).days for d in places["first"]], dtype=float)
    earlier = whole.filter(pl.col("date").is_between(first - timedelta(days=_JUST_BEFORE), first, closed="left"))
    reached = dict(earlier.group_by("place").agg(pl.col("date").max()).iter_rows())
    before = [(at, reached[name]) for at, name in enumerate(places["place"]) if name in reached]
    for at, day in before:
        onset[at] = (day - first).days
    if before:
        notes.append(
            f"{len(before)} of these places had {what} in the {_JUST_BEFORE} days before: they may have reached "
            "others, and do not count as reached."
        )
    try:
        found = fit_spread(
            np.where(onset < until, onset, np.nan),
            places["latitude"].to_numpy(),
            places["longitude"].to_numpy(),
            days=until,
            covariates={"events": np.log(places["events"].to_numpy())} if places["events"].n_unique() > 1 else None,
            bootstrap=199 if manner.depth == "full" else 99,
            seed=manner.seed,
        )
    except EstimationError as error:
        return Finding(question, "no verdict", f"The record cannot tell: {error.given}.", notes=tuple(notes))
    manner.say("spread", 1, 1)
    row = _row(found, kinds[0], what, first, until)
    return Finding(
        question,
        row.status,
        row.answer,
        spread=(row,),
        methods=METHODS,
        limits=LIMITS,
        references=REFERENCES,
        notes=tuple(capital(note) for note in notes),
        tables={"spread": places},
    )


def _one_wave(placed: pl.DataFrame, notes: list[str]) -> tuple[pl.DataFrame, date, int]:
    """The events of one wave: all of a short record, or the largest episode of a longer one."""
    first, last = cast(date, placed["date"].min()), cast(date, placed["date"].max())
    if (last - first).days < _ONE_WAVE:
        return placed, first, (last - first).days + 1
    weeks = np.zeros((last - first).days // 7 + 1)
    np.add.at(weeks, np.array([(d - first).days // 7 for d in placed["date"]]), 1)
    found = episodes(weeks)
    at = max(found, key=lambda e: weeks[e.start : e.end + 1].sum()) if found else None
    begin, end = (at.start, at.end) if at else (int(weeks.argmax()), int(weeks.argmax()) + 8)
    start = first + timedelta(days=7 * begin)
    stop = min(last, first + timedelta(days=7 * end + 6), start + timedelta(days=_ONE_WAVE))
    inside = placed.filter(pl.col("date").is_between(start, stop))
    notes.append(
        f"The largest wave of the record is followed, from {start} to {stop}: {inside.height:,} of {placed.height:,} "
        "events with a place."
    )
    return inside, start, (stop - start).days + 1


def _row(found: SpreadFit, kind: str, what: str, first: date, days: int) -> SpreadRow:
    clear = found.p < 0.05 and found.low > 0
    weak = not clear and found.high >= _TELLS_LITTLE
    status: Status = "no verdict" if not found.passed or weak else "found" if clear else "not found"
    when = (
        f"{found.onsets} places had their first of {what} within {days} days, half of them within "
        f"{found.half_spread:.0f}"
    )
    chance = f"{p_words(found.p)}" + (", but the interval reaches 0" if found.p < 0.05 and found.low <= 0 else "")
    if not found.passed:
        failed = ", ".join(check.name for check in found.checks if not check.passed)
        answer = (
            f"The record cannot tell whether {what} spread from place to place: the model of spread does not describe "
            f"it ({failed}). {when}."
        )
    elif weak:
        answer = (
            f"The record cannot tell whether {what} spread from place to place: it was not found ({chance}), but up to "
            f"{found.high:.1f} places reached from one are compatible with the record. {when}."
        )
    elif clear:
        reach = f" within about {found.reach:.0f} km" if found.reach is not None else ""
        answer = (
            f"{capital(what)} spread to places nearby{reach}, beyond what news that all share and places that differ "
            f"explain ({p_words(found.p)}): one place reached {found.contagion:.2f} others ({found.low:.2f} to "
            f"{found.high:.2f}). {when}."
        )
    else:
        answer = (
            f"It was not found that {what} spread between places nearby, beyond news that all share and places that "
            f"differ ({chance}; up to {found.high:.2f} places reached from one are compatible). {when}."
        )
    return SpreadRow(kind, str(first), days, status, found, answer)
