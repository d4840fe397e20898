"""How long-running work reports its progress."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from typing import Any

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""
Say = Callable[[str], None]
"""Called with a sentence on the record as soon as it is known."""
_EVERY = 0.2  # seconds between two pictures of a bar


def shown(progress: Progress | None) -> Progress | None:
    """The callback given; in a notebook without one, a bar for each stage below the cell."""
    if progress is not None:
        return progress
    from groundswell.explorer.widget import in_notebook

    return _Bars() if in_notebook() else None


class _Bars:
    """Bars in a notebook: one picture, drawn again as the work goes on."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[int, int]] = {}
        self.handle: Any = None
        self.last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.stages[stage] = (done, total)
        now = time.monotonic()
        if done < total and now - self.last < _EVERY:
            return
        self.last = now
        from IPython.display import HTML, display  # pyright: ignore[reportMissingImports]

        picture = HTML(self.to_html())
        if self.handle is None:
            self.handle = display(picture, display_id=True)
        else:
            self.handle.update(picture)

    def to_html(self) -> str:
        """The bars as they stand."""
        rows = (
            f'<div><label>{html.escape(stage)} <progress value="{done}" max="{total}"></progress> '
            f"{done:,} of {total:,}</label></div>"
            for stage, (done, total) in self.stages.items()
            if total  # a stage may have nothing to do
        )
        return "".join(rows)


__all__ = ["Progress", "Say", "shown"]
