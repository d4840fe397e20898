"""Commands on data sets and files of records: list, fetch and check them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.cli._shared import NOT_EQUAL, SETTINGS, new_table, open_console
from groundswell.errors import RecordError

if TYPE_CHECKING:
    from groundswell.records.check import Report
    from groundswell.records.codebooks._base import Codebook
    from groundswell.records.schema import Reading

_ORDER = "Order of dates such as 3/4/2011: dmy, mdy or ymd; serial for a spreadsheet's numbers."
data_app = typer.Typer(no_args_is_help=True, context_settings=SETTINGS, help="Find, fetch and check data sets.")


@data_app.command("list")
def data_list() -> None:
    """List the data sets that Groundswell knows, their terms, and whether they are on this machine.

    Example: groundswell data list
    """
    from groundswell.records.registry import list_data

    table = new_table("name", "title", "licence", "download", "found")
    for row in list_data().iter_rows(named=True):
        table.add_row(
            row["name"],
            row["title"],
            row["licence"],
            "yes" if row["download"] else "no",
            f"{row['found']}/{row['files']}" if row["files"] else "your export",
        )
    open_console().print(table)


@data_app.command("get")
def data_get(name: Annotated[str, typer.Argument(help="A data set; see groundswell data list.")]) -> None:
    """Fetch a data set from its publisher, where its terms permit; otherwise say where to get it.

    Example: groundswell data get navco3
    """
    from groundswell.records.registry import get

    for path in get(name):
        print(path)


@data_app.command("check")
def data_check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|NAME]...",
            help="Files of records to report on, or names of data sets whose checksums are compared; "
            "by default all data sets found.",
        ),
    ] = None,
    codebook: Annotated[
        str | None,
        typer.Option(help="For files: a codebook or a mapping file (.toml); by default recognised from the columns."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day to read.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day to read.")] = None,
    date_order: Annotated[str | None, typer.Option(help=_ORDER)] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of months and sizes: en, fr, es, de, pt or it.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook: its name, or its number from 1.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the findings to this file.")] = None,
) -> None:
    """Report on files of records before you model anything, or compare data sets with their known checksums.

    Exit code 1: a file of a data set is missing or differs, or no row of a record can be read as an event.

    Example: groundswell data check events.csv
    """
    from groundswell.files import check_apart, check_writable, write_json
    from groundswell.records.registry import data_sets

    known = data_sets()
    files = [target for target in targets or () if target not in known and _is_file(target)]
    names = [target for target in targets or () if target not in files]
    if json is not None:
        check_writable(json.parent)
        check_apart(json, *files, codebook)
    if codebook is not None and not files:
        raise RecordError(
            f"a codebook, {codebook}, and no file",
            expected="the path of a record",
            instead="groundswell data check FILE",
        )
    words: dict[str, Any] = {}
    failed = False
    if files:
        how = _how(start, end, date_order=date_order, language=language, sheet=sheet)
        read = [_report(Path(file), codebook, how) for file in files]
        reports = [report for report, _ in read]
        shared = _shared(read)
        failed = any(report.first is None for report in reports)
        words["records"] = [report.to_dict() for report in reports]
        if shared:
            words["shared"] = shared
    if names or not files:
        compared, sentence = _compare(names)
        words["data_sets"] = compared
        if sentence:
            print(sentence, file=sys.stderr)
            failed = True
    if json is not None:
        write_json(json, words)
    if failed:
        raise typer.Exit(NOT_EQUAL)


@data_app.command("describe")
def data_describe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A record of events.")],
    codebook: Annotated[
        str | None, typer.Option(help="A codebook or a mapping file (.toml); by default recognised from the columns.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day to read.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day to read.")] = None,
    date_order: Annotated[str | None, typer.Option(help=_ORDER)] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of months and sizes: en, fr, es, de, pt or it.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook: its name, or its number from 1.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The output folder; by default out/descriptions/NAME of the file.")
    ] = None,
) -> None:
    """Describe a record on one page: events by month, kind and place, a map, what is odd, and what was set aside.

    Exit code 1: no row of the record can be read as an event.

    Example: groundswell data describe events.csv
    """
    from groundswell import __version__
    from groundswell.cli._shared import check_writable, say
    from groundswell.files import check_apart
    from groundswell.records.describe import describe_reading
    from groundswell.report.description_page import write

    how = _how(start, end, date_order=date_order, language=language, sheet=sheet)
    book = prepared_or_mapping(file, codebook, how)
    name = file.name.removesuffix(".gz").rpartition(".")[0] or file.name
    folder = out or Path("out/descriptions") / name
    check_writable(folder)
    found = describe_reading(book.read(file), file, title=book.data_set, citation=book.citation)
    for written in ("description.json", "description.html", *(f"tables/{name}.csv" for name in found.tables)):
        check_apart(folder / written, file, codebook)
    for sentence in found.sentences():
        say(sentence)
    for note in found.report.notes:
        say(f"Note: {note}")
    print(f"\ndescription: {write(folder, found, __version__)}")
    if found.report.first is None:
        raise typer.Exit(NOT_EQUAL)


@data_app.command("count")
def data_count(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A record of events, of any size.")],
    codebook: Annotated[
        str | None, typer.Option(help="A codebook or a mapping file (.toml); by default recognised from the columns.")
    ] = None,
    unit: Annotated[str, typer.Option(help="Unit of the periods: day, week, month, quarter or year.")] = "week",
    by: Annotated[str | None, typer.Option(help="Count separately by this column of places, such as country.")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day to read.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day to read.")] = None,
    date_order: Annotated[str | None, typer.Option(help=_ORDER)] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of months and sizes: en, fr, es, de, pt or it.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the counts here: .csv or .parquet.")] = None,
) -> None:
    """Count the events of a file by period, kind and place, without loading it into memory.

    Example: groundswell data count acled.parquet --unit week --by country --out weekly.csv
    """
    from groundswell.cli._shared import check_writable, say
    from groundswell.files import check_apart, write_bytes
    from groundswell.records.counting import count_events, table_bytes

    if out is not None:
        check_writable(out.parent)
        check_apart(out, file, codebook)
    how = _how(start, end, date_order=date_order, language=language)
    found = count_events(file, codebook, unit=unit, by=by, **how)  # type: ignore[arg-type]
    say(found.answer)
    for reason, rows, column, value in found.rejected.head(10).iter_rows():
        shown = "" if value is None else f", such as {column} {str(value)[:40]!r}"
        say(f"Rejected: {rows:,} for '{reason}'{shown}.")
    for note in found.notes:
        say(f"Note: {note}")
    if out is not None:
        write_bytes(out, table_bytes(found.counts, out))
        print(f"counts: {out}")


def _is_file(target: str) -> bool:
    """Whether this is meant as a file: it exists, or is written as a path."""
    path = Path(target)
    return path.exists() or "/" in target or "\\" in target or bool(path.suffix)


def _how(start: str | None, end: str | None, **options: str | None) -> dict[str, Any]:
    """How a file is read, from the options of a command."""
    from groundswell.records.window import day_of

    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    for name, option, value in (("start", "--from", start), ("end", "--to", end)):
        if value is not None:
            given[name] = day_of(value, option)
    return given


def prepared_or_mapping(path: Path, codebook: str | None, how: dict[str, Any]) -> Codebook:
    """The codebook of a file; where none is known, a mapping file to fill in is printed before the refusal."""
    from groundswell.records.codebooks._table import FileLayout
    from groundswell.records.codebooks._template import template
    from groundswell.records.events import prepared

    try:
        return prepared(path, codebook, **how)
    except RecordError as error:
        if codebook is None and "no codebook knows" in error.given:
            # a file that cannot be read at all raises here again, and needs no mapping
            mapping = template(path, FileLayout(sheet=how.get("sheet")))
            print(f"# Save this as a file that ends in .toml, look it over, and name it with --codebook.\n{mapping}")
        raise


def _shared(read: Sequence[tuple[Report, Reading]]) -> list[dict[str, Any]]:
    """How many events each pair of records probably shares, and how many there may be in all; printed and returned."""
    from groundswell.cli._shared import say
    from groundswell.records.identity import capture_recapture, likely_same, not_compared
    from groundswell.results import plain

    found = []
    for i, (one, first) in enumerate(read):
        for other, second in read[i + 1 :]:
            pairs = likely_same(first.events, second.events)
            seen = capture_recapture(first.events.height, second.events.height, pairs.height)
            names = [one.path.name, other.path.name]
            found.append({"files": names, **plain(vars(seen)), "pairs": plain(pairs.head(1000).to_dicts())})
            if pairs.height:
                say(
                    f"{names[0]} and {names[1]} are likely to share {pairs.height:,} events (of one kind, within two "
                    f"days and 10 km); analysed together, each of them counts twice. If they see events "
                    f"independently of each other, "
                    f"there are about {seen.total:,.0f} in all ({seen.low:,.0f} to {seen.high:,.0f}), of which "
                    f"{names[0]} holds {seen.share_first:.0%} and {names[1]} {seen.share_second:.0%}. In a mapping "
                    f"file of {names[0]}: [accuracy] recall = [{first.events.height / seen.high:.2f}, "
                    f"{min(first.events.height / seen.low, 1):.2f}]. With `--repeats drop`, each counts once."
                )
            if left := not_compared(first.events) + not_compared(second.events):
                say(
                    f"{left:,} events were not compared, to limit the time spent on crowded days: only the first 500 "
                    f"events per day, kind and place of each record are compared. The records may share more "
                    f"events than stated."
                )
    return found


def _report(path: Path, codebook: str | None, how: dict[str, Any]) -> tuple[Report, Reading]:
    from groundswell.records.check import check_reading

    book = prepared_or_mapping(path, codebook, how)
    reading = book.read(path)
    report = check_reading(path, reading)
    for sentence in report.sentences():
        open_console().print(sentence, highlight=False, markup=False, soft_wrap=True)
    for note in report.notes:
        open_console().print(f"Note: {note}", highlight=False, markup=False, soft_wrap=True)
    return report, reading


def _compare(names: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """Compare data sets with the registry; the rows, and a sentence where something is missing or differs."""
    from groundswell.records.registry import cache_folder, check_data, data_set, list_data

    asked = list(names) or [row["name"] for row in list_data().iter_rows(named=True) if row["found"]]
    if not asked:
        print("no data set is on this machine")
        return [], f"nothing to check: looked in GROUNDSWELL_DATA and {cache_folder()}"
    rows = [{"data set": each, **row} for each in asked for row in check_data(each).iter_rows(named=True)]
    table = new_table("data set", "file", "status", "path")
    for row in rows:
        table.add_row(row["data set"], row["file"], row["status"], row["path"] or "")
    open_console().print(table)
    say = []
    differs = sum(row["status"] == "differs" for row in rows)
    if differs:
        say.append(
            f"{differs} {'file differs' if differs == 1 else 'files differ'} from the version that the project knows"
        )
    here = {row["data set"] for row in rows if row["path"]}
    for name in names:  # data sets requested by name must all be there; of those found, some files may be absent
        if name not in here:
            of = data_set(name)
            if not of.files:
                say.append(
                    f"{name} has no files that the project knows; to check your own file: groundswell data check FILE"
                )
                continue
            get = f"groundswell data get {name}" if of.can_download else f"get it from {of.page}"
            say.append(f"{name} is not on this machine, in GROUNDSWELL_DATA or {cache_folder()}: {get}")
    return rows, "; ".join(say)
