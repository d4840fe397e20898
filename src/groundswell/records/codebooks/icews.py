"""ICEWS as prepared for knowledge-graph benchmarks: integer quadruples with their files of ids."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import final

import polars as pl

from groundswell.errors import RecordError
from groundswell.records.codebooks._base import Codebook, Draft
from groundswell.records.codebooks._open import read_table
from groundswell.records.codebooks._table import Table, Wanted

# the calendar that each benchmark starts from and ends with, by the digits in its name
_CALENDARS = {
    "0515": (date(2005, 1, 1), date(2015, 12, 31)),
    "05-15": (date(2005, 1, 1), date(2015, 12, 31)),
    "14": (date(2014, 1, 1), date(2014, 12, 31)),
    "18": (date(2018, 1, 1), date(2018, 12, 31)),
}

_QUADRUPLES = Wanted(delimiter="\t", quoted=False, names=())

# CAMEO relations by their text, lower case. A name that ends in * stands for all that begin with it.
_PROTEST = ("engage in political dissent", "demonstrate *", "obstruct passage*", "conduct hunger strike*")
_STRIKE = ("conduct strike or boycott*",)
_RIOT = ("protest violently, riot", "engage in violent protest*")
_COERCE = (
    "coerce", "seize or damage property", "confiscate property", "destroy property", "impose administrative sanctions",
    "impose restrictions on political freedoms", "ban political parties or politicians", "impose curfew",
    "impose state of emergency or martial law", "arrest, detain, or charge with legal action",
    "expel or deport individuals", "use tactics of violent repression",
)  # fmt: skip
_FORCE = (
    "use unconventional violence", "abduct, hijack, or take hostage", "physically assault", "sexually assault",
    "torture", "kill by physical assault", "conduct suicide, car*", "carry out *", "use as human shield",
    "attempt to assassinate", "assassinate", "use conventional military force", "impose blockade, restrict movement",
    "occupy territory", "fight with *", "employ aerial weapons", "violate ceasefire",
    "use weapons of mass destruction", "engage in mass *", "engage in ethnic cleansing",
    "use chemical, biological*", "detonate nuclear weapons",
)  # fmt: skip
_YIELD = (
    "yield", "ease administrative sanctions", "ease restrictions on political freedoms",
    "ease ban on political parties or politicians", "ease curfew", "ease state of emergency or martial law",
    "ease political dissent", "accede to *", "return, release person(s)", "return, release property",
)  # fmt: skip

_STATE = r"government|police|military|army|naval|navy|air force|head of|ministr|minister|cabinet|president$|governor|mayor|official|authorit|legislat|parliament|lawmaker|senate|congress|court|judge|judici|prosecutor|attorney general|intelligence|secret agent|royal|defense|foreign affairs|domestic affairs|admiral|general|chief of staff|representatives|ombudsman|civil servant|election commission|ruling party|security"  # noqa: E501
_ROLES = (
    ("police", r"police"),
    ("military", r"military|army|naval|navy|air force|admiral|reserve personnel"),
    ("students", r"student"),
    ("workers", r"labor union|worker|employee|engineer|nurse|fishermen"),
    ("opposition", r"opposition"),
    ("protesters", r"protester|demonstrator|mob"),
    ("rebels", r"rebel|insurgent|guerrilla|militant|combatant|militia|separatist|armed opposition"),
    ("armed group", r"armed gang|armed band|terrorist|extremist|attacker|kidnapper|drug gang|criminal|thief|murderer"),
    ("activists", r"activist|civic group|human rights|nongovernmental|ngo"),
    ("state", _STATE),
    ("religious", r"muslim|christian|bishop|preacher|priest|cleric|religion|imam|monk"),
    ("media", r"media|newspaper|news editor|journalist"),
    ("business", r"business|company|bank|industry|airline"),
    ("civilians", r"citizen|population|villager|men$|women|children|indigenous|immigrants|refugee|men\b"),
)
_STATE_ROLES = ("state", "police", "military")


@final
class Icews(Codebook):
    """Quadruples (subject, relation, object, hours since the start of the calendar), tab-separated without a header.

    `relation2id` and, if it is there, `entity2id` are read from the file's folder (`ICEWS14_relation2id.txt.gz` for
    `ICEWS14_train.txt.gz`, or `relation2id.txt` for `train.txt` in a folder `ICEWS14`); the name of the file or of
    its folder says which calendar the hours count from.

    Coding by the text of the CAMEO relation, which is also in `detail`: demonstrations, obstruction, hunger strikes
    and dissent (root 14) are protest; strikes and boycotts are strike; riots are violence; yielding (root 8) is a
    concession, where both sides are of one country. Coercion (root 17) is repression, and force (roots 18 to 20) is
    repression if its subject is a state actor and violence otherwise; coercion and force by a state against another
    country's actors are other. Everything else is other.

    Actors become categories by their role ("Police (Ukraine)" is police); names of persons and organisations are
    never carried over. `place` is null and `country` that of the object, or else of the subject.

    Known limits: duplicates within a day have been collapsed by the publisher of the benchmark, so counts are of
    distinct (subject, relation, object, day). Without `entity2id`, no state actor is known and force is violence.

    Source: Boschee et al. (2015), "ICEWS Coded Event Data", Harvard Dataverse, doi:10.7910/DVN/28075.
    """

    name = "icews"
    title = "ICEWS quadruples"
    citation = "Boschee, E. et al. (2015). ICEWS Coded Event Data. Harvard Dataverse, doi:10.7910/DVN/28075."
    licence = "Terms of the Harvard Dataverse deposit; the benchmarks state none."
    limits = "Repeated quadruples within a day were collapsed before publication: counts are below those of ICEWS."

    def load(self, path: Path) -> Table:
        return read_table(path, _QUADRUPLES)

    def recognises(self, path: Path, columns: Collection[str]) -> bool:
        """Four or five whole numbers where a header would be, and a name that says which calendar they count from."""
        numbers = all(re.fullmatch(r"-?\d+(?:_\d+)?", name) for name in columns)
        return numbers and len(columns) in (4, 5) and _calendar_of(path) is not None

    def draft(self, table: Table) -> Draft:
        if len(table.columns) not in (4, 5):
            raise RecordError(
                f"{table.path} has {len(table.columns)} columns",
                expected="quadruples (subject, relation, object, hours), with or without a fifth column",
            )
        start, end = _calendar(table.path)
        relations = _ids(table.path, "relation2id", needed=True)
        entities = _ids(table.path, "entity2id", needed=False)
        notes = []
        if entities is None:
            notes.append("There is no entity2id file next to the record: actors, targets and countries are not known.")
            entities = pl.DataFrame(schema={"id": pl.String, "text": pl.String})
        relations = relations if relations is not None else entities
        who = _roles(entities)
        names = dict(zip(table.columns[:4], ("subject", "relation", "object", "hours"), strict=True))
        frame = table.frame.rename(names).with_columns(pl.col("subject", "relation", "object").str.strip_chars())
        frame = (
            frame.join(relations.rename({"id": "relation", "text": "verb"}), on="relation", how="left")
            .join(who.rename({"id": "subject", "role": "actor", "of": "from"}), on="subject", how="left")
            .join(who.rename({"id": "object", "role": "target", "of": "to"}), on="object", how="left")
            .sort("row")
        )
        verb = pl.col("verb").str.to_lowercase()
        hours = pl.col("hours").str.strip_chars().cast(pl.Int64, strict=False)
        whole = (hours % 24 == 0) & (hours >= 0)
        day = pl.lit(start) + pl.duration(days=hours // 24)
        state = pl.col("actor").is_in(_STATE_ROLES).fill_null(False)
        abroad = (pl.col("from") != pl.col("to")).fill_null(False)
        force, coerce = _is(verb, _FORCE), _is(verb, _COERCE)
        kind = (
            pl.when(_is(verb, _PROTEST))
            .then(pl.lit("protest"))
            .when(_is(verb, _STRIKE))
            .then(pl.lit("strike"))
            .when(_is(verb, _RIOT))
            .then(pl.lit("violence"))
            .when(_is(verb, _YIELD) & ~abroad)
            .then(pl.lit("concession"))
            .when((coerce | (force & state)) & ~abroad)
            .then(pl.lit("repression"))
            .when(force & ~state)
            .then(pl.lit("violence"))
            .otherwise(pl.lit("other"))
        )
        frame = frame.select(
            "row",
            "actor",
            "target",
            date=pl.when(whole & day.is_between(start, end)).then(day.cast(pl.String)).otherwise(pl.col("hours")),
            kind=kind,
            country=pl.coalesce("to", "from"),
            detail=verb,
            refused=pl.when(verb.is_null())
            .then(pl.lit("a relation that relation2id does not list"))
            .when(hours.is_null() | ~whole)
            .then(pl.lit("not a whole number of days in hours"))
            .when(day > end)
            .then(pl.lit(f"after the end of the record, {end}")),
            refused_column=pl.when(verb.is_null()).then(pl.lit(table.columns[1])).otherwise(pl.lit(table.columns[3])),
        )
        return Draft(frame, {"date": table.columns[3]}, notes)


def _calendar_of(path: Path) -> tuple[date, date] | None:
    for part in (path.name, path.parent.name):
        digits = re.search(r"icews[_-]?(05-?15|14|18)", part.lower())
        if digits:
            return _CALENDARS[digits.group(1)]
    return None


def _calendar(path: Path) -> tuple[date, date]:
    calendar = _calendar_of(path)
    if calendar is not None:
        return calendar
    raise RecordError(
        f"{path}: the name says nothing about the calendar",
        expected="ICEWS14, ICEWS18 or ICEWS0515 in the name of the file or of its folder",
        why="the record counts hours from a start that is stated only in its name",
    )


def _ids(path: Path, what: str, *, needed: bool) -> pl.DataFrame | None:
    """The file of ids that belongs to this record: (id, text)."""
    prefix = re.sub(r"_?(train|valid|test|stat)\..*$", "", path.name)
    stems = [f"{prefix}_{what}" if prefix and prefix != path.name else what, what]
    for stem in stems:
        for suffix in (".txt", ".txt.gz"):
            beside = path.with_name(stem + suffix)
            if beside.exists():
                table = read_table(beside, _QUADRUPLES)
                text, number = table.columns[:2]
                frame = table.frame.select(id=pl.col(number).str.strip_chars(), text=pl.col(text))
                return frame.unique("id", keep="first", maintain_order=True)
    if needed:
        raise RecordError(
            f"{path} has no {what} file next to it",
            expected=f"{stems[0]}.txt or {stems[0]}.txt.gz in the same folder",
            why="the record holds numbers, and that file says what they mean",
        )
    return None


def _roles(entities: pl.DataFrame) -> pl.DataFrame:
    """Category and country of each entity, from texts such as "Police (Ukraine)"; a bare country name is its state."""
    text = pl.col("text")
    frame = entities.with_columns(
        of=text.str.extract(r"\(([^()]+(?:\([^()]*\)[^()]*)?)\)\s*$", 1).str.strip_chars(),
        role=text.str.replace(r"\s*\(.*$", "").str.to_lowercase().str.strip_chars(),
    )
    countries = frame["of"].drop_nulls().unique()
    bare = text.is_in(countries.implode())
    category = pl.lit(None, pl.String)
    for name, words in reversed(_ROLES):
        category = pl.when(pl.col("role").str.contains(words)).then(pl.lit(name)).otherwise(category)
    # a name without a country in parentheses may be a person's, and gets no category
    return frame.select(
        "id",
        role=pl.when(bare).then(pl.lit("state")).when(pl.col("of").is_not_null()).then(category),
        of=pl.when(bare).then(text).otherwise(pl.col("of")),
    )


def _is(verb: pl.Expr, names: tuple[str, ...]) -> pl.Expr:
    whole = [name for name in names if not name.endswith("*")]
    begins = [verb.str.starts_with(name[:-1]) for name in names if name.endswith("*")]
    return pl.any_horizontal(verb.is_in(whole), *begins).fill_null(False)


CODEBOOK = Icews()
