"""What the tests of a register read: the arms of its simulations, each simulated on first use."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from dataclasses import replace

from groundswell.errors import StudyError
from groundswell.experiment.ensemble import Design, Ensemble, Floats, Progress, check_design, run_ensemble
from groundswell.output import PartsFolder
from groundswell.settings import require_known


class LazyEnsemble:
    """An ensemble whose arms are simulated when they are first read.

    An adjudication reads only the arms of the requested claims and the available records, often a few of those that a
    register states. An arm does not depend on which others are simulated with it.

    Parameters
    ----------
    design : of every arm; its effects and totals are not simulated.
    expected : arms that are simulated together once one of them is read, which saves time.
    store : parts of the expected arms that were simulated elsewhere.
    threads, progress : as for `groundswell.experiment.ensemble.run_ensemble`.

    Raises
    ------
    StudyError, TheoryError, PopulationError, MemoryRefusedError : the design cannot be simulated.
    """

    def __init__(
        self,
        design: Design,
        expected: Iterable[str] = (),
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        store: PartsFolder | None = None,
    ) -> None:
        check_design(design)
        self._store = store
        self.design = design
        self.expected = frozenset(expected)
        self._run = functools.partial(run_ensemble, threads=threads, progress=progress, some_arms=True)
        self._held: dict[str, Ensemble] = {}

    @property
    def observables(self) -> tuple[str, ...]:
        return tuple(self.design.theory.observables)

    @property
    def read(self) -> tuple[str, ...]:
        """The arms that have been simulated, in the order of the design."""
        return tuple(arm for arm in self.design.arms if arm in self._held)

    def parameters(self, account: str) -> tuple[dict[str, float], ...]:
        """The parameter sets of one account, one per draw."""
        return self.design.drawn(account)

    def series(self, account: str, arm: str, observable: str) -> Floats:
        """One observable in one arm, float64[draws, steps + 1]; the rows of failed runs are NaN."""
        return self._of(arm).series(account, arm, observable)

    def arm(self, account: str, arm: str) -> Floats:
        """One arm as recorded, failed runs included, float64[draws, steps + 1, observables]."""
        return self._of(arm).arm(account, arm)

    def _of(self, arm: str) -> Ensemble:
        require_known(arm, self.design.arms, StudyError, f"arm {arm!r}", "one of ")
        if arm not in self._held:
            expected = arm in self.expected
            design = arms_of(self.design, self.expected if expected else {arm})
            self._held |= dict.fromkeys(design.arms, self._run(design, store=self._store if expected else None))
        return self._held[arm]


def arms_of(design: Design, wanted: Collection[str]) -> Design:
    """The design of some of its arms, without effects and totals."""
    arms = {name: x for name, x in design.arms.items() if name in wanted}
    return replace(design, arms=arms, effects={}, totals=())
