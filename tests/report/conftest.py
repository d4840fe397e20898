"""The example dossier, rendered once for all tests that read it."""

from __future__ import annotations

from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
from tests.programs import program

VOID = {"meta", "br", "link", "img", "hr", "input", "col", "wbr"}


class Page(HTMLParser):
    """What a page holds: elements with their attributes and text; `broken` names every tag that does not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[dict[str, Any]] = []
        self.elements: list[dict[str, Any]] = []
        self.broken: list[str] = []
        self.feed(text)
        self.close()
        self.broken += [f"<{element['tag']}> never closed" for element in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.broken.append(f"<{tag}> has an attribute twice")
        inside = [*self.open[-1]["inside"], self.open[-1]] if self.open else []
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "inside": inside}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1]["tag"] != tag:
            self.broken.append(f"</{tag}> closes {self.open[-1]['tag'] if self.open else 'nothing'}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element["text"] += data

    def all(self, tag: str, **attrs: str) -> list[dict[str, Any]]:
        """Elements of a tag, with attributes of these values; `kind` asks for one of its classes."""
        kind = attrs.pop("kind", None)
        return [
            element
            for element in self.elements
            if element["tag"] == tag
            and (kind is None or kind in (element["attrs"].get("class") or "").split())
            and all(element["attrs"].get(name) == value for name, value in attrs.items())
        ]

    def one(self, tag: str, **attrs: str) -> dict[str, Any]:
        (found,) = self.all(tag, **attrs)
        return found


@pytest.fixture(scope="session")
def example() -> ModuleType:
    return program("tests/report/example.py")


@pytest.fixture(scope="session")
def read() -> type[Page]:
    return Page


@pytest.fixture(scope="session")
def written(example: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The example dossier with plots."""
    pytest.importorskip("vl_convert", reason="the plots extra is not installed")
    return example.write(tmp_path_factory.mktemp("dossier")).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(written: str) -> Page:
    return Page(written)
