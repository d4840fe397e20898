"""A record next to a theory's histories: its series, how histories become a record, and a fit's draws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import EstimationError, OutputError
from groundswell.theory import Setting, Theory

if TYPE_CHECKING:
    import polars as pl

    from groundswell.calibrate.fit import Fit

Floats = NDArray[np.float64]
_DRAWS = 200  # parameter sets that a page holds: its ensemble has some dozens of worlds


@dataclass(frozen=True)
class Beside:
    """A record, and how it is compared.

    Parameters
    ----------
    source : where the record comes from.
    series : by observable, a number for each period, or None where the record has a gap.
    dates : one for each period.
    first, every : the step at which the first period begins, and the steps per period.
    reporting : as `groundswell.calibrate.reporting.Reporting.to_dict` gives it.
    drawn : values for each draw, by name: those of the reporting model, and with a fit the parameters.
    posterior : the names in `drawn` that are parameters of the theory; none without a fit.
    pulses : interventions that every world has: the recorded acts on which a fit is conditioned.
    """

    source: str
    series: Mapping[str, list[float | None]]
    dates: tuple[str, ...]
    first: int
    every: int
    reporting: Mapping[str, Any]
    drawn: Mapping[str, Floats]
    posterior: tuple[str, ...] = ()
    pulses: tuple[Mapping[str, Any], ...] = ()
    setting: Setting | None = field(default=None, repr=False)

    @property
    def steps(self) -> int:
        """The steps a world needs to span the record."""
        return max(self.first + len(self.dates) * self.every - 1, 1)

    def meta(self) -> dict[str, Any]:
        """What the page gets; the draws are a separate array."""
        return {
            "source": self.source, "series": dict(self.series), "dates": list(self.dates), "first": self.first,
            "every": self.every, "reporting": self.reporting, "names": list(self.drawn),
            "posterior": list(self.posterior), "pulses": list(self.pulses),
        }  # fmt: skip

    def array(self) -> bytes:
        """The draws, a row for each name."""
        return np.array(list(self.drawn.values()), "<f8").tobytes()


def beside_record(theory: type[Theory], record: Any, options: Mapping[str, Any]) -> Beside:
    """A record without a fit: its reporting model draws from its priors.

    Parameters
    ----------
    record, options : as for `groundswell.fit`, with only the options for how the record is read and reported.

    Raises
    ------
    RecordError, EstimationError : the record cannot be read, or its periods do not fit the theory's step.
    """
    from groundswell.calibrate.asked import FitRequest, observed_of, reporting_of
    from groundswell.calibrate.fit import reporting_for
    from groundswell.calibrate.observed import check_grain

    asked = FitRequest.of(None, options)
    observed = observed_of(theory, record, asked)
    check_grain(theory, observed.unit, asked.every)
    model = reporting_for(theory, observed, reporting_of(asked.reporting))
    before = asked.before or 0
    first = observed.first if asked.before is None and observed.first is not None else before + 1
    return Beside(
        observed.source,
        {n: [float(v) if np.isfinite(v) else None for v in x] for n, x in observed.series.items()},
        tuple(str(d) for d in observed.dates),
        first,
        asked.every,
        model.to_dict(),
        {n: np.asarray(x, float) for n, x in model.draw(_DRAWS, asked.seed).items()},
    )


def beside_fit(fit: Fit | str | Path) -> tuple[str, Beside]:
    """The name of a fit's theory, and its record with posterior draws.

    Parameters
    ----------
    fit : what `groundswell.fit` returned, or the folder that it wrote.

    Raises
    ------
    OutputError : the folder holds no fit, or one of an earlier version.
    EstimationError : a gate failed, so that there is no posterior.
    """
    content, posterior, bands = _read(fit)
    made = content.get("simulated")
    if not isinstance(made, Mapping):
        raise OutputError(f"the fit {fit}", expected="one of this version", instead="fit again, with --fresh")
    record = bands.filter(bands["series"] == "record")
    names = record["panel"].unique(maintain_order=True).to_list()
    series = {n: record.filter(record["panel"] == n)["y"].to_list() for n in names}
    dates = tuple(record.filter(record["panel"] == names[0])["x"].to_list())
    at = np.linspace(0, posterior.height - 1, min(_DRAWS, posterior.height)).astype(int)
    parameters = tuple(n for n in content["parameters"] if n in posterior.columns)
    wanted = [*parameters, *(n for n in content["reporting"] if n in posterior.columns)]
    medians = {n: float(content["parameters"][n]["median"]) for n in parameters}
    setting = Setting(int(made["steps"]), dict(made["population"]), {**made["held"], **medians})
    return str(content["theory"]), Beside(
        f"{content['record']}, with the posterior of a fit",
        series,
        dates,
        int(made["first"]),
        int(made["every"]),
        made["reporting"],
        {n: posterior[n].to_numpy()[at] for n in wanted},
        parameters,
        tuple(made["pulses"]),
        setting,
    )


def _read(fit: Fit | str | Path) -> tuple[Mapping[str, Any], pl.DataFrame, pl.DataFrame]:
    """A fit's content, posterior and bands."""
    import polars as pl

    if not isinstance(fit, str | Path):
        return fit.to_dict(), fit.posterior(), fit.bands
    folder = Path(fit)
    try:
        content = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
        bands = pl.read_parquet(folder / "bands.parquet")
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise OutputError(
            f"{folder} holds no fit that can be read", expected="a folder that groundswell fit wrote"
        ) from error
    if not content.get("passed"):
        raise EstimationError(
            f"the fit in {folder}, which failed a gate",
            expected="a fit that passed",
            why=str(content.get("answer", "it has no posterior")),
            instead="--record, which draws the record over histories at the values of the sliders",
        )
    return content, pl.read_parquet(folder / "posterior.parquet"), bands


__all__ = ["Beside", "beside_fit", "beside_record"]
