"""Lichbach's and Moore's substitution: dissidents change tactics under repression, and states under dissent."""

from groundswell.theory import Flow, Observable, Param, Setting, Society, power


class Substitution(Flow):
    """An opposition wins concessions by whichever tactic is cheaper; a state abandons a policy that met dissent."""

    title = "Substitution of tactics: repression, accommodation and dissent"
    source = (
        "Lichbach, M. I. (1987). Deterrence or escalation? The puzzle of aggregate studies of repression and dissent. "
        "Journal of Conflict Resolution 31, 266-297."
    )
    references = (
        source,
        "Moore, W. H. (1998). Repression and dissent: substitution, context, and timing. American Journal of Political "
        "Science 42, 851-873.",
        "Moore, W. H. (2000). The repression of dissent: a substitution model of government coercion. Journal of "
        "Conflict Resolution 44, 107-127.",
    )
    time_step = "period of the state's and the opposition's adjustment"
    equations = """
cost  c_N = 1 + rho_N R,  c_V = 1 + rho_V R;    gain  g_N = 1 + alpha_N (1 - R),  g_V = 1 + alpha_V (1 - R);   x = c / g
price of a concession P = (x_N**(1 - sigma) + x_V**(1 - sigma))**(1 / (1 - sigma))
optimum N* = P**(sigma - epsilon) x_N**-sigma / g_N,  V* likewise
N' = h (N* - N),  V' = h (V* - V)                          (the opposition: Lichbach)
R' = m (N + V) (1 - 2 R)                                   (the state: Moore 2000; R is the share of repressive answers)
"""
    deviations = (
        "Lichbach argues from a general production of concessions; its form here, with constant elasticities, is the "
        "simplest for which his first proposition holds throughout (sigma > epsilon) and his second and third can be "
        "computed.",
        "Moore's state answers act by act; here R is the share of its answers that repress, and each act of dissent "
        "moves some of them from the policy that met it to the other. With m = 0 policy stays fixed.",
    )
    limits = (
        "Violence is a level of acts of one side, without targets, victims or consequences beyond its cost.",
        "Neither side looks ahead or learns about the other.",
        "No parameter has been estimated; the papers' statistics concern signs.",
    )
    setting = Setting(steps=40)

    nonviolent = Society("start_nonviolent", unit="acts", meaning="nonviolent acts a period (N)")
    violent = Society("start_violent", unit="acts", meaning="violent acts a period (V)")
    repression = Society("policy", unit="share of answers", meaning="answers of the state that repress (R)")

    repress_nonviolent = Param(2.0, ">= 0", unit="of the cost of an act", meaning="what repression adds to the cost of nonviolence (rho_N)", source="this project's choice")
    repress_violent = Param(2.0, ">= 0", unit="of the cost of an act", meaning="what repression adds to the cost of violence (rho_V)", source="this project's choice")
    accommodate_nonviolent = Param(1.0, ">= 0", unit="of the gain of an act", meaning="what accommodation adds to the gain of nonviolence (alpha_N)", source="this project's choice")
    accommodate_violent = Param(0.0, ">= 0", unit="of the gain of an act", meaning="what accommodation adds to the gain of violence (alpha_V)", source="this project's choice")
    elasticity = Param(3.0, "> 1", unit="elasticity", meaning="how readily one tactic replaces the other (sigma)", source="this project's choice")
    demand = Param(0.5, "> 0", unit="elasticity", meaning="how the demand for concessions falls with their price (epsilon)", source="this project's choice")
    adjustment = Param(0.5, ">= 0", unit="per step", meaning="rate at which the opposition nears its optimum (h)", source="this project's choice")
    answer = Param(0.0, ">= 0", unit="per step and act", meaning="rate at which dissent makes the state change policy (m)", source="this project's choice")
    policy = Param(0.5, "[0, 1]", unit="share of answers", meaning="repressive answers at the start (R(0))", source="this project's choice")
    start_nonviolent = Param(0.5, ">= 0", unit="acts", meaning="nonviolent acts at the start", source="this project's choice")
    start_violent = Param(0.5, ">= 0", unit="acts", meaning="violent acts at the start", source="this project's choice")

    nonviolence = Observable("society.nonviolent", "acts", "nonviolent acts a period (N)")
    violence = Observable("society.violent", "acts", "violent acts a period (V)", harm=True)
    coercion = Observable("society.repression", "share of answers", "answers of the state that repress (R)", harm=True)

    def flow(society, p, rate):
        gain_n = 1.0 + p.accommodate_nonviolent * (1.0 - society.repression)
        gain_v = 1.0 + p.accommodate_violent * (1.0 - society.repression)
        x = (1.0 + p.repress_nonviolent * society.repression) / gain_n
        y = (1.0 + p.repress_violent * society.repression) / gain_v
        price = power(power(x, 1.0 - p.elasticity) + power(y, 1.0 - p.elasticity), 1.0 / (1.0 - p.elasticity))
        wanted = power(price, p.elasticity - p.demand)
        rate.nonviolent = p.adjustment * (wanted * power(x, -p.elasticity) / gain_n - society.nonviolent)
        rate.violent = p.adjustment * (wanted * power(y, -p.elasticity) / gain_v - society.violent)
        rate.repression = p.answer * (society.nonviolent + society.violent) * (1.0 - 2.0 * society.repression)
