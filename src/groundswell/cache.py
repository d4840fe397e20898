"""Where compiled code and downloads are kept: `GROUNDSWELL_CACHE`, or the user's cache folder, or a temporary one.

A temporary folder is created by each process and removed with it: a folder with a predictable name, in a place
where others can write, could hold their code.
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
    except RuntimeError:  # there is no home folder
        return _temporary()
    return usual if _can_write(usual) else _temporary()


def place_compiled() -> None:
    """Tell Numba where to keep compiled code, before it is loaded, if it could not find a place by itself.

    It tries the source folder and the user's cache folder; if it may write to neither, every command would fail.
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
    """Whether the folder can be written to or created; nothing is left behind except newly created folders."""
    above = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    return above.is_dir() and os.access(above, os.W_OK | os.X_OK)


@functools.lru_cache(maxsize=1)
def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="groundswell-cache-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
