"""What moves: the explorer, exported pages, animations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.errors import StudyError

if TYPE_CHECKING:
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
) -> Any:
    """Show a theory moving: in a notebook a widget, elsewhere a page on loopback, until interrupted.

    Parameters
    ----------
    what : a theory, its name or .py file, or a study by name or path; None lists the theories that ship.
    people, network, steps, params, seed : what differs from the setting; as for `groundswell simulate`.
    port : of this machine; 0 takes a free one.
    ready : called with the address; by default it is printed and opened in a browser.

    Returns
    -------
    In a notebook the widget, whose `params` are those of the sliders; elsewhere None, once interrupted.

    Raises
    ------
    GroundswellError : before anything is shown.
    """
    from groundswell.explorer.subject import shelf_of, subject_of

    subject = None
    if what is not None:
        subject = subject_of(what, people=people, network=network, steps=steps, params=params)
    elif people is not None or network is not None or steps is not None or params:
        raise StudyError("people, a network, steps or parameters without a theory", expected="a theory that has them")
    if ready is None and subject is not None:
        from groundswell.explorer.widget import in_notebook, widget

        if in_notebook():
            return widget(subject.bundle(seed))
    from groundswell.explorer.server import serve

    serve(shelf_of(subject, seed), subject.theory.name if subject else "", port, ready=ready or _open_page)
    return None


def _open_page(address: str) -> None:
    import webbrowser

    print(f"exploring at {address}  (Ctrl-C ends it)", flush=True)
    webbrowser.open(address)


def export_page(
    what: str | Path | type[Theory],
    out: str | Path,
    *,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    params: Mapping[str, float] | None = None,
    seed: int = 1,
) -> int:
    """Write the page of a theory as one file that needs no server and no network; its size in bytes is returned.

    Parameters
    ----------
    what, people, network, steps, params, seed : as for `explore`.
    out : the file to write.

    Raises
    ------
    GroundswellError : before anything is written.
    """
    from groundswell.explorer.page import page
    from groundswell.explorer.recorded import shown_without_server
    from groundswell.explorer.subject import subject_of
    from groundswell.files import check_apart, write_bytes

    check_apart(out, what)
    subject = subject_of(what, people=people, network=network, steps=steps, params=params)
    data = page(shown_without_server(subject, subject.bundle(seed), seed)).encode()
    write_bytes(Path(out), data)
    return len(data)


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
) -> None:
    """Write one world of a theory as a picture that moves: .gif or .svg, or .mp4 where ffmpeg is installed.

    Parameters
    ----------
    what, people, network, steps, params, seed : as for `explore`.
    view : a state or trait by which people are coloured; by default the first of the page.
    size : pixels of a side.
    seconds : how long the whole of it lasts.

    Raises
    ------
    GroundswellError : before anything is written.
    """
    from groundswell.explorer.animation import animation
    from groundswell.explorer.subject import subject_of
    from groundswell.files import check_apart, write_bytes

    check_apart(out, what)
    subject = subject_of(what, people=people, network=network, steps=steps, params=params)
    kind = Path(out).suffix.lower().removeprefix(".")
    write_bytes(Path(out), animation(subject, kind, seed=seed, view=view, size=size, seconds=seconds))
