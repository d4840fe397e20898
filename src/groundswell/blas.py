"""Linear algebra on one thread: on small matrices, more threads gain nothing, busy-wait, and change the last bits.

A panel of 26 places took 35 s on two of our threads while OpenBLAS used two of its own, and 22 s without those.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")

VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that the command line sets to 1 before any library is loaded, unless they are already set."""


def one_thread(function: Callable[Given, Found]) -> Callable[Given, Found]:
    """The function, with linear algebra on one thread while it runs; the process's own setting is then restored."""

    @functools.wraps(function)
    def alone(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return alone
