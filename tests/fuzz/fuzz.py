"""Bad input at scale: random damage to study files, mappings, records, theories and networks.

    python tests/fuzz/fuzz.py --cases 2000            # make fuzz; a step of .ci/run
    python tests/fuzz/fuzz.py --case 1234             # one case again, its files and output printed

Each case damages one working input (a value of another type, a key misspelt, a line lost, bytes flipped, a number that
is not one) and runs a command on it. Whatever the damage, the command must either end with
exit code 2 and one sentence of fewer than 500 characters, or give a result: no traceback, no signal, no hang (60 s of
CPU), no more than 2 GB of memory, nothing half-written. Case and seed determine the damage: every failure can be
repeated.
"""

from __future__ import annotations

import argparse
import csv
import functools
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import typer.main

os.environ["POLARS_MAX_THREADS"] = "1"  # of inputs of a few rows, threads only cost time

CPU_SECONDS = 60
RESIDENT_BYTES = 2 << 30
RECYCLED_BYTES = 1 << 30  # a process that has taken so much is followed by another
SENTENCE = 500  # characters
EXITS = {0: "a result", 2: "refused"}
RUN = ("--out", "out", "--threads", "1", "--no-play")  # to compile a page takes 100 times what a case takes
REPORTS = {1: "a report of faults"}  # `data check` of a record without one event that can be read

Random = random.Random


# -- inputs that work ------------------------------------------------------------------------------------------------

STUDY = """\
[study]
name = "small"
title = "A small study"
theory = "granovetter"
seed = 5
steps = 6
draws = 2

[population]
network = "erdos_renyi"
people = 60
mean_degree = 4

[params]
mean = 0.25
sd = 0.122

[arms.quiet]

[arms.started]
interventions = [{ seed = "acts", share = 0.1, at = 2 }]

[effects]
started = ["started", "quiet"]

[claims.rises]
text = "Those who start bring others."
effect = "started"
observable = "turnout"
expects = "rise"

[adjudication]
draws = 4
"""

NETWORK_STUDY = """\
[study]
name = "ties"
title = "A network from a file"
theory = "sis"
seed = 2
steps = 5
draws = 1

[population]
network = "edges"
path = "ties.csv"

[arms.all]
"""

MAPPING = """\
title = "A record"
citation = "Invented."
date_order = "dmy"
span = ["2006-01-01", "2008-12-31"]
columns = { date = "jour", kind = "forme", size = "manifestants", place = "ville", fatalities = "morts" }
constants = { country = "Nowhere" }

[kinds]
marche = "protest"
attaque = "violence"
"répression" = "repression"
"""

THEORY = '''\
"""A theory of one's own."""

from groundswell.theory import Observable, Param, Share, State, Theory, Trait, Uniform


class Fuzzed(Theory):
    """People act once enough of their neighbours do."""

    threshold = Trait(Uniform("low", "high"))
    active = State(bool, initial=Share("seed"), meaning="acts")
    zeal = State(float, initial=0.5, meaning="zeal")
    low = Param(0.0, "[0, 1]", Uniform(0, 0.2), "share", "least threshold", "invented")
    high = Param(0.6, "[0, 1]", Uniform(0.3, 1), "share", "greatest threshold", "invented")
    seed = Param(0.05, "[0, 1]", Uniform(0, 0.2), "share", "who starts", "invented")
    turnout = Observable("people.active", "share", "people who act")

    def person(me, seen, p, luck):
        me.active = me.active or seen.share.active >= me.threshold
        me.zeal = min(1.0, me.zeal * 0.9 + 0.1 * seen.share.active)
'''


def record(chance: Random) -> str:
    """A small record of events that the mapping reads."""
    rows = ["jour,forme,manifestants,ville,morts"]
    for day in sorted(chance.sample(range(1090), 16)):
        year, rest = 2006 + day // 364, day % 364
        date = f"{1 + rest % 28:02d}/{1 + rest // 31:02d}/{min(year, 2008)}"
        kind = chance.choice(("marche", "marche", "attaque", "répression"))
        rows.append(f"{date},{kind},{chance.choice(('', '120', '3500'))},{chance.choice(('Alba', 'Corvo'))},0")
    return "\n".join(rows) + "\n"


def ties(chance: Random) -> str:
    """A small file of ties."""
    rows = ["source,target"]
    rows += [f"{a},{b}" for a, b in sorted({tuple(sorted(chance.sample(range(20), 2))) for _ in range(40)})]
    return "\n".join(rows) + "\n"


# -- damage ----------------------------------------------------------------------------------------------------------

ODD_VALUES: tuple[Any, ...] = (
    0,
    -1,
    1,
    2**31,
    2**63,
    10**400,
    1e308,
    -1e-300,
    float("nan"),
    float("inf"),
    0.5,
    "",
    " ",
    "x",
    "é" * 40,
    "../../etc/passwd",
    "a\x1b[31mb",
    "\u202etxt",
    "=cmd|' /C calc'!A0",
    "x" * 5000,
    True,
    False,
    [],
    [[]],
    [1, "a"],
    {},
    {"a": 1},
    {"a": {"b": {"c": []}}},
    ["2006-01-01"],
    "2006-13-45",
    "9999-12-31",
)
ODD_CELLS = (
    "", " ", "NA", "-", "?", "nan", "inf", "1e999", "-5", "1.500.000", "1,5", "0x1F", "31/02/2006", "2006-01-01",
    "00/00/0000", "12/2006", "9999-12-31", "01/01/0001", "44562", "hundreds", "plusieurs centaines", '"', "'", "\x00",
    "\x1b[2J", "\u202e", "=1+1", "@SUM(A1)", "a\tb", "é", "\ud7ff", "x" * 3000, "12 345", "१२३",
)  # fmt: skip
ODD_ROWS = (
    "", ",", ",,,,,,,,,,", "a,b", "#comment", "source,target", "0,0", "0,99999999999", "-1,2", "1.5,2", "a,b,c,d",
    "1;2", "1 2", "NaN,1", "9" * 400 + ",1",
)  # fmt: skip
ODD_LINES = (
    "import os, sys",
    "    sys.exit(0)",
    "    me.active = seen.share.actve",
    "    me.zeal = 0.0 / 0.0",
    "    return 1",
    "    for other in people: pass",
    "    me.active = luck.chance('a', 7.0)",
    "    print(me.active)",
    "    me.zeal = me.zeal ** 1000 - 1e308 * 10",
    "    x = [i for i in range(3)]",
    "raise ValueError('no')",
    "    lambda: 1",
    "class Other(Theory): pass",
    "@property",
    "\t me.active = True",
    "    me.threshold = 2",
    "        while True: pass",
    "    p.low = 3",
    "    me.active = me.nothing",
    "    me.active = luck.chance('a', 0.1) + luck.chance('a', 0.2)",
)


def written(value: Any) -> str:
    """A value as TOML."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{ " + ", ".join(f"{json.dumps(key)} = {written(one)}" for key, one in value.items()) + " }"
        case list():
            return "[" + ", ".join(written(one) for one in value) + "]"
        case float():
            return {"nan": "nan", "inf": "inf"}.get(repr(value), repr(value))
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "")
        case _:
            return str(value)


def toml(tree: dict[str, Any]) -> str:
    """A tree as TOML: scalars, then tables of the first level."""
    lines = [f"{json.dumps(key)} = {written(value)}" for key, value in tree.items() if not isinstance(value, dict)]
    for key, value in tree.items():
        if isinstance(value, dict):
            lines.append(f"[{json.dumps(key)}]")
            lines += [f"{json.dumps(name)} = {written(one)}" for name, one in value.items()]
    return "\n".join(lines) + "\n"


def places(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a tree of tables and lists."""
    found = []
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            found += [(*at, key), *places(tree[key], (*at, key))]
    return found


def slip(word: str, chance: Random) -> str:
    """A word with one slip of the keyboard."""
    where = chance.randrange(len(word)) if word else 0
    return chance.choice(
        (word[:where] + word[where + 1 :], word[:where] + "q" + word[where:], word.upper(), word + "s", word[::-1])
    )


def damage_tree(text: str, chance: Random) -> str:
    """A TOML text with one to three places changed: another value, another name, lost, or said twice."""
    tree = tomllib.loads(text)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        where: tuple[Any, ...] = chance.choice(places(tree) or [()])
        if not where:
            break
        holder: Any = tree
        for key in where[:-1]:
            holder = holder[key]
        key = where[-1]
        match chance.randrange(5):
            case 0 | 1:
                holder[key] = chance.choice(ODD_VALUES)
            case 2:
                del holder[key]
            case 3 if isinstance(holder, dict):
                holder[slip(key, chance)] = holder.pop(key)
            case _:
                old = holder[key]
                if isinstance(old, str):
                    holder[key] = slip(old, chance)
                elif isinstance(old, int | float):
                    holder[key] = old * chance.choice((-1, 0, 10, 1000, 0.001))
                else:
                    holder[key] = chance.choice(ODD_VALUES)
    return toml(tree)


def damage_text(text: str, chance: Random) -> bytes:
    """Bytes of a text that was cut, torn, doubled, or written in another encoding."""
    raw = text.encode()
    match chance.randrange(8):
        case 0:
            return raw[: chance.randrange(len(raw))]
        case 1:
            where = chance.randrange(len(raw))
            return raw[:where] + bytes([chance.randrange(256)]) + raw[where + 1 :]
        case 2:
            lines = text.splitlines(keepends=True)
            where = chance.randrange(len(lines))
            return "".join(lines[:where] + [lines[where]] * chance.choice((0, 2, 50)) + lines[where + 1 :]).encode()
        case 3:
            return text.encode(chance.choice(("utf-16", "utf-32", "latin-1", "utf-8-sig", "cp500")), "replace")
        case 4:
            return raw.replace(b"\n", chance.choice((b"\r", b"\r\n", b"\x00", b"\n\n\n")))
        case 5:
            where = chance.randrange(len(raw))
            return raw[:where] + bytes(chance.randrange(256) for _ in range(30)) + raw[where:]
        case 6:
            return (
                b""
                if chance.random() < 0.3
                else chance.choice((b"\x00" * 500, b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"["))
            )
        case _:
            lines = text.splitlines(keepends=True)
            chance.shuffle(lines)
            return "".join(lines).encode()


def damage_rows(text: str, chance: Random) -> bytes:
    """A table with odd cells, odd rows, lost or doubled columns, another delimiter."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(chance.choice((1, 2, 5, 20))):
        row = rows[chance.randrange(len(rows))]
        match chance.randrange(6):
            case 0 | 1 | 2 if row:
                row[chance.randrange(len(row))] = chance.choice(ODD_CELLS)
            case 3:
                rows.insert(chance.randrange(len(rows)), [str(cell) for cell in chance.choice(ODD_ROWS).split(",")])
            case 4 if row:
                row.pop()
            case _:
                row.append(chance.choice(ODD_CELLS))
    if chance.random() < 0.2:
        where = chance.randrange(5)
        for row in rows:
            if where < len(row):
                row[where] = chance.choice((row[where], chance.choice(ODD_CELLS)))
    if chance.random() < 0.1:
        rows[0] = [slip(cell, chance) for cell in rows[0]]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=chance.choice(",,,,;\t|"), lineterminator=chance.choice(("\n", "\r\n")))
    for row in rows:
        try:
            writer.writerow(row)
        except csv.Error:
            out.write(",".join(row) + "\n")
    return out.getvalue().encode("utf-8", "surrogatepass" if chance.random() < 0.2 else "replace")


def damage_theory(text: str, chance: Random) -> bytes:
    """A theory with a slip in a word, a number, an operator, or a line that no rule may have."""
    lines = text.splitlines(keepends=True)
    for _ in range(chance.choice((1, 1, 2))):
        where = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                words = re.findall(r"[A-Za-z_]{3,}", lines[where])
                if words:
                    word = chance.choice(words)
                    lines[where] = lines[where].replace(word, slip(word, chance), 1)
            case 1:
                numbers = re.findall(r"\d+(?:\.\d+)?", lines[where])
                if numbers:
                    odd = chance.choice(("-1", "1e400", "0", "'x'", "None", "2.5", "10**9", "[]", "True"))
                    lines[where] = lines[where].replace(chance.choice(numbers), odd, 1)
            case 2:
                del lines[where]
                lines = lines or ["\n"]
            case 3:
                lines.insert(where, "    " * chance.randrange(2) + chance.choice(ODD_LINES) + "\n")
            case _:
                for old, new in chance.sample([("+", "-"), ("or", "and"), (">=", "=>"), (".", ","), ("(", "[")], 2):
                    lines[where] = lines[where].replace(old, new, 1)
    return "".join(lines).encode()


# -- cases -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One command on one damaged input."""

    kind: str
    files: dict[str, bytes]
    arguments: list[str]
    reports: bool = False  # exit code 1 is an answer of this command


def study_case(chance: Random) -> Case:
    text = STUDY if chance.random() < 0.9 else NETWORK_STUDY
    body = damage_tree(text, chance).encode("utf-8", "replace") if chance.random() < 0.8 else damage_text(text, chance)
    return Case(
        "study",
        {"s.toml": body, "ties.csv": ties(chance).encode()},
        ["run", "s.toml", *RUN],
    )


def mapping_case(chance: Random) -> Case:
    body = (
        damage_tree(MAPPING, chance).encode("utf-8", "replace")
        if chance.random() < 0.7
        else damage_text(MAPPING, chance)
    )
    command = chance.choice(("check", "check", "describe"))
    arguments = ["data", command, "r.csv", "--codebook", "m.toml"]
    arguments += ["--out", "out"] if command == "describe" else []
    return Case("mapping", {"m.toml": body, "r.csv": record(chance).encode()}, arguments, reports=command == "check")


def record_case(chance: Random) -> Case:
    text = record(chance)
    body = damage_rows(text, chance) if chance.random() < 0.7 else damage_text(text, chance)
    arguments = ["data", "check", "r.csv"]
    if chance.random() < 0.8:
        arguments += ["--codebook", "m.toml"]
    if chance.random() < 0.1:
        arguments += ["--from", chance.choice(("2006-01-01", "2009-01-01", "tomorrow", "0001-01-01"))]
    return Case("record", {"m.toml": MAPPING.encode(), "r.csv": body}, arguments, reports=True)


def theory_case(chance: Random) -> Case:
    body = damage_theory(THEORY, chance) if chance.random() < 0.85 else damage_text(THEORY, chance)
    arguments = ["theories", "t.py"]
    if chance.random() < 0.015:  # to compile takes seconds
        arguments = ["simulate", "t.py", "--people", "50", "--steps", "3", "--worlds", "1", "--threads", "1"]
    elif chance.random() < 0.3:
        arguments = [
            "trace",
            "t.py",
            "--person",
            chance.choice(("0", "7", "-1", "99999")),
            "--people",
            "30",
            "--steps",
            "3",
        ]
    return Case("theory", {"t.py": body}, arguments)


def network_case(chance: Random) -> Case:
    text = ties(chance)
    body = damage_rows(text, chance) if chance.random() < 0.7 else damage_text(text, chance)
    study = NETWORK_STUDY.encode()
    return Case("network", {"s.toml": study, "ties.csv": body}, ["run", "s.toml", *RUN])


KINDS: tuple[tuple[Callable[[Random], Case], float], ...] = (
    (study_case, 0.32),
    (mapping_case, 0.1),
    (record_case, 0.06),  # a record that is read takes ten times what another input takes
    (theory_case, 0.48),
    (network_case, 0.04),
)


def case_of(seed: int, number: int) -> Case:
    """The case of a number: the same forever."""
    if number < 0:
        return WHOLE[number]
    chance = Random(f"{seed}/{number}")
    make = chance.choices([one for one, _ in KINDS], [share for _, share in KINDS])[0]
    return make(chance)


# -- running ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What a case did, and what was wrong with it (nothing, as a rule)."""

    number: int
    kind: str
    exit: int
    seconds: float
    resident: int
    faults: list[str]
    output: str


class Worker:
    """A process that runs one case after another, as commands of its own would, and ends where a case ends it.

    Starting Python, loading libraries and compiled code, and building the command line take a hundred times as long as
    refusing an input, so that a process for each case would measure those.
    """

    def __init__(self, seed: int, numbers: Sequence[int], scratch: Path, until: float) -> None:
        self.seed, self.numbers, self.scratch, self.until = seed, numbers, scratch, until
        reader, writer = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.close(reader)
            try:
                self._serve(os.fdopen(writer, "w"))
            finally:
                os._exit(0)
        os.close(writer)
        self.reader = os.fdopen(reader)

    def outcomes(self) -> Iterator[Outcome]:
        """What the cases did, until the process ends; a case that ended it is the last."""
        begun = None
        for line in self.reader:
            message = json.loads(line)
            begun = message.get("begun")
            if begun is None:
                yield Outcome(**message)
        _, status = os.waitpid(self.process, 0)
        if begun is not None:
            fault = f"the process ended with {os.waitstatus_to_exitcode(status)} (-{signal.SIGPROF}: over 60 s of CPU)"
            said = "".join(path.read_text("utf-8", "replace") for path in sorted(self.scratch.glob("said.*")))
            yield Outcome(begun, case_of(self.seed, begun).kind, 70, CPU_SECONDS, 0, [fault], said)

    def _serve(self, pipe: IO[str]) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        files = [self.scratch / "said.out", self.scratch / "said.err"]
        for number, path in enumerate(files, start=1):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
        for number in self.numbers:
            if time.time() > self.until:
                return
            print(json.dumps({"begun": number}), file=pipe, flush=True)
            outcome = run_case(case_of(self.seed, number), number, self.scratch / str(number), files)
            print(json.dumps(outcome.__dict__), file=pipe, flush=True)
            if outcome.resident > RECYCLED_BYTES:  # what later cases take is measured afresh
                return


def run_case(case: Case, number: int, folder: Path, files: Sequence[Path]) -> Outcome:
    """Run a case in this process, in its own folder, within limits; the process's output goes to `files`."""
    folder.mkdir(parents=True)
    for name, body in case.files.items():
        (folder / name).write_bytes(body)
    before = {path.name for path in folder.iterdir()}
    for stream in (1, 2):
        os.ftruncate(stream, 0)
        os.lseek(stream, 0, os.SEEK_SET)
    begin = _seconds()
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    code = run_command(case.arguments, folder)
    signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = _seconds() - begin
    said, errors = (path.read_text("utf-8", "replace") for path in files)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    faults = list(_faults(case, code, said, errors, seconds, resident, folder, before))
    os.chdir(folder.parent)
    shutil.rmtree(folder)
    return Outcome(number, case.kind, code, seconds, resident, faults, said + errors)


def _seconds() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def run_command(arguments: list[str], folder: Path) -> int:
    """Run a command: its exit code; 70 where an error escapes it."""
    from groundswell.cli import main

    os.chdir(folder)
    sys.argv = ["groundswell", *arguments]
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 70
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _faults(
    case: Case, code: int, said: str, errors: str, seconds: float, resident: int, folder: Path, before: set[str]
):
    if "Traceback (most recent call last)" in said + errors:
        yield "a traceback"
    if code not in EXITS and not (case.reports and code in REPORTS):
        yield f"exit code {code}"
    if seconds > CPU_SECONDS:
        yield f"{seconds:.0f} s of CPU"
    if resident > RESIDENT_BYTES:
        yield f"{resident / 2**30:.1f} GB of memory"
    if any(mark in said + errors for mark in ("\x1b", "\u202e", "\x00")):
        yield "control characters reach the terminal"
    if code == 2:
        sentences = [line for line in errors.splitlines() if line.startswith("groundswell: ")]
        if not sentences and "Usage:" not in errors:
            yield "refused without a sentence"
        for sentence in sentences:
            if len(sentence) > SENTENCE:
                yield f"a sentence of {len(sentence)} characters"
        left = [path for path in folder.iterdir() if path.name not in before]
        for path in left:
            if path.is_file() or any(one.is_file() and one.parent.name != ".groundswell" for one in path.rglob("*")):
                yield f"left {path.name} behind"
    if code == 0 and case.kind in ("study", "network") and not (folder / "out/manifest.json").is_file():
        yield "no manifest in the output folder"


def run_cases(seed: int, numbers: list[int], jobs: int, until: float) -> list[Outcome]:
    """Run cases in `jobs` processes side by side, until they are done or time is up."""
    scratch = Path(tempfile.mkdtemp(prefix="fuzz-"))
    command = functools.cache(typer.main.get_command)
    typer.main.get_command = command  # the tree of commands is built once, not for every case
    broken = [one for one in _run_all(seed, list(WHOLE), scratch / "whole", until) if one.exit != 0]
    for one in broken:
        sys.exit(f"an input that should work does not: {' '.join(WHOLE[one.number].arguments)}\n{one.output}")
    with ThreadPoolExecutor(jobs) as threads:
        shares = [
            threads.submit(_run_all, seed, numbers[job::jobs], scratch / f"job{job}", until) for job in range(jobs)
        ]
        outcomes = [outcome for share in shares for outcome in share.result()]
    shutil.rmtree(scratch, ignore_errors=True)
    return sorted(outcomes, key=lambda outcome: outcome.number)


def _run_all(seed: int, numbers: Sequence[int], scratch: Path, until: float) -> list[Outcome]:
    """Run cases in one process at a time: the next one goes on after the case that ended the last."""
    done: list[Outcome] = []
    while len(done) < len(numbers) and time.time() < until:
        done += Worker(seed, numbers[len(done) :], scratch, until).outcomes()
    return done


def _whole() -> dict[int, Case]:
    """The inputs before they are damaged; their numbers are negative."""
    chance = Random(0)
    files = {"s.toml": STUDY.encode(), "t.py": THEORY.encode(), "m.toml": MAPPING.encode()}
    files |= {"r.csv": record(chance).encode(), "n.toml": NETWORK_STUDY.encode(), "ties.csv": ties(chance).encode()}
    commands = (
        ["run", "s.toml", *RUN],
        ["run", "n.toml", *RUN],
        ["theories", "t.py"],
        ["data", "check", "r.csv", "--codebook", "m.toml"],
        ["data", "describe", "r.csv", "--codebook", "m.toml", "--out", "out"],
    )
    return {-1 - number: Case("whole", files, arguments) for number, arguments in enumerate(commands)}


WHOLE = _whole()


def table(outcomes: list[Outcome]) -> str:
    """Outcomes by kind of input."""
    lines = [
        f"{'input':<10} {'cases':>6} {'refused':>8} {'a result':>9} {'faults':>7} {'CPU s, all':>11} {'most':>5} "
        f"{'MB, most':>9}"
    ]
    for kind in sorted({outcome.kind for outcome in outcomes}):
        these = [outcome for outcome in outcomes if outcome.kind == kind]
        counts = Counter(outcome.exit for outcome in these)
        faulty = sum(bool(one.faults) for one in these)
        lines.append(
            f"{kind:<10} {len(these):>6} {counts[2]:>8} {counts[0] + counts[1]:>9} {faulty:>7} "
            f"{sum(o.seconds for o in these):>11.1f} {max(o.seconds for o in these):>5.1f} "
            f"{max(o.resident for o in these) >> 20:>9}"
        )
    return "\n".join(lines)


def main() -> int:
    options = argparse.ArgumentParser(description="Damage inputs at random, and see that every command says so.")
    options.add_argument("--cases", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--case", type=int, help="run this case alone, and print its files and output")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--minutes", type=float, default=60.0, help="stop after so many minutes, and say so")
    chosen = options.parse_args()
    if chosen.case is not None:
        case = case_of(chosen.seed, chosen.case)
        for name, body in case.files.items():
            print(f"-- {name}\n{body.decode('utf-8', 'replace')}")
        [outcome] = run_cases(chosen.seed, [chosen.case], 1, time.time() + 600)
        print(f"-- groundswell {' '.join(case.arguments)}\n{outcome.output}")
        print(f"exit {outcome.exit}: {outcome.faults or 'fine'}")
        return int(bool(outcome.faults))
    begin = time.time()
    outcomes = run_cases(chosen.seed, list(range(chosen.cases)), chosen.jobs, begin + 60 * chosen.minutes)
    print(table(outcomes))
    failed = [outcome for outcome in outcomes if outcome.faults]
    for outcome in failed[:40]:
        last = outcome.output.strip().splitlines()[-1:] or [""]
        print(f"case {outcome.number} ({outcome.kind}): {'; '.join(outcome.faults)}: {last[0][:300]}")
    print(f"{len(outcomes)} of {chosen.cases} cases in {time.time() - begin:.0f} s")
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return int(bool(failed) or len(outcomes) < chosen.cases)


if __name__ == "__main__":
    sys.exit(main())
