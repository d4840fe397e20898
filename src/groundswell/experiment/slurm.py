"""A study or a fit as an array of Slurm tasks, one for each shard that is not finished."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundswell.errors import OutputError
from groundswell.experiment.shards import FOLDER, Shard, Work, missing_shards
from groundswell.files import check_writable, write_bytes


@dataclass(frozen=True)
class Submission:
    """What was submitted.

    Parameters
    ----------
    job : Slurm's number for the array; None where every shard was finished already.
    script : the batch script.
    shards : the numbers submitted, of `of`.
    """

    job: str | None
    script: Path
    shards: tuple[int, ...]
    of: int


def submit(
    work: Work,
    name: str,
    command: Sequence[str],
    out: str | Path,
    shards: int,
    *,
    threads: int = 1,
    options: Sequence[str] = (),
) -> Submission:
    """Write a batch script for the shards that are not finished, and hand it to sbatch.

    Each task writes two files: its shard, and its log. Submitting again submits the remaining shards.

    Parameters
    ----------
    work : of a study or a fit (`groundswell.app.shards`).
    name : of the job, after "groundswell-".
    command : the arguments of `groundswell` that simulate a shard, without --shard, --out and --threads; every node
        must find the files in it at the same paths.
    out : the folder of the results, to which every node can write.
    shards : how many to cut the work into; a division that was begun is kept.
    threads : of each task (``--cpus-per-task``).
    options : of sbatch, such as ``--time=01:00:00``.

    Raises
    ------
    StudyError : no such division.
    OutputError : the folder cannot be written to, there is no sbatch, or sbatch refused the array, with what it said.
    """
    Shard(1, shards)
    out = Path(out).resolve()
    check_writable(out)
    begun, left = missing_shards(work, out)
    if begun not in (0, shards):
        raise OutputError(
            f"{out} holds shards of {begun}, and {shards} were requested",
            expected="one division of the work",
            instead=f"--shards {begun}, or another folder",
        )
    left = left if begun else list(range(1, shards + 1))
    script = out / FOLDER / "job.sh"
    if begun and not left:
        return Submission(None, script, (), shards)
    named = [str(Path(part).resolve()) if Path(part).is_file() else part for part in command]
    task = [sys.executable, "-P", "-m", "groundswell", *named, "--out", str(out), "--threads", str(threads)]
    lines = [
        "#!/bin/bash",
        f"#SBATCH --job-name=groundswell-{name}",
        f"#SBATCH --array={','.join(map(str, left))}",
        f"#SBATCH --cpus-per-task={threads}",
        f"#SBATCH --output={out / FOLDER / 'log-%a.txt'}",
        *(f"#SBATCH {option}" for option in options),
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1",
        f'exec {shlex.join(task)} --shard "$SLURM_ARRAY_TASK_ID/{shards}"',
    ]
    write_bytes(script, ("\n".join(lines) + "\n").encode())
    if shutil.which("sbatch") is None:
        raise OutputError(
            "this machine has no sbatch",
            expected="a machine that can submit to Slurm",
            instead=f"copy the script and submit it there: sbatch {script}",
        )
    done = subprocess.run(["sbatch", "--parsable", str(script)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OutputError(
            f"sbatch refused {script}: {done.stderr.strip() or done.returncode}",
            expected="an array that Slurm accepts",
            instead="change the options, or submit the script by hand",
        )
    return Submission(done.stdout.strip().partition(";")[0], script, tuple(left), shards)


__all__ = ["Submission", "submit"]
