"""Write docs/six_identified_table.md: what records of three kinds can reveal about six terms of deed.

    python benchmarks/six_identified.py          (about nine CPU minutes; `groundswell identify` with these settings)

The kinds: every series that bears on the terms, with all other parameters known; the same with all others from their
priors; and counts of reported events by week, as in NAVCO 3.0 (protest, violence of either camp, repression). Each is
of an organised society with acts of violence, many and nearby, since where nobody takes part and nothing happens
nothing of what that brings about can be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import groundswell
from groundswell.theories.deed import Deed

TABLE = Path(__file__).parents[1] / "docs" / "six_identified_table.md"
SIX = ("opening", "cooptation", "projects", "learned", "variety", "nearness")
ALL = ("turnout", "organisation", "concessions", "talk", "violence", "counter_violence")
EVENTS = ("turnout", "violence", "counter_violence", "repression_level")
EFFECT = "turnout:act=1:12"
SOCIETY = {"prior_organisation": 0.3, "mu": 1.0, "outlet": 1.0, "local": 1.0}
KNOWN = {name: float(param.default) for name, param in Deed.params.items() if name not in SIX} | SOCIETY


@dataclass(frozen=True)
class Kind:
    """One kind of record: what is in it, how it is reported, and what is known of the society besides."""

    title: str
    observe: tuple[str, ...]
    periods: int
    draws: int
    options: Mapping[str, Any] = field(default_factory=dict)


KINDS = (
    Kind("all else known", ALL, 300, 2000, {"fixed": KNOWN}),
    Kind("all else unknown", ALL, 300, 4000, {"fixed": SOCIETY}),
    Kind("reported events", EVENTS, 520, 4000, {"fixed": SOCIETY, "reporting": "counts"}),
)


def identified(kind: Kind) -> dict[str, float]:
    """Nats over the prior, by the network, of each target."""
    found = groundswell.identify(
        "deed", observe=kind.observe, periods=kind.periods, draws=kind.draws, people=500, estimands=[EFFECT],
        tables=None, seed=1, **kind.options,
    )  # fmt: skip
    return {str(r["name"]): float(r["network"]) for r in found.of_full_length()}


def main() -> None:
    found = {kind.title: identified(kind) for kind in KINDS}
    lines = ["| nats | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    names = [*SIX, *(name for name in next(iter(found.values())) if name not in SIX)]
    for name in names:
        cells = (f"{max(row[name], 0.0):.2f}" for row in found.values())
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
