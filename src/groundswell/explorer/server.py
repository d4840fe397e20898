"""The page on loopback: one address with a random token; other origins are refused and nothing is written.

Python's own server is enough: one user, one page and few requests. The page simulates; the server answers requests
for what only Python can make (other people, arrays of a process, worlds of a theory that no page can hold).
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import json
import secrets
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from groundswell.draws import derive_seed
from groundswell.engine.worlds import Cap, Intervention, Pulse, Seed, Set, World, available_memory
from groundswell.errors import GroundswellError, OutputError, TheoryError
from groundswell.experiment.setting import setting_of
from groundswell.explorer.beside import Beside
from groundswell.explorer.bundle import Bundle, make_bundle
from groundswell.explorer.film import film
from groundswell.explorer.page import page, safe_json
from groundswell.population.specification import PopulationSpecification
from groundswell.theory import Setting, Theory

_MOST_BYTES = 1 << 20  # of a request
_MOST_FRAMES = 1 << 30  # bytes of a stream: people times steps
HOST = "127.0.0.1"


class Explorer:
    """A theory being explored: makes its page and answers the page's requests.

    Parameters
    ----------
    theory : of any form.
    setting, params, seed, steps, folder, places, beside, note : the initial view; see `make_bundle`.
    """

    def __init__(
        self,
        theory: type[Theory],
        *,
        setting: Setting | None = None,
        params: Mapping[str, float] | None = None,
        seed: int = 1,
        steps: int | None = None,
        folder: str | Path | None = None,
        places: str | Path | None = None,
        beside: Beside | None = None,
        note: str = "",
    ) -> None:
        self.places, self.beside = places, beside
        self.theory, self.setting, self.seed, self.folder = theory, setting or setting_of(theory), seed, folder
        self.params = {**self.setting.params, **(params or {})}
        self.lock = threading.Lock()
        self.first = make_bundle(
            theory, setting=self.setting, params=self.params, steps=steps, seed=seed, folder=folder, places=places,
            beside=beside, note=note,
        )  # fmt: skip

    def page(self, base: str) -> str:
        """The page as it is first shown."""
        return page(self.first, base=base)

    def bundle(self, asked: Mapping[str, Any]) -> Bundle:
        """Another population, seed or parameter that only Python can set."""
        table = {k: v for k, v in _mapping(asked, "table").items() if v is not None}
        setting = Setting(self.setting.steps, table or self.setting.population, self.params)
        with self.lock:
            return make_bundle(
                self.theory,
                setting=setting,
                params={k: _number(k, v) for k, v in _mapping(asked, "params").items()},
                steps=_whole(asked, "steps", self.first.meta["steps"]),
                seed=_whole(asked, "seed", self.seed),
                folder=self.folder,
                places=self.places,
                beside=self.beside,
            )

    def stream(self, asked: Mapping[str, Any]) -> Iterator[bytes]:
        """Worlds of a theory that no page can hold: the people, then a frame for each step and world.

        A twin differs in `interventions`, or in the parameters `other` from the start. Yields bytes: the number of
        people (uint32), the values of a person's bytes 0 and 255 (float64), then for each step and world a 1, the
        observables (float64) and a byte per person; or, if the theory fails, a 0, a length (uint32) and a sentence.
        """
        steps, seed = _whole(asked, "steps", self.first.meta["steps"]), _whole(asked, "seed", self.seed)
        params = self.theory.parameters(
            {**self.params, **{k: _number(k, v) for k, v in _mapping(asked, "params").items()}}
        )
        table = {k: v for k, v in _mapping(asked, "table").items() if k != "seed"} or self.setting.population
        own = derive_seed(seed, "people", 0)
        population = PopulationSpecification.model_validate(dict(table)).build(
            own, folder=self.folder, memory_limit=available_memory()
        )
        views = self.first.meta["views"]
        view: dict[str, Any] = views[min(_whole(asked, "view", 0), len(views) - 1)] if views else {}
        given = asked.get("interventions")
        run = derive_seed(seed, "world", 0)
        worlds = [World(run, params)]
        if given is not None:
            other = {k: _number(k, v) for k, v in _mapping(asked, "other").items()}
            arm = tuple(intervention_of(x) for x in given)
            worlds.append(World(run, self.theory.parameters({**params, **other}), arm))
        if steps * population.people * len(worlds) > _MOST_FRAMES:
            raise TheoryError(
                f"{steps} steps of {population.people:,} people",
                expected=f"at most {_MOST_FRAMES:,} person-steps in a page",
                instead="groundswell simulate, which keeps no pictures",
            )
        films = [film(self.theory, population, world, steps, view, own) for world in worlds]

        def chunks() -> Iterator[bytes]:
            try:
                for t, frames in enumerate(zip(*films, strict=True)):
                    if not t:
                        yield struct.pack("<Idd", population.people, *frames[0].bounds)
                    yield b"".join(b"\1" + f.values.astype("<f8").tobytes() + f.codes.tobytes() for f in frames)
            except GroundswellError as error:
                words = str(error).encode()
                yield b"\0" + struct.pack("<I", len(words)) + words

        return chunks()


def intervention_of(given: Any) -> Intervention:
    """An intervention as the page states it.

    Raises
    ------
    TheoryError : for anything else; names are checked against the theory when it is simulated.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise TheoryError(f"an intervention {given!r:.80}", expected="an object with kind and name")
    name, kind = given["name"], given.get("kind")
    end = None if given.get("end") is None else _whole(given, "end", 1)
    if kind == "set":
        return Set(name, _number("value", given.get("value")), _whole(given, "start", 1), end)
    if kind == "pulse":
        return Pulse(name, _number("amount", given.get("amount")), _whole(given, "at", 1))
    if kind == "cap":
        return Cap(name, _number("most", given.get("most")), _whole(given, "start", 1), end)
    if kind == "seed":
        return Seed(name, _number("share", given.get("share")), _whole(given, "at", 1))
    raise TheoryError(f"an intervention of kind {kind!r}", expected="set, pulse, cap or seed")


def _mapping(asked: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = asked.get(key) or {}
    if not isinstance(value, Mapping):
        raise TheoryError(f"{key} = {value!r:.80}", expected="an object")
    return dict(value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TheoryError(f"{name} = {value!r:.80}", expected="a number")
    return float(value)


def _whole(asked: Mapping[str, Any], key: str, usual: int) -> int:
    value = asked.get(key, usual)
    if isinstance(value, str) and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TheoryError(f"{key} = {value!r:.80}", expected="a whole number from 0")
    return value


class Shelves(Protocol):
    """What a server shows: explorers by name and an index."""

    def explorer(self, name: str) -> Explorer | None:
        """The explorer of that name, or None."""
        ...

    def index(self, base: str) -> str:
        """The index page."""
        ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False  # another program's port is reported, not shared

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # closing a page is not an error
            traceback.print_exc(file=sys.stderr)


class _Answers(BaseHTTPRequestHandler):
    """Handles requests that carry the token and come from this page or from the address bar."""

    shelf: Shelves
    token: str
    port: int
    protocol_version = "HTTP/1.0"  # an answer ends with its connection, so streams need no framing

    def _path(self) -> str | None:
        """The path requested under the token, or None for a request without it."""
        own = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        site = self.headers.get("Sec-Fetch-Site", "none")
        if host not in own or (origin is not None and origin not in {f"http://{name}" for name in own}):
            return None
        if site not in ("none", "same-origin") and self.command != "GET":
            return None
        _, _, rest = self.path.partition("/")
        token, _, asked = rest.partition("?")[0].partition("/")
        return asked if hmac.compare_digest(token.encode(), self.token.encode()) else None

    def _say(self, status: HTTPStatus, text: str, kind: str = "text/plain") -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self._head(kind)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(data)

    def _head(self, kind: str) -> None:
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()

    def do_GET(self) -> None:
        """The index, or a theory's page."""
        asked = self._path()
        if asked is None:
            self._say(HTTPStatus.FORBIDDEN, "This address lacks the token that groundswell explore printed.")
            return
        name, _, rest = asked.partition("/")
        try:
            explorer = self.shelf.explorer(name) if name else None
            if not name:
                self._say(HTTPStatus.OK, self.shelf.index(f"/{self.token}/"), "text/html")
            elif explorer is None or rest:
                self._say(HTTPStatus.NOT_FOUND, f"There is no page of {name!r:.80} here.")
            else:
                self._say(HTTPStatus.OK, explorer.page(f"/{self.token}/{name}/"), "text/html")
        except GroundswellError as error:
            self._say(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    def do_POST(self) -> None:
        """Answer a page's request."""
        asked = self._path()
        if asked is None:
            self._say(HTTPStatus.FORBIDDEN, "This request does not come from the page of groundswell explore.")
            return
        name, _, what = asked.partition("/")
        try:
            explorer, stated = self.shelf.explorer(name), self._stated()
            if explorer is None or what not in ("bundle", "run"):
                self._say(HTTPStatus.NOT_FOUND, "The page makes no such request.")
            elif what == "bundle":
                made = explorer.bundle(stated)
                self._say(HTTPStatus.OK, safe_json(made.to_json()), "application/json")
            else:
                self._stream(explorer.stream(stated))
        except (GroundswellError, ValueError) as error:
            self._say(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    def _stated(self) -> dict[str, Any]:
        """The object in a request; the seed of its people is left to the server."""
        size = int(self.headers.get("Content-Length", "0"))
        if not 0 <= size <= _MOST_BYTES:
            raise TheoryError(f"a request of {size:,} bytes", expected=f"at most {_MOST_BYTES:,}")
        stated = json.loads(self.rfile.read(size) or b"{}")
        if not isinstance(stated, dict):
            raise TheoryError("a request that is no object", expected="a JSON object")
        if isinstance(stated.get("table"), dict):
            stated["table"].pop("seed", None)
        return stated

    def _stream(self, chunks: Iterator[bytes]) -> None:
        self.send_response(HTTPStatus.OK)
        self._head("application/octet-stream")
        with contextlib.suppress(ConnectionError):  # the page was closed or requests something else
            for chunk in chunks:
                self.wfile.write(chunk)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing, since the address contains the token."""


def open_server(shelf: Shelves, port: int = 0) -> tuple[ThreadingHTTPServer, str]:
    """A server that is bound but not yet serving, and the address of its index, which ends in a slash.

    Parameters
    ----------
    shelf : what it shows.
    port : 0 takes a free one.

    Raises
    ------
    OutputError : the port is taken or may not be used.
    """
    token = secrets.token_urlsafe(18)
    answers = type("Answers", (_Answers,), {"shelf": shelf, "token": token})
    try:
        server = _Server((HOST, port), answers)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise OutputError(
            f"port {port} {'is in use' if taken else f'cannot be used ({error})'}",
            expected="a free port of this machine, from 1024 to 65535",
            instead="without --port, which takes a free one",
        ) from error
    answers.port = int(server.server_address[1])
    return server, f"http://{HOST}:{answers.port}/{token}/"


def serve(shelf: Shelves, first: str = "", port: int = 0, *, ready: Callable[[str], Any]) -> None:
    """Serve until interrupted; `ready` is called with the address of the page of `first`, or of the index."""
    server, address = open_server(shelf, port)
    try:
        ready(f"{address}{first}/" if first else address)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


__all__ = ["HOST", "Explorer", "Shelves", "intervention_of", "open_server", "serve"]
