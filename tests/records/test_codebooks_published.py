"""Codebooks of the larger data sets: invented rows in the publishers' columns become the events that they describe."""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path

import pytest

from groundswell.errors import RecordError
from groundswell.records.codebooks._template import template
from groundswell.records.codebooks.library import codebooks, recognise
from groundswell.records.codebooks.mapping import read_mapping
from groundswell.records.events import read_events
from groundswell.records.schema import Reading

DATA = Path(os.environ.get("GROUNDSWELL_DATA", Path(__file__).parents[2] / "../shared/data"))


def shared(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip("the shared data sets are not here; set GROUNDSWELL_DATA to their folder")
    return path


def read(tmp_path: Path, book: str, rows: list[dict[str, str]], *, delimiter: str = ",") -> Reading:
    """Rows with the columns of the first, written as the publisher does, read without naming the codebook."""
    path = tmp_path / "export.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)
    assert recognise(path) == book
    reading = read_events(path)
    assert reading.codebook == book
    assert reading.events["row"].n_unique() + reading.rejected.height == reading.rows == len(rows)
    return reading


def found(reading: Reading, *columns: str) -> list[tuple]:
    return reading.events.select(columns).rows()


def test_every_codebook_states_its_source_terms_and_limits():
    for name, book in codebooks().items():
        if name not in ("csv", "counts"):  # tables of whoever keeps them
            assert book.citation, name
            assert book.licence, name
            assert book.limits or "Known limits" in (type(book).__doc__ or ""), name
            assert book.layouts or name == "icews", name


# --- ACLED ----------------------------------------------------------------------------------------------------------

ACLED = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,"
    "latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)


def acled(number: int, **given: str) -> dict[str, str]:
    row = dict.fromkeys(ACLED.split(","), "") | {
        "event_id_cnty": f"NOW{number}",
        "event_date": "13 May 2021",
        "time_precision": "1",
        "event_type": "Protests",
        "sub_event_type": "Peaceful protest",
        "actor1": "Protesters (Nowhere)",
        "inter1": "Protesters",
        "country": "Nowhere",
        "admin1": "North",
        "location": "Here",
        "latitude": "10.5",
        "longitude": "-3.25",
        "source": "A Paper",
        "notes": 'A note, of "words".',
        "fatalities": "0",
        "timestamp": "1",
    }
    return row | given


def test_acled(tmp_path: Path):
    attack = {"event_type": "Violence against civilians", "sub_event_type": "Attack", "fatalities": "3"}
    rows = [
        acled(1, assoc_actor_1="Students (Nowhere); Labor Group (Nowhere)", tags="crowd size=about 100; local"),
        acled(
            2,
            sub_event_type="Excessive force against protesters",
            inter2="State forces",
            fatalities="2",
            tags="crowd size=between 200 and 300",
        ),
        acled(
            3,
            event_type="Riots",
            sub_event_type="Mob violence",
            inter1="Rioters",
            time_precision="2",
            tags="crowd size=no report",
        ),
        acled(4, event_type="Battles", sub_event_type="Armed clash", inter1="1", inter2="2", time_precision="3"),
        acled(5, **attack, inter1="State forces", inter2="Civilians"),
        acled(6, **attack, inter1="3", inter2="7"),
        acled(
            7,
            event_type="Explosions/Remote violence",
            sub_event_type="Air/drone strike",
            inter1="State forces",
            inter2="Rebel group",
        ),
        acled(8, event_type="Strategic developments", sub_event_type="Arrests", inter1="State forces"),
        acled(
            9,
            event_type="Strategic developments",
            sub_event_type="Agreement",
            inter1="Rebel group",
            event_date="2021-02-30",
        ),
        acled(10, event_type="Parades"),
    ]
    reading = read(tmp_path, "acled", rows)
    day = date(2021, 5, 13)
    assert found(
        reading, "id", "date", "precision", "kind", "actor", "target", "size_low", "size_high", "fatalities"
    ) == [
        ("NOW1", day, "day", "protest", "students", None, 100, 100, 0),
        ("NOW2", day, "day", "protest", "protesters", "state", 200, 300, 2),
        ("NOW2/repression", day, "day", "repression", "state", "protesters", None, None, None),
        ("NOW3", date(2021, 5, 10), "week", "violence", "rioters", None, None, None, 0),
        ("NOW4", date(2021, 5, 1), "month", "violence", "state", "rebels", None, None, 0),
        ("NOW5", day, "day", "repression", "state", "civilians", None, None, 3),
        ("NOW6", day, "day", "violence", "armed group", "civilians", None, None, 3),
        ("NOW7", day, "day", "violence", "state", "rebels", None, None, 0),
        ("NOW8", day, "day", "repression", "state", None, None, None, 0),
    ]
    assert found(reading, "place", "country", "latitude", "longitude", "source")[0] == (
        "Here, North",
        "Nowhere",
        10.5,
        -3.25,
        "A Paper",
    )
    assert reading.rejected.select("row", "column", "reason").rows() == [
        (9, "event_date", "impossible date"),
        (10, "event_type", "not one of ACLED's event types"),
    ]


# --- UCDP GED -------------------------------------------------------------------------------------------------------


def ged(number: int, **given: str) -> dict[str, str]:
    row = {
        "id": str(number),
        "year": "2020",
        "type_of_violence": "1",
        "conflict_name": "Nowhere: Government",
        "side_a": "Government of Nowhere",
        "side_b": "NFA",
        "source_headline": "A headline",
        "where_coordinates": "Here town",
        "adm_1": "North",
        "latitude": "1.5",
        "longitude": "2.5",
        "country": "Nowhere",
        "date_prec": "1",
        "date_start": "2020-03-18 00:00:00.000",
        "date_end": "2020-03-18 00:00:00.000",
        "best": "4",
        "high": "9",
        "low": "2",
    }
    return row | given


def test_ucdp_ged(tmp_path: Path):
    rows = [
        ged(1),
        ged(2, type_of_violence="2", side_a="X", date_prec="3", date_end="2020-03-24"),
        ged(3, type_of_violence="3", date_prec="4"),
        ged(4, type_of_violence="3", side_a="IX", date_prec="5", date_end="2020-11-02"),
        ged(5, type_of_violence="4"),
    ]
    reading = read(tmp_path, "ucdp_ged", rows)
    assert found(reading, "id", "date", "date_end", "precision", "kind", "detail", "actor", "target", "fatalities") == [
        ("1", date(2020, 3, 18), date(2020, 3, 18), "day", "violence", "state-based", "state", "armed group", 4),
        ("2", date(2020, 3, 16), date(2020, 3, 24), "week", "violence", "non-state", "armed group", "armed group", 4),
        ("3", date(2020, 3, 1), date(2020, 3, 18), "month", "repression", "one-sided", "state", "civilians", 4),
        ("4", date(2020, 1, 1), date(2020, 11, 2), "year", "violence", "one-sided", "armed group", "civilians", 4),
    ]
    assert reading.rejected["column"].to_list() == ["type_of_violence"]


# --- Crowd Counting Consortium --------------------------------------------------------------------------------------

CROWD = {
    "date": "2021-04-10",
    "locality": "Here",
    "state": "OH",
    "valence": "0",
    "online": "0",
    "size_text": "",
    "size_low": "",
    "size_high": "",
    "arrests": "",
    "lat": "40.1",
    "lon": "-82.2",
}


def test_ccc_in_the_layout_of_2021(tmp_path: Path):
    old = CROWD | {
        "type": "rally; march",
        "title": "",
        "injuries_police": "",
        "property_damage": "",
        "chemical_agents": "0",
        "police_measures": "",
        "participant_deaths": "",
        "police_deaths": "",
    }
    rows = [
        old | {"size_low": "200", "size_high": "500"},
        old
        | {
            "size_text": "dozens",
            "property_damage": "windows",
            "arrests": "several",
            "police_measures": "tear gas; lines",
        },
        old | {"type": "strike; picket", "size_low": "40", "size_high": "40"},
        old | {"type": "hunger strike", "participant_deaths": "1", "police_deaths": "0"},
        old | {"type": "riot", "injuries_police": "2", "chemical_agents": "1"},
        old | {"online": "1"},
    ]
    reading = read(tmp_path, "ccc", rows)
    assert found(reading, "row", "kind", "detail", "size_low", "size_high", "fatalities") == [
        (1, "protest", "rally; march", 200, 500, None),
        (2, "protest", "rally; march, property damage", 24, 99, None),
        (2, "repression", "arrests, force", None, None, None),
        (3, "strike", "strike; picket", 40, 40, None),
        (4, "protest", "hunger strike", None, None, 1),
        (5, "violence", "riot, police injured", None, None, None),
        (5, "repression", "chemical agents", None, None, None),
        (6, "other", "online, rally; march", None, None, None),
    ]
    assert found(reading, "place", "country", "latitude")[0] == ("Here, OH", "United States", 40.1)


def test_ccc_in_the_oldest_and_the_newest_layout(tmp_path: Path):
    oldest = CROWD | {"type": "protest", "damage": "1", "teargas": "1", "injuries_crowd": "0"}
    assert found(read(tmp_path, "ccc", [oldest]), "kind", "detail") == [
        ("protest", "protest, property damage"),
        ("repression", "chemical agents"),
    ]
    newest = CROWD | {
        "event_type": "march",
        "arrests_any": "1",
        "participant_injuries": "",
        "police_injuries": "",
        "property_damage_any": "0",
        "police_casualties_any": "0",
    }
    assert found(read(tmp_path, "ccc", [newest]), "kind", "detail") == [("protest", "march"), ("repression", "arrests")]


# --- SCAD -----------------------------------------------------------------------------------------------------------


def scad(event: str, etype: str, **given: str) -> dict[str, str]:
    row = {
        "eventid": event,
        "ccode": "1",
        "countryname": "Nowhere",
        "startdate": "5-Mar-10",
        "enddate": "7-Mar-10",
        "duration": "3",
        "stday": "5",
        "stmo": "3",
        "styr": "2010",
        "eday": "7",
        "emo": "3",
        "eyr": "2010",
        "etype": etype,
        "escalation": "0",
        "actor1": "Steel workers",
        "target1": "Government",
        "cgovtarget": "1",
        "rgovtarget": "0",
        "npart": "3",
        "ndeath": "0",
        "repress": "0",
        "elocal": "Here",
        "issuenote": "A note",
        "latitude": "1",
        "longitude": "2",
    }
    return row | given


def test_scad(tmp_path: Path):
    rows = [
        scad("1", "1", repress="2", ndeath="4"),
        scad("2", "4", actor1="Crowd", npart="-99", ndeath="-99"),
        scad("3", "6", cgovtarget="0"),
        scad("4", "7", repress="2"),
        scad("-5", "-9"),
        scad("6", "9", npart="7"),
        scad("6", "9", elocal="There"),
    ]
    reading = read(tmp_path, "scad", rows)
    assert found(reading, "id", "kind", "detail", "actor", "target", "size_low", "size_high", "fatalities") == [
        ("1", "protest", "organised demonstration", "workers", "state", 101, 1000, 4),
        ("1/repression", "repression", "lethal", "state", "protesters", None, None, None),
        ("2", "violence", "spontaneous riot", None, "state", None, None, None),
        ("3", "strike", "limited strike", "workers", None, 101, 1000, 0),
        ("4", "repression", "pro-government violence", "state", "state", 101, 1000, 0),
        ("6", "violence", "extra-government violence", "workers", "state", 1_000_000, None, 0),
    ]
    assert found(reading, "date", "date_end")[0] == (date(2010, 3, 5), date(2010, 3, 7))
    assert reading.rejected.select("row", "column").rows() == [(5, "etype"), (7, "eventid")]


# --- NAVCO 2.0 and 1.3, attempts on leaders -------------------------------------------------------------------------


def test_navco2(tmp_path: Path):
    row = {
        "campaign": "A person's rising",
        "location": "Nowhere",
        "year": "1980",
        "target": "Government",
        "prim_method": "1",
        "camp_size": "2",
        "success": "0",
        "progress": "2",
        "repression": "3",
        "id": "9",
    }
    reading = read(
        tmp_path,
        "navco2",
        [
            row,
            row | {"year": "1981", "prim_method": "0", "camp_size": "-99", "success": "1", "repression": "0"},
            row | {"prim_method": ""},
        ],
    )
    assert found(reading, "id", "date", "precision", "kind", "detail", "size_low", "size_high") == [
        ("navco2-9-1980", date(1980, 1, 1), "year", "protest", "nonviolent, limited concessions", 10_000, 99_999),
        ("navco2-9-1980/repression", date(1980, 1, 1), "year", "repression", "extreme", None, None),
        ("navco2-9-1981", date(1981, 1, 1), "year", "violence", "violent, success", None, None),
    ]
    assert not any("person" in str(value) for row in reading.events.rows() for value in row)


def test_navco2_as_published():
    reading = read_events(shared("navco", "NAVCO_v2.0.xlsx"))
    kinds = dict(reading.events["kind"].value_counts().iter_rows())
    assert (reading.codebook, reading.rows, reading.rejected.height) == ("navco2", 1_726, 0)
    assert kinds == {"violence": 1_381, "protest": 345, "repression": 41 + 135 + 1_405}
    assert reading.events["detail"].str.ends_with("success").sum() == 117


def test_navco1_as_published():
    reading = read_events(shared("navco", "NAVCO_1.3_List.xlsx"))
    assert (reading.codebook, reading.rows, reading.rejected.height) == ("navco1", 622, 0)
    assert dict(reading.events["kind"].value_counts().iter_rows()) == {"protest": 320, "violence": 302}
    details = dict(reading.events["detail"].value_counts().iter_rows())
    assert details["nonviolent, success"] + details["violent, success"] == 220
    assert reading.events["date_end"].dt.month().unique().to_list() == [12]  # a last year ends with its last day


def test_attempts_on_leaders_as_published():
    reading = read_events(shared("jones_olken_assassinations", "assassinations_data.dta.gz"))
    assert (reading.codebook, reading.rows, reading.rejected.height) == ("jones_olken", 298, 0)
    assert dict(reading.events["detail"].value_counts().iter_rows()) == {
        "success": 59,
        "failure": 192,
        "failure, not serious": 47,
    }
    assert set(reading.events["precision"]) == {"day", "month", "year"}
    assert reading.events.select("source", "latitude").null_count().row(0) == (298, 298)


# --- ICEWS, GTD -----------------------------------------------------------------------------------------------------

ICEWS = (
    "Event ID",
    "Event Date",
    "Source Name",
    "Source Sectors",
    "Source Country",
    "Event Text",
    "CAMEO Code",
    "Intensity",
    "Target Name",
    "Target Sectors",
    "Target Country",
    "Story ID",
    "Sentence Number",
    "Publisher",
    "City",
    "District",
    "Province",
    "Country",
    "Latitude",
    "Longitude",
)


def icews(number: int, code: str, **given: str) -> dict[str, str]:
    row = dict.fromkeys(ICEWS, "") | {
        "Event ID": str(number),
        "Event Date": "2013-07-01",
        "Source Name": 'A "B" Person',
        "Source Sectors": "Protestors / Popular",
        "Source Country": "Nowhere",
        "CAMEO Code": code,
        "Intensity": "-6.5",
        "Target Name": "Nowhere",
        "Target Sectors": "Government,Executive",
        "Target Country": "Nowhere",
        "City": "Here",
        "Country": "Nowhere",
        "Latitude": "1",
        "Longitude": "2",
        "Publisher": "Agency",
    }
    return row | {name.replace("_", " "): value for name, value in given.items()}


def test_icews_with_cameo_codes(tmp_path: Path):
    police = {"Source_Sectors": "Police,Government"}
    rows = [
        icews(1, "141"),
        icews(2, "1431"),
        icews(3, "145"),
        icews(4, "173", **police),
        icews(5, "190", **police),
        icews(6, "190"),
        icews(7, "190", **police, Target_Country="Elsewhere"),
        icews(8, "80"),
        icews(9, "0841"),
        icews(10, "841"),
        icews(11, "42"),
        icews(12, "---"),
    ]
    path = tmp_path / "export.tab"
    with path.open("w", encoding="utf-8") as file:  # the publisher quotes nothing, and headlines hold quotation marks
        file.write("\t".join(ICEWS) + "\n" + "".join("\t".join(row[name] for name in ICEWS) + "\n" for row in rows))
    assert recognise(path) == "icews_events"
    reading = read_events(path)
    assert found(reading, "id", "kind", "detail") == [
        ("1", "protest", "cameo 141"),
        ("2", "strike", "cameo 1431"),
        ("3", "violence", "cameo 145"),
        ("4", "repression", "cameo 173"),
        ("5", "repression", "cameo 190"),
        ("6", "violence", "cameo 190"),
        ("7", "other", "cameo 190"),
        ("8", "concession", "cameo 080"),
        ("9", "concession", "cameo 0841"),
        ("10", "concession", "cameo 0841"),
        ("11", "other", "cameo 042"),
    ]
    assert found(reading, "actor", "target", "place", "country")[0] == ("protesters", "state", "Here", "Nowhere")
    assert reading.rejected["column"].to_list() == ["CAMEO Code"]
    assert not any("Person" in str(value) for row in reading.events.rows() for value in row)


def test_gtd(tmp_path: Path):
    row = {
        "eventid": "197001010001",
        "iyear": "1970",
        "imonth": "1",
        "iday": "2",
        "country_txt": "Nowhere",
        "provstate": "North",
        "city": "Here",
        "latitude": "",
        "longitude": "",
        "success": "1",
        "targtype1": "3",
        "gname": "A group",
        "nkill": "2",
        "doubtterr": "0",
        "individual": "0",
    }
    rows = [
        row,
        row | {"eventid": "2", "iday": "0", "success": "0", "targtype1": "14", "individual": "1", "nkill": ""},
        row | {"eventid": "3", "imonth": "0", "iday": "0", "doubtterr": "1"},
    ]
    reading = read(tmp_path, "gtd", rows)
    assert found(reading, "date", "precision", "detail", "actor", "target", "fatalities") == [
        (date(1970, 1, 2), "day", "success", "armed group", "state", 2),
        (date(1970, 1, 1), "month", "failure", "one person", "civilians", None),
        (date(1970, 1, 1), "year", "success, doubtful", "armed group", "state", 2),
    ]


# --- recognising, and writing a mapping -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("navco", "NAVCO3.0_Estonia.xlsx"), "navco3"),
        (("navco", "navco3_events_compact.csv.gz"), "navco3"),
        (("mass_mobilization", "mm_master.csv.gz"), "mass_mobilization"),
        (("blm_2020_caren", "BLM-GFAABT.csv.gz"), "blm_2020"),
        (("pb2020_police_brutality", "all-locations.csv.gz"), "police_2020"),
        (("fmcs_work_stoppages", "work_stoppages.csv.gz"), "fmcs"),
        (("turchin_uspv", "turchin_uspv.xlsx"), "turchin"),
        (("icews_tkg", "ICEWS14_train.txt.gz"), "icews"),
        (("icews_tkg", "ICEWS18_valid.txt.gz"), "icews"),
    ],
)
def test_published_files_are_recognised(parts: tuple[str, ...], name: str):
    assert recognise(shared(*parts)) == name


def test_a_file_that_no_codebook_knows_gets_a_mapping_to_fill_in(tmp_path: Path):
    path = tmp_path / "marches de 2011.csv"
    path.write_text(
        'jour;forme;manifestants;ville;"note ""x"""\n13/4/2011;Marche;100-200;Lyon;\n14/4/2011;grève;50;;\n'
    )
    with pytest.raises(RecordError, match=r"no codebook knows.*acled.*groundswell data check"):
        recognise(path)
    with pytest.raises(RecordError, match="no codebook knows"):
        read_events(path)
    written = template(path)
    assert '"note \\"x\\""' in written
    assert 'date_order = "dmy"' in written  # as 13/4/2011 shows
    assert '"grève" = "grève"  # 1' in written  # what it means is not guessed
    (tmp_path / "m.toml").write_text(written, encoding="utf-8")
    reading = read_mapping(tmp_path / "m.toml").read(path)
    assert reading.codebook == "marches de 2011"
    assert found(reading, "id", "date", "kind", "size_high", "place") == [
        ("marches_de_2011-1", date(2011, 4, 13), "marche", 200, "Lyon"),
        ("marches_de_2011-2", date(2011, 4, 14), "grève", 50, None),
    ]


def test_a_mapping_without_a_title_names_the_reading_by_its_file(tmp_path: Path):
    (tmp_path / "a.csv").write_text("d,k\n2011-01-01,protest\n")
    (tmp_path / "mine.toml").write_text('columns = { date = "d", kind = "k" }\n')
    assert read_events(tmp_path / "a.csv", tmp_path / "mine.toml").codebook == "mine.toml"


def test_the_columns_of_the_schema_are_recognised_only_where_no_other_codebook_fits(tmp_path: Path):
    (tmp_path / "a.csv").write_text("date,kind\n2011-01-01,protest\n")
    assert recognise(tmp_path / "a.csv") == "csv"


def test_a_mistyped_codebook_gets_a_near_one(tmp_path: Path):
    with pytest.raises(RecordError, match="did you mean navco3"):
        read_events(tmp_path / "a.csv", "navco_3")
