"""Turns a second of Epstein's civil violence on grids of three sizes, beside peers in the same run and the hardware.

    python benchmarks/grid.py [--peers PYTHON] [--small] [--repeats 5] [--clock wall] [--json FILE]

Task: run 2 of Model I (agent density 0.7, cops 0.04, vision 7, legitimacy 0.82, jail up to 30 periods, the whole part
of C/A) on 40 x 40, 1,000 x 1,000 and 4,000 x 4,000 sites, on one thread, from period 20 on. A turn is one person or cop
whose turn it is in a period, those in jail among them. The least of the repeats is stated.

Peers, in the same run:
- `civil_violence.c`, the same model by hand in C, compiled here with `cc -O3 -march=native` where there is a compiler;
- Mesa's own Civil Violence example, where --peers names an interpreter that has mesa 3.3.1 and networkx, its parameters
  set to those of run 2; its rule rounds C/A, its vision is von Neumann, its agents decide before they move, and it
  collects data of each agent, as shipped. To prepare one: `python -m venv PEERS` and `PEERS/bin/pip install mesa==3.3.1
  networkx`. On 1,000 x 1,000 it needs minutes and gigabytes for its set-up alone: it is timed at 40 x 40 and at 120 x
  120. It slows as grids grow, so that larger grids of ours are compared, in its favour, with its 120 x 120.
- MASON has no package that Python's or Debian's registries carry: the 141,000 to 344,000 turns a second that it is
  compared with were taken down for this project's goals on another day, and are stated as such.

The limit: random reads of a line of memory for each turn, from an array of the size of the world, eight in flight at a
time: nothing that looks at a random agent can be faster than one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for name in ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
SIZES = {40: 2000, 1000: 10, 4000: 1}  # side: periods a repeat
WARM = 20  # periods before the clock starts: the first outburst, of everyone at once, is over
MASON = (141_000, 344_000)

MESA = """
import json, sys, time
from mesa.examples.advanced.epstein_civil_violence.model import EpsteinCivilViolence
side, periods, clock = int(sys.argv[1]), int(sys.argv[2]), getattr(time, sys.argv[3])
model = EpsteinCivilViolence(width=side, height=side, citizen_density=0.7, cop_density=0.04, citizen_vision=7,
                             cop_vision=7, legitimacy=0.82, max_jail_term=30, max_iters=10**9, seed=1)
model.step()
begin = clock()
for _ in range(periods):
    model.step()
print(json.dumps({"seconds": clock() - begin, "turns": periods * len(model.agents)}))
"""


class Ours:
    """A world of the theory, moved on by a number of periods at a time."""

    def __init__(self, side: int) -> None:
        from groundswell.engine import process
        from groundswell.engine.worlds import World
        from groundswell.population.population import on_grid
        from groundswell.theories.epstein import Epstein

        population = on_grid(side, side)
        params = Epstein.parameters({"reading": 1.0})
        traits = process.draw_traits(Epstein, population, params, 1)
        self.world = process._World(Epstein, population, World(1, {"reading": 1.0}), params, traits, (), False)
        self.values = np.zeros((1 << 20, len(Epstein.observables)), np.float64)
        self.place = list(Epstein.observables).index("rebels")
        self.now = 1
        w = self.world
        w.loop.start(w.people, w.society, w.p, w.ties, w.grid, w.seed, self.values[0])
        self.people = int(w.society.roster)

    def run(self, periods: int) -> int:
        """Move on; returns the turns taken."""
        w, last = self.world, self.now + periods
        w.loop.run(w.people, w.society, w.p, w.ties, w.grid, w.seed, self.now, last, self.values, np.zeros((0, 1)))
        self.now = last
        return periods * self.people

    def active(self, periods: int) -> float:
        """The mean of people active over the last periods."""
        return float(self.values[self.now - periods : self.now, self.place].mean())


def gathers(lines: int, clock: Any) -> float:
    """Random reads a second of lines of 64 bytes, from as many lines, eight in flight."""
    import numba as nb

    @nb.njit
    def read(memory, at, rounds):
        total = np.zeros(8, np.int64)
        for _ in range(rounds):
            for k in range(8):  # eight chains that do not depend on each other
                at[k] = (at[k] * 6364136223846793005 + 1442695040888963407) & 0x7FFFFFFFFFFFFFFF
                total[k] += memory[((at[k] >> 20) * 8) % memory.size]
        return total.sum()

    memory = np.ones(8 * lines, np.int64)
    at = np.arange(8) * 7919
    read(memory, at, 1000)
    begin = clock()
    read(memory, at, 500_000)
    return 4_000_000 / (clock() - begin)


def by_hand(folder: str) -> str | None:
    """The peer in C, compiled; None where there is no compiler or it fails."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    target = str(Path(folder) / "civil_violence")
    source = str(Path(__file__).with_suffix("").parent / "civil_violence.c")
    made = subprocess.run([compiler, "-O3", "-march=native", "-o", target, source, "-lm"], capture_output=True)
    return target if made.returncode == 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a smoke test: 40 x 40 alone, few periods")
    parser.add_argument("--peers", help="an interpreter that has mesa")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall")
    parser.add_argument("--json", help="a file for the rows")
    given = parser.parse_args()
    clock = CLOCKS[given.clock]
    sizes = {40: 100} if given.small else SIZES
    rows: list[dict[str, Any]] = []

    def words(side: int, who: str, rate: float, more: str = "") -> None:
        rows.append({"side": side, "who": who, "turns_per_second": rate})
        print(f"{side:>5} x {side:<5} {who:<34} {rate:>14,.0f} turns/s  {more}", flush=True)

    mesa: dict[int, float] = {}
    if given.peers:
        for side, periods in ((40, 3),) if given.small else ((40, 40), (120, 3)):
            command = [given.peers, "-W", "ignore", "-c", MESA, str(side), str(periods),
                       {"wall": "perf_counter", "cpu": "process_time"}[given.clock]]  # fmt: skip
            best = 0.0
            for _ in range(1 if given.small else 3):
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode != 0:
                    print(f"Mesa did not run: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
                    break
                answer = json.loads(done.stdout)
                best = max(best, answer["turns"] / answer["seconds"])
            if best:
                words(side, "Mesa 3.3.1, its own example", best)
                mesa[side] = best
    with tempfile.TemporaryDirectory() as folder:
        compiled = by_hand(folder)
        for side, periods in sizes.items():
            peer = None
            if compiled:
                peer = subprocess.Popen(
                    [compiled, str(side), str(WARM), str(periods), "1"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                )  # fmt: skip
            world = Ours(side)
            world.run(WARM)
            ours, means = 0.0, []
            theirs = 0.0
            for _ in range(given.repeats):  # ours and the peer in turn, so that a busy machine slows both alike
                begin = clock()
                turns = world.run(periods)
                ours = max(ours, turns / (clock() - begin))
                means.append(world.active(periods))
                if peer is not None and peer.stdin is not None and peer.stdout is not None:
                    peer.stdin.write("\n")
                    peer.stdin.flush()
                    cpu, wall, taken = (float(x) for x in peer.stdout.readline().split()[:3])
                    theirs = max(theirs, taken / (cpu if given.clock == "cpu" else wall))
            if peer is not None:
                peer.communicate()
            more = [f"{np.mean(means) / world.people:.1%} active"]
            if theirs:
                more.append(f"{ours / theirs:.2f} of C")
            if mesa:
                at = max(s for s in mesa if s <= side)
                more.append(f"{ours / mesa[at]:,.0f} x Mesa at {at} x {at}")
            more.append(f"{ours / MASON[1]:.0f}-{ours / MASON[0]:.0f} x MASON, as taken down")
            words(side, "groundswell", ours, ", ".join(more))
            if theirs:
                words(side, "by hand in C", theirs)
            words(side, "limit: one line of memory a turn", gathers(max(side * side // 2, 1), clock))
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
