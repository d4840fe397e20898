"""What moves: the explorer, exported pages, animations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.errors import StudyError

if TYPE_CHECKING:
    from groundswell.experiment.study import Study
    from groundswell.theory import Theory


def explore(
    what: str | Path | type[Theory] | None = None,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    seed: int = 1,
    port: int = 0,
    ready: Callable[[str], Any] | None = None,
    places: str | Path | None = None,
    record: Any = None,
    fit: Any = None,
    **options: Any,
) -> Any:
    """Show a theory moving: in a notebook a widget, elsewhere a page on loopback, until interrupted.

    Parameters
    ----------
    what : a theory, its name or .py file, or a study by name or path; None lists the theories that ship.
    people, network, steps, params, seed : what differs from the setting; as for `groundswell simulate`.
    port : of this machine; 0 takes a free one.
    ready : called with the address; by default it is printed and opened in a browser.
    places : a CSV of coordinates: person or region, longitude, latitude.
    record : drawn next to what the theory predicts for it; a file, data set or numbers, as for `groundswell.fit`.
    fit : what `groundswell.fit` returned, or its folder: its record, with its posterior as the ensemble.
    options : how the record is read and reported, as for `groundswell.fit`: `observe`, `reporting`, `codebook`, `unit`,
        `place`, `before`, `every`.

    Returns
    -------
    In a notebook the widget, whose `params` are those of the sliders; elsewhere None, once interrupted.

    Raises
    ------
    GroundswellError : before anything is shown.
    """
    from groundswell.explorer.subject import shelf_of, subject_of

    subject = None
    given = {"places": places, "record": record, "fit": fit, **options}
    if what is not None or fit is not None:
        subject = subject_of(what, people=people, network=network, steps=steps, params=params, **given)
    elif any(x is not None for x in (people, network, steps, places, record)) or params:
        raise StudyError("people, a network, steps or parameters without a theory", expected="a theory that has them")
    if ready is None and subject is not None:
        from groundswell.explorer.widget import in_notebook, widget

        if in_notebook():
            from groundswell.explorer.recorded import shown_without_server

            return widget(shown_without_server(subject, subject.bundle(seed), seed))
    from groundswell.explorer.server import serve

    serve(shelf_of(subject, seed), subject.theory.name if subject else "", port, ready=ready or _open_page)
    return None


def _open_page(address: str) -> None:
    import webbrowser

    print(f"exploring at {address}  (Ctrl-C ends it)", flush=True)
    webbrowser.open(address)


def export_page(
    what: str | Path | type[Theory] | None,
    out: str | Path,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    seed: int = 1,
    **more: Any,
) -> int:
    """Write the page of a theory as one file that needs no server and no network; its size in bytes is returned.

    Parameters
    ----------
    what, people, network, steps, params, seed : as for `explore`.
    out : the file to write.
    more : `places`, `record`, `fit` and their options, as for `explore`.

    Raises
    ------
    GroundswellError : before anything is written.
    """
    from groundswell.explorer.page import page
    from groundswell.explorer.recorded import shown_without_server
    from groundswell.explorer.subject import subject_of
    from groundswell.files import check_apart, write_bytes

    check_apart(out, *(x for x in (what, more.get("record"), more.get("places")) if isinstance(x, str | Path)))
    subject = subject_of(what, people=people, network=network, steps=steps, params=params, **more)
    data = page(shown_without_server(subject, subject.bundle(seed), seed)).encode()
    write_bytes(Path(out), data)
    return len(data)


_MOST_INSIDE = 10_000  # people of a page within a dossier: more are drawn as a sample, so that the file stays small


def inset_of(study: Study) -> dict[str, str] | None:
    """The page of a study's theory at its setting, as a part of the study's dossier; None where no page can run it."""
    from groundswell.errors import GroundswellError
    from groundswell.explorer.page import inset
    from groundswell.explorer.subject import subject_of

    subject = subject_of(study)
    table = dict(subject.setting.population)
    people = int(table.get("people") or 0)
    note = f"The study's theory on its {people:,} people." if people > 1 else "The study's theory."
    if people > _MOST_INSIDE:
        table["people"] = _MOST_INSIDE
        note = f"The study's theory on a sample: {_MOST_INSIDE:,} people instead of the study's {people:,}."
    setting = dataclasses.replace(subject.setting, population=table)
    try:
        bundle = dataclasses.replace(subject, setting=setting).bundle(study.seed)
    except GroundswellError:  # a dossier must not be lost with its page
        return None
    return None if bundle.meta["engine"]["kind"] == "none" else inset(bundle, note)


def gallery(folder: str | Path, names: Iterable[str] | None = None) -> dict[str, Path]:
    """Write the page of every theory that ships, as `export_page` does, and an index of them; the files by theory.

    Parameters
    ----------
    folder : created if necessary; `index.html` and NAME.html in it are overwritten.
    names : of theories; by default all.
    """
    import os

    from groundswell.engine.page import compile_pages
    from groundswell.explorer.shelf import index
    from groundswell.files import write_bytes
    from groundswell.theory.registry import theories

    shown = {n: t for n, t in theories().items() if names is None or n in set(names)}

    compile_pages(shown.values(), os.cpu_count() or 1)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: folder / f"{name}.html" for name in shown}
    for name, path in written.items():
        export_page(shown[name], path)
    write_bytes(folder / "index.html", index(shown, lambda name: f"{name}.html").encode())
    return written


def animate(
    what: str | Path | type[Theory],
    out: str | Path,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    seed: int = 1,
    view: str | None = None,
    size: int = 480,
    seconds: float = 10.0,
    places: str | Path | None = None,
) -> None:
    """Write one world of a theory as an animation: .gif or .svg, or .mp4 where ffmpeg is installed.

    Parameters
    ----------
    what, people, network, steps, params, seed, places : as for `explore`.
    view : a state or trait by which people are coloured; by default the first of the page.
    size : pixels of a side.
    seconds : how long the animation lasts.

    Raises
    ------
    GroundswellError : before anything is written.
    """
    from groundswell.explorer.animation import animation
    from groundswell.explorer.subject import subject_of
    from groundswell.files import check_apart, write_bytes

    check_apart(out, what)
    subject = subject_of(what, people=people, network=network, steps=steps, params=params, places=places)
    kind = Path(out).suffix.lower().removeprefix(".")
    write_bytes(Path(out), animation(subject, kind, seed=seed, view=view, size=size, seconds=seconds))
