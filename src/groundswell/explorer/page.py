"""One file: the page of a theory, with everything in it."""

from __future__ import annotations

import html
import json
from importlib.resources import files

from groundswell.explorer.bundle import Bundle
from groundswell.text import hash_of

_START = """const root = document.getElementById("groundswell");
const packed = JSON.parse(document.getElementById("bundle").textContent);
globalThis.groundswellExplorer.mount(root, packed, { base: root.dataset.base ?? "" });
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="groundswell"{base}>{noscript}</div>
<script type="application/json" id="bundle">{bundle}</script>
<script type="module">{code}</script>
<script type="module">{start}</script>
</body>
</html>
"""
_NOSCRIPT = (
    "<noscript><h1>{title}</h1><p>{summary}</p><p>{source}</p><p>This page simulates the theory in the browser, and "
    "needs JavaScript for it.</p></noscript>"
)


_INSET = """document.getElementById("play-open").addEventListener("click", (event) => {
  const host = document.getElementById("play-page"), shadow = host.attachShadow({ mode: "open" });
  const sheet = document.createElement("style"), root = document.createElement("div");
  sheet.textContent = JSON.parse(document.getElementById("play-style").textContent);
  shadow.append(sheet, root);
  const packed = JSON.parse(document.getElementById("bundle").textContent);
  globalThis.groundswellExplorer.mount(root, packed, { address: false });
  event.target.remove();
  host.scrollIntoView();
});
"""


def module() -> str:
    """The page's program: one ES module, built from web/."""
    return (files("groundswell.explorer") / "static" / "explorer.js").read_text(encoding="utf-8")


def style() -> str:
    """The page's style sheet."""
    return (files("groundswell.explorer") / "static" / "explorer.css").read_text(encoding="utf-8")


def page(bundle: Bundle, *, base: str = "") -> str:
    """A theory's page as HTML: the same for a file and, with `base`, for a server.

    Parameters
    ----------
    bundle : from `make_bundle`.
    base : the path that a server answers; "" for a page without one.

    Nothing is loaded from elsewhere: the policy of the page allows its own scripts by their hashes, and no connection
    except to the server that sent it.
    """
    theory = bundle.meta["theory"]
    code = _code()
    sheet = "body{margin:0}" + style()
    scripts = " ".join(hash_of(text) for text in (code, _START))
    connect = "'self'" if base else "'none'"
    policy = (
        f"default-src 'none'; script-src {scripts} 'wasm-unsafe-eval' blob:; worker-src blob:; "
        f"style-src {hash_of(sheet)}; img-src data: blob:; connect-src {connect}; base-uri 'none'; form-action 'none'"
    )
    escaped = {key: html.escape(str(theory[key])) for key in ("title", "summary", "source")}
    return _PAGE.format(
        policy=policy,
        title=escaped["title"] + " · Groundswell",
        style=sheet,
        base=f' data-base="{html.escape(base)}"' if base else "",
        noscript=_NOSCRIPT.format(**escaped),
        bundle=safe_json(bundle.to_json()),
        code=code,
        start=_START,
    )


def _code() -> str:
    """The program in a form safe inside a page: nothing in it ends the element that holds it."""
    return module().replace("</script", "<\\/script").replace("<!--", "<\\!--")


def inset(bundle: Bundle, note: str = "") -> dict[str, str]:
    """A theory's page inside another page, in its own shadow root, which opens on request.

    Returns
    -------
    dict : the texts `note`, `style`, `code`, `start` and `bundle`, and what the page's `policy` must allow besides its
        own scripts.
    """
    code = _code()
    policy = f"{hash_of(code)} {hash_of(_INSET)} 'wasm-unsafe-eval' blob:; worker-src blob:; img-src data: blob:"
    return {
        "note": note,
        "style": safe_json(json.dumps(style())),
        "code": code,
        "start": _INSET,
        "bundle": safe_json(bundle.to_json()),
        "policy": policy,
    }


def safe_json(text: str) -> str:
    """JSON that is safe inside a page: no text in it can end the element that holds it."""
    json.loads(text)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


__all__ = ["inset", "module", "page", "safe_json", "style"]
