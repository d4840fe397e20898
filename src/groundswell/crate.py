"""Every result as an RO-Crate: what was run, on what, and what it wrote, in the JSON-LD that repositories index.

The profile is Process Run Crate 0.5, the part of Workflow Run RO-Crate for the result of one program (Leo et al. 2024,
"Recording provenance of workflow runs with RO-Crate", PLoS ONE 19(9)); RO-Crate itself is version 1.1 (Soiland-Reyes
et al. 2022, Data Science 5(2)). Equal results give equal bytes, so a crate does not record when it was written.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundswell.version import RELEASED, __version__

CRATE = "ro-crate-metadata.json"
"""Its file name in a folder of results, fixed by the specification."""

_CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_FORMATS = {".parquet": "application/vnd.apache.parquet", ".toml": "application/toml", ".md": "text/markdown"}
_KINDS = {
    "study": "A study of theories of collective action: simulated arms, adjudicated claims",
    "record": "What a record of events says, question by question",
    "replication": "Published numbers of models, reproduced",
    "fit": "A theory of collective action fitted to a record",
    "identification": "What records of one kind can reveal about a theory",
    "sensitivity": "What an outcome of a theory depends on",
}


def crate_of(manifest: Mapping[str, Any], files: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """The content of `ro-crate-metadata.json` for a folder of results.

    Parameters
    ----------
    manifest : of the results, without `files`.
    files : SHA-256 of each file of the results, by its path within `folder`.
    folder : where the files are, from which their sizes are read.

    Returns
    -------
    dict : JSON-LD. Inputs are described by name and SHA-256 alone: a crate never contains other people's records.
    """
    kind, title = str(manifest.get("kind", "result")), str(manifest.get("title") or "Results")
    version = manifest.get("version", __version__)
    software = {
        "@id": "#groundswell",
        "@type": "SoftwareApplication",
        "name": "Groundswell",
        "softwareVersion": version,
        "description": "A laboratory for theories of collective action.",
        "softwareRequirements": [f"{name} {version}" for name, version in sorted(manifest.get("versions", {}).items())],
    }
    written = [_file(name, sha256, folder / name) for name, sha256 in sorted(files.items())]
    written.append({"@id": "manifest.json", "@type": "File", "name": "manifest.json", **_format("manifest.json")})
    given = _inputs(manifest)
    seed = "" if manifest.get("seed") is None else f", seed {manifest['seed']}"
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"{title}: {kind}, made by Groundswell {version}",
        "description": f"A {kind}{seed}; manifest.json holds the settings, and the command where there was one.",
        "instrument": {"@id": "#groundswell"},
        "agent": {"@id": "#whoever-ran-it"},
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "object": [{"@id": one["@id"]} for one in given],
        "result": [{"@id": one["@id"]} for one in written],
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": f"{_KINDS.get(kind, kind)}{seed}; made by Groundswell {version}.",
        "datePublished": RELEASED,  # the program's: results depend on its version and not on any clock
        "license": {"@id": "#licence"},
        "conformsTo": {"@id": _PROFILE},
        "hasPart": [{"@id": one["@id"]} for one in written],
        "mentions": [{"@id": "#run"}],
    }
    return {
        "@context": _CONTEXT,
        "@graph": [
            {
                "@id": CRATE,
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            root,
            {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
            {
                "@id": "#licence",
                "@type": "CreativeWork",
                "name": "To be stated by whoever publishes these results",
                "description": "Groundswell claims no rights in results; the terms of the input records apply.",
            },
            {"@id": "#whoever-ran-it", "@type": "Person", "name": "Whoever ran it (not recorded)"},
            software,
            run,
            *given,
            *written,
        ],
    }


def _inputs(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The study and the records that a run was given, by name and hash."""
    found = []
    if manifest.get("kind") == "study":
        found.append({"@id": "#study", "@type": "CreativeWork", "name": f"The study '{manifest.get('title', '')}'"})
        data = manifest.get("data") or {}
        rows = [(name, value) for name, value in sorted(data.items())]
    else:
        rows = [(row["file"], row["sha256"]) for row in manifest.get("input") or []]
    for number, (name, sha256) in enumerate(rows):
        row = {"@id": f"#input-{number}", "@type": "CreativeWork", "name": Path(str(name)).name}
        found.append(row | ({"sha256": sha256} if isinstance(sha256, str) else {}))
    return found


def _file(name: str, sha256: str, path: Path) -> dict[str, Any]:
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "contentSize": str(path.stat().st_size),
        "sha256": sha256,
        **_format(name),
    }


def _format(name: str) -> dict[str, str]:
    suffix = Path(name).suffix
    found = _FORMATS.get(suffix) or mimetypes.types_map.get(suffix)
    return {"encodingFormat": found} if found else {}
