"""Commands killed at random moments (SIGKILL), or on a full disk, and run again: results must equal a quiet run's.

    python tests/fuzz/killed.py --moments 100      # by hand
    python tests/fuzz/killed.py --moments 4 --spare late      # make killed, a step of .ci/run

A killed command must leave the old results whole, or none; the same command, given again, must end well without an
option, and every file of its results must equal the quiet run's, byte for byte. So must one that ran out of space, and
say so in a sentence. The full disk is a small file system in memory; only root can make one, and others skip it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from fuzz import MAPPING, RUN, STUDY, THEORY, Random, record, run_command

LOADED = (
    "app",
    "cli",
    "engine.simulate",
    "experiment.runner",
    "report.dossier",
    "report.evidence_dossier",
    "calibrate.fit",
)
FIT = ["fit", "t.py", "series.csv", "--observe", "turnout=turnout", "--people", "60", "--draws", "384", "--out", "out"]
COMMANDS = {
    "run": ["run", "s.toml", *RUN],
    "evidence": ["evidence", "r.csv", "--codebook", "m.toml", "--out", "out"],
    "fit": [*FIT, "--threads", "1"],
    "replicate": ["replicate", "burbeck", "--out", "out"],
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


def start(arguments: list[str], folder: Path, said: Path | None = None) -> int:
    """Start a command in its own process group, which writes to files in `said`; its process.

    It is forked from this process, which has loaded what commands load and has run none of it.
    """
    said = said or folder.parent
    child = os.fork()
    if child == 0:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out.txt"), (2, "err.txt")):
            os.dup2(os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        try:
            os._exit(run_command(arguments, folder))
        finally:
            os._exit(71)
    return child


def finish(child: int) -> int:
    """Wait for its end: the exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def prepare(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, body in files().items():
        (folder / name).write_bytes(body)
    return folder


SPARES = {"at once": 0.0, "soon": 1 / 8, "half way": 1 / 2, "late": 1.0}  # of the size of the results


def _note(failures: list[str], found: str) -> None:
    """Keep a failure, and print it at once: a run that is stopped has shown what it found."""
    failures.append(found)
    print(found, flush=True)


def on_a_full_disk(scratch: Path, ends: Mapping[str, int], spares: Sequence[str]) -> list[str]:
    """Run every command where space ends at once, soon, or late; then with space: what was wrong."""
    disk, failures, refused = scratch / "disk", [], 0
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(disk)], check=False).returncode:
        print("full disk  skipped: no file system can be mounted here")
        return failures
    try:
        for name, arguments in COMMANDS.items():
            folder = prepare(disk / name)  # one folder, since results name theirs
            assert finish(start(arguments, folder, scratch)) == ends[name]
            whole = results(folder / "out")
            size = sum(map(len, whole.values()))
            for spare in (int(size * SPARES[when]) for when in spares):
                shutil.rmtree(folder)
                prepare(folder)
                free = shutil.disk_usage(disk).free
                with (disk / "fill").open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, max(free - spare, 1))
                code, words = finish(start(arguments, folder, scratch)), (scratch / "err.txt").read_text()
                refused += code == 2
                if code not in (ends[name], 2) or (code == 2 and "No space left" not in words) or "Traceback" in words:
                    _note(failures, f"{name}, {spare} bytes free: it ends with {code}: {words[-300:]}")
                left = results(folder / "out") if (folder / "out").is_dir() else {}
                if left and left != whole:
                    _note(failures, f"{name}, {spare} bytes free: half a result was left: {sorted(left)[:4]}")
                (disk / "fill").unlink()
                if finish(start(arguments, folder, scratch)) != ends[name] or results(folder / "out") != whole:
                    _note(failures, f"{name}, after a full disk: {(scratch / 'err.txt').read_text()[-300:]}")
            shutil.rmtree(folder)
        print(f"full disk  {len(spares) * len(COMMANDS)} runs, {refused} refused")
        return failures
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def main() -> int:
    options = argparse.ArgumentParser(description="Kill commands at random moments, and run them again.")
    options.add_argument("--moments", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--spare", choices=SPARES, help="when space ends on the full disk; by default each in turn")
    chosen = options.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="killed-"))
    for name in LOADED:
        importlib.import_module(f"groundswell.{name}")
    chance = random.Random(chosen.seed)
    failures, ends = [], {}
    for number, (name, arguments) in enumerate(COMMANDS.items()):
        folder = prepare(scratch / name / "here")  # one folder, since results name theirs
        assert finish(start(arguments, folder)) in (0, 1)  # compiles
        shutil.rmtree(folder)
        prepare(folder)
        begin = time.monotonic()
        ends[name] = finish(start(arguments, folder))
        assert ends[name] in (0, 1), (folder.parent / "err.txt").read_text()
        whole, seconds = results(folder / "out"), time.monotonic() - begin
        shutil.copytree(folder / "out", scratch / name / "older")
        moments = chosen.moments // len(COMMANDS) + (number < chosen.moments % len(COMMANDS))
        early = 0
        for moment in range(moments):
            shutil.rmtree(folder)
            prepare(folder)
            if moment % 3 == 2:  # over older results, which must survive
                shutil.copytree(scratch / name / "older", folder / "out")
            child = start(arguments, folder)
            time.sleep(seconds * chance.random())
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            early += finish(child) == -signal.SIGKILL
            left = results(folder / "out") if (folder / "out").is_dir() else {}
            if left and left != whole:
                missing = sorted(set(whole) - set(left)) or sorted(
                    file for file in left if left[file] != whole.get(file)
                )
                _note(failures, f"{name} {moment}: half a result was left: {missing[:4]}")
            code = finish(start(arguments, folder))
            if code != ends[name]:
                said = (folder.parent / "err.txt").read_text()[-300:]
                _note(failures, f"{name} {moment}: run again, it ends with {code}: {said}")
            elif (again := results(folder / "out")) != whole:
                unlike = sorted(file for file in whole.keys() | again.keys() if whole.get(file) != again.get(file))
                _note(failures, f"{name} {moment}: run again, other bytes in {unlike[:4]}")
        print(
            f"{name:<10} {moments} moments in {seconds:.1f} s, {early} before its end, {len(whole)} files", flush=True
        )
    if os.geteuid() == 0:
        failures += on_a_full_disk(scratch, ends, [chosen.spare] if chosen.spare else list(SPARES))
    else:
        print("full disk  skipped: only root can mount a small one")
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{len(failures)} failed")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
