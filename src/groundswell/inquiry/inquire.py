"""Puts questions to a record, one after the other, so that what is answered is kept whatever happens to the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from groundswell.errors import EstimationError, RecordError
from groundswell.inquiry import after, dated, excitation, spread, waves
from groundswell.inquiry.finding import Finding, not_asked
from groundswell.inquiry.manner import Manner
from groundswell.inquiry.material import Material
from groundswell.inquiry.questions import Question

_ASK: Mapping[str, Callable[[Question, Material, Manner], Finding]] = {
    "excitation": excitation.ask,
    "after-violence": after.ask,
    "after-repression": after.ask,
    "after-mass-day": after.ask,
    "change": dated.ask_change,
    "treated": dated.ask_treated,
    "waves": waves.ask,
    "spread": spread.ask,
}


def inquire(material: Material, questions: Sequence[Question], manner: Manner) -> Iterator[Finding]:
    """Answer questions one after the other.

    A question that the record cannot support is answered "not asked", with the reason; a fit that is refused is
    answered "no verdict". Neither stops the rest.

    Parameters
    ----------
    material : see `groundswell.inquiry.material.gather`.
    questions : see `groundswell.inquiry.questions.chosen`.
    manner : depth, seed, date and place asked about, and where progress is reported.

    Yields
    ------
    Finding : one for each question, in their order.
    """
    for question in questions:
        try:
            yield _ASK[question.name](question, material, manner)
        except (EstimationError, RecordError) as error:
            yield not_asked(question, error.given)
