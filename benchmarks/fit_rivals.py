"""Whether odds of rivals are right as often as they say: fresh records of two theories, judged by one chooser.

    python benchmarks/fit_rivals.py [--draws 1024] [--records 192]

Activity that people can be won over to again (`sis`) and to which they cannot (`sir`), on 300 people over 60 steps, as
`groundswell fit sis RECORD --rival sir` compares them. Fresh records get odds, or none if the classifiers disagree; by
class of the probability that is stated for `sis`, the share of records that were of it. Then two records of neither.
"""

from __future__ import annotations

import argparse
from itertools import pairwise

import numpy as np

from groundswell.calibrate.choice import AGREE, WIDE, chooser
from groundswell.calibrate.fit import FitSettings, kinship
from groundswell.calibrate.observed import of_arrays
from groundswell.calibrate.posterior import Kinship
from groundswell.calibrate.priors import LogUniform
from groundswell.calibrate.reference import BLOCK, simulate_block
from groundswell.theories.sir import Sir
from groundswell.theories.sis import Sis
from groundswell.theory import Theory, Uniform

STEPS = 60
POPULATION = {"network": "erdos_renyi", "people": 300, "mean_degree": 8.0}
START, CONTAGION, ENDING = Uniform(0.01, 0.2), LogUniform(0.01, 0.1), LogUniform(0.02, 0.3)
EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def kin_of(theory: type[Theory], ending: str) -> Kinship:
    """A theory with priors that overlap with the other's."""
    priors = {"start": START, "contagion": CONTAGION, ending: ENDING}
    record = of_arrays({"prevalence": np.zeros(STEPS)})
    return kinship(theory, record, POPULATION, settings=FitSettings(before=0), priors=priors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1024)
    parser.add_argument("--records", type=int, default=192, help="fresh records of each theory")
    asked = parser.parse_args()
    models = {WIDE: kin_of(Sis, "dropping"), "sir": kin_of(Sir, "retiring")}
    made = chooser(models, FitSettings(draws=asked.draws))
    print(f"held out: accuracy {made.accuracy:.1%}, log loss {made.log_loss:.3f}, error {made.calibration_error:.3f}")
    p: list[float] = []
    truth: list[bool] = []
    refused = 0
    for k, kin in enumerate(models.values()):
        for number in range(-(-asked.records // BLOCK)):
            block = simulate_block(kin.draws, asked.draws // BLOCK + 1 + number)
            found, _ = kin.summaries(kin.reports(block.values[~block.failed], 1, 1)[0])
            few = found[: asked.records - number * BLOCK]
            each = np.exp(made.log_p_each(few))
            agree = np.abs(each[0] - each[1]).max(axis=1) <= AGREE
            refused += int((~agree).sum())
            p += list(np.exp(made.log_p(few))[agree, 0])
            truth += [k == 0] * int(agree.sum())
    stated, right = np.array(p, float), np.array(truth)
    print(f"{len(stated)} fresh records have odds and {refused} have none")
    for low, high in pairwise(EDGES):
        there = (stated >= low) & ((stated < high) | (high == 1.0))
        if there.any():
            n = int(there.sum())
            error = np.sqrt(np.sum(stated[there] * (1 - stated[there]))) / n
            print(f"sis {low:.1f} to {high:.1f}: stated {stated[there].mean():.3f}, "
                  f"in truth {right[there].mean():.3f} (standard error {error:.3f}, {n} records)")  # fmt: skip
    z = (right.sum() - stated.sum()) / np.sqrt(np.sum(stated * (1 - stated)))
    sure = np.where(stated > 0.5, stated, 1 - stated)
    print(f"said right in {sure.mean():.1%}, was right in {((stated > 0.5) == right).mean():.1%}; z {z:+.2f}")
    for name, x in (
        ("a wave", 0.4 + 0.3 * np.sin(np.arange(STEPS) / 3)),
        ("noise", np.random.default_rng(1).uniform(0, 1, STEPS)),
    ):
        print(f"{name}: {made.choice(models[WIDE].summaries({'prevalence': x[None]})[0][0]).answer}")


if __name__ == "__main__":
    main()
