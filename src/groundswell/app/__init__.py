"""What users call: run a study, ask a record, fit a theory, verify a folder. The only package that combines the others.

Each function returns a result with attributes, `to_frame()`, `to_dict()`, `plot()` and, where it has a folder,
`save(folder)`. The command line parses, calls these and prints. They are importable from the package itself:
`groundswell.run("study.toml")`.
"""

from groundswell.app.explorer import animate, explore, export_page, gallery
from groundswell.app.fits import fit, identify
from groundswell.app.panels import ask_panel, read_panel
from groundswell.app.posts import ask_posts
from groundswell.app.records import Interrupted, ask
from groundswell.app.replications import replicate
from groundswell.app.sensitivities import sensitivity
from groundswell.app.studies import explain, gather, plan, run, score
from groundswell.app.verification import verify

__all__ = [
    "Interrupted",
    "animate",
    "ask",
    "ask_panel",
    "ask_posts",
    "explain",
    "explore",
    "export_page",
    "fit",
    "gallery",
    "gather",
    "identify",
    "plan",
    "read_panel",
    "replicate",
    "run",
    "score",
    "sensitivity",
    "verify",
]
