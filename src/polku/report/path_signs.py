"""The pieces of a path's drawing as SVG: cards, gateways, events, contacts, lines and signs."""

from __future__ import annotations

from html import escape
from math import cos, pi, sin

from polku.path.drawing.grid import Box, Point
from polku.path.model import Event, Gateway
from polku.report.map_geometry import ARROW, rounded
from polku.report.map_theme import DARK, LIGHT
from polku.report.map_theme import style as map_style
from polku.report.path_cards import ICON, NAME_LINE, PAD, SMALL_LINE, Card, Note


def style(theme: str) -> str:
    """The style sheet: that of a map, with what a path has beyond it."""
    rules = (
        ".polku-path .pm-flow{fill:none;stroke-width:1.5;stroke-linejoin:round}"
        ".polku-path .pm-visibility{stroke-width:1.2;stroke-dasharray:2 4}"
        ".polku-path .pm-thin{fill:none;stroke-width:1.2;stroke-linecap:round;"
        "stroke-linejoin:round}"
        ".polku-path .pm-name{font-size:12.5px;font-weight:600}"
        ".polku-path text{font-size:12px}.polku-path .pm-small{font-size:11px}"
        ".polku-path .pm-title{font-size:24px}"
        ".polku-path .pm-number{font-size:11px}"
        ".polku-path .pm-label{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
        ".polku-path .pm-noted{fill:none}"
    )
    text = map_style(theme) + rules + _colours(DARK if theme == "dark" else LIGHT)
    if theme == "auto":
        text += "@media (prefers-color-scheme:dark){" + _colours(DARK) + "}"
    return text


def _colours(c: dict[str, str]) -> str:
    return (
        f".polku-path .pm-plain{{stroke:{c['soft']}}}"
        f".polku-path .pm-tip{{fill:{c['soft']}}}"
        f".polku-path .pm-front{{fill:{c['paper']}}}"
        f".polku-path .pm-crossing{{fill:{c['paper']};stroke:{c['mark']};stroke-width:1.4}}"
        f".polku-path .pm-visibility{{stroke:{c['soft']}}}"
        f".polku-path .pm-gate{{fill:{c['box']};stroke-width:1.4}}"
        f".polku-path .pm-event{{fill:{c['box']};stroke-width:1.5}}"
        f".polku-path .pm-outer{{stroke:{c['ink']}}}"
        f".polku-path .pm-thin{{stroke:{c['soft']}}}.polku-path .pm-tint{{stroke:{c['mark']}}}"
        f".polku-path .pm-due{{fill:{c['mark']}}}"
        f".polku-path .pm-label{{stroke:{c['strip']}}}"
    )


def card_of(card: Card, number: int, box: Box, note: Note | None, *, contact: bool) -> list[str]:
    """A step: its number and name, below it the facts with their signs."""
    kind = "pm-contactbox" if contact else "pm-box"
    out = [
        f'<g class="pm-step"><rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}" rx="6"/>'
    ]
    if note is not None:
        out.append(
            f'<rect class="pm-noted pm-w{note.level}" x="{box.x - 3:.1f}" y="{box.y - 3:.1f}" '
            f'width="{box.width + 6:.1f}" height="{box.height + 6:.1f}" rx="8" '
            f'stroke-width="{1.6 + 0.8 * note.level:.1f}"/>'
        )
    facts_high = sum(SMALL_LINE * len(f.lines) + 3 for f in card.facts)
    head = card.tab_height
    free = box.height - head - 2 * PAD - NAME_LINE * len(card.name) - facts_high
    x = box.x + PAD
    if card.tab:
        out += _tab(card, box)
    y = box.y + head + PAD + free / 2 + 11
    out.append(f'<text class="pm-number pm-soft" x="{x:.1f}" y="{y:.1f}">{number}</text>')
    for line in card.name:
        out.append(f'<text class="pm-name" x="{x + ICON:.1f}" y="{y:.1f}">{escape(line)}</text>')
        y += NAME_LINE
    y -= 1
    for fact in card.facts:
        y += 3
        if fact.sign != "unit":
            out.append(sign(fact.sign, x + 6, y - 4, fact.level))
        soft = "" if fact.sign in ("paper", "note") else " pm-soft"
        kind = "pm-small pm-due" if fact.sign == "clock" else f"pm-small{soft}"
        for line in fact.lines:
            out.append(f'<text class="{kind}" x="{x + ICON:.1f}" y="{y:.1f}">{escape(line)}</text>')
            y += SMALL_LINE
    return [*out, "</g>"]


def _tab(card: Card, box: Box) -> list[str]:
    """The head of a card with a contact: who starts it, and how."""
    left, right, low = box.x + 1, box.right - 1, box.y + card.tab_height
    out = [
        f'<path class="pm-customer" d="M{left:.1f} {low:.1f}V{box.y + 6:.1f}q0 -5 5 -5H'
        f'{right - 5:.1f}q5 0 5 5V{low:.1f}z"/>',
        contact_of(card.by, box.x + PAD + 5, box.y + 3 + SMALL_LINE / 2),
    ]
    for k, line in enumerate(card.tab):
        y = box.y + 13.5 + SMALL_LINE * k
        out.append(
            f'<text class="pm-small" x="{box.x + PAD + ICON:.1f}" y="{y:.1f}">{escape(line)}</text>'
        )
    return out


def sign(kind: str, x: float, y: float, level: int = 0) -> str:
    """A small sign about a point: paper, clock, hourglass, coin, remark."""
    if kind == "paper":
        return (
            f'<path class="pm-thin" d="M{x - 4:.1f} {y - 5:.1f}h5.5l2.5 2.5v7.5h-8z'
            f'm5.5 0v2.5h2.5M{x - 2:.1f} {y + 0.5:.1f}h4m-4 2.3h4"/>'
        )
    if kind == "clock":
        return clock(x, y, 5.0)
    if kind == "wait":
        return (
            f'<path class="pm-thin" d="M{x - 4:.1f} {y - 5:.1f}h8m-8 10h8M{x - 3:.1f} {y - 5:.1f}'
            f"c0 3.5 6 6.5 6 10M{x + 3:.1f} {y - 5:.1f}c0 3.5 -6 6.5 -6 10"
            '"/>'
        )
    if kind == "fee":
        return (
            f'<circle class="pm-thin" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            f'<path class="pm-thin" d="M{x + 2:.1f} {y - 1.9:.1f}a2.6 2.6 0 1 0 0 3.8'
            f'M{x - 3:.1f} {y - 0.7:.1f}h3.4m-3.4 1.6h3.4" style="stroke-width:.8"/>'
        )
    if kind == "note":
        return f'<circle class="pm-f{level}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    return f'<path class="pm-thin" d="M{x - 4:.1f} {y:.1f}h8M{x:.1f} {y - 4:.1f}v8"/>'


def clock(x: float, y: float, r: float) -> str:
    """A clock's face."""
    return (
        f'<circle class="pm-thin pm-tint" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'
        f'<path class="pm-thin pm-tint" d="M{x:.1f} {y - 0.6 * r:.1f}V{y:.1f}h{0.5 * r:.1f}"/>'
    )


def gateway_of(node: Gateway, box: Box, note: Note | None) -> list[str]:
    """A small diamond with its sign."""
    x, y = box.middle
    r = box.width / 2
    noted = f" pm-w{note.level}" if note is not None else " pm-plain"
    wide = f' style="stroke-width:{1.6 + 0.8 * note.level:.1f}"' if note is not None else ""
    out = [
        f'<path class="pm-gate{noted}"{wide} d="M{x:.1f} {y - r:.1f}L{x + r:.1f} {y:.1f}'
        f'L{x:.1f} {y + r:.1f}L{x - r:.1f} {y:.1f}Z"/>'
    ]
    if node.kind == "exclusive":
        d = f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"
    elif node.kind == "parallel":
        d = f"M{x - 6:.1f} {y:.1f}h12M{x:.1f} {y - 6:.1f}v12"
    elif node.kind == "complex":
        d = f"M{x - 6:.1f} {y:.1f}h12M{x:.1f} {y - 6:.1f}v12M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"
    else:
        out.append(f'<circle class="pm-thin" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
        if node.kind == "inclusive":
            return out
        ring = [(x + 4 * sin(k * 0.4 * pi), y - 4 * cos(k * 0.4 * pi)) for k in range(5)]
        d = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in ring) + "Z"
    return [*out, f'<path class="pm-thin" d="{d}"/>']


def event_of(node: Event, middle: Point, r: float, note: Note | None) -> list[str]:
    """A circle: thin to begin, bold to end, double in between; a clock in it for a timer."""
    x, y = middle
    edge = "pm-outer" if node.position in ("start", "end") else "pm-plain"
    noted = f" pm-w{note.level}" if note is not None else f" {edge}"
    wide = {"start": 2.0, "end": 4.5}.get(node.position, 1.5)
    out = [
        f'<circle class="pm-event{noted}" style="stroke-width:{wide}" cx="{x:.1f}" '
        f'cy="{y:.1f}" r="{r - wide / 2:.1f}"/>'
    ]
    if node.position in ("catch", "throw", "boundary") and r > 10:
        dash = ' stroke-dasharray="3 2"' if not node.interrupting else ""
        out.append(f'<circle class="pm-thin"{dash} cx="{x:.1f}" cy="{y:.1f}" r="{r - 3:.1f}"/>')
    if node.trigger == "timer":
        hand = 0.5 * (r - 3)
        out.append(
            f'<path class="pm-thin pm-tint" d="M{x:.1f} {y - hand:.1f}V{y:.1f}h{0.7 * hand:.1f}"/>'
        )
    elif node.trigger == "message":
        out.append(f'<path class="pm-thin" d="M{x - 5:.1f} {y - 3.5:.1f}h10v7h-10zl5 4l5 -4"/>')
    return out


def contact_of(by: str, x: float, y: float) -> str:
    """A triangle about a point: down to the city where the customer starts, else up."""
    if by == "customer":
        return f'<path class="pm-dot" d="M{x - 5:.1f} {y - 4.5:.1f}h10l-5 9z"/>'
    return f'<path class="pm-dot" d="M{x - 5:.1f} {y + 4.5:.1f}h10l-5 -9z"/>'


def meeting_of(by: str, x: float, line: float, low: float) -> list[str]:
    """A contact: from a step up to the line of interaction, with who starts it upon the line."""
    return [
        f'<path class="pm-mark" d="M{x:.1f} {line:.1f}V{low:.1f}"/>'
        f'<circle class="pm-crossing" cx="{x:.1f}" cy="{line:.1f}" r="9"/>'
        + contact_of(by, x, line + (1 if by == "customer" else -1))
    ]


def port_of(letter: str, box: Box) -> list[str]:
    """A letter in a circle, where the way goes on or comes from."""
    x, y = box.middle
    return [
        f'<circle class="pm-gate pm-plain" cx="{x:.1f}" cy="{y:.1f}" r="{box.width / 2:.1f}"/>'
        f'<text class="pm-bold pm-small" text-anchor="middle" x="{x:.1f}" y="{y + 4:.1f}">'
        f"{letter}</text>"
    ]


def line_of(course: tuple[Point, ...], back: bool, note: Note | None) -> str:
    """A flow with its arrow; dashed where it leads back to an earlier step."""
    wide = 1.5 if note is None else 1.8 + 0.9 * note.level
    kind = "pm-flow pm-plain" if note is None else f"pm-flow pm-w{note.level}"
    tip = "pm-tip" if note is None else f"pm-f{note.level}"
    (ax, ay), (bx, by) = course[-2], course[-1]
    far = abs(bx - ax) + abs(by - ay)
    long = min(ARROW, far)
    dx, dy = ((bx - ax) / far, (by - ay) / far) if far else (1.0, 0.0)
    foot = (bx - dx * long, by - dy * long)
    half = 4.0 + wide / 3
    dash = ' stroke-dasharray="6 3"' if back else ""
    return (
        f'<path class="{kind}" style="stroke-width:{wide:.1f}"{dash} '
        f'd="{rounded([*course[:-1], foot])}"/>'
        f'<path class="{tip}" d="M{bx:.1f} {by:.1f}L{foot[0] - dy * half:.1f} '
        f'{foot[1] + dx * half:.1f}L{foot[0] + dy * half:.1f} {foot[1] - dx * half:.1f}Z"/>'
    )
