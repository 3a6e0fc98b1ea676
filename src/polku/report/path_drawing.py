"""A path drawn as a service blueprint: the customer's row on top, what the city does below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from polku.path.drawing.grid import Box, Point
from polku.path.drawing.labels import WIDER, Wanted, lines_of, place_labels
from polku.path.drawing.text import broken
from polku.path.facts import LANGUAGES, Language
from polku.path.layout import refuse_too_large
from polku.path.model import Event, Gateway, Path
from polku.path.plain import title_of, version_line
from polku.path.plain_words import word
from polku.report.map import Theme
from polku.report.map_geometry import AGENCY_LABEL, LANE_LABEL
from polku.report.map_text import drawable
from polku.report.path_blueprint import (
    COMES,
    CUSTOMER,
    FRONT,
    LEAVES,
    Band,
    Blueprint,
    blueprint,
)
from polku.report.path_cards import BOLD, SMALL, Note, name_of, text_width
from polku.report.path_legend import legend
from polku.report.path_signs import (
    card_of,
    event_of,
    gateway_of,
    line_of,
    meeting_of,
    port_of,
    style,
)

__all__ = ["Drawn", "Note", "draw_path", "draw_with_places"]

LABELS = (LANE_LABEL, 190.0)
"""room in px for the names before the rows, at least and at most"""
TOP, BAND_GAP, EDGE = 74.0, 34.0, 12.0


def draw_path(
    path: Path,
    language: Language = "en",
    theme: Theme = "auto",
    notes: Mapping[str, Note] | None = None,
) -> str:
    """Draw a path as a service blueprint in SVG.

    On top stands what the customer does and gets; contacts cross the line of interaction, marked
    by who starts them and how; above the line of visibility are the steps with a contact, below it
    the work behind, by agency and unit. A long way goes on in a further band.

    Parameters: `language` fi, sv or en; `theme` auto follows the reader's setting of light or dark;
    `notes`, remarks by the ids of steps, gateways, events and flows, as conformance finds them.
    Returns the SVG document; the same path gives the same text. Raises `ValueError` for another
    language or theme, or a note's level outside 0 to 4; `PathError` for a path too large to draw.

    >>> from polku.path.build import start
    >>> draw_path(start("Stall").step("Apply", unit="Permits").path())[:4]
    '<svg'
    """
    return draw_with_places(path, language, theme, notes).svg


@dataclass(frozen=True)
class Drawn:
    """A drawing, and where its things stand in px of its viewBox.

    `boxes`: by the ids of the nodes drawn, boundary events too; `courses`: the points of every
    flow's lines, from its source to its target; a flow that goes on in another band has two.
    """

    svg: str
    boxes: Mapping[str, Box]
    courses: Mapping[str, tuple[tuple[Point, ...], ...]]


def draw_with_places(
    path: Path,
    language: Language = "en",
    theme: Theme = "auto",
    notes: Mapping[str, Note] | None = None,
) -> Drawn:
    """Draw a path as `draw_path` does, and say where everything stands."""
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}; a path is told in fi, sv or en")
    if theme not in ("auto", "light", "dark"):
        raise ValueError(f"theme {theme!r}; there are auto, light and dark")
    refuse_too_large(path)
    remarks = dict(notes or {})
    for id, note in remarks.items():
        if not 0 <= note.level <= 4:
            raise ValueError(f"the note on {id!r} has level {note.level}; 0 to 4 are drawn")
    plan = blueprint(path, language, remarks)
    sheet = _Sheet(plan, language, remarks)
    svg = drawable(sheet.svg(theme))
    return Drawn(svg, sheet.boxes, sheet.whole_courses())


class _Sheet:
    """Bands beneath each other, and what is written around them."""

    def __init__(self, plan: Blueprint, language: Language, notes: Mapping[str, Note]) -> None:
        self.plan, self.path = plan, plan.path
        self.language, self.notes = language, notes
        names = [r.unit or r.agency for r in plan.rows.values()]
        words = [w for n in names for w in n.split()] + word("front", language).split()
        longest = max(text_width(w, 12) * BOLD for w in words) + 26
        self.room = min(max(LABELS[0], longest), LABELS[1])
        self.left = self.room + AGENCY_LABEL + 14
        self.wide = max((self.left + b.placed.width + EDGE for b in plan.bands), default=900.0)
        self.wide = max(self.wide, 900.0)
        self.boxes: dict[str, Box] = {}
        self.courses: dict[str, tuple[Point, ...]] = {}

    def whole_courses(self) -> dict[str, tuple[tuple[Point, ...], ...]]:
        """The lines of every flow, that into another band too; known once it is drawn."""
        out: dict[str, tuple[tuple[Point, ...], ...]] = {}
        for id, course in self.courses.items():
            if id.startswith(COMES):
                continue
            rest = self.courses.get(f"{COMES}{self.path.flow(id).target}")
            goes_on = f"{LEAVES}{id}" in self.boxes and rest is not None
            out[id] = (course, rest) if goes_on and rest is not None else (course,)
        return out

    def svg(self, theme: Theme) -> str:
        parts: list[str] = []
        y = TOP
        for band in self.plan.bands:
            parts += self._band(band, y)
            y += band.placed.height + BAND_GAP
        foot, high = legend(self.plan, self.language, self.notes, y - BAND_GAP, self.wide)
        title, under = self._titles()
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" class="polku-map polku-path" role="img" '
                f'lang="{self.language}" viewBox="0 0 {self.wide:.0f} {high:.0f}" '
                f'width="{self.wide:.0f}" height="{high:.0f}" '
                f'aria-labelledby="polku-path-title polku-path-desc">',
                f'<title id="polku-path-title">{escape(title)}</title>',
                f'<desc id="polku-path-desc">{escape(self._described(under))}</desc>',
                f"<style>{style(theme)}</style>",
                f'<rect class="pm-sheet" width="{self.wide:.0f}" height="{high:.0f}"/>',
                f'<text class="pm-title" x="14" y="34">{escape(title)}</text>',
                f'<text class="pm-soft" x="14" y="56">{escape(under)}</text>' if under else "",
                *parts,
                *foot,
                "</svg>\n",
            ]
        )

    def _titles(self) -> tuple[str, str]:
        return title_of(self.path, self.language), version_line(self.path, self.language)

    def _described(self, under: str) -> str:
        order = sorted(self.plan.numbers, key=self.plan.numbers.__getitem__)
        steps = "; ".join(
            f"{self.plan.numbers[i]} {name_of(self.path.node(i), self.language)}" for i in order
        )
        agencies = {r.agency for r in self.plan.rows.values() if r.agency}
        said = word(
            "described", self.language, str(len(order)), str(len(self.plan.meetings)),
            str(len(agencies)), steps,
        )  # fmt: skip
        return f"{under}. {said}" if under else said

    # -- a band

    def _band(self, band: Band, top: float) -> list[str]:
        boxes = {id: b.moved(self.left, top) for id, b in band.placed.boxes.items()}
        courses = {
            id: tuple((x + self.left, y + top) for x, y in c)
            for id, c in band.placed.courses.items()
        }
        self.boxes |= boxes
        self.courses |= courses
        out = self._rows(band, top)
        out += self._contacts(band, boxes, top)
        out += self._lines(courses)
        for item in band.items:
            out += self._thing(item.id, boxes[item.id])
        return out + self._labels(band, boxes, courses, top)

    def _rows(self, band: Band, top: float) -> list[str]:
        lanes = {n: (a + top, b + top) for n, (a, b) in band.placed.lanes.items()}
        used = [n for n in self.plan.order if n in lanes]
        right = self.wide - EDGE
        out = []
        if CUSTOMER in used:
            y1, y2 = lanes[CUSTOMER]
            out.append(_strip("pm-customer", y1, y2, right))
            out.append(_text(20, y1 + 19, word("customer", self.language), "pm-bold"))
            out.append(self._rule("pm-interaction", "interaction", y2, right))
        if FRONT in used:
            y1, y2 = lanes[FRONT]
            out.append(_strip("pm-front", y1, y2, right))
            lines = broken(word("front", self.language), 12, self.room / WIDER, 2)
            out += [_text(20, y1 + 19 + 15 * k, t, "pm-bold") for k, t in enumerate(lines)]
            out.append(self._rule("pm-visibility", "visibility", y2, right))
        out += self._back(lanes, [n for n in used if n > FRONT], right)
        return out

    def _contacts(self, band: Band, boxes: dict[str, Box], top: float) -> list[str]:
        """What crosses the line of interaction: one mark over the steps of a column, each way."""
        if CUSTOMER not in band.placed.lanes:
            return []
        line = band.placed.lanes[CUSTOMER][1] + top
        ways: dict[tuple[float, str], float] = {}
        for item in band.items:
            if (meeting := self.plan.meetings.get(item.id)) is None:
                continue
            box = boxes[item.id]
            at = (box.x + (22 if meeting.by == "customer" else 46), meeting.by)
            ways[at] = max(ways.get(at, 0.0), box.y)
        return [t for (x, by), low in ways.items() for t in meeting_of(by, x, line, low)]

    def _rule(self, kind: str, words: str, y: float, right: float) -> str:
        return f'<line class="{kind}" x1="12" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>' + _text(
            20, y - 6, word(words, self.language), "pm-small pm-soft"
        )

    def _back(
        self, lanes: dict[int, tuple[float, float]], numbers: list[int], right: float
    ) -> list[str]:
        """The rows behind the line of visibility, with the names of agencies and units."""
        out = []
        for k, n in enumerate(numbers):
            y1, y2 = lanes[n]
            out.append(_strip("pm-strip2" if k % 2 else "pm-strip", y1, y2, right))
            out.append(
                f'<line class="pm-rule" x1="12" x2="{right:.1f}" y1="{y2:.1f}" y2="{y2:.1f}"/>'
            )
        k = 0
        while k < len(numbers):
            last = k
            agency = self.plan.rows[numbers[k]].agency
            while last + 1 < len(numbers) and self.plan.rows[numbers[last + 1]].agency == agency:
                last += 1
            mine = numbers[k : last + 1]
            y1, y2 = lanes[mine[0]][0], lanes[mine[-1]][1]
            if any(self.plan.rows[n].unit for n in mine):
                out += _upright(agency, y1, y2)
                for n in mine:
                    out += _beside(
                        self.plan.rows[n].unit, *lanes[n], 12 + AGENCY_LABEL + 8, self.room - 20
                    )
            else:
                out += _beside(agency, y1, y2, 20, self.room + AGENCY_LABEL - 22)
            k = last + 1
        return out

    def _lines(self, courses: dict[str, tuple[Point, ...]]) -> list[str]:
        out = []
        for id, course in courses.items():
            note = self.notes.get(id)
            out.append(line_of(course, id in self.plan.back, note))
        return out

    def _thing(self, id: str, box: Box) -> list[str]:
        plan = self.plan
        if id.startswith(LEAVES):
            target = self.path.flow(id.removeprefix(LEAVES)).target
            return port_of(plan.letters[target], box)
        if id.startswith(COMES):
            return port_of(plan.letters[id.removeprefix(COMES)], box)
        node, note = self.path.node(id), self.notes.get(id)
        if isinstance(node, Gateway):
            return gateway_of(node, box, note)
        if isinstance(node, Event):
            return event_of(node, box.middle, box.width / 2, note)
        out = card_of(plan.cards[id], plan.numbers[id], box, note, contact=id in plan.meetings)
        events = self.path.boundary(id)
        for k, event in enumerate(events):
            x = box.middle[0] + box.width / 2 - 22 - 40.0 * (len(events) - 1 - k)
            self.boxes[event.id] = Box(x - 10, box.bottom - 10, 20, 20)
            out += event_of(event, (x, box.bottom), 10.0, self.notes.get(event.id))
        return out

    def _labels(
        self,
        band: Band,
        boxes: dict[str, Box],
        courses: dict[str, tuple[Point, ...]],
        top: float,
    ) -> list[str]:
        """Names of gateways, events and flows, where they cover nothing."""
        texts: dict[str, str] = {}
        wanted = []
        for item in band.items:
            if item.id[0] == "\x01" or item.id in self.plan.cards:
                continue
            if not (text := self.plan.labels[item.id]):
                continue
            texts[item.id] = text
            gate = isinstance(self.path.node(item.id), Gateway)
            places = (
                ("above", "above-right", "above-left", "below-right")
                if gate
                else ("below", "above", "right", "below-right")
            )
            wanted.append(Wanted(item.id, text, boxes[item.id], (), places, 5.0 if gate else 0.0))
        for id in courses:
            if text := self.plan.texts.get(id, ""):
                texts[id] = text
                wanted.append(Wanted(id, text, None, _own(id, courses), ("start",)))
        solid = list(boxes.values())
        for item in band.items:
            if item.id in self.plan.cards:
                b = boxes[item.id]
                solid += [
                    Box(b.right - 32 - 40 * k, b.bottom - 10, 20, 20)
                    for k in range(len(self.path.boundary(item.id)))
                ]
        borders = [
            ((0.0, y + top), (self.wide, y + top))
            for pair in band.placed.lanes.values()
            for y in pair
        ]
        found = place_labels(wanted, solid, courses, borders, SMALL)
        return [t for id, box in found.items() for t in _label(texts[id], box)]


def _own(id: str, courses: Mapping[str, tuple[Point, ...]]) -> tuple[Point, ...]:
    """The end of a course from where it parts from all that begin at the same place."""
    course = courses[id]
    parted, begins = 0.0, course[0]
    for other, its in courses.items():
        if other != id and its[0] == begins:
            parted = max(parted, _common(course, its))
    out, gone = list(course), 0.0
    for k, (a, b) in enumerate(pairwise(course)):
        long = abs(a[0] - b[0]) + abs(a[1] - b[1])
        if gone + long > parted + 1:
            part = max(parted - gone, 0.0) / long
            corner = (a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part)
            out = [corner, *course[k + 1 :]]
            break
        gone += long
    return tuple(out)


def _common(a: tuple[Point, ...], b: tuple[Point, ...]) -> float:
    """How far two courses that begin at the same place run upon each other, in px."""
    gone = 0.0
    for (p, q), (u, v) in zip(pairwise(a), pairwise(b), strict=False):
        first, second = q[0] - p[0] + q[1] - p[1], v[0] - u[0] + v[1] - u[1]
        level = p[1] == q[1]
        if p != u or level != (u[1] == v[1]) or first * second <= 0:
            return gone
        gone += min(abs(first), abs(second))
        if q != v:
            return gone
    return gone


def _strip(kind: str, y1: float, y2: float, right: float) -> str:
    return (
        f'<rect class="{kind}" x="12" y="{y1:.1f}" width="{right - 12:.1f}" '
        f'height="{y2 - y1:.1f}"/>'
    )


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    said = f' class="{kind}"' if kind else ""
    return f'<text{said} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _beside(name: str, y1: float, y2: float, x: float, room: float) -> list[str]:
    """A name before its row."""
    lines = broken(name, 12, room / WIDER / BOLD, max(1, int((y2 - y1 - 6) / 14.5)))
    y = (y1 + y2) / 2 - 7.0 * (len(lines) - 1) + 4
    return [_text(x, y + 14 * k, t, "pm-bold") for k, t in enumerate(lines)]


def _upright(name: str, y1: float, y2: float) -> list[str]:
    """An agency's name beside the rows of its units."""
    lines = broken(name, 11.5, (y2 - y1 - 10) / WIDER / BOLD, 2)
    out = [
        f'<rect class="pm-strip2" x="12" y="{y1 + 1:.1f}" width="{AGENCY_LABEL - 4:.0f}" '
        f'height="{y2 - y1 - 2:.1f}"/>'
    ]
    for k, t in enumerate(lines):
        x = 33 - 6.5 * (len(lines) - 1) + 13 * k
        out.append(
            f'<text class="pm-bold" text-anchor="middle" transform="translate({x:.1f} '
            f'{(y1 + y2) / 2:.1f}) rotate(-90)">{escape(t)}</text>'
        )
    return out


def _label(text: str, box: Box) -> list[str]:
    """A label's lines, centred in its box."""
    lines = _lines_in(text, box)
    x, step = box.middle[0], SMALL * 1.2
    out = []
    for k, t in enumerate(lines):
        y = box.y + SMALL + step * k
        out.append(
            f'<text class="pm-small pm-label" text-anchor="middle" x="{x:.1f}" y="{y:.1f}">'
            f"{escape(t)}</text>"
        )
    return out


def _lines_in(text: str, box: Box) -> list[str]:
    """The text broken as it was when its box was measured."""
    for room in (64.0, 70.0, 90.0, 120.0, 130.0):
        lines, wide, high = lines_of(text, room, SMALL)
        if abs(wide - box.width) < 0.2 and abs(high - box.height) < 0.2:
            return lines
    return broken(text, SMALL, box.width, 8)
