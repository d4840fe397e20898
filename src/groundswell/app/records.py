"""Records of events: asked what follows what, and written to a page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.app.progress import Progress, Say, shown
from groundswell.errors import RecordError
from groundswell.files import check_writable, file_sha256
from groundswell.manifest import manifest_of
from groundswell.output import Output, open_folder

if TYPE_CHECKING:
    from groundswell.inquiry.finding import Finding
    from groundswell.inquiry.material import Material
    from groundswell.inquiry.questions import Question
    from groundswell.inquiry.result import Inquiry
    from groundswell.records.codebooks._base import Codebook
    from groundswell.records.schema import Reading


class Interrupted(KeyboardInterrupt):
    """An inquiry was interrupted; `result` has the answers so far, which were also written if a folder was named."""

    def __init__(self, result: Inquiry) -> None:
        super().__init__(f"{len(result.unanswered)} questions were not answered")
        self.result = result


def ask(
    files: str | Path | Sequence[str | Path],
    out: str | Path | None = None,
    *,
    codebook: str | Sequence[str] | None = None,
    questions: Sequence[str] | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
    fresh: bool = False,
    csv: bool = False,
    **options: Any,
) -> Inquiry:
    """Ask a record of events what follows what, and write an evidence dossier: answers, checks, plots and tables.

    Parameters
    ----------
    files : one record of events or several, which are analysed together.
    out : the folder of the results; None keeps them as long as the result object exists, and `save(folder)` copies
        them.
    codebook : a built-in codebook, or the path of a mapping file (.toml); one for all files, or one for each. Without
        it, the codebook is recognised from the columns.
    questions : see `groundswell.inquiry.questions.QUESTIONS`; ("check",) fits nothing; by default all.
    progress : called with (stage, done, total).
    say : called with what is wrong with the record, sentence by sentence, before any model is fitted.
    fresh : discard what an earlier call left in the folder, whatever it was about.
    csv : write every table as CSV too.
    options : `kinds`, `unit`, `places`, `by`, `at`, `treated`, `repeats`, `depth` and `seed`; see
        `groundswell.inquiry.settings.InquiryRequest`.

    Raises
    ------
    RecordError, EstimationError, OutputError : for what cannot be read, asked or written, in one sentence.
    Interrupted : Ctrl-C; what was answered is written, and carried by the error.

    Example
    -------
    >>> import groundswell
    >>> groundswell.ask("events.csv", questions=["waves"]).answers  # doctest: +SKIP
    """
    from groundswell.inquiry.questions import chosen
    from groundswell.inquiry.settings import InquiryRequest
    from groundswell.records.events import prepared
    from groundswell.records.identity import merged, without_repeats

    paths = [Path(file) for file in ([files] if isinstance(files, str | Path) else files)]
    if not paths:
        raise RecordError("no file of a record", expected="at least one")
    say = say or (lambda sentence: None)
    asked = InquiryRequest.of(None, options)
    wanted = tuple(q for q in chosen(questions) if questions or not q.dated or asked.at)
    names = _codebooks(paths, [codebook] if isinstance(codebook, str) else codebook, say)
    folder, keeper = open_folder(out)
    check_writable(folder)
    _refuse_twice(paths)
    written = {name: getattr(asked, name) for name in ("date_order", "language") if getattr(asked, name) is not None}
    books: list[Codebook] = [
        prepared(path, name, start=asked.start, end=asked.end, **written)
        for path, name in zip(paths, names, strict=True)
    ]
    readings = without_repeats([book.read(path) for path, book in zip(paths, books, strict=True)], books)
    without = readings if asked.repeats == "keep" else merged(readings, [path.name for path in paths])
    if asked.repeats == "drop":
        readings = without
    about = {"files": [str(path.resolve()) for path in paths], "codebooks": [_book(name) for name in names]}
    with Output(folder, about, kind="record", fresh=fresh, csv=csv) as output:
        session = _Session(output, paths, names, books, readings, asked, wanted, recognised=codebook is None)
        for record in session.records:
            for sentence in record.sentences:
                say(sentence)
        found = session.answer(say, shown(progress), without if asked.repeats == "compare" else None)
    found = dataclasses.replace(found, folder=folder, keeper=keeper)
    if found.unanswered:
        raise Interrupted(found)
    return found


def _refuse_twice(paths: Sequence[Path]) -> None:
    """Refuse the same file given twice, whatever its names: each of its events would count twice."""
    from groundswell.records.codebooks._table import refuse_special

    seen: dict[str, Path] = {}
    for path in paths if len(paths) > 1 else ():
        refuse_special(path)
        first = seen.setdefault(file_sha256(path), path)
        if first is not path:
            raise RecordError(
                f"{path} and {first} hold the same bytes",
                expected="each record once",
                why="every event in it would count twice",
                instead=f"groundswell evidence {first}",
            )


class _Session:
    """One inquiry while it is under way: what was read, asked and written."""

    def __init__(
        self,
        output: Output,
        paths: Sequence[Path],
        names: Sequence[str],
        books: Sequence[Codebook],
        readings: Sequence[Reading],
        asked: Any,
        questions: Sequence[Question],
        *,
        recognised: bool,
    ) -> None:
        from groundswell.inquiry.record_rows import record_row
        from groundswell.records.describe import describe_reading

        self.output, self.readings, self.asked, self.questions = output, readings, asked, questions
        self.descriptions = [
            describe_reading(reading, path, title=book.data_set, citation=book.citation)
            for path, reading, book in zip(paths, readings, books, strict=True)
        ]
        self.records = [
            record_row(description, reading, book, recognised=recognised)
            for description, reading, book in zip(self.descriptions, readings, books, strict=True)
        ]
        self._input = [
            {"file": path.name, "sha256": file_sha256(path), "codebook": _book(name, short=True)}
            | ({"mapping_sha256": file_sha256(Path(name))} if name.endswith(".toml") else {})
            for path, name in zip(paths, names, strict=True)
        ]

    def answer(self, say: Say, progress: Progress | None, without: Sequence[Reading] | None = None) -> Inquiry:
        """Put the questions one after the other, and write what was answered, even if an interruption ends it.

        `without` are the same records without what is repeated, for which the questions are asked again.
        """
        from groundswell.inquiry.dated import check_date
        from groundswell.inquiry.inquire import inquire
        from groundswell.inquiry.manner import Manner
        from groundswell.inquiry.result import series_frame

        if not any(reading.events.height for reading in self.readings):
            self._write_reading()
            self._finish(None, [])
            raise self._nothing()
        asked = self.asked
        material = self._gathered(self.readings)
        check_date(material, asked.at, asked.treated)
        self._write_reading()
        for note in material.notes:
            say(note)
        self.output.write_table("series", series_frame(material), folder=".")
        findings: list[Finding] = []
        manner = Manner(asked.depth, asked.seed, asked.at, asked.treated, progress or (lambda stage, done, total: None))
        try:
            for finding in inquire(material, self.questions, manner):
                findings.append(finding)
                for name, frame in finding.tables.items():
                    self.output.write_table(name, frame, folder=".")
        except KeyboardInterrupt:
            left = tuple(question.name for question in self.questions[len(findings) :])
            return dataclasses.replace(self._finish(material, findings), unanswered=left)
        return self._finish(material, findings, self._once_more(material, without, manner, say) if without else ())

    def _gathered(self, readings: Sequence[Reading], of: Material | None = None) -> Material:
        """What is asked about; as in `of`, if given, so that two answers are about the same."""
        from groundswell.inquiry.material import gather

        asked = self.asked
        kinds = asked.kinds if of is None else of.kinds
        by = asked.by if of is None else (of.by or "none")
        unit = asked.unit if of is None else of.unit
        return gather(readings, kinds=list(kinds) if kinds else None, unit=unit, places=list(asked.places), by=by)

    def _once_more(
        self, material: Material, readings: Sequence[Reading], manner: Any, say: Say
    ) -> Sequence[dict[str, Any]]:
        """The estimates without what is repeated; none if nothing is repeated."""
        from groundswell.inquiry.inquire import inquire
        from groundswell.inquiry.result import inquiry_of

        gone = sum(a.events.height - b.events.height for a, b in zip(self.readings, readings, strict=True))
        if not gone:
            say("Nothing is repeated: no row is an exact copy, and no two records are likely to share an event.")
            return ()
        say(f"The questions are asked again, without {gone:,} events that may be repeated.")
        other = self._gathered(readings, material)
        found = inquiry_of("", (), list(inquire(other, self.questions, manner)), other, self.questions, manner)
        return [{**row, "events_set_aside": gone} for row in found.rows()]

    def _nothing(self) -> RecordError:
        rejected = self.records[0].rejected_by_reason
        reason = rejected[0].reason if rejected else "the file is empty"
        return RecordError(
            f"no row of {self.records[0].file} could be read as an event ({reason})",
            expected="at least one event",
            instead=f"look into {self.output.folder / 'rejected.parquet'}; another codebook may fit (--codebook)",
        )

    def _write_reading(self) -> None:
        """Write events, rejected rows, cells that could not be read, and the tables that describe the files."""
        import polars as pl

        from groundswell.report.description_page import csv_of, prefix_of

        for name in ("events", "rejected", "unread"):
            frames = [getattr(reading, name) for reading in self.readings]
            if len(frames) > 1:
                frames = [
                    frame.with_columns(file=pl.lit(record.file))
                    for frame, record in zip(frames, self.records, strict=True)
                ]
            self.output.write_table(name, pl.concat(frames, how="diagonal"), folder=".")
        for at, description in enumerate(self.descriptions):
            for name, frame in description.tables.items():
                self.output.write_text(f"description/{prefix_of(at)}{name}.csv", csv_of(frame).decode())

    def _finish(
        self, material: Material | None, findings: Sequence[Finding], without: Sequence[dict[str, Any]] = ()
    ) -> Inquiry:
        from groundswell.inquiry.manner import Manner
        from groundswell.inquiry.result import compared, inquiry_of
        from groundswell.report.evidence_dossier import render

        manner = Manner(self.asked.depth, self.asked.seed)
        found = inquiry_of(self._title(material), self.records, findings, material, self.questions, manner)
        found = dataclasses.replace(found, repeats=compared(found.rows(), without))
        content = found.to_dict()
        self.output.write_json("evidence.json", content)
        manifest = manifest_of(
            "record",
            title=found.title,
            seed=self.asked.seed,
            about={
                "input": self._input,
                "settings": found.settings,
                "asked": {**self.asked.model_dump(), "questions": [question.name for question in self.questions]},
            },
        )
        self.output.write_text("evidence.html", render(content, {**manifest, "sha256": dict(self.output.files)}))
        self.output.commit(manifest)
        return found

    def _title(self, material: Material | None) -> str:
        what = " and ".join(dict.fromkeys(row.name for row in self.records))
        return what + (f": {', '.join(material.asked)}" if material is not None and material.asked else "")


def _book(name: str, *, short: bool = False) -> str:
    if not name.endswith(".toml"):
        return name
    return Path(name).name if short else str(Path(name).resolve())


def _codebooks(files: Sequence[Path], given: Sequence[str] | None, say: Say) -> list[str]:
    """One codebook for each file: as given, or recognised from the columns, which is reported."""
    from groundswell.records.codebooks.library import recognise

    if given:
        if len(given) not in (1, len(files)):
            raise RecordError(f"{len(given)} codebooks for {len(files)} files", expected="one for all, or one for each")
        return [str(name) for name in given] * (len(files) if len(given) == 1 else 1)
    names = []
    for file in files:
        names.append(recognise(file))
        say(f"{file} was recognised as {names[-1]} by its columns.")
    return names
