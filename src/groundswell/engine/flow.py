"""The flow engine: integrates the differential equations of a theory by the classical Runge-Kutta method.

The equations are written into one loop over steps, from the very text of the theory's rule; the reference engine runs
that loop as plain Python, and agrees to the last bit.

Source of the method: Hairer, E., Norsett, S. P. & Wanner, G. (1993). Solving ordinary differential equations I, II.1.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from groundswell.engine.form import Frame, Job, Page, Run, StepWork, refuse_annealed, refuse_saving, register
from groundswell.engine.setup import changes_at, held, number
from groundswell.engine.worlds import Cap, Histories, Pulse, World, check_people, failures
from groundswell.engine.written import load_written
from groundswell.errors import TheoryError
from groundswell.population.population import Population
from groundswell.theory import Flow, Theory
from groundswell.theory.functions import RULE_FUNCTIONS


class _Flat(ast.NodeTransformer):
    """Turns the names of a flow rule into local variables."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        root = node.value
        assert isinstance(root, ast.Name)
        return ast.copy_location(ast.Name(f"{root.id}_{node.attr}", node.ctx), node)


def flow_text(theory: type[Flow], *, plain: bool = False) -> str:
    """The Python source of the loop that integrates a flow."""
    rule = theory.rules["flow"]
    names = list(theory.societies)
    shocks, params = list(theory.shocks), list(theory.params)
    home = "functions" if plain else "compiled"
    compiled = "" if plain else "@nb.njit(nogil=True, error_model='numpy', cache=CACHE)\n"
    out = [f'"""The equations of {theory.name}, written by groundswell.engine.flow; do not edit."""\n']
    out += ["import numba as nb\nimport numpy as np\n"]
    out += [f"from groundswell.theory.{home} import {', '.join(sorted(RULE_FUNCTIONS))}\n"]
    out += [f"{compiled}def rates(time, y, shock, p, rate):\n", "    society_step = time\n"]
    out += [f"    society_{x} = y[{k}]\n" for k, x in enumerate(names)]
    out += [f"    society_{x} = shock[{k}]\n" for k, x in enumerate(shocks)]
    out += [f"    p_{x} = p[{k}]\n" for k, x in enumerate(params)]
    out += [f"    {x} = {value!r}\n" for x, value in rule.constants.items()]
    out += [f"    rate_{x} = 0.0\n" for x in names]
    for statement in rule.body:
        text = ast.unparse(ast.fix_missing_locations(_Flat().visit(ast.parse(ast.unparse(statement)))))
        out += [f"    {line}\n" for line in text.splitlines()]
    out += [f"    rate[{k}] = rate_{x}\n" for k, x in enumerate(names)]
    out += [
        f"""
{compiled}def run(first, last, substeps, y, shock, p, values):
    n = y.size
    k1, k2, k3, k4, at = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    h = 1.0 / substeps
    for t in range(first, last):
        for s in range(substeps):
            time = t - 1 + s * h
            rates(time, y, shock, p, k1)
            for i in range(n):
                at[i] = y[i] + 0.5 * h * k1[i]
            rates(time + 0.5 * h, at, shock, p, k2)
            for i in range(n):
                at[i] = y[i] + 0.5 * h * k2[i]
            rates(time + 0.5 * h, at, shock, p, k3)
            for i in range(n):
                at[i] = y[i] + h * k3[i]
            rates(time + h, at, shock, p, k4)
            for i in range(n):
                y[i] = y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
        for i in range(n):
            values[t, i] = y[i]
"""
    ]
    return "".join(out)


@functools.lru_cache(maxsize=256)
def _run(theory: type[Flow], plain: bool) -> Callable[..., None]:
    return load_written(flow_text(theory, plain=plain), f"flow_{theory.name}", keep=not plain)["run"]


def _one(theory: type[Flow], world: World, params: Mapping[str, float], steps: int, plain: bool) -> NDArray[np.float64]:
    """One world: values of shape (steps + 1, observables)."""
    names, shocks = list(theory.societies), list(theory.shocks)
    y = np.array([number(theory.societies[x].initial, params) for x in names])
    shock, p = np.zeros(len(shocks)), np.array([params[x] for x in theory.params])
    values = np.empty((steps + 1, y.size))
    values[0] = y
    pulses = np.zeros((steps + 1, len(shocks)))
    changes = {t for t in changes_at(world.interventions) if 1 <= t <= steps}
    if any(isinstance(x, Cap) for x in world.interventions):
        changes = set(range(1, steps + 1))
    stops = sorted(changes | {t + 1 for t in changes if t < steps} | {1})
    run = _run(theory, plain)
    for first, last in zip(stops, [*stops[1:], steps + 1], strict=True):
        for name, value in held(world.interventions, first, params).items():
            p[list(theory.params).index(name)] = value
        shock[:] = 0.0
        for x in world.interventions:
            if isinstance(x, Pulse) and x.at == first:
                shock[shocks.index(x.shock)] += x.amount
                pulses[first, shocks.index(x.shock)] += x.amount
        run(first, last, theory.substeps, y, shock, p, values)
        for x in world.interventions:
            if isinstance(x, Cap) and first >= x.start and (x.end is None or first < x.end):
                k = names.index(x.society)
                y[k] = values[first, k] = min(y[k], x.most)
    of = [o.of.removeprefix("society.") for o in theory.observables.values()]
    columns = [values[:, names.index(x)] if x in names else pulses[:, shocks.index(x)] for x in of]
    return np.stack(columns, axis=1) if columns else np.empty((steps + 1, 0))


class FlowForm:
    """Theories that are differential equations; the people of a population have no part in them."""

    def check(self, theory: type[Theory], population: Population, run: Run) -> None:
        """Refuse what needs people."""
        check_people(theory, population)
        refuse_annealed(theory, run)
        if run.totals:
            raise TheoryError(
                f"totals of {run.totals[0]!r}", expected="none: a flow has no people, and so no states of people"
            )

    def estimate_bytes(self, theory: type[Theory], population: Population, worlds: int) -> int:
        """A negligible amount."""
        return 0

    def work(self, job: Job) -> StepWork:
        """World by world; there are no people."""
        n = len(job.worlds)
        return StepWork([[w] for w in range(n)], [("equations integrated world by world, without people",)] * n)

    def run(self, job: Job) -> Histories:
        """Integrate the worlds one after another."""
        refuse_saving(job)
        of = cast("type[Flow]", job.theory)
        values = np.empty((job.steps + 1, len(job.worlds), len(of.observables)))
        with np.errstate(all="ignore"):
            for w, world in enumerate(job.worlds):
                values[:, w] = _one(of, world, job.params[w], job.steps, job.run.plain)
                if job.run.progress is not None:
                    job.run.progress(job.steps)
        return Histories(tuple(of.observables), values, {}, failures(values, of))

    def frames(self, job: Job) -> Iterator[Frame]:
        """Refused: a flow has no people to draw."""
        raise TheoryError(
            f"theory {job.theory.name}, a flow", expected="a theory of people, who can be drawn",
            instead=f"groundswell simulate {job.theory.name} --plot x.svg",
        )  # fmt: skip

    def page(self, theory: type[Theory], population: Population, world: World, population_seed: int) -> Page:
        """The number of integration steps in one step."""
        return Page(substeps=cast("type[Flow]", theory).substeps)


register(Flow, FlowForm())

__all__ = ["FlowForm", "flow_text"]
