"""Registers: the claims about one theory, with the simulations that their tests need; found without a list to edit.

A register is defined in a Python file (a path in the study), in a folder of `groundswell.registers` or through an entry
point of the group `groundswell.registers`. Its module defines one `Register`:

    REGISTER = Register("mine", claims=(RISES, FALLS), simulations=(Simulation("twins", arms, steps=100),))
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import pkgutil
import sys
import traceback
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from groundswell.claims.claim import Claim, Draws
from groundswell.claims.lazy import LazyEnsemble
from groundswell.errors import GroundswellError, StudyError, nearest
from groundswell.experiment.arms import Arm
from groundswell.experiment.study import Study
from groundswell.population.specification import PopulationSpecification
from groundswell.records.cases.library import case_sha256, cases
from groundswell.records.registry import held_sha256
from groundswell.settings import require_known

if TYPE_CHECKING:
    from groundswell.claims.decide import Option
    from groundswell.claims.verdicts import ClaimVerdict

ENTRY_POINTS = "groundswell.registers"  # the entry-point group in which other packages announce their registers
_OWN = "groundswell.registers"


@dataclass(frozen=True)
class Simulation:
    """One ensemble that the tests of a register read, with `[adjudication] draws` draws for every account.

    An arm is simulated when it is first read.

    Parameters
    ----------
    name : under which `Register.runs` finds it; it is part of the seed.
    arms : by name.
    steps : of every world.
    population : by default the register's, or else the study's.
    """

    name: str
    arms: Mapping[str, Arm]
    steps: int
    population: PopulationSpecification | None = None


@dataclass(frozen=True)
class Source:
    """The source of a register's own record, for the dossier and the manifest."""

    citation: str
    licence: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class RegisterRuns:
    """The simulations of one register by name; `memo` keeps what several tests share."""

    of: Mapping[str, LazyEnsemble]
    memo: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def series(self, simulation: str, account: str, arm: str, observable: str) -> Draws:
        """One observable of one arm, shape (draws, steps + 1); the rows of failed runs are NaN."""
        require_known(simulation, self.of, StudyError, f"the simulation {simulation!r}", "one of this register's: ")
        return self.of[simulation].series(account, arm, observable)


@dataclass(frozen=True)
class Register:
    """The claims about one theory.

    Parameters
    ----------
    name : of the register.
    claims : each with its own id, in the order of the dossier.
    theory : the name of the theory that the claims are about; None for any that has the accounts, arms and observables.
    accounts : of the theory, in the order of the dossier; () for those of the study.
    simulations : what to simulate, or a function of the study that returns it.
    runs : turns the simulations, by name, into the object that predictions and tests receive.
    population : of the simulated records, from the number of people; None for the study's own.
    people : of a simulated record if the study does not set them.
    records : the sources of records that are neither cases nor data sets, by the name that tests use.
    limits, method, references : sentences for the dossier, beyond what holds of every adjudication.
    question : the founding question in three sentences (what is found, what would decide it, what to do next), from the
        verdicts by claim and, for open claims, the record that would be most informative; or None.
    """

    name: str
    claims: tuple[Claim, ...]
    theory: str | None = None
    accounts: tuple[str, ...] = ()
    simulations: Sequence[Simulation] | Callable[[Study], Sequence[Simulation]] = ()
    runs: Callable[[Mapping[str, LazyEnsemble]], Any] = RegisterRuns
    population: Callable[[int], PopulationSpecification] | None = None
    people: int | None = None
    records: Mapping[str, Source] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    question: Callable[[Mapping[str, ClaimVerdict], Mapping[str, Option]], str] | None = None

    def __post_init__(self) -> None:
        ids = [claim.id for claim in self.claims]
        twice = sorted({x for x in ids if ids.count(x) > 1})
        if twice:
            raise StudyError(f"the register {self.name!r} states the claim {twice[0]!r} twice", expected="each id once")

    def simulated(self, study: Study) -> tuple[Simulation, ...]:
        """The simulations that the register needs for a study."""
        return tuple(self.simulations(study) if callable(self.simulations) else self.simulations)

    def sha256_of(self, record: str) -> str:
        """The checksum of a record that the tests name: one of the register's own, a case, or a data set at hand."""
        if record in self.records:
            return self.records[record].sha256
        return case_sha256(record) if record in cases() else held_sha256(record)

    def chosen(self, names: str | Sequence[str]) -> dict[str, Claim]:
        """Claims by id: "all" of them, or the named ones that the register has."""
        return {c.id: c for c in self.claims if names == "all" or c.id in names}


# -- finding registers -------------------------------------------------------------------------------------------------


def registers() -> list[str]:
    """The names of the package's registers and of those that installed packages announce, without loading any."""
    return sorted({*_folders(), *(point.name for point in importlib.metadata.entry_points(group=ENTRY_POINTS))})


def _folders() -> set[str]:
    package = importlib.import_module(_OWN)
    return {info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")}


def load_register(name_or_path: str | Path) -> Register:
    """The register of that name, or the one that a ``.py`` file defines. The file is executed, as in any import.

    Raises
    ------
    StudyError : there is no such name (a near match is offered) or file; the file fails on import (with the line), or
        defines no register or several.
    """
    if isinstance(name_or_path, Path) or name_or_path.endswith(".py"):
        return _from_file(Path(name_or_path))
    if name_or_path in _folders():
        module = importlib.import_module(f"{_OWN}.{name_or_path}")
        if hasattr(module, "__path__"):
            module = importlib.import_module(f"{module.__name__}.register")
        return _only(module, f"the register {name_or_path!r}")
    points = [p for p in importlib.metadata.entry_points(group=ENTRY_POINTS) if p.name == name_or_path]
    if not points:
        known = registers()
        raise StudyError(
            f"no register is called {name_or_path!r}",
            expected=f"one of {', '.join(known)}, or the path of a file that ends in .py",
            instead=nearest(name_or_path, known),
        )
    where = f"the entry point {points[0].name} = {points[0].value}"
    try:
        loaded = points[0].load()
    except (Exception, SystemExit) as error:
        raise StudyError(
            f"{where} cannot be loaded: {type(error).__name__}: {error}",
            expected="a Register, or a module that states one",
            instead=nearest(points[0].value, [f"{_OWN}.{x}" for x in _folders()])
            or "repair or remove the package that announces it",
        ) from error
    if isinstance(loaded, ModuleType):
        return _only(loaded, where)
    if not isinstance(loaded, Register):
        raise StudyError(f"{where} is {loaded!r}", expected="a Register, or a module that states one")
    return loaded


def _only(module: ModuleType, where: str) -> Register:
    found = {id(x): x for x in vars(module).values() if isinstance(x, Register)}
    name = Path(module.__file__ or module.__name__).stem
    if len(found) != 1:
        raise StudyError(
            f"{where} states {f'{len(found)} registers' if found else 'no register'}",
            expected="exactly one",
            instead=None if found else f"REGISTER = Register({name!r}, claims=(...))",
        )
    return next(iter(found.values()))


def _from_file(path: Path) -> Register:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise StudyError(
            f"the register {path} cannot be read: {error.strerror or error}",
            expected="a Python file, or one of the registers " + ", ".join(registers()),
            instead=nearest(path.name, [x.name for x in path.parent.glob("*.py")]) or nearest(path.stem, registers()),
        ) from error
    digest = hashlib.blake2s(str(path.resolve()).encode() + b"\0" + text, digest_size=8).hexdigest()
    name = f"groundswell_register_{path.stem.replace('.', '_')}_{digest}"
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules[name] = ModuleType(name)
        module.__file__ = str(path)
        try:
            exec(compile(text, str(path), "exec"), vars(module))
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            raise _failed(path, error) from error
    return _only(module, str(path))


def _failed(path: Path, error: BaseException) -> StudyError:
    """What went wrong while a register's file was run, with its line."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path]
    line = getattr(error, "lineno", None) or next((x for x in reversed(lines) if x), 1)
    if isinstance(error, GroundswellError):
        return error.at(f"{path}:{line}", StudyError)
    what = error.msg if isinstance(error, SyntaxError) else error  # a SyntaxError's own text ends with its line again
    return StudyError(f"{path}:{line}: {type(error).__name__}: {what}", expected="a Python file that can be imported")
