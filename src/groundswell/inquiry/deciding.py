"""What would decide a question that a record leaves open, and what could still overturn an answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from groundswell.inquiry.finding import Finding
from groundswell.inquiry.material import Material
from groundswell.inquiry.pairs import TELLS_LITTLE
from groundswell.inquiry.rows import PairRow, ResponseRow
from groundswell.inquiry.wording import capital, many

_MOST_TIMES = 20.0  # nobody will keep a record that many times as long
_DOUBLING = math.log(2)
_OTHER_SOURCE = (
    "a second source of the same events, whose coverage changes at other times (`groundswell data check A B` says "
    "what two records share)"
)
_BY_WORDS: Sequence[tuple[str, str]] = (
    ("nobody had watched", "the times when nobody watched, declared under [window] in a mapping file"),
    ("nobody watched", "the times when nobody watched, declared under [window] in a mapping file"),
    ("follow each other too closely", "acts that are further apart, or the days of the acts and of what followed them"),
    ("off course before", "acts whose dates were not chosen according to what was already under way"),
    ("unlike", _OTHER_SOURCE),
    ("does not describe", _OTHER_SOURCE),
    ("explodes", "places counted separately (`--by`), whose baselines may differ"),
    ("explosive", "places counted separately (`--by`), whose baselines may differ"),
    ("holiday", "dates of holidays, or counts by day"),
)


def would_decide(finding: Finding, material: Material | None) -> str:
    """One sentence: which record would decide the question, or what could overturn its answer."""
    if finding.status == "not asked":
        found = f"a record with {finding.question.needs}"
    elif finding.status == "found":
        found = _overturns(finding)
    else:
        because = " ".join([finding.answer, *(row.reason for row in finding.responses), *finding.notes])
        known = next((says for words, says in _BY_WORDS if words in because), "")
        found = _longer(finding, material) or (known if finding.status == "no verdict" else "") or _OTHER_SOURCE
    return f"{capital(found)}."


def _overturns(finding: Finding) -> str:
    if finding.responses:
        return "acts timed by a tide that the record does not show, which a record of what led to the acts would reveal"
    if finding.spread:
        return "news that reached nearby places first; places without such news would distinguish it"
    if finding.changes:
        return "a change of coverage or of anything else at that date, which a place without the event would show"
    return "a swing of reporting that comes and goes as fast as what was found; it would be distinguished by "
    f"{_OTHER_SOURCE}"


def _longer(finding: Finding, material: Material | None) -> str:
    """How much more of the same would suffice, by the width of the intervals, which falls as the square root of
    length."""
    if material is None:
        return ""
    times = [t for row in finding.pairs if (t := _times_of_pair(row)) > 1]
    if times:
        return _as_long(max(times), material)
    acts = [row for row in finding.responses if row.response.n_acts and _times_of_response(row) > 1]
    if acts:
        row = max(acts, key=_times_of_response)
        acts_now = row.response.n_acts
        needed = math.ceil(acts_now * min(_times_of_response(row), _MOST_TIMES))
        return f"about {needed:,} acts that can be compared, instead of {acts_now:,}, for {many(row.of)}"
    changes = [t for row in finding.changes if (t := _times(row.detectable)) > 1]
    return _as_long(max(changes), material) if changes else ""


def _as_long(times: float, material: Material) -> str:
    if times > _MOST_TIMES:
        return f"no record of this kind that is less than {_MOST_TIMES:.0f} times as long; {_OTHER_SOURCE}"
    length = len(material.whole)
    return f"a record about {times:.1f} times as long ({length * times:,.0f} {material.unit}s instead of {length:,})"


def _times_of_pair(row: PairRow) -> float:
    """How many times as long a record must be for the interval of a pair that was not found to end below a half."""
    if row.pair.verdict != "undetermined":
        return 0.0
    value, high = row.pair.branching, row.pair.high
    if row.among_events is not None:
        value, high = row.among_events.value, row.among_events.high
    if not (math.isfinite(value) and math.isfinite(high)) or value >= TELLS_LITTLE or high <= value:
        return 0.0
    return ((high - value) / (TELLS_LITTLE - value)) ** 2


def _times_of_response(row: ResponseRow) -> float:
    return _times(row.detectable) if row.status == "no verdict" and row.seen else 0.0


def _times(detectable: object) -> float:
    """How many times as much is needed for a doubling to be seen, given that this change is the least that would be."""
    if not isinstance(detectable, float) or not math.isfinite(detectable):
        return 0.0
    return (detectable / _DOUBLING) ** 2
