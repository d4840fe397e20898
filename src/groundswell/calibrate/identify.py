"""What records of one kind can identify: the information on each target, by three estimators, at three lengths.

    network      mean log q(z | s) - log N(z) over held-out draws         (a lower bound of the mutual information)
    abc          the same for regression ABC
    regression   -log(1 - R**2) / 2 of the normal score, R**2 over held-out draws

All are judged on held-out draws, so that none finds information where there is none. Pairs of targets
whose posterior ranks move together are equifinal: the record identifies their combination but not each one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundswell.calibrate.fit import FitSettings, blocks_of
from groundswell.calibrate.mixture import copula_of
from groundswell.calibrate.posterior import Kinship, Learnt, learn
from groundswell.calibrate.reference import Progress, ReferenceTable
from groundswell.calibrate.regression_abc import features
from groundswell.calibrate.summaries import SHORTEST
from groundswell.charts import Chart
from groundswell.results import Result

Floats = NDArray[np.float64]

LENGTHS = (0.25, 0.5, 1.0)
MUCH, SOMETHING = 0.25, 0.03
"""Nats at which a target counts as identified (an interval a fifth narrower), and at which something is learned."""
EQUIFINAL = 0.5


@dataclass(frozen=True)
class Identification(Result):
    """What records of one kind can reveal about a theory.

    Parameters
    ----------
    theory, record : the theory, and the kind of record.
    targets : a row for each: name, kind, periods, network, abc, regression (nats over the prior), error of the first,
        and what can be learned: much, something, or nothing.
    pairs : equifinal pairs, with the correlation of their posterior ranks.
    draws : number used, of which `held_out` were for validation.
    """

    theory: str
    record: str
    targets: tuple[Mapping[str, Any], ...]
    pairs: tuple[Mapping[str, Any], ...]
    draws: int
    held_out: int
    folder: Path | None = None

    derived: ClassVar[tuple[str, ...]] = ("answer",)
    left_out: ClassVar[tuple[str, ...]] = ("folder",)

    @property
    def answer(self) -> str:
        """What a record of the full length identifies, and what it does not, in one sentence."""
        full = self.of_full_length()
        much = [str(r["name"]) for r in full if r["learned"] == "much"]
        nothing = [str(r["name"]) for r in full if r["learned"] == "nothing"]
        text = f"{self.record} can reveal about {self.theory}: {', '.join(much) or 'nothing much'}"
        if nothing:
            text += f"; and nothing about {', '.join(nothing[:8])}" + (
                f" and {len(nothing) - 8} more" * (len(nothing) > 8)
            )
        return text + "."

    def of_full_length(self) -> list[Mapping[str, Any]]:
        """The rows of the longest record, best identified first."""
        most = max(int(r["periods"]) for r in self.targets)
        return sorted((r for r in self.targets if r["periods"] == most), key=lambda r: -float(r["network"]))

    def rows(self) -> list[dict[str, Any]]:
        """A row for each target and length."""
        return [dict(r) for r in self.targets]

    def charts(self) -> list[Chart]:
        """Information against the length of the record."""
        rows = [
            {"x": r["periods"], "y": r["network"], "series": r["name"]}
            for r in self.targets
            if r["learned"] != "nothing"
        ]
        frame = pl.DataFrame(rows, schema={"x": pl.Int64, "y": pl.Float64, "series": pl.String})
        return [Chart("lines", frame, "What longer records reveal", x="periods", y="nats over the prior")]


def identify_kin(
    kin: Kinship, settings: FitSettings, *, folder: Path | None = None, progress: Progress | None = None
) -> Identification:
    """What records of one kind can reveal, at a quarter, a half and the whole of their length.

    Parameters
    ----------
    kin : what is drawn and how it is reported; the table's histories serve all three lengths.
    """
    table = ReferenceTable(kin.draws, folder)
    blocks = blocks_of(kin, settings.draws)
    table.extend(blocks, threads=settings.threads, progress=progress)
    lengths = sorted({n for share in LENGTHS if kin.watched[: (n := round(share * kin.periods))].sum() >= SHORTEST})
    rows: list[Mapping[str, Any]] = []
    learnt = None
    for n in lengths or [kin.periods]:
        learnt = learn(
            table,
            replace(kin, watched=kin.watched[:n]),
            blocks,
            method=settings.method,
            threads=settings.threads,
            progress=progress,
            curve=False,
        )
        rows += _rows(learnt)
    assert learnt is not None
    what = f"a record of {', '.join(kin.draws.observables)} over {kin.periods} periods"
    return Identification(kin.draws.theory.name, what, tuple(rows), _pairs(learnt), blocks * 64, len(learnt.held.draw))


def _rows(learnt: Learnt) -> list[dict[str, Any]]:
    kin = learnt.kin
    names = learnt.names
    x = learnt.scored(learnt.held.summaries)
    luck = np.random.Generator(np.random.Philox(key=7))
    z = learnt.of_targets.forward(learnt.held.targets, luck)[:, learnt.informed]
    prior = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    by_abc = (learnt.check.margins(x).log_density(z) - prior).mean(axis=0)
    predicted = features(x) @ learnt.check.coefficients
    r2 = 1 - ((z - predicted) ** 2).mean(axis=0) / z.var(axis=0)
    by_regression = -0.5 * np.log(np.maximum(1 - np.maximum(r2, 0.0), 1e-9))
    by_network = learnt.full.mean(axis=0)
    error = learnt.full.std(axis=0, ddof=1) / np.sqrt(len(learnt.full))
    effects = {e.name for e in kin.draws.estimands}
    found = []
    for name in kin.targets:
        kind = "estimand" if name in effects else "parameter" if name in kin.draws.theory.params else "reporting"
        row: dict[str, Any] = {"name": name, "kind": kind, "periods": kin.periods}
        if name in names:
            j = names.index(name)
            nats = [max(0.0, float(a[j])) for a in (by_network, by_abc, by_regression)]
            middle = float(np.median(nats))
            much = "much" if middle >= MUCH else "something" if middle >= SOMETHING else "nothing"
            row |= dict(zip(("network", "abc", "regression"), nats, strict=True)) | {
                "error": float(error[j]),
                "learned": much,
            }
        else:
            row |= {"network": 0.0, "abc": 0.0, "regression": 0.0, "error": 0.0, "learned": "nothing"}
        found.append(row)
    return found


def _pairs(learnt: Learnt) -> tuple[dict[str, Any], ...]:
    names = learnt.names
    r = copula_of(learnt.ranks)
    pairs = [
        {"first": a, "second": names[j], "correlation": float(r[i, j])}
        for i, a in enumerate(names)
        for j in range(i + 1, len(names))
        if abs(r[i, j]) >= EQUIFINAL
    ]
    return tuple(sorted(pairs, key=lambda row: -abs(float(row["correlation"]))))


__all__ = ["Identification", "identify_kin"]
