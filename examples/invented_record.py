"""Write the invented record `marches.csv`: ten years of protest, violence and repression in no real country.

Each protest brings 0.4 others in the weeks after it, and each act of violence 0.8 acts of repression; nothing else
brings anything. So the answers of `groundswell evidence` can be held against what is true. A few rows are wrong on
purpose, as they are in every real record: a day that does not exist, a kind that no mapping knows, a row twice.

    python examples/invented_record.py > examples/marches.csv
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from groundswell.estimators.excitation.discrete import simulate_excitation

WEEKS, START = 521, date(2006, 1, 2)
KINDS = ("marche", "attaque", "répression")
BRINGS = [[0.4, 0.0, 0.0], [0.0, 0.0, 0.8], [0.0, 0.0, 0.0]]
TOWNS = ("Alba", "Brum", "Corvo")


def size(rng: np.random.Generator) -> str:
    """A number of people as a reporter would write it, or nothing."""
    people = float(rng.lognormal(6.0, 1.2))
    if rng.random() < 0.3:
        return ""
    if rng.random() < 0.2:
        return f'"{round(people * 0.8, -2) + 100:,.0f}-{round(people * 1.4, -2) + 200:,.0f}"'
    return f"{max(10, round(people, -1)):.0f}"


def rows() -> list[str]:
    """The lines of the file, header first."""
    rng = np.random.default_rng(7)
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(WEEKS) / 52.18)
    baseline = np.outer(season, [2.0, 0.8, 0.3])
    counts = simulate_excitation(baseline, BRINGS, half_life=1.0, seed=1)
    lines = []
    for week in range(WEEKS):
        for kind, count in zip(KINDS, counts[week], strict=True):
            for _ in range(count):
                day = START + timedelta(days=7 * week + int(rng.integers(7)))
                people = size(rng) if kind == "marche" else ""
                lines.append((day, f"{day:%d/%m/%Y},{kind},{people},{TOWNS[int(rng.integers(3))]}"))
    lines.sort()
    texts = [text for _, text in lines]
    texts.insert(40, texts[39])  # a row twice
    texts += ["31/02/2012,marche,200,Alba", "03/05/2013,fête,1000,Brum"]
    return ["jour,forme,manifestants,ville", *texts]


if __name__ == "__main__":
    print("\n".join(rows()))
