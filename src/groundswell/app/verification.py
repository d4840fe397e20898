"""Verification: a folder of results compared with its manifest, and made again.

A separate process makes the results again and compiles everything into an empty folder. Compiled code in a cache, or
loaded from one by this process, may differ from its source.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from groundswell.app import studies
from groundswell.app.progress import Progress
from groundswell.app.records import ask
from groundswell.app.replications import replicate
from groundswell.crate import CRATE
from groundswell.errors import GroundswellError, OutputError
from groundswell.files import file_sha256, is_file
from groundswell.manifest import Verification, altered_files, changes, read_manifest
from groundswell.output import differences
from groundswell.results import plain


def verify(
    folder: str | Path, *, trust: bool = False, threads: int | None = None, progress: Progress | None = None
) -> Verification:
    """Compare a folder of results with its manifest, make the results again, and compare them byte for byte.

    Hashes are compared before anything is run. A study that names Python files is run again only with `trust`,
    since those files can do whatever you can; without it, the answer says what was not checked. Everything is compiled
    afresh, in another process: a cache of compiled code is never used.

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
    if kind not in _AGAIN:
        unchecked = (f"A {kind} is not made again; only its hashes were compared.",)
        return Verification(folder, kind, altered=altered, unchecked=unchecked, notes=tuple(notes))
    with tempfile.TemporaryDirectory(prefix="groundswell-verify-") as temporary:
        again = _Again(folder, manifest, Path(temporary) / "out", trust, threads, progress)
        refused, noticed = _make(again, Path(temporary) / "compiled")
        notes += noticed
        unchecked = [refused] if refused else []
        made = {} if unchecked else read_manifest(again.out)["files"]
    # pages are drawn from the results and not compared as drawn again, since fonts differ between machines; nor is the
    # crate, which lists the pages
    both = (*manifest["files"], *made) if made else ()
    names = dict.fromkeys(name for name in both if not name.endswith(".html") and name != CRATE)
    held = {name: file_sha256(folder / name) if is_file(folder / name) else None for name in names}
    return Verification(
        folder,
        kind,
        made_again={name: held[name] is not None and held[name] == made.get(name) for name in names} | again.tables,
        altered=altered,
        unchecked=tuple(unchecked),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Again:
    """The results of a manifest, to be made again in the folder `out`; `notes` gathers what is noticed meanwhile.

    `tables` says for each shipped reference table whether a block of it, simulated again, is bit for bit the same.
    """

    folder: Path
    manifest: Mapping[str, Any]
    out: Path
    trust: bool
    threads: int | None
    progress: Progress | None
    notes: list[str] = field(default_factory=list)
    tables: dict[str, bool] = field(default_factory=dict)

    @property
    def csv(self) -> bool:
        """Whether the folder has its tables as CSV too."""
        files = self.manifest["files"]
        return any(f"{name.removesuffix('.parquet')}.csv" in files for name in files if name.endswith(".parquet"))

    def study(self) -> str | None:
        """Run the study again; or why it was not run."""
        from groundswell.claims.adjudicate import adjudicate, spot_checks
        from groundswell.experiment.runner import run_study
        from groundswell.experiment.study_file import parse_study

        manifest = self.manifest
        text, base = manifest["study"]["text"], Path(manifest["study"]["folder"])
        code = studies.code_named(text, base)
        for name, sha256 in code.items():
            if sha256 is None:
                return f"{name}, which the study names, is not in {base}; the study was not run again."
            if sha256 != manifest.get("study_code", {}).get(name):
                return f"{name} is not the file that the manifest names; neither it nor the study was run."
        if code and not self.trust:
            named = ", ".join(code)
            return f"The study was not run again, since it would execute {named}: add --trust if you trust its author."
        study = parse_study(text, origin=manifest["study"]["origin"], folder=base)
        done = run_study(
            study,
            self.out,
            adjudicate=adjudicate,
            page=lambda *_: None,
            threads=self.threads,
            progress=self.progress,
            data=studies.data_sha256(),
            csv=self.csv,
        )
        changed = differences(plain(study.configuration()), manifest["configuration"]["study"])
        if changed:
            self.notes.append(f"The study is no longer what it was: {', '.join(changed)}.")
        self.tables.update(spot_checks(study))
        then, now = manifest["data"], done.manifest["data"]
        self.notes.extend(
            f"The record {name} is not the one that the manifest names."
            for name in sorted({*then, *now})
            if then.get(name) != now.get(name)
        )
        return None

    def record(self) -> str | None:
        """Analyse the record again if its files are still in place; otherwise, the reason why not."""
        import json

        from groundswell.inquiry.settings import InquiryRequest

        try:
            state = (self.folder / ".groundswell" / "state.json").read_text(encoding="utf-8")
            where = json.loads(state)["configuration"]
            files, books = list(where["files"]), list(where["codebooks"])
            known = all(isinstance(name, str) for name in (*files, *books))
            known = known and len(files) == len(self.manifest["input"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            known, files, books = False, [], []
        if not known:
            return "Where the record lies is not known in this folder; it was not asked again."
        for file, stated in zip(files, self.manifest["input"], strict=True):
            if not is_file(Path(file)) or file_sha256(Path(file)) != stated["sha256"]:
                return f"{stated['file']} is no longer where it was, or has changed; it was not asked again."
        options = dict(self.manifest["asked"])
        questions = options.pop("questions") or ["check"]
        InquiryRequest.of(None, options)  # refuses what is no option of an inquiry, such as another folder
        ask(files, self.out, codebook=books, questions=questions, progress=self.progress, csv=self.csv, **options)
        return None

    def replication(self) -> str | None:
        """Measure the replications again."""
        replicate(self.manifest["replications"], self.out, threads=self.threads, csv=self.csv, progress=self.progress)
        return None


_AGAIN: Mapping[str, Callable[[_Again], str | None]] = {
    "study": _Again.study,
    "record": _Again.record,
    "replication": _Again.replication,
}
_CHILD = "from groundswell.app.verification import _serve; _serve()"


def _make(again: _Again, compiled: Path) -> tuple[str | None, list[str]]:
    """Make the results again, with compiled code kept in an empty folder: why not, and what was noticed.

    The other process reads what to make from its input, and writes messages to its output: each a pickle of the
    arguments of `progress`, or of its answer, or of the error that ended it.
    """
    compiled.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _CHILD],  # -P: not what lies in the current folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "NUMBA_CACHE_DIR": str(compiled),
            "PYTHONPATH": os.pathsep.join(place for place in sys.path if os.path.isabs(place)),
        },
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin as asked:
            pickle.dump(replace(again, progress=None), asked)
        while True:
            kind, content = pickle.load(process.stdout)
            if kind == "progress" and again.progress is not None:
                again.progress(*content)
            elif kind == "error":
                raise content
            elif kind == "answer":
                return content
    except (EOFError, BrokenPipeError):
        raise OutputError(
            f"the process that makes the results again ended with code {process.wait()}",
            expected="one that ends with an answer",
            instead="more memory, or fewer threads",
        ) from None
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _serve() -> None:
    """In the other process: make results again, as asked on the standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the process that waits, which ends this one
    again: _Again = pickle.load(sys.stdin.buffer)
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever is printed meanwhile is not a message

        def send(kind: str, content: Any) -> None:
            pickle.dump((kind, content), answers)
            answers.flush()

        again = replace(again, progress=lambda *stage: send("progress", stage))
        try:
            send("answer", (_AGAIN[again.manifest["kind"]](again), again.notes))
        except GroundswellError as error:
            send("error", error)
