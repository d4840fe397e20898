"""Sensitivity: what an outcome of a theory depends on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.app.progress import Progress, shown
from groundswell.errors import StudyError, nearest
from groundswell.files import check_writable
from groundswell.manifest import manifest_of
from groundswell.output import Output

if TYPE_CHECKING:
    from groundswell.experiment.points import Given
    from groundswell.experiment.sensitivity import Sensitivity
    from groundswell.experiment.study import Study
    from groundswell.theory import Theory


def sensitivity(
    target: str | Path | Study | type[Theory],
    observable: str,
    over: Mapping[str, Given] | None = None,
    out: str | Path | None = None,
    *,
    arm: str | None = None,
    against: str | None = None,
    people: int | None = None,
    network: str | None = None,
    steps: int | None = None,
    progress: Progress | None = None,
    fresh: bool = False,
    csv: bool = False,
    **options: Any,
) -> Sensitivity:
    """Attribute the variation of an observable, or of an effect on it, to the factors that vary.

    Parameters
    ----------
    target : a theory, which runs at its own setting, or a study, whose population, parameters and arms are used.
    observable : whose series is summarised.
    over : factor: what it ranges over (`groundswell.experiment.points.Given`), such as ``{"sd": {"from": 0.1, "to":
        0.3}, "population.mean_degree": [4, 8]}``; by default every parameter with a prior, over its prior.
    out : the folder of the results; None writes nothing.
    arm, against : arms of the study: the one that is run, and the twin whose summary is subtracted.
    people, network, steps : replace those of the setting or the study.
    progress : called with (stage, done, total).
    fresh : discard what an earlier analysis left in the folder, whatever it was about.
    csv : write every table as CSV too.
    options : `method`, `count`, `worlds`, `summary`, `seed`, `params` and `threads` of
        `groundswell.experiment.sensitivity.sensitivity`.

    Raises
    ------
    GroundswellError : for an unknown name, a factor that cannot vary, or a folder that holds something else.
    """
    from groundswell.experiment.arms import Arm, arm_table
    from groundswell.experiment.points import varying
    from groundswell.experiment.sensitivity import SensitivitySettings, design_of
    from groundswell.experiment.sensitivity import sensitivity as analyse
    from groundswell.experiment.setting import scaled
    from groundswell.experiment.study import Study
    from groundswell.experiment.study_file import built_in_studies, load_study
    from groundswell.population.population import well_mixed
    from groundswell.population.specification import PopulationSpecification
    from groundswell.report.sensitivity_page import render_sensitivity
    from groundswell.theory.registry import load_theory

    arms: Mapping[str, Arm] = {}
    is_study = isinstance(target, Study) or str(target).endswith(".toml")
    if is_study or (isinstance(target, str) and arm is not None and target in built_in_studies()):
        study = target if isinstance(target, Study) else load_study(str(target))
        theory, asked, params, arms = study.theory, study.population, dict(study.params), study.arms
        length, options = study.steps, {"seed": study.seed, **options}
        if people is not None:
            asked = PopulationSpecification(**{**asked.model_dump(exclude_none=True), "people": people})
    else:
        theory = target if isinstance(target, type) else load_theory(str(target))
        setting = scaled(theory, people=people, network=network)
        asked = PopulationSpecification(**setting.population) if theory.peopled else well_mixed(1)
        params, length = dict(setting.params), setting.steps
    unknown = next((name for name in (arm, against) if name is not None and name not in arms), None)
    if unknown is not None:
        raise StudyError(
            f"the arm {unknown!r}",
            expected="an arm of the study: " + (", ".join(arms) or "a theory has none, name a study file"),
            instead=nearest(unknown, arms),
        )
    over = varying(theory) if over is None else over
    held = {k: v for k, v in {**params, **options.pop("params", {})}.items() if k not in over}
    threads = options.pop("threads", None)
    settings = SensitivitySettings.of(None, options)
    folder = None if out is None else Path(out)
    if folder is not None:
        check_writable(folder)

    def made() -> Sensitivity:
        return analyse(
            theory, asked, over, steps or length, observable, settings, arm=arms.get(arm or ""),
            against=arms.get(against or ""), params=held, threads=threads, progress=shown(progress),
        )  # fmt: skip

    if folder is None:
        return made()
    theory.parameters(held)
    design_of(theory, asked, over, observable, settings)  # refused before --fresh discards what lies in the folder
    about: dict[str, Any] = {
        "theory": theory.name,
        "theory_sha256": _sha256_of(theory),
        "observable": observable,
        "over": [[name, given] for name, given in over.items()],  # a list: the design depends on their order
        "arm": arm,
        "against": against,
        "arms": {name: arm_table(arms[name]) for name in (arm, against) if name is not None},
        "population": asked.model_dump(exclude_none=True)
        if isinstance(asked, PopulationSpecification)
        else asked.digest(),
        "steps": steps or length,
        "params": held,
        **settings.model_dump(),
    }
    with Output(folder, about, kind="sensitivity", fresh=fresh, csv=csv) as output:
        found = made()
        output.write_table("runs", found.table)
        output.write_table("indices", found.to_frame())
        output.write_json("sensitivity.json", found.to_dict())
        output.write_text("sensitivity.html", render_sensitivity(found.to_dict(), found.outcomes, theory.title))
        title = f"What {found.outcome} of {theory.name} depends on"
        output.commit(manifest_of("sensitivity", title=title, seed=about["seed"], about=about))
    return found


def _sha256_of(theory: type[Theory]) -> str | None:
    """SHA-256 of the file that states a theory; None for one that was stated where there is no file."""
    from groundswell.experiment.study import theory_sha256

    try:
        return theory_sha256(theory)
    except (OSError, TypeError, StudyError):
        return None
