"""The legend below a path's drawing: only the signs that stand in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html import escape
from typing import TypeAlias

from polku.path.drawing.grid import Box
from polku.path.facts import Language
from polku.path.model import Gateway, GatewayKind
from polku.path.plain_words import word
from polku.report.path_blueprint import Blueprint
from polku.report.path_cards import Note, text_width
from polku.report.path_signs import contact_of, gateway_of, line_of, port_of, sign

_GATES: tuple[tuple[GatewayKind, str], ...] = (
    ("exclusive", "one way"), ("parallel", "all ways"), ("inclusive", "some ways"),
)  # fmt: skip

_SIGNS = (("paper", "paper"), ("clock", "clock"), ("wait", "wait key"), ("fee", "fee key"))
Piece: TypeAlias = Callable[[float, float], list[str]]


def legend(
    plan: Blueprint, language: Language, notes: Mapping[str, Note], top: float, wide: float
) -> tuple[list[str], float]:
    """The legend, and where the sheet ends."""
    x, y = 16.0, top + 28
    out: list[str] = []
    for piece, room, text in _entries(plan, language, notes):
        long = room + text_width(text, 11.5) + 24
        if x + long > wide - 14 and x > 16:
            x, y = 16.0, y + 24
        out += piece(x, y)
        out.append(f'<text x="{x + room:.1f}" y="{y + 4:.1f}">{escape(text)}</text>')
        x += long
    said = word("no advice", language)
    y += 24
    out.append(f'<text class="pm-soft" x="14" y="{y + 4:.1f}">{escape(said)}</text>')
    return out, y + 18


def _entries(
    plan: Blueprint, language: Language, notes: Mapping[str, Note]
) -> Iterator[tuple[Piece, float, str]]:
    """What is to be explained: how it is drawn about a point, the room it takes, the words."""
    by = {m.by for m in plan.meetings.values()}
    for one in ("customer", "city"):
        if one in by:
            yield partial(_mark, one), 17.0, word(f"{one} starts", language)
    signs = {f.sign for c in plan.cards.values() for f in c.facts}
    for kind, key in _SIGNS:
        if kind in signs:
            yield partial(_sign, kind), 17.0, word(key, language)
    kinds = {n.kind for n in plan.path.gateways if n.within is None}
    for gate, key in _GATES:
        if gate in kinds:
            yield partial(_gate, gate), 27.0, word(key, language)
    if any(f.id in plan.back for f in plan.path.flows):
        yield _back, 39.0, word("goes back", language)
    if plan.letters:
        yield _port, 24.0, word("continues", language)
    if notes:
        yield _levels, 72.0, word("noted", language)


def _mark(by: str, x: float, y: float) -> list[str]:
    return [contact_of(by, x + 5, y)]


def _sign(kind: str, x: float, y: float) -> list[str]:
    return [sign(kind, x + 5, y)]


def _gate(kind: GatewayKind, x: float, y: float) -> list[str]:
    return gateway_of(Gateway("", "", kind), Box(x - 1, y - 11, 22, 22), None)


def _back(x: float, y: float) -> list[str]:
    return [line_of(((x + 32, y), (x, y)), True, None)]


def _port(x: float, y: float) -> list[str]:
    return port_of("A", Box(x, y - 9, 18, 18))


def _levels(x: float, y: float) -> list[str]:
    return [
        f'<circle class="pm-f{k}" cx="{x + 6 + 13 * k:.1f}" cy="{y:.1f}" r="5"/>' for k in range(5)
    ]
