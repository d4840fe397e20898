"""Groundswell: a laboratory for theories of collective action.

The names needed for most work can be imported from here; each is loaded on first use, so that
`import groundswell` itself loads no compiler, no statistics and no plotting.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from groundswell.cache import place_compiled
from groundswell.errors import GroundswellError
from groundswell.version import __version__

if TYPE_CHECKING:
    from groundswell.app import (
        animate,
        ask,
        ask_panel,
        ask_posts,
        explain,
        explore,
        export_page,
        fit,
        gather,
        identify,
        plan,
        read_panel,
        replicate,
        run,
        score,
        sensitivity,
        verify,
    )
    from groundswell.engine.annealed import simulate_annealed
    from groundswell.engine.persons import Persons
    from groundswell.engine.reference import simulate_reference
    from groundswell.engine.saved import Saved, load_saved
    from groundswell.engine.simulate import simulate
    from groundswell.engine.worlds import Cap, Histories, Pulse, Seed, Set, World
    from groundswell.estimators.excitation.discrete import fit_excitation
    from groundswell.experiment.arms import Arm
    from groundswell.experiment.points import design
    from groundswell.experiment.study_file import load_study
    from groundswell.experiment.sweep import sweep
    from groundswell.population.dated import DatedTies
    from groundswell.population.network import Network
    from groundswell.population.places import geometric
    from groundswell.population.population import Population, layered, well_mixed
    from groundswell.population.specification import PopulationSpecification
    from groundswell.records.cases.library import load_case
    from groundswell.records.counting import count_events
    from groundswell.records.events import read_events
    from groundswell.records.panel import Panel
    from groundswell.records.record import Record, read
    from groundswell.records.series import series
    from groundswell.theory import (
        NO_SOURCE,
        Account,
        Bernoulli,
        Beta,
        Exactly,
        Fixed,
        Flow,
        Layer,
        Listed,
        LogNormal,
        Normal,
        Observable,
        Param,
        Presence,
        Process,
        Ranked,
        Regional,
        Setting,
        Share,
        Shock,
        Society,
        State,
        Stream,
        Tally,
        Theory,
        Trait,
        Uniform,
        WholeUniform,
    )
    from groundswell.theory.registry import load_theory

_HOME = {
    "app": (
        "animate", "ask", "ask_panel", "ask_posts", "explain", "explore", "export_page", "fit", "gather", "identify",
        "plan", "read_panel", "replicate", "run", "score", "sensitivity", "verify",
    ),
    "theory": (
        "NO_SOURCE", "Account", "Bernoulli", "Beta", "Exactly", "Fixed", "Flow", "Layer", "Listed", "LogNormal",
        "Normal", "Observable", "Param", "Presence", "Process", "Ranked", "Regional", "Setting", "Share", "Shock",
        "Society", "State", "Stream", "Tally", "Theory", "Trait", "Uniform", "WholeUniform",
    ),
    "population.network": ("Network",),
    "population.dated": ("DatedTies",),
    "population.places": ("geometric",),
    "population.population": ("Population", "layered", "well_mixed"),
    "population.specification": ("PopulationSpecification",),
    "engine.worlds": ("Cap", "Histories", "Pulse", "Seed", "Set", "World"),
    "engine.persons": ("Persons",),
    "engine.saved": ("Saved", "load_saved"),
    "engine.simulate": ("simulate",),
    "engine.annealed": ("simulate_annealed",),
    "engine.reference": ("simulate_reference",),
    "theory.registry": ("load_theory",),
    "experiment.arms": ("Arm",),
    "experiment.points": ("design",),
    "experiment.sweep": ("sweep",),
    "experiment.study_file": ("load_study",),
    "records.cases.library": ("load_case",),
    "records.counting": ("count_events",),
    "records.events": ("read_events",),
    "records.panel": ("Panel",),
    "records.record": ("Record", "read"),
    "estimators.excitation.discrete": ("fit_excitation",),
    "records.series": ("series",),
}  # fmt: skip
_MODULE_OF = {name: f"groundswell.{module}" for module, names in _HOME.items() for name in names}


place_compiled()  # before anything below loads the compiler, which reads the location of its cache only once


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'groundswell' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})


__all__ = [
    "NO_SOURCE",
    "Account",
    "Arm",
    "Bernoulli",
    "Beta",
    "Cap",
    "DatedTies",
    "Exactly",
    "Fixed",
    "Flow",
    "GroundswellError",
    "Histories",
    "Layer",
    "Listed",
    "LogNormal",
    "Network",
    "Normal",
    "Observable",
    "Panel",
    "Param",
    "Persons",
    "Population",
    "PopulationSpecification",
    "Presence",
    "Process",
    "Pulse",
    "Ranked",
    "Record",
    "Regional",
    "Saved",
    "Seed",
    "Set",
    "Setting",
    "Share",
    "Shock",
    "Society",
    "State",
    "Stream",
    "Tally",
    "Theory",
    "Trait",
    "Uniform",
    "WholeUniform",
    "World",
    "__version__",
    "animate",
    "ask",
    "ask_panel",
    "ask_posts",
    "count_events",
    "design",
    "explain",
    "explore",
    "export_page",
    "fit",
    "fit_excitation",
    "gather",
    "geometric",
    "identify",
    "layered",
    "load_case",
    "load_saved",
    "load_study",
    "load_theory",
    "plan",
    "read",
    "read_events",
    "read_panel",
    "replicate",
    "run",
    "score",
    "sensitivity",
    "series",
    "simulate",
    "simulate_annealed",
    "simulate_reference",
    "sweep",
    "verify",
    "well_mixed",
]
