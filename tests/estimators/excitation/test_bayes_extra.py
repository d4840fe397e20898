"""Without the extra `bayes`, a Bayesian fit says what to install."""

import importlib

import numpy as np
import pytest

from groundswell.errors import EstimationError
from groundswell.estimators.excitation.bayes import fit_excitation_bayes


def test_a_missing_extra_is_named(monkeypatch):
    found = importlib.import_module

    def missing(name, *rest):
        if name in ("jax", "numpyro"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(EstimationError, match=r"'\.\[bayes\]'"):
        fit_excitation_bayes(np.ones(100))
