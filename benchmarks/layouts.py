"""The layouts of records that are read: rows in, events, and what was rejected, by reason; as a table for the docs.

    python benchmarks/layouts.py [--inputs FOLDER] [--out docs/layouts_table.md]

Published files are those available (GROUNDSWELL_DATA); layouts whose data may not be kept are shown by invented rows
under the publishers' own columns, made here. `--inputs` adds the files of a folder.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from groundswell.errors import GroundswellError
from groundswell.records.events import read_events

PUBLISHED = (
    ("NAVCO 3.0, one country", "navco/NAVCO3.0_Egypt.xlsx"),
    ("NAVCO 3.0, compact", "navco/navco3_events_compact.csv.gz"),
    ("NAVCO 2.0", "navco/NAVCO_v2.0.xlsx"),
    ("NAVCO 1.3", "navco/NAVCO_1.3_List.xlsx"),
    ("Mass Mobilization in full", "mass_mobilization_full/mm_all_v16.csv.gz"),
    ("Mass Mobilization, derivative", "mass_mobilization/mm_master.csv.gz"),
    ("Berlin, registered demonstrations", "german_demonstrations/registrations.csv.gz"),
    ("Chile 2019, commune by day", "chile_2019_communes/commune_day.csv.gz"),
    ("ICEWS, integer quadruples", "icews_tkg/ICEWS14_train.txt.gz"),
    ("US protests of 2020, city by day", "blm_2020_caren/BLM-GFAABT.csv.gz"),
    ("US protests of 2020, one source", "blm_2020_caren/wiki_blm.csv.gz"),
    ("Police force 2020, CSV", "pb2020_police_brutality/all-locations.csv.gz"),
    ("Police force 2020, JSON", "pb2020_police_brutality/all-locations-v2.json.gz"),
    ("US work stoppages", "fmcs_work_stoppages/work_stoppages.csv.gz"),
    ("US political violence", "turchin_uspv/turchin_uspv.xlsx"),
    ("Attempts on leaders, Stata", "jones_olken_assassinations/assassinations_data.dta.gz"),
    ("Posts by hour, a plain table of counts", "spectacle_2024/posts_hourly.csv"),
)


def columns(text: str) -> list[str]:
    """Names of columns."""
    return text.split("|")


ACLED = columns(
    "event_id_cnty|event_date|year|time_precision|disorder_type|event_type|sub_event_type|actor1|assoc_actor_1|"
    "inter1|actor2|assoc_actor_2|inter2|interaction|civilian_targeting|iso|region|country|admin1|admin2|admin3|"
    "location|latitude|longitude|geo_precision|source|source_scale|notes|fatalities|tags|timestamp"
)
POLECAT = columns(
    "Event ID|Event Date|Event Type|Event Mode|Intensity|Quad Code|Contexts|Actor Name|Actor Country|Actor COW|"
    "Primary Actor Sector|Actor Sectors|Actor Title|Actor Name Raw|Wikipedia Actor ID|Recipient Name|"
    "Recipient Country|Recipient COW|Primary Recipient Sector|Recipient Sectors|Recipient Title|"
    "Recipient Name Raw|Wikipedia Recipient ID|Placename|City|District|Province|Country|Latitude|Longitude|"
    "GeoNames ID|Raw Placename|Feature Type|Source|Publication Date|Story People|Story Organizations|"
    "Story Locations|Language|Version"
)
UCDP = columns(
    "id|relid|year|active_year|code_status|type_of_violence|conflict_new_id|conflict_name|side_a|side_b|"
    "where_prec|where_coordinates|adm_1|adm_2|latitude|longitude|country|region|event_clarity|date_prec|"
    "date_start|date_end|deaths_a|deaths_b|deaths_civilians|deaths_unknown|best|high|low"
)
GTD = columns(
    "eventid|iyear|imonth|iday|country_txt|provstate|city|latitude|longitude|attacktype1_txt|success|nkill|targtype1"
)
V_DEM = columns("country_name|country_text_id|country_id|year|historical_date|v2csreprss")


def invented(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files under the columns of publishers whose data may not be kept here."""
    acled = [
        {
            "event_id_cnty": f"FRE{i}", "event_date": f"{i % 28 + 1:02} May 2021", "year": "2021",
            "time_precision": "1" if i % 9 else "2", "event_type": ("Protests", "Riots", "Battles")[i % 3],
            "sub_event_type": "Peaceful protest", "inter1": "Protesters", "inter2": "State forces",
            "country": "Freedonia", "admin1": "North", "location": "Ayton", "latitude": "51.5", "longitude": "8.25",
            "fatalities": "0", "tags": "crowd size=about 200", "timestamp": str(1_600_000_000 + i),
        }
        for i in range(40)
    ]  # fmt: skip
    acled.append({**acled[0], "timestamp": "1700000000"})  # a newer version of the first
    acled.append({**acled[1], "event_id_cnty": "FRE99", "event_date": "31 February 2021"})
    rows = [{name: row.get(name) for name in ACLED} for row in acled]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(ACLED, pl.String))
    for name in ("csv", "parquet"):
        path = folder / f"acled.{name}"
        frame.write_csv(path) if name == "csv" else frame.write_parquet(path)
        yield f"ACLED, current export ({name})", path
    (folder / "acled.json").write_text(json.dumps({"status": 200, "total_count": 50_000, "data": acled}))
    yield "ACLED, answer of the API", folder / "acled.json"
    polecat = [
        {
            "Event ID": f"{i}", "Event Date": f"2022-03-{i % 28 + 1:02}", "Event Type": kind, "Event Mode": mode,
            "Contexts": context, "Actor Country": "FRD", "Primary Actor Sector": actor, "Recipient Country": "FRD",
            "Primary Recipient Sector": "GOV", "City": "Ayton", "Country": "FRD", "Latitude": "51.5",
            "Longitude": "8.25", "Source": "a paper",
        }
        for i, (kind, mode, context, actor) in enumerate(
            [("PROTEST", "demo", "political", "CVL"), ("PROTEST", "riot", "", "CVL"),
             ("PROTEST", "strike-gen", "", "LAB"), ("COERCE", "arrest", "", "GOV"), ("ASSAULT", "firearms", "", "REB"),
             ("CONSULT", "visit", "", "GOV"), ("PROTEST", "demo", "future", "CVL"), ("SING", "", "", "CVL")] * 4
        )
    ]  # fmt: skip
    table = pl.DataFrame([{name: row.get(name) for name in POLECAT} for row in polecat],
                         schema=dict.fromkeys(POLECAT, pl.String))  # fmt: skip
    table.write_csv(folder / "polecat.txt", separator="\t", quote_style="never")
    yield "POLECAT", folder / "polecat.txt"
    ucdp = [
        {
            "id": str(i), "year": "2024", "code_status": "Clear" if i % 2 else "Check deaths",
            "type_of_violence": str(i % 4), "side_a": "Government of Freedonia", "side_b": "Civilians",
            "where_coordinates": "Ayton", "adm_1": "North", "latitude": "51.5", "longitude": "8.25",
            "country": "Freedonia", "date_prec": "1", "date_start": f"2024-01-{i % 28 + 1:02} 00:00:00.000",
            "date_end": f"2024-01-{i % 28 + 1:02} 00:00:00.000", "best": "2", "high": "3", "low": "1",
        }
        for i in range(24)
    ]  # fmt: skip
    columns = dict.fromkeys(UCDP, pl.String)
    pl.DataFrame([{name: row.get(name) for name in UCDP} for row in ucdp], schema=columns).write_csv(
        folder / "GEDEvent_v24_0_1.csv"
    )
    yield "UCDP GED candidates", folder / "GEDEvent_v24_0_1.csv"
    (folder / "ucdp.json").write_text(json.dumps({"TotalCount": 24, "TotalPages": 1, "Result": ucdp}))
    yield "UCDP GED, answer of the API", folder / "ucdp.json"
    gtd = [
        ["20150101" + f"{i:04}", "2015", str(i % 13), str(i % 29), "Freedonia", "North", "Ayton", "51.5", "8.25",
         "Unarmed Assault", "1", "0", "1"]
        for i in range(24)
    ]  # fmt: skip
    (folder / "gtd.csv").write_text("\n".join(",".join(row) for row in [GTD, *gtd]) + "\n")
    yield "GTD, your copy", folder / "gtd.csv"
    counts = ["Date\tCountType\tNumber\tNumArts", "20240524\tPROTEST\t100\t3"]
    (folder / "20240524.gkgcounts.csv").write_text("\n".join(counts) + "\n")
    yield "GDELT, counts of the Knowledge Graph", folder / "20240524.gkgcounts.csv"
    (folder / "vdem.csv").write_text(",".join(V_DEM) + "\nFreedonia,FRD,1,2020,2020-12-31,1.5\n")
    yield "V-Dem, countries by year", folder / "vdem.csv"


HAND_KEPT = """
date_order = "dmy"
century = 1972
language = "fr"
decimal = ","
columns = { date = "Date", kind = "Type", size = "Participants (env.)", place = "Ville", fatalities = "Morts" }
[kinds]
marche = "march"
"sit-in" = "sit-in"
"grève" = "strike"
greve = "strike"
"violences policières" = "police violence"
"émeute" = "riot"
"""
AMBIGUOUS = """
date_order = "dmy"
columns = { date = "When", kind = "What happened", size = "How many", place = "Town" }
"""
STATED = {
    "french.csv": {"language": "fr"},
    "acled_serial.csv": {"date_order": "serial"},
    "hand_kept.xlsx": HAND_KEPT,
    "ambiguous_dates.csv": AMBIGUOUS,
}
"""What the refusal of a file asks for: options, or a mapping file."""


def row(layout: str, path: Path) -> str:
    stated = STATED.get(path.name, {})
    try:
        if isinstance(stated, str):
            with tempfile.TemporaryDirectory() as folder:
                mapping = Path(folder) / "mapping.toml"
                mapping.write_text(stated, encoding="utf-8")
                reading = read_events(path, mapping)
        else:
            reading = read_events(path, **stated)
    except GroundswellError as error:
        given, instead = (
            str(text).replace(str(path), path.name) for text in (error.given, error.instead or error.expected)
        )
        return f"| {layout} | | | | | | refused: {given.split(' (')[0]}; {instead.split('  #')[0][:90]} |"
    counted = reading.rejected.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    reasons = "; ".join(f"{reason}: {n:,}" for reason, n in counted.iter_rows())
    return (
        f"| {layout} | `{reading.codebook}` | {reading.rows:,} | {reading.count:,} | {reading.zeros.height:,} | "
        f"{reading.rejected.height:,} | {reasons} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--inputs", type=Path, help="a folder of further files")
    parser.add_argument("--out", type=Path, help="the file to write; by default the table is printed")
    given = parser.parse_args()
    data = Path(os.environ.get("GROUNDSWELL_DATA", "data"))
    lines = [
        "| layout | codebook | rows | events | rows that state none | rejected | by reason |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [row(layout, data / name) for layout, name in PUBLISHED if (data / name).is_file()]
    with tempfile.TemporaryDirectory() as folder:
        lines += [row(f"{layout} (invented rows)", path) for layout, path in invented(Path(folder))]
    if given.inputs:
        files = [path for path in sorted(given.inputs.iterdir()) if path.suffix.lower() in (".csv", ".xlsx")]
        lines += [row(f"{path.name} (invented)", path) for path in files]
    text = "\n".join(lines) + "\n"
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
