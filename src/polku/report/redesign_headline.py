"""The answer in a few sentences: which option, what it costs, how sure, what to test first."""

from __future__ import annotations

from polku.redesign.front import AgencyTold, Front, Option
from polku.report import wording
from polku.report.redesign_words import (
    CERTAIN,
    FULL,
    GAP,
    amount_said,
    assumption_said,
    best,
    capital,
    chance_said,
    changes_of,
    contenders,
    figure_of,
    gain_said,
    instead,
    is_front,
    known,
    letters,
    names,
    order_of_carrying,
    score_said,
    title,
    to_test,
    value_said,
    weight_order,
    why_said,
    with_unit,
    with_verdict,
)

MOST = 4
"""Figures that the headline names; the table has them all."""
Point = tuple[str, str, tuple[str, ...]]
"""Name, sentence, and lines under it."""


def headline(front: Front, language: str = "en") -> list[Point]:
    """The points of the headline, in the order in which they are read."""
    marks = letters(front)
    if len(front.options) == 1:
        return [
            (
                "Which one",
                _ended(f"No option was found. {capital(why_said(front))}"),
                (),
            ),
            *_refusals(front),
        ]
    if front.recommended is None:
        return _not_decided(front, marks, language)
    chosen = front.option(front.recommended)
    if chosen.drawn == "current":
        return [
            ("Which one", f"Keep the current state: {why_said(front)}", ()),
            ("What was tried", _tried(front), ()),
        ]
    return [
        _choose(front, chosen, marks, language),
        *_of_one(front, chosen, language),
        *_second(front, chosen, marks, language),
    ]


def _ended(sentence: str) -> str:
    """The sentence with its full stop."""
    sentence = sentence.strip()
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _refusals(front: Front) -> list[Point]:
    n = len(front.refused)
    if not n:
        return []
    return [("Why", f"{wording.plural(n, 'move was', 'moves were')} refused; the reasons are at "
             "the end of the page.", ())]  # fmt: skip


def _choose(front: Front, o: Option, marks: dict[str, str], language: str) -> Point:
    gains = with_verdict(front, o, "better")
    lines = [capital(instead(front, o, axis)) for axis, _ in gains[:MOST]]
    if len(gains) > MOST:
        lines.append(f"Better in {len(gains) - MOST} more of the {_judged(front, o)} figures")
    if lines:
        lines.append(f"In brackets: the difference to today and its 95{GAP}% interval")
    if why_said(front):
        lines.insert(0, f"Why: {why_said(front)}")
    return ("Choose", f"{marks[o.name]}, {title(o, language)}", tuple(lines))


def _judged(front: Front, o: Option) -> int:
    return sum(a.sign != 0 and figure_of(o, a) is not None for a in front.axes)


def _of_one(front: Front, o: Option, language: str) -> list[Point]:
    """What is told of one option: what gets worse, who, how sure, what to test."""
    return [
        _worse(front, o),
        _who(o, language),
        ("How sure", _how_sure(o, language), ()),
        ("Test first", _test_first(o, language), ()),
    ]


def _worse(front: Front, o: Option) -> Point:
    worse = with_verdict(front, o, "worse")
    open_ = len(with_verdict(front, o, "no difference shown"))
    lines = [capital(instead(front, o, axis)) for axis, _ in worse[: 2 * MOST]]
    if len(worse) > 2 * MOST:
        lines.append(f"{len(worse) - 2 * MOST} more, in the table")
    lines += [capital(f"{c.name}: {c.verdict}; {c.why}") for c in o.constraints
              if c.verdict != "kept"]  # fmt: skip
    lines += busier(front, o)
    if worse:
        said = f"{wording.plural(len(worse), 'figure is', 'figures are')} shown to get worse"
    else:
        said = "No figure is shown to get worse"
    said += f", of {_judged(front, o)}; for {open_} no difference is shown."
    return ("What gets worse", said, tuple(lines))


def busier(front: Front, o: Option) -> list[str]:
    """Units with more work per matter, and pools that get notably busier, in sentences."""
    out = []
    for axis in front.axes:
        told, was = figure_of(o, axis), figure_of(front.current, axis)
        if axis.sign or axis.column not in ("unit", "pool") or told is None or was is None:
            continue
        value, before, low = known(told.value), known(was.value), known(told.change_low)
        if value is None or before is None or low is None or low <= 0:
            continue
        if axis.column == "unit" and value - before > axis.floor:
            out.append(f"More work: {instead(front, o, axis)}")
        if axis.column == "pool" and (value >= FULL - 0.05 or value - before >= 0.05):
            now, then = value_said(told, axis), value_said(was, axis)
            out.append(
                f"Busier: {axis.value} works {with_unit(now.value, now.unit)} of its hours "
                f"instead of {with_unit(then.value, then.unit)}; waiting grows fast above "
                f"{wording.share(FULL)}"
            )
    return out


def _who(o: Option, language: str) -> Point:
    if not o.agencies:
        return ("Who must change", "No agency has to change anything.", ())
    own = sorted(o.agencies, key=lambda a: -changes_of(a))
    said = wording.listed([f"{best(a.names, a.id, language)} ({_changes(a)})" for a in own])
    return ("Who must change", f"{said}. What each is asked stands under “By agency”.", ())


def _changes(a: AgencyTold) -> str:
    n = changes_of(a)
    return wording.plural(n, "change") if n else "its work only"


def _how_sure(o: Option, language: str) -> str:
    text = (
        f"Its score is {score_said(o)}: the weighted average of all improvements, in hundredths "
        f"of today's figures, over {wording.plural(o.replications, 'replication')} that the search "
        f"had not seen, against today's with the same customers. The chance that it is on the "
        f"front, so that no other option beats it in everything, is {chance_said(o.chance)}. "
    )
    fragile = [a for a in order_of_carrying(o.assumptions) if a.fragile]
    if fragile:
        parts = " or ".join([f"“{assumption_said(a, language)}”" for a in fragile])
        text += (
            f"It is fragile: if {parts} does not hold, it is not shown to be better than the "
            "current state. "
        )
    elif any(known(a.gain_fails) is not None for a in o.assumptions):
        text += (
            "It is not fragile: any one of its assumptions may fail and it is still shown to be "
            "better than the current state. "
        )
    elif o.assumptions:
        text += "What happens if an assumption fails was not tried. "
    elif o.drawn == "people":
        text += "What happens if its own numbers are wrong was not tried. "
    return text + "Wrong numbers in the scenario are not in these intervals."


def _test_first(o: Option, language: str) -> str:
    a = to_test(o)
    if a is None and o.assumptions:
        return "It was not tried what happens if one of its assumptions fails, so none is named."
    if a is None and o.drawn == "people":
        return (
            "It was drawn by people: what it claims stands as numbers in its own scenario, and no "
            "single claim was made to fail here. Test first where those numbers differ from "
            "today's."
        )
    if a is None:
        return "It rests on no assumption of its own."
    return (
        f"“{assumption_said(a, language)}”. It carries {_carried(a.carries)} of the gain: the "
        f"score is {gain_said(a.gain, a.gain_low, a.gain_high)}, and "
        f"{gain_said(a.gain_fails, a.gain_fails_low, a.gain_fails_high)} if the claim fails "
        f"(the value is then {amount_said(a.fails, a.unit)})."
    )


def _carried(share: float | None) -> str:
    share = known(share)
    if share is None:
        return "an unknown part"
    return "nothing" if share <= 0 else wording.share(share)


def _second(front: Front, chosen: Option, marks: dict[str, str], language: str) -> list[Point]:
    """The next best, and in what it is ahead."""
    others = [o for o in front.options if is_front(o) and o.name != chosen.name]
    if not others:
        return []
    o = max(others, key=lambda x: x.score)
    ahead = [axis for axis in weight_order(front) if _ahead(o, chosen, front, axis.key)]
    said = f"{marks[o.name]}, {title(o, language)}: score {score_said(o)}"
    if any(a.fragile for a in o.assumptions):
        said += ", fragile"
    if ahead:
        lines = tuple(_both(o, chosen, front, a.key, marks) for a in ahead[:MOST])
        more = f" and {len(ahead) - MOST} more" if len(ahead) > MOST else ""
        return [("Next best", f"{said}. It is ahead of {marks[chosen.name]} in "
                 f"{wording.plural(min(len(ahead), MOST), 'figure')}{more}:", lines)]  # fmt: skip
    return [("Next best", f"{said}. It is ahead of {marks[chosen.name]} in no figure.", ())]


def _ahead(o: Option, chosen: Option, front: Front, key: str) -> bool:
    """Whether one option's interval lies wholly on the better side of the other's."""
    axis = front.axis(key)
    a, b = figure_of(o, axis), figure_of(chosen, axis)
    if a is None or b is None or not axis.sign:
        return False
    ends = [known(x) for x in (a.low, a.high, b.low, b.high)]
    if any(x is None for x in ends):
        return False
    low, high, other_low, other_high = (x or 0.0 for x in ends)
    return high < other_low if axis.sign > 0 else low > other_high


def _both(o: Option, chosen: Option, front: Front, key: str, marks: dict[str, str]) -> str:
    from polku.report.redesign_words import axis_name

    axis = front.axis(key)
    a, b = value_said(o.figure(key), axis), value_said(chosen.figure(key), axis)
    return capital(f"{axis_name(axis)}: {a}; {marks[chosen.name]} has {b}")


def _not_decided(front: Front, marks: dict[str, str], language: str) -> list[Point]:
    among = contenders(front)
    if len(among) < 2:
        said = f"No option is recommended. {capital(why_said(front))}"
        among = sorted(front.options[1:], key=lambda o: -o.score)[:2]
    else:
        said = f"Not decided between {names(among, marks, language)}. {capital(why_said(front))}"
    points: list[Point] = [("Which one", _ended(said), ())]
    for o in among[:3]:
        gains = with_verdict(front, o, "better")
        lines = [capital(instead(front, o, axis)) for axis, _ in gains[:2]]
        worse = with_verdict(front, o, "worse")
        lines += [f"Worse: {instead(front, o, axis)}" for axis, _ in worse[:2]]
        if not worse:
            lines.append("No figure is shown to get worse")
        lines += [capital(f"{c.name}: {c.verdict}; {c.why}") for c in o.constraints
                  if c.verdict != "kept"]  # fmt: skip
        own = _who(o, language)
        lines.append(f"Must change: {own[1].split('. What each')[0]}")
        if any(a.fragile for a in o.assumptions):
            lines.append("Fragile: one failing assumption takes the gain")
        sure = f"Score {score_said(o)}, chance on the front {chance_said(o.chance)}"
        lines += [sure, f"Test first: {_test_first(o, language)}"]
        points.append((f"Option {marks[o.name]}", title(o, language), tuple(lines)))
    points.append(("What was tried", _tried(front), ()))
    return points


def _tried(front: Front) -> str:
    others = front.options[1:]
    on = [o for o in others if o.on_front]
    text = f"{wording.plural(len(others), 'option')}, of them {len(on)} on the front"
    unsure = [o for o in others if 1 - CERTAIN < o.chance < CERTAIN]
    if unsure:
        text += f"; for {len(unsure)} it is between 5{GAP}% and 95{GAP}% whether they belong there"
    return text + "."
