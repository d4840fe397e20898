"""S9: students start, workers' leverage decides."""

from dataclasses import replace

from groundswell.claims.claim import Claim, Prediction
from groundswell.registers.deed.mobilisation import accommodation_of_workers

CLAIM = Claim(
    id="S9",
    account="both",
    text="Students start; the leverage of workers decides.",
    term="students' lower barrier (theta_student) and lower leverage (w_student)",
    estimand="who moves first; concessions by sector",
    prediction=Prediction(
        "turnout of students less turnout of workers, weeks 1 to 4 after an act",
        "share of the sector",
        "above",
        lambda runs, account: (
            runs.after(account, "act", "students", 1, 4) - runs.after(account, "act", "workers", 1, 4)
        ),
    ),
    tests=(replace(accommodation_of_workers(), part="workers' leverage decides"),),
    conjunction=True,
    untested="the cases do not separate students from workers; the record is Mass Mobilization, which does not ship",
    notes=("The two halves, who starts and whose protests win concessions, are tested separately.",),
    references=("Andrews & Biggs (2006), ASR 71, 752-777.",),
)
