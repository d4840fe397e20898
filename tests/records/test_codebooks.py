"""Codebooks: the records as published come out with the totals that are known of them, and wrong files are refused."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from groundswell.errors import RecordError
from groundswell.records.codebooks.library import codebook, codebooks
from groundswell.records.events import read_events
from groundswell.records.schema import Reading

DATA = Path(os.environ.get("GROUNDSWELL_DATA", Path(__file__).parents[2] / "../shared/data"))


def shared(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip("the shared data sets are not here; set GROUNDSWELL_DATA to their folder")
    return path


def by_kind(reading: Reading) -> dict[str, int]:
    return dict(reading.events["kind"].value_counts().iter_rows())


def whole(reading: Reading, rows: int) -> Reading:
    """The reading, once it is certain that every row of the file is an event or rejected."""
    assert reading.rows == rows
    assert reading.events["row"].n_unique() + reading.rejected.height + reading.zeros.height == rows
    assert reading.events["id"].n_unique() == reading.events.height
    return reading


def test_codebooks_are_found_without_a_list():
    books = codebooks()
    assert set(books) >= {"navco3", "mass_mobilization", "blm_2020", "police_2020", "icews", "fmcs", "turchin", "csv"}
    assert all(codebook(name) is not None and book.title for name, book in books.items())
    assert codebook(books["fmcs"]) is books["fmcs"]


# --- NAVCO 3.0 -----------------------------------------------------------------------------------------------------


def test_navco_compact_totals_by_kind():
    reading = whole(read_events(shared("navco", "navco3_events_compact.csv.gz"), "navco3"), 112_381)
    assert by_kind(reading) == {"protest": 26_300, "violence": 16_601 + 803, "repression": 14_909, "other": 53_768}
    details = dict(reading.events["detail"].value_counts().iter_rows())
    assert (details["nonviolent"], details["violent"], details["mixed"]) == (26_300, 16_601, 803)
    assert reading.rejected.height == 0
    assert reading.exact_duplicates == 1_328  # 1.2%, as DATA says
    recent = reading.events.filter(pl.col("date").dt.year() >= 2011).height
    assert recent / 112_381 == pytest.approx(0.354, abs=0.001)
    ranged = reading.events.filter((pl.col("size_low") == 100) & (pl.col("size_high") == 300))
    assert ranged.height >= 619 + 287  # "100-300" and "100 - 300"
    assert reading.unread.rows() == [
        (reading.unread["row"][0], "num_partic_event", "100000 - 30000", "range that runs backwards")
    ]
    # what the compact file says of itself, coded by whoever made it, against our coding of the same row
    compact = pl.read_csv(shared("navco", "navco3_events_compact.csv.gz"), infer_schema=False)
    ours = reading.events.select(
        pl.when(pl.col("detail").is_in(["nonviolent", "violent", "mixed"]))
        .then("detail")
        .otherwise("kind")
        .alias("etype")
    )
    assert ours["etype"].equals(compact["etype"])


@pytest.mark.parametrize(("name", "rows"), [("Estonia", 168), ("Tanzania", 408)])
def test_navco_workbooks_agree_row_for_row_with_the_compact_file(name: str, rows: int):
    workbook = whole(read_events(shared("navco", f"NAVCO3.0_{name}.xlsx"), "navco3"), rows).events
    compact = read_events(shared("navco", "navco3_events_compact.csv.gz"), "navco3").events
    compact = compact.filter(pl.col("country") == name)
    assert compact.height == rows
    assert workbook.drop("row").equals(compact.drop("row"))


def navco_row(**given: str) -> dict[str, str]:
    row = {
        "country_name": "Nowhere", "date": "2011-01-25", "actor_id": "2", "verb_10": "14", "verb_100": "141",
        "verb_1000": "", "tactical_choice": "1", "num_partic_event": "", "fatal_casu": "", "localities": "Here",
        "cameo_actor_3": "STU", "target_3": "GOV",
    }  # fmt: skip
    return row | given


@pytest.mark.parametrize(
    ("given", "kind", "detail"),
    [
        ({}, "protest", "nonviolent"),
        ({"tactical_choice": "0"}, "violence", "violent"),
        ({"tactical_choice": "2.0"}, "violence", "mixed"),
        ({"actor_id": "1", "verb_10": "17", "verb_100": "175"}, "repression", "cameo 175"),
        ({"actor_id": "1", "verb_10": "20", "verb_100": "203", "verb_1000": "2031"}, "repression", "cameo 2031"),
        ({"actor_id": "1", "verb_10": "16", "verb_100": "160"}, "other", "cameo 160"),
        ({"actor_id": "1", "verb_10": "03 ", "verb_100": "036"}, "other", "cameo 036"),
        ({"actor_id": "3", "verb_10": "19", "verb_100": "190"}, "other", "cameo 190"),
        ({"actor_id": "2", "tactical_choice": "", "verb_100": "141"}, "other", "cameo 141"),
    ],
)
def test_navco_kinds(tmp_path: Path, given: dict[str, str], kind: str, detail: str):
    pl.DataFrame([navco_row(**given)]).write_csv(tmp_path / "a.csv")
    event = read_events(tmp_path / "a.csv", "navco3").events.row(0, named=True)
    assert (event["kind"], event["detail"]) == (kind, detail)
    assert (event["actor"], event["target"]) == ("students", "state")


def test_navco_rows_without_an_actor_or_verb_are_set_aside(tmp_path: Path):
    pl.DataFrame([navco_row(), navco_row(actor_id=""), navco_row(verb_10="")]).write_csv(tmp_path / "a.csv")
    reading = read_events(tmp_path / "a.csv", "navco3")
    assert reading.events["row"].to_list() == [1]
    assert reading.rejected["column"].to_list() == ["actor_id", "verb_10"]


# --- Mass Mobilization ---------------------------------------------------------------------------------------------


def test_mass_mobilization_derivative():
    path = shared("mass_mobilization", "mm_master.csv.gz")
    reading = whole(read_events(path, "mass_mobilization"), 15_239)
    kinds = by_kind(reading)
    raw = pl.read_csv(path)
    coded = raw.select(pl.any_horizontal(pl.col("arrests", "beatings", "crowddispersal", "killings", "shootings") == 1))
    assert kinds["protest"] == 15_239
    assert kinds["repression"] == coded.to_series().sum()
    assert kinds["concession"] == raw["accomodation"].sum()
    assert (reading.events.filter(pl.col("detail") == "violent").height) == (raw["protesterviolence"] == 1).sum()
    # every response links back to a protest of the same row
    linked = reading.events.filter(pl.col("kind") != "protest").with_columns(
        of=pl.col("id").str.replace("/(repression|concession)$", "")
    )
    protests = reading.events.filter(pl.col("kind") == "protest").select("id", "row", "date")
    joined = linked.join(protests, left_on="of", right_on="id", how="left")
    assert (joined["row"] == joined["row_right"]).all()
    assert (joined["date"] == joined["date_right"]).all()
    # a size that is only words is taken from the category, and words such as "1000s" are read
    assert reading.events.filter(pl.col("kind") == "protest").row(0, named=True)["size_high"] == 9999


def test_mass_mobilization_in_the_publishers_columns(tmp_path: Path):
    columns = (
        "id,country,ccode,year,region,protest,protestnumber,startday,startmonth,startyear,endday,endmonth,endyear,"
        "protesterviolence,location,participants_category,participants,protesteridentity,protesterdemand1,"
        "stateresponse1,stateresponse2,stateresponse3,stateresponse4,stateresponse5,stateresponse6,stateresponse7,"
        "sources,notes"
    )
    rows = [
        "201990001,Canada,20,1990,North America,1,1,15,1,1990,16,1,1990,0,national,,1000s,unspecified,labor wage "
        'dispute,ignore,,,,,,,"1. a paper, of which more",a note',
        "201990002,Canada,20,1990,North America,1,2,25,6,1990,25,6,1990,1,Quebec,100-999,some,students,politics,"
        "crowd dispersal,arrests,accomodation,.,.,.,.,paper,note",
        "201991000,Canada,20,1991,North America,0,0,,,,,,,,,,,,,,,,,,,,,",
        "201992001,Canada,20,1992,North America,1,1,31,2,1992,31,2,1992,0,Quebec,,>50,workers,x,ignore,,,,,,,s,n",
    ]
    (tmp_path / "mm.csv").write_text("\n".join([columns, *rows]) + "\n", encoding="latin-1")
    reading = whole(read_events(tmp_path / "mm.csv", "mass_mobilization"), 4)
    got = reading.events.select("id", "date", "date_end", "kind", "actor", "detail", "size_low", "size_high").rows()
    first, second = date(1990, 1, 15), date(1990, 6, 25)
    assert got == [
        ("201990001", first, date(1990, 1, 16), "protest", None, "nonviolent", 1000.0, 9999.0),
        ("201990002", second, second, "protest", "students", "violent", 100.0, 999.0),
        ("201990002/repression", second, second, "repression", "state", "arrests, crowd dispersal", None, None),
        ("201990002/concession", second, second, "concession", "state", "accomodation", None, None),
    ]
    assert reading.rejected.select("row", "reason").rows() == [(4, "impossible date")]
    assert reading.zeros.rows() == [(3, date(1991, 1, 1), "protest", None, "Canada")]  # a year without protest


# --- the others ----------------------------------------------------------------------------------------------------


def test_blm_2020_city_days():
    reading = whole(read_events(shared("blm_2020_caren", "BLM-GFAABT.csv.gz"), "blm_2020"), 6_922)
    assert by_kind(reading) == {"protest": 6_922}
    missing = reading.events.filter(pl.col("size_low").is_null()).height
    assert missing == 2_547  # 37%
    assert reading.events["detail"].value_counts().filter(pl.col("detail") == "events 1")["count"].item() == 6_580


def test_blm_2020_impossible_dates_of_one_source_are_rejected():
    reading = whole(read_events(shared("blm_2020_caren", "wiki_blm.csv.gz"), "blm_2020"), 988)
    years = set(reading.rejected["value"].str.slice(0, 4))
    assert {"2030", "2040"} <= years
    assert set(reading.events["date"].dt.year()) == {2020}


def test_police_2020():
    reading = whole(read_events(shared("pb2020_police_brutality", "all-locations.csv.gz"), "police_2020"), 1_340)
    assert by_kind(reading) == {"repression": 1_337}
    assert reading.rejected["reason"].to_list() == ["no date"] * 3


def test_fmcs():
    path = shared("fmcs_work_stoppages", "work_stoppages.csv.gz")
    reading = whole(read_events(path, "fmcs"), 14_317)
    assert by_kind(reading) == {"strike": 14_309}
    assert reading.rejected["reason"].to_list() == ["ends before it starts"] * 8
    raw = pl.read_csv(path)
    assert (raw["End Date"] < raw["Start Date"]).sum() == 8
    kept = raw.filter(~(pl.col("End Date") < pl.col("Start Date")).fill_null(False))
    assert reading.events["size_low"].sum() == kept["# Idled"].sum()


def test_turchin():
    reading = whole(read_events(shared("turchin_uspv", "turchin_uspv.xlsx"), "turchin"), 1_828)
    types = dict(
        reading.events.select(pl.col("detail").str.split(", ").list.first()).to_series().value_counts().iter_rows()
    )
    assert {t: types[t] for t in ("riot", "lynching", "assassination", "terrorism")} == {
        "riot": 1_057,
        "lynching": 452,
        "assassination": 57,
        "terrorism": 21,
    }
    assert dict(reading.events["precision"].value_counts().iter_rows()) == {"month": 1_664, "year": 162, "day": 2}
    first = reading.events.row(0, named=True)
    assert (first["date"], first["place"], first["fatalities"]) == (date(1782, 5, 1), "South Carolina", 1)
    # sources quote whole newspaper articles, with names; only a short first line is kept
    assert reading.events.filter(pl.col("source").str.len_chars() > 60).height == 0
    assert reading.events.filter(pl.col("source").str.contains("\x0b", literal=True)).height == 0


@pytest.mark.parametrize(
    ("year", "expected", "precision"),
    [
        ("1883.1", date(1883, 10, 1), "month"),
        ("1883.01", date(1883, 1, 1), "month"),
        ("1883.12", date(1883, 12, 1), "month"),
        ("1883", date(1883, 1, 1), "year"),
        ("1883.0404", date(1883, 4, 4), "day"),
    ],
)
def test_turchin_decimals_are_months(tmp_path: Path, year: str, expected: date, precision: str):
    text = f"code,year,type,subtype,fatalities,location,source,description\n,{year},riot,labor,?,Ohio,x,y\n"
    (tmp_path / "t.csv").write_text(text)
    event = read_events(tmp_path / "t.csv", "turchin").events.row(0, named=True)
    assert (event["date"], event["precision"], event["fatalities"]) == (expected, precision, None)


@pytest.mark.parametrize("year", ["1883.13", "1883.00", "1883.2", "83", "1750.05"])
def test_turchin_decimals_that_are_no_month_are_rejected(tmp_path: Path, year: str):
    text = f"code,year,type,subtype,fatalities,location,source,description\n,{year},riot,labor,1,Ohio,x,y\n"
    (tmp_path / "t.csv").write_text(text)
    rejected = read_events(tmp_path / "t.csv", "turchin").rejected
    assert rejected.select("column", "value").rows() == [("year", year)]


@pytest.mark.parametrize(
    ("file", "rows", "first", "last"),
    [
        ("ICEWS14_train.txt.gz", 63_685, date(2014, 1, 1), date(2014, 9, 19)),
        ("ICEWS14_test.txt.gz", 13_222, date(2014, 11, 11), date(2014, 12, 31)),
        ("ICEWS18_test.txt.gz", 49_545, date(2018, 9, 28), date(2018, 10, 31)),
    ],
)
def test_icews(file: str, rows: int, first: date, last: date):
    reading = whole(read_events(shared("icews_tkg", file), "icews"), rows)
    assert reading.rejected.height == 0
    assert (reading.events["date"].min(), reading.events["date"].max()) == (first, last)
    assert {"protest", "strike", "violence", "repression", "concession", "other"} == set(by_kind(reading))
    demonstrations = reading.events.filter(pl.col("detail") == "demonstrate or rally")
    assert set(demonstrations["kind"]) == {"protest"}
    # actors are categories, so no text of an entity can have come through
    assert set(reading.events["actor"].drop_nulls()) <= {
        "police", "military", "students", "workers", "opposition", "protesters", "rebels", "armed group", "activists",
        "state", "religious", "media", "business", "civilians",
    }  # fmt: skip


def icews(tmp_path: Path, rows: str, name: str = "ICEWS14_train.txt") -> Path:
    (tmp_path / "ICEWS14_relation2id.txt").write_text(
        "Demonstrate or rally\t0\nUse tactics of violent repression\t1\nUse conventional military force\t2\n"
        "Accede to demands for rights\t3\nMake statement\t4\nConduct strike or boycott\t5\nProtest violently, riot\t6\n"
        "Arrest, detain, or charge with legal action\t7\n"
    )
    (tmp_path / "ICEWS14_entity2id.txt").write_text(
        "Police (Ukraine)\t0\nProtester (Ukraine)\t1\nSome Person\t2\nMilitary (Russia)\t3\nUkraine\t4\nRussia\t5\n"
        "Armed Rebel (Ukraine)\t6\n"
    )
    (tmp_path / name).write_text(rows)
    return tmp_path / name


def test_icews_kinds_actors_and_countries(tmp_path: Path):
    path = icews(
        tmp_path,
        "1\t0\t4\t0\t-1\n0\t1\t1\t24\t-1\n3\t2\t0\t48\t-1\n6\t2\t0\t48\t-1\n4\t3\t1\t72\t-1\n2\t4\t5\t96\t-1\n"
        "1 \t5 \t4 \t96\t0\n1\t6\t0\t8736\t-1\n0\t7\t2\t96\t-1\n0\t7\t5\t96\t-1\n",
    )
    got = read_events(path, "icews").events.select("date", "kind", "actor", "target", "country").rows()
    d = date(2014, 1, 1)
    assert got == [
        (d, "protest", "protesters", "state", "Ukraine"),
        (date(2014, 1, 2), "repression", "police", "protesters", "Ukraine"),
        (date(2014, 1, 3), "other", "military", "police", "Ukraine"),  # a state's force on another state: war
        (date(2014, 1, 3), "violence", "rebels", "police", "Ukraine"),
        (date(2014, 1, 4), "concession", "state", "protesters", "Ukraine"),
        (date(2014, 1, 5), "other", None, "state", "Russia"),  # a person has no category
        (date(2014, 1, 5), "strike", "protesters", "state", "Ukraine"),
        (date(2014, 12, 31), "violence", "protesters", "police", "Ukraine"),
        (date(2014, 1, 5), "repression", "police", None, "Ukraine"),
        (date(2014, 1, 5), "other", "police", "state", "Russia"),  # coercion across a border
    ]


def test_icews_rows_that_say_nothing_are_rejected(tmp_path: Path):
    path = icews(
        tmp_path,
        "1\t0\t4\t0\t-1\n1\t99\t4\t0\t-1\n1\t0\t4\t7\t-1\n1\t0\t4\t99999\t-1\n1\t0\t4\tx\t-1\n1\t0\t4\t-24\t-1\n",
    )
    reading = whole(read_events(path, "icews"), 6)
    assert reading.rejected["reason"].to_list() == [
        "a relation that relation2id does not list",
        "not a whole number of days in hours",
        "not a whole number of days in hours",
        "not a whole number of days in hours",
        "not a whole number of days in hours",
    ]


def test_icews_needs_its_ids_and_its_calendar(tmp_path: Path):
    (tmp_path / "ICEWS18_train.txt").write_text("1\t0\t4\t0\n")
    with pytest.raises(RecordError, match="relation2id"):
        read_events(tmp_path / "ICEWS18_train.txt", "icews")
    with pytest.raises(RecordError, match="says nothing about the calendar"):
        read_events(icews(tmp_path, "1\t0\t4\t0\n", "train.txt"), "icews")
    with pytest.raises(RecordError, match="2 columns"):
        read_events(icews(tmp_path, "1\t0\n", "ICEWS14_valid.txt"), "icews")


# --- mappings ------------------------------------------------------------------------------------------------------

EIGHT_LINES = """
day_first = true                       # 3/4/2011 is 3 April; without it, 4 March
span = ["2001-01-01", "2030-12-31"]    # dates outside are rejected (optional)
duplicates = "drop"                    # "keep" (the default) or "drop" exact duplicates
columns = { date = "jour", kind = "forme", size = "manifestants", place = "ville" }
constants = { country = "France", source = "my notes" }
[kinds]                                # each value of the column of kinds, in lower case
marche = "protest"
"*" = "other"                          # all the rest (optional; without it they are rejected)
"""


def test_the_mapping_of_the_docstring(tmp_path: Path):
    (tmp_path / "m.toml").write_text(EIGHT_LINES)
    (tmp_path / "a.csv").write_text(
        "jour;forme;manifestants;ville\n3/4/2011;Marche;100 à 200;Lyon\n4/4/2011;fête;50;\n"
    )
    reading = read_events(tmp_path / "a.csv", tmp_path / "m.toml")
    assert reading.unread.rows() == [(1, "manifestants", "100 à 200", "not a number or range that can be read")]
    (tmp_path / "m.toml").write_text('language = "fr"\n' + EIGHT_LINES)
    got = read_events(tmp_path / "a.csv", tmp_path / "m.toml").events
    assert got.select("size_low", "size_high").row(0) == (100.0, 200.0)
    (tmp_path / "m.toml").write_text(EIGHT_LINES)
    (tmp_path / "a.csv").write_text("jour;forme;manifestants;ville\n3/4/2011;Marche;100-200;Lyon\n4/4/2011;fête;50;\n")
    got = read_events(tmp_path / "a.csv", str(tmp_path / "m.toml")).events
    assert got.select("date", "kind", "size_high", "place", "country", "source").rows() == [
        (date(2011, 4, 3), "protest", 200.0, "Lyon", "France", "my notes"),
        (date(2011, 4, 4), "other", 50.0, None, "France", "my notes"),
    ]
    (tmp_path / "m.toml").write_text(EIGHT_LINES.replace('"*"', '"foire"'))
    reading = read_events(tmp_path / "a.csv", tmp_path / "m.toml")
    assert reading.rejected["reason"].to_list() == ["the kind 'fête' is not listed in the mapping"]


def test_low_and_high_sizes_from_two_columns(tmp_path: Path):
    (tmp_path / "m.toml").write_text(
        'columns = { date = "d", size_low = "lo", size_high = "hi" }\nconstants = { kind = "protest" }\n'
    )
    (tmp_path / "a.csv").write_text("d,lo,hi\n2011-01-01,5,10\n2011-01-01,10,5\n2011-01-01,,7\n2011-01-01,-1,7\n")
    reading = read_events(tmp_path / "a.csv", tmp_path / "m.toml")
    assert reading.events.select("size_low", "size_high").rows() == [(5.0, 10.0), (None, None), (None, 7.0)]
    assert reading.unread["reason"].to_list() == ["low figure above the high one"]
    assert reading.rejected["reason"].to_list() == ["negative"]


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ('columns = { date = "Day", kind = "k" }', "'Day'.*columns that exist: 'd', 'k'"),
        ('columns = { kind = "k" }', "no column for date"),
        ('columns = { date = "d" }', "no column for kind"),
        ('columns = { date = "d", who = "k" }', "columns.who"),
        ("", "maps no columns"),
        ("day_first = 3\n[columns]\ndate = 'd'", "day_first"),
        ("colums = { date = 'd' }", "colums"),
        ('columns = { date = "d", kind = "k" }\nroles = { riot = "violens" }', "did you mean 'violence'"),
        ('columns = { date = "d", kind = "k" }\nkinds = { a = "riot" }\nroles = { riott = "violence" }', "'riott'"),
        ('columns = { date = "d", kind = "k" }\nkinds = { a = " " }', "without a name"),
        ('date_order = "dym"\ncolumns = { date = "d", kind = "k" }', "date_order = 'dym'; expected one of ymd, dmy"),
        ('day_first = true\ndate_order = "mdy"\ncolumns = { date = "d", kind = "k" }', "both day_first"),
        ('language = "french"\ncolumns = { date = "d", kind = "k" }', "Instead: 'fr'"),
        ('decimal = ";"\ncolumns = { date = "d", kind = "k" }', "decimal"),
        ('decimal = ","\nthousands = ",."\ncolumns = { date = "d", kind = "k" }', "not the decimal"),
        ('encoding = "klingon"\ncolumns = { date = "d", kind = "k" }', "klingon"),
        ('defaulted_days = [32]\ncolumns = { date = "d", kind = "k" }', "1 to 31"),
        ('codebook = "acled"\ncolumns = { date = "d", kind = "k" }', "together with codebook"),
        ('codebook = "acleed"', "did you mean 'acled'"),
        ('columns = { date = "d", kind = "k" }\nwindow = { spam = 1 }', "window.spam"),
        ('columns = { date = "d", kind = "k" }\nwindow = { not_collected = ["2011"] }', "not_collected"),
        ('columns = { date = "d", kind = "k" }\naliases = { A = "B", B = "C" }', "alias of 'C'"),
        ('columns = { date = "d", kind = "k" }\naccuracy = { precision = 1.2 }', "accuracy.precision"),
        ('count = "n"\ncolumns = { date = "d", kind = "k" }', "maps the column 'n'"),
        ('span = ["2012-01-01", "2011-01-01"]\ncolumns = { date = "d", kind = "k" }', "ends before it starts"),
        ('delimiter = ";;"\ncolumns = { date = "d", kind = "k" }', "one character"),
        ('columns = { date = "d", kind = "k", size = "k", size_low = "k" }', "both size"),
        ("columns = {", "not a TOML file"),
    ],
)
def test_mappings_that_cannot_be_followed_are_refused(tmp_path: Path, mapping: str, says: str):
    (tmp_path / "m.toml").write_text(mapping)
    (tmp_path / "a.csv").write_text("d,k\n2011-01-01,protest\n")
    with pytest.raises(RecordError, match=says):
        read_events(tmp_path / "a.csv", tmp_path / "m.toml")


def test_a_mapping_that_does_not_exist_is_refused(tmp_path: Path):
    with pytest.raises(RecordError, match="does not exist"):
        read_events(tmp_path / "a.csv", tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["navco3", "mass_mobilization", "blm_2020", "police_2020", "fmcs", "turchin"])
def test_a_file_of_another_data_set_is_refused_with_its_columns(tmp_path: Path, name: str):
    (tmp_path / "a.csv").write_text("alpha,beta\n1,2\n")
    with pytest.raises(RecordError, match="the file has 'alpha', 'beta'"):
        read_events(tmp_path / "a.csv", name)


def test_dates_written_day_first_are_refused_when_read_month_first(tmp_path: Path) -> None:
    days = "\n".join(f"{day:02}/03/2001,protest" for day in range(1, 29))
    (tmp_path / "marches.csv").write_text("date,kind\n" + days + "\n")
    mapping = '[columns]\ndate = "date"\nkind = "kind"\n'
    (tmp_path / "month.toml").write_text(mapping)
    (tmp_path / "day.toml").write_text("day_first = true\n" + mapping)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('date_order = "mdy"\n' + mapping)
    with pytest.raises(RecordError, match='date_order = "dmy"'):
        read_events(tmp_path / "marches.csv", wrong)
    said = read_events(tmp_path / "marches.csv", tmp_path / "month.toml")  # sixteen of them can be read one way only
    assert said.events.height == 28
    assert any("were read day first" in note for note in said.notes)
    assert read_events(tmp_path / "marches.csv", tmp_path / "day.toml").events.height == 28
