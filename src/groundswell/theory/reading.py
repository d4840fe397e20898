"""Reading a rule: from the text of one scalar Python function to a checked, normalised syntax tree.

The tree is what every engine works from: the reference engine executes it as plain Python, the compiled engines write
it into kernels. What a rule may contain is small on purpose (assignments, if/else, arithmetic, comparisons, the
functions of `groundswell.theory.functions`, and draws of luck), and anything else is reported with its line.
"""

from __future__ import annotations

import ast
import copy
import difflib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from groundswell.errors import RuleError
from groundswell.theory.functions import RULE_FUNCTIONS
from groundswell.theory.rule import BUILTINS, LUCK, SIGHTS, Rule, Sight

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_AROUND = "seen.share.NAME, seen.count.NAME or seen.mean.NAME sum over neighbours; people.NAME is the mean over all."
_NO_IMPORT = "import at the top of the file; exp, log, sqrt, logistic, clip and positive need no import in a rule."
_INSTEAD = {
    "For": _AROUND,
    "While": "write the steps out; a rule is one pass for one person at one step.",
    "Return": "assign to me.NAME (or society.NAME); a rule returns nothing.",
    "Import": _NO_IMPORT,
    "ImportFrom": _NO_IMPORT,
    "Lambda": "write the expression where it is used.",
    "ListComp": _AROUND,
    "SetComp": _AROUND,
    "DictComp": _AROUND,
    "GeneratorExp": _AROUND,
    "Subscript": "a rule sees one person: use me.NAME, seen.share.NAME, society.NAME.",
    "Try": "make the expression safe, for example with max(x, 1e-9) under a division.",
    "FunctionDef": "write the expression in the rule itself, as a local variable.",
    "JoinedStr": "rules hold numbers and booleans only.",
    "NamedExpr": "assign on its own line.",
    "Mod": "x - floor(x / y) * y",
    "FloorDiv": "floor(x / y)",
    "BitAnd": "a and b",
    "BitOr": "a or b",
    "BitXor": "a != b",
    "sum": _AROUND,
    "round": "floor(x + 0.5)",
    "int": "floor(x)",
    "pow": "x ** y",
    "random": 'luck.uniform("name of the decision")',
}
_WORDS = {  # what Python calls a piece of syntax, and what its writers do
    "For": "a for loop", "While": "a while loop", "Return": "a return", "Import": "an import",
    "ImportFrom": "an import", "Lambda": "a lambda", "ListComp": "a comprehension", "SetComp": "a comprehension",
    "DictComp": "a comprehension", "GeneratorExp": "a comprehension", "Subscript": "an index in brackets",
    "Try": "a try", "With": "a with", "FunctionDef": "a function", "ClassDef": "a class", "JoinedStr": "a text",
    "Expr": "an expression that does nothing", "Delete": "a del", "Assert": "an assert", "Raise": "a raise",
    "Global": "a global", "Nonlocal": "a nonlocal", "AnnAssign": "an annotation without a value",
    "NamedExpr": "an assignment within an expression", "Match": "a match", "Tuple": "a tuple", "List": "a list",
    "Dict": "a dict", "Set": "a set", "Starred": "a star", "Mod": "%", "FloorDiv": "//", "BitAnd": "&", "BitOr": "|",
    "BitXor": "^", "LShift": "<<", "RShift": ">>", "MatMult": "@",
}  # fmt: skip
_ARGUMENTS = {name: tuple(inspect.signature(f).parameters) for name, f in RULE_FUNCTIONS.items()} | dict.fromkeys(
    ("abs", "float", "bool"), ("x",)
)


@dataclass
class _Reader(ast.NodeTransformer):
    name: str
    owner: str
    filename: str
    lines: list[str]
    offset: int
    arguments: tuple[str, ...]
    vocabulary: Mapping[str, Mapping[str, set[str]]]
    module: Mapping[str, Any]
    known: tuple[str, ...]
    reads: dict[str, set[str]] = field(default_factory=dict)
    writes: dict[str, set[str]] = field(default_factory=dict)
    streams: list[str] = field(default_factory=list)
    constants: dict[str, float] = field(default_factory=dict)
    locals: set[str] = field(default_factory=set)
    truths: set[str] = field(default_factory=set)  # locals that hold true or false
    sometimes: set[str] = field(default_factory=set)
    sights: list[Sight] = field(default_factory=list)
    within: bool = False  # whether the expression read is part of a summary of those whom a person sees

    # -- errors ------------------------------------------------------------------------------------------------
    def refuse(self, node: ast.AST, what: str, *, expected: str, why: str | None = None, instead: str | None = None):
        line = getattr(node, "lineno", 1)
        text = self.lines[line - 1].strip() if line <= len(self.lines) else ""
        raise RuleError(
            f"{self.filename}:{line + self.offset}: `{text}`: the {self.name} rule of {self.owner} {what}",
            expected=expected,
            why=why,
            instead=instead,
        )

    def refuse_syntax(self, node: ast.AST, expected: str, otherwise: str):
        """Refuse Python that a rule may not contain, with what to write instead of it, or else `otherwise`."""
        kind = type(node).__name__
        what = f"contains {_WORDS.get(kind, 'a ' + kind)}"
        self.refuse(node, what, expected=expected, instead=_INSTEAD.get(kind, otherwise))

    def unknown(self, node: ast.AST, given: str, choices: Iterable[str], what: str):
        choices = sorted(choices)
        near = difflib.get_close_matches(given, choices, n=1, cutoff=0.6)
        self.refuse(
            node,
            f"uses the unknown name {given}",
            expected=what,
            instead=f"{near[0]}" if near else "one of " + ", ".join(choices) if choices else "declare it in the class",
        )

    # -- statements ----------------------------------------------------------------------------------------------
    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [done for statement in body if (done := self.statement(statement)) is not None]

    def statement(self, node: ast.stmt) -> ast.stmt | None:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None  # a docstring
        if isinstance(node, ast.Pass):
            return node
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _path(node.value.func) == "print":
            self.refuse(
                node,
                "prints",
                expected="assignments and if/else",
                why="it is compiled, and run for everyone at every step",
                instead="groundswell trace THEORY --person 7, which prints what one person saw, drew and did",
            )
        if isinstance(node, ast.Assign):
            if len(node.targets) != 1 or isinstance(node.targets[0], ast.Tuple | ast.List):
                self.refuse(node, "assigns to several targets at once", expected="one target", instead="one line each")
            value = self.visit(node.value)
            return self.assignment(node.targets[0], value, node)
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            value = self.visit(node.value)
            return self.assignment(node.target, value, node)
        if isinstance(node, ast.AugAssign):
            if isinstance(node.target, ast.Name):
                self.visit(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
            current = ast.copy_location(ast.parse(ast.unparse(node.target), mode="eval").body, node)
            whole = ast.BinOp(current, node.op, node.value)
            ast.fix_missing_locations(ast.copy_location(whole, node))
            for child in ast.walk(current):
                ast.copy_location(child, node)
            return self.statement(ast.copy_location(ast.Assign([node.target], whole), node))
        if isinstance(node, ast.If):
            test = self.visit(node.test)
            before, truths = set(self.locals), set(self.truths)
            body = self.statements(node.body)
            after_body, truths_body = set(self.locals), self.truths
            self.truths = truths
            self.locals = set(before)
            orelse = self.statements(node.orelse)
            both = after_body & self.locals
            self.sometimes |= (after_body | self.locals) - both
            self.locals, self.truths = both, self.truths & truths_body
            return ast.copy_location(ast.If(test, body or [ast.Pass()], orelse), node)
        self.refuse_syntax(node, "assignments and if/else", "write it with assignments and if/else.")

    def assignment(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> ast.stmt:
        written = self.target(target)
        self.keep_truth(written, value)
        return ast.copy_location(ast.Assign([written], value), node)

    def is_truth(self, node: ast.AST) -> bool:
        """Whether an expression is true or false by its form, not a number."""
        match node:
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.BoolOp(values=values):
                return all(self.is_truth(v) for v in values)
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_truth(body) and self.is_truth(orelse)
            case ast.Constant(value=value):
                return isinstance(value, bool)
            case ast.Name(id=name):
                return name in self.truths
            case ast.Attribute(attr=name):
                owner = (_path(node) or "").partition(".")[0]
                known = owner in ("me", "other") and name in self.vocabulary["seen.share"]["read"]
                return known or (owner, name) == ("tie", "exists")
            case ast.Call(func=func):
                return _path(func) in ("bool", "luck.chance")
        return False

    def keep_truth(self, target: ast.expr, value: ast.AST) -> None:
        """A bool state takes only what is true or false; a local remembers whether it is."""
        if isinstance(target, ast.Name):
            self.truths = self.truths | {target.id} if self.is_truth(value) else self.truths - {target.id}
            return
        path = _path(target) or ""
        state = path.removeprefix("me.")
        if path == "tie.exists" and not self.is_truth(value):
            self.refuse(target, "gives tie.exists a number", expected="a comparison, and/or/not, or luck.chance(...)")
        state = state.removeprefix("other.")
        mine = path.startswith(("me.", "other."))
        if mine and state in self.vocabulary["seen.share"]["read"] and not self.is_truth(value):
            self.refuse(
                target,
                f"gives the bool state {path} a number",
                expected="a comparison, and/or/not, luck.chance(...), or another bool state",
                why="any number but 0 would count as true",
                instead=f"{path} = {ast.unparse(value)} >= a threshold",
            )

    def target(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Name):
            if node.id in self.arguments:
                self.refuse(node, f"assigns to {node.id} itself", expected=f"an assignment to {node.id}.NAME")
            if node.id in self.constants or node.id in {*RULE_FUNCTIONS, *BUILTINS, *self.known}:
                what = "a number of the file" if node.id in self.constants else "a word that rules use"
                self.refuse(
                    node,
                    f"assigns to {node.id}, which is {what}",
                    expected="a local variable of another name",
                    instead=f"{node.id}_ = ...",
                )
            self.locals.add(node.id)
            return node
        path = _path(node)
        if path is None:
            self.refuse(
                node,
                "assigns to something that is not a name",
                expected="me.NAME, society.NAME, here.NAME, tally.NAME or a local variable",
                instead=_INSTEAD.get(type(node).__name__),
            )
        root, leaf = path.rpartition(".")[0], path.rpartition(".")[2]
        self.argument(node, root)
        words = self.vocabulary.get(root)
        writable = words["write"] if words else set()
        if root in ("society", "here") and self.name in ("person", "newcomer", "meet", "tie"):
            self.refuse(
                node,
                f"writes {path}",
                expected="a person to write only me.NAME and tally.NAME",
                why="all people of a world share it",
                instead=f"tally.{leaf} = ... and read people.{leaf} in the society rule",
            )
        if root == "society" and self.name == "region":
            self.refuse(node, f"writes {path}", expected="a region to write only here.NAME")
        if leaf not in writable:
            if words and leaf in words["read"]:
                if self.name == "flow" and root == "society":
                    self.refuse(
                        node,
                        f"writes {path}",
                        expected="how fast it changes",
                        why="a flow is integrated in time",
                        instead=f"rate.{leaf} = ...",
                    )
                self.refuse(
                    node, f"writes {path}", expected="a State, Society, Regional or Tally", why=f"{path} is fixed"
                )
            self.unknown(node, path, [f"{root}.{x}" for x in writable], f"a name declared in {self.owner}")
        self.writes.setdefault(root, set()).add(leaf)
        return node

    # -- expressions ---------------------------------------------------------------------------------------------
    def argument(self, node: ast.AST, root: str) -> None:
        head = root.split(".")[0]
        if head in ("me", "seen", "other", "tie", "here", "tally") and head not in self.known:
            self.refuse(
                node,
                f"uses {head}",
                expected="one of " + ", ".join(self.known),
                why=f"a {self.name} rule is not about one {'region' if head == 'here' else 'person'}",
                instead="people.NAME, the mean over people" if head in ("me", "seen") else None,
            )
        if head not in self.arguments:
            self.refuse(
                node,
                f"uses {head}, which it does not take",
                expected=f"{head} among its arguments",
                instead=f"def {self.name}({', '.join([*self.arguments, head])}):",
            )

    def sight(self, node: ast.expr, layer: str, kind: str, value: ast.expr, where: ast.expr | None) -> ast.AST:
        """Compute a summary before the rule runs and read the result there; equal summaries are computed once."""
        present = next(iter(self.vocabulary["seen"].get("present", ())), None)
        if present is not None:  # nobody sees those who are absent
            there: ast.expr = ast.Attribute(ast.Name("other", ast.Load()), present, ast.Load())
            where = there if where is None else ast.BoolOp(ast.And(), [there, where])
            self.reads.setdefault("other", set()).add(present)
        made = Sight("", layer, kind, value, where, self.is_truth(value), ast.unparse(node))
        alike = [s for s in self.sights if _same_sight(s, made)]
        name = alike[0].name if alike else f"s{len(self.sights)}"
        if not alike:
            self.sights.append(replace(made, name=name))
        self.reads.setdefault("seen.at", set()).add(name)
        read = ast.parse(f"seen.at.{name}", mode="eval").body
        return ast.fix_missing_locations(ast.copy_location(read, node))

    def seen_along(self, path: str) -> tuple[str, list[str]]:
        """The layer that a path such as seen.family.share.acts names, or "", and what follows it."""
        parts = path.split(".")[1:]
        layered = parts[0] in self.vocabulary["seen"].get("layers", ())
        return (parts[0], parts[1:]) if layered else ("", parts)

    def seen_by_name(self, node: ast.Attribute, path: str) -> ast.AST | None:
        """What seen.LAYER.share.NAME and the like stand for; None for a sight along all ties, which has arrays."""
        layer, rest = self.seen_along(path)
        if not layer and not self.vocabulary["seen"].get("present"):
            return None
        self.argument(node, "seen")
        if rest == ["degree"]:
            return self.sight(node, layer, "count", ast.Constant(True), None)
        if rest == ["weight"]:
            return self.sight(node, layer, "sum", ast.Constant(1.0), None)
        if len(rest) != 2 or rest[1] not in self.vocabulary.get(f"seen.{rest[0]}", {"read": ()})["read"]:
            if layer:
                self.refuse(
                    node,
                    f"uses {path}",
                    expected=f"seen.{layer}.share.NAME, or count, mean, weighted or sum of a state or trait",
                    instead=f"seen.{layer}.degree, the number of ties",
                )
            return None
        self.reads.setdefault("other", set()).add(rest[1])
        value = ast.Attribute(ast.Name("other", ast.Load()), rest[1], ast.Load())
        return self.sight(node, layer, rest[0], value, None)

    def seen_call(self, node: ast.Call, path: str) -> ast.AST:
        """seen.KIND(value, where=condition), over the ties of all layers or of one."""
        self.argument(node, "seen")
        layer, rest = self.seen_along(path)
        kind = rest[0] if len(rest) == 1 else ""
        if kind not in SIGHTS:
            self.unknown(node, path, [f"seen.{x}" for x in SIGHTS], "a summary of those whom a person sees")
        wrong = [k.arg for k in node.keywords if k.arg != "where"]
        if len(node.args) != 1 or wrong or self.within:
            self.refuse(
                node,
                f"calls {path} with arguments other than a value and where",
                expected=f"{path}(value, where=condition), neither of which sees again",
                instead=f"{path}(other.NAME, where=other.NAME > 0)",
            )
        self.within = True
        value = self.visit(node.args[0])
        where = self.visit(node.keywords[0].value) if node.keywords else None
        self.within = False
        for part, must in ((value, kind in ("share", "count")), (where, True)):
            if must and part is not None and not self.is_truth(part):
                self.refuse(
                    node,
                    f"takes {ast.unparse(part)} for true or false",
                    expected="a comparison, and/or/not, or a bool state",
                    why="any number but 0 would count as true",
                    instead=f"{ast.unparse(part)} > 0",
                )
        return self.sight(node, layer, kind, value, where)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        path = _path(node)
        if path is None:
            self.refuse(
                node, "takes an attribute of an expression", expected="me.NAME, seen.share.NAME, society.NAME ..."
            )
        if path.startswith("seen.") and not self.within and (read := self.seen_by_name(node, path)) is not None:
            return read
        head_ = path.partition(".")[0]
        if self.within and head_ not in ("me", "other", "tie", "p"):
            self.refuse(
                node,
                f"reads {path} within a summary of those whom a person sees",
                expected="me, other, tie and p",
                why="it is computed for each tie before the rules are run",
            )
        if self.name == "person" and head_ in ("other", "tie") and not self.within:
            self.refuse(
                node,
                f"reads {path} outside a summary",
                expected="seen.share(...), seen.mean(...) and the like around it",
                why="a person sees many others",
                instead=f"seen.mean({path})",
            )
        head = path.split(".")[0]
        if head not in self.vocabulary and head != "luck":
            if head in ("math", "np", "numpy"):
                leaf = path.split(".")[-1]
                self.refuse(
                    node,
                    f"uses {path}",
                    expected="a function that every engine computes alike",
                    instead=f"{leaf}(...)" if leaf in RULE_FUNCTIONS else "one of " + ", ".join(RULE_FUNCTIONS),
                )
            self.unknown(node, head, self.arguments, "one of the rule's arguments")
        root, _, leaf = path.rpartition(".")
        self.argument(node, root)
        if root == "luck":
            self.refuse(node, f"names {path} without calling it", expected=f'{path}("name of the decision")')
        words = self.vocabulary.get(root)
        if words is None or leaf not in words["read"]:
            if root == "seen":
                self.refuse(
                    node,
                    f"uses {path}",
                    expected="what is seen of neighbours as a share, count or mean",
                    instead=f"seen.share.{leaf} or seen.count.{leaf} (bool states), seen.mean.{leaf} (float states "
                    "and traits)",
                )
            if root == "tally" and leaf in self.vocabulary["tally"]["write"]:
                self.refuse(
                    node,
                    f"reads {path}",
                    expected="a tally to be written only",
                    instead=f"keep it in a local variable; its mean over people is people.{leaf} at the next step",
                )
            if root in ("seen.share", "seen.count", "seen.mean") and leaf in self.vocabulary["me"]["write"]:
                floats = leaf in self.vocabulary["seen.mean"]["read"]
                self.refuse(
                    node,
                    f"uses {path}",
                    expected="shares and counts of bool states, and means of float states",
                    why=f"{leaf} is a {'float' if floats else 'bool'} state",
                    instead=f"seen.mean.{leaf}" if floats else f"seen.share.{leaf}",
                )
            if root == "people" and self.name == "region" and leaf in self.vocabulary["tally"]["write"]:
                self.refuse(
                    node, f"reads the tally {path}", expected="people.NAME of a state: its mean over the region"
                )
            choices = [f"{r}.{x}" for r, w in self.vocabulary.items() for x in w["read"] if r.split(".")[0] == head]
            self.unknown(node, path, choices, f"a name declared in {self.owner}")
        self.reads.setdefault(root, set()).add(leaf)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self.within and node.id in self.locals | self.sometimes:
            self.refuse(
                node,
                f"uses the local variable {node.id} within a summary of those whom a person sees",
                expected="me, other, tie, p and numbers of the file",
                why="it is computed before the rule is run",
            )
        if node.id in self.locals:
            return node
        if node.id in self.sometimes:
            self.refuse(
                node,
                f"reads {node.id}, which is set in one branch only",
                expected="a value whichever way the branches go",
                instead=f"{node.id} = 0.0 before the if",
            )
        if node.id in self.arguments:
            self.refuse(node, f"uses {node.id} as a value", expected=f"{node.id}.NAME")
        value = self.module.get(node.id)
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.constants[node.id] = float(value)
            return node
        if node.id in self.module:
            self.refuse(
                node,
                f"uses {node.id}, which is a {type(value).__name__}",
                expected="a local variable set above, or a number of the file",
                instead=f"{node.id} = {float(value)}" if isinstance(value, bool) else None,
            )
        self.unknown(
            node, node.id, self.locals | set(self.arguments), "a local variable set above, or a number of the file"
        )

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, int | float | bool):
            self.refuse(node, f"holds {node.value!r}", expected="numbers and booleans only")
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            try:
                return ast.copy_location(ast.Constant(float(node.value)), node)  # whole numbers would overflow
            except OverflowError:
                self.refuse(node, "holds a number beyond 1e308", expected="a number that a double can hold")
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if not isinstance(node.op, _OPERATORS):
            kind = type(node.op).__name__
            self.refuse(node, f"uses {_WORDS.get(kind, kind)}", expected="+, -, *, / or **", instead=_INSTEAD.get(kind))
        left, right = self.visit(node.left), self.visit(node.right)
        if self.within and isinstance(node.op, ast.Div) and not (isinstance(right, ast.Constant) and right.value):
            self.refuse(
                node,
                "divides within a summary of those whom a person sees",
                expected="division by a number other than 0",
                why="the divisor may be zero for some tie",
                instead="divide the summary itself, or compare a product",
            )
        if isinstance(node.op, ast.Pow):
            whole = right.value if isinstance(right, ast.Constant) else None
            if whole in (2, 3, 4):  # whatever the base: power(x, 2) would give 0 for a negative x
                product: ast.expr = left
                for _ in range(int(whole) - 1):
                    product = ast.BinOp(product, ast.Mult(), copy.deepcopy(left))
                return ast.fix_missing_locations(ast.copy_location(product, node))
            call = ast.Call(ast.Name("power", ast.Load()), [left, right], [])
            return ast.fix_missing_locations(ast.copy_location(call, node))
        return ast.copy_location(ast.BinOp(left, node.op, right), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if (_path(node.func) or "").startswith("seen."):
            return self.seen_call(node, _path(node.func) or "")
        if node.keywords:
            self.refuse(node, "passes an argument by name in a call", expected="arguments by position")
        path = _path(node.func) or ""
        if path.startswith("luck."):
            return self.draw(node, path.removeprefix("luck."))
        if path.startswith(("math.", "np.", "numpy.")) and "random" not in path:
            self.visit(node.func)
        if path not in RULE_FUNCTIONS and path not in BUILTINS:
            wanted = "a function that every engine has"
            if "random" in path:
                self.refuse(node, f"calls {path}", expected="addressed draws", instead='luck.uniform("what for")')
            if path in _INSTEAD:
                self.refuse(node, f"calls {path}", expected=wanted, instead=_INSTEAD[path])
            if path in self.module:
                self.refuse(
                    node,
                    f"calls {path}, which is not a function of rules",
                    expected=wanted + ": " + ", ".join(sorted({*RULE_FUNCTIONS, *BUILTINS})),
                    instead="write the expression in the rule itself.",
                )
            self.unknown(node, path or "a computed function", {*RULE_FUNCTIONS, *BUILTINS}, wanted)
        if path in ("min", "max") and len(node.args) < 2:
            self.refuse(node, f"calls {path} with one argument", expected=f"{path}(a, b)")
        if path in _ARGUMENTS and len(node.args) != len(_ARGUMENTS[path]):
            self.refuse(
                node,
                f"calls {path} with {len(node.args)} argument{'' if len(node.args) == 1 else 's'}",
                expected=f"{path}({', '.join(_ARGUMENTS[path])})",
            )
        return ast.copy_location(ast.Call(node.func, [self.visit(a) for a in node.args], []), node)

    def draw(self, node: ast.Call, method: str) -> ast.AST:
        if self.within:
            self.refuse(node, "draws within a summary", expected="me, other, tie and p")
        self.argument(node, "luck")
        allowed = {m: k for m, k in LUCK.items() if m != "poisson" or self.name != "person"}
        if method == "poisson" and method not in allowed:
            self.refuse(
                node,
                "draws a Poisson number",
                expected="luck.poisson in the society or region rule only",
                why="it takes longer the larger its mean, which a rule run for every person cannot afford",
                instead='luck.chance("name of the decision", probability)',
            )
        if method not in allowed:
            self.unknown(
                node, f"luck.{method}", [f"luck.{m}" for m in allowed], "a kind of draw that this rule may make"
            )
        first = node.args[0] if node.args else None
        rest = ", ..." if allowed[method] > 1 else ""
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            self.refuse(
                node,
                "draws without naming the decision",
                expected=f'luck.{method}("name of the decision"{rest})',
            )
        if len(node.args) != allowed[method]:
            self.refuse(
                node, f"calls luck.{method} with {len(node.args)} arguments", expected=f"{allowed[method]} arguments"
            )
        stream = str(first.value)
        if stream in self.streams:
            self.refuse(
                node,
                f"draws from the stream {stream!r} twice",
                expected="one stream for one decision",
                why="the two draws would be the same number",
                instead=f'luck.{method}("{stream} again"{rest}), or keep the first draw in a local variable',
            )
        self.streams.append(stream)
        return ast.copy_location(ast.Call(node.func, [first, *(self.visit(a) for a in node.args[1:])], []), node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        allowed = (
            ast.BoolOp,
            ast.UnaryOp,
            ast.Compare,
            ast.IfExp,
            ast.boolop,
            ast.unaryop,
            ast.cmpop,
            ast.expr_context,
        )
        if isinstance(node, ast.Compare) and any(
            isinstance(o, ast.In | ast.NotIn | ast.Is | ast.IsNot) for o in node.ops
        ):
            self.refuse(node, "compares with in or is", expected="<, <=, >, >=, == or !=")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            self.refuse(node, "uses ~", expected="not x")
        if not isinstance(node, allowed):
            expected = "arithmetic, comparisons, and/or/not, and a if b else c"
            self.refuse_syntax(node, expected, "write it with those.")
        return super().generic_visit(node)


def _same_sight(a: Sight, b: Sight) -> bool:
    def text(sight: Sight) -> list[str]:
        return [ast.dump(x) if x is not None else "" for x in (sight.value, sight.where)]

    return (a.layer, a.kind, text(a)) == (b.layer, b.kind, text(b))


def _path(node: ast.AST) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join(reversed([*names, node.id]))


def read_rule(
    function: Callable[..., None],
    name: str,
    known: tuple[str, ...],
    vocabulary: Mapping[str, Mapping[str, set[str]]],
    owner: str,
) -> Rule:
    """Check the function of a rule and return its normalised syntax tree.

    Raises
    ------
    RuleError : with file and line, when the rule uses an unknown name or Python that no engine supports.
    """
    code = getattr(function, "__code__", None)
    if code is None or code.co_name != name:
        raise RuleError(
            f"the {name} rule of {owner} is {function!r}",
            expected=f"a plain function written in the class: def {name}(...):",
            why="the engines work from its text",
        )
    try:
        lines, first = inspect.getsourcelines(function)
    except OSError as error:
        raise RuleError(
            f"the {name} rule of {owner} has no source text",
            expected="a theory written in a file",
            why="the engines work from the text of the rule",
            instead="save the class in a .py file and pass its path",
        ) from error
    source = textwrap.dedent("".join(lines))
    definition = ast.parse(source).body[0]
    stated = getattr(definition, "args", ast.arguments([], [], None, [], [], None, []))
    arguments = tuple(a.arg for a in stated.args)
    reader = _Reader(
        name,
        owner,
        code.co_filename,
        source.splitlines(),
        first - 1,
        arguments,
        vocabulary,
        function.__globals__,
        known,
    )
    if not isinstance(definition, ast.FunctionDef) or definition.decorator_list:
        reader.refuse(definition, "is not a plain function", expected=f"def {name}(...): without async or decorators")
    if stated.posonlyargs or stated.kwonlyargs or stated.vararg or stated.kwarg or stated.defaults:
        reader.refuse(definition, "takes arguments with defaults or stars", expected=f"plain names: {', '.join(known)}")
    for argument in arguments:
        if argument not in known:
            reader.unknown(definition, argument, known, f"arguments of a {name} rule among {', '.join(known)}")
    body = reader.statements(definition.body)
    return Rule(
        name=name,
        owner=owner,
        filename=code.co_filename,
        body=tuple(ast.increment_lineno(ast.fix_missing_locations(s), first - 1) for s in body),  # lines of the file
        arguments=arguments,
        reads={root: frozenset(names) for root, names in reader.reads.items()},
        writes={root: frozenset(names) for root, names in reader.writes.items()},
        streams=tuple(reader.streams),
        constants=dict(reader.constants),
        source=source,
        sights=tuple(reader.sights),
    )
