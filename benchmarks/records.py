"""Time and memory of reading a large export of events, beside `polars.read_csv` of the same file in the same run.

    python benchmarks/records.py [--rows 1000000] [--counted 50000000] [--repeats 3] [--threads 1] [--small]
        [--json FILE]

The file is invented: the 31 columns of an ACLED export, with notes of some 250 characters, tags, and one row in fifty
repeated exactly. Each measurement runs in a separate process, so that its peak resident memory is its own. We report
six of them: Polars alone, all columns as texts; Polars alone, only the columns that the codebook uses; ours; ours of
the same file gzipped; ours with the description of what was read; and a Parquet file of many more rows, counted by week
and country without being held. Ours reads under the schema, accounts for every row and finds the copies. We report the
fastest of the repeats with the slowest beside it, and the processor's time, which other programs lengthen less.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SMALL = 20_000
PIECE = 100_000  # rows generated at a time
REPEATED = 50  # one row in so many is a copy of the one before it
KINDS = (
    ("Demonstrations", "Protests", "Peaceful protest", "Protesters", ""),
    ("Demonstrations", "Protests", "Protest with intervention", "Protesters", "State forces"),
    ("Demonstrations", "Riots", "Violent demonstration", "Rioters", "State forces"),
    ("Political violence", "Battles", "Armed clash", "State forces", "Rebel group"),
    ("Political violence", "Violence against civilians", "Attack", "State forces", "Civilians"),
    ("Strategic developments", "Strategic developments", "Arrests", "State forces", "Civilians"),
)
COLUMNS = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,"
    "latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)
SIZES = ("no report", "about 100", "hundreds", "between 200 and 300", "1,500", "dozens", "at least 40")


def generate(path: Path, rows: int) -> None:
    """Write an invented export of so many rows; the same rows in every run."""
    import numpy as np

    rng = np.random.default_rng(20240417)
    note = "An invented note, which says at some length what a newspaper might have said of an event, and by whom. "
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(COLUMNS + "\n")
        written = 0
        while written < rows:
            count = min(PIECE, rows - written)
            days = rng.integers(0, 9000, count).astype("timedelta64[D]") + np.datetime64("1997-01-01")
            kind = rng.integers(0, len(KINDS), count)
            place = rng.integers(0, 20_000, count)
            size = rng.integers(0, len(SIZES), count)
            dead = rng.poisson(0.3, count)
            lines: list[str] = []
            for i in range(count):
                if lines and i % REPEATED == 0:
                    lines.append(lines[-1])
                    continue
                disorder, event, sub, one, two = KINDS[kind[i]]
                country = f"Country {place[i] % 50}"
                lines.append(
                    f"C{place[i] % 50}-{written + i},{days[i]},{str(days[i])[:4]},{1 + (i % 40 == 0)},{disorder},"
                    f'{event},{sub},{one} of {country} (2004-),"Labor Group ({country}); Students ({country})",{one},'
                    f"{two} of {country},,{two},{one}-{two},,{place[i] % 50},Region {place[i] % 7},{country},"
                    f"Province {place[i] % 300},District {place[i] % 900},,Town {place[i]},"
                    f"{place[i] % 120 - 60}.{i % 9}5,{place[i] % 340 - 170}.25,1,Newspaper {place[i] % 400},"
                    f'National,"{note}{note}{written + i}, of '
                    f'""{sub}"".",{dead[i]},"crowd size={SIZES[size[i]]}",{1_600_000_000 + i}'
                )
            file.write("\n".join(lines) + "\n")
            written += count


def generate_parquet(path: Path, rows: int) -> None:
    """Write invented events in the columns that a count needs and some that it does not, as a stream."""
    import polars as pl

    at = pl.col("i")
    luck = at * 2_654_435_761 % 4_294_967_296
    kind = luck // 7 % len(KINDS)

    def of_kind(place: int) -> pl.Expr:
        words = {i: KINDS[i][place] for i in range(len(KINDS))}
        return kind.replace_strict(words, return_dtype=pl.String)

    frame = pl.LazyFrame({"i": pl.int_range(rows, eager=True, dtype=pl.Int64)}).select(
        event_id_cnty=pl.lit("C") + (at % 50_000).cast(pl.String),
        event_date=(pl.date(1997, 1, 1) + pl.duration(days=luck % 9000)).cast(pl.String),
        time_precision=pl.when(at % 40 == 0).then(pl.lit("2")).otherwise(pl.lit("1")),
        event_type=of_kind(1),
        sub_event_type=of_kind(2),
        inter1=of_kind(3),
        inter2=of_kind(4),
        country=pl.lit("Country ") + (luck // 11 % 50).cast(pl.String),
        location=pl.lit("Town ") + (luck // 13 % 2000).cast(pl.String),
        latitude=(luck // 13 % 120).cast(pl.Float64) / 2,
        longitude=(luck // 13 % 340).cast(pl.Float64) / 2,
        fatalities=luck // 17 % 4,
    )
    frame.sink_parquet(path, row_group_size=1_000_000)


def read(how: str, path: str) -> int:
    """Read the file in one of the ways, and return how many rows it has."""
    import polars as pl

    if how == "polars, all columns":
        return pl.read_csv(path, infer_schema=False).height
    if how == "polars, the used columns":
        from groundswell.records.codebooks.acled import Acled

        return pl.read_csv(path, infer_schema=False, columns=sorted(Acled.uses or ())).height
    if how == "groundswell, counted":
        from groundswell.records.counting import count_events

        return count_events(path, "acled", unit="week", by="country").rows_read
    from groundswell.records.describe import describe_reading
    from groundswell.records.events import read_events

    reading = read_events(path, "acled")
    if how == "groundswell, described":
        describe_reading(reading, path).sentences()
    return reading.rows


def measure(how: str, path: str, warm: str, answer: Any) -> None:
    """Read once, after compiled code was loaded, and send back rows, seconds and peak resident megabytes."""
    read(how, warm)
    begin, worked = time.perf_counter(), time.process_time()
    rows = read(how, path)
    seconds, worked = time.perf_counter() - begin, time.process_time() - worked
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    answer.send((rows, seconds, worked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6))


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--counted", type=int, default=50_000_000, help="rows of the Parquet file; 0 leaves it out")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--threads", type=int, default=1, help="of Polars, in all readings alike")
    options.add_argument("--small", action="store_true", help=f"{SMALL:,} rows and one repeat, to see that it runs")
    options.add_argument("--json", help="also write the numbers to this file")
    asked = options.parse_args()
    count, repeats = (SMALL, 1) if asked.small else (asked.rows, asked.repeats)
    counted = min(asked.counted, SMALL) if asked.small else asked.counted
    os.environ["POLARS_MAX_THREADS"] = str(asked.threads)

    fresh = multiprocessing.get_context("spawn")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        path, warm = Path(folder) / "export.csv", Path(folder) / "warm.csv"
        generate(path, count)
        generate(warm, 100)
        zipped = Path(folder) / "export.csv.gz"
        with path.open("rb") as source, gzip.open(zipped, "wb", compresslevel=1) as target:
            shutil.copyfileobj(source, target)
        tall, warm_tall = Path(folder) / "tall.parquet", Path(folder) / "warm.parquet"
        for target, rows in ((warm_tall, 1000), *([(tall, counted)] if counted else [])):
            process = fresh.Process(target=generate_parquet, args=(target, rows))  # whose memory is then not ours
            process.start()
            process.join()
        print(f"{count:,} rows, {path.stat().st_size / 1e6:,.0f} MB, {zipped.stat().st_size / 1e6:,.0f} MB gzipped")
        heads = f"{'seconds':>8} {'(worst)':>8} {'CPU s':>6} {'peak MB':>8} {'rows/s':>11} {'time':>6}"
        print(f"{'reading':<26} {'rows':>10} {heads}")
        ways = ["polars, all columns", "polars, the used columns", "groundswell", "groundswell, gzipped"]
        ways += ["groundswell, described", *(["groundswell, counted"] if counted else [])]
        for how in ways:
            runs = []
            for _ in range(repeats):
                here, there = fresh.Pipe(duplex=False)
                file = zipped if "gzipped" in how else tall if "counted" in how else path
                small = warm_tall if "counted" in how else warm
                process = fresh.Process(target=measure, args=(how, str(file), str(small), there))
                process.start()
                there.close()
                runs.append(here.recv())
                process.join()
            rows, seconds, worked, peak = min(runs, key=lambda run: run[1])
            if rows != (counted if "counted" in how else count):
                raise SystemExit(f"{how} read {rows:,} rows")
            row = {
                "reading": how,
                "rows": rows,
                "seconds": seconds,
                "worst_seconds": max(run[1] for run in runs),
                "cpu_seconds": worked,
                "peak_megabytes": peak,
                "rows_per_second": rows / seconds,
            }
            results.append(row)
            row["ratio_to_polars"] = results[0]["rows_per_second"] / row["rows_per_second"]  # of a row
            print(
                f"{how:<26} {rows:>10,} {seconds:>8.2f} {row['worst_seconds']:>8.2f} {worked:>6.2f} {peak:>8.0f} "
                f"{row['rows_per_second']:>11,.0f} {row['ratio_to_polars']:>5.1f}x",
                flush=True,
            )
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
