"""The layouts that publishers use, under their own columns, and two published files where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import pytest
from tests.programs import program

from groundswell.errors import RecordError
from groundswell.records.events import read_events
from groundswell.records.schema import held


@pytest.fixture(scope="module")
def layouts() -> ModuleType:
    return program("benchmarks/layouts.py")


def test_every_layout_is_recognised_and_every_row_accounted_for(layouts: ModuleType, tmp_path: Path) -> None:
    refused, read = [], {}
    for layout, path in layouts.invented(tmp_path):
        try:
            reading = read_events(path)
        except RecordError:
            refused.append(layout)
            continue
        read[layout] = (reading.codebook, reading.events.height, reading.rejected.height)
    assert refused == ["GDELT, counts of the Knowledge Graph", "V-Dem, countries by year"]
    acled = ("acled", 40, 2)  # an impossible date, and the older version of an event
    assert read.pop("GTD, your copy")[0] == "gtd"
    assert read == {
        "ACLED, current export (csv)": acled,
        "ACLED, current export (parquet)": acled,
        "ACLED, answer of the API": acled,
        "POLECAT": ("polecat", 24, 8),
        "UCDP GED candidates": ("ucdp_ged", 18, 6),
        "UCDP GED, answer of the API": ("ucdp_ged", 18, 6),
    }


def test_kinds_of_polecat_follow_type_mode_and_actor(layouts: ModuleType, tmp_path: Path) -> None:
    path = dict(layouts.invented(tmp_path))["POLECAT"]
    reading = read_events(path)
    kinds = reading.events.sort("row").head(6)["kind"].to_list()
    assert kinds == ["protest", "violence", "strike", "repression", "violence", "other"]
    assert set(reading.rejected["reason"]) == {
        "an event that the story calls past, to come, hypothetical or denied",
        "not an event type of PLOVER",
    }


def test_candidates_that_are_not_cleared_say_so(layouts: ModuleType, tmp_path: Path) -> None:
    path = dict(layouts.invented(tmp_path))["UCDP GED candidates"]
    details = set(read_events(path).events["detail"])
    assert details == {"state-based", "non-state, check deaths", "one-sided"}


@pytest.mark.parametrize(
    ("name", "codebook", "kinds", "zeros"),
    [
        ("german_demonstrations/registrations.csv.gz", "german_registrations", {"protest": 37_433}, 0),
        ("chile_2019_communes/commune_day.csv.gz", "chile_communes",
         {"protest": 3_318, "repression": 5_259, "riot": 848}, 23_854),
        ("mass_mobilization_full/mm_all_v16.csv.gz", "mass_mobilization",
         {"protest": 15_239, "repression": 6_189, "concession": 1_527}, 1_906),
    ],
)  # fmt: skip
def test_published_files_hold_what_their_columns_add_up_to(
    name: str, codebook: str, kinds: dict[str, int], zeros: int
) -> None:
    path = Path(os.environ.get("GROUNDSWELL_DATA", "")) / name
    if not path.is_file():
        pytest.skip(f"{name} is not in GROUNDSWELL_DATA")
    reading = read_events(path)
    assert (reading.codebook, held(reading.events), reading.zeros.height) == (codebook, kinds, zeros)
