"""Records as people have them: each form of file, date, size, count and kind is read, or refused with what to do."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import groundswell
from groundswell.errors import RecordError
from groundswell.records.codebooks._amounts import read_amounts
from groundswell.records.codebooks._dates import read_dates
from groundswell.records.codebooks._style import Style
from groundswell.records.codebooks._template import template
from groundswell.records.codebooks.library import recognise
from groundswell.records.events import read_events
from groundswell.records.identity import capture_recapture, likely_same, merged, name_pairs
from groundswell.records.record import Record


def read(tmp_path: Path, text: str, mapping: str | None = None, name: str = "a.csv", **options: object) -> Record:
    (tmp_path / name).write_text(text, encoding="utf-8")
    if mapping is None:
        return groundswell.read(tmp_path / name, **options)
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    return groundswell.read(tmp_path / name, tmp_path / "m.toml", **options)


# -- ACLED ------------------------------------------------------------------------------------------------------------

OLD = (
    "GWNO,EVENT_ID_CNTY,EVENT_ID_NO_CNTY,EVENT_DATE,YEAR,TIME_PRECISION,EVENT_TYPE,ACTOR1,ALLY_ACTOR_1,INTER1,ACTOR2,"
    "ALLY_ACTOR_2,INTER2,INTERACTION,COUNTRY,ADMIN1,ADMIN2,ADMIN3,LOCATION,LATITUDE,LONGITUDE,GEO_PRECISION,SOURCE,"
    "NOTES,FATALITIES\n"
)


def old(number: int, kind: str, inter: int = 6, day: str = "03/04/2001", notes: str = "") -> str:
    return f'1,{number}F,1,{day},2001,1,{kind},A,Students,{inter},B,,1,16,F,N,,,Ayton,10.5,20.5,1,D,"{notes}",0\n'


def test_old_acled_is_read_by_its_codebook_day_first(tmp_path: Path) -> None:
    rows = [old(1, "Riots/Protests", notes="[size=about 200] x"), old(2, "Riots/Protests", 5),
            old(3, "Non-violent transfer of territory"), old(4, "Battle-Government regains territory"),
            old(5, "Violence against civilians", 1)]  # fmt: skip
    events = read(tmp_path, OLD + "".join(rows)).events
    assert events["kind"].to_list() == ["protest", "violence", "other", "violence", "repression"]
    assert events["date"][0] == date(2001, 4, 3)
    assert (events["size_low"][0], events["actor"][0]) == (200, "students")


def test_the_newest_version_of_an_event_is_kept(tmp_path: Path) -> None:
    head = ("event_id_cnty,event_date,time_precision,event_type,sub_event_type,inter1,inter2,country,location,latitude,"
            "longitude,fatalities,tags,timestamp\n")  # fmt: skip
    row = "F{},2021-01-0{},1,Protests,Peaceful protest,Protesters,,F,Ayton,1,2,{},,{}\n"
    text = head + row.format(1, 1, 0, 300) + row.format(2, 2, 0, 100) + row.format(1, 1, 9, 200)
    record = read(tmp_path, text)
    assert record.events.select("row", "fatalities").rows() == [(1, 0), (2, 0)]
    reason = "the identifier of another row, which was kept"
    assert record.rejected.select("row", "value", "reason").rows() == [(3, "F1 (row 1)", reason)]
    assert record.reading.repeated_ids == 1
    assert read(tmp_path, text, 'codebook = "acled"\nsame_id = "keep last"').events["fatalities"].to_list() == [0, 9]


def test_the_answer_of_an_api_and_parquet_say_the_same(tmp_path: Path) -> None:
    rows = [{"date": f"2021-01-{d:02}", "kind": "march", "size": 10.0 * d} for d in range(1, 9)]
    (tmp_path / "api.json").write_text(json.dumps({"status": 200, "success": True, "data": rows}))
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame(rows).write_ndjson(tmp_path / "a.jsonl")
    columns = ["date", "kind", "size_low"]
    found = [groundswell.read(tmp_path / name).events.select(columns) for name in ("api.json", "a.parquet", "a.jsonl")]
    assert found[0].height == 8
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])


# -- counts -----------------------------------------------------------------------------------------------------------


def test_aggregated_tables_count_what_their_column_adds_up_to(tmp_path: Path) -> None:
    weekly = "WEEK,REGION,COUNTRY,ADMIN1,EVENT_TYPE,SUB_EVENT_TYPE,EVENTS,FATALITIES\n"
    rows = "2022-01-01,R,F,N,Protests,Peaceful protest,7,0\n2022-01-08,R,F,N,Battles,Armed clash,3,2\n"
    record = read(tmp_path, weekly + rows)
    assert (record.codebook.name, record.reading.count, dict(record.kinds)) == (
        "acled_weekly", 10, {"protest": 7, "violence": 3},
    )  # fmt: skip
    assert record.events["date"][0] == date(2022, 1, 3)  # of the seven days from Saturday, five lie in that week
    assert record.series(["protest", "violence"]).counts.tolist() == [[7, 0], [0, 3]]


def test_a_count_of_zero_says_that_somebody_watched(tmp_path: Path) -> None:
    text = "Country,Admin1,Admin2,Month,Year,Events,Fatalities\nF,N,X,January,2019,0,0\nF,N,X,February,2019,4,1\n"
    record = read(tmp_path, text, 'codebook = "hdx"\nconstants = { kind = "protest" }')
    assert (record.reading.count, record.reading.zeros.height, record.rejected.height) == (4, 1, 0)
    assert record.events["precision"].to_list() == ["month"]


def test_a_plain_table_of_dates_and_numbers_is_recognised(tmp_path: Path) -> None:
    record = read(tmp_path, "day,attacks,protest\n2019-01-01,3,0\n2019-01-02,0,0\n2019-01-03,1,7\n")
    assert (record.codebook.name, dict(record.kinds)) == ("counts", {"protest": 7, "attacks": 4})
    assert record.reading.zeros["row"].to_list() == [2]


@pytest.mark.parametrize(
    ("value", "reason"),
    [("x", "not a number"), ("1.5", "whole number"), ("-1", "negative"), ("", "no number"), ("2-3", "a range")],
)
def test_a_count_that_is_none_is_rejected_with_its_reason(tmp_path: Path, value: str, reason: str) -> None:
    mapping = 'count = "n"\ncolumns = { date = "d" }\nconstants = { kind = "raid" }\n'
    record = read(tmp_path, f"d,n\n2019-01-01,3\n2019-01-02,{value}\n", mapping)
    assert record.reading.count == 3
    assert reason in record.rejected["reason"][0]


# -- kinds, roles and places ------------------------------------------------------------------------------------------


def test_kinds_are_the_users_words_with_roles_and_places_are_any_column(tmp_path: Path) -> None:
    mapping = (
        'columns = { date = "d", kind = "k" }\nplaces = ["town", "state"]\n'
        '[roles]\narson = "violence"\nmarch = "mobilisation"\n'
    )
    record = read(tmp_path, "d,k,town,state\n2019-01-01,arson,A,X\n2019-01-02,march,B,X\n", mapping)
    assert record.events["role"].to_list() == ["violence", "mobilisation"]
    assert record.events.columns[-1] == "state"
    assert record.series("march", "day", place="X", by="state").counts.sum() == 1
    with pytest.raises(RecordError, match="did you mean 'march'"):
        record.series("marche", "day")
    texts = "".join(f"2019-01-01,text {i},A,X\n" for i in range(300))
    with pytest.raises(RecordError, match="different kinds"):
        read(tmp_path, "d,k,town,state\n" + texts, 'columns = { date = "d", kind = "k" }')


def test_a_printed_mapping_guesses_no_kind_from_part_of_a_word(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Date,Event type\n2019-01-01,Non-violent transfer of territory\n2019-01-02,No demolition\n")
    written = template(path)
    assert '"non-violent transfer of territory" = "non-violent transfer of territory"' in written
    assert not any(f'= "{kind}"' in written for kind in ("violence", "protest"))


def test_names_of_one_place_are_said_and_merged_only_as_asked(tmp_path: Path) -> None:
    rows = "date,kind,place,country\n" + "2019-01-01,a,Saint-Étienne,F\n" * 9 + "2019-01-02,a,saint etienne,F\n"
    assert '"saint etienne" = "Saint-Étienne"' in " ".join(read(tmp_path, rows).describe().sentences())
    columns = 'columns = { date = "date", kind = "kind", place = "place" }\n'
    merged = read(tmp_path, rows, columns + '[aliases]\n"Saint-Étienne" = ["saint etienne"]\n')
    assert merged.events["place"].unique().to_list() == ["Saint-Étienne"]
    pairs = {(p.rare, p.common) for p in name_pairs({"Swaziland": 9, "eSwatini": 3, "Lyon": 5, "Lyons": 5})}
    assert pairs == {("eSwatini", "Swaziland")}


# -- windows ----------------------------------------------------------------------------------------------------------


def test_a_window_makes_zeros_of_silence_and_a_mask_of_what_nobody_collected(tmp_path: Path) -> None:
    mapping = (
        'columns = { date = "d", kind = "k", place = "p" }\n[window]\nspan = ["2019-01-07", "2019-03-31"]\n'
        'not_collected = [["2019-02-04", "2019-02-10"]]\nadded = { B = "2019-03-04" }\nplaces = ["A", "B", "C"]\n'
    )
    rows = "d,k,p\n2019-01-08,a,A\n2019-03-20,a,B\n2019-04-02,a,A\n2019-01-09,a,D\n"
    record = read(tmp_path, rows, mapping)
    assert [reason[:16] for reason in record.rejected["reason"]] == ["outside the span", "a place that the"]
    one = record.series("a", place="A")
    assert (one.start, len(one), int((~one.watched).sum())) == (date(2019, 1, 7), 12, 1)
    assert np.isnan(one.masked()[4, 0])
    assert one.masked()[-1, 0] == 0
    longest = one.longest_watched()
    assert (longest.start, len(longest), longest.watched.all()) == (date(2019, 2, 11), 7, True)
    assert record.series("a", place="B").start == date(2019, 3, 4)
    assert record.series("a", place="C").counts.sum() == 0  # watched, and nothing happened
    cut = read(tmp_path, rows, mapping, start=date(2019, 1, 21))
    assert cut.window.first == date(2019, 1, 21)


def test_a_series_that_holds_a_week_in_part_leaves_it_out(tmp_path: Path) -> None:
    mapping = 'columns = { date = "d", kind = "k" }\n[window]\nspan = ["2019-01-09", "2019-01-30"]\n'
    found = read(tmp_path, "d,k\n2019-01-15,a\n2019-01-29,a\n", mapping).series("a")
    assert (found.start, len(found), found.counts.sum()) == (date(2019, 1, 14), 2, 1)


# -- dates and sizes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "style", "day", "precision"),
    [
        ("1er janvier 2021", Style(language=("fr",)), date(2021, 1, 1), "day"),
        ("lundi 3 août 2021", Style(language=("fr",)), date(2021, 8, 3), "day"),
        ("3 de mayo de 2021", Style(language=("es",)), date(2021, 5, 3), "day"),
        ("3. März 2021", Style(language=("de",)), date(2021, 3, 3), "day"),
        ("março de 2021", Style(language=("pt",)), date(2021, 3, 1), "month"),
        ("45292", Style(date_order="serial"), date(2024, 1, 1), "day"),
        ("45292.75", Style(date_order="serial"), date(2024, 1, 1), "day"),
        ("43830", Style(date_order="serial 1904"), date(2024, 1, 1), "day"),
        ("2021-Q3", Style(), date(2021, 7, 1), "quarter"),
        ("Q4 2021", Style(), date(2021, 10, 1), "quarter"),
        ("2021-W05", Style(), date(2021, 2, 1), "week"),
        ("2021-W05-3", Style(), date(2021, 2, 3), "day"),
        ("8/1/22", Style(date_order="dmy", century=2000), date(2022, 1, 8), "day"),
        ("8/1/55", Style(date_order="dmy", century=1950), date(1955, 1, 8), "day"),
    ],
)
def test_dates_in_other_languages_numbers_and_grains(text: str, style: Style, day: date, precision: str) -> None:
    assert read_dates(pl.Series([text]), style=style).row(0)[:3] == (day, precision, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [("1 janvier 2021", "language = 'fr'"), ("3. März 2021", "language = 'de'"), ("45292", 'date_order = "serial"')],
)
def test_a_date_that_is_not_read_says_what_to_write(text: str, says: str) -> None:
    assert says in read_dates(pl.Series([text])).row(0)[2]


@pytest.mark.parametrize(
    ("text", "style", "low", "high"),
    [
        ("plusieurs centaines", Style(language=("fr",)), 200, 900),
        ("quelques dizaines", Style(language=("fr",)), 20, 90),
        ("des milliers", Style(language=("fr",)), 1000, 9999),
        ("env. 300", Style(language=("fr",)), 300, 300),
        ("entre 200 et 300 personnes", Style(language=("fr",)), 200, 300),
        ("plus de 500", Style(language=("fr",)), 500, None),
        ("varios cientos", Style(language=("es",)), 200, 900),
        ("más de mil", Style(language=("es",)), 1000, None),
        ("mehrere hundert", Style(language=("de",)), 200, 900),
        ("rund 500 Menschen", Style(language=("de",)), 500, 500),
        ("cerca de 2 mil", Style(language=("pt",)), 2000, 2000),
        ("centinaia", Style(language=("it",)), 100, 999),
        ("3.000", Style(decimal=","), 3000, 3000),
        ("2,5k", Style(decimal=","), 2500, 2500),
        ("1 200", Style(), 1200, 1200),
        ("2,500", Style(thousands=".,"), 2500, 2500),
    ],
)
def test_sizes_in_words_and_by_locale(text: str, style: Style, low: float, high: float | None) -> None:
    assert read_amounts(pl.Series([text]), style).row(0) == (low, high, None)


def test_a_lone_date_centuries_off_is_set_aside_and_an_absurd_span_refused(tmp_path: Path) -> None:
    rows = "".join(f"20{y:02}-03-01,a\n" for y in range(1, 20))
    record = read(tmp_path, "date,kind\n0205-03-01,a\n" + rows)
    assert record.rejected["value"].to_list() == ["0205-03-01"]
    assert record.events["date"].min() == date(2001, 3, 1)
    with pytest.raises(RecordError, match="at most 1,000 years"):
        read(tmp_path, "date,kind\n" + "".join(f"{y:04}-06-01,a\n" for y in range(1, 9951, 50)))


# -- files ------------------------------------------------------------------------------------------------------------


def sheet_of(path: Path, rows: str, merged: str = "") -> Path:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    content = "http://schemas.openxmlformats.org/package/2006/content-types"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    merged = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("[Content_Types].xml", f'<Types xmlns="{content}"><Default Extension="rels" ContentType='
                     '"application/vnd.openxmlformats-package.relationships+xml"/>'
                     f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
                     '<Override PartName="/xl/worksheets/sheet1.xml" '
                     f'ContentType="{kind}.worksheet+xml"/></Types>')  # fmt: skip
        out.writestr("_rels/.rels", f'<Relationships xmlns="{package}"><Relationship Id="r1" Type='
                     f'"{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>')  # fmt: skip
        out.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
                     '<sheet name="one" sheetId="1" r:id="r1"/></sheets></workbook>')  # fmt: skip
        out.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}"><Relationship Id="r1" Type='
                     f'"{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')  # fmt: skip
        out.writestr("xl/worksheets/sheet1.xml",
                     f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData>{merged}</worksheet>')  # fmt: skip
    return path


def cells(number: int, **given: str) -> str:
    made = "".join(f'<c r="{c}{number}" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in given.items())
    return f'<row r="{number}">{made}</row>'


def test_a_hand_kept_sheet_is_read_below_its_title_with_merged_cells_and_without_its_totals(tmp_path: Path) -> None:
    rows = [cells(1, A="Our list"), cells(2, A="date", B="kind", C="place")]
    rows += [cells(3, A="2020-01-01", B="march", C="A"), cells(4, B="vigil", C="B")]
    rows += [cells(5, A="2020-01-03", B="march", C="A"), cells(6, A="Total", B="3")]
    path = sheet_of(tmp_path / "a.xlsx", "".join(rows), '<mergeCell ref="A1:C1"/><mergeCell ref="A3:A4"/>')
    record = groundswell.read(path)
    assert record.events.select("date", "kind").rows() == [
        (date(2020, 1, 1), "march"), (date(2020, 1, 1), "vigil"), (date(2020, 1, 3), "march"),
    ]  # fmt: skip
    assert record.rejected["reason"].to_list() == ["a row of totals, not an event"]
    assert record.reading.where(4) == "row 4 (line 6)"
    assert groundswell.read(path, header_rows=2, sheet="one").events.height == 3
    with pytest.raises(RecordError, match="no sheet 'two'"):
        groundswell.read(path, sheet="two")


def test_a_far_cell_is_refused_before_the_sheet_is_held(tmp_path: Path) -> None:
    path = sheet_of(tmp_path / "a.xlsx", cells(1, A="date", B="kind") + cells(1048576, XFD="x"))
    with pytest.raises(RecordError, match=r"1,048,576 rows and 16,384 columns.*XFD1048576"):
        groundswell.read(path)


@pytest.mark.parametrize(
    ("name", "says"), [("a.rda", "write_parquet"), ("a.zip", "unpack"), ("a.sqlite", "as CSV"), ("a.pkl", "Parquet")]
)
def test_a_form_that_is_not_read_says_what_to_do(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / name).write_bytes(b"RDX3\n\x00\x01")
    with pytest.raises(RecordError, match=says):
        groundswell.read(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path, Path("/dev/zero")):
        with pytest.raises(RecordError, match=r"is a folder|device, a pipe"):
            groundswell.read(path)
        with pytest.raises(RecordError, match=r"is a folder|device, a pipe|codebook"):
            groundswell.read(tmp_path / "a.csv", path if path.suffix else str(path))


def test_a_gdelt_file_without_a_header_loses_no_event(tmp_path: Path) -> None:
    def row(number: int, code: str, geo: int) -> str:
        head = [str(number), "20240501", "202405", "2024", "2024.3", *["FRE", "F", "FRA", *[""] * 4, "GOV", "", ""]]
        second = ["", "", "FRA", *[""] * 7]
        middle = ["1", code, code[:3], code[:2], "3", "-6", "1", "1", "1", "0"]
        place = ["4", "Ayton, N, Freedonia", "FR", "FR01", *([""] if geo == 8 else []), "10.5", "20.5", "-1"]
        return "\t".join([*head, *second, *middle, *place, *place, *place, "20240501", "http://x"]) + "\n"

    for geo, name in ((7, "20240501.export.CSV"), (8, "20240501000000.export.CSV")):
        text = row(1, "141", geo) + row(2, "175", geo) + row(3, "1831", geo)
        record = read(tmp_path, text, name=name)
        assert (record.codebook.name, record.events.height) == ("gdelt", 3)
        assert record.events["kind"].to_list() == ["protest", "repression", "repression"]
        assert record.events.select("latitude", "longitude", "country").row(0) == (10.5, 20.5, "Freedonia")
    with pytest.raises(RecordError, match="Knowledge Graph"):
        read(tmp_path, "DATE\tNUMARTS\tCOUNTTYPE\tNUMBER\n20240501\t1\tKILL\t3\n", name="x.gkgcounts.csv")


def test_many_columns_are_read_in_linear_time(tmp_path: Path) -> None:
    names = ",".join(f"c{i}" for i in range(3000))
    (tmp_path / "wide.csv").write_text(f"when,what,{names}\n" + ("2020-01-01,march," + ",".join("1" * 3000) + "\n") * 3)
    assert template(tmp_path / "wide.csv").count("\n") < 100
    with pytest.raises(RecordError, match="and 2990 more"):
        recognise(tmp_path / "wide.csv")


# -- the same event twice ---------------------------------------------------------------------------------------------


def test_two_sources_of_one_event_are_paired_once_by_day_distance_and_kind(tmp_path: Path) -> None:
    head = "date,kind,place,latitude,longitude\n"
    one = read(tmp_path, head + "2020-01-01,a,A,50,8\n2020-01-05,a,A,50,8\n2020-01-09,b,B,51,9\n").events
    two = read(tmp_path, head + "2020-01-02,a,A,50.01,8\n2020-01-02,a,C,52,8\n2020-01-09,a,B,51,9\n").events
    pairs = likely_same(one, two)
    assert pairs.select("first_row", "second_row", "days").rows() == [(1, 1, 1)]
    assert 0 < pairs["score"][0] < 1
    assert pairs["km"][0] == pytest.approx(1.11, abs=0.01)


def test_capture_and_recapture_covers_a_known_number() -> None:
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(400):
        a, b = rng.uniform(size=500) < 0.5, rng.uniform(size=500) < 0.4
        found = capture_recapture(int(a.sum()), int(b.sum()), int((a & b).sum()))
        covered += found.low <= 500 <= found.high
    assert abs(covered / 400 - 0.95) < 4 * (0.95 * 0.05 / 400) ** 0.5


def test_a_source_that_holds_all_of_a_small_one_may_still_miss_events() -> None:
    found = capture_recapture(60, 30, 30)
    assert (found.total, found.low) == (60, 60)
    assert pytest.approx((60 / found.high) ** 30) == 0.025


@pytest.mark.parametrize("name", ["a.dta", "a.sav"])
def test_newer_stata_and_spss_are_read_with_the_extra(tmp_path: Path, name: str) -> None:
    pyreadstat = pytest.importorskip("pyreadstat", reason="the extra 'formats' is not installed")
    pandas = pytest.importorskip("pandas", reason="pandas, with which the file is written, is not installed")
    days = ["2020-01-01", "2020-02-03", "2020-03-05"]
    frame = pandas.DataFrame({"date": days, "kind": ["march"] * 3, "size": [1.0, 250.0, float("nan")]})
    (pyreadstat.write_dta if name.endswith("dta") else pyreadstat.write_sav)(frame, str(tmp_path / name))
    events = groundswell.read(tmp_path / name).events
    assert events["date"].cast(pl.String).to_list() == days
    assert events["size_low"].to_list() == [1, 250, None]


def test_records_with_other_columns_of_places_are_asked_together(tmp_path: Path) -> None:
    rows = "".join(f"2019-{m:02}-{d:02},march,A,X\n" for m in range(1, 13) for d in range(1, 28))
    mapping = 'columns = { date = "d", kind = "k" }\nplaces = ["{}"]\n'
    files = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(
            f"d,k,{name},n\n{rows}{'2020-01-01,march,A,X' if name == 'two' else ''}\n"
        )
        (tmp_path / f"{name}.toml").write_text(mapping.replace("{}", name))
        files.append(tmp_path / f"{name}.csv")
    books = [str(path.with_suffix(".toml")) for path in files]
    found = groundswell.ask(files, tmp_path / "out", codebook=books, questions=["check"])
    assert pl.read_parquet(tmp_path / "out" / "events.parquet").height == 2 * 324 + 1
    assert found.answers == () or not list(found.answers)


def test_two_sources_of_one_event_are_merged_only_as_asked(tmp_path: Path) -> None:
    head = "date,kind,place,latitude,longitude,size\n"
    one = "2020-03-01,march,Ayton,51.5,8.25,\n"
    other = "2020-01-02,march,Aytown,51.51,8.25,300\n2020-06-01,march,Ayton,51.5,8.25,5\n"
    (tmp_path / "a.csv").write_text(head + "2020-01-01,march,Ayton,51.5,8.25,\n" + one + one, encoding="utf-8")
    (tmp_path / "b.csv").write_text(head + other, encoding="utf-8")
    readings = [read_events(tmp_path / name, "csv") for name in ("a.csv", "b.csv")]
    first, second = merged(readings, ["a.csv", "b.csv"])
    assert (first.events.height, second.events.height) == (2, 1)
    assert first.rejected.select("row", "value", "reason").rows() == [(3, "row 2", "an exact copy of an earlier row")]
    row = second.rejected.row(0, named=True)
    assert (row["row"], row["reason"]) == (1, "likely the same event as one of another record, which keeps it")
    assert row["value"].startswith("row 1 of a.csv (score 0.")
    assert first.events["size_low"].to_list() == [300.0, None]  # what the kept event leaves open
    assert [r.events.height for r in readings] == [3, 2]


def test_series_of_a_country_begin_where_the_data_set_began_to_cover_it(tmp_path: Path) -> None:
    head = ("event_id_cnty,event_date,time_precision,event_type,sub_event_type,inter1,inter2,country,location,latitude,"
            "longitude,fatalities\n")  # fmt: skip
    row = "F{},{},1,Protests,Peaceful protest,Protesters,,{},Ayton,1,2,0\n"
    days = [(1, "1995-01-02", "Freedonia"), (2, "1999-01-04", "Kenya"), (3, "1999-03-01", "Freedonia")]
    record = read(tmp_path, head + "".join(row.format(*day) for day in days))
    assert record.window.added == {"Kenya": date(1997, 1, 1)}
    counted = record.series("protest", "week", place="Kenya")
    assert (counted.start, int(counted.watched.sum())) == (date(1997, 1, 6), len(counted))
    assert any("chapter 11" in note for note in record.notes)
    assert record.series("protest", "week", place="Freedonia").start == date(1995, 1, 2)


def test_countries_by_another_name_are_two(tmp_path: Path) -> None:
    names = ["Gambia"] * 30 + ["Zambia"] * 300 + ["Saint-Étienne"] * 5 + ["saint etienne"] * 50
    pairs = {(pair.common, pair.rare) for pair in name_pairs({name: names.count(name) for name in names})}
    assert pairs == {("saint etienne", "Saint-Étienne")}


def test_a_first_line_that_states_the_delimiter_and_a_quarter_are_read(tmp_path: Path) -> None:
    record = read(tmp_path, "sep=;\ndate;kind\n2020-Q3;march\n2020-W53;march\n")
    assert record.events.select("date", "precision").rows() == [
        (date(2020, 7, 1), "quarter"),
        (date(2020, 12, 28), "week"),
    ]
