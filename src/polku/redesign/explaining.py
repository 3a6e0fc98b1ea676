"""A choice, or a result without one, retold in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from polku.redesign.axes import Axis
from polku.redesign.axis_words import axis_name, number, said
from polku.redesign.front import AssumptionTold, Front, Option

if TYPE_CHECKING:
    from polku.redesign.choice import Choice, ChosenFigure, NotChosen, OptionWeighed
    from polku.redesign.weighing import WeightTold

MOST = 5
"""Figures that a paragraph names."""


def explain(what: Choice | Front) -> str:
    """What was chosen and why, or where nothing is chosen yet what there is to choose from.

    Returns paragraphs of plain English, a blank line between them.
    """
    told = _of_front(what) if isinstance(what, Front) else _of_choice(what)
    return "\n\n".join(filter(None, told)) + "\n"


def _of_choice(c: Choice) -> Iterator[str]:
    mine = c.option_chosen
    title = c.title.best("en") or c.path
    if mine.drawn == "current":
        yield f"{title}: on {c.date}, {_listed(c.who)} chose to keep the current state."
    else:
        applies = f" It applies from {c.applies_from}." if c.applies_from else ""
        yield f"{title}: on {c.date}, {_listed(c.who)} chose {_named(mine)}.{applies}"
    yield "Why: " + " ".join(_sentence(r) for r in c.reasons)
    if mine.drawn != "current":
        yield _brings(mine)
    yield _worse(c)
    yield _sure(c, mine)
    yield _kept(c)
    yield _others(c)
    yield _weights(c)
    yield _insights(c)
    if c.note:
        yield f"Note: {_sentence(c.note)}"
    yield (
        f"It rests on {number(c.matters, 0)} matters in each replication, every figure within "
        f"{number(c.horizon_days, 0)} days of arrival, seed {c.seed}; path {mine.path_hash[:12]}, "
        f"scenario {mine.scenario_hash[:12]}, {len(c.measure)} "
        f"{'criterion' if len(c.measure) == 1 else 'criteria'} with their definitions' marks."
    )


def _named(option: OptionWeighed | Option) -> str:
    title = option.title.best("en")
    return f"{option.name} (“{title}”)" if title and title != option.name else option.name


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _listed(parts: Iterable[str]) -> str:
    some = list(parts)
    if any("," in s for s in some) and len(some) > 1:
        return "; ".join(some[:-1]) + "; and " + some[-1]
    return some[0] if len(some) == 1 else ", ".join(some[:-1]) + " and " + some[-1] if some else ""


def axis_of(key: str, unit: str = "") -> Axis:
    """The axis of a key, for its words."""
    of, _, segment = key.partition("@")
    id, _, statistic = of.rpartition(".")
    column, _, value = segment.partition("=")
    return Axis(id, statistic, unit, "none", column or None, value or None)


def _changed(f: ChosenFigure) -> str:
    change = said(f.change, f.change_low, f.change_high, f.unit, signed=True)
    value = said(f.value, None, None, f.unit, interval=False)
    return f"{axis_name(axis_of(f.axis))} {change}, to {value}"


def _brings(mine: OptionWeighed) -> str:
    better = [f for f in mine.figures if f.verdict == "better"]
    text = f"Against the current state it scores {_scored(mine)}."
    if not better:
        return f"{text} None of its figures is shown to be better."
    more = f"; and {len(better) - MOST} more" if len(better) > MOST else ""
    return f"{text} Better: {'; '.join(map(_changed, better[:MOST]))}{more}."


def _scored(o: OptionWeighed | Option) -> str:
    value, low, high = (number(x, 1, signed=True) for x in (o.score, o.score_low, o.score_high))
    return f"{value} hundredths ({low} to {high})"


def _worse(c: Choice) -> str:
    if c.option_chosen.drawn == "current":
        return ""
    if not c.worse:
        return "What gets worse: no figure is shown to get worse."
    return f"What gets worse: {'; '.join(map(_changed, c.worse))}."


def _sure(c: Choice, mine: OptionWeighed) -> str:
    if mine.drawn == "current":
        return ""
    if not c.fragile:
        return "No single assumption carries the gain: without any one it is still shown."
    return "Fragile: without " + "; without ".join(map(_claim, c.fragile)) + "."


def _claim(a: AssumptionTold) -> str:
    text = (a.what.best("en") or a.id).replace("{value}", _value(a, a.usual))
    gain = ""
    if a.gain is not None and a.gain_fails is not None:
        fails = number(a.gain_fails, 1)
        gain = f", the gain falls from {number(a.gain, 1)} to {fails} hundredths"
        if a.gain_fails_low is not None and a.gain_fails_high is not None:
            gain += f" ({number(a.gain_fails_low, 1)} to {number(a.gain_fails_high, 1)})"
    return f"“{text.rstrip('.')}” ({a.origin}){gain} and the option is not shown to be better"


def _value(a: AssumptionTold, value: float) -> str:
    if a.unit is None:
        return number(value, 0 if value == round(value) else 2)
    return f"{value:g} {a.unit}"


def _kept(c: Choice) -> str:
    if not c.not_kept:
        return ""
    parts = []
    for k in c.not_kept:
        how = "is broken" if k.verdict == "broken" else "is not decided"
        accepted = ", which was accepted" if k.name in c.despite else ""
        parts.append(f"“{k.name}” {how}{accepted}: {k.why}")
    return "Constraints: " + "; ".join(parts) + "."


def _others(c: Choice) -> str:
    if not c.rejected:
        return ""
    return "Not chosen: " + "; ".join(_not_chosen(c, r) for r in c.rejected) + "."


def _not_chosen(c: Choice, r: NotChosen) -> str:
    by = "" if r.given else " (as the figures have it)"
    return f"{_named(c.option(r.name))}: {r.why.rstrip('.')}{by}"


def _weights(c: Choice) -> str:
    if not c.weights:
        return ""
    whose = "the weights of the front" if c.weights_by == "front" else "weights of their own"
    if c.leads == c.chosen:
        text = f"With {whose} the chosen option leads."
    else:
        text = f"With {whose} {c.leads} leads, not the chosen option."
    weighed = [w for w in c.weights if w.weight > 0]
    free = [w for w in weighed if w.share < 1.0 and w.below is None and w.above is None]
    if free and c.leads == c.chosen:
        names = "; ".join(axis_name(axis_of(w.axis)) for w in free)
        text += f" No other would lead whatever share of all weights this one had: {names}."
        weighed = [w for w in weighed if w not in free]
    weighed.sort(key=_room)
    named = [_moves(w, c) for w in weighed[:MOST]]
    left = len(weighed) - len(named)
    rest = [f"{left} more can move further."] if left else []
    return " ".join([text, *named, *rest])


def _room(w: WeightTold) -> float:
    """How far a weight can move before another option leads; the least first."""
    below = w.share - w.low if w.below is not None else 1.0
    above = w.high - w.share if w.above is not None else 1.0
    return min(below, above)


def _moves(w: WeightTold, c: Choice) -> str:
    name = f"The weight of {axis_name(axis_of(w.axis))} is {_percent(w.share)} of all"
    ends = []
    if w.below is not None:
        ends.append(f"below {_percent(w.low)} {w.below} would lead")
    if w.above is not None:
        ends.append(f"above {_percent(w.high)} {w.above} would lead")
    if w.share >= 1.0:
        return f"{name}; it stands alone."
    text = f"{name}: {' and '.join(ends) or 'nothing else would lead at any share'}"
    if c.leads == c.chosen:
        return f"{text}."
    if w.chosen_low is None or w.chosen_high is None:
        return f"{text}; the chosen option leads at no share of it."
    low, high = _percent(w.chosen_low), _percent(w.chosen_high)
    return f"{text}; the chosen option leads from {low} to {high}."


def _percent(share: float) -> str:
    percent = 100 * share
    whole = abs(percent - round(percent)) < 0.05
    return f"{percent:.0f} %" if whole else f"{percent:.1f} %"


def _insights(c: Choice) -> str:
    parts = []
    if c.answered:
        parts.append("Answered: " + "; ".join(f"“{i.says}” ({i.id})" for i in c.answered) + ".")
    if c.unanswered:
        parts.append("Unanswered: " + "; ".join(f"“{i.says}” ({i.id})" for i in c.unanswered) + ".")
    return " ".join(parts)


def _of_front(front: Front) -> Iterator[str]:
    title = front.title.best("en") or front.path
    others = front.options[1:]
    yield (
        f"{title}: nothing is chosen yet. There {'is' if len(others) == 1 else 'are'} "
        f"{len(others)} {'option' if len(others) == 1 else 'options'} beside the current state."
    )
    for o in others:
        yield _option_line(front, o)
    if front.recommended is None:
        yield f"None is recommended: {_sentence(front.why)}"
    else:
        named = _named(front.option(front.recommended))
        yield f"The weights speak for {named}: {_sentence(front.why)}"
    yield "Choose one with: polku choose FOLDER PROTOTYPE --reasons R.toml"


def _option_line(front: Front, o: Option) -> str:
    drawn = "drawn by people" if o.drawn == "people" else "found by the search"
    text = (
        f"{_named(o)}, {drawn}: scores {_scored(o)}; on the front with probability "
        f"{_percent(o.chance)}."
    )
    for verdict in ("better", "worse"):
        keys = [f.axis for f in o.figures if f.verdict == verdict and f.axis in front.on]
        if keys:
            names = [axis_name(axis_of(k)) for k in keys[:MOST]]
            more = f"; and {len(keys) - MOST} more" if len(keys) > MOST else ""
            text += f" {verdict.capitalize()}: {'; '.join(names)}{more}."
    broken = [c.name for c in o.constraints if c.verdict == "broken"]
    if broken:
        text += f" Breaks: {', '.join(broken)}."
    fragile = sum(a.fragile for a in o.assumptions)
    if fragile:
        text += f" {fragile} of its assumptions {'carries' if fragile == 1 else 'carry'} the gain."
    return text
