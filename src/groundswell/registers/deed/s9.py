"""S9: students start, workers' leverage decides."""

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
    tests=(accommodation_of_workers(),),
    untested="the cases do not separate students from workers; the record is Mass Mobilization, which does not ship",
    notes=(
        "Only the second half (whose protests win concessions) is tested; who moves first is shown by the twins only.",
    ),
    references=("Andrews & Biggs (2006), ASR 71, 752-777.",),
)
