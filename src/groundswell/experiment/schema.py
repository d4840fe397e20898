"""The tables of a study file: their keys, types and ranges, before any name is looked up."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from groundswell.errors import StudyError
from groundswell.experiment.sweep import check_summary

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)
_MOST_STEPS = 1_000_000

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]
_Text = Annotated[str, Field(min_length=1, max_length=500)]
_Names = Annotated[tuple[str, ...], Field(strict=False)]
_Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Expects = Literal["above", "below", "either", "none", "p"]
"""Where a claim expects an estimate: above or below zero, either side of zero, at zero (within the margin), or beyond
chance by the p-value alone."""


class StudyTable(BaseModel):
    """[study]: what is simulated, and how much.

    Parameters
    ----------
    name : letters, digits and underscores; the output folder is named after it.
    title : one line, for the dossier.
    theory : the name of a registered theory, or a path to a .py file, relative to the study file.
    seed : in 0..2**63 - 1; all luck, parameters and the population follow from it.
    steps : of every world, >= 1.
    draws : parameter sets of each account, >= 1.
    accounts : the accounts to compare; by default all of the theory's.
    totals : states to be summed per person; by default the bool states that the theory observes.
    threads : by default the available cores; results do not depend on it.
    """

    model_config = _STRICT

    name: Name
    title: Annotated[str, Field(min_length=1, max_length=300)]
    theory: Annotated[str, Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    steps: Annotated[int, Field(ge=1, le=_MOST_STEPS)] = 300
    draws: Annotated[int, Field(ge=1, le=1_000_000)] = 24
    accounts: list[str] | None = None
    totals: list[str] | None = None
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None


class ArmTable(BaseModel):
    """[arms.NAME]: parameters and interventions; see `groundswell.experiment.arms` for the form of an intervention."""

    model_config = _STRICT

    params: dict[str, Any] = {}
    interventions: list[Any] = []


class RecordTable(BaseModel):
    """[records.NAME]: one record, from a file, from a data set of the registry or from a case of the package.

    Parameters
    ----------
    file : path from the study's folder. With `time` it is a table of series, otherwise a file of events.
    codebook : the name of a built-in codebook for the events; by default recognised from the columns.
    mapping : path of a mapping file, instead of a codebook.
    data : the name of a data set of the registry (`groundswell data list`).
    case : the name of a case of the package; needs `time`.
    time : the column of dates or years of a table of series.
    counts, sizes : for each kind, the column with its number of events or of people in a table of series.
    unit : the period of the series: day, week, month, quarter or year.
    start, until : the first and last day that the record covers; by default those of its first and last event.
    place : only the events of this place or country.
    steps : steps of the theory in one period; by default derived from the theory's time step of a day, week or longer.
    """

    model_config = _STRICT

    file: str | None = None
    codebook: str | None = None
    mapping: str | None = None
    data: str | None = None
    case: str | None = None
    time: str | None = None
    counts: dict[Name, str] = {}
    sizes: dict[Name, str] = {}
    unit: Literal["day", "week", "month", "quarter", "year"] = "week"
    start: _Day | None = Field(None, alias="from")
    until: _Day | None = None
    place: str | None = None
    steps: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> RecordTable:
        given = [key for key in ("file", "data", "case") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of file, data and case, and not {' and '.join(given) or 'none of them'}")
        if self.codebook is not None and self.mapping is not None:
            raise ValueError("a codebook or a mapping, and not both")
        if (self.time is None) != (not self.counts and not self.sizes):
            raise ValueError("both time and counts or sizes (a table of series), or neither (a file of events)")
        if self.case is not None and self.time is None:
            raise ValueError('time and counts or sizes, such as time = "year" and sizes = { strike = "strikers" }')
        return self


class ObserveTable(BaseModel):
    """[observe] KIND = { ... }: how an observable of the theory becomes the events of one kind in a record.

    Parameters
    ----------
    of : the observable. With no other key, it is itself the expected number of events per step.
    events : events per period where the observable is 1 (a share of people), "matched" for as many events on average
        as the record has, or "people" where each of the simulated people is one event.
    people : people per period where the observable is 1, or "matched" likewise; for the sizes of a record.
    share : of events (or people) that are reported, a number or its [lowest, highest], drawn for each record.
    error : standard deviation of the logarithm of a reported number of people.
    shock : acts of this kind happen at the record's own dates and are felt as this shock of the theory.
    amount : of the shock at each date.
    """

    model_config = _STRICT

    of: str | None = None
    events: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] | Literal["matched", "people"] | None = (
        None
    )
    people: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] | Literal["matched"] | None = None
    share: float | list[float] = 1.0
    error: Annotated[float, Field(ge=0, le=5, strict=False)] = 0.1
    shock: str | None = None
    amount: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] = 1.0

    @field_validator("share")
    @classmethod
    def _shares(cls, given: float | list[float]) -> float | list[float]:
        ends = given if isinstance(given, list) else [given, given]
        if len(ends) != 2 or not 0 < ends[0] <= ends[1] <= 1:
            raise ValueError("a share in (0, 1], or [lowest, highest]")
        return given

    @model_validator(mode="after")
    def _one_way(self) -> ObserveTable:
        if (self.of is None) == (self.shock is None):
            raise ValueError("either of (an observable) or shock (acts at the record's dates)")
        if self.events is not None and self.people is not None:
            raise ValueError("events or people, and not both")
        return self

    def reported(self) -> tuple[float, float]:
        """The lowest and highest share reported."""
        return (self.share[0], self.share[1]) if isinstance(self.share, list) else (self.share, self.share)


class SelectedTable(BaseModel):
    """selected = { ... } of a scenario: the dates of acts depend on a trend that the record does not show.

    Parameters
    ----------
    trend : whether acts come when protest is about to rise or to fall.
    kind, by : the kind of the acts and that of the trend; by default those the estimator uses as acts and outcome.
    odds : the factor by which a change of one standard deviation multiplies the odds of a date.
    window : the change is measured from this many periods before a date to as many after it.
    """

    model_config = _STRICT

    trend: Literal["rising", "falling"]
    kind: str | None = None
    by: str | None = None
    odds: Annotated[float, Field(gt=1, le=100, strict=False)] = 2.718281828459045
    window: Annotated[int, Field(ge=1, le=1000)] = 12


class ScenarioTable(BaseModel):
    """One entry of `asserting` or `denying`: a state of the world under which records are simulated.

    Parameters
    ----------
    name : shown in the dossier; by default made from the other keys.
    account : an account of the theory, or a list of them; by default all of the study's.
    arm : of the study; by default the theory as it is.
    params : parameters held at a value.
    closed : channels that are closed: parameters held at 0.
    no_effect : acts of this kind happen and change nothing; true means the kind the estimator uses as acts.
    selected : dates of acts that follow a trend: "rising", "falling" or a table (`SelectedTable`).
    shuffled : the periods of every simulated record are put in a random order.
    """

    model_config = _STRICT

    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    account: str | _Names | None = None
    arm: str | None = None
    params: dict[str, Any] = {}
    closed: _Names = ()
    no_effect: bool | str = False
    selected: SelectedTable | None = None
    shuffled: bool = False

    @field_validator("selected", mode="before")
    @classmethod
    def _word(cls, given: Any) -> Any:
        return {"trend": given} if isinstance(given, str) else given


class TimedTable(BaseModel):
    """timed = { ... } of a fit: the rivals in which acts follow the tide, with and without an effect.

    Parameters
    ----------
    acts : the kind of the acts.
    by : the kind whose coming change times them.
    off : parameter values at which the theory generates no acts itself.
    """

    model_config = _STRICT

    acts: str
    by: str
    off: dict[str, float] = {}


class FitTable(BaseModel):
    """[fits.NAME]: the theory is fitted to records of one kind, under each account and its rivals.

    Parameters
    ----------
    record : the name of one of the study's [records.NAME], or a list of them, which are pooled.
    effect : what claims are about: OBSERVABLE:SHOCK=AMOUNT[:STEPS], as for `groundswell fit --estimand`.
    accounts : by default those of the study.
    timed : how acts would follow the tide; by default acts at the record's dates that are a shock follow the observable
        of the effect.
    reporting : exact, noisy, counts, events or a TOML file (`groundswell fit --reporting`); by default what [observe]
        says for each kind.
    draws : simulated records of each account and rival.
    method : of the posteriors: abc or network.
    """

    model_config = _STRICT

    record: str | _Names
    effect: str
    accounts: _Names | None = None
    timed: TimedTable | None = None
    reporting: str | None = None
    draws: Annotated[int, Field(ge=384, le=100_000)] = 1024
    method: Literal["abc", "network"] = "abc"

    def records(self) -> tuple[str, ...]:
        """The names of its records."""
        return (self.record,) if isinstance(self.record, str) else tuple(self.record)


class RecordClaim(BaseModel):
    """[claims.NAME] with a record: a claim that is tested on a record (`groundswell.claims.written`).

    Parameters
    ----------
    text : the claim in one sentence.
    record : the name of one of the study's [records.NAME].
    fit : instead of record and scenarios, one of the study's [fits.NAME]: the claim is about the fit's effect.
    estimator : by name (`groundswell.estimators.named`), with its `settings`.
    expects : where the claim expects the estimate (`Expects`).
    margin : for a claim of no effect, an estimate this close to zero counts as zero.
    asserting, denying : the scenarios in which the claim holds, and those in which it does not; at least one of each.
    account : the account that makes the claim; by default that of the asserting scenarios.
    draws : simulated records per scenario and account, if other than in [adjudication].
    tide : whether a claim of an effect above or below 0 is also tested against acts that follow the tide and have no
        effect, where none of its scenarios has `selected`; false for acts whose dates are as good as random.
    notes : sentences for the dossier.
    """

    model_config = _STRICT

    text: _Text
    record: str = ""
    fit: str | None = None
    estimator: str
    settings: dict[str, Any] = {}
    expects: Expects
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=False)] = 0.0
    asserting: Annotated[tuple[ScenarioTable, ...], Field(strict=False)] = ()
    denying: Annotated[tuple[ScenarioTable, ...], Field(strict=False)] = ()
    account: str | None = None
    draws: Annotated[int, Field(ge=2)] | None = None
    tide: bool = True
    notes: _Names = ()

    @model_validator(mode="after")
    def _one_way(self) -> RecordClaim:
        if self.fit is None and not (self.record and self.asserting and self.denying):
            raise ValueError("a record with asserting and denying scenarios, at least one of each, or a fit")
        if self.fit is not None and (self.record or self.asserting or self.denying or self.draws):
            raise ValueError("a fit alone: it names the records, the rivals and the draws")
        if self.fit is not None and self.expects == "p":
            raise ValueError("an expectation about an effect: above, below, either or none")
        return self


class StatedClaim(BaseModel):
    """[claims.NAME] without a record: a claim that is judged on the study's own twins (`groundswell.claims.stated`).

    Parameters
    ----------
    text : the claim in one sentence.
    effect : one of the study's effects, and so a pair of twins.
    observable : of the theory.
    expects : where the claim expects the mean effect: "rise" above `margin`, "fall" below -`margin`, "none" within it.
    from, until : steps over which the effect is averaged, both included; "end" is the last step.
    margin : the smallest effect that matters, in the observable's unit, >= 0.
    """

    model_config = _STRICT

    text: _Text
    effect: str
    observable: str
    expects: Literal["rise", "fall", "none"]
    start: Annotated[int, Field(ge=0)] | Literal["end"] = Field("end", alias="from")
    until: Annotated[int, Field(ge=0)] | Literal["end"] = "end"
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    def steps(self, last: int) -> tuple[int, int]:
        """The first and the last step over which the effect is averaged, in a study of `last` steps."""
        return last if self.start == "end" else self.start, last if self.until == "end" else self.until


class AdjudicationTable(BaseModel):
    """[adjudication]: which claims are tested on records, by which register, and how much is simulated for them.

    A simulated record is as long as the record with which it is compared.

    Parameters
    ----------
    register : the name of a register, or the path of a .py file from the study's folder; by default the register that
        has the theory's name, if there is one.
    test : "all", or the claims to test, such as ["S3", "C7"].
    records : "all" that are found on this machine, or the names of the cases and data sets that a register may use.
    asks : run only the tests that use one of these records; by default all.
    people : of a simulated record; by default what the register says, or else the study's population.
    draws : simulated records for each account.
    settle : steps that are simulated before a record begins.
    robust : which verdicts are checked again under changes that should not matter: the "decided" ones, "all",
        or "none".
    """

    model_config = _STRICT

    register_name: str | None = Field(None, alias="register")
    test: Literal["all"] | list[str] = "all"
    records: Literal["all"] | list[str] = "all"
    asks: Literal["all"] | list[str] = "all"
    people: Annotated[int, Field(ge=2)] | None = None
    draws: Annotated[int, Field(ge=1)] = 32
    settle: Annotated[int, Field(ge=0, le=_MOST_STEPS)] = 0
    robust: Literal["none", "decided", "all"] = "none"


class SweepTable(BaseModel):
    """[sweep]: the study's arms at every combination of some parameters' values (`groundswell.experiment.sweep`).

    Parameters
    ----------
    over : for each parameter, a list of values, or {from, to, count} for evenly spaced values.
    worlds : at each point and in each arm.
    summary : "last", "maximum", { mean_of_last = steps } or { time_to_reach = level }, of every observable.
    arms : by default all arms of the study.
    people : "own": each world has its own, the same at every point; "shared": all worlds have the study's.
    """

    model_config = _STRICT

    over: dict[str, Any] = {}
    worlds: Annotated[int, Field(ge=1, le=100_000)] = 20
    summary: Any = "last"
    arms: list[str] | None = None
    people: Literal["own", "shared"] = "own"

    @field_validator("summary")
    @classmethod
    def _known(cls, given: Any) -> Any:
        try:
            check_summary(given)
        except StudyError as error:
            raise ValueError(error.expected) from None
        return given


class DesignTable(SweepTable):
    """[design]: the study's arms at the points of a design, instead of [sweep].

    Parameters
    ----------
    method : "latin_hypercube", "sobol", "morris", "one_at_a_time", "grid" or "table".
    over : for each factor, a list of levels, { from, to } for a range, or "prior"; a factor is a parameter or
        population.KEY.
    points : of a hypercube, or of a Sobol' sequence (a power of two); trajectories of Morris.
    rows : the points of a "table", such as [{ sd = 0.1, mean = 0.2 }].
    worlds, summary, arms, people : as in `SweepTable`.
    """

    method: Literal["grid", "latin_hypercube", "sobol", "morris", "one_at_a_time", "table"] = "latin_hypercube"
    points: Annotated[int, Field(ge=2, le=1_000_000)] = 64
    rows: list[dict[str, float]] | None = None
    worlds: Annotated[int, Field(ge=1, le=100_000)] = 4


# -- reading a table ---------------------------------------------------------------------------------------------------

TABLES = (
    "study", "population", "params", "arms", "effects", "sweep", "design", "records", "observe", "fits", "claims",
    "adjudication",
)  # fmt: skip
_Table = TypeVar("_Table", bound=BaseModel)


def read_table(kind: type[_Table], given: Any, place: str) -> _Table:
    """One table of a study file.

    Raises
    ------
    StudyError : the first error in it, with `place`; an unknown key is reported before anything else, since it explains
        the rest.
    """
    if not isinstance(given, Mapping):
        keys = ", ".join(field.alias or name for name, field in kind.model_fields.items())
        raise StudyError(f"{place} is {given!r}", expected=f"a table with keys among {keys}")
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _explained(error, place, kind) from None


def _explained(error: ValidationError, place: str, kind: type[BaseModel]) -> StudyError:
    errors = error.errors()
    found = sorted(errors, key=lambda e: e["type"] != "extra_forbidden")[0]
    for part in found["loc"][:-1]:  # into the tables within the table
        inner = _inner(kind, part)
        if inner is not None:
            kind = inner
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    allowed = ", ".join(fields)
    path = [str(part) for part in found["loc"] if not _is_type(part)]
    key = path[-1] if path else ""
    within = "".join(f", {x}" if not x.isdigit() else f" {int(x) + 1}" for x in path[:-1])
    place = place + within
    if found["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, fields, n=1)
        return StudyError(
            f"{place} has the unknown key {key!r}",
            expected=f"one of {allowed}",
            instead=f"did you mean {near[0]!r}?" if near else None,
        )
    if found["type"] == "missing":
        return StudyError(f"{place} has no key {key!r}", expected=f"all that it needs of {allowed}")
    choices = get_args(fields[key].annotation) if key in fields else ()
    if any(get_origin(choice) is list for choice in choices) and isinstance(fields[key].default, str):
        return StudyError(
            f"{place} has {key} = {found['input']!r}", expected=f'"{fields[key].default}" or a list of names'
        )
    words = [
        e["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        for e in errors
        if e["loc"][:1] == found["loc"][:1]
    ]
    message = " or ".join(dict.fromkeys(words))
    given = f"{place} has {key} = {found['input']!r}" if key else f"{place} does not add up"
    return StudyError(given, expected=message[:1].lower() + message[1:])


def _is_type(part: int | str) -> bool:
    """Whether a part of an error's location names a type of a union rather than a key or a number."""
    return isinstance(part, str) and ("[" in part or part in ("str", "bool", "float", "int", "ScenarioTable"))


def _inner(kind: type[BaseModel], part: int | str) -> type[BaseModel] | None:
    """The table within a field of a table, if there is one."""
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    if part not in fields:
        return None
    todo = [fields[str(part)].annotation]
    while todo:
        at = todo.pop()
        if isinstance(at, type) and issubclass(at, BaseModel):
            return at
        todo += get_args(at)
    return None
