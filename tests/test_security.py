"""What a stranger's file may do: nothing to the terminal, the page, the spreadsheet, the disk or the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from groundswell.app.shards import study_work
from groundswell.cache import cache_folder, place_compiled
from groundswell.cli import app
from groundswell.cli._shared import new_table, open_console, say
from groundswell.errors import OutputError, TheoryError
from groundswell.experiment.slurm import submit
from groundswell.experiment.study_file import load_study
from groundswell.files import write_bytes, write_json
from groundswell.report.page import environment
from groundswell.text import clean, harmless_frame, parse_toml
from groundswell.theory.registry import load_theory

RED, TITLE, CLIP, TURN = "\x1b[31m", "\x1b]0;owned\x07", "\x1b]52;c;cm0=\x1b\\", "\u202e"
BAD = f"a{RED}b{TITLE}c{CLIP}d{TURN}e\x9b2Jf\x07"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), prog_name="groundswell")


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    lines = result.stderr.strip().splitlines()
    assert lines[-1].startswith("groundswell: ")
    assert len(lines[-1]) < 500
    assert all(word in lines[-1] for word in words), lines[-1]


# -- escape codes and marks of direction (B6) --------------------------------------------------------------------------


def test_texts_are_cleaned_and_other_scripts_stay() -> None:
    assert clean(BAD) == "abcdef"
    for text in ("Saint-Étienne\n\tline", "מחאה", "احتجاج", "示威", "a\u200db"):
        assert clean(text) == text


def test_nothing_of_a_text_reaches_the_terminal_but_its_letters(capsys: pytest.CaptureFixture[str]) -> None:
    say(BAD)
    table = new_table("column")
    table.add_row(BAD)
    open_console().print(table)
    shown = capsys.readouterr().out
    assert shown.count("abcdef") == 2
    assert not set(shown) & {"\x1b", "\x07", "\x9b", TURN}


def test_an_error_is_cleaned_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.toml").write_text('title = "x"\n"bad\\u001b[31m\\u202ekey" = 1\n')
    (tmp_path / "r.csv").write_text("date,kind\n2010-01-01,protest\n")
    done = call("evidence", "r.csv", "--codebook", "m.toml")
    refused(done)
    assert not set(done.output) & {"\x1b", TURN}


def test_pages_are_cleaned_whatever_is_shown() -> None:
    page = environment().from_string("{{ text }}|{{ text | capitalize_first }}|{{ text | subscripts }}")
    assert page.render(text=BAD) == "abcdef|Abcdef|abcdef"


def test_a_file_of_json_says_the_same_without_a_code_that_a_terminal_obeys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {BAD: [BAD, "Saint-Étienne مظاهرة"]})
    shown = (tmp_path / "a.json").read_text("utf-8")
    assert not set(shown) & {"\x1b", "\x07", "\x9b", TURN}
    assert "Saint-Étienne مظاهرة" in shown
    assert json.loads(shown) == {BAD: [BAD, "Saint-Étienne مظاهرة"]}


def test_cells_that_a_spreadsheet_would_run_are_neutral() -> None:
    frame = pl.DataFrame({"=cmd|' /C calc'!A0": ["=1+1", "-5", "@SUM(A1)", "march", "+3.2"]})
    made = harmless_frame(frame)
    assert made.columns == ["'=cmd|' /C calc'!A0"]
    assert made.to_series().to_list() == ["'=1+1", "-5", "'@SUM(A1)", "march", "+3.2"]


# -- numbers that are too long -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-9223372036854775809", "9" * 5000, "0x" + "f" * 6000])
def test_whole_numbers_of_more_than_64_bits_are_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(ValueError, match=r"bits|digits"):
        parse_toml(f"a = [{{ b = {number} }}]")
    (tmp_path / "s.toml").write_text(STUDY + f"[params]\nmean = {number}\n")
    refused(call("run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "out")), "s.toml")


def test_a_parameter_larger_than_every_float_lies_outside_its_support() -> None:
    with pytest.raises(TheoryError, match="a number in its support"):
        load_theory("granovetter").parameters({"mean": 10**400})


# -- files that are none -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("run", "toml"),
        ("studies", "toml"),
        ("simulate", "py"),
        ("theories", "py"),
        ("evidence", "csv"),
        ("data check", "csv"),
    ],
)
def test_a_pipe_a_folder_and_a_device_are_refused_at_once(tmp_path: Path, command: str, ending: str) -> None:
    pipe, folder, device = (tmp_path / f"{name}.{ending}" for name in ("pipe", "folder", "device"))
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/zero")
    for path in (pipe, folder, device):
        refused(call(*command.split(), str(path)), path.name)


@pytest.mark.parametrize("name", [".", "..", "pipe", "null", "folder"])
def test_only_regular_files_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    os.mkdir("folder")
    os.symlink("/dev/null", "null")
    with pytest.raises(OutputError, match=r"a folder|a device"):
        write_bytes(Path(name), b"x")
    refused(call("simulate", "granovetter", "--people", "20", "--worlds", "1", "--steps", "1", "--csv", name))
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "null", "folder"}


# -- files that run ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["import sys\nsys.exit(0)\n", "raise SystemExit\n", "exit(3)\n", "quit()\n"])
def test_a_theory_that_ends_the_program_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ends.py"
    path.write_text(text)
    refused(call("theories", str(path)), "ends.py", "sys.exit")


def test_a_theory_that_never_ends_is_named(tmp_path: Path) -> None:
    (tmp_path / "loops.py").write_text("while True:\n    pass\n")
    script = "import groundswell.theory.registry as registry\nregistry._SLOW = 0.1\nregistry.load_theory('loops.py')\n"
    running = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stderr is not None
        assert "loops.py has been running" in running.stderr.readline()
    finally:
        running.kill()
        running.wait()
        running.stderr.close()  # type: ignore[union-attr]


# -- signals -----------------------------------------------------------------------------------------------------------

STUDY = """
[study]
name = "small"
title = "A small study"
theory = "granovetter"
seed = 7
steps = 2000
draws = 400
[population]
people = 20000
network = "erdos_renyi"
mean_degree = 5
[arms.quiet]
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_run_that_is_ended_says_so_and_leaves_nothing_half_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    command = [sys.executable, "-m", "groundswell", "run", "s.toml", "--out", "out", "--threads", "1"]
    number = getattr(signal, name)
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # whoever runs the tests may have it ignored
    )
    for _ in range(600):
        if (tmp_path / "out" / ".groundswell" / "state.json").exists():
            break
        time.sleep(0.1)
    running.send_signal(number)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 128 + number
    assert f"ended by {name}; what was finished is kept, and the same command resumes it" in said
    assert "Traceback" not in said
    assert not list(tmp_path.rglob("*.partial"))
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_signal_that_arrives_where_errors_are_dropped_is_not_lost() -> None:
    script = (
        "import os, signal, time\nfrom groundswell.cli._shared import end_in_words, end_of_run\nend_in_words()\n"
        "class Dropping:\n    def __del__(self):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n        time.sleep(0.01)\n"
        "try:\n    Dropping()\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print(end_of_run())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=False)
    assert (done.stdout.strip(), done.stderr) == ("ended by SIGTERM", "")


@pytest.mark.parametrize(("name", "said"), [("SIGTERM", "ended by SIGTERM"), ("SIGINT", "interrupted")])
def test_what_was_interrupted_half_made_does_not_complain_when_it_is_thrown_away(name: str, said: str) -> None:
    script = (
        "import os, signal, sys, time\nfrom groundswell.cli._shared import end_in_words, end_of_run, exit_code\n"
        "end_in_words()\n"
        "class Half:\n    def __init__(self):\n        time.sleep(60)\n        self.made = True\n"
        "    def __del__(self):\n        self.made\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.2)\n"
        f"signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.{name}))\n"
        "try:\n    Half()\nexcept KeyboardInterrupt:\n    print(end_of_run())\nsys.exit(exit_code())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=False)
    assert (done.stdout.strip(), done.stderr, done.returncode) == (said, "", 128 + getattr(signal, name))


# -- no home (B4) ------------------------------------------------------------------------------------------------------


def test_without_a_home_the_cache_is_a_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GROUNDSWELL_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA", "NUMBA_CACHE_DIR"):
        monkeypatch.setenv(name, "")  # put back afterwards, also where there was none
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/proc/no-home")
    monkeypatch.setattr("os.access", lambda path, mode: not str(path).startswith("/proc"))
    found = cache_folder()
    assert found.name.startswith("groundswell-cache-")
    assert found.stat().st_mode & 0o077 == 0  # nobody else can put code there
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr("groundswell.cache._can_write", lambda folder: folder.is_relative_to(found))
    place_compiled()
    assert os.environ["NUMBA_CACHE_DIR"] == str(found / "compiled")
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


# -- modules that lie in the current folder ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vl_convert", "llvmlite", "base64"])
def test_a_module_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from groundswell.drawing import _Pen
    from groundswell.engine.page import _compile

    mark = tmp_path / "was-run"
    (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\nraise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    if name == "llvmlite":
        assert "error" in _compile([{}])[0]
    else:
        pytest.importorskip("vl_convert")
        assert _Pen().draw({"data": {"values": [{"x": 1}]}, "mark": "point"}, "svg").startswith(b"<svg")
    assert not mark.exists()


def test_a_module_on_the_stated_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundswell.drawing import _Pen

    (tmp_path / "vl_convert.py").write_text("def vegalite_to_svg(spec, vl_version): return 'from the stated path'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert _Pen().draw({}, "svg") == b"from the stated path"


def test_a_task_of_slurm_runs_no_module_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match="this machine has no sbatch"):
        submit(study_work(load_study("deed")), "deed", ["run", "deed"], tmp_path / "out", 2)
    assert " -P -m groundswell run deed " in (tmp_path / "out" / "shards" / "job.sh").read_text()


def test_processes_of_an_executor_run_no_module_of_the_current_folder(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for name in ("multiprocessing", "pickle"):
        (here / f"{name}.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w').close()\n")
    (tmp_path / "program.py").write_text(
        "from groundswell.cli._executors import executor_named\n"
        "if __name__ == '__main__':\n"
        "    with executor_named('processes:1') as pool:\n"
        "        print(pool.submit(abs, -3).result())\n"
    )
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")], cwd=here, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "3\n", done.stderr
    assert not (tmp_path / "was-run").exists()
