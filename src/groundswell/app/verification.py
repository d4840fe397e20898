"""Verification: a folder of results compared with its manifest, and made again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.app import studies
from groundswell.app.progress import Progress
from groundswell.app.records import ask
from groundswell.app.replications import replicate
from groundswell.files import file_sha256, is_file
from groundswell.manifest import Verification, altered_files, changes, read_manifest
from groundswell.output import differences
from groundswell.results import plain

if TYPE_CHECKING:
    pass


def verify(
    folder: str | Path, *, trust: bool = False, threads: int | None = None, progress: Progress | None = None
) -> Verification:
    """Compare a folder of results with its manifest, make the results again, and compare them byte for byte.

    Hashes are compared before anything is run. A study that names files of Python is run again only with `trust`,
    since those files can do whatever you can; without it, the answer says what was not checked.

    Parameters
    ----------
    folder : of a finished run, inquiry or replication; nothing in it is written to.
    trust : run the files of Python that the study names.
    threads, progress : as for `run`.

    Raises
    ------
    OutputError : there is no manifest, or it cannot be read.
    GroundswellError : the results of the manifest can no longer be made.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    kind = manifest["kind"]
    altered = altered_files(folder, manifest)
    notes = changes(manifest)
    again = {"study": _study_again, "record": _record_again, "replication": _replications_again}.get(kind)
    if again is None:
        unchecked = (f"A {kind} is not made again; only its hashes were compared.",)
        return Verification(folder, kind, altered=altered, unchecked=unchecked, notes=tuple(notes))
    with tempfile.TemporaryDirectory(prefix="groundswell-verify-") as temporary:
        made, unchecked = again(folder, manifest, Path(temporary) / "out", trust, threads, progress, notes)
    # pages are drawn from the results and are not compared as drawn again: fonts differ between machines
    compared = {name: sha for name, sha in manifest["files"].items() if not name.endswith(".html")}
    names = dict.fromkeys([*compared, *(name for name in made if not name.endswith(".html"))]) if made else ()
    held = {name: file_sha256(folder / name) if is_file(folder / name) else None for name in names}
    return Verification(
        folder,
        kind,
        made_again={name: held[name] is not None and held[name] == made.get(name) for name in names},
        altered=altered,
        unchecked=tuple(unchecked),
        notes=tuple(notes),
    )


def _has_csv(manifest: Mapping[str, Any]) -> bool:
    return any(name.endswith(".csv") for name in manifest["files"])


_Made = tuple[Mapping[str, str], list[str]]


def _study_again(
    folder: Path,
    manifest: Mapping[str, Any],
    out: Path,
    trust: bool,
    threads: int | None,
    progress: Progress | None,
    notes: list[str],
) -> _Made:
    """Run the study of a manifest again; the hashes of what it gave, and what was not checked."""
    from groundswell.claims.adjudicate import adjudicate
    from groundswell.experiment.runner import run_study
    from groundswell.experiment.study import parse_study

    text, origin = manifest["study"]["text"], manifest["study"]["origin"]
    base = Path(manifest["study"]["folder"])
    code = studies.code_named(text, base)
    for name, sha256 in code.items():
        if sha256 is None:
            return {}, [f"{name}, which the study names, is not in {base}; the study was not run again."]
        if sha256 != manifest.get("study_code", {}).get(name):
            return {}, [f"{name} is not the file that the manifest names; it was not run, nor was the study."]
    if code and not trust:
        named = ", ".join(code)
        return {}, [
            f"The study was not run again, since it would execute {named}: add --trust if you trust its author."
        ]
    study = parse_study(text, origin=origin, folder=base)
    done = run_study(
        study,
        out,
        adjudicate=adjudicate,
        page=lambda *_: None,
        threads=threads,
        progress=progress,
        data=studies.data_sha256(),
        csv=_has_csv(manifest),
    )
    changed = differences(plain(study.configuration()), manifest["configuration"]["study"])
    if changed:
        notes.append(f"The study is no longer what it was: {', '.join(changed)}.")
    then, now = manifest["data"], done.manifest["data"]
    notes += [
        f"The record {name} is not the one that the manifest names."
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    ]
    return read_manifest(out)["files"], []


def _record_again(
    folder: Path,
    manifest: Mapping[str, Any],
    out: Path,
    trust: bool,
    threads: int | None,
    progress: Progress | None,
    notes: list[str],
) -> _Made:
    """Ask the record of a manifest again, where its files are still where they were."""
    import json

    from groundswell.inquiry.settings import Asked

    try:
        where = json.loads((folder / ".groundswell" / "state.json").read_text(encoding="utf-8"))["configuration"]
        files, books = list(where["files"]), list(where["codebooks"])
        known = all(isinstance(name, str) for name in (*files, *books)) and len(files) == len(manifest["input"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        known, files, books = False, [], []
    if not known:
        return {}, ["Where the record lies is not known in this folder; it was not asked again."]
    for file, stated in zip(files, manifest["input"], strict=True):
        if not is_file(Path(file)) or file_sha256(Path(file)) != stated["sha256"]:
            return {}, [f"{stated['file']} is no longer where it was, or has changed; it was not asked again."]
    options = dict(manifest["asked"])
    questions = options.pop("questions") or ["check"]
    Asked.of(None, options)  # refuses what is no option of an inquiry, such as another folder
    ask(files, out, codebook=books, questions=questions, progress=progress, csv=_has_csv(manifest), **options)
    return read_manifest(out)["files"], []


def _replications_again(
    folder: Path,
    manifest: Mapping[str, Any],
    out: Path,
    trust: bool,
    threads: int | None,
    progress: Progress | None,
    notes: list[str],
) -> _Made:
    """Measure the replications of a manifest again."""
    replicate(manifest["replications"], out, threads=threads, csv=_has_csv(manifest), progress=progress)
    return read_manifest(out)["files"], []
