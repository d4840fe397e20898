"""How excitation is estimated, what it cannot show, and whose work it rests on; as told in a dossier."""

METHODS = (
    "Counts of kind k in step t have the mean exp(baseline_k(t)) + Σ_j n_jk Σ_{s<t} w_k(t−s) y_sj: a Hawkes process "
    "in discrete time (Hawkes 1971; Ferland, Latour & Oraïchi 2006). n_jk, the branching ratio, is the number of "
    "events of kind k that one event of kind j brings about; w_k falls geometrically and sums to one. Counts are "
    "negative binomial, with a dispersion of their own for each kind.",
    "The baseline holds a penalised spline trend, the season, weekdays (by day), the events of all other kinds as a "
    "measure of reporting, and level shifts that are searched for in the record: a record that grows, swings with the "
    "season or is suddenly covered better would otherwise look contagious.",
    "The comparison with no excitation is a likelihood ratio, referred to its distribution where the branching ratios "
    "lie on their bound and the time scale does not exist (Davies 1987; Self & Liang 1987). The p-values of the "
    "pairs are adjusted for there being several (Holm 1979).",
    "A verdict is refused where the residuals fail (distribution, memory, spread), where the fitted process explodes, "
    "where records simulated from the fit are unlike this one, where sources moved in time by years seem to excite "
    "as well, or where a variant of the baseline that fits contradicts the finding. For two different kinds it is "
    "refused, besides, where the same lead is seen with time run backwards, or with kinds drawn anew within blocks of "
    "time.",
    "A pair that was not found counts as “not found” only if the record would have shown it: where its interval "
    "reaches half an event per event, the record cannot tell.",
)
REFERENCES = (
    "Hawkes, A. G. (1971). Spectra of some self-exciting and mutually exciting point processes. Biometrika 58(1), "
    "83-90. doi:10.1093/biomet/58.1.83",
    "Ferland, R., Latour, A. & Oraïchi, D. (2006). Integer-valued GARCH process. Journal of Time Series Analysis "
    "27(6), 923-942. doi:10.1111/j.1467-9892.2006.00496.x",
    "Davies, R. B. (1987). Hypothesis testing when a nuisance parameter is present only under the alternative. "
    "Biometrika 74(1), 33-43. doi:10.1093/biomet/74.1.33",
    "Self, S. G. & Liang, K.-Y. (1987). Asymptotic properties of maximum likelihood estimators and likelihood ratio "
    "tests under nonstandard conditions. Journal of the American Statistical Association 82(398), 605-610. "
    "doi:10.1080/01621459.1987.10478472",
    "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics "
    "6(2), 65-70.",
)
LIMITS = (
    "Events of one and the same step never excite each other in this model, since their order is not known.",
    "A common cause that flickers within weeks (a trial, an election campaign, a run of news) looks like excitation, "
    "and no model of this kind can tell it from contagion.",
    "This model can show that events bring more events, not that they bring fewer; the questions on what follows an "
    "act can show either.",
)

_PANEL = (
    "Places are fitted at once: each has its own baseline, level shifts and dispersion; its branching ratios are "
    "drawn from a population of places, whose mean and spread maximise the likelihood with every place integrated "
    "out. A place whose own residuals fail is kept out of what is pooled. The mean is told with its interval, and the "
    "spread over places beside it.",
    "The p-value of a pair compares the scores, summed over places, with their simulated distribution without "
    "excitation, the largest over a grid of time scales (Davies 1987); those of the pairs are adjusted for there "
    "being several (Holm 1979).",
    "Placebo in place: the kinds of each place are put beside those of another place, so that only a cause that many "
    "places share could make one lead another. Placebo in time: the record is run backwards, where what leads should "
    "not lead as strongly. Sensitivity: stiffer and more flexible trends. A pair that fails one of these has no "
    "verdict.",
)
PANEL_METHODS = (*METHODS[:2], *_PANEL)
