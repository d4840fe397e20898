"""What every result can do: become plain types, a tidy frame, a picture or a view in a notebook, from its fields."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import polars as pl


def plain(value: Any) -> Any:
    """As plain types for JSON: arrays become lists; results, dataclasses and named tuples become mappings; paths and
    dates become text; numbers that are not finite become null."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if isinstance(value, Mapping):
        return {str(key): plain(x) for key, x in value.items()}
    if hasattr(value, "tolist"):  # NumPy's arrays and scalars
        return plain(value.tolist())
    if isinstance(value, Path | date):
        return str(value)
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [plain(x) for x in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(x) for x in value)
    return value


class Result:
    """The base of results, which are frozen dataclasses; their exports are derived from their fields.

    A subclass names in `derived` the properties that are exported along with its fields (`answer`, `passed`), and in
    `left_out` the fields that are not (frames, long arrays). It may override `charts` and `rows`, and nothing else.
    """

    derived: ClassVar[tuple[str, ...]] = ()
    left_out: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain types for JSON: fields in order, then the derived properties."""
        names = [f.name for f in dataclasses.fields(self) if f.name not in self.left_out]  # type: ignore[arg-type]
        return {name: plain(getattr(self, name)) for name in [*names, *self.derived]}

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The rows of `to_frame`: by default one, with the fields that hold one number or one text."""
        return [{k: v for k, v in self.to_dict().items() if v is None or isinstance(v, str | bool | int | float)}]

    def to_frame(self) -> pl.DataFrame:
        """A tidy frame: one row per estimate, pair, claim or step, whichever the result is made of."""
        import polars as pl

        return pl.DataFrame(list(self.rows()), infer_schema_length=None)

    def charts(self) -> Sequence[Any]:
        """The pictures of the result, each a `groundswell.charts.Chart` over a tidy frame; none by default."""
        return ()

    def plot(self) -> Any:
        """The first picture of the result.

        Raises
        ------
        OutputError : the result has no picture.
        """
        from groundswell.errors import OutputError

        charts = self.charts()
        if not charts:
            raise OutputError(f"{type(self).__name__} has no picture", expected="a result with a series or a curve")
        return charts[0]

    def _repr_html_(self) -> str:
        """What a notebook shows: the answer, then the fields that hold one number or one text."""
        fields = self.to_dict()
        answer = fields.pop("answer", None)
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name.replace('_', ' '))}</th>"
            f"<td>{html.escape(f'{value:.4g}' if isinstance(value, float) else str(value))}</td></tr>"
            for name, value in fields.items()
            if isinstance(value, str | bool | int | float)
        )
        head = f"<p><strong>{html.escape(answer)}</strong></p>" if isinstance(answer, str) else ""
        return f"{head}<table>{cells}</table>"
