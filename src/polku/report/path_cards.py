"""What stands in a step's box on a path's drawing: its name, its unit and the facts that matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from polku.path.drawing.labels import WIDER
from polku.path.drawing.text import broken, width
from polku.path.facts import Facts, Language
from polku.path.model import Flow, Node, Path, Step
from polku.path.plain_words import DELAYS, amount, deadline, duration, named, word

Sign = Literal["unit", "paper", "clock", "wait", "fee", "note", "more"]

NAME, SMALL = 12.5, 11.0
NAME_LINE, SMALL_LINE = 15.5, 13.5
CARD, PAD, ICON = 184.0, 9.0, 18.0
WIDEST_CARD = 230.0
BOLD = 1.07
"""how much wider bold letters are"""
MOST_LINES: dict[Sign, int] = {
    "unit": 2, "paper": 2, "clock": 2, "wait": 2, "fee": 2, "note": 4, "more": 3,
}  # fmt: skip
MOST_PAPERS, MOST_DUES = 3, 1
"""documents and deadlines that a card names; of more it says how many"""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on an element of a drawing: `text`, and `level` from 0 (small) to 4 (large)."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """A small line of a card, with the sign before it; `lines` are broken to the card's width."""

    sign: Sign
    lines: tuple[str, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """A step's box: `name` in lines, `facts` below, and its size in px."""

    name: tuple[str, ...]
    facts: tuple[Fact, ...]
    width: float
    height: float
    tab: tuple[str, ...] = ()
    """lines over the name: how the contact is made"""
    by: str = ""
    """who starts the contact"""

    @property
    def tab_height(self) -> float:
        """The height in px of what stands over the name."""
        return SMALL_LINE * len(self.tab) + 6 if self.tab else 0.0


def name_of(element: Node | Flow, language: Language) -> str:
    """The name of an element in a language, else in any, else as BPMN has it."""
    return element.facts.names.best(language) or element.name


def card(
    path: Path,
    step: Step,
    language: Language,
    notes: Mapping[str, Note],
    *,
    unit: str = "",
    wide: float = CARD,
    contact: str = "",
    by: str = "",
) -> Card:
    """The card of a step, with the facts of all that a sub-process holds.

    Parameters: `unit`, who does it where no row says so; `contact`, how it is made, and `by` whom.
    """
    room = (wide - 2 * PAD - ICON) / WIDER
    first = (wide - 2 * PAD - ICON) / WIDER / BOLD  # its number stands before the name
    name = broken(name_of(step, language) or word("unnamed", language), NAME, first, 4)
    inner = list(_inner(path, step))
    found: list[tuple[Sign, str, int]] = [("unit", unit, 0)] if unit else []
    every = [step.facts, *(s.facts for s in inner)]
    found += _papers(every, language)
    for facts in every:
        found += _told(facts, language)
    if inner:
        found.append(("more", " · ".join(name_of(s, language) for s in inner), 0))
    if (note := notes.get(step.id)) is not None:
        found.append(("note", note.text, note.level))
    facts_ = tuple(
        Fact(sign, tuple(broken(text, SMALL, room, MOST_LINES[sign])), level)
        for sign, text, level in dict.fromkeys(found)
    )
    high = 2 * PAD + NAME_LINE * len(name) + sum(SMALL_LINE * len(f.lines) + 3 for f in facts_)
    tab = tuple(broken(contact, SMALL, room, 3)) if contact else ()
    out = Card(tuple(name), facts_, wide, max(high, 46.0), tab, by)
    return replace(out, height=out.height + out.tab_height)


def card_width(names: Iterable[str]) -> float:
    """The width of a drawing's cards: the longest words of their names shall not be broken."""
    words = (w for n in names for w in n.split())
    longest = max((text_width(w, NAME) * BOLD for w in words), default=0.0)
    return min(max(CARD, longest + 2 * PAD + ICON + 1), WIDEST_CARD)


def _inner(path: Path, step: Step) -> Iterable[Step]:
    for node in path.inside(step.id) if step.holds_nodes else ():
        if isinstance(node, Step):
            yield node
            yield from _inner(path, node)


def _papers(every: Iterable[Facts], language: Language) -> list[tuple[Sign, str, int]]:
    """The documents that are asked for, the first by name."""
    names = list(
        dict.fromkeys(
            _short(d.names.best(language) or d.key.replace("-", " "))
            for facts in every
            for d in facts.documents
            if d.role == "asked"
        )
    )
    shown = names if len(names) <= MOST_PAPERS + 1 else names[:MOST_PAPERS]
    out: list[tuple[Sign, str, int]] = [("paper", n, 0) for n in shown]
    if more := len(names) - len(shown):
        out.append(("paper", word("and more", language, str(more)), 0))
    return out


def _short(name: str) -> str:
    """A name without what stands in brackets behind it."""
    return name.partition(" (")[0] if name.endswith(")") else name


def _told(facts: Facts, language: Language) -> list[tuple[Sign, str, int]]:
    out: list[tuple[Sign, str, int]] = []
    dues = facts.deadlines
    shown = dues if len(dues) <= MOST_DUES + 1 else dues[:MOST_DUES]
    for due in shown:
        text = due.text.best(language)
        out.append(
            ("clock", text or deadline(due.duration, due.counted, due.of, language, "short"), 0)
        )
    if more := len(dues) - len(shown):
        out.append(("clock", word("and more", language, str(more)), 0))
    if facts.promise is not None:
        out.append(("wait", f"≈ {duration(facts.promise.duration, language, 'short')}", 0))
    if facts.delay is not None:
        waits = f"{word('waits', language)} {named(DELAYS, facts.delay, language)}"
        out.append(("wait", waits, 0))
    out += [("fee", amount(f.amount, f.currency, f.per, language), 0) for f in facts.fees]
    return out


def text_width(text: str, size: float) -> float:
    """Width in px that a text takes at most, also in a somewhat wider font."""
    return width(text, size) * WIDER
