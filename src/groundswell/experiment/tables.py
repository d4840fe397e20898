"""The tidy tables of an ensemble, and the ensemble restored from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from groundswell.errors import OutputError
from groundswell.experiment.ensemble import Design, Ensemble, Failure, Floats, person_effect_of, summarise

_SPREAD = ("mean", "q05", "q25", "q50", "q75", "q95", "more", "less")


def tables(ensemble: Ensemble) -> dict[str, pl.DataFrame]:
    """Every table of an ensemble, with rows ordered by account, draw, arm or effect, and step, as in the design.

    runs : run, account, draw, arm, seed, status ("done" or "failed"), step (of the failure), reason.
    parameters : account, draw, parameter, value.
    trajectories : run, step, one column per observable; as recorded, failed runs included.
    effects : account, draw, effect, step, one column per observable; NaN where either twin failed.
    effect_summary : account, effect, step, observable, mean, low, high (90% interval over draws), draws, excluded.
    person_effects : account, draw, effect, state, mean, q05 .. q95, more, less (shares of people).
    """
    return {
        "runs": _runs(ensemble),
        "parameters": _parameters(ensemble),
        "trajectories": _trajectories(ensemble),
        "effects": _effects(ensemble),
        "effect_summary": _effect_summary(ensemble),
        "person_effects": _person_effects(ensemble),
    }


def _runs(ensemble: Ensemble) -> pl.DataFrame:
    design = ensemble.design
    why = {(f.account, f.draw, f.arm): f for f in ensemble.failed}
    rows = [
        (account, draw, arm, design.run_seed(account, draw), why.get((account, draw, arm)))
        for account in design.accounts
        for draw in range(design.draws)
        for arm in design.arms
    ]
    return pl.DataFrame(
        {
            "run": pl.Series(range(len(rows)), dtype=pl.Int64),
            "account": [r[0] for r in rows],
            "draw": [r[1] for r in rows],
            "arm": [r[2] for r in rows],
            "seed": pl.Series([r[3] for r in rows], dtype=pl.UInt64),
            "status": ["done" if r[4] is None else "failed" for r in rows],
            "step": pl.Series([None if r[4] is None else r[4].step for r in rows], dtype=pl.Int64),
            "reason": pl.Series([None if r[4] is None else r[4].reason for r in rows], dtype=pl.String),
        }
    )


def _parameters(ensemble: Ensemble) -> pl.DataFrame:
    rows = [
        (account, draw, name, value)
        for account, sets in ensemble.drawn.items()
        for draw, values in enumerate(sets)
        for name, value in values.items()
    ]
    schema = {"account": pl.String, "draw": pl.Int64, "parameter": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _trajectories(ensemble: Ensemble) -> pl.DataFrame:
    values = np.concatenate([v.reshape(-1, *v.shape[2:]) for v in ensemble.values.values()])  # [runs, steps + 1, obs]
    runs, times = values.shape[:2]
    columns: dict[str, object] = {
        "run": np.repeat(np.arange(runs, dtype=np.int64), times),
        "step": np.tile(np.arange(times, dtype=np.int64), runs),
    }
    for o, name in enumerate(ensemble.observables):
        columns[name] = np.ascontiguousarray(values[:, :, o]).ravel()
    return pl.DataFrame(columns)


def _effects(ensemble: Ensemble) -> pl.DataFrame:
    design = ensemble.design
    accounts, effects, times = list(design.accounts), list(design.effects), design.steps + 1
    shape = (len(accounts), design.draws, len(effects), times)
    a, d, e, t = (x.ravel() for x in np.indices(shape))
    columns: dict[str, object] = {
        "account": pl.Series(accounts, dtype=pl.String).gather(a),
        "draw": d,
        "effect": pl.Series(effects, dtype=pl.String).gather(e),
        "step": t,
    }
    for name in ensemble.observables:
        values = np.empty(shape)
        for i, account in enumerate(accounts):
            for j, effect in enumerate(effects):
                values[i, :, j] = ensemble.named_effect(account, effect, name)
        columns[name] = values.ravel()
    return pl.DataFrame(columns)


def _effect_summary(ensemble: Ensemble) -> pl.DataFrame:
    design = ensemble.design
    accounts, effects, observables = list(design.accounts), list(design.effects), list(ensemble.observables)
    shape = (len(accounts), len(effects), design.steps + 1, len(observables))
    mean, low, high = (np.empty(shape) for _ in range(3))
    draws = np.empty(shape, np.int64)
    for i, account in enumerate(accounts):
        for j, effect in enumerate(effects):
            for o, name in enumerate(observables):
                words = summarise(ensemble.named_effect(account, effect, name))
                mean[i, j, :, o], low[i, j, :, o], high[i, j, :, o] = words.mean, words.low, words.high
                draws[i, j, :, o] = words.draws
    a, e, t, o = (x.ravel() for x in np.indices(shape))
    return pl.DataFrame(
        {
            "account": pl.Series(accounts, dtype=pl.String).gather(a),
            "effect": pl.Series(effects, dtype=pl.String).gather(e),
            "step": t,
            "observable": pl.Series(observables, dtype=pl.String).gather(o),
            "mean": mean.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "draws": draws.ravel(),
            "excluded": design.draws - draws.ravel(),
        }
    )


def _person_effects(ensemble: Ensemble) -> pl.DataFrame:
    design = ensemble.design
    rows = []
    for account in design.accounts:
        for draw in range(design.draws):
            for effect in design.effects:
                for state in design.totals:
                    words = ensemble.persons[account, effect, state]
                    numbers = (words.mean[draw], *words.quantiles[draw], words.more[draw], words.less[draw])
                    rows.append((account, draw, effect, state, *(float(x) for x in numbers)))
    schema = {"account": pl.String, "draw": pl.Int64, "effect": pl.String, "state": pl.String}
    return pl.DataFrame(rows, schema={**schema, **dict.fromkeys(_SPREAD, pl.Float64)}, orient="row")


def read_ensemble(design: Design, folder: str | Path) -> Ensemble:
    """The ensemble of a design from the tables in a folder, exactly as it was simulated.

    Raises
    ------
    OutputError : a table is missing, cannot be read, or is not of this design.
    """
    folder = Path(folder)
    try:
        runs, parameters, trajectories, persons = (
            pl.read_parquet(folder / f"{name}.parquet")
            for name in ("runs", "parameters", "trajectories", "person_effects")
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        given = f"the tables in {folder} cannot be read ({error})"
        raise OutputError(given, expected="those of a finished run") from error
    accounts, arms, times = list(design.accounts), list(design.arms), design.steps + 1
    names = list(design.theory.observables)
    shape = (len(accounts), design.draws, len(arms), times)
    if trajectories.height != int(np.prod(shape)) or trajectories.columns[2:] != names:
        raise OutputError(f"the tables in {folder}", expected="tables of this design", instead="add --fresh")
    everything = np.stack([trajectories[name].to_numpy().reshape(shape) for name in names], axis=-1)
    drawn = {
        account: tuple(
            dict(zip(part["parameter"].to_list(), part["value"].to_list(), strict=True))
            for part in parameters.filter(pl.col("account") == account).partition_by("draw", maintain_order=True)
        )
        for account in accounts
    }
    failed = tuple(
        Failure(row["account"], row["draw"], row["arm"], row["step"], row["reason"])
        for row in runs.filter(pl.col("status") == "failed").iter_rows(named=True)
    )
    spread: Floats = (
        persons.select(_SPREAD)
        .to_numpy()
        .reshape(len(accounts), design.draws, len(design.effects), len(design.totals), len(_SPREAD))
    )
    people = {
        (account, effect, state): person_effect_of(np.ascontiguousarray(spread[i, :, e, s]))
        for i, account in enumerate(accounts)
        for e, effect in enumerate(design.effects)
        for s, state in enumerate(design.totals)
    }
    return Ensemble(design, drawn, {a: everything[i] for i, a in enumerate(accounts)}, failed, people)
