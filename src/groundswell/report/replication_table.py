"""The table of replications in Markdown, for the documentation: every number, and why some were not reproduced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from groundswell.report.numbers import plain
from groundswell.report.replication_contents import checked, failures, shown, summary

Row = Mapping[str, Any]

HEAD = ("Target", "What it says", "Published, or computed (C)", "Ours (95%)", "Verdict")


def markdown(content: Mapping[str, Any]) -> str:
    """The whole table, with a section for each replication, and what did not replicate, with the reasons."""
    parts = [f"{summary(checked(content)['replications'])} Measured with version {content['version']}."]
    for one in content["replications"]:
        parts.append(f"### {one['title']} (`{one['name']}`)")
        if one["error"]:
            parts.append(f"Not measured: {_cell(one['error'])}")
        parts.append(rows_of(one))
    if why := reasons(content):
        parts += ["## What did not replicate, and why", why.rstrip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def rows_of(one: Row) -> str:
    """The rows of one replication as a table."""
    return _table(HEAD, [_line(row) for row in one["rows"]]) if one["rows"] else ""


def reasons(content: Mapping[str, Any]) -> str:
    """Everything that was not reproduced, with its reason, as a list."""
    return "".join(
        f"- **{_cell(row['title'])}**, `{row['target']}` ({row['verdict']}): {_cell(row['claim']).rstrip('.')}. "
        f"{'Computed' if row['certainty'] == 'C' else 'Published'} {published(row)}, ours {ours(row)}. "
        f"{_cell(row['reason'])}\n"
        for row in failures(checked(content)["replications"])
    )


def published(row: Row) -> str:
    """The paper's number with its tolerance, as text."""
    value = row["published"]["value"]
    if value is None:
        return "no number"
    content = shown(row)
    text = plain(value, content["printed_decimals"]) + (f" ± {content['tolerance']}" if content["tolerance"] else "")
    return f"{text} {row['unit']}".strip()


def ours(row: Row) -> str:
    """Our number with its interval, as text."""
    found = row["ours"]
    if found is None:
        return "none"
    digits = shown(row)["decimals"]
    if found["low"] == found["high"]:
        return f"{plain(found['value'], digits)} (exact)"
    return f"{plain(found['value'], digits)} ({plain(found['low'], digits)} to {plain(found['high'], digits)})"


def _line(row: Row) -> tuple[str, ...]:
    at = f"; row {row['table']} of the best targets" if row["table"] else ""
    content = f"{_cell(row['claim'])} *({_cell(row['source'])}{at})* {_cell(row['note'])}".rstrip()
    verdict = row["verdict"] if row["verdict"] == "reproduced" else f"**{row['verdict']}**"
    unexpected = "" if row["as_declared"] else f" (declared {row['declared']})"
    return f"`{row['target']}`", content, f"{published(row)} ({row['certainty']})", ours(row), verdict + unexpected


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    """Text without Markdown markup, on one line."""
    plain_text = " ".join(text.split())
    for mark in "\\|`*_<[$":
        plain_text = plain_text.replace(mark, "\\" + mark)
    return plain_text
