"""Replications: published numbers compared with ours."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from groundswell.app.progress import Progress, shown
from groundswell.manifest import manifest_of
from groundswell.output import Output, open_folder

if TYPE_CHECKING:
    from groundswell.replications.run import Replications


def replicate(
    names: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    *,
    threads: int | None = None,
    csv: bool = False,
    progress: Progress | None = None,
) -> Replications:
    """Reproduce the numbers that the papers of the models published, and write a page for each with the paper's plot.

    Parameters
    ----------
    names : a replication, or several; None runs all.
    out : the folder of the pages; None keeps them as long as the result object exists.
    threads : over people. Results do not depend on it.
    csv : write the table of targets as CSV too.
    progress : called with (stage, done, total).

    Raises
    ------
    ReplicationError : there is no such replication.
    OutputError : before anything is measured, when the folder cannot be written to, or holds other results.
    """
    from groundswell.replications.register import chosen, find
    from groundswell.replications.run import collect, not_loaded
    from groundswell.replications.run import replicate as measure
    from groundswell.report.replication_page import pages

    found, broken = find()
    asked = chosen([names] if isinstance(names, str) else list(names or ()), sorted({*found, *broken}))
    folder, keeper = open_folder(out)
    progress = shown(progress)
    with Output(folder, {}, kind="replication", csv=csv) as output:
        results = []
        for done, name in enumerate(asked):
            if progress is not None:
                progress("replications", done, len(asked))
            results.append(measure(found[name], threads) if name in found else not_loaded(name, broken[name]))
        if progress is not None:
            progress("replications", len(asked), len(asked))
        collected = collect(results)
        content = collected.to_dict()
        output.write_json("replications.json", content)
        output.write_table("replications", collected.to_frame(), folder=".")
        for file, text in pages(content).items():
            output.write_text(file, text)
        output.commit(manifest_of("replication", title="Replications", seed=None, about={"replications": asked}))
    return dataclasses.replace(collected, folder=folder, keeper=keeper)
