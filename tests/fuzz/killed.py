"""Commands killed at random moments (SIGKILL) and run again: the results must equal a quiet run's, byte for byte.

    python tests/fuzz/killed.py --moments 100      # 20 of them are a step of .ci/run

A killed command must leave the old results whole, or none; the same command, given again, must end well without an
option, and every file of its results must equal the quiet run's.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from fuzz import LOADED, MAPPING, STUDY, THEORY, Case, Random, _run, record, run_case

HERE = Path(__file__).resolve().parents[2]
FIT = ["fit", "t.py", "series.csv", "--observe", "turnout=turnout", "--people", "60", "--draws", "300", "--out", "out"]
COMMANDS = {
    "run": ["run", "s.toml", "--out", "out", "--threads", "1"],
    "evidence": ["evidence", "r.csv", "--codebook", "m.toml", "--out", "out"],
    "fit": [*FIT, "--threads", "1"],
    "replicate": ["replicate", "granovetter", "--out", "out"],
}


def files() -> dict[str, bytes]:
    """The inputs of all four commands."""
    chance = Random(3)
    values = [min(0.05 + 0.02 * step + 0.01 * chance.random(), 0.9) for step in range(40)]
    series = "step,turnout\n" + "".join(f"{step},{value:.4f}\n" for step, value in enumerate(values))
    bodies = {"s.toml": STUDY, "m.toml": MAPPING, "r.csv": record(chance), "t.py": THEORY, "series.csv": series}
    return {name: body.encode() for name, body in bodies.items()}


def results(folder: Path) -> dict[str, bytes]:
    """Every file of the results, without what a later run resumes from."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".groundswell" not in path.parts
    }


def start(arguments: list[str], folder: Path) -> int:
    """Start a command in a child with a group of its own."""
    child = os.fork()
    if child == 0:
        os.setsid()
        _run(arguments, folder, folder.parent / "out.txt", folder.parent / "err.txt")
    return child


def finish(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def prepare(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, body in files().items():
        (folder / name).write_bytes(body)
    return folder


def main() -> int:
    options = argparse.ArgumentParser(description="Kill commands at random moments, and run them again.")
    options.add_argument("--moments", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="killed-"))
    chance = random.Random(chosen.seed)
    loaded: set[str] = set()
    for name, arguments in COMMANDS.items():  # compiles, and finds what the commands load
        done = run_case(Case("whole", files(), arguments), 0, scratch / f"whole_{name}")
        if done.exit != 0:
            sys.exit(f"groundswell {' '.join(arguments)} ends with {done.exit}\n{done.output}")
        loaded |= set(done.loaded)
    for module in sorted(loaded):
        if module.split(".")[0] in LOADED:
            with contextlib.suppress(Exception):
                importlib.import_module(module)
    failures = []
    for number, (name, arguments) in enumerate(COMMANDS.items()):
        folder = prepare(scratch / name / "quiet")
        begin = time.monotonic()
        assert finish(start(arguments, folder)) == 0, (folder.parent / "err.txt").read_text()
        whole, seconds = results(folder / "out"), time.monotonic() - begin
        moments = chosen.moments // len(COMMANDS) + (number < chosen.moments % len(COMMANDS))
        early = 0
        for moment in range(moments):
            folder = prepare(scratch / name / str(moment))
            if moment % 3 == 2:  # over older results, which must survive
                shutil.copytree(scratch / name / "quiet" / "out", folder / "out")
            child = start(arguments, folder)
            time.sleep(seconds * chance.random())
            early += os.waitpid(child, os.WNOHANG)[0] == 0 if _alive(child) else 0
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)
            left = results(folder / "out") if (folder / "out").is_dir() else {}
            if left and left != whole:
                missing = sorted(set(whole) - set(left)) or sorted(
                    file for file in left if left[file] != whole.get(file)
                )
                failures.append(f"{name} {moment}: half a result was left: {missing[:4]}")
            code = finish(start(arguments, folder))
            if code != 0:
                said = (folder.parent / "err.txt").read_text()[-300:]
                failures.append(f"{name} {moment}: run again, it ends with {code}: {said}")
            elif (again := results(folder / "out")) != whole:
                unlike = sorted(file for file in whole.keys() | again.keys() if whole.get(file) != again.get(file))
                failures.append(f"{name} {moment}: run again, other bytes in {unlike[:4]}")
            shutil.rmtree(folder)
        print(
            f"{name:<10} {moments} moments in {seconds:.1f} s, {early} before its end, {len(whole)} files", flush=True
        )
    shutil.rmtree(scratch, ignore_errors=True)
    print("\n".join(failures))
    print(f"{chosen.moments - len(failures)} passed, {len(failures)} failed")
    return int(bool(failures))


def _alive(child: int) -> bool:
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
