"""Time of the likelihood and of the fit of Hawkes processes, beside what the hardware allows and peers in the same run.

    python benchmarks/excitation.py [--peers PYTHON ...] [--small] [--repeats 5] [--clock wall] [--json FILE]

Tasks: one kind with a million events, and ten kinds with a hundred thousand, exponential kernels over a constant
baseline: the log-likelihood with its gradient at a given point, and the maximum likelihood fit of everything, decay
included (one decay shared by all kinds, as the peers have it). All on one thread. Every repeat runs ours and then each
peer, so that a busy machine slows all alike; the least of the repeats is stated, and "of ours" is the ratio of those.
`--clock cpu` counts the time of the process instead of the clock's, for machines that are busy with something else.

Peers run under the interpreters given (each in a separate process, as none of them is a dependency of this project):
to prepare one, `python -m venv PEERS` and `PEERS/bin/pip install hawkesbook hawkes hawkes-rs intensify hawkes-engine
HawkesPyLib tick`. A peer that is missing or fails is stated with its reason. Whether a peer answers the same is stated
too: for the likelihood, its value; for the fit, the likelihood at its optimum, by our likelihood.

The limit: to read the times once and take one exponential and one logarithm for each event, vectorised, and nothing
else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

for name in ("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
PEERS = ("hawkes-rs", "intensify", "hawkesbook", "hawkes", "HawkesPyLib", "hawkes-engine", "tick")
TASKS = ("one kind: likelihood", "one kind: fit", "ten kinds: likelihood", "ten kinds: fit")
POINT = (0.5, 0.5, 2.0)  # mu, branching, rate
SHARED_RATE = 1.4


def read(folder: str) -> dict[str, Any]:
    with np.load(Path(folder) / "records.npz") as file:
        return {k: file[k] for k in file.files}


# --- peers, under their own interpreter -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """The two records, and the point at which likelihoods are evaluated."""

    t: np.ndarray
    end: float
    times: np.ndarray
    kinds: np.ndarray
    lists: list[np.ndarray]
    end_ten: float
    mus: np.ndarray
    ns: np.ndarray  # symmetric, so that the orientation does not matter


Tasks = dict[str, Callable[[], Any]]  # each returns minus the log-likelihood, or (mu, branching, rate)


def hawkes_rs(g: Given) -> Tasks:
    mu, n, rate = POINT
    from hawkes import multivariate, univariate  # type: ignore[import-not-found]

    def fitted_ten():
        p = multivariate.fit(g.lists, g.end_ten).parameters
        return np.asarray(p.baseline), np.asarray(p.excitation).T, float(p.decay)

    def fitted_one():
        p = univariate.fit(g.t, g.end).parameters
        return p.baseline, p.excitation, p.decay

    one, ten = univariate.Parameters(mu, n, rate), multivariate.Parameters(g.mus, g.ns, SHARED_RATE)
    return {
        TASKS[0]: lambda: univariate.negative_log_likelihood_and_gradient(one, g.t, g.end)[0],
        TASKS[1]: fitted_one,
        TASKS[2]: lambda: multivariate.negative_log_likelihood_and_gradient(ten, g.lists, g.end_ten)[0],
        TASKS[3]: fitted_ten,
    }


def intensify(g: Given) -> Tasks:
    mu, n, rate = POINT
    K = 10
    import intensify  # type: ignore[import-not-found]
    from intensify import _libintensify  # type: ignore[import-not-found]

    def fitted_one():
        model = intensify.UnivariateHawkes(0.5 * g.t.size / g.end, intensify.ExponentialKernel(0.3, 1.0))
        model.fit(g.t, T=g.end)
        return model.mu, model.kernel.alpha, model.kernel.beta

    flat, out = np.concatenate([g.mus, g.ns.ravel()]), np.zeros(K + K * K)

    def ten():  # its sums hold for one decay, so they are part of the time; without the derivative in the decay
        return _libintensify.likelihood.MvExpRecursiveLogLik(g.lists, g.end_ten, SHARED_RATE).loss_and_grad(flat, out)

    return {
        TASKS[0]: lambda: _libintensify.likelihood.uni_exp_neg_ll_with_grad(g.t, g.end, mu, n, rate)[0],
        TASKS[1]: fitted_one,
        TASKS[2]: ten,
    }


def hawkesbook(g: Given) -> Tasks:
    mu, n, rate = POINT
    K = 10
    from hawkesbook import hawkes as book  # type: ignore[import-not-found]

    theta = np.array([mu, n * rate, rate])

    def both():
        book.deriv_exp_log_likelihood(g.t, g.end, theta)
        return -book.exp_log_likelihood(g.t, g.end, theta)

    def fitted_one():
        a, b, c = book.exp_mle_with_grad(g.t, g.end)
        return a, b / c, c

    ten = (g.mus, g.ns * SHARED_RATE, np.full(K, SHARED_RATE))
    return {
        TASKS[0]: both,
        TASKS[1]: fitted_one,
        TASKS[2]: lambda: -book.mutual_exp_log_likelihood(g.times, g.kinds, g.end_ten, ten),  # no gradient
    }


def hawkes(g: Given) -> Tasks:
    import Hawkes  # type: ignore[import-not-found]

    def fitted_one():
        model = Hawkes.estimator().set_kernel("exp", num_exp=1).set_baseline("const")
        model.fit(g.t, [0.0, g.end], opt=[])
        return float(model.para["mu"]), float(model.para["alpha"]), float(model.para["beta"])

    return {TASKS[1]: fitted_one}


def hawkespylib(g: Given) -> Tasks:
    mu, n, rate = POINT
    from HawkesPyLib.core import logll  # type: ignore[import-not-found]
    from HawkesPyLib.inference import ExpHawkesProcessInference  # type: ignore[import-not-found]

    theta = np.array([mu, n, 1 / rate])

    def both():
        logll.uvhp_expo_logL_grad(theta, g.t, g.end)
        return logll.uvhp_expo_logL(theta, g.t, g.end)

    def fitted_one():
        a, b, c = ExpHawkesProcessInference().estimate(g.t, g.end, return_params=True)
        return a, b, 1 / c

    return {TASKS[0]: both, TASKS[1]: fitted_one}


def hawkes_engine(g: Given) -> Tasks:
    mu, n, rate = POINT
    K = 10
    import hawkes_engine as engine  # type: ignore[import-not-found]

    codes, none = g.kinds.astype(np.uint8), np.zeros(g.t.size, np.uint8)

    def one():
        args = (np.array([mu]), np.array([[n * rate]]), np.array([rate]), g.end)
        return -engine.loglik(g.t, none, *args, grad=True, shared_decay=True)["value"]

    def ten():
        args = (g.mus, g.ns * SHARED_RATE, np.full(K, SHARED_RATE), g.end_ten)
        return -engine.loglik(g.times, codes, *args, grad=True, shared_decay=True)["value"]

    def fitted_one():
        fit = engine.fit(g.t, none, T=g.end, M=1, shared_decay=True, se_method=None, ridge_report=False)
        return fit.mu[0], fit.alpha[0, 0] / fit.beta.ravel()[0], fit.beta.ravel()[0]

    def fitted_ten():  # one decay for each source: more parameters than the others
        fit = engine.fit(g.times, codes, T=g.end_ten, M=K, shared_decay=True, se_method=None, ridge_report=False)
        decay = np.asarray(fit.beta).ravel()
        return np.asarray(fit.mu), (np.asarray(fit.alpha) / decay).T, float(decay.mean())

    return {TASKS[0]: one, TASKS[1]: fitted_one, TASKS[2]: ten, TASKS[3]: fitted_ten}


def tick(g: Given) -> Tasks:
    mu, n, rate = POINT
    from tick.hawkes import ModelHawkesExpKernLogLik  # type: ignore[import-not-found]

    one = ModelHawkesExpKernLogLik(rate, n_threads=1)
    one.fit([g.t], end_times=g.end)
    ten = ModelHawkesExpKernLogLik(SHARED_RATE, n_threads=1)
    ten.fit(g.lists, end_times=g.end_ten)
    flat = np.concatenate([g.mus, g.ns.ravel()])
    return {
        TASKS[0]: lambda: one.loss_and_grad(np.array([mu, n]))[0] * g.t.size,
        TASKS[2]: lambda: ten.loss_and_grad(flat)[0] * g.times.size,
    }


BY_NAME = {
    "hawkes-rs": hawkes_rs,
    "intensify": intensify,
    "hawkesbook": hawkesbook,
    "hawkes": hawkes,
    "HawkesPyLib": hawkespylib,
    "hawkes-engine": hawkes_engine,
    "tick": tick,
}


def serve(folder: str) -> None:
    """Answer requests, one JSON line each: a peer and a task, with the clock; the first call of each is not timed."""
    data = read(folder)
    times, kinds = data["ten"], data["ten_kinds"]
    lists = [times[kinds == k] for k in range(10)]
    symmetric = np.full((10, 10), 0.05)
    given = Given(
        data["one"], float(data["one_end"]), times, kinds, lists, float(data["ten_end"]), np.full(10, 0.3), symmetric
    )
    known: dict[tuple[str, str], Callable[[], Any]] = {}
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what peers print goes elsewhere
    for line in sys.stdin:
        asked = json.loads(line)
        answer: dict[str, Any]
        try:
            key = (asked["peer"], asked["task"])
            if key not in known:
                known[key] = BY_NAME[key[0]](given)[key[1]]
                if "likelihood" in key[1]:
                    known[key]()  # compiles
            clock = CLOCKS[asked["clock"]]
            begin = clock()
            value = known[key]()
            seconds = clock() - begin
            plain = [np.asarray(v, dtype=float).tolist() for v in value] if isinstance(value, tuple) else float(value)
            answer = {"seconds": seconds, "value": plain}
        except KeyError:
            answer = {"absent": "does not do it"}
        except Exception as error:
            answer = {"absent": f"{type(error).__name__}: {error}"[:90]}
        channel.write(json.dumps(answer) + "\n")
        channel.flush()


# --- ours -------------------------------------------------------------------------------------------------------------


def limit(times: np.ndarray, clock: Callable[[], float], repeats: int) -> float:
    """Seconds to read the times once and take an exponential and a logarithm for each, in cached blocks."""
    import numba as nb

    from groundswell.estimators.excitation.continuous_kernels import exponential, logarithm

    @nb.njit(fastmath={"contract", "nsz", "arcp", "nnan", "ninf"})
    def least(x, block, sums):
        for start in range(0, x.size - block.size, block.size):
            for i in range(block.size):
                block[i] = exponential(-1e-9 * x[start + i])
            for i in range(block.size):
                sums[i] += logarithm(block[i])

    least(times, np.empty(1024), np.zeros(1024))
    found = []
    for _ in range(repeats):
        begin = clock()
        least(times, np.empty(1024), np.zeros(1024))
        found.append(clock() - begin)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a smoke test: a fiftieth of the events")
    parser.add_argument("--peers", action="append", default=[], help="an interpreter that has peers; may be repeated")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--fits", type=int, default=2, help="repeats of a peer's fit, which may take a minute")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall")
    parser.add_argument("--only", choices=PEERS, action="append", help="these peers alone")
    parser.add_argument("--json", help="a file for the rows")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    from groundswell.estimators.excitation.continuous import fit_hawkes
    from groundswell.estimators.excitation.continuous_newton import log_likelihood, maximum_likelihood
    from groundswell.estimators.excitation.continuous_simulation import simulate_hawkes

    clock = CLOCKS[given.clock]
    share = 50 if given.small else 1
    K = 10
    one_end, ten_end = 1_000_000.0 / share, 10_100.0 / share
    one = simulate_hawkes(POINT[0], POINT[1], half_life=np.log(2) / POINT[2], end=one_end, seed=1).times
    rng = np.random.default_rng(3)
    n = rng.uniform(0, 0.1, (K, K)) * (rng.uniform(size=(K, K)) < 0.6) + 0.2 * np.eye(K)
    n *= 0.7 / np.abs(np.linalg.eigvals(n)).max()
    ten = simulate_hawkes(np.full(K, 0.3), n, half_life=np.log(2) / SHARED_RATE, end=ten_end, seed=2)
    mus, ns = np.full(K, 0.3), np.full((K, K), 0.05)

    def ours(task: str) -> Any:
        if task == TASKS[0]:
            return -log_likelihood(one, *POINT, end=one_end)[0]
        if task == TASKS[1]:
            found = maximum_likelihood(one, end=one_end)
        elif task == TASKS[2]:
            return -log_likelihood(ten.times, mus, ns, SHARED_RATE, end=ten_end, kinds=ten.kinds)[0]
        else:
            found = maximum_likelihood(ten.times, end=ten_end, kinds=ten.kinds, decay="shared")
        return found.mu, found.branching, found.rate

    def at(task: str, value: Any) -> float:
        """The log-likelihood of an answer, by our likelihood; branching may be the wrong way round."""
        if "likelihood" in task:
            return -float(value)
        mu, found, rate = (np.asarray(v, dtype=float) for v in value)
        if task == TASKS[1]:
            return log_likelihood(one, mu, found, rate, end=one_end)[0]
        ways = (log_likelihood(ten.times, mu, x, rate, end=ten_end, kinds=ten.kinds)[0] for x in (found, found.T))
        return max(ways)

    for task in TASKS:
        ours(task)  # compiles
    print(f"{one.size:,} events of one kind, {ten.times.size:,} of ten; one thread, {given.clock} clock")
    least = {"one": limit(one, clock, 5), "ten": limit(ten.times, clock, 5)}
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        records = {"one": one, "one_end": one_end, "ten": ten.times, "ten_kinds": ten.kinds, "ten_end": ten_end}
        np.savez(Path(folder) / "records.npz", **records)
        workers = [
            subprocess.Popen(
                [python, "-W", "ignore", __file__, "--serve", folder],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
            for python in given.peers
        ]  # fmt: skip

        def ask(worker: subprocess.Popen, peer: str, task: str) -> dict[str, Any]:
            assert worker.stdin is not None
            assert worker.stdout is not None
            try:
                worker.stdin.write(json.dumps({"peer": peer, "task": task, "clock": given.clock}) + "\n")
                worker.stdin.flush()
                line = worker.stdout.readline()
            except BrokenPipeError:
                line = ""
            return json.loads(line) if line else {"absent": "its process ended"}

        for task in TASKS:
            fit = "fit" in task
            seconds: list[float] = []
            theirs: dict[tuple[int, str], list[float]] = {}
            values: dict[tuple[int, str], Any] = {}
            absent: dict[tuple[int, str], str] = {}
            mine = None
            for repeat in range(given.repeats):
                begin = clock()
                mine = ours(task)
                seconds.append(clock() - begin)
                for i, worker in enumerate(workers):
                    for peer in given.only or PEERS:
                        if (i, peer) in absent or (fit and repeat >= given.fits):
                            continue
                        answer = ask(worker, peer, task)
                        if "absent" in answer:
                            absent[i, peer] = answer["absent"]
                        else:
                            theirs.setdefault((i, peer), []).append(answer["seconds"])
                            values[i, peer] = answer["value"]
            bound = least[task.split()[0]]
            row: dict[str, Any] = {
                "task": task,
                "seconds": min(seconds),
                "slowest": max(seconds),
                "limit": bound,
                "log_likelihood": at(task, mine),
                "peers": {},
            }
            print(
                f"\n{task}: ours {1e3 * min(seconds):.1f} ms (to {1e3 * max(seconds):.1f}), limit {1e3 * bound:.1f} ms"
            )
            for key in sorted(theirs, key=lambda key: min(theirs[key])):
                took, reached = min(theirs[key]), at(task, values[key])
                same = abs(reached - row["log_likelihood"]) < 1e-6 * abs(row["log_likelihood"])
                words = "same" if same else f"{reached - row['log_likelihood']:+.3g} in log-likelihood"
                print(f"  {key[1]:14} {1e3 * took:10.1f} ms {took / min(seconds):8.1f} of ours   {words}")
                row["peers"][key[1]] = {
                    "seconds": took,
                    "of_ours": took / min(seconds),
                    "same": same,
                    "reached": reached,
                }
            for key, reason in absent.items():
                if reason != "does not do it":
                    print(f"  {key[1]:14} left out: {reason}")
            rows.append(row)
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.close()
            worker.wait()
    begin = clock()
    fit_hawkes(one[:2000], end=float(one[2000]))
    print(f"\nfit_hawkes, 2,000 events, default baseline, profile interval, test and checks: {clock() - begin:.2f} s")
    if given.json:
        with open(given.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
