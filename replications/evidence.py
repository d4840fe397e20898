"""Dossiers of real records: NAVCO for three countries of different history, NAVCO for all, and 2020 by city and day.

    python replications/evidence.py [--depth full] [--out out/evidence] [NAME ...]

Each dossier is made by the command that an analyst would type, which is printed. The records are looked for as
`groundswell data list` says; a dossier whose record is not there is skipped, with the reason.

The three countries are taken for what they differ in, not for what they show:

- Egypt: long repression with little turnout, then an uprising at the very end, when coverage jumps as well;
- Kenya: competitive elections, whose disputes bring waves of protest and of violence that are not the state's;
- South Korea: a democracy throughout, with much protest by workers and students and little violence.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from groundswell.cli import app
from groundswell.errors import RecordError
from groundswell.estimators.waves.city_days import STATES, read_positions
from groundswell.records.events import read_events
from groundswell.records.registry import data_set, find_data

NAVCO, CITIES, POLICE = "navco3", "blm_2020", "police_2020"
COUNTRIES = {"egypt": "Egypt", "kenya": "Kenya", "south_korea": "South Korea"}
_POSITIONS = "nytimes_events.csv"  # the source of the city-days that tells where the cities lie


def commands(out: Path, depth: str) -> dict[str, list[str]]:
    """The command of every dossier whose record is here; what is not is told on the error stream."""
    made: dict[str, list[str]] = {}

    def attempt(name: str, arguments: Sequence[str]) -> None:
        made[name] = ["evidence", *arguments, "--depth", depth, "--out", str(out / name)]

    try:
        navco = str(find_data(NAVCO, _compact()))
    except RecordError as error:
        print(f"skipped, NAVCO: {error}", file=sys.stderr)
    else:
        for name, country in COUNTRIES.items():
            attempt(f"navco_{name}", [navco, "--codebook", NAVCO, "--place", country])
        attempt("navco_all", [navco, "--codebook", NAVCO])
    try:
        cities, positions, police = find_data(CITIES), find_data(CITIES, _POSITIONS), find_data(POLICE)
    except RecordError as error:
        print(f"skipped, 2020: {error}", file=sys.stderr)
    else:
        joined = _united_states(cities, positions, police, out / "united_states_2020")
        attempt("united_states_2020", [str(joined), "--codebook", "csv", "--by", "place"])
    return made


def _compact() -> str | None:
    """The file of NAVCO 3.0 that holds all countries in one table, where the registry knows it."""
    names = [file.name for file in data_set(NAVCO).files]
    return next((name for name in names if name.endswith((".csv", ".csv.gz"))), None)


def _united_states(cities: Path, positions: Path, police: Path, folder: Path) -> Path:
    """Protests by city and day, with positions, and force used by police, as one file under the schema's columns.

    Only the days that both records cover are kept; the record of police writes states in full, the other in short.
    """
    protests, force = read_events(cities, CITIES).events, read_events(police, POLICE).events
    short = pl.DataFrame({"state": [s.replace("_", " ") for s in STATES], "postal": list(STATES.values())})
    force = (
        force.with_columns(
            city=pl.col("place").str.extract(r"^(.*), "), state=pl.col("place").str.extract(r", ([^,]*)$")
        )
        .join(short, on="state", how="left", maintain_order="left")
        .with_columns(place=pl.coalesce(pl.concat_str("city", pl.lit(", "), "postal"), "place"))
        .select(protests.columns)
    )
    known = read_positions(positions)
    table = pl.DataFrame(
        {"place": list(known), "lat": [v[0] for v in known.values()], "lon": [v[1] for v in known.values()]}
    )
    shared = pl.col("date").is_between(
        pl.lit(max(protests["date"].min(), force["date"].min())),  # type: ignore[type-var]
        pl.lit(min(protests["date"].max(), force["date"].max())),  # type: ignore[type-var]
    )
    placed = (
        pl.concat([protests, force])
        .filter(shared)
        .with_columns(id=pl.concat_str("kind", pl.lit("-"), pl.int_range(pl.len())))
        .join(table, on="place", how="left", maintain_order="left")
        .with_columns(latitude=pl.coalesce("latitude", "lat"), longitude=pl.coalesce("longitude", "lon"))
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "united_states_2020.csv"
    placed.select(pl.exclude("row", "lat", "lon")).write_csv(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the evidence dossiers of the records at hand.")
    parser.add_argument("names", nargs="*", help="dossiers to make; by default all")
    parser.add_argument("--depth", default="quick", choices=["quick", "full"])
    parser.add_argument("--out", type=Path, default=Path("out/evidence"))
    given = parser.parse_args()
    made = commands(given.out, given.depth)
    if unknown := sorted(set(given.names) - set(made)):
        sys.exit(f"no dossier {', '.join(unknown)}; there are: {', '.join(made) or 'none, since no record is here'}")
    for name, arguments in made.items():
        if given.names and name not in given.names:
            continue
        print(f"\n== groundswell {' '.join(arguments)}", flush=True)
        started = time.monotonic()
        done = CliRunner().invoke(app, arguments)
        if done.exit_code:
            print(f"{name}: {done.stderr.strip().splitlines()[-1] if done.stderr else done.exception}")
            continue
        told = json.loads((given.out / name / "evidence.json").read_text(encoding="utf-8"))
        for row in told["answers"]:
            print(f"{row['question']:>16}  {row['status']:<11}  {row['answer']}")
        print(f"{'':>16}  {given.out / name / 'evidence.html'}, in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
