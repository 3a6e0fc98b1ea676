"""What stands on an agency's page, chosen so that it fits one sheet of A4.

Room is counted in lines: what does not fit is counted and named as standing in the report, never
left out in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from polku.errors import RedesignError
from polku.log.mapping import nearest
from polku.path.diff import Difference, diff
from polku.path.facts import LANGUAGES, Language, Text
from polku.path.model import Lane, Path, Step
from polku.redesign.axes import Axis
from polku.redesign.axis_words import GAP, axis_name, decimals, number, said, unit_name
from polku.redesign.choice import Choice
from polku.redesign.front import AgencyTold, AssumptionTold, Front, Option, Rung, Told
from polku.redesign.prediction import Predicted, Prediction
from polku.redesign.weighing import gain
from polku.report.agency_words import WORDS, day_said, origin_said, time_unit

LINES = 35
"""Lines of text on the sheet beside what always stands on it."""
TODAY, ASKED, ASKED_BOLD, WHOLE = 46, 52, 46, 104
"""Characters in a line of the left column, the right one (in bold type), and the whole width."""
FIGURES = 6
"""Rows of the table of figures."""
LONGEST = 4
"""Lines of one sentence where not all find room."""
WIDER = 1.06
"""What is lost at the ends of lines, where words do not break."""
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
SIGNS = {"better": "✓", "worse": "✗", "no difference shown": "○", "not comparable": ""}
FIRST = (
    "lead_time.p50", "lead_time.p90", "contact_points.mean_within_h", "on_time.share",
    "contact_moments.mean_within_h", "burden_eur.mean_within_h",
)  # fmt: skip
"""What a business feels first, where the weights do not say otherwise."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words with the language that they are in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Group:
    """Some steps or documents under a name; `more`: how many found no room."""

    name: str
    text: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A figure's row; `verdict`: better, worse or ""."""

    name: str
    now: str
    then: str
    change: str = ""
    sign: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """An assumption that rests on the agency: its sentence, and range, origin and what is lost."""

    what: Said
    rest: str


@dataclass(frozen=True)
class Page:
    """All that the template shows."""

    agency: str
    path: str
    lead: str
    days: tuple[tuple[str, str], ...]
    today: tuple[Group, ...]
    asks: tuple[Said, ...]
    changes: tuple[Said, ...]
    asked_more: int
    business: tuple[Line, ...]
    business_more: int
    staff: tuple[Line, ...]
    staff_more: int
    carries: tuple[Carried, ...]
    carries_more: int
    know: tuple[str, ...]
    answer: bool
    who: str
    who_more: int
    foot: str


@dataclass
class Sheet:
    """Makes the page of one agency in one language."""

    front: Front
    choice: Choice
    current: Path
    chosen: Path
    agency: str
    language: Language
    prediction: Prediction
    option: Option = field(init=False)
    told: AgencyTold | None = field(init=False)

    def __post_init__(self) -> None:
        self.option = self.front.option(self.choice.chosen)
        self.told = next((a for a in self.option.agencies if a.id == self.agency), None)
        self.words = WORDS[self.language]

    def page(self, tight: int = 0) -> Page:
        """The content; `tight`: how much less than usual fits.

        Raises `RedesignError` for an agency that neither path nor option knows.
        """
        names = self._names()
        business = self._business()
        figures = max(3, FIGURES - max(0, tight) // 2)
        staff = self._staff()
        room = LINES - 2 * tight
        room -= math.ceil(max(_rows(business[:figures], 22), _rows(staff[:figures], 20)))
        above = max(self._today_lines(), self._asked_lines())
        carries, carries_more, know, used = self._carries(min(14, max(4, room // 3, room - above)))
        room = max(6, room - used)
        asks, changes, asked_more = self._asked(room)
        who = self._who()
        return Page(
            agency=names.best(self.language) or self.agency,
            path=self.front.title.best(self.language) or self.front.path,
            lead=self._lead(),
            days=self._days(),
            today=tuple(self._today(room)),
            asks=asks,
            changes=changes,
            asked_more=asked_more,
            business=tuple(business[:figures]),
            business_more=max(0, len(business) - figures),
            staff=tuple(staff[:figures]),
            staff_more=max(0, len(staff) - figures),
            carries=carries,
            carries_more=carries_more,
            know=know,
            answer=bool(asks or changes),
            who="; ".join(who[:3]),
            who_more=max(0, len(who) - 3),
            foot=self.words["foot"].format(
                n=self.option.replications, seed=self.choice.seed,
                hash=self.option.path_hash[:12], path=self.choice.path,
            ),
        )  # fmt: skip

    def _lane(self, path: Path) -> Lane | None:
        return next((n for n in path.lanes if n.id == self.agency and n.parent is None), None)

    def _names(self) -> Text:
        if self.told is not None:
            return self.told.names
        lane = self._lane(self.current) or self._lane(self.chosen)
        if lane is None:
            known = {a.id for a in self.option.agencies}
            known |= {n.id for n in self.current.lanes if n.parent is None and n.role == "agency"}
            raise RedesignError(
                f"agency {self.agency!r}: takes no part in the path; {nearest(self.agency, known)}"
            )
        return lane.facts.names if lane.facts.names else Text(en=lane.name)

    def _lead(self) -> str:
        path = self.front.title.best(self.language) or self.front.path
        option = self.option.title.best(self.language) or self.option.name
        return self.words["lead"].format(path=path, option=option)

    def _days(self) -> tuple[tuple[str, str], ...]:
        w, c = self.words, self.choice
        applies = day_said(c.applies_from, self.language) if c.applies_from else w["from_open"]
        year = 350 <= self.front.days <= 380
        return (
            (w["decided"], day_said(c.date, self.language)),
            (w["from"], applies),
            (w["matters" if year else "matters_other"], number(c.matters, 0, self.language)),
        )

    def _today_lines(self) -> int:
        """Lines for all that the agency does today."""
        every = self._today(10_000)
        return sum(lines(f"{g.name}: {g.text}", TODAY) for g in every)

    def _asked_lines(self) -> int:
        """Lines for all that is asked of it."""
        asks, changes, _ = self._asked(10_000)
        need = sum(lines(a.text, ASKED_BOLD) for a in asks)
        return need + sum(lines(c.text, ASKED) for c in changes) + 1

    def _today(self, room: int) -> Iterable[Group]:
        """Units, then what is received, handled, sent and asked for, in the path's order."""
        lane = self._lane(self.current)
        if lane is None:
            return
        w = self.words
        steps = [
            s for s in self.current.steps
            if not s.holds_nodes and (of := self.current.agency_of(s)) and of.id == self.agency
        ]  # fmt: skip
        units = list(dict.fromkeys(u for s in steps if (u := self.current.unit_of(s))))
        groups: list[tuple[str, list[str]]] = []
        if units:
            groups.append(("unit" if len(units) == 1 else "units", [self._of(u) for u in units]))
        kinds: dict[str, list[str]] = {"receive": [], "work": [], "contact": [], "ask": []}
        for s in steps:
            by = s.facts.contact.by if s.facts.contact is not None else None
            kind = {"customer": "receive", "city": "contact"}.get(by or "", "work")
            kinds[kind].append(f"»{self._of(s)}«")
            for d in s.facts.documents:
                if d.role == "asked":
                    kinds["ask"].append(d.names.best(self.language) or d.key)
        groups += [(kind, list(dict.fromkeys(names))) for kind, names in kinds.items() if names]
        need = [lines(f"{w[kind]}: {', '.join(names)}", TODAY) for kind, names in groups]
        for k, (kind, names) in enumerate(groups):
            # a short group leaves its room to the others
            share, left = room, len(groups) - k
            for other in sorted(need[k:]):
                if other * left <= share:
                    share, left = share - other, left - 1
            most = max(1, share // left) if left else need[k]
            kept = _fit_names(names, max(most, 1), TODAY, len(w[kind]) + 2)
            text = self._listed(names[:kept])
            room -= lines(f"{w[kind]}: {text}" + "x" * 22 * (kept < len(names)), TODAY)
            yield Group(w[kind], text, len(names) - kept)

    def _of(self, element: Step | Lane) -> str:
        return element.facts.names.best(self.language) or element.name or element.id

    def _listed(self, names: Sequence[str]) -> str:
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self.words['and']} {names[-1]}"

    def _asked(self, room: int) -> tuple[tuple[Said, ...], tuple[Said, ...], int]:
        """The moves' sentences first, then what changes step by step."""
        asks = [spoken(t, self.language) for t in (self.told.asks if self.told else ())]
        asks = list(dict.fromkeys(a for a in asks if a.text))
        changes = [c for c in dict.fromkeys(self._changes) if c.text not in {a.text for a in asks}]
        kept, more = self._fit(asks, room if not changes else max(3, room - 5), ASKED_BOLD)
        room -= sum(lines(a.text, ASKED_BOLD) for a in kept) + 1
        rest, less = self._fit(changes, room, ASKED)
        return kept, rest, more + less

    @cached_property
    def _changes(self) -> list[Said]:
        if self.told is not None and self.told.changes.get(self.language):
            return [Said(t, self.language) for t in self.told.changes[self.language]]
        found = self._sentences()
        if found or self.told is None:
            return found
        other = next((n for n in ("en", *LANGUAGES) if self.told.changes.get(n)), None)
        return [Said(t, other) for t in self.told.changes[other]] if other else []

    def _sentences(self) -> list[Said]:
        from polku.path.changes.sentences import sentences

        if self.current.hash == self.chosen.hash:
            return []
        difference: Difference = diff(self.current, self.chosen)
        for section in sentences(difference, self.language):
            if section.agency is not None and section.agency.id == self.agency:
                return [Said(t, self.language) for t in section.sentences]
        return []

    def _fit(
        self, some: Sequence[Said], room: int, width: int
    ) -> tuple[tuple[Said, ...], int]:  # fmt: skip
        """As many as fit in so many lines, and how many do not; where not all fit, long ones are
        cut, and say so."""
        if sum(lines(one.text, width) for one in some) <= room:
            return tuple(some), 0
        room -= 1  # the line that says how many are left
        kept: list[Said] = []
        for one in some:
            most = min(LONGEST, room)
            if most < 1:
                break
            text, marker = one.text, self.words["cut"]
            if lines(text, width) > most:
                if most < 2 and kept:
                    break
                room_for = int(most * width / WIDER) - len(marker)
                text = cut(text.replace("\n", " "), room_for) + marker
            kept.append(Said(text, one.language))
            room -= lines(text, width)
        return tuple(kept), len(some) - len(kept)

    def _business(self) -> list[Line]:
        """The first figures, all that get worse right after them, then the others."""
        order = {k: i for i, k in enumerate(FIRST)}
        weights = {w.axis: w.weight for w in self.choice.weights}
        axes = [
            a for a in self.front.axes
            if a.sign and a.column not in ("unit", "pool")
            and a.id not in ("staff_hours", "utilisation")
            and (a.key in self.front.on or a.key in order or weights.get(a.key) or a.column)
        ]  # fmt: skip
        axes.sort(key=lambda a: (a.key not in order, order.get(a.key, 0), -weights.get(a.key, 0.0)))
        told = [(a, f) for a in axes if (f := figure(self.option, a)) and f.value is not None]
        bad = [(a, f) for a, f in told if f.verdict == "worse"]
        head = [p for p in told if p not in bad and p[0].column is None][: max(2, 5 - len(bad))]
        rest = [p for p in told if p not in head and p not in bad and p[0].column is None]
        return [self._row(a, f) for a, f in (*head, *bad, *rest)]

    def _row(self, axis: Axis, told: Told) -> Line:
        now = figure(self.front.current, axis)
        change = ""
        if told.change is not None:
            change = said(told.change, told.change_low, told.change_high, axis.unit, self.language,
                          signed=True, short=True)  # fmt: skip
            unit = unit_name(axis.unit, self.language)
            if unit and axis.unit not in ("share", "€"):
                change = change.replace(f"{GAP}{unit}", "", 1)
        verdict = told.verdict if told.verdict in ("better", "worse") else ""
        name = capital(axis_name(axis, self.language))
        values = self._value(axis, now), self._value(axis, told)
        return Line(name, *values, change, SIGNS[told.verdict], verdict)

    def _value(self, axis: Axis, told: Told | None) -> str:
        if told is None:
            return "–"
        return said(told.value, told.low, told.high, axis.unit, self.language, interval=False)

    def _staff(self) -> list[Line]:
        if self.told is None:
            return []
        w, out = self.words, []
        now, then = self.told.hours_per_matter
        if now is not None or then is not None:
            small = max(h for h in (now, then) if h is not None) < 10
            both = [self._hours(h, 2 if small else 1) for h in (now, then)]
            out.append(Line(w["hours"], both[0], both[1]))
        if now is not None and then is not None and 350 <= self.front.days <= 380:
            times = self.choice.matters
            out.append(Line(w["year"], self._hours(now * times, 0), self._hours(then * times, 0)))
        for pool, (was, will) in self.told.utilisation.items():
            shares = [
                "–" if u is None else f"{number(100 * u, 0, self.language)}{GAP}%"
                for u in (was, will)
            ]
            out.append(Line(w["used"].format(pool=self._pool(pool)), shares[0], shares[1]))
        return out

    def _hours(self, hours: float | None, places: int) -> str:
        if hours is None:
            return "–"
        return f"{number(hours, places, self.language)}{GAP}{unit_name('hours', self.language)}"

    def _pool(self, pool: str) -> str:
        lane = next((n for p in (self.chosen, self.current) for n in p.lanes if n.id == pool), None)
        if lane is None:
            return pool.replace("-", " ")
        return self._of(lane)

    def _carries(
        self, room: int
    ) -> tuple[tuple[Carried, ...], int, tuple[str, ...], int]:  # fmt: skip
        """Assumptions of the agency's moves, the heaviest first, and the figures that tell."""
        moves = set(self.told.moves) if self.told is not None else set()
        own = [a for a in self.option.assumptions if a.move in moves]
        own.sort(key=lambda a: -(a.carries or 0.0))
        know = self._know(moves)[: 2 if room > 7 else 1]
        used = (1 + sum(lines(t, WHOLE) for t in know)) if know else 0
        kept: list[Carried] = []
        for a in own:
            one = self._carried(a)
            need = lines(f"{one.what.text} {one.rest}", WHOLE)
            if kept and used + need > room:
                break
            kept.append(one)
            used += need
        return tuple(kept), len(own) - len(kept), know, used + 1

    def _carried(self, a: AssumptionTold) -> Carried:
        w = self.words
        what = spoken(a.what, self.language, a.id)
        text = what.text.replace("{value}", self._amount(a.usual, a)).rstrip(".") + "."
        if self.language != "en":
            text = _POINT.sub(",", text)
        origin = w["origin"].format(origin=origin_said(a.origin, self.language))
        if "{value}" not in what.text:  # the sentence holds the value already
            rest = f"({origin})."
        elif a.low == a.high:
            rest = f"{w['sure'].format(value=self._amount(a.usual, a))} ({origin})."
        else:
            low = self._number(a.low, a)
            rest = f"{w['range'].format(low=low, high=self._amount(a.high, a))} ({origin})."
        if a.gain and a.gain > 0 and a.gain_fails is not None:
            left = max(0.0, a.gain_fails / a.gain)
            share = f"{number(100 * left, 0, self.language)}{GAP}%" if left > 0 else w["no_gain"]
            dot = w["fragile"] if a.fragile else "."
            rest += " " + w["fails"].format(share=share, dot=dot)
        return Carried(Said(text, what.language), rest)

    def _number(self, value: float, a: AssumptionTold) -> str:
        whole = all(x == round(x) for x in (a.usual, a.low, a.high))
        return number(value, 0 if whole else 2 if a.high < 10 else 1, self.language)

    def _amount(self, value: float, a: AssumptionTold) -> str:
        text = self._number(value, a)
        return f"{text}{GAP}{time_unit(a.unit, self.language)}" if a.unit else text

    def _know(self, moves: set[str]) -> tuple[str, ...]:
        """The figures on which the agency's moves should show, the clearest first."""
        rungs = [r for r in self.option.ladder if r.key in moves]
        found = sorted(
            ((self._brought(rungs, p), p) for p in self.prediction.figures
             if p.column is None and p.direction != "none"),
            key=lambda pair: -pair[0],
        )  # fmt: skip
        out, seen = [], set()
        for much, p in found:
            if much > 0 and p.id not in seen:
                out.append(self._expected(p))
                seen.add(p.id)
        return tuple(out)

    def _brought(self, rungs: Sequence[Rung], p: Predicted) -> float:
        """What the moves bring on an axis, in spreads of one year's log: how clearly it shows."""
        axis = self.front.axis(p.key)
        total = 0.0
        for rung in rungs:
            change = rung.added.get(p.key, (None,))[0]
            if change is not None:
                total -= axis.sign * change
        half = (p.high - p.low) / 2
        now = figure(self.front.current, axis)
        if total <= 0 or half <= 0 or gain(axis, None, now) is None:
            return 0.0
        return total / half

    def _expected(self, p: Predicted) -> str:
        axis = self.front.axis(p.key)
        now = figure(self.front.current, axis)
        times = 100.0 if p.unit == "share" else 1.0
        places = decimals(p.value * times, p.low * times, p.high * times)
        low, high = (number(x * times, places, self.language) for x in (p.low, p.high))
        unit = unit_name(p.unit, self.language)
        value = f"{number(p.value * times, places, self.language)}{GAP}{unit}".rstrip(GAP)
        return capital(
            self.words["expect"].format(
                name=axis_name(axis, self.language), value=value, low=low,
                high=f"{high}{GAP}{unit}".rstrip(GAP), now=self._value(axis, now),
            )
        )  # fmt: skip

    def _who(self) -> list[str]:
        return list(self.choice.who)


def figure(option: Option, axis: Axis) -> Told | None:
    """The figure of an axis, None where the option has none."""
    return next((f for f in option.figures if f.axis == axis.key), None)


def spoken(text: Text, language: str, otherwise: str = "") -> Said:
    """A text in the language, else in English, else in any that it has."""
    for one in (language, "en", *LANGUAGES):
        if words := text.get(one):
            return Said(words, one)
    return Said(otherwise, language)


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def lines(text: str, width: int) -> int:
    """Lines that a text takes at so many characters each.

    >>> lines("one two", 20), lines("a\\nb", 20)
    (1, 2)
    """
    return sum(max(1, math.ceil(WIDER * len(part) / width)) for part in text.split("\n"))


def _rows(rows: Sequence[Line], width: int) -> float:
    """Lines that rows of a table take with names of so many characters in a line."""
    return sum(lines(r.name, width) + 0.3 for r in rows)


def cut(text: str, most: int) -> str:
    """The text within so many characters, up to a name or half-sentence that is whole.

    >>> cut("Now done: »Ask«, »Check« and »Decide on the matter«.", 40)
    'Now done: »Ask«, »Check«'
    """
    short = text[: max(most, 20)]
    whole = max(short.rfind("«"), short.rfind(". "), short.rfind("; "))
    if whole > len(short) // 2:
        return short[: whole + 1].rstrip(" ,;:.–")
    return short[: short.rfind(" ")].rstrip(" ,;:–") if " " in short else short


def _fit_names(names: Sequence[str], room: int, width: int, before: int) -> int:
    """How many names of a list fit in so many lines; at least one."""
    kept = len(names)
    while kept > 1:
        note = 22 if kept < len(names) else 0
        if lines(", ".join(names[:kept]) + "x" * (note + before), width) <= room:
            break
        kept -= 1
    return kept
