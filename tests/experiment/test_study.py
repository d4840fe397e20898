"""Study files: what is read, and what is said of every kind of wrong input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from groundswell.errors import GroundswellError, StudyError
from groundswell.experiment.study import Study
from groundswell.experiment.study_file import built_in_studies, load_study, parse_study


def test_the_built_in_study_compares_twins_that_differ_in_the_act_only() -> None:
    study = load_study("deed")
    assert list(study.accounts) == ["substitution", "catalysis"]
    assert study.totals == ("acts", "talks", "visible", "member")
    assert (study.steps, study.draws, study.population.people) == (300, 16, 2000)
    for name, (arm, against) in study.effects.items():
        mine, other = study.arms[arm].interventions, study.arms[against].interventions
        if name == "organisation":
            assert [x for x in mine if x not in other] == [study.arms["quiet_with_organisation"].interventions[0]]
        else:
            assert [x for x in mine if x not in other] == [study.arms["act"].interventions[0]]
        assert [x for x in mine if x in other] == list(other)
        assert study.arms[arm].params == study.arms[against].params


def test_every_built_in_study_can_be_loaded() -> None:
    assert "deed" in built_in_studies()
    for name in built_in_studies():
        assert load_study(name).name == name


def test_a_second_study_is_the_first_with_three_lines_changed(tmp_path: Path) -> None:
    text = load_study("deed").text
    lines = {
        'name = "deed"': 'name = "village"',
        'title = "One spectacular act: does collective action rise or fall?"': 'title = "The same in a village"',
        "mean_degree = 10": "mean_degree = 8",
    }
    copied = text
    for old, new in lines.items():
        assert copied.count(old + "\n") == 1
        copied = copied.replace(old + "\n", new + "\n")
    assert sum(a != b for a, b in zip(text.splitlines(), copied.splitlines(), strict=True)) == 3
    (tmp_path / "village.toml").write_text(copied)
    study = load_study(tmp_path / "village.toml")
    assert (study.name, study.population.mean_degree) == ("village", 8)
    assert study.arms.keys() == load_study("deed").arms.keys()


def test_defaults(small: Callable[..., Study]) -> None:
    study = small()
    assert list(study.accounts) == ["substitution", "catalysis"]
    assert (study.adjudication.records, study.adjudication.test, study.adjudication.people) == ("all", "all", None)
    assert study.table.threads is None
    lone = small(
        ('theory = "deed"', 'theory = "granovetter"'),
        text=(
            '[study]\nname = "g"\ntitle = "G"\ntheory = "deed"\nseed = 1\n'
            '[population]\nnetwork = "well_mixed"\npeople = 10\n[arms.plain]\n'
        ),
    )
    assert dict(lone.accounts) == {"prior": None}
    assert (lone.steps, lone.draws) == (300, 24)


def test_the_configuration_is_of_what_the_simulation_depends_on(small: Callable[..., Study]) -> None:
    once = small().configuration()
    assert small(("A small study", "Another title")).configuration() == once
    assert small(("[effects]", "[adjudication]\npeople = 50\n[effects]")).configuration() == once
    for change in (
        ("seed = 7", "seed = 8"),
        ("people = 120", "people = 122"),
        ("at = 8 }]\n[arms.act_a", "at = 9 }]\n[arms.act_a"),
    ):
        assert small(change).configuration() != once
    renamed = small(("[arms.quiet]", "[params]\neta = 1.5\n[arms.quiet]"))
    assert renamed.configuration() != once


def test_a_theory_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from groundswell import Observable, Param, Share, State, Theory\n"
        "class Mine(Theory):\n"
        '    """Nothing moves."""\n'
        '    on = State(bool, initial=Share("start"))\n'
        '    start = Param(0.5, "[0, 1]")\n'
        '    share = Observable("people.on")\n'
        "    def person(me):\n        me.on = me.on\n"
    )
    text = (
        '[study]\nname = "m"\ntitle = "M"\ntheory = "mine.py"\nseed = 1\n'
        '[population]\nnetwork = "well_mixed"\npeople = 10\n[arms.plain]\n'
    )
    (tmp_path / "m.toml").write_text(text)
    study = load_study(tmp_path / "m.toml")
    assert study.theory.name == "mine"
    before = study.configuration()["theory"]["sha256"]
    (tmp_path / "mine.py").write_text((tmp_path / "mine.py").read_text() + "# changed\n")
    assert load_study(tmp_path / "m.toml").configuration()["theory"]["sha256"] != before


HEAD = '[study]\nname = "s"\ntitle = "S"\ntheory = "deed"\nseed = 1\n'
PEOPLE = '[population]\nnetwork = "well_mixed"\npeople = 10\n'
ARMS = '[arms.act]\ninterventions = [{ pulse = "act", amount = 1, at = 80 }]\n'
EFFECT = (
    '[effects]\nx = ["act", "quiet"]\n[claims.c]\ntext = "T."\neffect = "x"\nobservable = "turnout"\nexpects = "rise"\n'
)

WRONG: dict[str, tuple[str, list[str]]] = {
    "not TOML": ("[study\n", ["s.toml is not TOML", "line 1"]),
    "unknown table": (HEAD + PEOPLE + ARMS + "[arm.x]\n", ["[arm]", "did you mean [arms]?", "[claims]"]),
    "a key outside tables": ("seed = 1\n" + HEAD, ["[seed]", "[study]"]),
    "no population": (HEAD + ARMS, ["no table [population]"]),
    "no arms": (HEAD + PEOPLE, ["no table [arms]"]),
    "arms empty": (HEAD + PEOPLE + "[arms]\n", ["[arms] is empty"]),
    "unknown key": (
        HEAD + "stepps = 3\n" + PEOPLE + ARMS,
        ["table [study]", "'stepps'", "did you mean 'steps'", "draws"],
    ),
    "missing key": (HEAD.replace("seed = 1\n", "") + PEOPLE + ARMS, ["table [study]", "'seed'"]),
    "name with a slash": (HEAD.replace('"s"', '"a/../b"') + PEOPLE + ARMS, ["name = 'a/../b'"]),
    "no steps": (HEAD + "steps = 0\n" + PEOPLE + ARMS, ["steps = 0", "greater than or equal to 1"]),
    "draws in words": (HEAD + 'draws = "many"\n' + PEOPLE + ARMS, ["draws = 'many'", "integer"]),
    "draws a fraction": (HEAD + "draws = 2.5\n" + PEOPLE + ARMS, ["draws = 2.5", "integer"]),
    "seed not a number": (HEAD.replace("seed = 1", "seed = nan") + PEOPLE + ARMS, ["seed = nan", "integer"]),
    "negative seed": (HEAD.replace("seed = 1", "seed = -1") + PEOPLE + ARMS, ["seed = -1"]),
    "unknown theory": (HEAD.replace('"deed"', '"ded"') + PEOPLE + ARMS, ["key theory", "'ded'", "deed"]),
    "no theory file": (HEAD.replace('"deed"', '"no.py"') + PEOPLE + ARMS, ["no.py", "cannot be read"]),
    "unknown account": (HEAD + 'accounts = ["dogma"]\n' + PEOPLE + ARMS, ["'dogma'", "catalysis"]),
    "no account": (HEAD + "accounts = []\n" + PEOPLE + ARMS, ["accounts = []"]),
    "unknown total": (HEAD + 'totals = ["hope"]\n' + PEOPLE + ARMS, ["'hope'", "member"]),
    "unknown parameter": (HEAD + PEOPLE + "[params]\nettta = 1\n" + ARMS, ["table [params]", "'ettta'"]),
    "out of support": (HEAD + PEOPLE + "[params]\nnu = 2\n" + ARMS, ["table [params]", "nu", "[0, 1]"]),
    "NaN parameter": (HEAD + PEOPLE + "[params]\nnu = nan\n" + ARMS, ["nu", "nan"]),
    "parameter in words": (HEAD + PEOPLE + '[params]\nnu = "high"\n' + ARMS, ["nu", "'high'"]),
    "population key": (HEAD + PEOPLE + "mix = 0.1\n" + ARMS, ["table [population]", "'mix'"]),
    "negative people": (HEAD + PEOPLE.replace("10", "-10") + ARMS, ["table [population]", "-10"]),
    "no network": (HEAD + "[population]\npeople = 10\n" + ARMS, ["network"]),
    "arm key": (HEAD + PEOPLE + "[arms.a]\nparam = {}\n", ["[arms.a]", "'param'", "did you mean 'params'"]),
    "arm no table": (HEAD + PEOPLE + "[arms]\na = 3\n", ["[arms.a] is 3"]),
    "arm parameter": (HEAD + PEOPLE + "[arms.a]\nparams = {nu = -1}\n", ["[arms.a]", "nu", "-1"]),
    "intervention": (HEAD + PEOPLE + ARMS.replace("at =", "att ="), ["[arms.act]", "intervention 1", "'att'"]),
    "shock": (HEAD + PEOPLE + ARMS.replace('"act", a', '"bang", a'), ["[arms.act]", "bang", "act"]),
    "after the end": (HEAD + "steps = 20\n" + PEOPLE + ARMS, ["in a run of 20 steps", "from 1 to 20"]),
    "infinite": (HEAD + PEOPLE + ARMS.replace("amount = 1", "amount = inf"), ["[arms.act]", "inf"]),
    "effect of one": (HEAD + PEOPLE + ARMS + '[effects]\nx = ["act"]\n', ["key x", "two arms"]),
    "effect of nobody": (HEAD + PEOPLE + ARMS + '[effects]\nx = ["act", "acct"]\n', ["'acct'", "did you mean 'act'"]),
    "claim on the same arm twice": (
        HEAD + PEOPLE + ARMS + EFFECT.replace("quiet", "act"),
        ["[claims.c]", "'act' on both sides", "the claim and its negation predict the same"],
    ),
    "claim on arms that are alike": (
        HEAD
        + PEOPLE
        + ARMS
        + "[arms.quiet]\nparams = { nu = 0.2 }\n"
        + ARMS.replace("act]", "again]")
        + EFFECT.replace("quiet", "again"),
        ["[claims.c]", "'act' and 'again', which are alike", "the claim and its negation predict the same"],
    ),
    "records": (
        HEAD + PEOPLE + ARMS + "[adjudication]\nrecords = 3\n",
        ["table [adjudication]", "records = 3", '"all"'],
    ),
    "claims": (
        HEAD + PEOPLE + ARMS + "[adjudication]\ntest = true\n",
        ["table [adjudication]", "test = True", '"all"'],
    ),
    "claim size": (HEAD + PEOPLE + ARMS + "[adjudication]\npeople = 0\n", ["table [adjudication]", "people = 0"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    text, found = WRONG[name]
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(StudyError) as error:
        load_study(path)
    message = str(error.value)
    assert "s.toml" in message
    assert "; expected " in message
    assert "\n" not in message
    for part in found:
        assert part in message


def test_the_unchanged_parts_are_accepted() -> None:
    assert parse_study(HEAD + PEOPLE + ARMS, origin="s.toml", folder=Path()).arms.keys() == {"act"}


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no study file .*; expected a file, or one of the built-in studies: deed"):
        load_study(tmp_path / "none.toml")
    with pytest.raises(StudyError, match=r"no built-in study is called 'dead'.*did you mean 'deed'"):
        load_study("dead")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="not UTF-8"):
        load_study(tmp_path / "x.toml")
    with pytest.raises(StudyError, match="is a folder"):
        load_study(tmp_path)


@pytest.mark.parametrize("given", ["../mine.py", "{folder}/mine.py", "link.py", "sub/../../mine.py"])
@pytest.mark.parametrize("key", ["theory", "register"])
def test_a_study_file_executes_nothing_outside_its_folder(tmp_path: Path, given: str, key: str) -> None:
    here = tmp_path / "sent"
    here.mkdir()
    (tmp_path / "mine.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'w')")
    (here / "link.py").symlink_to(tmp_path / "mine.py")
    named = given.format(folder=tmp_path)
    text = HEAD.replace('"deed"', f'"{named}"') if key == "theory" else f'{HEAD}[adjudication]\nregister = "{named}"\n'
    (here / "s.toml").write_text(text + PEOPLE + ARMS)
    with pytest.raises(StudyError, match=rf"key {key}: .* outside the folder of the study.* write {key} = "):
        load_study(here / "s.toml")
    assert not (tmp_path / "marker").exists()


def test_a_network_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = HEAD + '[population]\nnetwork = "edges"\npath = "ties.csv"\n' + ARMS
    study = parse_study(text, origin="s.toml", folder=tmp_path)
    with pytest.raises(GroundswellError, match=r"ties\.csv"):
        study.configuration()


def test_a_study_of_a_flow_needs_no_population() -> None:
    text = HEAD.replace("deed", "lang_de_sterck") + "[arms.plain]\n"
    study = parse_study(text, origin="s.toml", folder=Path())
    assert study.population.build(1).people == 1
    with pytest.raises(StudyError, match=r"no table \[population\]"):
        parse_study(HEAD.replace("deed", "epstein") + "[arms.plain]\n", origin="s.toml", folder=Path())
