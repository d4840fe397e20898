"""A small flow with an exact solution, a shock, time in its rate, and numbers of its file."""

from groundswell.theory import Flow, Observable, Param, Setting, Shock, Society, exp

DOUBLE = 2.0


class Decay(Flow):
    """What is left falls at a rate; what is gone is counted; the season drives a third."""

    setting = Setting(steps=30)
    left, gone, season = Society("begin"), Society(), Society()
    push = Shock()
    begin = Param(1.0, ">= 0")
    speed = Param(0.3, ">= 0")
    remains = Observable("society.left")
    lost = Observable("society.gone")
    driven = Observable("society.season")
    pushed = Observable("society.push")

    def flow(society, p, rate):
        loss = p.speed * society.left
        rate.left = society.push - loss
        rate.gone = loss
        if society.step > 5:
            rate.season = DOUBLE * exp(-society.step)
