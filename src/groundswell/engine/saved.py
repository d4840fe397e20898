"""The state of a world after a step: saved, and branched into worlds that continue from it; and when to stop."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from groundswell.errors import TheoryError
from groundswell.files import write_bytes
from groundswell.population.network import Network

if TYPE_CHECKING:
    from groundswell.engine.worlds import Intervention, World


@dataclass(frozen=True, eq=False)
class Saved:
    """All that the next step of a world needs, whichever engine simulates it.

    Parameters
    ----------
    theory : its name.
    step : the one after which the world was saved.
    seed, params : of the world; values held by interventions are not among them.
    arrays : "state.NAME" of each person, "society.NAME", "people.NAME", "here.NAME" of each region.
    network : the ties of a world whose rule changes them; where there are layers, those of the layer that it changes.
    """

    theory: str
    step: int
    seed: int
    params: Mapping[str, float]
    arrays: Mapping[str, NDArray[np.float64]]
    network: Network | None = None

    def branch(self, interventions: Sequence[Intervention] = (), params: Mapping[str, float] | None = None) -> World:
        """A world that continues from here, with the same luck: `simulate` then counts its steps from this one.

        Without interventions and parameters it is the world that was saved. Interventions must be at later steps.
        """
        from groundswell.engine.worlds import World

        return World(self.seed, {**self.params, **(params or {})}, tuple(interventions), begin=self)

    def save(self, path: str | Path) -> None:
        """Write it to a file, which replaces an earlier one atomically."""
        about = {"theory": self.theory, "step": self.step, "seed": self.seed, "params": dict(self.params)}
        arrays: dict[str, Any] = dict(self.arrays)
        if self.network is not None:
            about["ties"] = {"simple": self.network.simple, "directed": self.network.directed}
            arrays |= {f"ties.{x}": getattr(self.network, x) for x in ("indptr", "indices")}
            if self.network.weights is not None:
                arrays["ties.weights"] = self.network.weights
        buffer = io.BytesIO()
        np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
        write_bytes(Path(path), buffer.getvalue())


def load_saved(path: str | Path) -> Saved:
    """A world that `Saved.save` wrote.

    Raises
    ------
    TheoryError : there is no such file, or it holds no saved world.
    """
    try:
        with np.load(io.BytesIO(Path(path).read_bytes()), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        about = json.loads(str(arrays.pop("about")))
        ties, network = {x: arrays.pop(f"ties.{x}", None) for x in ("indptr", "indices", "weights")}, None
        if "ties" in about:
            network = Network(ties["indptr"], ties["indices"], **about.pop("ties"), weights=ties["weights"])
        return Saved(**about, arrays=arrays, network=network)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile, EOFError) as error:
        raise TheoryError(f"{path} cannot be read: {error}", expected="a file that Saved.save wrote") from error


@dataclass(frozen=True)
class Until:
    """When a world has come to its end: once a condition on an observable holds, or once nothing observed changes."""

    observable: int
    above: bool
    strict: bool
    level: float
    rest: int = 0

    @classmethod
    def of(cls, given: str | Mapping[str, int], observables: Sequence[str]) -> Until:
        """Read "turnout >= 0.5", or {"rest": 10}: no observable has changed for that many steps.

        Raises
        ------
        TheoryError : anything else.
        """
        rest = given["rest"] if isinstance(given, Mapping) and set(given) == {"rest"} else 0
        if isinstance(rest, int) and rest >= 1:
            return cls(0, True, False, 0.0, rest)
        found = re.fullmatch(r"\s*(\w+)\s*(>=|<=|>|<)\s*([-+.\deE]+)\s*", given) if isinstance(given, str) else None
        if found is None or found[1] not in observables:
            raise TheoryError(
                f"until = {given!r}",
                expected='a condition on an observable, or {"rest": steps without change}',
                instead=f'until="{observables[0] if observables else "turnout"} >= 0.5"',
            )
        try:
            level = float(found[3])
        except ValueError:
            raise TheoryError(f"until = {given!r}", expected="a number to compare with") from None
        return cls(list(observables).index(found[1]), ">" in found[2], "=" not in found[2], level)

    def holds(self, values: NDArray[np.float64], step: int) -> NDArray[np.bool_]:
        """Whether each world is at its end after a step: float64[steps + 1, worlds, observables] -> bool[worlds]."""
        if self.rest:
            if step < self.rest:
                return np.zeros(values.shape[1], bool)
            return np.asarray((values[step - self.rest : step] == values[step]).all(axis=(0, 2)))
        x = values[step, :, self.observable]
        if self.strict:
            return x > self.level if self.above else x < self.level
        return x >= self.level if self.above else x <= self.level


__all__ = ["Saved", "Until", "load_saved"]
