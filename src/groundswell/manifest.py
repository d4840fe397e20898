"""The manifest of a result: the inputs, versions and code that made it, and the hash of every file."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, get_args

from groundswell.errors import OutputError
from groundswell.files import file_sha256, is_file
from groundswell.output import FORMAT, MANIFEST, Kind
from groundswell.results import Result, plain
from groundswell.version import __version__

_NUMBERS = (
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "polars",
)  # the libraries on which the numbers and the bytes of tables depend

_EVERY: dict[str, type] = {"format": int, "kind": str, "files": dict, "versions": dict, "code": str}
_OF_A_KIND: dict[str, dict[str, type]] = {
    "study": {
        "study": dict,
        "study.text": str,
        "study.origin": str,
        "study.folder": str,
        "configuration": dict,
        "configuration.study": dict,
        "data": dict,
    },
    "record": {"input": list, "asked": dict, "asked.questions": list},
    "replication": {"replications": list},
}
"""What a manifest of each kind states to make the results again, by key in dotted form."""


def versions() -> dict[str, str]:
    """The versions that results depend on: the package, Python, the type of machine, and the numerical libraries."""
    found = {name: importlib.metadata.version(name) for name in _NUMBERS}
    return {
        "groundswell": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        **found,
    }


def code_sha256(parts: Sequence[str] = (".",)) -> str:
    """SHA-256 of the source of some parts of the package, by default all of it."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for name in parts:
        place = root / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def typed_command() -> list[str]:
    """The command line as it was typed, without the program's folder."""
    program = Path(sys.argv[0]).name
    return ["groundswell" if program == "__main__.py" else program, *sys.argv[1:]]


def manifest_of(kind: Kind, *, title: str, seed: int | None, about: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a result without its files, which `Output.commit` adds.

    Parameters
    ----------
    kind : of result.
    title : of its page.
    seed : determines everything drawn; None where a result has several.
    about : what only this kind of result states, as plain types: its study, input and settings.
    """
    return plain(
        {
            "format": FORMAT,
            "kind": kind,
            "title": title,
            "seed": seed,
            "version": __version__,
            "versions": versions(),
            "code": code_sha256(),
            **about,
        }
    )


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of a folder.

    Raises
    ------
    OutputError : there is none, it cannot be read, it has another format, or it lacks what its kind requires.
    """
    path = Path(folder) / MANIFEST
    expected = "the folder of a run that was finished"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise OutputError(f"there is no {path}", expected=expected) from error
    except (OSError, ValueError, RecursionError) as error:
        raise OutputError(f"{path} cannot be read ({error})", expected=expected) from error
    if not isinstance(manifest, dict) or _lacking(manifest, _EVERY) or manifest["format"] != FORMAT:
        raise OutputError(f"{path} is not a manifest of this version", expected=f"a manifest of format {FORMAT}")
    kind = manifest["kind"]
    if kind not in get_args(Kind):
        raise OutputError(f"{path} is of the kind {kind[:80]!r}", expected="one of " + ", ".join(get_args(Kind)))
    lacking = _lacking(manifest, _OF_A_KIND.get(kind, {})) or _misshapen(manifest)
    if lacking:
        raise OutputError(
            f"{path} does not state {lacking} as a {kind} has it", expected="a manifest as it was written"
        )
    inside = all(
        isinstance(sha256, str) and not Path(name).is_absolute() and ".." not in Path(name).parts
        for name, sha256 in manifest["files"].items()
    )
    if not inside:
        raise OutputError(f"{path} names files outside its folder", expected="names and hashes of files in the folder")
    return manifest


def _lacking(manifest: Mapping[str, Any], stated: Mapping[str, type]) -> str:
    """The first key in dotted form that a manifest lacks or that has the wrong type; empty where there is none."""
    for place, kind in stated.items():
        value: Any = manifest
        for key in place.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        if not isinstance(value, kind):
            return place
    return ""


def _misshapen(manifest: Mapping[str, Any]) -> str:
    """The first key whose items differ in form from those that are written; empty where there is none."""

    def is_input(row: Any) -> bool:
        return isinstance(row, dict) and isinstance(row.get("file"), str) and isinstance(row.get("sha256"), str)

    if not all(isinstance(version, str) for version in manifest["versions"].values()):
        return "versions"
    kind = manifest["kind"]
    if kind == "study" and not isinstance(manifest.get("study_code", {}), dict):
        return "study_code"
    if kind == "record" and not all(map(is_input, manifest["input"])):
        return "input"
    if kind == "record" and not all(isinstance(name, str) for name in manifest["asked"]["questions"]):
        return "asked.questions"
    if kind == "replication" and not all(isinstance(name, str) for name in manifest["replications"]):
        return "replications"
    return ""


def altered_files(folder: Path, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of a manifest that are missing from its folder or were changed."""

    def same(name: str, sha256: str) -> bool:
        path = folder / name
        return is_file(path) and not path.is_symlink() and file_sha256(path) == sha256

    return tuple(name for name, sha256 in manifest["files"].items() if not same(name, sha256))


def changes(manifest: Mapping[str, Any]) -> list[str]:
    """What has changed in this installation since a manifest was written, in sentences."""
    now = versions()
    notes = [
        f"The manifest was written with {name} {then}; this is {now.get(name, 'without it')}."
        for name, then in manifest["versions"].items()
        if now.get(name) != then
    ]
    if manifest["code"] != code_sha256():
        notes.append("The source of groundswell differs from the one that wrote the manifest.")
    return notes


@dataclass(frozen=True)
class Verification(Result):
    """The outcome of checking a folder of results against its manifest.

    Parameters
    ----------
    folder : what was checked.
    kind : of result.
    made_again : for each file that was made again, whether the one in the folder equals it byte for byte; empty if
        nothing was run again.
    altered : files that are missing or were changed.
    unchecked : what was not checked, and why, in sentences.
    notes : versions, code or data that differ from the manifest, in sentences.
    """

    derived: ClassVar[tuple[str, ...]] = ("verified", "answer")

    folder: Path
    kind: Kind
    made_again: Mapping[str, bool] = field(default_factory=dict)
    altered: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every file is as the manifest says, and everything that can be made again was, byte for byte."""
        return bool(self.made_again) and all(self.made_again.values()) and not self.altered and not self.unchecked

    @property
    def wrong(self) -> tuple[str, ...]:
        """The files that were altered, or came out different when they were made again."""
        return tuple(dict.fromkeys([*self.altered, *(n for n, equal in self.made_again.items() if not equal)]))

    @property
    def answer(self) -> str:
        """The outcome in one sentence."""
        if self.wrong:
            return f"not verified: {', '.join(self.wrong)}"
        if self.verified:
            return f"verified: {self.folder}"
        return f"unaltered, but not run again: {self.folder}"

    def rows(self) -> list[dict[str, Any]]:
        """One row per file: whether it is as the manifest says, and whether it was made again byte for byte."""
        names = dict.fromkeys([*self.made_again, *self.altered])
        return [
            {"file": name, "unaltered": name not in self.altered, "made_again": self.made_again.get(name)}
            for name in names
        ]
