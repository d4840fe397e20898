"""Pages for theories that no page can run: recorded histories, and a slider over chosen settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from groundswell.draws import derive_seed
from groundswell.engine.setup import draw_traits
from groundswell.engine.worlds import World, available_memory
from groundswell.errors import TheoryError
from groundswell.explorer.bundle import Bundle
from groundswell.explorer.film import film
from groundswell.explorer.subject import Subject
from groundswell.population.specification import PopulationSpecification

SETTINGS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # times the parameter's value; its greatest value is added
_MOST = 24_000_000  # bytes of frames before compression


def shown_without_server(subject: Subject, bundle: Bundle, seed: int = 1) -> Bundle:
    """The bundle itself where the page can run the theory; otherwise one that holds recorded histories.

    It records worlds at several values of the first parameter that may be moved, with everything else unchanged: the
    same people and the same luck, so that any two are twins. A value at which the theory fails or numbers grow without
    bound is left out. Each frame is stored as its changes from the one before.
    """
    if bundle.meta["engine"]["kind"] != "none":
        return bundle
    theory, steps = subject.theory, int(bundle.meta["steps"])
    own = derive_seed(seed, "people", 0)
    table = PopulationSpecification.model_validate(dict(subject.setting.population))
    population = table.build(own, folder=subject.folder, memory_limit=available_memory())
    base = theory.parameters(subject.setting.params)
    free = [p for p in bundle.meta["params"] if not p["whole"] and p["to"] > p["from"]]
    values = [0.0]
    name = ""
    if free:
        name = free[0]["name"]
        support, usual = theory.supports[name], base[name]
        grid = {usual * k for k in SETTINGS} if usual else set(np.linspace(free[0]["from"], free[0]["to"], 7).tolist())
        values = sorted(x for x in grid | {usual, float(free[0]["to"])} if support.holds(x))
    few = max(1, min(len(values), _MOST // max(1, population.people * (steps + 1))))
    if few < len(values):
        nearest = sorted(values, key=lambda x: abs(x - base.get(name, 0.0)))[:few]
        values = sorted(nearest)
    view = bundle.meta["views"][0] if bundle.meta["views"] else {}
    arrays = {k: v for k, v in bundle.arrays.items() if not k.startswith(("array.", "trait.", "units.", "quantiles."))}
    kept: list[float] = []
    bounds: list[tuple[float, float]] = []
    for value in values:
        world = World(derive_seed(seed, "world", 0), {**base, **({name: value} if name else {})})
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # whether numbers stay finite is checked below
                frames = list(film(theory, population, world, steps, view, own))
        except TheoryError:
            frames = []
        if not frames or not all(np.isfinite(f.values).all() for f in frames):
            if value == base.get(name, value):
                raise TheoryError(
                    f"theory {theory.name} at {steps} steps", expected="histories of finite numbers",
                    instead=f"groundswell explore {theory.name}, which shows it until it fails",
                )  # fmt: skip
            continue
        codes = np.array([f.codes for f in frames])
        codes[1:] ^= codes[:-1].copy()
        arrays[f"frames.{len(kept)}"] = codes.tobytes()
        arrays[f"values.{len(kept)}"] = np.array([f.values for f in frames], "<f8").tobytes()
        kept.append(value)
        bounds.append(frames[0].bounds)
    values = kept
    for trait, of in draw_traits(theory, population, base, own).items():
        arrays[f"trait.{trait}"] = of.tobytes()
    recorded = {"param": name, "values": values, "steps": steps, "people": population.people, "bounds": bounds}
    engine = {**bundle.meta["engine"], "kind": "recorded", "recorded": recorded, "fields": []}
    why = "only the recorded values of {} can be shown".format(name.replace("_", " ") or "its setting")
    params = [
        {**p, "fixed": "" if p["name"] == name else why, "from": values[0] if p["name"] == name else p["from"],
         "to": values[-1] if p["name"] == name else p["to"]}
        for p in bundle.meta["params"]
    ]  # fmt: skip
    views = bundle.meta["views"][:1]
    return replace(bundle, meta={**bundle.meta, "engine": engine, "params": params, "views": views}, arrays=arrays)


__all__ = ["shown_without_server"]
