"""Where compiled code and downloads are kept: `GROUNDSWELL_CACHE`, or the user's cache folder, or a temporary one.

A temporary folder is created by each process and removed with it: a folder with a name that others could foresee,
in a place that others can write to, could hold code of theirs.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """A folder that may be written to: `GROUNDSWELL_CACHE`, or else `groundswell` inside the user's cache folder."""
    if named := os.environ.get("GROUNDSWELL_CACHE"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        usual = (Path(base) if base else Path.home() / ".cache") / "groundswell"
    except RuntimeError:  # there is no home at all
        return _temporary()
    return usual if _can_write(usual) else _temporary()


def place_compiled() -> None:
    """Say where Numba keeps compiled code, before it is loaded, if it could not find a place by itself.

    It looks beside the source and in the user's cache folder; where it may write to neither, every command would die.
    """
    if os.environ.get("NUMBA_CACHE_DIR") or "numba" in sys.modules:
        return
    beside = Path(__file__).parent / "__pycache__"
    if os.environ.get("GROUNDSWELL_CACHE") or not _can_write(beside):
        folder = cache_folder() / "compiled"
        if not _can_write(folder):
            folder = _temporary() / "compiled"
        os.environ["NUMBA_CACHE_DIR"] = str(folder)


def _can_write(folder: Path) -> bool:
    """Whether the folder can be written to, or be made; nothing is left behind but folders that were not there."""
    above = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    return above.is_dir() and os.access(above, os.W_OK | os.X_OK)


@functools.lru_cache(maxsize=1)
def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="groundswell-cache-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
