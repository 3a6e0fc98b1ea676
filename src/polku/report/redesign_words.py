"""The result of a redesign in words: names of axes and options, figures, verdicts, the headline."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from polku.path.facts import Text
from polku.redesign.axes import Axis
from polku.redesign.front import AgencyTold, AssumptionTold, Front, Option, Told, Verdict
from polku.report import wording
from polku.report.figures import DIRECTIONS

GAP = wording.GAP
SIGNS: dict[Verdict, str] = {
    "better": "✓", "worse": "✗", "no difference shown": "○", "not comparable": "–",
}  # fmt: skip
"""What stands before a verdict's word, so that colour is never alone."""
KEPT = {"kept": "✓", "broken": "✗", "not decided": "?"}
DRAWN = {"current": "as it is today", "search": "found by the search", "people": "drawn by people"}
FULL = 0.85
"""Utilisation from which on waiting grows fast."""
CERTAIN = 0.95
"""Chance of being on the front from which on it is called decided."""


def letters(front: Front) -> dict[str, str]:
    """For each option a short mark: "today", then A, B … in the order of the front.

    >>> _letter(0), _letter(25), _letter(26)
    ('A', 'Z', 'AA')
    """
    marks = {front.current.name: "today"}
    return marks | {o.name: _letter(k) for k, o in enumerate(front.options[1:])}


def _letter(k: int) -> str:
    return (_letter(k // 26 - 1) if k >= 26 else "") + chr(ord("A") + k % 26)


def best(text: Text, otherwise: str, language: str = "en") -> str:
    """The words of a text in a language, else in one that has any, else what is given."""
    return text.best(language) or otherwise


def title(option: Option, language: str = "en") -> str:
    """An option's title."""
    return best(option.title, option.name, language)


def told_apart(front: Front, language: str = "en") -> Front:
    """The front with titles that differ: equal ones are followed by what their moves are about."""
    count = Counter(title(o, language) for o in front.options)
    options = []
    for o in front.options:
        words, of = title(o, language), _about(o, language)
        if count[words] > 1 and of:
            o = replace(o, title=Text(**{language: f"{words}: {of}"}))
        options.append(o)
    return replace(front, options=tuple(options))


def _about(o: Option, language: str) -> str:
    """What the first moves of an option are about: the names that their sentences quote."""
    out = []
    for rung in o.ladder[:3]:
        quoted = re.findall("»(.*?)«", rung.says.best(language) or "")
        out += (quoted or list(rung.at))[:1]
    return ", ".join(dict.fromkeys(out))


def axis_name(axis: Axis) -> str:
    """An axis in words, as other parts name it; of a whole column: "… between groups (size)"."""
    from polku.redesign.axis_words import axis_name as named

    if axis.value != "*":
        return named(axis)
    name = named(replace(axis, statistic="", column=None, value=None))
    what = "slowest group over the rest" if axis.statistic == "worst_ratio" else "between groups"
    return f"{name}, {what} ({(axis.column or '').replace('_', ' ')})"


def unit_text(axis: Axis) -> str:
    """The unit and the better side: "days, lower is better"."""
    unit = {"share": "% of matters", "ratio": "times"}.get(axis.unit, axis.unit)
    if axis.column == "pool":
        unit = "% of the hours on duty"
    return ", ".join(x for x in (unit, DIRECTIONS[axis.direction]) if x)


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def known(value: float | None) -> float | None:
    """The value where it is a finite number."""
    return value if value is not None and math.isfinite(value) else None


def plain_number(value: float, decimals: int) -> str:
    """A number with a true minus sign and groups; never "−0.0".

    >>> plain_number(-0.04, 1), plain_number(-1234.5, 1)
    ('0.0', '−1,234.5')
    """
    text = f"{abs(value):,.{decimals}f}"
    return f"−{text}" if value < 0 and text.strip("0,.") else text


def decimals(low: float | None, high: float | None, value: float | None) -> int:
    """As many decimals as the interval bears, at most two."""
    if low is None or high is None or high <= low:
        size = abs(value or 0.0)
        return 0 if size >= 100 else 1 if size >= 10 or size == 0 else 2
    half = (high - low) / 2
    return 0 if half >= 2 else 1 if half >= 0.1 else 2


@dataclass(frozen=True)
class Said:
    """A figure as it is read: `value`, `interval` ("" where there is none), `unit` to follow."""

    value: str
    interval: str
    unit: str

    def __str__(self) -> str:
        """Value, unit and interval in one line: "35.0 days (34.4 to 35.6)"."""
        text = with_unit(self.value, self.unit)
        return f"{text} ({self.interval})" if self.interval else text


def with_unit(value: str, unit: str) -> str:
    """A number and its unit, without a break between them."""
    if unit == "€":
        sign = value[0] if value[:1] in "+−±" else ""
        return f"{sign}€{GAP}{value[len(sign) :]}"
    return f"{value}{GAP}{unit}" if unit else value


def say(
    value: float | None, low: float | None, high: float | None, unit: str, *,
    signed: bool = False,
    places: int | None = None,
) -> Said:  # fmt: skip
    """A figure, or with `signed` a difference, with its interval, rounded alike.

    `places`: decimals, where the interval shall not decide. A difference that is nothing after
    rounding is "±0".

    >>> str(say(35.04, 34.43, 35.65, "days")).replace("\\u00a0", " ")
    '35.0 days (34.4 to 35.6)'
    >>> str(say(0.074, 0.071, 0.077, "share", signed=True)).replace("\\u00a0", " ")
    '+7.4 percentage points (+7.1 to +7.7)'
    """
    value, low, high = known(value), known(low), known(high)
    if value is None:
        return Said("cannot be told", "", "")
    times = 100.0 if unit == "share" else 1.0
    value *= times
    low, high = (None if x is None else x * times for x in (low, high))
    shown = decimals(low, high, value) if places is None else places
    if unit == "€" and abs(value) >= 10:
        shown = 0
    name = {"share": "percentage points" if signed else "%", "ratio": "", "": ""}.get(unit, unit)

    def one(x: float) -> str:
        text = plain_number(x, shown)
        sign = "" if not signed or text[0] == "−" else "+" if text.strip("0,.") else "±"
        return sign + text

    if signed and not any(one(x).strip("+−±0,.") for x in (value, low or 0.0, high or 0.0)):
        return Said("±0", "", name)
    interval = "" if low is None or high is None else f"{one(low)}{GAP}to{GAP}{one(high)}"
    return Said(one(value), interval, name)


def value_said(told: Told, axis: Axis) -> Said:
    """The value of a figure; where it has none, why."""
    if known(told.value) is None and told.n and told.reached < 1.0:
        return Said(f"not reached in {wording.share(1.0 - told.reached)} of the replications",
                    "", "")  # fmt: skip
    return say(told.value, told.low, told.high, axis.unit)


def change_said(told: Told, axis: Axis) -> Said | None:
    """The difference to the current state, None where there is none."""
    if known(told.change) is None:
        return None
    return say(told.change, told.change_low, told.change_high, axis.unit, signed=True)


def verdict_of(told: Told, axis: Axis) -> Verdict | None:
    """The verdict, None where neither side is better."""
    return told.verdict if axis.sign else None


def score_said(option: Option) -> str:
    """The score with its interval: "+20.4 (+19.3 to +21.5)"."""
    return gain_said(option.score, option.score_low, option.score_high)


def chance_said(chance: float) -> str:
    """A chance as percent, never 0 or 100: it was estimated from a finite number of draws."""
    return wording.share(min(max(chance, 0.001), 0.999))


def changes_of(agency: AgencyTold) -> int:
    """How many changes an option asks of an agency: moves, else what differs in its part."""
    return len(agency.moves) or len(agency.changes.get("en") or next(
        iter(agency.changes.values()), ()))  # fmt: skip


def is_front(option: Option) -> bool:
    """Whether an option that changes something is on the front."""
    return option.on_front and option.drawn != "current"


def weight_order(front: Front) -> list[Axis]:
    """All axes: those with a weight first, the heaviest leading, then those of the front."""
    order = {a.key: k for k, a in enumerate(front.axes)}
    return sorted(
        front.axes,
        key=lambda a: (-front.weights.get(a.key, 0.0), a.key not in front.on, order[a.key]),
    )


def figure_of(option: Option, axis: Axis) -> Told | None:
    """The figure of an axis, None where the option has none."""
    return next((f for f in option.figures if f.axis == axis.key), None)


def with_verdict(front: Front, option: Option, verdict: Verdict) -> list[tuple[Axis, Told]]:
    """The figures of an option with a verdict: those that move the score most lead."""
    pairs = ((a, figure_of(option, a)) for a in weight_order(front))
    found = [(a, t) for a, t in pairs if t is not None and verdict_of(t, a) == verdict]
    return sorted(found, key=lambda pair: -_moves_score(front, *pair))


def _moves_score(front: Front, axis: Axis, told: Told) -> float:
    """How much a figure moves the score: its weight times its change over today's value."""
    was = figure_of(front.current, axis)
    change, before = known(told.change), known(was.value) if was is not None else None
    if change is None:
        return 0.0
    scale = 1.0 if axis.unit == "share" else abs(before or 0.0)
    return front.weights.get(axis.key, 0.0) * min(abs(change) / scale, 1.0) if scale else 0.0


def instead(front: Front, option: Option, axis: Axis) -> str:
    """One figure against today in half a sentence, with the interval of the difference."""
    told, was = figure_of(option, axis), figure_of(front.current, axis)
    if told is None:
        return f"{axis_name(axis)}: cannot be told"
    now = value_said(told, axis)
    text = f"{axis_name(axis)}: {with_unit(now.value, now.unit)}"
    if was is not None and known(was.value) is not None:
        before = value_said(was, axis)
        text += f" instead of {with_unit(before.value, before.unit)}"
    change = change_said(told, axis)
    return text if change is None else f"{text} ({change_text(change)})"


def change_text(change: Said) -> str:
    """A difference in one line: "−13.2 days; −13.4 to −13.0"."""
    text = with_unit(change.value, change.unit)
    return f"{text}; {change.interval}" if change.interval else text


def contenders(front: Front) -> list[Option]:
    """Options between which it is not decided: their scores overlap with the best one's.

    Only those that are shown to be better than today and break no constraint.
    """
    on = [o for o in front.options if is_front(o) and o.score_low > 0
          and all(c.verdict != "broken" for c in o.constraints)]  # fmt: skip
    on.sort(key=lambda o: -o.score)
    return [o for o in on if o.score_high >= on[0].score_low]


def why_said(front: Front) -> str:
    """Why an option is recommended, with the marks of the options that the reason names.

    The figures that it brings are left out: they are told beside it with their intervals.
    """
    said = re.sub(r"\s*What it brings: .*?\.(?=\s|$)", "", front.why)
    marks = letters(front)
    for o in sorted(front.options[1:], key=lambda o: -len(o.name)):
        said = re.sub(
            rf"(?<![\w(-]){re.escape(o.name)}(?![\w-])", f"{marks[o.name]} ({o.name})", said
        )
    return said.strip()


def order_of_carrying(assumptions: Iterable[AssumptionTold]) -> list[AssumptionTold]:
    """Assumptions by the share of the gain that they carry, the greatest first."""
    return sorted(
        assumptions, key=lambda a: (-(known(a.carries) or 0.0), not a.fragile, a.move, a.id)
    )


def to_test(option: Option) -> AssumptionTold | None:
    """The assumption to test first: the one that carries most; None where none is told."""
    found = [a for a in order_of_carrying(option.assumptions) if known(a.carries) is not None]
    return found[0] if found else None


def amount_said(value: float, unit: str | None) -> str:
    """The value of an assumption with its unit."""
    text = wording.number(abs(value))
    return with_unit(f"−{text}" if value < 0 else text, unit or "")


def assumption_said(a: AssumptionTold, language: str = "en") -> str:
    """The sentence of an assumption with its mean filled in."""
    words = best(a.what, f"{a.move}: {a.id} is {{value}}", language)
    return words.replace("{value}", amount_said(a.usual, a.unit))


def range_said(a: AssumptionTold) -> str:
    """The middle 90 % of an assumption's law."""
    if a.low == a.high:
        return f"always {amount_said(a.low, a.unit)}"
    low = amount_said(a.low, None if a.unit != "€" else a.unit)
    return f"{low} to {amount_said(a.high, a.unit)}"


def gain_said(value: float | None, low: float | None, high: float | None) -> str:
    """A score or a gain of it with its interval."""
    return str(say(value, low, high, "", signed=True, places=1))


def names(options: Sequence[Option], marks: dict[str, str], language: str = "en") -> str:
    """Options in a sentence: "A (One desk) and B (Side by side)"."""
    return wording.listed([f"{marks[o.name]} ({title(o, language)})" for o in options])
