"""Options that are validated once, and errors that name the option, its support and the nearest match."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Self

import pydantic

from groundswell.errors import EstimationError, GroundswellError, nearest


def require_known(
    name: object,
    known: Collection[str],
    error: type[GroundswellError],
    given: str,
    expected: str = "one of ",
    none: str = "none",
) -> None:
    """Refuse an unknown name, and suggest the nearest known one.

    Parameters
    ----------
    name, known : the name, and the known names in order.
    error : what is raised.
    given : what was named and where, in words.
    expected, none : the text before the known names, or instead of them if there are none.

    Raises
    ------
    GroundswellError : of the kind `error`.
    """
    if name not in known:
        raise error(given, expected=expected + (", ".join(known) or none), instead=nearest(str(name), known))


class Settings(pydantic.BaseModel):
    """The frozen options of one estimator, fit or design; a subclass declares a field for each, with its constraints.

    A function takes `settings` or the same options as keywords, and calls `MySettings.of(settings, options)` first;
    no option is checked again after that. `MySettings(**options)` makes the same checks.

    Parameters
    ----------
    options : by name.

    Raises
    ------
    GroundswellError : of the kind `cls.error`, for an unknown option or a value outside its support.

    Example
    -------
    >>> class Smooth(Settings):
    ...     level: float = pydantic.Field(0.95, ge=0.5, lt=1, description="coverage of the interval")
    >>> Smooth.of(None, {"level": 0.9}).level
    0.9
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    error: ClassVar[type[GroundswellError]] = EstimationError
    """The error that a wrong option raises."""

    def __init__(self, /, **options: Any) -> None:
        for name in options:
            require_known(name, type(self).model_fields, self.error, f"the option {name!r}")
        try:
            super().__init__(**options)
        except pydantic.ValidationError as error:
            raise self._explained(error) from error

    @classmethod
    def of(cls, given: Self | None = None, options: Mapping[str, Any] | None = None) -> Self:
        """The given settings, with the options replacing theirs.

        Parameters
        ----------
        given : settings, or None for the defaults.
        options : by name.

        Raises
        ------
        GroundswellError : of the kind `cls.error`, for an unknown option or a value outside its support.
        """
        options = dict(options or {})
        if given is not None and not options:
            return given
        stated = {} if given is None else {name: getattr(given, name) for name in given.model_fields_set}
        return cls(**{**stated, **options})

    @classmethod
    def _explained(cls, error: pydantic.ValidationError) -> GroundswellError:
        """The first error of a validation, in one sentence."""
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else cls.__name__
        messages = [
            e["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
            for e in error.errors()
            if not first["loc"] or e["loc"][:1] == first["loc"][:1]
        ]
        message = " or ".join(dict.fromkeys(messages))
        choices = [x for e in error.errors() if e["loc"][:1] == first["loc"][:1] and e["type"] == "literal_error"
                   for x in re.findall("'([^']+)'", e.get("ctx", {})["expected"])]  # fmt: skip
        meaning = cls.model_fields[name].description if name in cls.model_fields else None
        given = f"{name} = {first['input']!r}" if first["loc"] else "these options"
        return cls.error(
            given,
            expected=message[:1].lower() + message[1:] + (f" ({meaning})" if meaning else ""),
            instead=nearest(str(first["input"]), choices),
        )
