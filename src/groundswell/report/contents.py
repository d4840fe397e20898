"""Contents of a dossier: the verdicts in the shape that the page shows, with every optional part made explicit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from groundswell.drawing import COLOURS
from groundswell.errors import OutputError
from groundswell.report import claim_figures, reading
from groundswell.report.bibliography import collect
from groundswell.report.figures import PageFigure
from groundswell.report.numbers import finite, number, probability
from groundswell.report.simulated import Tables, simulation, stated_rows

FORMAT = 2
"""The format of verdicts.json that this version reads."""

VERDICTS: tuple[str, ...] = (
    "supported",
    "contradicted",
    "balanced",
    "undecidable by design",
    "model misfits",
    "not tested",
)
"""The verdicts, in the order in which every table of the dossier shows them."""

SHARED = "both"
"""The account of a claim that both accounts make."""


def contents(
    verdicts: Mapping[str, Any],
    study: Mapping[str, Any] | None,
    manifest: Mapping[str, Any],
    *,
    draw: bool,
    tables: Tables | None = None,
) -> dict[str, Any]:
    """Read verdicts, study and manifest into what the page shows.

    Parameters
    ----------
    verdicts : content of verdicts.json.
    study : as `groundswell.experiment.description.describe` returns it; None is accepted.
    manifest : content of manifest.json.
    draw : whether to draw plots, or to show their tables instead.
    tables : of the simulation, from `simulated.read_tables`; without them its trajectories are not shown.

    Returns
    -------
    The values of the template, all of them defined.

    Raises
    ------
    OutputError : the verdicts are of another format, lack a claim's name, name a claim twice, or hold a verdict
        that is not one of the four.
    """
    entries = _entries(verdicts)
    accounts = _accounts(entries)
    roles = claim_figures.account_roles(accounts)
    pages = [_page(entry, roles, draw=draw) for entry in entries]
    counts = tally(pages, accounts)
    overview = claim_figures.overview_figure("plot-overview", pages, draw=draw)
    stated = stated_rows(verdicts)
    simulated = simulation(study, tables or {}, register=bool(pages), draw=draw)
    nothing = "" if entries else "This study tested no claim on any record."
    answer = verdicts.get("answer") or (simulated and simulated["answer"]) or nothing
    return {
        "title": str(verdicts.get("title") or _of(study, "title") or _of(study, "name") or "Dossier"),
        "study": str(verdicts.get("study") or _of(study, "name") or ""),
        "seed": verdicts.get("seed", manifest.get("seed")),
        "version": verdicts.get("version", manifest.get("version")),
        "answer": str(answer),
        "stated": stated,
        "simulated": simulated,
        "would_decide": _would_decide(verdicts),
        "pages": pages,
        "counts": counts,
        "total": {verdict: sum(row[verdict] for row in counts.values()) for verdict in VERDICTS},
        "handed": _disagreement(verdicts.get("counts"), counts),
        "verdict_words": VERDICTS,
        "roles": {**roles, SHARED: "shared"},
        "overview": overview,
        "drawn": draw,
        "method": reading.texts(verdicts.get("method"), "method"),
        "limits": reading.texts(verdicts.get("limits"), "limits"),
        "no_source": [
            {"parameter": str(row.get("parameter") or ""), "meaning": str(row.get("meaning") or "")}
            for row in reading.rows(verdicts.get("no_source"), "no_source")
        ],
        "bibliography": collect(verdicts),
        "anchors": {page["claim"]: page["anchor"] for page in pages},
        "data": _data(verdicts, manifest),
        "manifest": _manifest(manifest),
        "colours": COLOURS,
    }


# -- reading ----------------------------------------------------------------------------------------------------------


def _entries(verdicts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = verdicts.get("format", FORMAT)
    if given != FORMAT:
        raise OutputError(
            f"verdicts of format {given!r}", expected=f"format {FORMAT}", why="this version reads no other"
        )
    if "verdicts" not in verdicts:
        raise OutputError("verdicts without the list 'verdicts'", expected="one entry for each claim")
    entries = reading.rows(verdicts["verdicts"], "verdicts")
    for place, entry in enumerate(entries):
        if not str(entry.get("claim") or "").strip():
            raise OutputError(f"entry {place + 1} of the verdicts names no claim", expected="a key 'claim'")
        if entry.get("verdict") not in VERDICTS:
            raise OutputError(
                f"verdict {entry.get('verdict')!r} on claim {entry['claim']}", expected=f"one of {', '.join(VERDICTS)}"
            )
    names = [str(entry["claim"]) for entry in entries]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise OutputError(f"claim {twice[0]} appears twice in the verdicts", expected="each claim once")
    return entries


def tally(entries: Sequence[Mapping[str, Any]], accounts: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count verdicts by account, shared claims last; every verdict has an entry."""
    held = {str(entry["account"]) for entry in entries}
    counts = {account: dict.fromkeys(VERDICTS, 0) for account in (*accounts, SHARED) if account in held}
    for entry in entries:
        counts[str(entry["account"])][str(entry["verdict"])] += 1
    return counts


def _accounts(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """The accounts in the order in which the study names them, which is that of the predictions."""
    found: dict[str, None] = {}
    for entry in entries:
        for name in (*reading.mapping(entry.get("predictions"), "predictions"), entry.get("account")):
            if name and name != SHARED:
                found[str(name)] = None
        for row in reading.rows(entry.get("closed"), "closed"):
            if row.get("account"):
                found[str(row["account"])] = None
    return list(found)


def _page(entry: Mapping[str, Any], roles: Mapping[str, str], *, draw: bool) -> dict[str, Any]:
    claim = str(entry["claim"])
    anchor = "claim-" + "".join(
        letter if letter.isascii() and letter.isalnum() else f"_{ord(letter):x}" for letter in claim
    )
    predictions = reading.mapping(entry.get("predictions"), "predictions")
    accounts = [name for name in roles if name in predictions]
    predicted = [{"account": name, "role": roles[name], **_prediction(predictions[name])} for name in accounts]
    closed = [
        {
            "channel": str(row.get("channel") or "a channel"),
            "account": str(row.get("account") or ""),
            "role": roles.get(str(row.get("account")), "muted"),
            "mean": row.get("mean"),
            "low": row.get("low"),
            "high": row.get("high"),
            "unit": str(row.get("unit") or ""),
        }
        for row in reading.rows(entry.get("closed"), "closed")
    ]
    tests = [
        _test(test, f"{anchor}-test-{place + 1}", roles, draw=draw)
        for place, test in enumerate(reading.rows(entry.get("tests"), "tests"))
    ]
    figures = [
        claim_figures.curve_figure(f"{anchor}-curve-{place + 1}", curve, roles, draw=draw)
        for place, curve in enumerate(reading.rows(entry.get("curves"), "curves"))
    ]
    figures = [_effects(anchor, predicted, closed, draw=draw), *figures]
    return {
        "claim": claim,
        "anchor": anchor,
        "shown": _shown(str(entry["verdict"]), tests, figures),
        "account": str(entry.get("account") or SHARED),
        "text": str(entry.get("text") or ""),
        "term": str(entry.get("term") or ""),
        "estimand": str(entry.get("estimand") or ""),
        "verdict": str(entry["verdict"]),
        "reason": str(entry.get("reason") or ""),
        "predicted": predicted,
        "quantity": _common(row["estimand"] for row in predicted),
        "unit": _common(row["unit"] for row in predicted),
        "closed": closed,
        "closed_unit": _common(row["unit"] for row in closed),
        "tests": tests,
        "pooled": [str(pool.get("says") or "") for pool in reading.rows(entry.get("pooled"), "pooled")],
        "error": entry.get("error"),
        "holds": entry.get("holds"),
        "robustness": _robustness(entry),
        "figures": figures,
        "notes": reading.texts(entry.get("notes"), "notes"),
    }


def _robustness(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Whether a verdict withstands changes that should not matter: word, sentence, and the result of each change."""
    given = reading.mapping(entry.get("robustness"), "robustness")
    if not given:
        return None
    rows = reading.rows(given.get("again"), "again")
    made = [row for row in rows if row.get("verdict")]
    other = [row for row in made if row["verdict"] != entry["verdict"]]
    changes = f"{len(made)} change{'' if len(made) == 1 else 's'} that should not matter"
    says = (
        "None of the changes that should not matter can be made here."
        if not made
        else f"The verdict is the same under {changes}."
        if not other
        else f"Of {changes}, {len(other)} lead{'s' if len(other) == 1 else ''} to another verdict: "
        + "; ".join(f"{row['change']}: {row['verdict']}" for row in other)
        + "."
    )
    return {"word": given.get("word"), "says": says, "rows": rows}


def _shown(verdict: str, tests: Sequence[dict[str, Any]], figures: list[PageFigure | None]) -> PageFigure | None:
    """The one picture of a claim that is not folded, moved from its usual place.

    It comes from the first test with the verdict of the claim, or the first that has a picture; without tests, it shows
    the predictions.
    """
    pictured = [test for test in tests if test["figures"] and test["figures"][0] is not None]
    for test in sorted(pictured, key=lambda test: test["verdict"] != verdict)[:1]:
        return replace(test["figures"].pop(0), title=test["title"])
    return figures.pop(0) if figures else None


def _common(values: Iterable[str]) -> str | None:
    """The text that all rows share, which the caption then states once; None if they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _prediction(given: Any) -> dict[str, Any]:
    row = reading.mapping(given, "predictions")
    return {
        "estimand": str(row.get("estimand") or ""),
        "unit": str(row.get("unit") or ""),
        **{key: row.get(key) for key in ("mean", "low", "high", "share_as_claimed", "n")},
    }


def _effects(
    anchor: str, predicted: Sequence[Mapping[str, Any]], closed: Sequence[Mapping[str, Any]], *, draw: bool
) -> PageFigure | None:
    """The predicted effects as intervals; rows whose unit differs from the first stay in the tables."""
    unit = next((str(row["unit"]) for row in predicted), "")
    rows = [
        {"name": str(row["account"]), **{key: row[key] for key in ("role", "mean", "low", "high")}} for row in predicted
    ]
    for row in closed:
        if row["unit"] in ("", unit):
            channel = str(row["channel"]).partition(":")[0]  # the rest names the quantity; the table has it in full
            name = f"{row['account']}, through {channel}" if row["account"] else f"through {channel}"
            rows.append({"name": name, **{key: row[key] for key in ("role", "mean", "low", "high")}})
    return claim_figures.interval_figure(f"{anchor}-effects", "Predicted effect", rows, unit=unit, draw=draw)


def _test(test: Mapping[str, Any], anchor: str, roles: Mapping[str, str], *, draw: bool) -> dict[str, Any]:
    measured = reading.mapping(test.get("estimate"), "estimate")
    power = reading.mapping(test.get("power"), "power")
    figures = [claim_figures.record_figure(f"{anchor}-record", test, roles, draw=draw)] + [
        claim_figures.curve_figure(f"{anchor}-curve-{place + 1}", curve, roles, draw=draw)
        for place, curve in enumerate(reading.rows(test.get("curves"), "curves"))
    ]
    record = str(test.get("record") or "")
    return {
        "anchor": anchor,
        "record": record,
        "title": str(test.get("title") or record or "A record"),
        "citation": str(test.get("citation") or ""),
        "estimator": str(test.get("estimator") or ""),
        "estimand": str(test.get("estimand") or ""),
        "placebo": str(test.get("placebo") or ""),
        "q": test.get("q"),
        "value": measured.get("value"),
        "low": measured.get("low"),
        "high": measured.get("high"),
        "p": measured.get("p"),
        "n": measured.get("n"),
        "method": str(measured.get("method") or ""),
        "unit": str(measured.get("unit") or ""),
        "passed": measured.get("passed"),
        "checks": _checks(measured.get("checks")),
        "outcome": str(test.get("outcome") or ""),
        "power": _power(power, roles),
        "fitted": _fitted(reading.mapping(test.get("fitted"), "fitted")),
        "weight": test.get("weight"),
        "weight_error": _factor(test.get("weight_error")),
        "reach": {key: reading.mapping(test.get("reach"), "reach").get(key) for key in ("supported", "contradicted")},
        "explained_by": str(test.get("explained_by") or ""),
        "verdict": str(test.get("verdict") or "balanced"),
        "reason": str(test.get("reason") or ""),
        "figures": figures,
    }


def _fitted(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The odds from fits: the rivals, and the weight of each record."""
    if not given:
        return None
    plain = {key: given.get(key) for key in ("prior", "probability", "selected", "judged", "decided", "wrong", "draws")}
    return plain | {
        "rivals": reading.rows(given.get("rivals"), "rivals"),
        "records": reading.rows(given.get("records"), "records"),
    }


def _would_decide(verdicts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each open claim, its ranked list of records that could be used, with the first one separate."""
    claims: dict[str, list[Mapping[str, Any]]] = {}
    for row in reading.rows(verdicts.get("would_decide"), "would_decide"):
        claims.setdefault(str(row.get("claim")), []).append(row)
    return [{"claim": claim, "first": rows[0], "rest": rows[1:]} for claim, rows in claims.items()]


def _factor(error: Any) -> float | None:
    """The factor by which a weight may be off, from the standard error of its logarithm."""
    found = finite(error)
    return None if found is None else math.exp(min(found, 50.0))


def _checks(given: Any) -> list[dict[str, Any]]:
    rows = []
    for name, found in reading.mapping(given, "checks").items():
        row: dict[str, Any] = {"name": str(name).replace("_", " "), "statistic": None, "p": None, "passed": None}
        if isinstance(found, Mapping):
            shown = finite(found.get("statistic"))
            row["statistic"] = number(shown) if shown is not None else None
            row["p"] = probability(found["p"]) if finite(found.get("p")) is not None else None
            row["passed"] = None if found.get("passed") is None else bool(found["passed"])
            others = {key: value for key, value in found.items() if key not in ("statistic", "p", "passed")}
            row["more"] = [(str(key).replace("_", " "), _scalar(value)) for key, value in others.items()]
        else:
            row["passed"] = bool(found) if _is_truth(found) else None
            row["statistic"] = None if _is_truth(found) else _scalar(found)
            row["more"] = []
        rows.append(row)
    return rows


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def _scalar(value: Any) -> Markup | str:
    """A single value as shown on the page."""
    if _is_truth(value):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(_is_single(one) for one in value):
        return ", ".join(_described(one) for one in value)
    if isinstance(value, (Mapping, Sequence)):
        return json.dumps(value, sort_keys=True, default=str)
    return number(value)


def _power(power: Mapping[str, Any], roles: Mapping[str, str]) -> dict[str, Any] | None:
    """The scenarios under which records were simulated; those in which the claim holds come first."""
    if not power:
        return None
    rows = []
    for scenario in reading.rows(power.get("scenarios"), "scenarios"):
        rows.append({"side": str(scenario.get("side") or ""), **_scenario(scenario, scenario.get("n"), roles)})
    if not rows:
        for side in ("asserting", "denying"):
            shares = {outcome: reading.mapping(power.get(outcome), outcome).get(side) for outcome in _OUTCOMES}
            rows.append({"side": side, **_scenario({"name": power.get(side), **shares}, power.get("n"), roles)})
    rows.sort(key=lambda row: row["side"] != "asserting")
    return {
        "rows": rows,
        "n": _common(str(row["n"]) for row in rows) and rows[0]["n"],
        "if_true": _supporting(rows, "asserting", min),
        "if_false": _supporting(rows, "denying", max),
    }


def _supporting(rows: Sequence[Mapping[str, Any]], side: str, worst: Callable[[list[float]], float]) -> float | None:
    """The share of records that support the claim, under the least favourable scenario on one side."""
    shares = [x for row in rows if row["side"] == side and (x := finite(row["supports"])) is not None]
    return worst(shares) if shares else None


_OUTCOMES = ("supports", "against", "silent")


def _scenario(given: Mapping[str, Any], n: Any, roles: Mapping[str, str]) -> dict[str, Any]:
    name = str(given.get("name") or "")
    role = claim_figures.role_of(name, roles)
    shares = {outcome: given.get(outcome) for outcome in _OUTCOMES}
    return {"name": name, "role": role, "n": n, **shares, "fit": given.get("fit")}


def _disagreement(handed: Any, counts: Mapping[str, Mapping[str, int]]) -> str:
    """A note if the counts that came with the verdicts differ from the verdicts themselves."""
    given = reading.mapping(handed, "counts")
    found = {verdict: sum(row[verdict] for row in counts.values()) for verdict in VERDICTS}
    if not given or all(finite(given.get(verdict, 0)) == found[verdict] for verdict in VERDICTS):
        return ""
    content = ", ".join(f"{verdict} {given.get(verdict, 0)}" for verdict in VERDICTS)
    return f"The counts passed with the verdicts ({content}) differ from the verdicts, which are what is "
    "counted here."


def _data(verdicts: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """The records read, each with its checksum from the verdicts or the manifest."""
    hashes = manifest.get("data") if isinstance(manifest.get("data"), Mapping) else {}
    found = []
    for row in reading.rows(verdicts.get("data"), "data"):
        record = {key: str(row.get(key) or "") for key in ("name", "citation", "licence", "sha256")}
        record["sha256"] = record["sha256"] or str((hashes or {}).get(record["name"]) or "")
        found.append(record)
    return found


def _manifest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Single values as one table, tables of single values each as one, and everything else as text."""
    scalars: list[tuple[str, Markup | str]] = []
    tables: list[dict[str, Any]] = []
    texts: list[dict[str, str]] = []
    for key, value in manifest.items():
        name = str(key).replace("_", " ")
        if isinstance(value, Mapping):
            if value and all(_is_single(one) for one in value.values()):
                tables.append(
                    {"name": name, "rows": [(str(inner), _described(one)) for inner, one in sorted(value.items())]}
                )
            elif value:
                texts.append({"name": name, "text": json.dumps(value, indent=2, sort_keys=True, default=str)})
        elif _is_single(value):
            scalars.append((name, _described(value)))
        else:
            shown = value if isinstance(value, str) else json.dumps(value, indent=2, default=str, ensure_ascii=False)
            texts.append({"name": name, "text": shown})
    return {"scalars": scalars, "tables": tables, "texts": texts}


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= 200)


def _described(value: Any) -> str:
    return "" if value is None else str(value)


def _of(study: Mapping[str, Any] | None, name: str) -> Any:
    return None if study is None else study.get(name)
