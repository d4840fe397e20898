"""Arms: one setting of parameters and interventions each, and the TOML form of an intervention.

{pulse = "act", amount = 1, at = 80}                           # a shock at one step
{set = "eta", value = 0.0, from = 80, until = 120}             # a parameter held, up to, not including, step 120
{cap = "repression", most = 0.1, from = 80}                    # a macro variable held at or below a level
{seed = "member", share = 0.1, at = 80}                        # a bool state made true for a random share
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundswell.engine.worlds import Cap, Intervention, Pulse, Seed, Set, World
from groundswell.errors import StudyError

_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # kind: (keys it needs, keys it may have)
    "pulse": (("amount", "at"), ()),
    "set": (("value",), ("from", "until")),
    "cap": (("most",), ("from", "until")),
    "seed": (("share", "at"), ()),
}
_WHOLE = {"at", "from", "until"}


@dataclass(frozen=True)
class Arm:
    """One setting: parameters that depart from the draw's, and interventions. Arms of one draw are twins.

    Parameters
    ----------
    name : words joined by underscores.
    params : values that replace those of the draw, from the start.
    interventions : what is done to the world and when.
    """

    name: str
    params: Mapping[str, float] = field(default_factory=dict)
    interventions: tuple[Intervention, ...] = ()

    def world(self, params: Mapping[str, float], seed: int) -> World:
        """The world of this arm for one draw of the parameters and one run seed."""
        return World(seed=seed, params={**params, **self.params}, interventions=self.interventions)


def parse_intervention(given: Any, place: str) -> Intervention:
    """One intervention from its TOML form.

    Parameters
    ----------
    given : the inline table.
    place : file, table and number, for the error.

    Raises
    ------
    StudyError : not a table, no kind or several kinds, an unknown or missing key, or a value of the wrong type.
    """
    kinds = ", ".join(_FORMS)
    if not isinstance(given, Mapping):
        raise StudyError(f"{place} is {given!r}", expected='a table such as {pulse = "act", amount = 1, at = 80}')
    named = [kind for kind in _FORMS if kind in given]
    if len(named) != 1:
        words = " and ".join(named) if named else f"the keys {', '.join(map(str, given)) or 'none'}"
        raise StudyError(f"{place} has {words}", expected=f"exactly one of {kinds}")
    kind = named[0]
    needs, may = _FORMS[kind]
    allowed = (kind, *needs, *may)
    for key in given:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, n=1)
            raise StudyError(
                f"{place} has the key {key!r}",
                expected=f"for {kind}: {', '.join(allowed)}",
                instead=f"did you mean {near[0]!r}?" if near else None,
            )
    missing = [key for key in needs if key not in given]
    if missing:
        raise StudyError(f"{place} lacks {', '.join(missing)}", expected=f"for {kind}: {', '.join(allowed)}")
    if not isinstance(given[kind], str):
        raise StudyError(f"{place} has {kind} = {given[kind]!r}", expected="a name")
    for key in (*needs, *may):
        value = given.get(key)
        if value is None:
            continue
        whole = key in _WHOLE
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or value != value:
            raise StudyError(
                f"{place} has {key} = {value!r}", expected="a whole number of steps" if whole else "a number"
            )
    name, start, until = given[kind], given.get("from", 1), given.get("until")
    if kind == "pulse":
        return Pulse(name, float(given["amount"]), given["at"])
    if kind == "set":
        return Set(name, float(given["value"]), start, until)
    if kind == "cap":
        return Cap(name, float(given["most"]), start, until)
    return Seed(name, float(given["share"]), given["at"])


def intervention_table(intervention: Intervention) -> dict[str, Any]:
    """The TOML form of an intervention; `parse_intervention` is its inverse."""
    match intervention:
        case Pulse(shock, amount, at):
            return {"pulse": shock, "amount": amount, "at": at}
        case Set(param, value, start, end):
            table = {"set": param, "value": value, "from": start}
        case Cap(society, most, start, end):
            table = {"cap": society, "most": most, "from": start}
        case Seed(state, share, at):
            return {"seed": state, "share": share, "at": at}
    return table if end is None else {**table, "until": end}


def begins(intervention: Intervention) -> int:
    """The step at which an intervention first does something."""
    return intervention.at if isinstance(intervention, Pulse | Seed) else intervention.start


def arm_table(arm: Arm) -> dict[str, Any]:
    """An arm as plain types, for a manifest."""
    return {"params": dict(arm.params), "interventions": [intervention_table(x) for x in arm.interventions]}
