"""The theory `deed`: a spectacular act of violence meets grievance, networks, repression, organisation and mass action."""

from groundswell.theory import (
    Account,
    Beta,
    Fixed,
    LogNormal,
    Normal,
    Observable,
    Param,
    Regional,
    Setting,
    Share,
    Shock,
    Society,
    State,
    Tally,
    Theory,
    Trait,
    Uniform,
    clip,
    exp,
    logistic,
    positive,
    sqrt,
)

# No account concerns these: how many projects a movement has, and whether an act is one or many small ones nearby.
_CIRCUMSTANCES = {"projects": Fixed(1.0), "local": Fixed(0.0)}
# What other authors say about timing, visibility and defection; off unless a study sets them (docs/more-terms.md).
_OFF = Fixed(0.0)


class Deed(Theory):
    """Two rival accounts in one model: acts of violence substitute for collective action, or catalyse it.

    One step is one week. Violence is an aggregate weekly count in each of two opposed camps; no actor, target or
    method is represented. An act draws attention, which fades; attention gives hope to those aligned with the act and
    repels those opposed, lets people talk, and breeds delegation to the one who acts and, later, disillusion. Acts provoke
    repression, which frightens, silences and hinders organising, and can breed the next act. Participation
    depends on grievance, efficacy, beliefs about others' dissent, organisation, fear, fatigue and delegation. Organisation
    grows through action, organisers and conversation; it decays slowly and outlasts the ebb of turnout. Turnout
    weighted by leverage presses for concessions.
    """

    title = "Propaganda of the deed: substitution and catalysis in one model"
    source = "The Groundswell developers; terms and sources as listed with each parameter."
    time_step = "week"
    equations = """
violence    V_k ~ Poisson(lambda_k);  lambda_A = mu <(g + G + b_R R - g*)+> (1 - O)(1 + b R) exp(-d R + C - sigma_C^2 / 2)
            + n_A H_A + n_AB H_B + 4 w s (1 - s), s = l^3 / (1 + l^3) + act;  C a stationary AR(1) of sd sigma_C and life tau_C
            O = min(1, (X + m) / O*);  lambda_B = mu_B + n_B H_B + n_BA H_A + o (W - L) exp(-K) (1 - O);  H_k <- (1 - kappa) H_k + kappa V_k
doubt       Q <- Q - Q/tau_K + lambda_q (<w x> - L)+
attention   M_r <- (1 - 1/tau_M) M_r + alpha [legible_r + s (1 - legible_r)] V_A;  S = 1 - exp(-M);  D <- D + (S - D)/tau_D;  Z <- Z + (phi S - Z)/tau_Z
belief      p_i <- p_i + l [(1 - e)(share of neighbours visible) + e (v + c_hub (v_seen - v)) - p_i],  e = eps (1 - q_c R),
            v the share of all who are visible, v_seen what people see of their neighbours on average
efficacy    E_i = [e0 + h eta a+ S - eta_minus a- S - Z + u_i]+,  u <- u - u/tau_u + lambda_u x
acting      P(x_i) = logistic(b_e (g_i + G + b_R R) E_i + b_p p_i/(p_i + p_c) + b_m m_i + b_K K - F (1 - w_m m_i) - f_i
                              - (1 - m_i)[(1 - h) gamma a+ + gamma0] D - theta_i + v [z_i]+ + Q),  F = c_R iota R + c_B (1 - exp(-H_B))
talking     P(y_i) = [y0 + S (nu a+ + c s)(g_i + G + b_R R)](1 - q_c R)
joining     P(0 -> 1) = [r_x x + r_n x m_neighbours + r_c y p + r_h h a+ S p + r_a A S](1 - q_o R),  A approval
leaving     P(1 -> 0) = delta_m (1 + delta_R (1 - hub) R)(1 - 0.8 x) + hub struck_r loss + k_co concession
concession  hazard k = [k0 l^3 / (1 + l^3) + k_V 1(V_A > 0)] (1 - B),  l = L / (n L*)
            L <- [L + (<w x> - L)/tau_L](1 - k_co concession);  W <- max(L, W - W/tau_K)
repression  R <- R - R/tau_R - k_d <A> R + (1 - R) min(1, (1 - eta_R) rho_V V_A + rho_X (X - X_r)+), and at the end of the week itself
            R <- R + (1 - R) min(1, eta_R rho_V V_A)
"""
    deviations = (
        "Concessions saturate: each one uses up a share of what can still be conceded (stock B, refilled over tau_B), "
        "where the first prototype conceded 20 to 30 times in a mobilised society.",
        "Approval is asymmetric: those aligned gain approval from attention to the act, everyone loses some to aversion, "
        "so that approval can backfire though the mean alignment is positive.",
        "Hope times conversation is its own channel (r_h), beside organisation that grows out of conversation "
        "alone (r_c); with r_h = 0 the assumed product of hope and conversation is off.",
        "Organisation has a topology: under repression a hub is struck as a whole, a mesh member by member, with the "
        "same expected loss (C8).",
        "The act may be legible in one community only (`legibility`), and attention is regional (S11).",
        "The end of a week (pressure, concessions, repression) is computed at the start of the next, from the same "
        "quantities; the mean excess grievance that drives violence is last week's.",
        "Each week at most one concession is made.",
        "Six terms are off by default (0, or one project). Substitution turns on three: camp B recruits when a wave ebbs "
        "without concessions and organisation (o, S15); a concession takes members and pressure off the streets (k_co, "
        "S16); acting is learned as efficacy and kept without concessions (u, S18). Catalysis turns on two: those with high "
        "barriers find a tactic that costs less (v, C10); small acts nearby open talk whatever people think of them (c, "
        "C11). How many projects divide the pressure (n, S17), and what share of an act's attention comes from many small "
        "acts nearby, legible everywhere (s, C11), are circumstances: one project and one act, unless a study states more.",
        "Two terms that event records call for are off by default, and both accounts draw them from their priors: a slow "
        "state of violence (C), without which no simulated record has years of violence and years of quiet, and repression "
        "in the act's own week (eta_R), without which the two move together less than in most records.",
        "Five terms of other authors are off by default, and off in both accounts and in the wide prior: people learn from "
        "turnout above the usual level (lambda_q; Lohmann 1994, Kuran 1991), a vanguard acts when the outcome is in "
        "the balance (w; Bueno de Mesquita 2010), hubs or the periphery are more visible at large (c_hub; Siegel 2009, "
        "Steinert-Threlkeld 2017), approval wins members (r_a), and approval of the public wears repression down (k_d).",
        "Students also serve as the young cohort whose approval S13 concerns; their alignment may be shifted.",
    )
    limits = (
        "The scale of the barrier theta0 is free: its prior is chosen so that a society without acts is mostly calm.",
        "Turnout, violence, approval and organisation series cannot distinguish h from eta, r_c from r_h, or c_R from iota "
        "(only their product has an effect); verdicts on C9 need direct measures of hope and delegation.",
        "No source was found for alpha, gamma, gamma0, tau_D, phi, tau_Z, r_c, r_h and others marked 'no source'; they "
        "carry wide priors.",
        "If all else is known, 300 weeks of turnout, organisation, concessions, talk and the violence of both camps reveal "
        "co-optation (1.3 nats over its prior), nearness (1.2), learning by acting (1.1) and projects (0.7), hardly "
        "any of variety (below 0.1, since a lower barrier does the same), and nothing of opening: S15 needs the violence of the "
        "opposed camp after waves that failed and after waves that won. If everything else is unknown, they reveal co-optation (0.5) "
        "and some of nearness (0.3); ten years of counts of reported events reveal none of the six.",
        "Near the fold any push looks catalytic, and a late take-off may have happened anyway.",
    )
    setting = Setting(
        steps=300,
        population={"network": "planted_partition", "people": 2000, "mean_degree": 10, "communities": 4, "mix": 0.1},
    )
    references = (
        "Granovetter, M. (1978). Threshold models of collective behavior. AJS 83, 1420-1443.",
        "Kuran, T. (1991). Now out of never. World Politics 44, 7-48.",
        "Towers, S. et al. (2015). Contagion in mass killings and school shootings. PLoS ONE 10, e0117259.",
        "LaFree, G., Dugan, L. & Korte, R. (2009). The impact of British counterterrorist strategies. Criminology 47, 17-45.",
        "Rasler, K. (1996). Concessions, repression, and political protest in the Iranian revolution. ASR 61, 132-152.",
        "van Zomeren, M., Postmes, T. & Spears, R. (2008). Toward an integrative social identity model. Psych. Bulletin 134.",
        "Sparkman, G., Geiger, N. & Weber, E. (2022). Americans experience a false social reality. Nature Comm. 13, 4779.",
        "Cantoni, D. et al. (2019). Protests as strategic games. QJE 134, 1021-1077.",
        "Andrews, K. & Biggs, M. (2006). The dynamics of protest diffusion. ASR 71, 752-777.",
        "Hodder, A. et al. (2017). Does strike action stimulate trade union membership growth? BJIR 55, 165-186.",
        "Munoz, J. & Anduiza, E. (2019). 'If a fight starts, watch the crowd'. J. Peace Research 56, 485-498.",
        "Jones, B. & Olken, B. (2009). Hit or miss? AEJ: Macroeconomics 1, 55-87.",
        "Bueno de Mesquita, E. (2010). Regime change and revolutionary entrepreneurs. APSR 104, 446-466.",
        "Lohmann, S. (1994). The dynamics of informational cascades. World Politics 47, 42-101.",
        "Siegel, D. (2009). Social networks and collective action. AJPS 53, 122-138.",
        "Steinert-Threlkeld, Z. (2017). Spontaneous collective action. APSR 111, 379-403.",
    )

    # -- people ---------------------------------------------------------------------------------------------------
    grievance = Trait(Beta(5, 3), unit="0..1", meaning="private grievance g (C1)")
    barrier_z = Trait(Normal(0, 1), unit="sd", meaning="standardised barrier to taking part (S9)")
    alignment_z = Trait(Normal(0, 1), unit="sd", meaning="standardised alignment with the act (C4)")
    rank = Trait(Uniform(0, 1), unit="rank", meaning="sector: below student_share a student, else a worker (S9)")

    acts = State(bool, initial=False, meaning="takes part in collective action this week (x)")
    talks = State(bool, initial=False, meaning="talks openly this week (y)")
    visible = State(bool, initial=False, meaning="dissent visible to others: acts or talks")
    member = State(bool, initial=Share("prior_organisation"), meaning="organised (m)")
    fatigue = State(float, initial=0.0, unit="utility", meaning="fatigue from acting (f)")
    belief = State(float, initial="belief0", unit="share", meaning="believed share of visible dissent (p)")
    power = State(float, initial=0.0, unit="efficacy", meaning="efficacy learned by acting (u, S18)")

    # -- society --------------------------------------------------------------------------------------------------
    act = Shock(unit="acts", meaning="exogenous spectacular acts this week", harm=True)
    incidents_a = Society(unit="acts per week", meaning="violence of camp A (V_A)")
    campaign = Society(unit="log rate", meaning="slow state of camp A's violence, such as a campaign (C)")
    incidents_b = Society(unit="acts per week", meaning="violence of camp B (V_B)")
    memory_a = Society(unit="acts per week", meaning="memory of camp A's violence (H_A)")
    memory_b = Society(unit="acts per week", meaning="memory of camp B's violence (H_B)")
    repression = Society(unit="0..1", meaning="repression (R)")
    pressure = Society(unit="share", meaning="leverage-weighted turnout, smoothed (L)")
    crest = Society(unit="share", meaning="crest from which pressure has ebbed (W, S15)")
    doubt = Society(unit="utility", meaning="doubt of the regime, from turnout above what is usual (Q)")
    confidence = Society(unit="concessions", meaning="confidence from concessions (K)")
    relief = Society(unit="0..1", meaning="grievance offset (-G)")
    conceded = Society(unit="0..1", meaning="share of possible concessions already made (B)")
    concession = Society(unit="0 or 1", meaning="a concession is made this week")

    attention = Regional(unit="acts", meaning="media attention (M)")
    spectacle = Regional(unit="0..1", meaning="saturating spectacle (S)")
    delegation = Regional(unit="0..1", meaning="delegation memory (D)")
    disillusion = Regional(unit="efficacy", meaning="disillusion (Z)")
    struck = Regional(unit="0 or 1", meaning="the hub of this community's organisation is struck this week")

    leverage = Tally(unit="share", meaning="leverage-weighted turnout")
    excess = Tally(unit="0..1", meaning="grievance above the level that breeds violence")
    discontent = Tally(unit="share", meaning="share with grievance above one half: true discontent (C1)")
    exposure = Tally(unit="0..1", meaning="spectacle as people see it (S)")
    sighted = Tally(unit="share", meaning="dissent that people see around them, in which the well connected weigh more")
    approval = Tally(unit="share", meaning="approval of the act (S13)")
    approval_young = Tally(unit="share", meaning="approval among students, the young cohort (S13)")
    turnout_students = Tally(unit="share of students", meaning="turnout among students (S9)")
    turnout_workers = Tally(unit="share of workers", meaning="turnout among workers (S9)")
    response_aligned = Tally(unit="share of people", meaning="turnout among people with alignment above zero (C4)")
    newcomers = Tally(unit="share of people", meaning="people who joined this week without an organised neighbour (C7)")

    # -- parameters: violence ---------------------------------------------------------------------------------------
    mu = Param(0.10, ">= 0", LogNormal(-0.7, 1.2), "acts per week", "rate of acts at full excess grievance (S1)")
    campaign_sd = Param(0.0, ">= 0", Uniform(0, 1.5), "log rate", "spread of the slow state of violence (sigma_C)")
    tau_c = Param(26.0, ">= 1", Uniform(8, 104), "weeks", "life of the slow state of violence (tau_C)")
    violent_grievance = Param(0.5, "[0, 1]", Fixed(0.5), "0..1", "grievance above which violence is bred (g*)")
    outlet = Param(0.3, "> 0", Uniform(0.1, 1.0), "share", "turnout plus organisation that gives a full outlet (O*, S1)")
    backlash = Param(1.0, "[0, 3]", Uniform(0, 3), "", "repression breeds acts (b, S2)",
                     "LaFree, Dugan & Korte 2009 (sign only: 3 of 6 interventions)")  # fmt: skip
    deterrence = Param(0.5, "[0, 3]", Uniform(0, 3), "", "repression deters acts (d)",
                       "LaFree, Dugan & Korte 2009 (sign only: 1 of 6 interventions)")  # fmt: skip
    n_a = Param(0.30, "[0, 0.95]", Uniform(0.2, 0.5), "acts per act", "self-excitation of camp A (n_A)",
                "Towers et al. 2015 (.30); Lewis et al. 2012 (.37-.50)")  # fmt: skip
    n_b = Param(0.30, "[0, 0.95]", Uniform(0.2, 0.5), "acts per act", "self-excitation of camp B (n_B)",
                "Towers et al. 2015 (.30); Lewis et al. 2012 (.37-.50)")  # fmt: skip
    n_ab = Param(0.15, "[0, 0.5]", Uniform(0, 0.3), "acts per act", "camp B's violence excites camp A's (n_AB, S12)")
    n_ba = Param(0.15, "[0, 0.5]", Uniform(0, 0.3), "acts per act", "camp A's violence excites camp B's (n_BA, S12)")
    mu_b = Param(0.005, ">= 0", Uniform(0, 0.05), "acts per week", "base rate of camp B (mu_B)")
    opening = Param(0.0, ">= 0", Uniform(0, 2), "acts per week", "camp B's rate per unit of pressure that ebbed without concessions (o, S15)")
    vanguard = Param(0.0, ">= 0", _OFF, "acts per week", "acts by a vanguard where the outcome is in the balance (w)",
                     "Bueno de Mesquita 2010 (that acts are timed)")  # fmt: skip
    kappa = Param(0.54, "(0, 1]", Fixed(0.54), "per week", "decay of the memory of violence", "Towers et al. 2015 (13 days)")

    # -- parameters: attention and its after-effects ------------------------------------------------------------------
    alpha = Param(1.0, ">= 0", Uniform(1, 5), "attention per act", "amplification of an act by networks (alpha, C2)")
    tau_m = Param(2.5, ">= 1", Uniform(1, 4), "weeks", "life of attention (tau_M)", "Towers et al. 2015 (13 days, as order)")
    legibility = Param(1.0, "[0, 1]", Uniform(0.1, 1), "share", "legibility of the act outside the first community (S11)")
    local = Param(0.0, "[0, 1]", Uniform(0, 1), "share", "attention that comes from many small acts nearby (s, C11)")
    tau_d = Param(10.0, ">= 1", Uniform(4, 26), "weeks", "life of delegation (tau_D)")
    phi = Param(0.4, ">= 0", Uniform(0, 2), "efficacy", "disillusion bred by spectacle (phi, S4)")
    tau_z = Param(15.0, ">= 1", Uniform(6, 40), "weeks", "life of disillusion (tau_Z)")

    # -- parameters: alignment, hope, delegation ------------------------------------------------------------------------
    alignment = Param(0.3, "[-1, 1]", Uniform(-0.4, 0.8), "-1..1", "alignment of act and audience (a, C4)",
                      "Munoz & Anduiza 2019; Wasow 2020 (as order)")  # fmt: skip
    alignment_sd = Param(0.5, ">= 0", Uniform(0.3, 0.7), "-1..1", "spread of alignment (sigma_a)", "survey order, as above")
    distance = Param(0.0, "[0, 1]", Uniform(0, 0.3), "-1..1", "social distance of actor and audience (delta, S10)")
    privilege = Param(0.0, "[0, 1]", Fixed(0.0), "0..1", "privilege of the actor's class (pi, C5)")
    betrayal = Param(0.0, "[-1, 1]", Fixed(0.0), "-1..1", "credit for betraying a privileged class (beta, C5), sign open")
    young_alignment = Param(0.2, "[-1, 1]", Uniform(0, 0.4), "-1..1", "extra alignment of the young (S13)",
                            "Emerson poll, December 2024 (41% under 30)")  # fmt: skip
    hope_share = Param(0.7, "[0, 1]", Uniform(0, 1), "share", "share of the aligned response that is hope (h, C9)")
    eta = Param(1.0, ">= 0", Uniform(0.3, 2), "efficacy", "efficacy from hope (eta, C3)",
                "van Zomeren et al. 2008 (r about .34, as order)")  # fmt: skip
    eta_minus = Param(0.5, ">= 0", Uniform(0, 2), "efficacy", "efficacy lost by those opposed (eta_minus)")
    gamma = Param(5.0, ">= 0", Uniform(0, 8), "utility", "idolising delegation (gamma, C6)")
    gamma0 = Param(0.25, ">= 0", Uniform(0, 4), "utility", "spectators whatever they think of the act (gamma0, S3)")

    # -- parameters: belief and talk ------------------------------------------------------------------------------------
    belief0 = Param(0.02, "[0, 1]", Fixed(0.02), "share", "believed dissent at the start (C1)",
                    "order of visible dissent; Sparkman et al. 2022 for attitudes (.55 of true)")  # fmt: skip
    learning = Param(0.3, "(0, 1]", Uniform(0.1, 0.6), "per week", "speed of belief (l)")
    far_sight = Param(0.3, "[0, 1]", Uniform(0, 0.6), "share", "weight of society at large in belief (eps, C2)")
    hubs = Param(0.0, "[-1, 1]", _OFF, "share", "whether the well connected (above 0) or the periphery (below 0) are more visible (c_hub)",
                 "Siegel 2009 (above 0); Steinert-Threlkeld 2017 (below)")  # fmt: skip
    nu = Param(0.5, "[0, 1]", Uniform(0, 1), "probability", "talk opened by the spectacle (nu, C7)")
    nearness = Param(0.0, "[0, 1]", Uniform(0, 0.3), "probability", "talk opened by small acts nearby (c, C11)")
    talk0 = Param(0.005, "[0, 1]", Fixed(0.005), "probability", "open talk without any act (y0)")

    # -- parameters: taking part ------------------------------------------------------------------------------------------
    grievance_shift = Param(0.0, "[-1, 1]", Uniform(-0.05, 0.05), "0..1", "shift of everyone's grievance")
    e0 = Param(0.27, ">= 0", Fixed(0.27), "efficacy", "efficacy without any act (scale of E)")
    b_e = Param(4.0, ">= 0", Uniform(2, 6), "utility", "grievance times efficacy (b_e)", "van Zomeren et al. 2008 (as order)")
    b_r = Param(0.1, "[0, 1]", Uniform(0, 0.3), "0..1", "grievance bred by repression (b_R)", "Rasler 1996 (sign)")
    b_p = Param(6.0, "any", Uniform(4, 7), "utility", "others' dissent (b_p; may be negative, Cantoni et al. 2019)")
    p_c = Param(0.05, "> 0", Fixed(0.05), "share", "believed dissent at half effect (p_c)", "order of the 3.5% rule")
    b_m = Param(2.0, "any", Uniform(1, 3), "utility", "membership (b_m, S8)")
    b_k = Param(0.3, "any", Uniform(0, 0.6), "utility per concession", "confidence (b_K)", "Rasler 1996 (sign)")
    theta0 = Param(7.6, "any", Uniform(7.3, 7.9), "utility", "mean barrier (theta0; free scale)")
    theta_sd = Param(1.0, ">= 0", Fixed(1.0), "utility", "spread of barriers (scale of utility)")
    student_share = Param(0.15, "(0, 1)", Fixed(0.15), "share", "students", "Andrews & Biggs 2006 (students matter)")
    student_barrier = Param(-0.7, "any", Uniform(-1, 0), "utility", "students' lower barrier (S9)")
    student_leverage = Param(0.3, ">= 0", Uniform(0.1, 1), "", "leverage of a student; a worker has 1 (S9)")
    revealing = Param(0.0, ">= 0", _OFF, "utility per share", "what turnout above the usual reveals about the regime (lambda_q)",
                      "Lohmann 1994; Kuran 1991 (sign)")  # fmt: skip
    variety = Param(0.0, "[0, 2]", Uniform(0, 0.6), "utility", "high barriers lowered by cheaper tactics (v, C10)")
    learned = Param(0.0, ">= 0", Uniform(0, 0.03), "efficacy", "efficacy learned by acting for a week (lambda_u, S18)")
    tau_power = Param(104.0, ">= 1", Fixed(104.0), "weeks", "lifetime of efficacy learned by acting (tau_u, S18)")
    c_r = Param(2.5, ">= 0", Uniform(1, 4), "utility", "fear of repression (c_R)")
    iota = Param(0.7, "[0, 1]", Uniform(0, 1), "share", "indiscriminateness of repression (iota, S2)",
                 "Dugan & Chenoweth 2012 (sign)")  # fmt: skip
    c_b = Param(0.5, ">= 0", Uniform(0, 1), "utility", "fear of camp B (c_B, S12)")
    shelter = Param(0.5, "[0, 1]", Uniform(0, 1), "share", "fear that membership takes away (w_m)")
    tau_f = Param(8.0, ">= 1", Uniform(4, 16), "weeks", "life of fatigue (tau_f)")
    phi_f = Param(1.0, ">= 0", Uniform(0.5, 1.5), "utility", "fatigue per act (phi_f)")
    kappa_f = Param(0.8, "[0, 1]", Uniform(0.5, 1), "share", "fatigue that membership takes away (kappa_f, S8)")

    # -- parameters: organisation --------------------------------------------------------------------------------------
    prior_organisation = Param(0.02, "[0, 1]", Uniform(0, 0.08), "share", "organised at the start")
    r_x = Param(0.03, "[0, 1]", Uniform(0.01, 0.06), "per week", "joining out of action (r_x, S8)", "Hodder et al. 2017 (sign)")
    r_n = Param(0.10, "[0, 1]", Uniform(0.02, 0.2), "per week", "recruitment by organisers (r_n, S8)", "Hodder et al. 2017 (sign)")
    r_c = Param(0.3, ">= 0", Uniform(0, 3), "per week", "self-organisation out of conversation (r_c, C7)")
    r_h = Param(0.3, ">= 0", Uniform(0, 3), "per week", "hope times conversation (r_h, C7; assumed product, may be off)")
    r_a = Param(0.0, "[0, 1]", _OFF, "per week", "joining out of approval of the act (r_a)")
    q_o = Param(0.8, "[0, 1]", Uniform(0.5, 1), "share", "organising hindered at full repression (q_o, S6)")
    q_c = Param(0.8, "[0, 1]", Uniform(0.5, 1), "share", "speech and sight hindered at full repression (q_c, S6)")
    delta_m = Param(0.01, "[0, 1]", Uniform(0.005, 0.03), "per week", "decay of membership (delta_m, S8)")
    delta_r = Param(2.0, ">= 0", Uniform(0, 5), "", "members lost to repression (delta_R)")
    hub = Param(0.5, "[0, 1]", Uniform(0, 1), "0 mesh .. 1 hub", "topology of organisation (C8)", "Siegel 2011 (sign)")
    hub_loss = Param(0.25, "(0, 1]", Fixed(0.25), "share", "members lost when a hub is struck (C8)")

    # -- parameters: power ----------------------------------------------------------------------------------------------
    k0 = Param(0.15, "[0, 1]", Uniform(0.05, 0.3), "per week", "concession hazard at full pressure (k0, S7)")
    pressure_half = Param(0.05, "> 0", Uniform(0.03, 0.15), "share", "pressure at half hazard (L*, S7)", "order of the 3.5% rule")
    k_v = Param(0.0, "[0, 1]", Uniform(0, 0.1), "per week with an act", "concessions to violence (k_V, S5)",
                "Jones & Olken 2009 (about zero in democracies)")  # fmt: skip
    projects = Param(1.0, ">= 1", Uniform(1, 6), "projects", "separate projects that turnout is spread over (n, S17)")
    cooptation = Param(0.0, "[0, 1]", Uniform(0, 0.5), "share", "members and pressure that a concession diverts (k_co, S16)")
    tau_l = Param(4.0, ">= 1", Uniform(2, 8), "weeks", "memory of pressure (tau_L)")
    concession_relief = Param(0.05, "[0, 1]", Uniform(0.02, 0.1), "0..1", "grievance relieved per concession")
    concession_share = Param(0.25, "[0, 1]", Uniform(0.1, 0.5), "share", "of the remainder, used up by one concession")
    tau_b = Param(104.0, ">= 1", Fixed(104.0), "weeks", "renewal of possible concessions, and return of grievance")
    tau_k = Param(26.0, ">= 1", Uniform(10, 52), "weeks", "life of confidence (tau_K)")
    rho_v = Param(0.15, "[0, 1]", Uniform(0, 0.6), "per act", "repression caused by an act (rho_V, S2)")
    rho_x = Param(0.5, ">= 0", Uniform(0, 1), "per turnout", "repression caused by turnout (rho_X)")
    tolerated = Param(0.05, ">= 0", Fixed(0.05), "share", "turnout that causes no repression (X_r)")
    prompt = Param(0.0, "[0, 1]", Uniform(0, 1), "share", "repression of an act that comes in its own week (eta_R)")
    defection = Param(0.0, "[0, 1]", _OFF, "per week", "repression worn down by public approval (k_d)")
    tau_r = Param(8.0, ">= 1", Uniform(4, 26), "weeks", "life of repression (tau_R)", "Rasler 1996 (order of the lag)")

    # -- parameters: approval ---------------------------------------------------------------------------------------------
    approval0 = Param(-3.0, "any", Uniform(-4, -2), "logit", "approval without grievance or act (S13)")
    approval_grievance = Param(2.5, ">= 0", Uniform(0, 4), "logit", "approval by grievance, desperation (S13)")
    approval_youth = Param(1.0, "any", Uniform(0, 2), "logit", "approval added among the young (S13)")
    approval_gain = Param(3.0, ">= 0", Uniform(0, 5), "logit", "approval gained through attention among those aligned")
    aversion = Param(0.8, ">= 0", Uniform(0, 2), "logit", "approval lost through attention among everyone",
                     "Munoz & Anduiza 2019 (-16 to -7 points)")  # fmt: skip

    # -- what is observed ---------------------------------------------------------------------------------------------------
    turnout = Observable("people.acts", "share of people", "turnout (X)")
    organisation = Observable("people.member", "share of people", "organised (m)")
    talk = Observable("people.talks", "share of people", "open talk")
    perceived = Observable("people.belief", "share of people", "believed dissent")
    true_discontent = Observable("people.discontent", "share of people", "true discontent")
    dissent = Observable("people.visible", "share of people", "visible dissent")
    violence = Observable("society.incidents_a", "acts per week", "violence of camp A", harm=True)
    counter_violence = Observable("society.incidents_b", "acts per week", "violence of camp B", harm=True)
    repression_level = Observable("society.repression", "0..1", "repression", harm=True)
    concessions = Observable("society.concession", "per week", "concessions")
    pressure_level = Observable("society.pressure", "share", "leverage-weighted turnout")
    media = Observable("people.exposure", "0..1", "spectacle")
    approving = Observable("people.approval", "share of people", "approval of the act")
    approving_young = Observable("people.approval_young", "share of students", "approval among the young")
    students = Observable("people.turnout_students", "share of students", "turnout of students")
    workers = Observable("people.turnout_workers", "share of workers", "turnout of workers")
    aligned_turnout = Observable("people.response_aligned", "share of people", "turnout of the aligned")
    joined_alone = Observable("people.newcomers", "share of people", "joined without an organised neighbour")

    # -- the two accounts -----------------------------------------------------------------------------------------------------
    substitution = Account(
        "Acts of individual violence take the place of collective action, lead to repression, and depress it.",
        {
            "mu": Uniform(0.15, 0.6),
            "outlet": Uniform(0.1, 0.3),
            "rho_v": Uniform(0.3, 0.6),
            "iota": Uniform(0.8, 1.0),
            "gamma0": Uniform(2, 4),
            "phi": Uniform(1, 2),
            "tau_m": Uniform(1, 2),
            "k_v": Fixed(0.0),
            "distance": Uniform(0.05, 0.3),
            "n_ab": Uniform(0.05, 0.3),
            "n_ba": Uniform(0.05, 0.3),
            "c_b": Uniform(0.2, 1.0),
            "nu": Uniform(0.0, 0.1),
            "alpha": Uniform(0.5, 1.5),
            "eta": Uniform(0.0, 0.5),
            "alignment": Uniform(-0.4, 0.1),
            "hope_share": Uniform(0.0, 0.3),
            "r_c": Uniform(0.0, 0.1),
            "r_h": Fixed(0.0),
            "opening": Uniform(0.2, 2.0),
            "cooptation": Uniform(0.1, 0.5),
            "learned": Uniform(0.005, 0.03),
            "variety": Fixed(0.0),
            "nearness": Fixed(0.0),
            **_CIRCUMSTANCES,
        },
    )
    catalysis = Account(
        "Acts of individual violence, amplified and aligned with their audience, catalyse collective action.",
        {
            "mu": Uniform(0.0, 0.1),
            "outlet": Uniform(0.3, 1.0),
            "rho_v": Uniform(0.0, 0.1),
            "iota": Uniform(0.0, 0.5),
            "gamma0": Uniform(0, 0.5),
            "phi": Uniform(0, 0.3),
            "k_v": Uniform(0.0, 0.1),
            "distance": Uniform(0.0, 0.05),
            "n_ab": Fixed(0.0),
            "n_ba": Fixed(0.0),
            "c_b": Fixed(0.0),
            "nu": Uniform(0.3, 1.0),
            "alpha": Uniform(2, 5),
            "eta": Uniform(0.7, 2.0),
            "alignment": Uniform(0.3, 0.8),
            "hope_share": Uniform(0.7, 1.0),
            "r_c": Uniform(0.5, 3.0),
            "r_h": Uniform(0.5, 3.0),
            "opening": Fixed(0.0),
            "cooptation": Fixed(0.0),
            "learned": Fixed(0.0),
            "variety": Uniform(0.1, 0.6),
            "nearness": Uniform(0.05, 0.3),
            **_CIRCUMSTANCES,
        },
    )

    # -- the rules ------------------------------------------------------------------------------------------------------------
    def society(society, people, p, luck):
        # the end of last week: pressure, concessions, repression
        society.doubt += p.revealing * positive(people.leverage - society.pressure) - society.doubt / p.tau_k
        society.pressure += (people.leverage - society.pressure) / p.tau_l
        society.pressure *= 1 - p.cooptation * society.concession
        society.crest = max(society.pressure, society.crest - society.crest / p.tau_k)
        ratio = society.pressure / (p.pressure_half * p.projects)
        cubed = ratio**3
        heard = p.k0 * cubed / (1 + cubed) + (p.k_v if society.incidents_a > 0 else 0.0)
        hazard = heard * (1 - society.conceded)
        society.concession = 1.0 if luck.chance("concession", 1 - exp(-hazard)) else 0.0
        society.conceded += society.concession * p.concession_share * (1 - society.conceded) - society.conceded / p.tau_b
        society.confidence += society.concession - society.confidence / p.tau_k
        society.relief += society.concession * p.concession_relief - society.relief / p.tau_b
        late = p.rho_v * (1 - p.prompt) * society.incidents_a
        provoked = min(1.0, late + p.rho_x * positive(people.acts - p.tolerated))
        society.repression += (1 - society.repression) * provoked - society.repression / p.tau_r
        society.repression -= p.defection * people.approval * society.repression
        # this week's violence
        outlet = min(1.0, (people.acts + people.member) / p.outlet)
        breeding = (1 + p.backlash * society.repression) * exp(-p.deterrence * society.repression)
        kept = 1 - 1 / p.tau_c
        moved = p.campaign_sd * sqrt(1 - kept * kept) * luck.normal("campaign")
        society.campaign = kept * society.campaign + moved
        slow = exp(society.campaign - p.campaign_sd * p.campaign_sd / 2)
        rate_a = p.mu * people.excess * (1 - outlet) * breeding * slow
        rate_a += p.n_a * society.memory_a + p.n_ab * society.memory_b
        rate_a += 4 * p.vanguard * cubed / ((1 + cubed) * (1 + cubed))
        unheard = (society.crest - society.pressure) * exp(-society.confidence) * (1 - outlet)
        rate_b = p.mu_b + p.n_b * society.memory_b + p.n_ba * society.memory_a + p.opening * unheard
        society.incidents_a = luck.poisson("violence A", rate_a) + society.act
        society.incidents_b = luck.poisson("violence B", rate_b)
        society.memory_a += p.kappa * (society.incidents_a - society.memory_a)
        society.memory_b += p.kappa * (society.incidents_b - society.memory_b)
        society.repression += (1 - society.repression) * min(1.0, p.rho_v * p.prompt * society.incidents_a)

    def region(here, society, p, luck):
        legible = 1.0 if here.index == 0 else p.legibility
        legible += p.local * (1 - legible)
        here.attention += p.alpha * legible * society.incidents_a - here.attention / p.tau_m
        here.spectacle = 1 - exp(-here.attention)
        here.delegation += (here.spectacle - here.delegation) / p.tau_d
        here.disillusion += (p.phi * here.spectacle - here.disillusion) / p.tau_z
        # a hub is struck just rarely enough for its expected loss to equal that of a mesh
        strike = p.delta_m * p.delta_r * society.repression / p.hub_loss
        here.struck = 1.0 if luck.chance("hub struck", clip(strike, 0, 1)) else 0.0

    def person(me, seen, here, society, people, p, luck, tally):
        student = me.rank < p.student_share
        lean = p.alignment - p.distance + p.privilege * p.betrayal + (p.young_alignment if student else 0.0)
        alignment = clip(lean + p.alignment_sd * me.alignment_z, -1, 1)
        aligned = positive(alignment)
        opposed = positive(-alignment)
        grievance = me.grievance + p.grievance_shift - society.relief + p.b_r * society.repression
        unheard = 1 - p.q_c * society.repression
        far = p.far_sight * unheard
        heard = clip(people.visible + p.hubs * (people.sighted - people.visible), 0, 1)
        me.belief += p.learning * ((1 - far) * seen.share.visible + far * heard - me.belief)

        hope = p.hope_share * aligned * here.spectacle
        efficacy = positive(p.e0 + p.eta * hope - p.eta_minus * opposed * here.spectacle - here.disillusion + me.power)
        me.power -= me.power / p.tau_power
        fear = p.c_r * p.iota * society.repression + p.c_b * (1 - exp(-society.memory_b))
        idolising = (1 - p.hope_share) * p.gamma * aligned + p.gamma0
        delegating = 0.0 if me.member else idolising * here.delegation
        barrier = p.theta0 + p.theta_sd * me.barrier_z + (p.student_barrier if student else 0.0)
        barrier -= p.variety * positive(me.barrier_z)
        others = p.b_p * me.belief / (me.belief + p.p_c)
        organised = p.b_m if me.member else 0.0
        calm = 1 - p.shelter if me.member else 1.0
        utility = p.b_e * grievance * efficacy + others + organised + p.b_k * society.confidence + society.doubt
        me.acts = luck.chance("act", logistic(utility - fear * calm - me.fatigue - delegating - barrier))
        near = p.nearness * p.local * here.spectacle * grievance
        talking = (p.talk0 + p.nu * here.spectacle * aligned * grievance + near) * unheard
        me.talks = luck.chance("talk", clip(talking, 0, 1))
        me.visible = me.acts or me.talks
        me.power += p.learned if me.acts else 0.0

        relieved = 1 - p.kappa_f if me.member else 1.0
        me.fatigue += (p.phi_f * relieved if me.acts else 0.0) - me.fatigue / p.tau_f

        moved = (p.approval_gain * aligned - p.aversion) * here.spectacle
        approving = p.approval0 + p.approval_grievance * grievance + (p.approval_youth if student else 0.0)
        approves = logistic(approving + moved)
        in_action = p.r_x + p.r_n * seen.share.member if me.acts else 0.0
        in_talk = p.r_c * me.belief if me.talks else 0.0
        won = p.r_h * hope * me.belief + p.r_a * approves * here.spectacle
        joining = (in_action + in_talk + won) * (1 - p.q_o * society.repression)
        decay = p.delta_m * (1 + p.delta_r * (1 - p.hub) * society.repression) * (0.2 if me.acts else 1.0)
        leaving = decay + p.hub * here.struck * p.hub_loss + p.cooptation * society.concession
        joins = luck.chance("join", clip(joining, 0, 1))
        leaves = luck.chance("leave", clip(leaving, 0, 1))
        newly = joins and not me.member
        tally.newcomers = 1.0 if newly and seen.count.member == 0 else 0.0
        me.member = newly or (me.member and not leaves)

        weight = p.student_leverage if student else 1.0
        tally.leverage = weight if me.acts else 0.0
        tally.excess = positive(grievance - p.violent_grievance)
        tally.discontent = 1.0 if grievance > 0.5 else 0.0
        tally.exposure = here.spectacle
        tally.sighted = seen.share.visible
        tally.approval = approves
        tally.approval_young = approves / p.student_share if student else 0.0
        tally.turnout_students = 1 / p.student_share if student and me.acts else 0.0
        tally.turnout_workers = 1 / (1 - p.student_share) if me.acts and not student else 0.0
        tally.response_aligned = 1.0 if me.acts and alignment > 0 else 0.0

