"""The questions that can be asked of a record, in the words of those who ask them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundswell.errors import EstimationError, nearest
from groundswell.results import Result


@dataclass(frozen=True)
class Question(Result):
    """One question.

    Parameters
    ----------
    name : what is typed after ``--question``.
    asks : the question, as a sentence.
    needs : what a record must hold for it to be asked.
    dated : whether it is about a date that must be given; without a date it is asked only if it is named.
    """

    name: str
    asks: str
    needs: str
    dated: bool = False


QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question(
            "excitation",
            "Do events trigger further events, of their own kind or of another?",
            "60 days or weeks, and 10 events of a kind",
        ),
        Question(
            "after-violence",
            "What follows an act of violence: more protest or less, and for how long?",
            "violence, and 50 events of another kind",
        ),
        Question(
            "after-repression",
            "What follows repression: more protest or less, and for how long?",
            "repression, and 50 events of another kind",
        ),
        Question(
            "after-mass-day",
            "What follows a day on which very many take part: more protest or less, and for how long?",
            "100 protests or strikes of which the size is known",
        ),
        Question(
            "change",
            "Did the record change at a date: more events than before it, or fewer?",
            "a date (--at), 30 days or weeks, and 10 events of a kind",
            dated=True,
        ),
        Question(
            "treated",
            "Did one place diverge from places like it after a date?",
            "a date (--at) and a place (--treated), with five other places counted separately",
            dated=True,
        ),
        Question(
            "waves",
            "Does protest come in waves, and how fast do they grow and fade?",
            "60 days or weeks, and 50 protests or strikes",
        ),
        Question(
            "spread",
            "Does protest, or what was asked about, spread from place to place?",
            "events dated to the day, with coordinates, in at least 30 places",
        ),
    )
}
"""By name, in the order in which they are answered."""

CHECK = "check"
"""Asks nothing: the record is read and checked, and no model is fitted."""


def chosen(given: Sequence[str] | None) -> tuple[Question, ...]:
    """The questions of these names, each once, in their usual order; all for none, none for "check" alone.

    Raises
    ------
    EstimationError : a name is not known; the message has the nearest one.
    """
    if not given:
        return tuple(QUESTIONS.values())
    for name in given:
        if name not in QUESTIONS and name != CHECK:
            raise EstimationError(
                f"question {name!r}",
                expected=f"one of {', '.join([*QUESTIONS, CHECK])}",
                instead=nearest(name, [*QUESTIONS, CHECK]),
            )
    return tuple(question for name, question in QUESTIONS.items() if name in given)
