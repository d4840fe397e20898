"""Counts of places beside R's `surveillance`: the same models, the same numbers, and the time of both.

    python benchmarks/surveillance.py [--install]

`--install` gets R and the package from Debian (apt-get install r-cran-surveillance, as root). R fits its own records
(influMen, measlesWeserEms), writes them to a temporary folder, and `fit_neighbours` fits them again; nothing of them is
kept. It ends with 1 where a log-likelihood differs by .005, or another number in its third digit.

Not compared: `imdepi`, whose marked point process on polygons has no counterpart here (`fit_spread` asks for the first
event of each place, `fit_hawkes` for places without population).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from groundswell.estimators.excitation.neighbours import NeighbourFit, fit_neighbours

SCRIPT = r"""
suppressMessages(library(surveillance)); options(digits = 12)
to <- commandArgs(TRUE)[1]
put <- function(x, name) write.table(x, file.path(to, name), sep = ",", row.names = FALSE, col.names = FALSE)
data("influMen"); flu <- disProg2sts(influMen); men <- flu[, "meningococcus"]
neighbourhood(flu)["meningococcus", "influenza"] <- 0
data("measlesWeserEms"); m <- measlesWeserEms
put(observed(flu), "flu"); put(observed(m), "measles"); put(population(m), "people"); put(neighbourhood(m), "orders")
own <- ~ -1 + fe(1, unitSpecific = TRUE)
year <- addSeason2formula(~1, period = 52)
line <- addSeason2formula(~1 + t, period = 52)
near <- neighbourhood(m) == 1
base <- list(ar = list(f = ~1), ne = list(f = ~1, weights = near), end = list(f = line, offset = population(m)),
             family = "NegBin1")
ri <- ~ -1 + ri(type = "iid", corr = "all")
models <- list(
  "influMen: endemic" = function() hhh4(men, list(end = list(f = year), family = "NegBin1")),
  "influMen: own past" = function() hhh4(men, list(ar = list(f = ~1), end = list(f = year), family = "NegBin1")),
  "influMen: two kinds, one pair" = function() hhh4(flu, list(ar = list(f = own),
    ne = list(f = ~1, weights = neighbourhood(flu)),
    end = list(f = addSeason2formula(own, S = c(3, 1), period = 52)), family = "NegBinM")),
  "measles: pooled" = function() hhh4(m, base),
  "measles: Poisson" = function() hhh4(m, modifyList(base, list(family = "Poisson"))),
  "measles: power law of order" = function() hhh4(m, modifyList(base, list(ne = list(weights = W_powerlaw(5))))),
  "measles: neighbours by population" = function() hhh4(m, modifyList(base, list(ne = list(f = ~1 + log(people)),
    data = list(people = population(m))))),
  "measles: random intercepts, endemic" = function() hhh4(m, modifyList(base, list(end = list(
    f = addSeason2formula(~ -1 + t + ri(type = "iid"), period = 52))))),
  "measles: random intercepts, correlated" = function() hhh4(m, modifyList(base, list(ar = list(f = ri),
    ne = list(f = ri), end = list(f = addSeason2formula(~ -1 + t + ri(type = "iid", corr = "all"), period = 52))))))
for (name in names(models)) {
  took <- system.time(fit <- suppressWarnings(models[[name]]()))
  v <- coef(fit)
  sds <- if (is.null(fit$Sigma)) numeric(0) else sqrt(diag(fit$Sigma))
  cat("{\"model\": \"", name, "\", \"value\": ", fit$loglikelihood, ", \"marginal\": ",
      if (length(sds)) fit$margll else 0, ", \"own\": ", if ("ar.1" %in% names(v)) exp(v["ar.1"]) else 0,
      ", \"power\": ", if ("neweights.d" %in% names(v)) v["neweights.d"] else 0,
      ", \"sd\": [", paste(sds, collapse = ", "), "], \"seconds\": ", sum(took[1:2]), "}\n", sep = "")
}
"""


def of_r(folder: Path) -> dict[str, dict[str, Any]]:
    """What R finds, by model; its records lie in the folder afterwards."""
    script = folder / "fits.R"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(["Rscript", str(script), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Rscript failed: {done.stderr.strip()[-400:]}")
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {row["model"]: row for row in rows}


def ours(folder: Path) -> dict[str, Any]:
    """The same fits, by model, each a function."""
    flu, measles, people, orders = (
        np.loadtxt(folder / name, delimiter=",", ndmin=2) for name in ("flu", "measles", "people", "orders")
    )
    near = (orders == 1).astype(float)

    def year(T: int, S: int = 1) -> dict[str, np.ndarray]:
        t = 2 * np.pi * np.arange(T) / 52
        return {f"{w} {s}": f(s * t) for s in range(1, S + 1) for w, f in (("sine", np.sin), ("cosine", np.cos))}

    plain: dict[str, Any] = {"harmonics": 0, "trend": False, "permutations": 0}
    season = {"endemic": year(len(flu))}
    apart = {  # three pairs for influenza, one for meningococci
        f"{name} {i}": values[:, None] * np.eye(2)[i]
        for i, S in ((0, 3), (1, 1))
        for name, values in year(len(flu), S).items()
    }
    line = {"endemic": {"line": np.arange(len(measles)).astype(float), **year(len(measles))}}
    base: dict[str, Any] = {**plain, "size": people, "covariates": line}
    one: dict[str, Any] = {**base, "normalise": False}
    people_too = {**line, "neighbours": {"people": np.log(people)}}
    alone = {**plain, "neighbours": "none", "covariates": season}
    pair = np.array([[0.0, 1.0], [0.0, 0.0]])
    all_random = {"own": "random", "neighbours": "random", "endemic": "random"}
    return {
        "influMen: endemic": lambda: fit_neighbours(flu[:, 1:], own="none", **alone),
        "influMen: own past": lambda: fit_neighbours(flu[:, 1:], **alone),
        "influMen: two kinds, one pair": lambda: fit_neighbours(
            flu, pair, own="each", endemic="each", dispersion="each", normalise=False,
            covariates={"endemic": apart}, **plain,
        ),
        "measles: pooled": lambda: fit_neighbours(measles, near, **one),
        "measles: Poisson": lambda: fit_neighbours(measles, near, family="poisson", **one),
        "measles: power law of order": lambda: fit_neighbours(measles, orders, power=True, **base),
        "measles: neighbours by population": lambda: fit_neighbours(
            measles, near, **(one | {"covariates": people_too})
        ),
        "measles: random intercepts, endemic": lambda: fit_neighbours(measles, near, endemic="random", **one),
        "measles: random intercepts, correlated": lambda: fit_neighbours(measles, near, **all_random, **one),
    }  # fmt: skip


def differ(theirs: dict[str, Any], fit: NeighbourFit) -> list[str]:
    """What is not the same."""
    found = [] if abs(theirs["value"] - fit.log_likelihood) < 0.005 else ["log-likelihood"]
    pairs = [("marginal", theirs["marginal"], fit.marginal)]
    if theirs["own"] and fit.own is not None and "two kinds" not in theirs["model"]:
        pairs.append(("own", theirs["own"], fit.own.value))
    if fit.power is not None:
        pairs.append(("power", theirs["power"], fit.power.value))
    pairs += [(f"sd {i + 1}", a, b) for i, (a, b) in enumerate(zip(theirs["sd"], fit.random_sd, strict=True))]
    return found + [name for name, a, b in pairs if abs(a - b) > 5e-4 * max(abs(a), 1e-3)]


def main(arguments: list[str] | None = None) -> int:
    """Fit, print the table, and say 1 where a number differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--install", action="store_true", help="get R and the package from Debian first")
    given = parser.parse_args(arguments)
    if given.install:
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "r-cran-surveillance"], check=True)
    if shutil.which("Rscript") is None:
        print("no Rscript here; with --install it comes from Debian", file=sys.stderr)
        return 2
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        theirs = of_r(Path(name))
        print("| model | theirs | ours | other numbers | CPU s, theirs | ours | |\n|---|---|---|---|---|---|---|")
        for model, fitted in ours(Path(name)).items():
            fitted()  # warm
            begin = time.process_time()
            fit = fitted()
            took, r = time.process_time() - begin, theirs[model]
            unlike = differ(r, fit)
            bad += bool(unlike)
            own = "" if fit.own is None else f"own {fit.own.value:.4f}"
            power = "" if fit.power is None else f"power {fit.power.value:.3f}"
            sd = "" if not fit.random_sd.size else "sd " + ", ".join(f"{x:.3f}" for x in fit.random_sd)
            said = "; ".join(x for x in (own, power, sd) if x)
            print(
                f"| {model} | {r['value']:.2f} | {fit.log_likelihood:.2f} | {said} | {r['seconds']:.3f} | {took:.3f} | "
                f"{'' if not unlike else 'differs: ' + ', '.join(unlike)} |"
            )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
