"""Pages of theories that no page can run: recorded histories, and a slider over the settings that were chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from groundswell.draws import derive_seed
from groundswell.engine.worlds import World, available_memory
from groundswell.explorer.bundle import Bundle
from groundswell.explorer.film import film
from groundswell.explorer.subject import Subject
from groundswell.population.specification import PopulationSpecification

SETTINGS = 7  # recorded values of one parameter
_MOST = 24_000_000  # bytes of frames, before they are deflated


def shown_without_server(subject: Subject, bundle: Bundle, seed: int = 1) -> Bundle:
    """The bundle itself where the page can run the theory; else one that holds recorded histories.

    Recorded are worlds at several values of the first parameter that may be moved, all else as it is: the same people,
    the same luck. Frames are stored as what each changes of the one before.
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
        support = theory.supports[name]
        grid = {float(x) for x in np.linspace(free[0]["from"], free[0]["to"], SETTINGS)} | {base[name]}
        values = sorted(x for x in grid if support.holds(x))
    few = max(1, min(len(values), _MOST // max(1, population.people * (steps + 1))))
    if few < len(values):
        nearest = sorted(values, key=lambda x: abs(x - base.get(name, 0.0)))[:few]
        values = sorted(nearest)
    view = bundle.meta["views"][0] if bundle.meta["views"] else {}
    arrays = {k: v for k, v in bundle.arrays.items() if not k.startswith(("array.", "trait.", "units.", "quantiles."))}
    for j, value in enumerate(values):
        params = {**base, **({name: value} if name else {})}
        world = World(derive_seed(seed, "world", 0), params)
        frames = list(film(theory, population, world, steps, view, own))
        codes = np.array([f.codes for f in frames])
        codes[1:] ^= codes[:-1].copy()
        arrays[f"frames.{j}"] = codes.tobytes()
        arrays[f"values.{j}"] = np.array([f.values for f in frames], "<f8").tobytes()
    recorded = {"param": name, "values": values, "steps": steps, "people": population.people}
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
