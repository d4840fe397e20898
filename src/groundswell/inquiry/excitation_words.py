"""How excitation is estimated, what it cannot show, and whose work it rests on; as a dossier puts it."""

METHODS = (
    "Counts of kind k in step t have the mean exp(baseline_k(t)) + Σ_j n_jk Σ_{s<t} w_k(t−s) y_sj: a Hawkes process "
    "in discrete time (Hawkes 1971; Ferland, Latour & Oraïchi 2006). n_jk, the branching ratio, is the number of "
    "events of kind k that one event of kind j brings about; w_k falls geometrically and sums to one. Counts are "
    "negative binomial, with a dispersion of their own for each kind.",
    "The baseline is the rival: exp(linear part + x_t), where x is a hidden tide, a stationary autoregression whose "
    "memory and size are estimated (Zeger 1988) and which is integrated out by Laplace's approximation. The linear "
    "part holds a line, the season, weekdays (by day), the events of all other kinds as a measure of reporting, weeks "
    "of the year that stand out every year, and level shifts found in the record. With several kinds the tides are "
    "correlated, so that a swing which they share is not taken for one bringing the other. Steps that nobody watched "
    "are skipped.",
    "The test is the gain in log-likelihood by excitation on top of the tide, referred to its law where the branching "
    "ratios lie on their bound and the time scale does not exist (Davies 1987; Self & Liang 1987); for one kind, also "
    "to records simulated from the fitted tide and fitted again, and the larger p-value counts. A link between two "
    "kinds must show alone and beside the others. The p-values of the pairs are adjusted for there being several "
    "(Holm 1979).",
    "A verdict is refused where records simulated from the fit are unlike this one, where the fitted process is "
    "explosive, where a stretch of zeros looks as if nobody had watched, or where another choice (no level shifts, a "
    "sharper season, no coverage) contradicts the finding. For two different kinds it is refused, besides, where the "
    "same lead is as strong with time run backwards. A finding needs an interval that ends above zero.",
    "A pair that was not found counts as “not found” only if the record would have shown it: where its interval "
    "reaches half an event per event, the record cannot tell.",
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
    "Events of one and the same step never excite each other in this model, since their order is not known.",
    "Excitation that fades as slowly as the tide moves cannot be distinguished from it: what is not found may be "
    "slow. A common "
    "cause that is felt in one kind a step or two before the other looks like one bringing the other.",
    "This model can show that events bring more events, not that they bring fewer; the questions on what follows an "
    "act can show either.",
)

_PANEL = (
    "Places are fitted at once: each has its own baseline (for estimates a penalised spline), level shifts and "
    "dispersion; its branching ratios are "
    "drawn from a population of places, whose mean and spread maximise the likelihood with every place integrated "
    "out. A place whose own residuals fail is kept out of what is pooled. The mean is given with its interval, and the "
    "spread over places beside it.",
    "The p-value of a pair compares the scores, summed over places, with their simulated distribution without "
    "excitation, the largest over a grid of time scales (Davies 1987); those of the pairs are adjusted for there "
    "being several (Holm 1979). What is found is asked again with a hidden tide in every place, and the larger p-value "
    "counts; in how many places a link shows by itself, and its median over them, come from there.",
    "Placebo in place: the kinds of each place are put beside those of another place, so that only a cause that many "
    "places share could make one lead another. Placebo in time: the record is run backwards, where what leads should "
    "not lead as strongly. Sensitivity: stiffer and more flexible trends. A pair that fails one of these has no "
    "verdict.",
)
PANEL_METHODS = (METHODS[0], METHODS[1], *_PANEL)
