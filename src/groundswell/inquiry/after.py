"""What follows an act: more of something or less, for how long, by type and size of the act, and could it be chance?"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import polars as pl

from groundswell.errors import EstimationError, RecordError
from groundswell.estimators.excitation.examination_verdict import holm
from groundswell.estimators.response.acts import Acts
from groundswell.estimators.response.deconvolution import EVERY_ACT, LagSettings, study_frequent_acts
from groundswell.estimators.response.responses import study_responses
from groundswell.estimators.response.study import FEWEST_ACTS, GroupResponse, ResponseStudy
from groundswell.inquiry.finding import Finding, not_asked, summary
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import FEWEST_EVENTS, Material
from groundswell.inquiry.questions import Question
from groundswell.inquiry.rows import ResponseRow, Span, Status
from groundswell.inquiry.wording import capital, listed, many, one, p_words, percent
from groundswell.records.accuracy import Accuracy
from groundswell.records.schema import held

_MASS = (0.01, 0.10)  # a mass day is among the largest hundredth by size; of a small record, among the largest tenth
_MASS_DAYS = 30  # this many are required, since those that come soon after another do not count
_FEWEST_SIZES = 100
_DILUTED = 0.1  # share of an effect that is lost to acts in the comparison, above which that is reported
_AROUND = 26  # steps before an act and after it
_CLOSELY = "acts follow each other too closely"
_WEAK = "in such a record even a doubling would often go undetected"
_TELLS_LITTLE = math.log(2)  # a record in which a doubling would go undetected does not show that there is no change
_OUTCOME = 50  # events of an outcome, apart from the acts, that a place must have (as in `study_responses`)
METHODS = (
    "Each act is compared with its own forecast series from the steps before it (a state-space model with level, "
    "slope and season; Harvey 1989), and that forecast error with the errors at dates that have a similar history but "
    "no act (matching with bias correction; Abadie & Imbens 2011). Effects are logarithms of observed over expected "
    "counts, shown as per cent.",
    "Effects are pooled over acts with random effects (DerSimonian & Laird 1986; Hartung & Knapp 2001), with errors "
    "that allow for shared dates and for shocks common to places. An act counts only if there was none in the 12 "
    "weeks (7 days, for daily counts) before it: what follows it includes the rest of its cluster. Events that are "
    "acts are never counted in the response.",
    "Could it be chance? Each act is moved to one of its own comparison dates, many times over; p is the share of "
    "those sets whose mean is at least as far from zero (placebo in time). If there are enough places, the act is "
    "also compared with other places at the same date (placebo in place). Before the acts there can be no effect: if "
    "the series was already off course (pre-trend), there is no verdict. If several kinds of response are asked "
    "about, p-values are adjusted (Holm 1979).",
    "If acts follow each other so closely that hardly any can be compared, the contribution of each is separated by a "
    "distributed-lag Poisson regression on the numbers of acts at each lag (Gasparrini 2014), with a level for each "
    "place and the season; p comes from shifting the acts cyclically in time, which keeps the memory of both series.",
)
REFERENCES = (
    "Harvey, A. C. (1989). Forecasting, Structural Time Series Models and the Kalman Filter. Cambridge University "
    "Press. doi:10.1017/CBO9781107049994",
    "Abadie, A. & Imbens, G. W. (2011). Bias-corrected matching estimators for average treatment effects. Journal of "
    "Business & Economic Statistics 29(1), 1-11. doi:10.1198/jbes.2009.07333",
    "Gasparrini, A. (2014). Modeling exposure-lag-response associations with distributed lag non-linear models. "
    "Statistics in Medicine 33(5), 881-899. doi:10.1002/sim.5963",
    "DerSimonian, R. & Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7(3), 177-188. "
    "doi:10.1016/0197-2456(86)90046-2",
    "Hartung, J. & Knapp, G. (2001). A refined method for the meta-analysis of controlled clinical trials with binary "
    "outcome. Statistics in Medicine 20(24), 3875-3889. doi:10.1002/sim.1009",
)
HOLM = (
    "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics "
    "6(2), 65-70.",
)
LIMITS = (
    "No record assigns acts by chance. Matching dates on the past cannot allow for acts that were timed by what was "
    "still to come; each effect is given with the strength that such timing would need.",
    "Acts that come after a quiet stretch are not all acts; what follows the hundredth act of a campaign may be "
    "different. Since later acts may also fall into the comparison, a lasting effect of frequent acts is understated, "
    "and the later part of a curve may be bent the other way: take the answer from the first window.",
    "A record that watches more closely after an act shows more of everything.",
)


def ask(question: Question, material: Material, manner: Manner) -> Finding:
    """Answer what follows violence, repression or a mass day."""
    per = held(material.events)
    crowds = material.of_role("mobilisation")
    if question.name == "after-mass-day":
        sized = material.events.filter(
            pl.col("kind").is_in(crowds) & (pl.col("size_low").is_not_null() | pl.col("size_high").is_not_null())
        ).height
        if sized < _FEWEST_SIZES:
            return not_asked(
                question, f"the size is known for {sized:,} protests and strikes, and {_FEWEST_SIZES} are needed"
            )
        share = min(_MASS[1], max(_MASS[0], _MASS_DAYS / sized))
        source, acts, words = "mass day", Acts(tuple(crowds), largest=share), "a mass day"
        first = f"A mass day is one with a protest among the largest {share:.1%} of the {sized:,} whose size is known."
        outcomes = list(material.kinds)
    else:
        first = ""
        role = question.name.removeprefix("after-")
        sources = material.of_role(role)
        if not sources:
            return not_asked(question, f"the record has too few {many(role)}, or they were not asked about")
        source = sources[0] if len(sources) == 1 else role
        acts, words = Acts(sources if len(sources) > 1 else source), one(source)
        outcomes = [kind for kind in material.kinds if kind not in sources]
        per[source] = sum(per[kind] for kind in sources)
        if len(sources) > 1:
            first = f"Counted as {words}: {listed(sources)}."
    outcomes = [kind for kind in _ordered(outcomes, crowds) if per.get(kind, 0) >= _OUTCOME]
    if not outcomes:
        return not_asked(question, f"no other kind has {_OUTCOME} events, whose course could be forecast")
    if per.get(source, FEWEST_EVENTS) < FEWEST_ACTS:
        return not_asked(question, f"the record has {per[source]} {many(source)}, and {FEWEST_ACTS} are needed")
    return _asked(question, material, manner, acts, source, words, outcomes, first)


def _ordered(kinds: Sequence[str], crowds: Sequence[str]) -> list[str]:
    """Protest and strikes first: they are what is asked about; the record's own kinds after those of the codebooks."""
    order = ("protest", "strike", "repression", "violence", "concession")
    return sorted(kinds, key=lambda kind: (kind not in crowds, order.index(kind) if kind in order else len(order)))


def _asked(
    question: Question,
    material: Material,
    manner: Manner,
    acts: Acts,
    source: str,
    words: str,
    outcomes: Sequence[str],
    first: str,
) -> Finding:
    studies: list[tuple[str, ResponseStudy]] = []
    reasons: list[str] = []
    notes: list[str] = [first] if first else []
    frames: list[pl.DataFrame] = []
    before, after = _reach(len(material.whole))
    start, end = material.window.first, material.window.last
    if before < _AROUND:
        notes.append(f"The record is short: {before} {material.unit}s before an act and {after} after it are used.")
    for done, outcome in enumerate(outcomes):
        manner.say(question.name, done, len(outcomes))
        groups = (
            _groups(material, acts, source)
            if outcome in material.of_role("mobilisation") or manner.depth == "full"
            else ()
        )
        try:
            study = study_responses(
                material.events,
                acts=acts,
                outcome=outcome,
                unit=material.unit,
                by=groups,
                across=material.by or "record",
                places=material.places or None,
                start=start,
                end=end,
                window=material.window,
                before=before,
                after=after,
                fewest=max(FEWEST_EVENTS, min(_OUTCOME, len(material.whole) // 2)),
                placebo=1999 if manner.depth == "full" else 999,
                seed=manner.seed,
            )
        except (EstimationError, RecordError) as error:
            study = _frequent(material, manner, acts, outcome) if _plainly(error.given).startswith(_CLOSELY) else None
            if study is None:
                reasons.append(_plainly(error.given))
                continue
        studies.append((outcome, study))
        frames += [_frame(study, group, source, outcome) for group in study.groups]
        about = f"{outcome}: " if len(outcomes) > 1 else ""
        notes += [f"{about}{note}" for note in study.notes]
        left = [f"{count} ({reason})" for reason, count in study.excluded.items() if count]
        notes += [f"{about}acts left out, {'; '.join(left)}"] if left else []
    manner.say(question.name, len(outcomes), len(outcomes))
    rows = [_among_events(row, material.accuracy) for row in response_rows(studies, source, words)]
    if not rows:
        because = next(iter(dict.fromkeys(reasons)))
        return Finding(
            question,
            "no verdict",
            f"The record cannot tell what follows {words}: {because}.",
            methods=METHODS,
            references=(*REFERENCES, *HOLM),
            notes=tuple(dict.fromkeys(capital(reason) for reason in reasons)),
        )
    status, answer = conclude(rows, words)
    return Finding(
        question,
        status,
        answer,
        responses=tuple(rows),
        methods=METHODS,
        limits=LIMITS,
        references=(*REFERENCES, *HOLM),
        notes=tuple(capital(note) for note in dict.fromkeys([*notes, *reasons])),
        tables={question.name: pl.concat(frames)},
    )


def _frequent(material: Material, manner: Manner, acts: Acts, outcome: str) -> ResponseStudy | None:
    """What follows acts that come one after another; None where even their lags cannot be distinguished."""
    settings = LagSettings.of(
        None,
        {
            "windows": ((1, 7), (8, 14), (15, 28)) if material.unit == "day" else ((1, 4), (5, 12), (13, 26)),
            "step": material.unit,
            "shifts": 1999 if manner.depth == "full" else 499,
            "seed": manner.seed,
        },
    )
    try:
        return study_frequent_acts(
            material.events,
            acts,
            outcome,
            settings,
            across=material.by or "record",
            places=material.places or None,
            start=material.window.first,
            end=material.window.last,
            fewest=max(FEWEST_EVENTS, min(_OUTCOME, len(material.whole) // 2)),
        )
    except (EstimationError, RecordError):
        return None


def _groups(material: Material, acts: Acts, source: str) -> tuple[str, ...]:
    """By which properties of the acts to group them: those that the record states."""
    if source == "mass day":
        return ("size",)
    kinds = [acts.kind] if isinstance(acts.kind, str) else list(acts.kind)
    own = material.events.filter(pl.col("kind").is_in(kinds))
    groups = ["size"] if own["fatalities"].drop_nulls().n_unique() > 1 else []
    details = own["detail"].drop_nulls().n_unique()
    return tuple([*groups, "type"] if 1 < details <= 6 else groups)


# -- rows and words ---------------------------------------------------------------------------------------------------


def _reach(steps: int) -> tuple[int, int]:
    """Steps before an act that are used and after it that are followed: half a year of weeks, or less."""
    return min(_AROUND, max(7, steps // 4)), min(_AROUND, max(7, steps // 3))


def _plainly(reason: str) -> str:
    """The reason why no act can be compared, as given by `study_responses`, in the words of a reader.

    It lists how many acts were left out for what; the most frequent is what matters.
    """
    counted = [(int(n), because) for n, because in re.findall(r"(\d+) ([a-z][^;()]*)", reason)]
    if not reason.startswith("no act can be compared") or not counted:
        return reason
    most, because = max(counted)
    total = sum(n for n, _ in counted)
    if because.startswith("another act"):
        return (
            f"{_CLOSELY} for what follows one to be distinguished from what follows the next ({most} of "
            f"{total} have {because}); whether they excite each other is a matter for the question of excitation"
        )
    return f"no act can be compared ({most} of {total}: {because})"


def response_rows(studies: Sequence[tuple[str, ResponseStudy]], source: str, words: str) -> list[ResponseRow]:
    """One row for each kind of response and group of acts, with p-values adjusted for there being several.

    The answers over all acts are one family, those over the groups of acts of one kind of response another (Holm 1979).
    """
    main = holm(np.array([_p(study.overall) for _, study in studies])) if studies else np.zeros(0)
    rows = []
    for (outcome, study), adjusted in zip(studies, main, strict=True):
        others = study.groups[1:]
        each = holm(np.array([_p(group) for group in others])) if others else np.zeros(0)
        for group, p in zip(study.groups, (adjusted, *each), strict=True):
            rows.append(_row(study, group, source, outcome, words, float(p)))
    return rows


def _among_events(row: ResponseRow, accuracy: Accuracy) -> ResponseRow:
    """The row with the change implied among events, where the precision of the record is known."""
    ends = (row.effect, row.effect_low, row.effect_high)
    if any(not isinstance(x, float) or not math.isfinite(x) for x in ends):
        return row
    corrected = accuracy.log_ratio(*cast("tuple[float, float, float]", ends))
    if corrected is None:
        return row
    row = replace(row, among_events=Span(*corrected))
    if row.status == "found":
        said = f"{_signed(corrected[0])} ({_signed(corrected[1])} to {_signed(corrected[2])})"
        row = replace(row, answer=f"{row.answer} Among events, allowing for rows that are not events: {said}.")
    return row


def _p(group: GroupResponse) -> float:
    return 1.0 if group.primary.p is None else group.primary.p


def _row(
    study: ResponseStudy, group: GroupResponse, source: str, outcome: str, words: str, adjusted: float
) -> ResponseRow:
    because = _unsaid(group, adjusted)
    found = group.found and adjusted < 1 - group.primary.level
    draws = group.placebo[np.isfinite(group.placebo)]
    quantiles = np.quantile(draws, np.linspace(0, 1, 201)) if draws.size else []
    name, window = next(iter(group.windows.items()))
    return ResponseRow(
        after=source,
        of=outcome,
        group=_called(group.name, source),
        unit=study.unit,
        window=name,
        status="no verdict" if because else "found" if found else "not found",
        reason=because,
        seen=_seen(group, because),
        answer=_answer(study, group, outcome, words, because, adjusted),
        when=f"in {study.unit}s {name.replace('-', ' to ')} after {words}",
        figures=_figures(group),
        detectable=cast("float | None", window.checks.get("detectable")),
        undiluted=cast("float | None", window.checks.get("undiluted")),
        effect=window.value,
        effect_low=window.low,
        effect_high=window.high,
        p=window.p,
        adjusted_p=adjusted,
        response=group,
        placebo={"sets": int(draws.size), "quantiles": quantiles},
    )


def _called(name: str, source: str) -> str:
    """The name of a group of acts, with the meaning of its sizes: people taking part in a mass day, dead otherwise."""
    what = "people" if source == "mass day" else "dead"
    if name == "size unknown":
        return f"number of {what} unknown"
    return f"{name.removeprefix('size ')} {what}" if name.startswith("size ") and name[5:6] in "0123456789b" else name


def _unsaid(group: GroupResponse, adjusted: float) -> str:
    """Why a group gives no verdict; nothing where it does."""
    window = group.primary
    if group.n_acts < FEWEST_ACTS:
        return f"{_acts(group)} can be compared, and {FEWEST_ACTS} are needed"
    if window.p is None or window.value is None or window.low is None or window.high is None:
        return f"the {_acts(group)} have too few dates without an act to be compared with"
    if group.pre_trend is None:
        return f"whether they were on course before the {_acts(group)} cannot be checked"
    if not group.pre_trend.passed:
        return f"they were already off course before the {_acts(group)} ({p_words(group.pre_trend.p)})"
    if not (group.found and adjusted < 1 - window.level) and cast(float, window.checks["detectable"]) > _TELLS_LITTLE:
        return _WEAK
    return ""


def _seen(group: GroupResponse, because: str) -> str:
    """What was seen, in brackets, where it is reported at all."""
    return f" (seen: {_figures(group)})" if because == _WEAK else ""


def _figures(group: GroupResponse) -> str:
    """The first window's change with its interval, p-value and number of acts."""
    window = group.primary
    if window.value is None or window.low is None or window.high is None:
        return _acts(group)
    level = f"{window.level:.0%} interval {_signed(window.low)} to {_signed(window.high)}"
    return f"{_signed(window.value)}, {level}, {p_words(window.p)}, {_acts(group)}"


def _acts(group: GroupResponse) -> str:
    stated = f"{group.n_acts} act{'' if group.n_acts == 1 else 's'}"
    return stated + (f" in {group.n_places} places" if group.n_places > 1 else "")


def _answer(study: ResponseStudy, group: GroupResponse, outcome: str, words: str, because: str, adjusted: float) -> str:
    """One sentence on one group of acts and one kind of response."""
    if because:
        kinds = many(outcome) + _seen(group, because)
        return f"The record cannot tell whether there are more or fewer {kinds} after {words}: {because}."
    unit, (name, window) = study.unit, next(iter(group.windows.items()))
    value, low, high = (cast(float, x) for x in (window.value, window.low, window.high))
    when = f"in {unit}s {name.replace('-', ' to ')} after {words}"
    stated = f"{window.level:.0%} interval {_signed(low)} to {_signed(high)}; {p_words(window.p)}; {_acts(group)}"
    if not (group.found and adjusted < 1 - window.level):
        detectable = cast(float, window.checks["detectable"])
        beyond = ", which is not beyond chance when several are asked about" if group.found else ""
        return (
            f"No change in {many(outcome)} was found {when}: {percent(value)} than expected ({stated}){beyond}. A "
            f"change "
            f"of {_signed(-detectable)} or {_signed(detectable)} would have been found in four of five such records."
        )
    if group.lasted is None:
        lasted = "it is clear of zero to the end of what was studied"
    elif group.lasted:
        lasted = f"it is clear of zero for about {group.lasted} {unit}s"
    else:
        lasted = f"no four {unit}s of it are clear of zero by themselves"
    more = f"{percent(value)} {many(outcome)} {when}"
    alone = window.checks.get("undiluted")
    if isinstance(alone, float) and abs(alone - value) > _DILUTED * abs(value):
        lasted += f"; allowing for the acts that fall into the comparison, it may be nearer {_signed(alone)}"
    same, caveat = group.same_step, ""
    if same is not None and same.p is not None and same.value is not None and same.p >= 1 - window.level:
        caveat = (
            f" But with the {unit} of the act itself held constant, it is within chance ({_signed(same.value)}, "
            f"{p_words(same.p)}), and what came first within that {unit} is unknown."
        )
    against = "than after comparable dates without one"
    if study.rule == EVERY_ACT:
        against = "for each additional act, holding other acts constant"
    first = f"There were {more} {against} ({stated}); {_timing(group)}."
    return f"{first} {capital(lasted)}.{caveat}"


def _timing(group: GroupResponse) -> str:
    """How strongly acts would have to follow a tide that the record does not show, for timing alone to do as much."""
    if group.explained_by is None:
        return "acts timed by a tide that the record does not show could hardly do as much"
    return (
        "without any effect, acts timed by a tide that the record does not show would do as much if each standard "
        f"deviation of it multiplied their odds by {group.explained_by:.1f}"
    )


def _signed(log_ratio: float) -> str:
    change = math.expm1(min(max(log_ratio, -50.0), 50.0))
    return f"{change:+.0%}".replace("-", "−") if change < 10 else f"{change + 1:.0f}-fold"


def conclude(rows: Sequence[ResponseRow], words: str) -> tuple[Status, str]:
    """The finding over all acts: what was found first, then what could not be determined, then what was not found."""
    main = [row for row in rows if row.group == rows[0].group]
    found = [row for row in main if row.status == "found"]
    none = [row for row in main if row.status == "not found"]
    by_reason: dict[str, list[str]] = {}
    for row in main:
        if row.status == "no verdict":
            by_reason.setdefault(row.reason, []).append(many(row.of) + row.seen)
    lost = [
        f"The record cannot tell whether there are more or fewer {listed(kinds, 'or')} after {words}: {reason}."
        for reason, kinds in by_reason.items()
    ]
    stated = []
    if len(none) > 1:  # one sentence for all of them
        kinds = [f"{many(row.of)} ({row.figures})" for row in none]
        largest = max(cast(float, row.detectable) for row in none)
        stated.append(
            f"No change was found in {listed(kinds, 'or')} {none[0].when}; one of {_signed(-largest)} or "
            f"{_signed(largest)} would have been found in four of five such records."
        )
    else:
        stated += [row.answer for row in none]
    status = summary(row.status for row in main)
    return status, " ".join([*(row.answer for row in found), *lost, *stated])


def _frame(study: ResponseStudy, group: GroupResponse, source: str, outcome: str) -> pl.DataFrame:
    """The effect curve of one group as a table."""
    return pl.DataFrame(
        {
            "after": source,
            "of": outcome,
            "group": group.name,
            "unit": study.unit,
            "lag": group.lags,
            "effect": group.curve,
            "low": group.low,
            "high": group.high,
            "unmatched": group.unmatched,
            "acts": group.n_acts,
        }
    )
