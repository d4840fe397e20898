"""What a rule may not hold is refused with its file, line and text, and with what to write instead."""

from __future__ import annotations

import re

import pytest

from groundswell.errors import RuleError, TheoryError
from groundswell.theory.registry import load_theory

FILE = '''
import math
import numpy as np
from groundswell.theory import *

BIG = 3
WORD = "x"
FLAG = True

def helper(x):
    return x

class Probe(Theory):
    """Probe."""
    grievance = Trait(Uniform(0, 1))
    active = State(bool, initial=Share(0.1))
    fatigue = State(float)
    heat = Society()
    act = Shock()
    pressure = Regional()
    weight = Tally()
    gain = Param(1.0)
    turnout = Observable("people.active")
    def society(society, people, p, luck):
        <society>
    def region(here, society, people, p, luck):
        <region>
    def person(me, seen, here, society, people, p, luck, tally):
        <person>
'''


def load(folder, **rules):
    text = FILE
    for rule in ("society", "region", "person"):
        body = rules.get(rule, "pass").replace("\n", "\n        ")
        text = text.replace(f"<{rule}>", body)
    path = folder / "probe.py"
    path.write_text(text)
    return load_theory(path)


def line_of(folder, text):
    lines = (folder / "probe.py").read_text().splitlines()
    return next(k for k, line in enumerate(lines, 1) if line.strip() == text)


# rule, its text (the last line is the one at fault), and what the message must hold
REFUSED = [
    # names that are not declared, with the nearest that is
    ("person", "me.active = me.actve", ["me.actve", "Instead: me.active"]),
    ("person", "me.fatigue = me.grievence", ["me.grievence", "Instead: me.grievance"]),
    ("person", "me.active = seen.share.actve > 0", ["seen.share.actve", "Instead: seen.share.active"]),
    ("person", "me.fatigue = society.heet", ["society.heet", "Instead: society.heat"]),
    ("person", "me.fatigue = p.gane", ["p.gane", "Instead: p.gain"]),
    ("person", "me.fatigue = people.activ", ["people.activ", "Instead: people.active"]),
    ("person", "me.fatigue = here.presure", ["here.presure", "Instead: here.pressure"]),
    ("person", "tally.wait = 1", ["tally.wait", "Instead: tally.weight"]),
    ("person", "me.novel = 1", ["me.novel", "me.active", "me.fatigue"]),
    ("person", "x = nowhere", ["nowhere", "a local variable set above"]),
    ("person", "x += 1", ["unknown name x", "a local variable set above"]),
    ("person", "me.fatigue = exponential(2)", ["exponential", "a function that every engine has"]),
    ("person", "me.fatigue = lgo(2)", ["Instead: log"]),
    ("person", "x = me.active.real", ["me.active.real", "Instead: me.active"]),
    # what is seen of neighbours
    ("person", "me.active = seen.active > 0", ["seen.share.active or seen.count.active", "seen.mean.active"]),
    ("person", "me.fatigue = seen.mean.active", ["active is a bool state", "Instead: seen.share.active"]),
    ("person", "me.active = seen.share.fatigue > 1", ["fatigue is a float state", "Instead: seen.mean.fatigue"]),
    # statements
    ("person", "for i in range(3): me.fatigue += 1", ["contains a for loop", "seen.mean.NAME sum over neighbours"]),
    ("person", "while me.active: me.fatigue += 1", ["contains a while loop", "one pass for one person"]),
    ("person", "return me.fatigue", ["contains a return", "assign to me.NAME"]),
    ("person", "import random", ["contains an import", "at the top of the file"]),
    ("person", "from math import exp", ["contains an import", "at the top of the file"]),
    ("person", "try: me.fatigue = 1\nexcept ValueError: pass", ["contains a try", "make the expression safe"]),
    ("person", "with me: pass", ["contains a with", "assignments and if/else"]),
    ("person", "def f(): pass", ["contains a function", "as a local variable"]),
    ("person", "del me.active", ["contains a del"]),
    ("person", "assert me.active", ["contains an assert"]),
    ("person", "raise ValueError", ["contains a raise"]),
    ("person", "global x", ["contains a global"]),
    ("person", "print(me.fatigue)", ["prints", "groundswell trace THEORY --person 7"]),
    ("person", "x: float", ["contains an annotation without a value"]),
    # expressions
    ("person", "f = lambda x: x", ["contains a lambda", "write the expression where it is used"]),
    ("person", "x = [i for i in (1, 2)]", ["contains a comprehension", "sum over neighbours"]),
    ("person", "x = max(i for i in (1, 2)) + max(1, (i for i in (1, 2)))", ["calls max with one argument"]),
    ("person", "me.fatigue = me[0]", ["contains an index in brackets", "a rule sees one person"]),
    ("person", "me['a'] = 1", ["assigns to something that is not a name", "a rule sees one person"]),
    ("person", "me.fatigue = (y := 2)", ["an assignment within an expression", "on its own line"]),
    ("person", "x = {1: 2}", ["contains a dict"]),
    ("person", "x = (1, 2)", ["contains a tuple"]),
    ("person", "x = (me.fatigue + 1).real", ["takes an attribute of an expression"]),
    ("person", "x = 'high'", ["holds 'high'", "numbers and booleans only"]),
    ("person", "x = None", ["holds None", "numbers and booleans only"]),
    ("person", "x = f'{me.fatigue}'", ["contains a text"]),
    ("person", "me.active = me.fatigue in (1, 2)", ["compares with in or is", "=="]),
    ("person", "me.active = me.active is True", ["compares with in or is", "=="]),
    ("person", "me.fatigue = me.fatigue % 2", ["uses %", "x - floor(x / y) * y"]),
    ("person", "me.fatigue = me.fatigue // 2", ["uses //", "Instead: floor(x / y)"]),
    ("person", "me.fatigue //= 2", ["uses //", "Instead: floor(x / y)"]),
    ("person", "me.active = me.active & me.active", ["uses &", "Instead: a and b"]),
    ("person", "me.active = ~me.active", ["uses ~", "not x"]),
    ("person", "a, b = 1, 2", ["several targets at once", "Instead: one line each"]),
    ("person", "a = b = 1", ["several targets at once", "Instead: one line each"]),
    # functions
    ("person", "me.active = random.random() < 0.5", ["calls random.random", 'luck.uniform("what for")']),
    ("person", "me.active = np.random.rand() < 0.5", ["calls np.random.rand", 'luck.uniform("what for")']),
    ("person", "me.fatigue = math.exp(1)", ["uses math.exp", "Instead: exp(...)"]),
    ("person", "me.fatigue = np.exp(1)", ["uses np.exp", "Instead: exp(...)"]),
    ("person", "me.fatigue = math.pi", ["uses math.pi", "one of exp, log, sqrt"]),
    ("person", "me.fatigue = clip(1, low=0, high=2)", ["passes an argument by name", "arguments by position"]),
    ("person", "me.fatigue = clip(1)", ["calls clip with 1 argument", "clip(x, low, high)"]),
    ("person", "me.fatigue = float()", ["calls float with 0 arguments", "float(x)"]),
    ("person", "me.fatigue = exp(1, 2)", ["calls exp with 2 arguments", "exp(x)"]),
    ("person", "me.fatigue = max(me.fatigue)", ["calls max with one argument", "max(a, b)"]),
    ("person", "me.fatigue = round(1.5)", ["calls round", "Instead: floor(x + 0.5)"]),
    ("person", "me.fatigue = sum(1, 2)", ["calls sum", "people.NAME is the mean over all"]),
    ("person", "me.fatigue = helper(2)", ["calls helper", "write the expression in the rule itself"]),
    # numbers of the file, and names that mean something
    ("person", "x = WORD", ["uses WORD, which is a str", "a number of the file"]),
    ("person", "x = FLAG", ["uses FLAG, which is a bool", "Instead: FLAG = 1.0"]),
    ("person", "x = BIG\nBIG = 2", ["assigns to BIG, which is a number of the file"]),
    ("person", "exp = 2", ["assigns to exp, which is a word that rules use"]),
    ("person", "me = 3", ["assigns to me itself", "me.NAME"]),
    ("person", "x = me", ["uses me as a value", "me.NAME"]),
    # who may write what
    ("person", "society.heat = 1", ["writes society.heat", "tally.heat = ... and read people.heat"]),
    ("person", "here.pressure = 1", ["writes here.pressure", "all people of a world share it"]),
    ("person", "me.grievance = 1", ["writes me.grievance", "me.grievance is fixed"]),
    ("person", "me.degree = 1", ["me.degree is fixed"]),
    ("person", "p.gain = 2", ["p.gain is fixed"]),
    ("person", "seen.share.active = 1", ["seen.share.active is fixed"]),
    ("person", "x = tally.weight", ["reads tally.weight", "people.weight at the next step"]),
    ("society", "society.act = 1", ["society.act is fixed"]),
    ("society", "society.step = 1", ["society.step is fixed"]),
    ("society", "me.active = True", ["a society rule is not about one person", "people.NAME"]),
    ("society", "society.heat = seen.share.active", ["a society rule is not about one person"]),
    ("region", "society.heat = 1", ["writes society.heat", "only here.NAME"]),
    ("region", "here.index = 2", ["here.index is fixed"]),
    ("region", "here.pressure = people.weight", ["reads the tally people.weight", "its mean over the region"]),
    # branches and draws
    (
        "person",
        "if me.active:\n    x = 1\nme.fatigue = x",
        ["set in one branch only", "Instead: x = 0.0 before the if"],
    ),
    ("person", "if me.active:\n    x = 1\nelse:\n    y = 1\nme.fatigue = y", ["set in one branch only"]),
    ("person", 'me.fatigue = luck.uniform("a") + luck.normal("a")', ["stream 'a' twice", 'luck.normal("a again")']),
    ("person", "me.fatigue = luck.uniform()", ["without naming the decision", 'luck.uniform("name of the decision")']),
    ("person", "me.active = luck.chance(0.3)", ["without naming the decision"]),
    ("person", 'me.active = luck.chance("a")', ["calls luck.chance with 1 argument", "2 arguments"]),
    ("person", 'me.fatigue = luck.poisson("a", 3)', ["draws a Poisson number", "society or region rule only"]),
    ("person", 'me.fatigue = luck.gamma("a", 3)', ["luck.gamma", "a kind of draw that this rule may make"]),
    ("person", "x = luck.uniform", ["names luck.uniform without calling it"]),
]


@pytest.mark.parametrize(("rule", "text", "content"), REFUSED, ids=[f"{r}: {t}" for r, t, _ in REFUSED])
def test_what_is_refused(tmp_path, rule, text, content):
    with pytest.raises(RuleError) as caught:
        load(tmp_path, **{rule: text})
    message = str(caught.value)
    found = re.match(rf"{re.escape(str(tmp_path))}/probe\.py:(\d+): `(.*?)`: the {rule} rule of Probe ", message)
    assert found, message
    fault = found[2]
    assert fault in [line.strip() for line in text.splitlines()], "the offending text is stated"
    assert int(found[1]) == line_of(tmp_path, fault)
    for words in content:
        assert words in message
    assert "; expected " in message
    assert "\n" not in message


def test_a_rule_that_takes_what_there_is_not(tmp_path):
    text = FILE.replace("def person(me, seen,", "def person(me, sene,").replace("<person>", "pass")
    path = tmp_path / "probe.py"
    path.write_text(text.replace("<society>", "pass").replace("<region>", "pass"))
    with pytest.raises(RuleError, match=r"unknown name sene.*Instead: seen"):
        load_theory(path)


@pytest.mark.parametrize("rule", ["society", "region", "person"])
def test_a_rule_that_uses_what_it_does_not_take(tmp_path, rule):
    text = re.sub(rf"(def {rule}\([^)]*), p, luck", r"\1, luck", FILE).replace(f"<{rule}>", "x = p.gain")
    path = tmp_path / "probe.py"
    path.write_text(re.sub("<.*>", "pass", text))
    with pytest.raises(RuleError, match=rf"uses p, which it does not take.*Instead: def {rule}\(.*, p\):"):
        load_theory(path)


@pytest.mark.parametrize(
    ("stated", "content"),
    [
        ("def person(me, k=3): pass", "defaults or stars"),
        ("def person(me, *rest): pass", "defaults or stars"),
        ("def person(me, *, seen): pass", "defaults or stars"),
        ("async def person(me): pass", "not a plain function"),
        ("@staticmethod\n    def person(me): pass", "is <staticmethod"),
        ("person = lambda me: None", "is <function"),
        ("person = print", "is <built-in function print>"),
    ],
)
def test_rules_that_are_no_plain_functions(tmp_path, stated, content):
    path = tmp_path / "probe.py"
    path.write_text(f'from groundswell.theory import *\nclass Probe(Theory):\n    """."""\n    {stated}\n')
    with pytest.raises(RuleError, match=content):
        load_theory(path)


def test_one_stream_in_two_rules_is_refused(tmp_path):
    with pytest.raises(TheoryError, match="declares the stream 'coin' twice"):
        load(tmp_path, society='society.heat = luck.uniform("coin")', person='me.fatigue = luck.uniform("coin")')


def test_a_theory_without_source_text_is_refused():
    scope = {}
    code = 'from groundswell.theory import *\nclass Probe(Theory):\n    """."""\n    def person(me): pass\n'
    with pytest.raises(RuleError, match=r"has no source text.*save the class in a .py file"):
        exec(code, scope)


def test_what_is_read_written_and_drawn_is_known(tmp_path):
    theory = load(
        tmp_path,
        society='society.heat = luck.poisson("rain", people.weight)',
        person="if me.grievance > BIG:\n    x = seen.mean.fatigue\nelse:\n    x = 0\n"
        'me.active = luck.chance("go", x ** 2 + society.heat)\ntally.weight = 1',
    )
    person = theory.rules["person"]
    assert person.reads == {"me": {"grievance"}, "seen.mean": {"fatigue"}, "society": {"heat"}}
    assert person.writes == {"me": {"active"}, "tally": {"weight"}}
    assert person.streams == ("go",)
    assert person.constants == {"BIG": 3.0}
    assert theory.streams == ("rain", "go") or theory.streams == ("go", "rain")


def test_a_docstring_and_comments_are_allowed(tmp_path):
    assert load(tmp_path, person='"""Say why."""\n# and how\nme.fatigue = 1  # so').rules["person"].body


@pytest.mark.parametrize("value", ["seen.share.acts", "1", "me.acts * 0.5", "seen.share.acts if me.acts else True"])
def test_a_bool_state_takes_no_number(tmp_path, value):
    """The likeliest slip of a beginner: the threshold forgotten, so that any share above zero counts as acting."""
    from groundswell.theory.registry import load_theory

    file = tmp_path / "slip.py"
    file.write_text(
        "from groundswell.theory import Param, State, Theory\n\n\n"
        "class Slip(Theory):\n"
        '    """Forget the threshold."""\n\n'
        "    acts = State(bool, initial=False)\n\n"
        "    def person(me, seen):\n"
        f"        me.acts = {value}\n"
    )
    with pytest.raises(RuleError, match=r"slip\.py:10.*gives the bool state me\.acts a number"):
        load_theory(file)


def test_a_flow_that_writes_society_is_told_to_write_its_rate(tmp_path):
    path = tmp_path / "drift.py"
    path.write_text("""
from groundswell.theory import Flow, Observable, Society

class Drift(Flow):
    share = Society()
    seen = Observable("society.share")
    def flow(society, rate):
        society.share = 0.1
""")
    with pytest.raises(RuleError, match=r"drift.py:8: .* writes society.share; .* Instead: rate.share = "):
        load_theory(path)
