"""Panels: read, described and asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.errors import EstimationError, RecordError, nearest

if TYPE_CHECKING:
    from groundswell.estimators.panel.fixed_effects import PanelRegression
    from groundswell.estimators.panel.hazards import Hazards
    from groundswell.estimators.panel.imputation import Imputed
    from groundswell.records.panel import Panel


def read_panel(record: str | Path, *, mapping: str | Path | None = None, **options: Any) -> Panel:
    """Read rows of units by wave: a published panel by name, or a file with a mapping of its columns.

    Parameters
    ----------
    record : a name of `groundswell.records.panel.panels`, or the path of a file.
    mapping : a TOML file with a table [panel].
    options : the fields of `groundswell.records.panel.PanelMapping`, which replace those of the mapping.

    Raises
    ------
    RecordError : there is no such record, or it cannot be read.
    """
    from groundswell.records.panel import load_panel, panels
    from groundswell.records.panel import read_panel as read

    known = panels()
    if mapping is None and str(record) in known:
        return load_panel(str(record), **options)
    if not Path(record).exists():
        raise RecordError(
            f"the panel {str(record)!r}",
            expected="a file, or one of " + ", ".join(known),
            instead=nearest(str(record), known),
        )
    return read(record, mapping, **options)


def ask_panel(
    panel: Panel | str | Path,
    outcome: str,
    exposure: str,
    *,
    adoption: bool = False,
    above: float = 0.0,
    counts: bool = False,
    lag: int = 1,
    controls: Sequence[str] = (),
    ends: Sequence[str] = (),
    seed: int = 0,
) -> PanelRegression | Imputed | Hazards:
    """What an exposure is associated with, given units and waves, what its adoption changed, or how units end.

    Parameters
    ----------
    panel : from `read_panel`, or its name.
    outcome, exposure, controls : variables of the panel.
    adoption : the exposure is adopted once and for all, at different waves, once it is above `above`.
    counts : the outcome is a count.
    lag : waves between exposure and outcome, where it is not an adoption.
    ends : the outcome marks the wave in which a unit ends, as these do, and they compete.
    seed : of the bootstrap.

    Raises
    ------
    RecordError : an unknown variable.
    EstimationError : a panel that cannot support the question.
    """
    from groundswell.estimators.panel.fixed_effects import fixed_effects
    from groundswell.estimators.panel.hazards import competing_hazards
    from groundswell.estimators.panel.imputation import imputed_effects

    of = read_panel(panel) if isinstance(panel, str | Path) else panel
    family = "poisson" if counts else "linear"
    if ends:
        if adoption or counts:
            raise EstimationError(
                "ends of units together with an adoption or counts", expected="one question at a time"
            )
        return competing_hazards(of, (outcome, *ends), exposure, lag=lag, controls=tuple(controls))
    if adoption:
        return imputed_effects(of, outcome, exposure, family=family, above=above, seed=seed)
    return fixed_effects(
        of, outcome, exposure, family=family, lag=lag, controls=tuple(controls), random_intercepts=not counts
    )
