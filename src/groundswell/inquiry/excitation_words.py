"""How excitation is estimated, what it cannot show, and whose work it rests on; as a dossier puts it."""

METHODS = (
    "Counts of kind k in step t have the mean exp(baseline_k(t)) + Σ_j n_jk Σ_{s<t} w_k(t−s) y_sj: a Hawkes process "
    "in discrete time (Hawkes 1971; Ferland, Latour & Oraïchi 2006). n_jk, the branching ratio, is the number of "
    "events of kind k that one event of kind j triggers; w_k falls geometrically and sums to one. Counts are negative "
    "binomial, with a separate dispersion for each kind.",
    "The baseline is the rival: exp(linear part + x_t), where x is a hidden tide, a stationary autoregression whose "
    "memory and size are estimated (Zeger 1988) and which is integrated out by Laplace's approximation. The linear "
    "part contains a line, the season, weekdays (for daily counts), the events of all other kinds as a measure of "
    "reporting, weeks of the year that stand out every year, and level shifts found in the record. With several "
    "kinds, the tides are correlated, so that a swing shared by two kinds is not mistaken for one triggering the "
    "other. Unobserved steps are skipped.",
    "The test statistic is the log-likelihood that excitation adds to the tide, compared with its distribution where "
    "the branching ratios lie on their bound and the time scale does not exist (Davies 1987; Self & Liang 1987); for "
    "one kind, it is also compared with records simulated from the fitted tide and fitted again, and the larger "
    "p-value counts. A link between two kinds must show both alone and together with the others. The p-values of the "
    "pairs are adjusted for multiple comparisons (Holm 1979).",
    "There is no verdict if records simulated from the fit are unlike this one, if the fitted process is explosive, "
    "if a run of zeros looks unobserved, or if another choice (no level shifts, a sharper season, no coverage) "
    "contradicts the finding. For two different kinds, the same applies if the lead is as "
    "strong with time reversed. A finding needs an interval whose lower end is above zero.",
    "A pair that was not found counts as “not found” only if the record would have shown it: if its interval reaches "
    "half an event per event, the record cannot tell.",
)
REFERENCES = (
    "Zeger, S. L. (1988). A regression model for time series of counts. Biometrika 75(4), 621-629. "
    "doi:10.1093/biomet/75.4.621",
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
    "Events in the same step never excite each other in this model, since their order is not known.",
    "Excitation that fades as slowly as the tide moves cannot be distinguished from it: what is not found may be "
    "slow. A common cause that reaches one kind a step or two before the other looks like one kind triggering the "
    "other.",
    "This model can show that events trigger more events, not that they prevent them; the questions about what "
    "follows an act can show either.",
)

_PANEL = (
    "All places are fitted together: each has its own baseline (for estimates, a penalised spline), level shifts and "
    "dispersion; its branching ratios are drawn from a population of places, whose mean and spread maximise the "
    "likelihood with every place integrated out. A place whose own residuals fail is left out of the pooled estimate. "
    "The mean is given with its interval and with the spread over places.",
    "The p-value of a pair compares the scores, summed over places, with their simulated distribution without "
    "excitation, taking the largest over a grid of time scales (Davies 1987); the p-values of the pairs are adjusted "
    "for multiple comparisons (Holm 1979). What is found is tested again with a hidden tide in every place, and the "
    "larger p-value counts; this second test also gives the number of places in which a link shows by itself, and its "
    "median over them.",
    "Placebo in place: the kinds of each place are paired with those of another place, so that only a cause shared by "
    "many places could make one lead another. Placebo in time: the record is reversed, so that what leads should not "
    "lead as strongly. Sensitivity: stiffer and more flexible trends. A pair that fails one of these has no verdict.",
)
PANEL_METHODS = (METHODS[0], METHODS[1], *_PANEL)
