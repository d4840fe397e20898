"""Make the reference tables that ship with the register of `deed` again, and remove those that nothing asks for.

    python benchmarks/reference_tables.py          (about six CPU minutes)

Each test by fits of a record that ships has a table for each of its models (`groundswell.registers.deed.fits`). A table
is named by the key of what it was drawn from, so that after a change of the theory, of a prior or of the version the
old ones are not used, and a test fails until this has run.
"""

from __future__ import annotations

from groundswell.calibrate.reference import BLOCK, ReferenceTable, tables_folder
from groundswell.claims.fitted import FittedTest
from groundswell.claims.register import load_register
from groundswell.experiment.study_file import load_study


def main() -> None:
    study, kept = load_study("deed"), set()
    tests = [test for claim in load_register("deed").claims for test in claim.tests]
    fits = [(test, test.tables) for test in tests if isinstance(test, FittedTest) and test.tables is not None]
    for test, folder in fits:
        models = [kin for record in test.prepare(study).values() for kin in record.models.values()]
        blocks = -(-(test.settings.draws or 0) // BLOCK)
        for draws in {kin.draws.key: kin.draws for kin in models if kin.draws.key not in kept}.values():
            table = ReferenceTable(draws, tables_folder(), folder)
            table.extend(blocks, threads=2)
            file = table.ship(folder, blocks)
            kept |= {draws.key, file}
            print(f"{file.name}  {file.stat().st_size / 1e6:.2f} MB", flush=True)
    for folder in {folder for _, folder in fits}:
        for file in set(folder.glob("*.npz")) - kept:
            file.unlink()


if __name__ == "__main__":
    main()
