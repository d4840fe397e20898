"""Compiled sums of the Hawkes likelihood: against plain twins that follow the definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from groundswell.estimators.excitation import continuous_kernels as kernels
from groundswell.estimators.excitation.continuous_marginal import log_link

RNG = np.random.default_rng(5)
TIMES = np.sort(RNG.uniform(0, 300, 1300))  # more than one block
KIND = RNG.integers(0, 3, TIMES.size)
END = 310.0


def plain(times, kind, target, mu, n, rate):
    """The definition, event by event."""
    value = -mu * END
    for t in times[kind == target]:
        past = times < t
        value += math.log(mu + float(n[kind[past]] @ (rate * np.exp(-rate * (t - times[past])))))
    return value - float(np.sum(n[kind] * (1 - np.exp(-rate * (END - times)))))


def differences(f, x, step=1e-6):
    return np.array([(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(x.size)])


def test_exponential_and_logarithm_are_exact_to_rounding():
    x = np.concatenate([RNG.uniform(-700, 0, 2000), [0.0, -1e-12, -708.0, -1e-300]])
    ours = np.array([kernels.exponential(v) for v in x])
    assert np.max(np.abs(ours / np.exp(x) - 1)) < 1e-15
    assert 0 < kernels.exponential(-1e9) < 1e-300
    y = np.exp(RNG.uniform(-300, 300, 2000))
    ours = np.array([kernels.logarithm(v) for v in [*y, 1.0, math.sqrt(0.5), math.sqrt(2), 1 + 1e-15]])
    assert np.allclose(ours[:2000], np.log(y), rtol=1e-15, atol=1e-15)
    assert ours[2000] == 0.0


def test_the_pass_over_one_kind_is_that_of_the_definition():
    one = np.zeros(TIMES.size, np.int64)
    x = np.array([1.1, 0.45, 1.7])

    def look(x):
        out = np.empty(10)
        kernels.univariate(TIMES, END, x[0], x[1], x[2], True, out)
        return out

    out = look(x)
    assert out[0] == pytest.approx(plain(TIMES, one, 0, x[0], x[1:2], x[2]), rel=1e-12)
    assert np.allclose(out[1:4], differences(lambda v: look(v)[0], x), rtol=1e-5)
    hessian = np.array([differences(lambda v, i=i: look(v)[1 + i], x) for i in range(3)])
    assert np.allclose(out[4:], hessian[np.triu_indices(3)], rtol=1e-5)


def test_the_passes_over_several_kinds_agree_with_the_definition_and_each_other():
    K = 3
    mu, n, rate = np.array([1.2, 0.9, 1.4]), RNG.uniform(0, 0.3, (K, K)), 1.3
    x = np.column_stack([mu, n.T, np.full(K, rate)])
    P = 8
    padded = np.zeros((K, P))
    padded[:, :K] = n
    grad, hessian = np.empty((K, P)), np.empty((K, P, P))
    total = kernels.shared_pass(TIMES, KIND, END, mu, padded, rate, True, grad, hessian)
    order = [K, *range(K), K + 1]
    each = 0.0
    for k in range(K):
        query = np.append(TIMES[k == KIND], END)
        before = np.searchsorted(TIMES, query).astype(np.int64)

        def look(v, k=k, query=query, before=before):
            g, h = np.empty(K + 2), np.empty((K + 2, K + 2))
            value = kernels.target_pass(TIMES, KIND, query, before, v[0], v[1 : K + 1].copy(), v[K + 1], True, g, h)
            return value, g, h

        value, g, h = look(x[k])
        each += value
        assert value == pytest.approx(plain(TIMES, KIND, k, mu[k], n[:, k], rate), rel=1e-12)
        assert np.allclose(g, differences(lambda v: look(v)[0], x[k]), rtol=1e-5, atol=1e-5)
        assert np.allclose(h, [differences(lambda v, i=i: look(v)[1][i], x[k]) for i in range(K + 2)], atol=1e-3)
        assert np.allclose(grad[k][order], g, rtol=1e-10, atol=1e-9)
        assert np.allclose(hessian[k][order][:, order], h, rtol=1e-10, atol=1e-8)
    assert total == pytest.approx(each, rel=1e-13)


@pytest.mark.parametrize("shared", [True, False])
def test_histories_are_sums_over_earlier_events(shared):
    rates = np.full(3, 0.8) if shared else np.array([0.5, 0.8, 2.0])
    weight = RNG.uniform(0.5, 2, TIMES.size)
    query = np.sort(np.concatenate([TIMES[::7], RNG.uniform(0, 305, 50)]))
    before = np.searchsorted(TIMES, query).astype(np.int64)
    out = np.empty((3, query.size, 3))
    kernels.histories(TIMES, KIND, weight, rates, shared, query, before, 2, out)
    for i in [0, 1, 20, query.size - 1]:
        tau = query[i] - TIMES[: before[i]]
        for d in range(3):
            terms = weight[: before[i]] * tau**d * np.exp(-rates[KIND[: before[i]]] * tau)
            assert np.allclose(out[d, i], np.bincount(KIND[: before[i]], terms, 3), rtol=1e-10, atol=1e-12)


def test_tied_events_do_not_excite_each_other():
    times = np.array([1.0, 2.0, 2.0, 2.0, 3.0])
    kind = np.zeros(5, np.int64)
    before = np.searchsorted(times, times).astype(np.int64)
    out = np.empty((1, 5, 1))
    kernels.histories(times, kind, np.ones(5), np.ones(1), True, times, before, 0, out)
    e = math.exp(-1)
    assert np.allclose(out[0, :, 0], [0, e, e, e, e * e + 3 * e])


@pytest.mark.parametrize("soft", [0.0, 0.4])
def test_derivatives_of_the_link(soft):
    for u in (0.3, 1.0, 5.0) if soft == 0 else (-3.0, 0.01, 2.0):
        found, step = log_link(u, soft), 1e-5
        value = math.log(u) if soft == 0 else math.log(soft * math.log1p(math.exp(u / soft)))
        assert found[0] == pytest.approx(value)
        for order in range(3):
            up, down = log_link(u + step, soft)[order], log_link(u - step, soft)[order]
            assert found[order + 1] == pytest.approx((up - down) / (2 * step), rel=1e-4)


def test_results_are_the_same_bytes_again():
    out, again = np.empty(10), np.empty(10)
    kernels.univariate(TIMES, END, 1.0, 0.4, 1.0, True, out)
    kernels.univariate(TIMES, END, 1.0, 0.4, 1.0, True, again)
    assert out.tobytes() == again.tobytes()
