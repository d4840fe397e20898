"""Schelling's segregation of the public comparison of frameworks, beside Mesa in the same run.

    python benchmarks/schelling.py [--peer PYTHON] [--repeats 5] [--clock cpu] [--json FILE]

The model is that of https://github.com/JuliaDynamics/ABMFrameworksComparison (Schelling/DECLARATION.md), at the sizes
of its benchmarks: small, 1,000 agents on 50 x 50 sites who want 3 of their own group within 1 site; large, 2,000 on
100 x 100 who want 10 within 5; a hundred steps, set-up included, on one thread. Every agent looks around in every
step, as in that repository's implementations. Ours is examples/segregation.py; Mesa's is written below from the same
declaration, with Mesa's own grid and agents. --peer names an interpreter that has mesa 3.3.1 (`python -m venv PEER`
and `PEER/bin/pip install mesa==3.3.1 networkx`). The least of the repeats is stated; the two take turns. Lines are
those that are neither blank nor comments or docstrings, which is how that repository counts them.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import time
from pathlib import Path
from typing import Any

SIZES = {"small": (1000, 50, 3, 1), "large": (2000, 100, 10, 5)}  # agents, side, least, radius
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
STEPS = 100
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "segregation.py"

MESA = """
from mesa import Model
from mesa.discrete_space import CellAgent, OrthogonalMooreGrid


class Resident(CellAgent):
    def __init__(self, model, cell, group):
        super().__init__(model)
        self.cell, self.group, self.mood = cell, group, False

    def step(self):
        near = self.cell.get_neighborhood(radius=self.model.radius).agents
        self.mood = sum(other.group == self.group for other in near) >= self.model.least
        if not self.mood:
            self.cell = self.model.grid.select_random_empty_cell()


class Segregation(Model):
    def __init__(self, agents, side, least, radius, seed=None):
        super().__init__(seed=seed)
        self.least, self.radius = least, radius
        self.grid = OrthogonalMooreGrid((side, side), torus=False, capacity=1, random=self.random)
        for i in range(agents):
            Resident(self, self.grid.select_random_empty_cell(), i % 2)

    def step(self):
        self.agents.shuffle_do("step")
"""
RUN = """
import json, sys, time
size, steps, seed, clock = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), getattr(time, sys.argv[4])
begin = clock()
model = Segregation(*size, seed=seed)
for _ in range(steps):
    model.step()
took = clock() - begin
happy = sum(agent.mood for agent in model.agents) / len(model.agents)
print(json.dumps({"seconds": took, "happy": happy}))
"""


def lines_of(text: str) -> int:
    """Lines of code: neither blank, nor comments or docstrings alone; without what runs the file as a program."""
    text = text.partition('if __name__ == "__main__":')[0]
    kept = {k for k, line in enumerate(text.splitlines(), 1) if line.strip() and not line.strip().startswith("#")}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            kept -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(kept)


def ours(size: tuple[int, int, int, int], seed: int, clock: Any) -> dict[str, float]:
    """Our run: the population is built and the world simulated; the compiled code is kept from an earlier run."""
    from groundswell import PopulationSpecification, World, load_theory, simulate

    agents, side, least, radius = size
    theory = load_theory(str(EXAMPLE))
    begin = clock()
    made = PopulationSpecification(network="moore", rows=side, columns=side, radius=radius, torus=False)
    people = made.build(seed, threads=1)
    history = simulate(theory, people, [World(seed, {"agents": agents, "least": least})], STEPS, threads=1)
    return {"seconds": clock() - begin, "happy": float(history["happy"][-1, 0])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="an interpreter that has mesa")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="cpu")
    parser.add_argument("--json", help="a file for the rows")
    given = parser.parse_args()
    mine = lines_of(EXAMPLE.read_text(encoding="utf-8"))
    print(f"lines of code: {mine} ours, {lines_of(MESA)} Mesa's")
    rows = []
    clock = {"wall": "perf_counter", "cpu": "process_time"}[given.clock]
    for name, size in SIZES.items():
        ours(size, 0, CLOCKS[given.clock])  # compiles, or reads what was compiled
        best: dict[str, float] = {}
        happy: dict[str, list[float]] = {"groundswell": [], "mesa": []}
        for seed in range(1, given.repeats + 1):
            found = {"groundswell": ours(size, seed, CLOCKS[given.clock])}
            if given.peer:
                command = [given.peer, "-W", "ignore", "-c", MESA + RUN, json.dumps(size), str(STEPS), str(seed), clock]
                found["mesa"] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            for who, one in found.items():
                best[who] = min(best.get(who, float("inf")), one["seconds"])
                happy[who].append(one["happy"])
        for who, seconds in best.items():
            mean = sum(happy[who]) / len(happy[who])
            rows.append({"size": name, "who": who, "seconds": seconds, "happy": mean})
            print(f"{name:<6} {who:<12} {1000 * seconds:>9.1f} ms, {mean:.1%} happy at the end")
        if "mesa" in best:
            print(f"{name:<6} Mesa takes {best['mesa'] / best['groundswell']:,.0f} times as long")
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
