"""Write docs/what-records-can-decide.md from the verdicts of the study deed on all records.

    groundswell run deed --out out/studies/deed           (with GROUNDSWELL_DATA)
    python benchmarks/what_records_decide.py out/studies/deed/verdicts.json

keeps what the page needs in docs/deed_verdicts.json, and writes the page from that file alone. With `--merge` only the
claims of that run are replaced, such as those of a copy of the study with `test = ["S15"]`: the luck of a test follows
from its claim and its name, so that it is the same in a run of all. False discovery is counted over all tests anew.

A test fails when
the page is not what the file says, and where the records are on the machine, when the file is not what they say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from scipy import stats

from groundswell.records.cases.library import cases, load_case
from groundswell.records.registry import data_set
from groundswell.registers.deed.plans import record_table
from groundswell.registers.deed.register import ADDED, REGISTER

DOCS = Path(__file__).parents[1] / "docs"
KEPT, PAGE = DOCS / "deed_verdicts.json", DOCS / "what-records-can-decide.md"
HIDDEN = 0.0225  # the strongest hidden cause of the plans: a correlation of .15 with exposure and with outcome
_SHARE = "share of variance by which a hidden cause would explain it away"
_WORDS = ("record", "title", "estimand", "estimator", "verdict", "reason", "part", "explained_by", "placebo")
DECIDED = ("supported", "contradicted")

# What each record cannot decide, whatever its estimates: how it came about, in one or two sentences.
LIMITS = {
    "navco3": "Events that newspapers reported. Coverage jumps in 2011, so the tests end in 2010. Within a week, "
    "acts and the responses to them have no order. Regime loyalists act in one country-year in five.",
    "navco2_campaigns": "One row per campaign and year: what happens within weeks is not recorded. A flank is coded "
    "only in nonviolent campaigns, size is coded in six classes for nine campaign-years in ten, and members are not "
    "counted.",
    "navco21": "No names, places or structure of campaigns. Campaigns that have lasted build institutions and go on "
    "lasting, so we can only ask how they end.",
    "elsoc_chile": "Four waves are few for comparing persons with themselves: with the waves in shuffled order, "
    "three of six estimates are just as large. Approval is of stones thrown at the police, not of a spectacular act, "
    "and hope is for the "
    "movement that a person values most.",
    "german_demonstrations": "Registered demonstrations in one city, a quarter of them without a count. The "
    "membership of those who come is not recorded, and six attacks are few.",
    "chile_communes": "The record begins on the day of the outbreak, so nothing before it is known. Riots, protest "
    "and repression follow one tide, which a later day shows as well as an earlier one.",
    "mass_mobilization": "Protests of fifty or more people that newspapers reported; the response is coded with the "
    "event.",
    "mass_mobilization_full": "The same protests, with demands and responses in order but undated; elections are not "
    "recorded.",
    "gtd_country_year": "Counts by country and year, whoever acted and whoever was attacked. 1993 is missing, and "
    "methods changed in 1998, 2008 and 2011. Countries are matched by name.",
    "terror_attitudes": "Published effects on attitudes, averaged over audiences; only ten of 241 reports concern "
    "attacks by others than Islamists.",
    "taiwan_white_terror": "The record contains only those who were caught, and nothing about what survived.",
    "vdem_civil_society": "The same experts code repression and participation, and their scores change slowly. "
    "Elections are dated by a change in the scores that experts give them, so an election with the same score as the "
    "previous one is missed.",
    "ngo_laws": "115 new laws in 24 years; participation is coded by experts.",
    "hong_kong_2019": "One vote after one wave; people protest in places where they do not vote.",
    "jones_olken": "Attempts on national leaders only; those that succeeded took place in smaller countries.",
    "blm_2020": "Crowds by city and day, a third without a size; in towns that were watched longer, protest appears "
    "to last longer.",
    "fmcs": "Strikes, without membership.",
    "spectacle_2024": "One act and 27 days of posts; stance was labelled by a machine.",
}


# What was changed after the records had been read, why, and what moved.
AMENDED = (
    "The reversed path of the plans was a regression of the later exposure on the outcome alone, without the "
    "exposure's past and the controls that the path itself has. In simulated panels without a reversed effect, "
    "with memory and a control that moves both, it showed an effect in up to 100% at a nominal 5%; with unit "
    "effects, the later exposure did so in up to 78%. Both now control for what came before ([](panels.md)). We "
    "chose the form by size and power on simulated panels alone, and committed it before reading any record "
    "with it. We knew by then that S18's reversed path on strikes, with earlier marches held constant, "
    "was 0.042 (-0.006 to 0.090), and suspected that S7 and S16 might change. What changed: S7 on "
    "the size of nonviolent campaigns and S18 on strikes are no longer withheld, and S18 is now "
    "supported, which it was not before; S16 on partial gains stays withheld; C10 on "
    "nonviolent actions is withheld by the later exposure, and S15 by the reversed path "
    "instead of the later exposure. A verdict released by an amendment counts for "
    "less than one that was planned.",
)

# What is weak in the test of each claim that was added to the first 25, whatever its estimate.
WEAK = {
    "S15": "Loyalists appear in few years, nine protests in ten go unheard, and only 16 countries are left, so the "
    "reversed path, which shows an effect of the opposite sign, may be luck. Membership is represented by experts' "
    "scores of participation.",
    "S16": "In the theory the effect comes within weeks, but the records have quarters and years. Accommodation does "
    "not mean that an offer was accepted, and what leaders did is not recorded.",
    "S17": "At most four demands per protest are coded, in seven classes, one of which contains 58% of them; how "
    "many projects a movement has is not recorded. The size of the theory's effect on this scale is unknown, so "
    "silence does not contradict the claim.",
    "S18": "Nobody had been defeated by 2019; belief refers to the movement that a person values most, whether or "
    "not it marched. Those who marched strike more a year later than similar persons. The reversed path withheld "
    "that verdict until it controlled for earlier marches, as the path itself controls for earlier strikes (see "
    "the amendment below). The support rests on that change, and on the similarity of the persons compared.",
    "C10": "The variety of verbs in newspapers, by country, represents tactics, since the record names no campaign; "
    "with few actions it is poorly measured. In 26 countries, an effect of the planned size could not have been "
    "detected.",
    "C11": "No available record of places contains attention to acts, so nothing here is compared at equal "
    "attention. Small acts here are protests without a riot, and those far away are associated with onsets more "
    "strongly than those nearby, which indicates one common tide.",
}


@dataclass(frozen=True)
class Published:
    """A number that a record's own paper or keeper states, beside what the file gives.

    Parameters
    ----------
    where : it is stated, and what it is.
    stated : the number, as printed.
    ours : the same from the file.
    margin : by which the two may differ, since the statement rounds or says "about"; 0 where it is exact.
    """

    where: str
    stated: float
    ours: Callable[[], float]
    margin: float = 0.0


def _counted_units(record: str, column: str) -> Callable[[], float]:
    return lambda: float(record_table(record, [column])[column].n_unique())


def _berlin(last: str, *, largest: int | None = None) -> float:
    """Demonstrations registered in Berlin from 2018 to a day, or the people at one of the largest of 2018."""
    rows = record_table("german_demonstrations", ["date", "attended"]).filter(pl.col("date") <= last)
    if largest is None:
        return float(rows.height)
    return float(rows["attended"].cast(pl.Float64).top_k(largest).min())  # type: ignore[arg-type]


# Numbers that could be read, in an abstract, or from the keeper of the record.
PUBLISHED: dict[str, tuple[Published, ...]] = {
    "navco2_campaigns": (
        Published("campaigns, 1945-2006, in the abstract of Chenoweth & Lewis (2013)", 250,
                  _counted_units("navco2_campaigns", "id")),
    ),
    "navco21": (
        Published("campaigns, 1945-2013, in the abstract of Chenoweth & Shay (2022), of which our copy, made by "
                  "another author, leaves out a few", 389, _counted_units("navco21", "id"), margin=5),
    ),
    "terror_attitudes": (
        Published("studies, \"about 325\" in the abstract of Godefroidt (2023)", 325,
                  _counted_units("terror_attitudes", "ID_RS"), margin=5),
    ),
    "german_demonstrations": (
        Published("registered demonstrations from January 2018 to the middle of July 2020, according to the police's "
            "answer to FragDenStaat, as reported by newspapers (Berliner Zeitung, October 2020); the exact day is "
            "not stated, and there were about 14 a day", 12_774, lambda: _berlin("2020-07-15"), margin=100),
        Published("people at the largest demonstration of 2018, Christopher Street Day, by the police, ibid.", 180_000,
                  lambda: _berlin("2018-12-31", largest=1)),
        Published("people at the second largest of 2018, in October, by the police, ibid.", 120_000,
                  lambda: _berlin("2018-12-31", largest=2)),
    ),
}  # fmt: skip
# What else came of looking for a published number.
LOOKED: dict[str, str] = {
    "jones_olken": "Table 5 of the paper (0.131, standard error 0.055) is reproduced to the last digit.",
    "terror_attitudes": "The abstract says that effects are small and that those of Islamist attacks are stronger, as "
    "here. Another paper quotes .09 (rally effects) and .132 (conservative shift); the classes in the file have "
    ".076, .100 and .115. We could not find out which is which, so neither is reproduced.",
    "hong_kong_2019": "The abstract gives no number. It says that repression kept the regime's voters at home, which "
    "agrees in sign with the estimate here.",
    "ngo_laws": "The abstract of Chaudhry & Heiss (2022) gives no number. It says that laws on the books predict "
    "little and practice predicts more. This agrees with the null result for laws here and with the strong "
    "association for practice, which the negative control shows as well.",
    "mass_mobilization_full": 'Its keepers\' page counts "more than 10,000" protests in 162 countries up to 2014, and '
    'later "more than 15,000"; the file, to 2020, has 15,239 in 166, and no number to meet exactly.',
}
NOT_READ = "We had no access to a number from the record's own paper, so none was reproduced."


def keep(verdicts: Mapping[str, Any]) -> dict[str, Any]:
    """What the page needs of verdicts.json."""
    claims = []
    for v in verdicts["verdicts"]:
        tests = []
        for t in v["tests"]:
            e = t["estimate"] or {}
            checks = e.get("checks") or {}
            tests.append(
                {k: t.get(k) for k in _WORDS}
                | {k: _short(e.get(k)) for k in ("value", "low", "high", "p", "n")}
                | {"weight": _short(t.get("weight")), "q": _short(t.get("q")), "hidden": _short(checks.get(_SHARE)),
                   "placebos": {k: {"value": _short(x["value"]), "p": _short(x["p"]), "passed": x["passed"]}
                                for k, x in checks.items()
                                if isinstance(x, Mapping) and {"value", "p", "passed"} <= x.keys()}}
            )  # fmt: skip
        pools = [
            {k: _short(p[k]) for k in ("share", "low", "high")} | {"says": p["says"]} for p in v.get("pooled") or ()
        ]
        head = {k: v[k] for k in ("claim", "account", "text", "estimand", "verdict", "reason")}
        predictions = {
            account: {k: _short(p[k]) for k in ("estimand", "unit", "mean", "low", "high", "share_as_claimed")}
            for account, p in v["predictions"].items()
        }
        claims.append(head | {"predictions": predictions, "tests": tests, "pooled": pools})
    missing = sorted({c.id for c in REGISTER.claims} - {c["claim"] for c in claims})
    published = {record: [p.ours() for p in numbers] for record, numbers in PUBLISHED.items()}
    about = {"version": verdicts["version"], "seed": verdicts["seed"], "missing": missing, "published": published}
    return about | {"claims": claims}


def _short(x: Any) -> Any:
    return float(f"{x:.4g}") if isinstance(x, float) else x


def merged(kept: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """The stored verdicts, with the claims of another run in place of their own, and q recomputed over all tests."""
    found = {c["claim"]: c for c in kept["claims"]} | {c["claim"]: c for c in part["claims"]}
    claims = [found[c.id] for c in REGISTER.claims if c.id in found]
    with_p = [t for c in claims for t in c["tests"] if t["p"] is not None]
    for test, q in zip(with_p, stats.false_discovery_control([t["p"] for t in with_p]), strict=True):
        test["q"] = _short(float(q))
    missing = sorted({c.id for c in REGISTER.claims} - found.keys())
    return {**kept, "missing": missing, "published": part["published"], "claims": claims}


# -- the page ----------------------------------------------------------------------------------------------------------


def page(kept: Mapping[str, Any]) -> str:
    """The page, from what is kept."""
    claims = kept["claims"]
    tests = [(c, t) for c in claims for t in c["tests"]]
    tested = [c for c in claims if any(t["verdict"] != "not tested" for t in c["tests"])]
    decided = [c for c in claims if c["verdict"] in DECIDED]
    said = _list(f"{c['claim']} is {c['verdict']}" for c in decided) or "none"
    lines = [
        "# What these records can and cannot decide",
        "",
        "<!-- Written by benchmarks/what_records_decide.py from docs/deed_verdicts.json: change those, not "
        "this page. -->",
        "",
        f"Groundswell tests the {len(claims)} claims of the study `deed` on {_records(tests)} records, in "
        f"{len(tests)} tests "
        "(records that do not ship are read from `GROUNDSWELL_DATA`). "
        f"{len(tested)} claims have a test of their own estimand in which no placebo shows an effect; "
        f"{len(decided)} {'is' if len(decided) == 1 else 'are'} decided: {said}. "
        f"{_counted(tests)}",
        "",
        "Before an estimate is read, its plan is written down: the number and its unit, where the claim puts it, "
        "what must show no effect (a later exposure, the reversed path, a negative control), and what records "
        "would look like if the claim were true, if there were no effect, and if a hidden cause moved both "
        "exposure and outcome ([](verdicts.md)). "
        "`groundswell run deed --records NAME` tests the claims that bear on one record on that record alone.",
        "",
        *(
            [
                f"Missing from these tables, because the run behind them ended before they were tested: "
                f"{_list(kept['missing'])}.",
                "",
            ]
            if kept["missing"]
            else []
        ),
        "## The verdicts, and what each rests on",
        "",
        *_table(claims),
        "",
        "*Weight*: how many times likelier the estimate is where the claim holds. *q*: false discovery rate "
        "over all tests. "
        "*Fragile*: q of .05 or more, or can be explained away by a hidden cause that has a correlation of .15 with "
        "both exposure and outcome.",
        "",
        "## What the theory itself predicts",
        "",
        "The estimand in twin societies, under each account: its mean (central 90% of draws), and the share of draws "
        "in which it lies where the claim puts it. If the account that makes a claim does not predict it in most "
        "draws, the theory does not contain the claim.",
        "",
        *_predicted(claims),
        "",
        "## Claims added to the first 25",
        "",
        "Each is a term of `deed` that is off by default. Predictions are those of twins under the account that "
        "makes the claim (under substitution, where both do). [](six-terms.md) shows what the terms do to the "
        "regimes of one act.",
        "",
        *_added(claims),
        "",
        *[f"- {name}: {WEAK[name]}" for name in ADDED],
        "",
        "## Claims with several records",
        "",
        "Each estimate is divided by the effect that the claim predicts for it: 0 means no effect, and 1 the effect "
        "as claimed.",
        "",
        *[f"- {c['claim']}: {p['says']}" for c in claims for p in c["pooled"]],
        "",
        "## Placebos that showed an effect",
        "",
        *_placebos(tests),
        "",
        "## Amendments",
        "",
        *[f"- {text}" for text in AMENDED],
        "",
        "## Claims without their own verdict",
        "",
        *[f"- {c['claim']}, {c['text'].rstrip('.').lower()}: {_why(c)}" for c in claims if c not in tested],
        "",
        "## Record by record",
        "",
        *_by_record(tests, kept["published"]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _records(tests: Iterable[tuple[Any, Any]]) -> int:
    return len({r for _, t in tests for r in t["record"].split(" + ")})


def _counted(tests: list[tuple[Any, Any]]) -> str:
    failed = sum(any(not p["passed"] for p in t["placebos"].values()) for _, t in tests)
    return f"In {failed} tests a placebo showed an effect, so these give no verdict."


def _list(words: Iterable[str]) -> str:
    found = list(words)
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + " and " + found[-1] if found else ""


def _table(claims: Iterable[Mapping[str, Any]]) -> list[str]:
    rows = [
        "| claim | record | estimand | N | estimate (95%) | placebo | weight | q | verdict | |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for c in claims:
        rows.append(f"| **{c['claim']}** | {c['text']} | {c['estimand']} | | | | | | **{c['verdict']}** | |")
        for t in c["tests"]:
            rows.append(
                f"| {c['claim']} | {t['title']} | {t['estimand'] or t['estimator']} | {_n(t['n'])} | {_estimate(t)} | "
                f"{_spoke(t)} | {_weight(t['weight'])} | {_q(t['q'])} | {t['verdict']} | {fragile(t)} |"
            )
    return rows


def _added(claims: Iterable[Mapping[str, Any]]) -> list[str]:
    rows = [
        "| claim | term | prediction | record | N | estimate (95%) | placebo | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    terms = {claim.id: claim.term for claim in REGISTER.claims}
    for c in (c for c in claims if c["claim"] in ADDED):
        made = c["predictions"].get("substitution" if c["account"] == "both" else c["account"])
        said = "" if made is None else f"{made['estimand']}: {_twins(made)}"
        rows.append(
            f"| **{c['claim']}** ({c['account']}) | {terms[c['claim']]} | {said} | | | | | **{c['verdict']}** |"
        )
        for t in c["tests"]:
            rows.append(
                f"| {c['claim']} | | | {t['title']} | {_n(t['n'])} | {_estimate(t)} | {_spoke(t)} | {t['verdict']} |"
            )
    return rows


def _predicted(claims: Iterable[Mapping[str, Any]]) -> list[str]:
    rows = ["| claim | estimand | made by | under substitution | under catalysis |", "|---|---|---|---|---|"]
    for c in claims:
        if not c["predictions"]:
            continue
        estimand = next(iter(c["predictions"].values()))["estimand"]
        cells = [_twins(c["predictions"].get(account)) for account in ("substitution", "catalysis")]
        rows.append(f"| {c['claim']} | {estimand} | {c['account']} | {cells[0]} | {cells[1]} |")
    return rows


def _twins(p: Mapping[str, Any] | None) -> str:
    if p is None or p["mean"] is None:
        return ""
    share = "" if p["share_as_claimed"] is None else f", {p['share_as_claimed']:.0%} as claimed"
    return f"{p['mean']:.3g} ({p['low']:.3g} to {p['high']:.3g}){share}"


def _n(x: Any) -> str:
    return "" if x is None else f"{x:,}"


def _q(x: Any) -> str:
    return "" if x is None else "<.001" if x < 0.001 else f"{x:.2g}"


def _estimate(t: Mapping[str, Any]) -> str:
    if t["value"] is None:
        return "none"
    if t["low"] is None or t["high"] is None:
        return f"{t['value']:.3g}"
    return f"{t['value']:.3g} ({t['low']:.3g} to {t['high']:.3g})"


def _weight(x: Any) -> str:
    return "" if x is None else ">1000" if x > 1000 else "<.001" if x < 0.001 else f"{x:.2g}"


def _spoke(t: Mapping[str, Any]) -> str:
    if not t["placebos"]:
        return "none"
    bad = [name for name, p in t["placebos"].items() if not p["passed"]]
    return "no effect" if not bad else "effect: " + "; ".join(bad)


def fragile(t: Mapping[str, Any]) -> str:
    """Whether a decided test stands: "robust", or "fragile" with why; "" for a test that decides nothing."""
    if t["verdict"] not in DECIDED:
        return ""
    why = []
    silent = t["low"] is not None and t["high"] is not None and t["low"] <= 0 <= t["high"]
    if silent:
        return "fragile: it rests on the size that the theory expects"
    if t["q"] is not None and t["q"] >= 0.05:
        why.append("false discovery")
    if t["hidden"] is not None and t["hidden"] < HIDDEN:
        why.append("a weak hidden cause")
    return "fragile: " + ", ".join(why) if why else "robust"


def _placebos(tests: Iterable[tuple[Any, Any]]) -> list[str]:
    lines = []
    for c, t in tests:
        for name, p in t["placebos"].items():
            if not p["passed"]:
                size = "" if p["value"] is None else f" {p['value']:.3g}"
                said = f"{name}{size}, p = {p['p']:.2g}; the estimate itself: {_estimate(t)}"
                lines.append(f"- {c['claim']}, {t['title']}: {said}.")
    return lines or ["None showed an effect."]


def _why(c: Mapping[str, Any]) -> str:
    return c["reason"].removeprefix("Not tested, because ").rstrip(".") + "."


def _published(name: str, ours: Iterable[float]) -> str:
    """What the record's own paper states, beside what the file gives."""
    said = []
    for number, found in zip(PUBLISHED.get(name, ()), ours, strict=True):
        near = "reproduced within its rounding" if meets(number, found) else "not reproduced"
        met = "reproduced" if found == number.stated else near
        said.append(f"Published: {number.stated:,g} {number.where}; here {found:,g}, {met}.")
    said += [LOOKED[name]] if name in LOOKED else []
    return " ".join(said) or NOT_READ


def meets(number: Published, found: float) -> bool:
    """Whether the file gives the published number."""
    return abs(found - number.stated) <= number.margin


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _by_record(tests: list[tuple[Any, Any]], published: Mapping[str, list[float]]) -> list[str]:
    lines = []
    names = dict.fromkeys(r for _, t in tests for r in t["record"].split(" + "))
    shipped = set(cases())
    for name in sorted(names):
        of = load_case(name) if name in shipped else data_set(name)
        own = [(c, t) for c, t in tests if name in t["record"].split(" + ")]
        lines += [f"### {name}", "", f"{of.title}. {of.citation}" if name not in shipped else of.citation, ""]
        lines += [f"Terms: {of.licence}", ""] if of.licence else []
        lines += [LIMITS[name], ""] if name in LIMITS else []
        lines += [] if name in shipped else [_published(name, published.get(name, ())), ""]
        lines += [
            f"- {c['claim']}, {t['title']}: **{t['verdict']}**. {_estimate(t)}. {_capital(t['reason'])}."
            for c, t in own
        ]
        lines += [""]
    return lines


def main() -> None:
    if len(sys.argv) > 1:
        kept = keep(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
        if "--merge" in sys.argv[2:]:
            kept = merged(json.loads(KEPT.read_text(encoding="utf-8")), kept)
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(KEPT.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
