"""Writing a theory's rules into kernels.

A rule is written once for one person. Here its tree becomes the inner loop of a kernel over *lanes*: the worlds of one
person where a batch has many worlds, or the people of one block where it has few. Inputs are staged into the rows of
one small buffer, the rule runs over the lanes reading and writing rows, and results are stored back. Rows lie a
constant distance apart, so the compiler can prove that they do not overlap and turn the rule into vector code; draws
are vectorised in the same way. The kernels are kept as files in the user's cache, so that they are compiled once.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from groundswell.draws import stream_id
from groundswell.engine import lanes
from groundswell.engine.compiled import BLOCK
from groundswell.engine.guards import Guard, every_guard, guarded, hoisted
from groundswell.engine.lanes import LANES
from groundswell.engine.layout import Layout, layout
from groundswell.engine.pairs import PairPlan, meetings, own_loads, sees_kernel, summaries, ties_arguments, ties_kernel
from groundswell.engine.written import load_written
from groundswell.theory import Theory
from groundswell.theory.declare import ORDER
from groundswell.theory.functions import RULE_FUNCTIONS
from groundswell.theory.rule import Rule

Kernel = Callable[..., Any]


@dataclass(frozen=True)
class Kernels:
    """The compiled rules of one theory.

    `people_by_world` has worlds as lanes, `people_by_block` people as lanes; where people act one after another, there
    is only `people_in_turn`. `sees` computes what people see of others along their ties, and `ties` decides which ties
    stay and which are formed.
    """

    people_by_world: Kernel | None
    people_by_block: Kernel | None
    people_in_turn: Kernel | None
    sees: Kernel | None
    ties: Kernel | None
    society: Kernel | None
    region: Kernel | None


class _Lanes(ast.NodeTransformer):
    """Turns the names of a rule into the local variables of a kernel's lane loop."""

    def __init__(self, rule: Rule, theory: type[Theory]) -> None:
        self.rule = rule
        self.bools = {s for s, d in theory.states.items() if d.kind is bool}
        self.draws = {stream: f"u_{k}" for k, stream in enumerate(rule.streams)}

    def text(self, expression: ast.expr) -> str:
        """An expression as it stands in a kernel."""
        return ast.unparse(ast.fix_missing_locations(self.visit(copy.deepcopy(expression))))

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        value = self.visit(node.value)
        target = node.targets[0]
        if isinstance(target, ast.Attribute):  # stored variables have a declared type; locals take their value's type
            path = _dotted(target)
            is_bool = path == "tie.exists" or (path.startswith(("me.", "other.")) and target.attr in self.bools)
            value = ast.Call(ast.Name("bool", ast.Load()), [value], []) if is_bool else _as_float(value)
        return ast.fix_missing_locations(ast.copy_location(ast.Assign([self.visit(target)], value), node))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.rule.constants:
            return ast.copy_location(ast.Constant(self.rule.constants[node.id]), node)
        return ast.copy_location(ast.Name(f"v_{node.id}", node.ctx), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        path = _dotted(node)
        if path.startswith("seen.share."):
            share = ast.parse(f"(count_{node.attr} / degree_1)", mode="eval").body
            return ast.copy_location(share, node)
        name = {
            "seen.degree": "degree_",
            "me.degree": "degree_",
            "me.region": "region_",
            "here.index": "region_",
            "seen.weight": "weight_",
        }.get(path)
        return ast.copy_location(ast.Name(name or _local(path), node.ctx), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        path = _dotted(node.func)
        if path == "float":
            return ast.copy_location(_as_float(self.visit(node.args[0])), node)
        if not path.startswith("luck."):
            return ast.copy_location(ast.Call(node.func, [self.visit(a) for a in node.args], []), node)
        first = node.args[0]
        assert isinstance(first, ast.Constant)
        u = self.draws[str(first.value)]
        rest = [ast.unparse(self.visit(a)) for a in node.args[1:]]
        text = {
            "uniform": u,
            "normal": f"normal_quantile({u})",
            "chance": f"({u} < ({rest[0] if rest else 0}))",
            "poisson": f"poisson_quantile({u}, {rest[0] if rest else 0})",
        }[path.removeprefix("luck.")]
        return ast.copy_location(ast.parse(text, mode="eval").body, node)


def _as_float(value: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(1.0), ast.Mult(), value)  # the compiler has no float() of a boolean


def _dotted(node: ast.AST) -> str:
    return ast.unparse(node)


def _local(path: str) -> str:
    if path.startswith("seen."):
        return path.removeprefix("seen.").replace(".", "_")
    return path.replace(".", "_")


def _seen(name: str) -> str:
    """The local variable of something that is seen: "weighted.acts", or "weight"."""
    return name.replace(".", "_") if "." in name else f"{name}_"


def _body(rule: Rule, theory: type[Theory], indent: int, watch: bool) -> str:
    lanes = _Lanes(rule, theory)
    statements = [lanes.visit(copy.deepcopy(s)) for s in (hoisted(guarded(theory)[rule.name]) if watch else rule.body)]
    return _indent("\n".join(ast.unparse(ast.fix_missing_locations(s)) for s in statements), indent)


def _indent(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line if line.strip() else line for line in text.splitlines())


class _Plan:
    """Which rows of the buffer hold what, for the person rule of one theory."""

    def __init__(self, lay: Layout, watch: bool = True) -> None:
        self.lay, self.watch = lay, watch
        self.rule = rule = lay.theory.acting()
        mine = rule.lands_on("me")
        self.bools = [s for s in lay.bools if s in mine]
        self.floats = [s for s in lay.floats if s in mine or s in lay.sums]
        self.traits = [t for t in lay.traits if t in rule.reads.get("me", ())]
        self.tallies = [t for t in lay.theory.tallies if t in rule.writes.get("tally", ())]
        self.counts = list(lay.seen_bools)
        self.means = list(lay.seen_floats)
        self.guards = guarded(lay.theory)[rule.name].guards if watch else ()
        self.first = every_guard(lay.theory).index(self.guards[0]) if self.guards else 0
        self.table = [
            (row, name)
            for name, row in lay.table.items()
            if name.partition(".")[2] in rule.reads.get(name.partition(".")[0], ())
        ]
        self.here = [(lay.regionals[x], x) for x in sorted(rule.reads.get("here", ())) if x != "index"]
        names = (
            [f"u:{k}" for k in range(len(rule.streams))]
            + [f"guard:{g.name}" for g in self.guards if g.kind != "number"]
            + [f"me:{x}" for x in [*self.bools, *self.floats, *self.traits]]
            + [f"tally:{x}" for x in self.tallies]
            + [f"count:{x}" for x in self.counts]
            + [f"mean:{x}" for x in self.means]
            + [f"sight:{x}" for x in lay.sights]
            + [f"fixed:{x}" for x in lay.seen_fixed]
            + [f"here:{x}" for _, x in self.here]
            + ["degree", "region"]
        )
        self.rows = {name: k * LANES for k, name in enumerate(names)}

    @property
    def more(self) -> str:
        """Further arguments for what is seen along weighted ties or of traits, where the theory uses either."""
        return ", sights, fixed" if self.lay.along else ""

    @property
    def bad(self) -> str:
        """The last argument, if any: which guards failed, by world."""
        return ", bad" if self.watch else ""

    @property
    def size(self) -> int:
        return len(self.rows) * LANES

    def watches(self) -> tuple[list[str], list[str]]:
        """The lines for guards before and after a rule that runs for one person, region or world at a time."""
        return _watches(self.lay.theory, self.rule.name) if self.watch else ([], [])

    def watched(self, guard: Guard) -> str:
        """The row of the buffer that holds the value a guard watches."""
        if guard.kind != "number":
            return f"guard:{guard.name}"
        root, _, leaf = guard.name.partition(".")
        return f"{root}:{leaf}"

    def row(self, name: str) -> str:
        return f"buf[np.uint64({self.rows[name]}) + q]"


_ARGUMENTS = (
    "first, last, people, worlds, step, key0, key1, bools, floats, traits, region, degree, counts, means, table, here, "
    "deltas, flags, parts, changes, dirty, mixed, totals"
)


class _PersonKernel:
    """The text of the person kernel, with `lanes` "worlds" or "people".

    Everything except the rule is done by functions of `groundswell.engine.lanes`, which are compiled once for all
    theories.
    """

    def __init__(self, plan: _Plan, lanes: str) -> None:
        self.plan, self.lanes, self.by_world = plan, lanes, lanes == "worlds"
        self.where = "i, w0, n" if self.by_world else "lo, w, n"
        self.constants: list[str] = []
        self.lines: list[str] = []
        self.scalars: list[str] = []  # what is read once, before the lanes
        self.in_lane: list[str] = []  # what is read in each lane
        self.depth = 16 if self.by_world else 12

    def text(self) -> str:
        """The constants and the function."""
        self._head()
        self._load()
        self._rule()
        self._store()
        return "\n".join([*self.constants, "\n", *self.lines]) + "\n"

    def _add(self, indent: int, *texts: str) -> None:
        self.lines.extend(_indent(text, indent) for text in texts)

    def _constant(self, name: str, values: Sequence[float | int], kind: str = "int64") -> str:
        """The name of a constant array of the module."""
        text = ", ".join(f"np.float64('{v}')" if kind == "float64" else str(v) for v in values)
        self.constants.append(f"{self.lanes}_{name} = np.array([{text}], np.{kind})")
        return f"{self.lanes}_{name}"

    def _call(self, function: str, name: str, rows: Sequence[tuple[str, int]], before: str, after: str) -> list[str]:
        """The call of a function for (row of the buffer, row of an array) pairs; none where there are none."""
        if not rows:
            return []
        at = self._constant(f"{name}_at", [self.plan.rows[x] for x, _ in rows])
        return [f"{function}(buf, {at}, {before}{self._constant(f'{name}_of', [k for _, k in rows])}, {after})"]

    def _head(self) -> None:
        plan, add = self.plan, self._add
        add(0, f"{_COMPILED}def person_{self.lanes}({_ARGUMENTS}{plan.more}{plan.bad}):")
        add(4, f"buf = np.empty({max(plan.size, 1)}, np.float64)", "step_word = np.uint64(step)")
        # unsigned indices: a signed one would be checked for counting from the end, which keeps loops from vector code
        add(4, "people = np.uint64(people)", "worlds = np.uint64(worlds)")
        add(4, "for block in range(np.uint64(first), np.uint64(last)):")
        add(8, f"lo = block * np.uint64({BLOCK})", f"hi = min(people, lo + np.uint64({BLOCK}))")
        if self.by_world:
            add(8, "for i in range(lo, hi):", "    if dirty[i] == 0:", "        continue", "    dirty[i] = 0")
            add(12, f"for w0 in range(np.uint64(0), worlds, np.uint64({LANES})):")
            add(16, f"n = min(np.uint64({LANES}), worlds - w0)")
            return
        add(8, "some = np.uint8(0)", "for i in range(lo, hi):", "    some |= dirty[i]", "if some == 0:", "    continue")
        add(8, "for i in range(lo, hi):", "    dirty[i] = 0", "n = hi - lo", "for w in range(worlds):")

    def _load(self) -> None:
        """Draws and what the rule reads, into the buffer."""
        plan, lay, rule, add, depth, where = (
            self.plan, self.plan.lay, self.plan.rule, self._add, self.depth, self.where,
        )  # fmt: skip
        load, others = f"load_{self.lanes}", f"load_others_{self.lanes}"
        if rule.streams:
            at = self._constant("draw_at", [plan.rows[f"u:{k}"] for k in range(len(rule.streams))])
            streams = self._constant("streams", [stream_id(x) for x in rule.streams], "uint64")
            add(depth, f"draw_{self.lanes}(buf, {at}, {streams}, key0, key1, step_word, {where})")
        add(depth, *self._call(load, "bool", [(f"me:{x}", lay.bools[x]) for x in plan.bools], "bools, ", where))
        add(depth, *self._call(load, "float", [(f"me:{x}", lay.floats[x]) for x in plan.floats], "floats, ", where))
        if plan.counts:
            all_others = [(f"count:{x}", lay.bools[x]) for x in plan.counts]
            seen = [(f"count:{x}", lay.seen_bools[x]) for x in plan.counts]
            add(depth, "if mixed:")
            add(depth + 4, *self._call(others, "other", all_others, "totals, bools, ", where))
            add(depth, "else:")
            add(depth + 4, *self._call(load, "count", seen, "counts, ", where))
        means = [(f"mean:{x}", lay.seen_floats[x]) for x in plan.means]
        add(depth, *self._call(load, "mean", means, "means, ", where))
        add(depth, *self._call(load, "sight", [(f"sight:{x}", k) for x, k in lay.sights.items()], "sights, ", where))
        regional = [(f"here:{x}", row) for row, x in plan.here]
        self.in_lane += [f"{_seen(x)} = {plan.row(f'sight:{x}')}" for x in lay.sights]
        if self.by_world:
            add(depth, *self._call(load, "here", regional, "here, ", "np.uint64(region[i]), w0, n"))
            self._load_person()
        else:
            add(depth, *self._call("load_here", "here", regional, "here, ", f"region, {where}"))
            self._load_people()
        self.in_lane += [f"here_{x} = {plan.row(f'here:{x}')}" for _, x in plan.here]
        table = [f"{_local(x)} = table[{row}, w]" for row, x in plan.table]
        (self.in_lane if self.by_world else self.scalars).extend(table)
        add(depth, *self.scalars)

    def _load_person(self) -> None:
        """What is the same in every lane, where lanes are the worlds of one person."""
        lay = self.plan.lay
        self.scalars += [f"{_seen(x)} = fixed[{k}, i]" for x, k in lay.seen_fixed.items()]
        self.scalars += [f"me_{x} = traits[{lay.traits[x]}, i]" for x in self.plan.traits]
        self.scalars += ["degree_here = np.float64(degree[i])", "region_here = np.float64(region[i])"]
        self.in_lane += ["degree_ = degree_here", "region_ = region_here", "w = w0 + q"]

    def _load_people(self) -> None:
        """What differs from lane to lane, where lanes are people."""
        plan, lay, depth = self.plan, self.plan.lay, self.depth
        fixed = [(f"fixed:{x}", k) for x, k in lay.seen_fixed.items()]
        traits = [(f"me:{x}", lay.traits[x]) for x in plan.traits]
        self._add(depth, *self._call("load_fixed", "fixed", fixed, "fixed, ", "lo, n"))
        self._add(depth, *self._call("load_fixed", "trait", traits, "traits, ", "lo, n"))
        places = self._constant("places", [plan.rows["degree"], plan.rows["region"]])
        self._add(depth, f"load_places(buf, {places}, degree, region, lo, n)")
        self.in_lane += [f"{_seen(x)} = {plan.row(f'fixed:{x}')}" for x in lay.seen_fixed]
        self.in_lane += [f"me_{x} = {plan.row(f'me:{x}')}" for x in plan.traits]
        self.in_lane += [f"degree_ = {plan.row('degree')}", f"region_ = {plan.row('region')}"]

    def _rule(self) -> None:
        plan, rule = self.plan, self.plan.rule
        lines = [*self.in_lane, *(f"u_{k} = {plan.row(f'u:{k}')}" for k in range(len(rule.streams)))]
        lines += [f"me_{x} = {plan.row(f'me:{x}')} != 0.0" for x in plan.bools]
        lines += [f"me_{x} = {plan.row(f'me:{x}')}" for x in plan.floats]
        lines += [f"count_{x} = {plan.row(f'count:{x}')}" for x in plan.counts]
        lines += [f"mean_{x} = {plan.row(f'mean:{x}')}" for x in plan.means]
        lines += ["degree_1 = max(degree_, 1.0)", *(f"tally_{x} = 0.0" for x in plan.tallies)]
        lines += [f"v_{g.name} = {g.start}" for g in plan.guards if g.kind != "number"]
        lines += [_body(rule, plan.lay.theory, 0, plan.watch)]
        lines += [f"{plan.row(f'me:{x}')} = 1.0 if me_{x} else 0.0" for x in plan.bools]
        lines += [f"{plan.row(f'me:{x}')} = me_{x}" for x in plan.floats]
        lines += [f"{plan.row(f'tally:{x}')} = tally_{x}" for x in plan.tallies]
        lines += [f"{plan.row(plan.watched(g))} = v_{g.name}" for g in plan.guards if g.kind != "number"]
        self._add(self.depth, "for q in range(n):")
        self._add(self.depth + 4, *lines)

    def _store(self) -> None:
        """The guards' values and what the rule wrote, from the buffer."""
        plan, lay, add, depth, where = self.plan, self.plan.lay, self._add, self.depth, self.where
        if plan.guards:
            at = self._constant("guard_at", [plan.rows[plan.watched(g)] for g in plan.guards])
            spans = zip(("least", "most", "hole"), zip(*(g.span for g in plan.guards), strict=True), strict=True)
            given = ", ".join([at, *(self._constant(name, values, "float64") for name, values in spans)])
            add(depth, f"watch_{self.lanes}(buf, {given}, n, bad, {plan.first}, {'w0' if self.by_world else 'w'})")
        written = plan.rule.writes.get("me", frozenset())
        bools = [x for x in plan.bools if x in written]
        if bools:
            seen = self._constant("seen", [lay.seen_bools.get(x, -1) for x in bools])
            after = f"{seen}, deltas, changes, {'' if self.by_world else 'flags, '}block, {where}"
            rows = [(f"me:{x}", lay.bools[x]) for x in bools]
            [line] = self._call(f"keep_bools_{self.lanes}", "kept_bool", rows, "bools, ", after)
            add(depth, *([f"if {line}:", "    flags[i] = 1"] if self.by_world else [line]))
        kept = [(f"me:{x}", lay.floats[x]) for x in plan.floats if x in written]
        add(depth, *self._call(f"keep_floats_{self.lanes}", "kept_float", kept, "floats, ", where))
        sums = [(f"me:{x}" if x in lay.floats else f"tally:{x}", k) for x, k in lay.sums.items()]
        here = "block, w0, n" if self.by_world else "block, w, n"
        add(depth, *self._call(f"add_{self.lanes}", "sum", [x for x in sums if x[0] in plan.rows], "parts, ", here))


_COMPILED = "@nb.njit(nogil=True, error_model='numpy', cache=CACHE)\n"
_IN_TURN = (
    "first, last, people, step, key0, key1, bools, floats, traits, region, degree, indptr, indices, table, here, "
    "mixed, totals, running, queue, handed"
)


def _turns_kernel(plan: _Plan) -> str:
    """The text of the kernel in which people act one after another, each seeing what those before them have done."""
    lay, rule = plan.lay, plan.rule
    arguments = f"{_IN_TURN}{plan.more and ', weights, fixed'}{plan.bad}"
    if rule.name == "meet":
        head = f"{_COMPILED}def person_turns({arguments}, directed):"
        return meetings(PairPlan(lay, "meet"), _body(rule, lay.theory, 12, plan.watch), plan.watches(), head)
    out = [f"{_COMPILED}def person_turns({arguments}{ties_arguments(lay)}):"]

    def add(depth: int, *lines: str) -> None:
        out.extend(" " * depth + line for line in lines)

    drawn = lay.theory.order == "drawn"
    add(4, "word = np.uint64(step)", "for w in range(first, last):")
    draw = f"lane_uniform(key0[w], key1[w], np.uint64({stream_id(ORDER)}), word, np.uint64(i))"
    add(8, "for i in range(people):", f"    queue[w, i] = {f'np.int64({draw} * people)' if drawn else 'i'}")
    if not drawn:
        add(8, "for i in range(people - 1, 0, -1):")
        add(12, f"j = np.int64({draw} * (i + 1))", "queue[w, i], queue[w, j] = queue[w, j], queue[w, i]")
    for row, x in plan.table:
        add(8, f"{_local(x)} = table[{row}, w]")
    add(8, "for turn in range(people):", "    i = queue[w, turn]")
    add(12, "degree_ = np.float64(degree[i])", "degree_1 = max(degree_, 1.0)", "region_ = np.float64(region[i])")
    for k, stream in enumerate(rule.streams):
        who = "turn" if drawn else "i"  # who acts twice in a step has its own luck each time
        add(12, f"u_{k} = lane_uniform(key0[w], key1[w], np.uint64({stream_id(stream)}), word, np.uint64({who}))")
    for x in plan.bools:
        add(12, f"me_{x} = bools[{lay.bools[x]}, i, w] != 0")
    for x in plan.floats:
        add(12, f"me_{x} = floats[{lay.floats[x]}, i, w]")
    for x in plan.traits:
        add(12, f"me_{x} = traits[{lay.traits[x]}, i]")
    for row, x in plan.here:
        add(12, f"here_{x} = here[{row}, region[i], w]")
    add(12, *(f"count_{x} = 0.0" for x in plan.counts), *(f"mean_{x} = 0.0" for x in plan.means), "if mixed:")
    add(16, *(f"count_{x} = np.float64(totals[{(r := lay.bools[x])}, w] - bools[{r}, i, w])" for x in plan.counts))
    for k, x in enumerate(plan.means):
        own = f"floats[{lay.floats[x]}, i, w]"
        add(16, f"mean_{x} = (running[{k}, w] - {own}) / degree_ if degree_ > 0.0 else {own}")
    add(16, "pass")
    add(12, "else:", "    for e in range(indptr[i], indptr[i + 1]):", "        j = indices[e]")
    add(20, *(f"count_{x} += bools[{lay.bools[x]}, j, w]" for x in plan.counts))
    add(20, *(f"mean_{x} += floats[{lay.floats[x]}, j, w]" for x in plan.means))
    for x in plan.means:
        add(16, f"mean_{x} = mean_{x} / degree_ if degree_ > 0.0 else floats[{lay.floats[x]}, i, w]")
    add(16, "pass")
    _weighted_in_turn(plan, add)
    loaded = {"degree_", "region_", *(f"me_{x}" for x in (*plan.bools, *plan.floats, *plan.traits))}
    add(12, *own_loads(lay, loaded))
    summaries(lay, add, 12, _Lanes(rule, lay.theory).text)
    add(12, *(f"tally_{x} = 0.0" for x in plan.tallies))
    before, after = plan.watches()
    add(12, "wrong = False", *before)
    out.append(_body(rule, lay.theory, 12, plan.watch))
    add(12, *after)
    if plan.guards:
        add(12, "if wrong:", "    break")  # whoever acts next would see the result of a fault
    written = rule.writes.get("me", frozenset())
    for x in plan.bools:
        if x in written:
            r = lay.bools[x]
            add(12, f"new = np.uint8(1 if me_{x} else 0)", f"totals[{r}, w] += np.int64(new) - bools[{r}, i, w]")
            add(12, f"bools[{r}, i, w] = new")
    for x in plan.floats:
        if x in written:
            r = lay.floats[x]
            if x in lay.seen_floats:
                add(12, f"running[{lay.seen_floats[x]}, w] += me_{x} - floats[{r}, i, w]")
            add(12, f"floats[{r}, i, w] = me_{x}")
    for k, x in enumerate(lay.theory.tallies):
        if x in plan.tallies:
            add(12, f"handed[{k}, i, w] = tally_{x}")
    return "\n".join(out) + "\n"


def _watches(theory: type[Theory], name: str) -> tuple[list[str], list[str]]:
    guards, after = guarded(theory)[name].guards, []
    first = every_guard(theory).index(guards[0]) if guards else 0
    for k, g in enumerate(guards):
        value = _local(g.name) if g.kind == "number" else f"v_{g.name}"
        after += [f"if not {g.test(value)}:", f"    bad[{first + k}, w] = 1", "    wrong = True"]
    return [f"v_{g.name} = {g.start}" for g in guards if g.kind != "number"], after


def _weighted_in_turn(plan: _Plan, add: Callable[..., None]) -> None:
    """The lines that sum what is seen along weights for the person whose turn it is; everyone is tied."""
    lay = plan.lay
    for x, k in lay.seen_fixed.items():
        add(12, f"{_seen(x)} = fixed[{k}, i]")
    if not lay.seen_sums:
        return
    place = {x: f"bools[{lay.bools[x]}" if x in lay.bools else f"floats[{lay.floats[x]}" for x in lay.theory.states}
    names = {x: x.partition(".")[2] for x in lay.seen_sums}
    empty = {x: "0.0" if x in lay.bools else f"{place[x]}, i, w]" for x in lay.theory.states}
    add(12, "heavy = 0.0", *(f"{_seen(x)} = 0.0" for x in names))
    add(12, "if mixed:", "    heavy = degree_")
    for x, state in names.items():
        total = f"totals[{lay.bools[state]}, w]" if state in lay.bools else f"running[{lay.seen_floats[state]}, w]"
        add(16, f"{_seen(x)} = np.float64({total} - {place[state]}, i, w])")
    add(12, "else:", "    for e in range(indptr[i], indptr[i + 1]):", "        j = indices[e]")
    add(20, "weight_of_e = weights[e] if weights.size > 0 else 1.0", "heavy += weight_of_e")
    add(20, *(f"{_seen(x)} += weight_of_e * {place[state]}, j, w]" for x, state in names.items()))
    for x, state in names.items():
        if x.startswith("weighted."):
            add(12, f"{_seen(x)} = {_seen(x)} / heavy if heavy > 0.0 else {empty[state]}")


def _macro_kernel(lay: Layout, name: str, watch: bool) -> str:
    """The text of the society kernel (over worlds) or the region kernel (over regions and worlds)."""
    rule = lay.theory.rules[name]
    regional = name == "region"
    out = [
        "@nb.njit(nogil=True, error_model='numpy', cache=CACHE)\n"
        f"def {name}(step, key0, key1, table, here, regions{', bad' if watch else ''}):"
    ]
    out.append("    step_word = np.uint64(step)")
    out.append("    for w in range(table.shape[1]):")
    depth = 8
    if regional:
        out.append("        for g in range(regions):")
        out.append("            region_ = np.float64(g)")
        depth = 12
    address = "np.uint64(g)" if regional else "np.uint64(0)"
    for k, stream in enumerate(rule.streams):
        draw = f"lane_uniform(key0[w], key1[w], np.uint64({stream_id(stream)}), step_word, {address})"
        out.append(_indent(f"u_{k} = {draw}", depth))
    for root in ("p", "society", "people", "here"):
        for x in sorted(rule.lands_on(root)):
            if (root, x) == ("here", "index"):
                continue
            if root == "here":
                place = f"here[{lay.regionals[x]}, g, w]"
            elif root == "people" and regional:
                place = f"here[{lay.regionals[f'people.{x}']}, g, w]"
            else:
                place = f"table[{lay.table[f'{root}.{x}']}, w]"
            out.append(_indent(f"{root}_{x} = {place}", depth))
    guards = guarded(lay.theory)[name].guards if watch else ()
    out += [_indent(f"v_{g.name} = {g.start}", depth) for g in guards if g.kind != "number"]
    out.append(_body(rule, lay.theory, depth, watch))
    first = every_guard(lay.theory).index(guards[0]) if guards else 0
    for k, g in enumerate(guards):
        value = _local(g.name) if g.kind == "number" else f"v_{g.name}"
        out.append(_indent(f"if not {g.test(value)}:\n    bad[{first + k}, w] = 1", depth))
    for root in ("society", "here"):
        for x in sorted(rule.writes.get(root, ())):
            place = f"here[{lay.regionals[x]}, g, w]" if root == "here" else f"table[{lay.table[f'{root}.{x}']}, w]"
            out.append(_indent(f"{place} = {root}_{x}", depth))
    return "\n".join(out) + "\n"


def kernel_text(theory: type[Theory], *, watch: bool = True) -> str:
    """The Python source of a theory's kernels, as given to the compiler; `watch`: with their guards."""
    lay = layout(theory)
    plan = _Plan(lay, watch)
    names = ", ".join(sorted({*RULE_FUNCTIONS, "normal_quantile", "poisson_quantile"}))
    text = f'"""Kernels of the theory {theory.name}, written by groundswell.engine.kernels; do not edit."""\n\n'
    text += "import numba as nb\nimport numpy as np\n\n"
    text += f"from groundswell.engine.lanes import {', '.join(lanes.__all__)}\n"
    text += f"from groundswell.theory.compiled import {names}\n\n\n"
    if theory.order != "together":
        text += _turns_kernel(plan)
    else:
        text += _PersonKernel(plan, "worlds").text() + "\n\n" + _PersonKernel(plan, "people").text()
    if lay.summaries and theory.order == "together":
        text += "\n\n" + sees_kernel(lay, _COMPILED, _Lanes(plan.rule, theory).text, lay.table)
    for name in ("society", "region"):
        if name in theory.rules:
            text += "\n\n" + _macro_kernel(lay, name, watch)
    if "tie" in theory.rules:
        body = functools.partial(_body, theory.rules["tie"], theory, watch=watch)
        watches = _watches(theory, "tie") if watch else ([], [])
        text += "\n\n" + ties_kernel(PairPlan(lay, "tie"), body, watches, _COMPILED)
    return text


@functools.lru_cache(maxsize=64)
def kernels(theory: type[Theory]) -> Kernels:
    """The compiled kernels of a theory.

    Raises
    ------
    RuleError : naming the theory, when the compiler refuses what the rule reader accepted.
    """
    scope = load_written(kernel_text(theory), f"kernels_{theory.name}")
    names = ("person_worlds", "person_people", "person_turns", "person_sees", "ties", "society", "region")
    return Kernels(*(scope.get(x) for x in names))
