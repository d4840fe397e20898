"""The command that asks a record of events what follows what."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli._shared import INTERRUPTED, bars, check_writable, open_console
from groundswell.errors import EstimationError, RecordError

if TYPE_CHECKING:
    from groundswell.inquiry.finding import Finding
    from groundswell.inquiry.material import Material
    from groundswell.inquiry.questions import Question
    from groundswell.records.codebooks._base import Codebook
    from groundswell.records.schema import Reading

_QUESTIONS = "excitation, after-violence, after-repression, after-mass-day, waves, spread"


def evidence(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="A record of events: .csv, .tsv, .txt (any may be gzipped) or .xlsx. Several are asked together.",
        ),
    ],
    codebook: Annotated[
        list[str] | None,
        typer.Option(
            help="A built-in codebook, or the path of a mapping file (.toml); one for all files, or one for each. "
            "Without it, the codebook is recognised from the columns."
        ),
    ] = None,
    question: Annotated[
        list[str] | None,
        typer.Option(
            help=f"What to ask; may be repeated: {_QUESTIONS}; or check, to read and check the record only. By default "
            "all that the record can bear."
        ),
    ] = None,
    kinds: Annotated[
        str | None, typer.Option(help="Kinds, such as protest,violence; by default all that are frequent.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Count by day or week; by default week, or day for a record under two years.")
    ] = None,
    place: Annotated[
        list[str] | None, typer.Option(help="Only the events of this country or place; may be repeated.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Count apart by country or place, or none; by default country, where there are several."),
    ] = None,
    depth: Annotated[
        str,
        typer.Option(
            help="quick; or full, for what is to be published: bootstrap p-values, profile intervals, more placebos, "
            "in many times as long."
        ),
    ] = "quick",
    seed: Annotated[int, typer.Option(min=0, help="Of everything drawn at random.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The output folder; by default out/NAME of the file.")] = None,
) -> None:
    """Ask a record of events what follows what, and write an evidence dossier: answers, checks, plots and tables."""
    from groundswell.inquiry.material import gather
    from groundswell.inquiry.questions import chosen
    from groundswell.inquiry.telling import record_row
    from groundswell.records.codebooks.library import codebook as find_codebook
    from groundswell.records.events import read_events

    asked = chosen(question)
    wanted = [kind.strip() for kind in kinds.split(",") if kind.strip()] if kinds else None
    if depth not in ("quick", "full"):
        raise EstimationError(f"depth {depth!r}", expected="quick or full")
    folder = out or Path("out") / _stem(files[0])
    check_writable(folder)
    names = _codebooks(files, codebook)
    print(f"reading {', '.join(str(file) for file in files)}", file=sys.stderr)
    books: list[Codebook] = [find_codebook(name) for name in names]
    readings = [read_events(file, book) for file, book in zip(files, books, strict=True)]
    records = [
        record_row(file, reading, book, recognised=codebook is None)
        for file, reading, book in zip(files, readings, books, strict=True)
    ]
    for record in records:
        for sentence in record["sentences"]:
            _say(sentence)
    session = _Session(folder, files, names, records, readings, seed, depth)
    if not any(reading.events.height for reading in readings):
        session.write_reading()
        session.write({}, None, [], ())
        first = (
            records[0]["rejected_by_reason"][0]["reason"] if records[0]["rejected_by_reason"] else "the file is empty"
        )
        raise RecordError(
            f"no row of {files[0]} could be read as an event ({first})",
            expected="at least one event",
            instead=f"look into {folder / 'rejected.parquet'}; another codebook may fit (--codebook)",
        )
    material = gather(readings, kinds=wanted, unit=unit, places=place or [], by=by)
    session.write_reading()  # only now, so that a request that is refused leaves nothing behind
    _ask(session, material, asked, depth, seed)


def _ask(session: _Session, material: Material, asked: Sequence[Question], depth: str, seed: int) -> None:
    """Put the questions one after the other, and write after each."""
    from groundswell.inquiry.inquire import inquire
    from groundswell.inquiry.manner import Manner
    from groundswell.inquiry.telling import series_frame

    for note in material.notes:
        _say(note)
    tables = {"series": series_frame(material)}
    findings: list[Finding] = []
    stopped = False
    with bars() as progress:
        manner = Manner("quick" if depth == "quick" else "full", seed, progress)
        try:
            for finding in inquire(material, asked, manner):
                findings.append(finding)
                tables |= finding.tables
                session.write(tables, material, findings, asked)
        except KeyboardInterrupt:
            stopped = True
    session.write(tables, material, findings, asked, page=True)
    console = open_console()
    for row in session.told["answers"]:
        console.print(f"\n{row['asks']}", style="bold", highlight=False, markup=False)
        console.print(row["answer"], highlight=False, markup=False)
    print(f"\nevidence: {session.folder / 'evidence.html'}")
    if stopped:
        left = len(asked) - len(findings)
        print(f"interrupted; {left} questions were not answered, and what was finished is kept", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)


class _Session:
    """One folder of results, written as they come in."""

    def __init__(
        self,
        folder: Path,
        files: Sequence[Path],
        codebooks: Sequence[str],
        records: Sequence[dict[str, Any]],
        readings: Sequence[Reading],
        seed: int,
        depth: str,
    ) -> None:
        from groundswell.files import file_sha256

        self.folder, self.records, self.readings = folder, records, readings
        self.told: dict[str, Any] = {}
        self._seed, self._depth = seed, depth
        self._input = [
            {"file": file.name, "sha256": file_sha256(file), "codebook": _book_name(name)}
            | ({"mapping_sha256": file_sha256(Path(name))} if name.endswith(".toml") else {})
            for file, name in zip(files, codebooks, strict=True)
        ]
        self._outputs: dict[str, str] = {}

    def write_reading(self) -> None:
        """Write events, rejected rows and cells that could not be read: all that the files hold."""
        import polars as pl

        for name in ("events", "rejected", "unread"):
            frames = [getattr(reading, name) for reading in self.readings]
            if len(frames) > 1:
                frames = [
                    frame.with_columns(file=pl.lit(record["file"]))
                    for frame, record in zip(frames, self.records, strict=True)
                ]
            self._table(name, pl.concat(frames))

    def _table(self, name: str, frame: Any) -> None:
        from groundswell.files import write_frame

        self._outputs[f"{name}.parquet"] = write_frame(self.folder / f"{name}.parquet", frame)

    def write(
        self,
        tables: dict[str, Any],
        material: Material | None,
        findings: Sequence[Finding],
        asked: Sequence[Question],
        *,
        page: bool = False,
    ) -> None:
        """Write what is known so far."""
        from groundswell.files import write_json
        from groundswell.inquiry.manner import Manner
        from groundswell.inquiry.telling import tell

        for name, frame in tables.items():
            if f"{name}.parquet" not in self._outputs:
                self._table(name, frame)
        manner = Manner("quick" if self._depth == "quick" else "full", self._seed)
        self.told = tell(self._title(material), self.records, findings, material, asked, manner)
        self._outputs["evidence.json"] = write_json(self.folder / "evidence.json", self.told)
        if page or material is None:
            from groundswell.report.evidence_dossier import write_evidence_dossier

            manifest = self._manifest()
            write_evidence_dossier(self.folder, self.told, manifest)
            write_json(self.folder / "manifest.json", manifest)

    def _title(self, material: Material | None) -> str:
        # a file with the schema's own columns has no name but its own
        titles = dict.fromkeys(
            str(record["file"] if record["codebook"] == "csv" else record["title"]) for record in self.records
        )
        what = " and ".join(titles)
        if material is not None and material.asked:
            what += f": {', '.join(material.asked)}"
        return what

    def _manifest(self) -> dict[str, Any]:
        import importlib.metadata
        import platform

        from groundswell import __version__

        return {
            "format": 1,
            "version": __version__,
            "seed": self._seed,
            "input": self._input,
            "settings": self.told["settings"],
            "versions": {
                "python": platform.python_version(),
                **{name: importlib.metadata.version(name) for name in ("numpy", "scipy", "polars", "numba")},
            },
            "sha256": dict(sorted(self._outputs.items())),
        }


def _book_name(name: str) -> str:
    return Path(name).name if name.endswith(".toml") else name


def _stem(file: Path) -> str:
    name = file.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name


def _codebooks(files: Sequence[Path], given: Sequence[str] | None) -> list[str]:
    """One codebook for each file: as given, or recognised from the columns, which is said."""
    if given:
        if len(given) not in (1, len(files)):
            raise RecordError(f"{len(given)} codebooks for {len(files)} files", expected="one for all, or one for each")
        return list(given) if len(given) == len(files) else list(given) * len(files)
    from groundswell.records.codebooks.library import recognise

    names = []
    for file in files:
        name = recognise(file)
        print(f"{file} was recognised as {name} by its columns", file=sys.stderr)
        names.append(name)
    return names


def _say(sentence: str) -> None:
    open_console().print(sentence, highlight=False, markup=False, soft_wrap=True)


__all__: Sequence[str] = ("evidence",)
