"""Methods that learn posteriors, behind one interface: the network that ships, and others as plug-ins.

A method has a `name` and `train(x, z, blocks, seed, *, threads)`, which takes normal scores and returns an object with
`margins(x)` (a `Margins` for each row) and `sample(x, count, seed)` (joint draws for one row). Another method is a
class of that form, passed directly or announced by an installed package under the entry point `groundswell.fits`.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from groundswell.calibrate.mixture import ENSEMBLE, EPOCHS, Margins, copula_of, sample, train_ensemble
from groundswell.calibrate.regression_abc import RegressionFit
from groundswell.errors import EstimationError, nearest

Floats = NDArray[np.float64]
ENTRY_POINTS = "groundswell.fits"


class Trained(Protocol):
    """What a method has learnt."""

    def margins(self, x: Floats) -> Margins:
        """The margins for each row of scored summaries."""
        ...

    def sample(self, x: Floats, count: int, seed: int) -> Floats:
        """Joint draws for one row, [count, targets]."""
        ...


class Method(Protocol):
    """A way to learn posteriors from scored summaries and targets."""

    name: str

    def train(self, x: Floats, z: Floats, blocks: NDArray[np.int64], seed: int, *, threads: int) -> Trained:
        """Learn."""
        ...


class NetworkMethod:
    """The mixture density ensemble with its copula.

    Parameters
    ----------
    size : networks of the ensemble, >= 1.
    epochs : largest number of passes over the draws; early stopping ends most networks sooner.
    """

    name = "network"

    def __init__(self, size: int = ENSEMBLE, epochs: int = EPOCHS) -> None:
        self.size, self.epochs = size, epochs

    def train(self, x: Floats, z: Floats, blocks: NDArray[np.int64], seed: int, *, threads: int) -> Trained:
        return train_ensemble(x, z, blocks, seed, threads=threads, size=self.size, epochs=self.epochs)


class _TrainedRegression:
    def __init__(self, regression: RegressionFit, copula: Floats) -> None:
        self.regression, self.copula = regression, copula

    def margins(self, x: Floats) -> Margins:
        return self.regression.margins(x)

    def sample(self, x: Floats, count: int, seed: int) -> Floats:
        return sample(self.margins(x), self.copula, count, seed)


class RegressionMethod:
    """Semi-automatic ABC with regression."""

    name = "abc"

    def train(self, x: Floats, z: Floats, blocks: NDArray[np.int64], seed: int, *, threads: int) -> Trained:
        regression = RegressionFit.train(x, z)
        few = np.unique(np.linspace(0, len(x) - 1, min(len(x), 400)).astype(int))
        return _TrainedRegression(regression, copula_of(regression.margins(x[few]).distribution(z[few])))


class SbiMethod:
    """Neural posterior estimation by `sbi` (not among our dependencies): draws as kernels, so that all gates apply.

    Known to work with sbi 0.27 and PyTorch 2.13 (CPU build).
    """

    name = "sbi"
    kernels = 400

    def train(self, x: Floats, z: Floats, blocks: NDArray[np.int64], seed: int, *, threads: int) -> Trained:
        try:
            import torch  # pyright: ignore[reportMissingImports]
            from sbi.inference import NPE  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise EstimationError(
                "method 'sbi' without the package sbi", expected="sbi installed", instead="pip install sbi"
            ) from error
        torch.manual_seed(seed % 2**63)
        inference = NPE(tracker=_NoLog(), show_progress_bars=False)
        inference.append_simulations(torch.as_tensor(z, dtype=torch.float32), torch.as_tensor(x, dtype=torch.float32))
        inference.train(show_train_summary=False)
        posterior = inference.build_posterior()

        def draw(row: Floats, count: int, key: int) -> Floats:
            torch.manual_seed(key % 2**63)
            row32 = torch.as_tensor(row, dtype=torch.float32)
            return np.asarray(posterior.sample((count,), x=row32, show_progress_bars=False), float)

        return DrawnMargins(draw, self.kernels)


class _NoLog:
    """Absorb the training log that `sbi` would otherwise write to a folder `sbi-logs` in the working directory."""

    log_dir = None

    def log_metric(self, name: str, value: float, step: int | None = None) -> None: ...

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None: ...

    def log_params(self, params: dict[str, Any]) -> None: ...

    def add_figure(self, name: str, figure: Any, step: int | None = None) -> None: ...

    def flush(self) -> None: ...


class DrawnMargins:
    """A method that only draws, as margins: its draws, fixed by a seed, are kernels.

    Parameters
    ----------
    draw : maps (row of scored summaries, count, seed) to joint draws [count, targets].
    kernels : number of draws for a margin.
    """

    def __init__(self, draw: Any, kernels: int = 400) -> None:
        self.draw, self.kernels = draw, kernels

    def margins(self, x: Floats) -> Margins:
        """The margins for each row of scored summaries."""
        each = np.stack([self.draw(row, self.kernels, i) for i, row in enumerate(x)])
        means = np.swapaxes(each, 1, 2)
        sd = means.std(axis=2, keepdims=True) + 1e-6
        width = 1.06 * sd * self.kernels**-0.2 * 0.7
        centre = means.mean(axis=2, keepdims=True)
        means = centre + (means - centre) * np.sqrt(np.maximum(1 - (width / sd) ** 2, 0.05))
        return Margins(np.full(means.shape, 1 / self.kernels), means, np.broadcast_to(width, means.shape))

    def sample(self, x: Floats, count: int, seed: int) -> Floats:
        """Joint draws for one row."""
        return self.draw(x[0], count, seed)


METHODS: dict[str, type] = {"network": NetworkMethod, "abc": RegressionMethod, "sbi": SbiMethod}


def method_of(given: str | Method) -> Method:
    """A method by name, or the given object itself.

    Raises
    ------
    EstimationError : an unknown name; the message offers the nearest.
    """
    if not isinstance(given, str):
        return given
    if given in METHODS:
        return cast(Method, METHODS[given]())
    announced = {p.name: p for p in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    if given in announced:
        point = announced[given]
        try:
            return cast(Method, point.load()())
        except (Exception, SystemExit) as error:
            raise EstimationError(
                f"the entry point {point.name} = {point.value} cannot be loaded: {type(error).__name__}: {error}",
                expected="a class of a method, without arguments",
                instead="repair or remove the package that announces it",
            ) from error
    known = [*METHODS, *announced]
    raise EstimationError(f"method {given!r}", expected="one of " + ", ".join(known), instead=nearest(given, known))


__all__ = [
    "METHODS",
    "DrawnMargins",
    "Method",
    "NetworkMethod",
    "RegressionMethod",
    "SbiMethod",
    "Trained",
    "method_of",
]
