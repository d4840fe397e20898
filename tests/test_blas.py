"""Linear algebra is on one thread inside, and as the process had it outside."""

import os
import subprocess
import sys

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from groundswell.blas import VARIABLES, one_thread


def blas_threads() -> set[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_threads_are_one_inside_and_put_back() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        assert blas_threads() == {2}
        assert one_thread(blas_threads)() == {1}
        assert blas_threads() == {2}


def test_the_command_line_loads_no_numpy_before_it_sets_the_threads() -> None:
    script = "import sys, groundswell.cli; print('numpy' in sys.modules)"
    kept = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=kept)
    assert done.stdout.strip() == "False"
