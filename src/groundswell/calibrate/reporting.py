"""Reporting models: how a history becomes a record, declared once with priors and simulated inside every draw.

    coverage_t = exp(-sum of the jumps after t) exp(s a_t - s**2 / 2) exp(b z_t) / mean,   a_t = rho a_(t-1) + e_t
    counts     N_t ~ Poisson(coverage_t scale x_t g_t),  g_t ~ Gamma(k, 1/k): over-dispersion
    events     N_t ~ Binomial(x_t, share coverage_t):    which events get reported
    noisy      y_t = scale x_t coverage_t exp(sd e_t)
    exact      y_t = x_t

Jumps of coverage and the reporting effort a_t (its memory and size are drawn) are shared by the kinds that they affect:
a week with many reporters has more reports of everything, which no model of one kind can show. A share of periods
is empty; sizes are rounded to significant digits; a share of the events is dated to the first period of a block;
reports may give the level of a variable or only its new additions; and events may be reported (or selected by
whoever collected them) when another series is about to rise or fall: b z_t, the tide.

Source: the parts that mattered in FITTING of event records; over-dispersion as the negative binomial.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pydantic
from numpy.typing import NDArray

from groundswell.calibrate.priors import LogUniform, parse_prior
from groundswell.draws import derive_seed
from groundswell.errors import RecordError, TheoryError, nearest
from groundswell.settings import Settings
from groundswell.text import parse_toml
from groundswell.theory import Fixed, Uniform
from groundswell.theory.distributions import Distribution

Floats = NDArray[np.float64]
Form = Literal["exact", "noisy", "counts", "events"]

TIDE_SPAN = 12
"""Default number of periods before and after over which the tide is measured, as in FITTING (weeks)."""


class _Part(Settings):
    """A part of a reporting model: priors may be written as in TOML."""

    error = RecordError

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _prior(cls, given: Any, info: pydantic.ValidationInfo) -> Any:
        field = cls.model_fields[info.field_name or ""]
        if "Distribution" not in str(field.annotation) or given is None:
            return given
        try:
            return parse_prior(given, info.field_name or "")
        except TheoryError as error:
            raise ValueError(f"a prior: {error.expected}") from error


class Effort(_Part):
    """Reporting effort that kinds share: an AR(1) of the log of coverage."""

    sd: Distribution = pydantic.Field(default=Uniform(0.0, 1.2), description="standard deviation of log effort, >= 0")
    life: Distribution = pydantic.Field(
        default=LogUniform(0.5, 52.0), description="half-life of effort in periods, > 0"
    )


class Coverage(_Part):
    """Coverage that jumps: each jump has a random time, and its size is the log of after over before."""

    jumps: int = pydantic.Field(default=1, ge=1, le=5, description="how many jumps")
    size: Distribution = pydantic.Field(
        default=Uniform(0.0, 3.4), description="log of coverage after over before; 3.4 is 30 times"
    )


class ReportedTide(_Part):
    """Selection of dates by the tide: the chance of being reported follows the change of another series."""

    by: str = pydantic.Field(description="observable whose coming change, over its past, selects")
    strength: Distribution = pydantic.Field(
        default=Uniform(-1.5, 1.5), description="log rate per standard deviation of the change"
    )
    span: int = pydantic.Field(
        default=TIDE_SPAN, ge=1, description="periods before and after over which change is measured"
    )


class Reported(_Part):
    """How one observable is reported."""

    form: Form = pydantic.Field(default="exact", description="exact, noisy, counts or events")
    scale: Distribution = pydantic.Field(
        default=Fixed(1.0), description="counts: mean reports per unit; events: share reported; noisy: factor; > 0"
    )
    dispersion: Distribution | None = pydantic.Field(
        default=None, description="counts: size k of the negative binomial, > 0; none is Poisson"
    )
    noise: Distribution = pydantic.Field(
        default=Fixed(0.0), description="noisy: standard deviation of the log error, >= 0"
    )
    zeros: Distribution = pydantic.Field(
        default=Fixed(0.0), description="share of periods in which nothing is reported"
    )
    flow: Distribution = pydantic.Field(
        default=Fixed(0.0),
        description="share of what is reported that is new since the last period, the rest being the level",
    )
    shift: int = pydantic.Field(
        default=0, ge=-4, le=4, description="periods by which reports lag; -1: the level of the next period"
    )
    digits: int | None = pydantic.Field(default=None, ge=1, le=6, description="significant digits of what is reported")
    date_block: int | None = pydantic.Field(
        default=None, ge=2, description="periods of a block, such as 4 weeks to a month"
    )
    date_share: Distribution = pydantic.Field(
        default=Fixed(0.0), description="share of events that are dated to the first period of their block"
    )
    shared: bool = pydantic.Field(default=True, description="whether effort and coverage act on it")
    tide: ReportedTide | None = pydantic.Field(default=None, description="dates selected by the tide of another series")

    _PRIORS: ClassVar[tuple[str, ...]] = ("scale", "dispersion", "noise", "zeros", "flow", "date_share")

    @pydantic.field_validator("tide", mode="before")
    @classmethod
    def _tide(cls, given: Any) -> Any:
        return ReportedTide.of(None, given) if isinstance(given, Mapping) else given


class Reporting(Settings):
    """How a history becomes a record.

    Parameters
    ----------
    series : by observable; each becomes one reported series.
    effort, coverage : what reports of all kinds share; None for none.

    Example
    -------
    >>> model = Reporting.of(None, {"series": {"turnout": Reported(form="counts", scale=LogUniform(20, 2000))}})
    >>> sorted(model.nuisances())
    ['turnout.scale']
    """

    error = RecordError
    series: Mapping[str, Reported] = pydantic.Field(description="how each observable is reported")
    effort: Effort | None = pydantic.Field(default=None, description="reporting effort with memory, shared by kinds")
    coverage: Coverage | None = pydantic.Field(default=None, description="jumps of coverage, shared by kinds")

    @pydantic.field_validator("series", "effort", "coverage", mode="before")
    @classmethod
    def _parts(cls, given: Any, info: pydantic.ValidationInfo) -> Any:
        if info.field_name == "series" and isinstance(given, Mapping):
            return {str(k): Reported.of(None, v) if isinstance(v, Mapping) else v for k, v in given.items()}
        if isinstance(given, Mapping):
            return (Effort if info.field_name == "effort" else Coverage).of(None, given)
        return given

    @pydantic.model_validator(mode="after")
    def _tides(self) -> Reporting:
        for name, own in self.series.items():
            if own.tide is not None and own.tide.by not in self.series:
                raise ValueError(f"a tide of {name} by one of {', '.join(self.series)}, given {own.tide.by!r}")
        return self

    # -- what is drawn ------------------------------------------------------------------------------------------------

    def nuisances(self) -> dict[str, Distribution]:
        """The priors of what the reporting model draws once for each world, without fixed ones."""
        found: dict[str, Distribution] = {}
        for name, own in self.series.items():
            used = {
                "exact": (),
                "noisy": ("scale", "noise", "zeros", "flow"),
                "counts": ("scale", "dispersion", "zeros", "flow", "date_share"),
                "events": ("scale", "zeros", "date_share"),
            }[own.form]
            found |= {f"{name}.{key}": prior for key in used if (prior := getattr(own, key)) is not None}
            if own.tide is not None and own.form in ("counts", "events"):
                found[f"{name}.tide"] = own.tide.strength
        if self.effort is not None:
            found |= {"effort.sd": self.effort.sd, "effort.life": self.effort.life}
        if self.coverage is not None:
            found |= {f"coverage.jump{i}": self.coverage.size for i in range(1, self.coverage.jumps + 1)}
            found |= {f"coverage.when{i}": Uniform(0.0, 1.0) for i in range(1, self.coverage.jumps + 1)}
        return {name: prior for name, prior in found.items() if not isinstance(prior, Fixed)}

    def meaning(self, nuisance: str) -> str:
        """What a nuisance of this model is, in words."""
        owner, _, key = nuisance.rpartition(".")
        if owner in self.series:
            own = self.series[owner]
            part: type[_Part] = ReportedTide if key == "tide" else Reported
            text = part.model_fields["strength" if key == "tide" else key].description or ""
            text = text.partition(f"{own.form}: ")[2] or text
        elif owner == "effort":
            text = Effort.model_fields[key].description or ""
        else:
            when = key.startswith("when")
            text = (
                "when coverage jumps, as a share of the record" if when else Coverage.model_fields["size"].description
            )
        return (text or "").partition(";")[0].removesuffix(", > 0").removesuffix(", >= 0")

    def to_dict(self) -> dict[str, Any]:
        """As plain types, each prior as its middle; together with the values of `draw`, this determines a report."""

        def middle(prior: Distribution | None) -> float | None:
            return None if prior is None else float(prior.quantile(np.array([0.5]))[0])

        series = {}
        for name, own in self.series.items():
            keys = ("form", "shift", "digits", "date_block", "shared")
            tide = None if own.tide is None else {"by": own.tide.by, "span": own.tide.span}
            middles = {key: middle(getattr(own, key)) for key in own._PRIORS}
            middles |= {} if own.tide is None else {"tide": middle(own.tide.strength)}
            series[name] = {**{key: getattr(own, key) for key in keys}, "tide": tide, "middle": middles}
        effort = None if self.effort is None else {"sd": middle(self.effort.sd), "life": middle(self.effort.life)}
        coverage = None if self.coverage is None else {"jumps": self.coverage.jumps, "size": middle(self.coverage.size)}
        return {"series": series, "effort": effort, "coverage": coverage}

    @property
    def random(self) -> bool:
        """Whether two reports of one history can differ."""
        return any(own.form != "exact" for own in self.series.values())

    def draw(self, worlds: int, seed: int) -> dict[str, Floats]:
        """The nuisances of `worlds` reports, by name; the same first values for more worlds."""
        return {
            name: prior.quantile(_luck(seed, "nuisance", name).random(worlds))
            for name, prior in self.nuisances().items()
        }

    def report(self, histories: Mapping[str, Floats], drawn: Mapping[str, Floats], seed: int) -> dict[str, Floats]:
        """The reports of simulated histories.

        Parameters
        ----------
        histories : by observable, float64[worlds, periods].
        drawn : the nuisances, as `draw` gives them; missing ones take the middle of their prior.
        seed : of the luck of reporting; another seed gives another report of the same worlds.

        Returns
        -------
        dict : by observable, float64[worlds, periods].

        Raises
        ------
        RecordError : an observable is missing; events are to be reported from a series not of whole numbers.
        """
        missing = [name for name in self.series if name not in histories]
        if missing:
            raise RecordError(
                f"a reporting model of {missing[0]!r}",
                expected="observables that are simulated: " + ", ".join(histories),
                instead=nearest(missing[0], histories),
            )
        worlds, periods = next(iter(histories.values())).shape
        coverage = self._coverage(drawn, worlds, periods, seed)
        return {name: self._one(name, histories, drawn, coverage, seed) for name in self.series}

    def _value(self, drawn: Mapping[str, Floats], name: str, prior: Distribution, worlds: int) -> Floats:
        """One nuisance as a column, [worlds, 1]."""
        middle = np.broadcast_to(prior.quantile(np.array([0.5])), (worlds,))
        return np.asarray(drawn.get(name, middle), float)[:, None]

    def _coverage(self, drawn: Mapping[str, Floats], worlds: int, periods: int, seed: int) -> Floats:
        log = np.zeros((worlds, periods))
        if self.coverage is not None:
            place = (np.arange(periods) + 0.5) / periods
            for i in range(1, self.coverage.jumps + 1):
                when = self._value(drawn, f"coverage.when{i}", Uniform(0.0, 1.0), worlds)
                log -= np.where(place < when, self._value(drawn, f"coverage.jump{i}", self.coverage.size, worlds), 0.0)
        if self.effort is not None:
            life = self._value(drawn, "effort.life", self.effort.life, worlds)[:, 0]
            sd = self._value(drawn, "effort.sd", self.effort.sd, worlds)
            log += sd * _ar1(0.5 ** (1.0 / np.maximum(life, 1e-9)), periods, _luck(seed, "effort")) - sd**2 / 2
        return np.exp(log)

    def _one(
        self, name: str, histories: Mapping[str, Floats], drawn: Mapping[str, Floats], coverage: Floats, seed: int
    ) -> Floats:
        own, x = self.series[name], np.asarray(histories[name], float)
        if own.form == "exact":
            return x.copy()
        worlds = len(x)

        def value(key: str, prior: Distribution) -> Floats:
            return self._value(drawn, f"{name}.{key}", prior, worlds)

        x = _shifted(x, own.shift)
        flow = value("flow", own.flow)
        x = (1.0 - flow) * x + flow * np.maximum(np.diff(x, axis=1, prepend=x[:, :1]), 0.0)
        chance = coverage if own.shared else np.ones_like(x)
        if own.tide is not None and own.form in ("counts", "events"):
            b = value("tide", own.tide.strength)
            weight = np.exp(np.clip(b * tide(histories[own.tide.by], own.tide.span), -20, 20))
            chance = chance * weight / weight.mean(axis=1, keepdims=True)
        y = _drawn(own, x, chance, value, _luck(seed, "report", name))
        y = np.where(_luck(seed, "zeros", name).random(y.shape) < value("zeros", own.zeros), 0.0, y)
        if own.date_block is not None and own.form in ("counts", "events"):
            y = _dated_to_blocks(y, value("date_share", own.date_share), own.date_block, _luck(seed, "dates", name))
        return y if own.digits is None else rounded(y, own.digits)


def _drawn(own: Reported, x: Floats, chance: Floats, value: Any, luck: np.random.Generator) -> Floats:
    """What is reported of a history before zeros and rounding."""
    scale = value("scale", own.scale)
    if own.form == "noisy":
        return scale * x * chance * np.exp(value("noise", own.noise) * luck.standard_normal(x.shape))
    if own.form == "events":
        whole = np.rint(x)
        if (np.abs(whole - x) > 1e-6).any() or (whole < 0).any():
            raise RecordError(
                "events of an observable that is not a count",
                expected="whole numbers, none negative",
                instead='form = "counts", with a scale: mean reports per unit',
            )
        return luck.binomial(whole.astype(np.int64), np.clip(scale * chance, 0.0, 1.0)).astype(float)
    mean = np.clip(scale * np.maximum(x, 0.0) * chance, 0.0, 1e9)
    if own.dispersion is not None:
        size = np.maximum(value("dispersion", own.dispersion), 1e-6)
        mean = mean * luck.gamma(np.broadcast_to(size, mean.shape)) / size
    return luck.poisson(np.minimum(mean, 1e12)).astype(float)


def tide(x: Floats, span: int) -> Floats:
    """How much a series is about to rise: log ratio of its means over the next and the last `span` periods, by world.

    Parameters
    ----------
    x : [worlds, periods].
    span : periods on each side; at the ends, as many as there are.

    Returns
    -------
    float64[worlds, periods] : mean 0 and standard deviation 1 in each world, 0 where the series is constant.
    """
    n = x.shape[1]
    level = np.maximum(np.abs(x).mean(axis=1, keepdims=True), 1e-12)
    total = np.concatenate([np.zeros((len(x), 1)), np.cumsum(x, axis=1)], axis=1)
    t = np.arange(n)
    after, before = np.minimum(t + span, n), np.maximum(t - span, 0)
    ahead = (total[:, after] - total[:, t]) / np.maximum(after - t, 1)
    behind = np.where(t > before, (total[:, t] - total[:, before]) / np.maximum(t - before, 1), ahead)
    change = np.log(np.maximum(ahead, 0) + 0.01 * level) - np.log(np.maximum(behind, 0) + 0.01 * level)
    spread = change.std(axis=1, keepdims=True)
    return (change - change.mean(axis=1, keepdims=True)) / np.where(spread > 1e-12, spread, 1.0)


def _luck(seed: int, *labels: str) -> np.random.Generator:
    """The luck of one part of reporting, by address: adding a part to the model leaves the others unchanged."""
    return np.random.Generator(np.random.Philox(key=derive_seed(seed, "reporting", *labels)))


def _ar1(rho: Floats, periods: int, luck: np.random.Generator) -> Floats:
    """A stationary AR(1) of unit variance for each world, [worlds, periods]."""
    innovation = luck.standard_normal((len(rho), periods))
    out, spread = np.empty_like(innovation), np.sqrt(1.0 - rho**2)
    out[:, 0] = innovation[:, 0]
    for t in range(1, periods):
        out[:, t] = rho * out[:, t - 1] + spread * innovation[:, t]
    return out


def _shifted(x: Floats, by: int) -> Floats:
    """The series shifted by `by` periods; the ends are repeated."""
    index = np.clip(np.arange(x.shape[1]) - by, 0, x.shape[1] - 1)
    return x[:, index]


def _dated_to_blocks(y: Floats, share: Floats, block: int, luck: np.random.Generator) -> Floats:
    """Move a share of the events to the first period of their block."""
    moved = luck.binomial(y.astype(np.int64), np.broadcast_to(np.clip(share, 0.0, 1.0), y.shape)).astype(float)
    first = np.arange(y.shape[1]) // block * block
    out = y - moved
    np.add.at(out.T, first, moved.T)
    return out


def rounded(y: Floats, digits: int) -> Floats:
    """Round to this many significant digits; 0 and non-finite values stay."""
    size = np.abs(y)
    there = np.isfinite(y) & (size > 1e-290)
    shift = digits - 1 - np.floor(np.log10(np.where(there, size, 1.0)))
    up, down = 10.0 ** np.maximum(shift, 0.0), 10.0 ** np.maximum(-shift, 0.0)  # powers below 1 are inexact
    return np.where(there, np.rint(np.where(there, y, 0.0) * up / down) * down / up, y)


SHARES = LogUniform(10.0, 10_000.0)
LEVELS = LogUniform(0.1, 10.0)
"""Default mean reports per unit, for shares of people and for counts."""
DISPERSION = LogUniform(0.5, 50.0)


def default_reported(form: Form, unit: str) -> Reported:
    """How an observable is reported if only the form is given: see `SHARES`, `LEVELS` and `DISPERSION`."""
    match form:
        case "counts":
            share = "share" in unit or unit in ("0..1", "probability")
            return Reported(form=form, scale=SHARES if share else LEVELS, dispersion=DISPERSION)
        case "events":
            return Reported(form=form, scale=Uniform(0.05, 1.0))
        case "noisy":
            return Reported(form=form, noise=LogUniform(0.01, 0.5))
    return Reported()


def load_reporting(path: str | Path) -> Reporting:
    """A reporting model from a TOML file.

        [effort]
        sd = {uniform = [0, 1.2]}
        life = {log_uniform = [0.5, 52]}
        [coverage]
        jumps = 1
        [series.turnout]
        form = "counts"
        scale = {log_uniform = [20, 2000]}
        dispersion = {log_uniform = [0.5, 50]}

    Raises
    ------
    RecordError : the file is missing or malformed, or a reporting model has no such key or prior.
    """
    path = Path(path)
    try:
        given = parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"the reporting model {path} cannot be read", expected="a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise RecordError(f"{path}: {error}", expected="a TOML file") from error
    try:
        return Reporting.of(None, given)
    except RecordError as error:
        raise error.at(str(path), RecordError) from error


__all__ = [
    "Coverage",
    "Effort",
    "Reported",
    "ReportedTide",
    "Reporting",
    "default_reported",
    "load_reporting",
    "rounded",
    "tide",
]  # fmt: skip
