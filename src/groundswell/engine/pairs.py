"""Writing rules about two people into kernels: summaries of those whom a person sees, meetings, and changing ties.

The texts are completed by `groundswell.engine.kernels`, which writes the rules of one person.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Collection, Iterable, Mapping

from groundswell.draws import stream_id
from groundswell.engine.layout import Layout
from groundswell.theory.declare import MEETING, ORDER, STRANGER
from groundswell.theory.rule import Sight

Add = Callable[..., None]
Text = Callable[[ast.expr], str]


def names_in(expressions: Iterable[ast.expr | None], owner: str) -> list[str]:
    """The names that expressions read of `me`, `other` or `p`, sorted."""
    nodes = (node for x in expressions if x is not None for node in ast.walk(x))
    attributes = (n for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name))
    return sorted({n.attr for n in attributes if n.value.id == owner})  # type: ignore[attr-defined]


def alone(value: ast.expr) -> ast.expr:
    """The value of a summary for the person alone: the other is the person, and the tie has weight 1."""

    class Self(ast.NodeTransformer):
        def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
            if ast.unparse(node) == "tie.weight":
                return ast.Constant(1.0)
            if isinstance(node.value, ast.Name) and node.value.id == "other":
                return ast.Attribute(ast.Name("me", ast.Load()), node.attr, ast.Load())
            return node

    return ast.fix_missing_locations(Self().visit(copy.deepcopy(value)))


def place_of(lay: Layout, name: str, person: str, world: str = "w") -> str:
    """Where a variable of one person lies in the arrays of a kernel."""
    if name in lay.bools:
        return f"bools[{lay.bools[name]}, {person}, {world}] != 0"
    if name in lay.floats:
        return f"floats[{lay.floats[name]}, {person}, {world}]"
    if name in lay.traits:
        return f"traits[{lay.traits[name]}, {person}]"
    return f"np.float64({name}[{person}])"  # degree, region


def ties_arguments(lay: Layout) -> str:
    """The arrays of the ties of each layer that the theory uses."""
    return "".join(f", indptr_{k}, indices_{k}, weights_{k}" for k in range(len(lay.layers)))


def summaries(lay: Layout, add: Add, depth: int, text: Text) -> None:
    """The lines that compute every summary of person i in world w as `at_NAME`; the person's own names are loaded."""
    for k, layer in enumerate(lay.layers):
        sights = [s for s in lay.summaries.values() if s.layer == layer]
        add(depth, *(f"{x}_{s.name} = 0.0" for s in sights for x in ("at", "n", "q")))
        rows = f"indptr_{k}[i + 1] - indptr_{k}[i]"
        add(depth, f"for e in range(people if mixed else {rows}):" if not layer else f"for e in range({rows}):")
        at = f"indptr_{k}[i] + e"
        if not layer:
            add(depth + 4, f"j = np.int64(e) if mixed else np.int64(indices_{k}[{at}])")
            add(depth + 4, "if mixed and j == i:", "    continue")
            add(depth + 4, f"tie_weight = 1.0 if mixed or weights_{k}.size == 0 else weights_{k}[{at}]")
        else:
            add(depth + 4, f"j = np.int64(indices_{k}[{at}])")
            add(depth + 4, f"tie_weight = 1.0 if weights_{k}.size == 0 else weights_{k}[{at}]")
        for x in names_in([e for s in sights for e in (s.value, s.where)], "other"):
            add(depth + 4, f"other_{x} = {place_of(lay, x, 'j')}")
        for s in sights:
            inner = depth + 4
            if s.where is not None:
                add(inner, f"if {text(s.where)}:")
                inner += 4
            add(inner, *_taken(s, f"1.0 * ({text(s.value)})"))
        for s in sights:
            own = "0.0" if s.truth else f"1.0 * ({text(alone(s.value))})"
            add(depth, *_ended(s, own))


def _taken(s: Sight, value: str) -> list[str]:
    """What one tie adds to a summary."""
    at, n, q = (f"{x}_{s.name}" for x in ("at", "n", "q"))
    match s.kind:
        case "count" | "share" | "mean":
            return [f"{at} += {value}", f"{n} += 1.0"]
        case "weighted":
            return [f"{at} += tie_weight * ({value})", f"{n} += tie_weight"]
        case "sum":
            return [f"{at} += tie_weight * ({value})"]
        case "spread":  # Welford's sums, which lose no digits
            return [f"v = {value}", f"{n} += 1.0", f"d = v - {at}", f"{at} += d / {n}", f"{q} += d * (v - {at})"]
    comparison = "<" if s.kind == "least" else ">"
    return [f"v = {value}", f"if {n} == 0.0 or v {comparison} {at}:", f"    {at} = v", f"{n} += 1.0"]


def _ended(s: Sight, own: str) -> list[str]:
    at, n, q = (f"{x}_{s.name}" for x in ("at", "n", "q"))
    match s.kind:
        case "share":
            return [f"{at} = {at} / max({n}, 1.0)"]
        case "mean" | "weighted":
            return [f"{at} = {at} / {n} if {n} > 0.0 else {own}"]
        case "spread":
            return [f"{at} = np.sqrt({q} / {n}) if {n} > 0.0 else 0.0"]
        case "least" | "most":
            return [f"{at} = {at} if {n} > 0.0 else {own}"]
    return []


def _expressions(lay: Layout) -> list[ast.expr | None]:
    """The expressions of the summaries: values and conditions."""
    return [e for s in lay.summaries.values() for e in (s.value, s.where)]


def own_loads(lay: Layout, loaded: Collection[str] = ()) -> list[str]:
    """The lines that load what the summaries need of person i, except what is already `loaded`.

    These are the names that conditions compare with, and those summarised: a person who sees nobody gets their own
    value.
    """
    read = _expressions(lay)
    own = {*names_in(read, "me"), *(x for s in lay.summaries.values() for x in names_in([s.value], "other"))}
    names = {x: {"degree": "degree_", "region": "region_"}.get(x, f"me_{x}") for x in sorted(own)}
    return [f"{name} = {place_of(lay, x, 'i')}" for x, name in names.items() if name not in loaded]


def sees_kernel(lay: Layout, compiled: str, text: Text, table: Mapping[str, int]) -> str:
    """The kernel that computes the summaries of people who act all at once, into `sights`."""
    out = [
        f"{compiled}def person_sees(first, last, people, bools, floats, traits, region, degree, table, mixed"
        f"{ties_arguments(lay)}, sights):"
    ]

    def add(depth: int, *lines: str) -> None:
        out.extend(" " * depth + line for line in lines)

    add(4, "for i in range(first, last):", "    for w in range(bools.shape[2]):")
    add(12, *own_loads(lay))
    add(12, *(f"p_{x} = table[{table[f'p.{x}']}, w]" for x in names_in(_expressions(lay), "p")))
    summaries(lay, add, 12, text)
    add(12, *(f"sights[{row}, i, w] = at_{s.name}" for row, s in lay.summaries.items()))
    return "\n".join(out) + "\n"


def _draw(stream: str, who: str) -> str:
    """The text of a draw of world w."""
    return f"lane_uniform(key0[w], key1[w], np.uint64({stream_id(stream)}), word, np.uint64({who}))"


class PairPlan:
    """What the kernels of a rule about two people load and store; `turn` is the text of the address of their luck."""

    def __init__(self, lay: Layout, name: str) -> None:
        self.lay, self.rule = lay, lay.theory.rules[name]
        self.table = [
            (row, name.replace(".", "_"))
            for name, row in lay.table.items()
            if name.partition(".")[2] in self.rule.reads.get(name.partition(".")[0], ())
        ]

    def loads(self, add: Add, depth: int, turn: str) -> None:
        """The names of persons i and j, and their luck."""
        for who, person in (("me", "i"), ("other", "j")):
            for x in sorted(self.rule.lands_on(who)):
                name = {"me.degree": "degree_", "me.region": "region_"}.get(f"{who}.{x}", f"{who}_{x}")
                add(depth, f"{name} = {place_of(self.lay, x, person)}")
        for k, stream in enumerate(self.rule.streams):
            add(depth, f"u_{k} = {_draw(stream, turn)}")

    def stores(self, add: Add, depth: int) -> None:
        """The lines that store the new states of the two."""
        for who, person in (("me", "i"), ("other", "j")):
            for x in sorted(self.rule.writes.get(who, ())):
                if x in self.lay.bools:
                    r = self.lay.bools[x]
                    add(depth, f"new = np.uint8(1 if {who}_{x} else 0)")
                    add(depth, f"totals[{r}, w] += np.int64(new) - bools[{r}, {person}, w]")
                    add(depth, f"bools[{r}, {person}, w] = new")
                else:
                    add(depth, f"floats[{self.lay.floats[x]}, {person}, w] = {who}_{x}")


def meetings(plan: PairPlan, body: str, watches: tuple[list[str], list[str]], head: str) -> str:
    """The kernel in which pairs meet one after another."""
    lay, drawn = plan.lay, plan.lay.theory.order == "drawn"
    out = [head]

    def add(depth: int, *lines: str) -> None:
        out.extend(" " * depth + line for line in lines)

    add(4, "word = np.uint64(step)")
    if not drawn:  # each tie once, by the row that contains it; where everyone sees everyone, people in pairs
        add(4, "size = people // 2 if mixed else (indices.size if directed else indices.size // 2)")
        add(
            4,
            "left = np.empty(size, np.int64)",
            "right = np.empty(size, np.int64)",
            "places = np.empty(people, np.int64)",
        )
    add(4, "for w in range(first, last):")
    add(8, *(f"{name} = table[{row}, w]" for row, name in plan.table), "wrong = False")
    if drawn:
        add(8, "for turn in range(people):")
        add(12, f"i = np.int64({_draw(ORDER, 'turn')} * people)", f"u = {_draw(MEETING, 'turn')}")
        add(
            12,
            "tie_weight = 1.0",
            "if mixed:",
            "    if people < 2:",
            "        break",
            "    j = np.int64(u * (people - 1))",
        )
        add(16, "j += 1 if j >= i else 0")
        add(12, "else:", "    many = indptr[i + 1] - indptr[i]", "    if many == 0:", "        continue")
        add(16, "e = indptr[i] + np.int64(u * many)", "j = np.int64(indices[e])")
        add(16, "tie_weight = weights[e] if weights.size > 0 else 1.0")
    else:
        add(8, "if mixed:", "    for k in range(people):", "        places[k] = k")
        add(12, "for k in range(people - 1, 0, -1):", f"    o = np.int64({_draw(ORDER, 'k')} * (k + 1))")
        add(16, "places[k], places[o] = places[o], places[k]")
        add(12, "for k in range(size):", "    left[k], right[k] = places[2 * k], places[2 * k + 1]")
        add(8, "else:", "    k = 0", "    for i in range(people):", "        for e in range(indptr[i], indptr[i + 1]):")
        add(20, "if directed or indices[e] > i:", "    left[k], right[k] = i, e", "    k += 1")
        add(12, "for k in range(size - 1, 0, -1):", f"    o = np.int64({_draw(ORDER, 'k')} * (k + 1))")
        add(16, "left[k], left[o] = left[o], left[k]", "right[k], right[o] = right[o], right[k]")
        add(
            8,
            "for turn in range(size):",
            "    i, e = left[turn], right[turn]",
            "    j = e if mixed else np.int64(indices[e])",
        )
        add(12, "tie_weight = 1.0 if mixed or weights.size == 0 else weights[e]")
        add(12, "if not mixed and not directed and " + _draw(MEETING, "turn") + " < 0.5:", "    i, j = j, i")
    add(12, "if i == j:", "    continue")
    if lay.theory.presence is not None:
        there = lay.bools[lay.theory.presence]
        add(12, f"if bools[{there}, i, w] == 0 or bools[{there}, j, w] == 0:", "    continue")
    plan.loads(add, 12, "turn")
    add(12, *watches[0])
    out.append(body)
    add(12, *watches[1])
    if watches[1]:
        add(12, "if wrong:", "    break")
    plan.stores(add, 12)
    return "\n".join(out) + "\n"


def ties_kernel(plan: PairPlan, body: Callable[[int], str], watches: tuple[list[str], list[str]], head: str) -> str:
    """The kernel of the rule of ties, for one world: which ties stay, and which strangers each person is tied to."""
    lay = plan.lay
    out = [
        f"{head}def ties(first, last, people, step, key0, key1, bools, floats, traits, region, degree, indptr, "
        "indices, weights, table, directed, keep, heavy, chosen, chosen_heavy, bad):"
    ]

    def add(depth: int, *lines: str) -> None:
        out.extend(" " * depth + line for line in lines)

    def rule(depth: int) -> None:
        add(depth, "address = (np.uint64(i) << np.uint64(32)) | np.uint64(j)")
        plan.loads(add, depth, "address")
        add(depth, *watches[0])
        out.append(body(depth))
        add(depth, *watches[1])

    add(
        4,
        "word = np.uint64(step)",
        "w = 0",
        "wrong = False",
        *(f"{name} = table[{row}, 0]" for row, name in plan.table),
    )
    add(4, "for a in range(first, last):", "    for e in range(indptr[a], indptr[a + 1]):", "        i = np.int64(a)")
    # a tie is in two rows and is decided alike in both: that is faster than looking for its twin
    add(12, "j = np.int64(indices[e])", "if j < i and not directed:", "    i, j = j, i")
    add(12, "tie_exists = True", "tie_weight = weights[e] if weights.size > 0 else 1.0")
    rule(12)
    add(12, "keep[e] = np.uint8(1 if tie_exists else 0)", "if heavy.size > 0:", "    heavy[e] = tie_weight")
    # a stranger for each
    add(8, "chosen[a] = -1")
    if lay.theory.strangers == "anyone":
        add(8, "if people < 2:", "    continue")
        add(8, f"b = np.int64({_draw(STRANGER, 'a')} * (people - 1))", "b += 1 if b >= a else 0")
    else:
        add(8, "many = indptr[a + 1] - indptr[a]", "if many == 0:", "    continue")
        add(8, f"f = np.int64(indices[indptr[a] + np.int64({_draw(STRANGER, 'a')} * many)])")
        add(8, "many = indptr[f + 1] - indptr[f]", "if many == 0:", "    continue")
        add(8, f"b = np.int64(indices[indptr[f] + np.int64({_draw(STRANGER + ' again', 'a')} * many)])")
        add(8, "if b == a:", "    continue")
    add(8, "i = np.int64(a)", "j = np.int64(b)", "if not directed and j < i:", "    i, j = j, i")
    add(8, "low, high = indptr[i], indptr[i + 1]", "while low < high:", "    m = (low + high) >> 1")
    add(12, "if indices[m] < j:", "    low = m + 1", "else:", "    high = m")
    add(8, "if low < indptr[i + 1] and indices[low] == j:", "    continue")
    add(8, "tie_exists = False", "tie_weight = 1.0")
    rule(8)
    add(8, "if tie_exists:", "    chosen[a] = b", "    chosen_heavy[a] = tie_weight")
    return "\n".join(out) + "\n"


__all__ = ["PairPlan", "alone", "meetings", "names_in", "sees_kernel", "summaries", "ties_arguments", "ties_kernel"]
