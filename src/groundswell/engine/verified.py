"""Compiled code on disk that is compared with its own digest before it is used; damaged code is recompiled.

Numba trusts its files: a truncated one raises an error every time, and an altered one runs. Here each file begins with
a digest of its function and of its content. The digest is not secret: it detects damage, not an intruder who can write
to the folder, which must be the user's own.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numba.core.caching import IndexDataCacheFile

_SIZE = 32


class VerifiedFile(IndexDataCacheFile):
    """The files of one compiled function; a file that was altered counts as missing."""

    def _content(self, path: str) -> bytes:
        data = Path(path).read_bytes()
        if data[:_SIZE] != self._digest(data[_SIZE:]):
            raise OSError(f"{path} is damaged")
        return data[_SIZE:]

    def _digest(self, data: bytes) -> bytes:
        return hashlib.blake2s(repr(self._index_name).encode() + data, digest_size=_SIZE).digest()

    def _write(self, path: str, content: Any) -> None:
        data = self._dump(content)
        with self._open_for_write(path) as file:
            file.write(self._digest(data) + data)

    def _load_index(self) -> dict[Any, str]:
        try:
            version, stamp, overloads = pickle.loads(self._content(self._index_path))
        except OSError:
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, overloads: Mapping[Any, str]) -> None:
        self._write(self._index_path, (self._version, self._source_stamp, overloads))

    def _load_data(self, name: str) -> Any:
        return pickle.loads(self._content(self._data_path(name)))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)


def verify_compiled(scope: Mapping[str, Any]) -> None:
    """Have every function of a module that keeps compiled code on disk keep it in verified files."""
    for function in scope.values():
        kept = getattr(getattr(function, "_cache", None), "_cache_file", None)
        if type(kept) is IndexDataCacheFile:
            made = VerifiedFile(kept._cache_path, kept._index_name.removesuffix(".nbi"), kept._source_stamp)
            function._cache._cache_file = made
