"""What .ci/cluster runs in its namespaces: Slurm (two nodes), Dask (two workers) and MPI (two ranks), with kills."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FOLDER, ROOT = Path(sys.argv[1]), Path(sys.argv[2])
PYTHON = ROOT / ".venv" / "bin" / "python"
SHARDS = 4
STUDY = """[study]
name = "cluster"
title = "A study on a cluster"
theory = "deed"
seed = 7
steps = 300
draws = 8
accounts = ["substitution", "catalysis"]
[population]
people = 3000
network = "erdos_renyi"
mean_degree = 8
[arms.quiet]
[arms.act]
interventions = [{ pulse = "act", amount = 1, at = 20 }]
[effects]
act = ["act", "quiet"]
[adjudication]
test = []
"""


JUDGED = ROOT / "examples" / "kindling" / "kindling.toml"
FIT = ("--observe", "prevalence=prevalence", "--people", "300", "--draws", "640", "--threads", "1")
MPIEXEC = (
    "mpiexec", "--allow-run-as-root", "--oversubscribe", "--mca", "btl", "self,vader", "--mca", "pml", "ob1",
    "--mca", "oob_tcp_if_include", "lo", "-n", "2",  # which MPI leaves out, and nothing else exists in here
)  # fmt: skip
WORLD = ("simulate", "deed", "--people", "60000", "--steps", "60", "--threads", "1", "--network", "erdos_renyi")


def groundswell(*arguments: str, env: dict[str, str] | None = None, codes: tuple[int, ...] = (0,)) -> str:
    """Run a command; its output, or an error with what it printed."""
    done = subprocess.run(
        [PYTHON, "-m", "groundswell", *arguments], capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    if done.returncode not in codes:
        raise SystemExit(f"groundswell {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of tables and verdicts."""
    files = [*sorted((folder / "tables").glob("*.parquet")), folder / "verdicts.json"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def wait(what: str, true: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not after {seconds:g} s")
        time.sleep(0.2)


# -- Slurm -------------------------------------------------------------------------------------------------------------


def start_slurm(home: Path) -> list[subprocess.Popen[bytes]]:
    """munged, slurmctld and two slurmd, each in the background."""
    host = socket.gethostname().partition(".")[0]
    for name in ("munge", "log", "state", "spool", "pids"):
        (home / name).mkdir(parents=True)
    home.chmod(0o711)
    (home / "munge").chmod(0o711)
    key = home / "munge" / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    (home / "slurm.conf").write_text(
        f"""ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=17002
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={home}/munge/sock
CredType=cred/munge
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool/%n
SlurmctldPidFile={home}/pids/slurmctld.pid
SlurmdPidFile={home}/pids/slurmd-%n.pid
SlurmctldLogFile={home}/log/slurmctld.log
SlurmdLogFile={home}/log/slurmd-%n.log
PlugStackConfig=/dev/null
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={home}/log/jobcomp.txt
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
KillWait=2
SlurmdTimeout=10
BatchStartTimeout=5
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port=17003 CPUs=1 RealMemory=2000 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port=17004 CPUs=1 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""
    )
    os.environ["SLURM_CONF"] = str(home / "slurm.conf")
    m = home / "munge"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    made = [
        subprocess.Popen(
            ["munged", "--foreground", "--force", f"--key-file={m}/key", f"--socket={m}/sock", f"--pid-file={m}/pid",
             f"--log-file={m}/log", f"--seed-file={m}/seed"], **quiet,
        )
    ]  # fmt: skip
    wait("munged", (m / "sock").exists)
    made.append(subprocess.Popen(["slurmctld", "-D", "-i"], **quiet))
    made += [subprocess.Popen(["slurmd", "-D", "-N", node], **quiet) for node in ("n1", "n2")]

    def idle() -> bool:
        done = subprocess.run(["sinfo", "-h", "-t", "idle", "-o", "%D"], capture_output=True, text=True)
        return done.stdout.strip() == "2"

    wait("two idle nodes", idle)
    return made


def queue(job: str) -> str:
    """The tasks of an array that have not ended, with their states."""
    return subprocess.run(["squeue", "-h", "-r", "-j", job, "-o", "%i %T"], capture_output=True, text=True).stdout


def through_slurm(study: Path, whole: dict[str, str]) -> None:
    """Submit, cancel a running task, kill another, submit what is left, gather, compare."""
    daemons = start_slurm(FOLDER / "slurm")
    out = FOLDER / "by-slurm"
    submit = ("submit", str(study), "--slurm", "--shards", str(SHARDS), "--out", str(out))
    job = re.search(r"job (\d+): 4 of 4", groundswell(*submit))
    assert job is not None
    wait("a running task", lambda: "RUNNING" in queue(job[1]))
    subprocess.run(["scancel", f"{job[1]}_1"], check=True)
    kill = ["pkill", "-9", "-f", "--", f"--shard 2/{SHARDS}"]
    wait("a second task to kill", lambda: subprocess.run(kill, check=False).returncode == 0)
    wait("the end of the array", lambda: not queue(job[1]), 240)
    again = re.search(r"job (\d+): (\d+) of 4", groundswell(*submit))
    assert again is not None
    assert 1 <= int(again[2]) <= 2, again[0]
    wait("the end of the second array", lambda: not queue(again[1]), 240)
    assert "all 4 shards are finished" in groundswell(*submit)
    groundswell("gather", str(study), "--no-play", "--out", str(out))
    assert hashes(out) == whole
    files = [path.name for path in (out / "shards").iterdir() if path.name != "job.sh"]
    assert len(files) <= 2 * SHARDS, files
    print(f"Slurm: one task cancelled, one killed, {again[2]} submitted again; the same bytes", flush=True)
    fit_through_slurm()
    for daemon in reversed(daemons):
        daemon.terminate()


def fit_through_slurm() -> None:
    """The draws of a fit as an array of two tasks, gathered; against a fit in one process."""
    record = FOLDER / "prevalence.csv"
    record.write_text("date,prevalence\n" + "".join(f"{1980 + k},{0.3 + 0.01 * (k * 7 % 5)}\n" for k in range(30)))
    outs = []
    for name in ("fit-whole", "fit-cut"):
        out = FOLDER / name
        fit = ("fit", "sis", str(record), *FIT, "--out", str(out), "--tables", str(FOLDER / f"{name}-tables"))
        if name == "fit-cut":
            job = re.search(r"job (\d+): 2 of 2", groundswell(*fit, "--slurm", "2"))
            assert job is not None
            wait("the end of the draws", lambda found=job[1]: not queue(found), 120)
            fit = (*fit, "--gather")
        groundswell(*fit, codes=(0, 1))  # whether its gates pass is not asked here
        outs.append([hashlib.sha256((out / file).read_bytes()).hexdigest() for file in ("fit.json", "bands.parquet")])
    assert outs[0] == outs[1]
    print("Slurm: the draws of a fit by two tasks; the same bytes", flush=True)


# -- Dask --------------------------------------------------------------------------------------------------------------


def through_dask(study: Path, whole: dict[str, str]) -> None:
    """A scheduler and two workers, one of which is killed while it works."""
    own = FOLDER / "dask"
    own.mkdir()
    env = {**os.environ, "TMPDIR": str(own)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}
    address = "tcp://127.0.0.1:18786"
    host = ("--host", "127.0.0.1", "--no-dashboard")
    scheduler = subprocess.Popen([PYTHON, "-m", "distributed.cli.dask_scheduler", *host, "--port", "18786"], **quiet)
    place = ("--nthreads", "1", "--local-directory", str(own))
    command = [PYTHON, "-m", "distributed.cli.dask_worker", address, *host, *place]
    workers = [subprocess.Popen(command, start_new_session=True, **quiet) for _ in range(2)]
    out = FOLDER / "by-dask"
    run = subprocess.Popen(
        [PYTHON, "-m", "groundswell", "run", str(study), "--no-play", "--out", str(out),
         "--executor", f"dask:{address}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    wait("a finished lane", lambda: any((out / ".groundswell" / "parts").glob("*.npz")), 120)
    os.killpg(workers[0].pid, signal.SIGKILL)
    said, _ = run.communicate(timeout=240)
    assert run.returncode == 0, said
    assert hashes(out) == whole
    print("Dask: one of two workers killed; the same bytes", flush=True)
    for name, more in (("judged", ()), ("judged-by-dask", ("--executor", f"dask:{address}"))):
        groundswell("run", str(JUDGED), "--no-play", "--threads", "1", "--out", str(FOLDER / name), *more)
    assert hashes(FOLDER / "judged") == hashes(FOLDER / "judged-by-dask")
    print("Dask: the arms that claims are judged by; the same bytes", flush=True)
    scheduler.terminate()
    workers[1].terminate()


# -- MPI ---------------------------------------------------------------------------------------------------------------


def through_mpi(study: Path, whole: dict[str, str]) -> None:
    """A study by an executor of ranks; one world over two ranks, of which one is killed."""
    command = [*MPIEXEC, str(PYTHON), "-m", "mpi4py.futures", "-m", "groundswell", "run", str(study), "--no-play"]
    out = FOLDER / "by-mpi"
    done = subprocess.run([*command, "--executor", "mpi", "--out", str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert hashes(out) == whole
    print("MPI: a study by an executor of two ranks; the same bytes", flush=True)
    groundswell(*WORLD, "--worlds", "1", "--csv", str(FOLDER / "one.csv"))
    keep = FOLDER / "kept"
    across = [
        *MPIEXEC,
        str(PYTHON),
        "-m",
        "groundswell",
        *WORLD,
        "--across",
        "--keep",
        str(keep),
        "--keep-every",
        "0.2",
    ]
    across += ["--csv", str(FOLDER / "two.csv")]
    run = subprocess.Popen(across, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait("what is kept", lambda: any(keep.glob("*/done.json")))
    ranks = subprocess.run(["pgrep", "-P", str(run.pid)], capture_output=True, text=True).stdout.split()
    os.kill(int(ranks[-1]), signal.SIGKILL)
    _, said = run.communicate(timeout=60)
    assert run.returncode != 0
    assert said.count("groundswell:") == 1, said
    assert "a rank was lost" in said, said
    assert not (FOLDER / "two.csv").exists()
    done = subprocess.run(across, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (FOLDER / "two.csv").read_bytes() == (FOLDER / "one.csv").read_bytes()
    print("MPI: one world over two ranks, one of them killed, goes on; the same bytes", flush=True)


def main() -> None:
    """Run all, against one process."""
    study = FOLDER / "cluster.toml"
    study.write_text(STUDY)
    groundswell("run", str(study), "--no-play", "--out", str(FOLDER / "whole"), "--threads", "2")
    whole = hashes(FOLDER / "whole")
    through_slurm(study, whole)
    through_dask(study, whole)
    through_mpi(study, whole)
    print("6 passed, 0 failed")


if __name__ == "__main__":
    main()
