"""What Polku knows of a step beyond BPMN: contacts, documents, deadlines, fees, texts.

These facts stand in the extension elements of a BPMN file, in the namespace `urn:polku:1`; their
form is written down in `polku/schemas/polku-1.xsd`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Literal

Language = Literal["fi", "sv", "en"]
LANGUAGES: tuple[Language, ...] = ("fi", "sv", "en")

Strength = Literal["A", "B", "C"]
"""How well a fact is founded: in a production system's own files, on a public page, general
knowledge."""

CHANNELS = ("online", "e-mail", "phone", "visit", "letter", "chat", "site")
"""Channels that have names in three languages; a path may use others of its own."""

DELAYS = ("customer", "statement", "statutory", "hearing", "meeting")
"""What a step may wait for that is nobody's work here."""

STATES = ("current", "prototype", "chosen", "adopted", "retired")
"""States of a path version: nykytila, prototyyppi, valittu, käyttöön otettu, poistunut."""


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Finnish, Swedish and English; None where a language is missing."""

    fi: str | None = None
    sv: str | None = None
    en: str | None = None

    def get(self, language: str) -> str | None:
        """The words in a language, None where they are missing."""
        words: str | None = getattr(self, language)
        return words

    def best(self, language: str = "en") -> str | None:
        """The words in a language, else in the first language that has any."""
        return self.get(language) or next((w for w in map(self.get, LANGUAGES) if w), None)

    @property
    def missing(self) -> tuple[str, ...]:
        """Languages without words."""
        return tuple(n for n in LANGUAGES if not self.get(n))

    def __bool__(self) -> bool:
        return any(map(self.get, LANGUAGES))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fact comes from.

    `basis`: the law or rule, as cited; `source`: where it was read (a URL or a title); `strength`:
    A, B or C; `checked`: the day on which it was last compared with its source.
    """

    basis: str | None = None
    source: str | None = None
    strength: Strength | None = None
    checked: date | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) is not None for f in fields(self))


@dataclass(frozen=True, slots=True)
class Contact:
    """A step in which customer and city meet.

    `by`: who starts it; `channels`: the ways in which it may happen, the usual one first.
    """

    by: Literal["customer", "city"]
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or one datum of a form, under the key by which all steps know it.

    `role`: asked (of the customer in this step), made (by this step), used (by this step, made or
    asked elsewhere), fetched (from a register instead of asking).
    """

    key: str
    role: Literal["asked", "made", "used", "fetched"] = "asked"
    names: Text = Text()
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time that law or rule sets.

    `duration`: ISO 8601, as in P14D; `counted`: "within" that time after the step becomes due,
    "before" or "after" the moment `of`, a word of the path's own as in "event-start".
    """

    duration: str
    counted: Literal["within", "before", "after"] = "within"
    of: str | None = None
    text: Text = Text()
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Fee:
    """What the customer pays: `amount` in `currency` for each `per` (None: for the matter)."""

    amount: float
    currency: str = "EUR"
    per: str | None = None
    text: Text = Text()
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Promise:
    """How long the city tells the customer that the step takes: `duration` in ISO 8601."""

    duration: str
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that Polku knows of one element beyond BPMN.

    `names` and `text`: its name and its plain words for the customer in three languages (on a flow
    its condition, as in "if the event is small");
    `activities`: names under which logs know this step (default: its name); `delay`: what it waits
    for (one of `DELAYS`); `separate_from`: ids of steps that another person must do (separation of
    duties); `fixed`: why it may not be moved, merged or dropped; `assumptions`: sentences that are
    not known but taken to be so; `notes`: remarks for the reader, as on sources that disagree.
    """

    names: Text = Text()
    text: Text = Text()
    contact: Contact | None = None
    documents: tuple[Document, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    fees: tuple[Fee, ...] = ()
    promise: Promise | None = None
    delay: str | None = None
    separate_from: tuple[str, ...] = ()
    fixed: str | None = None
    activities: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != NO_FACTS


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Unit:
    """Validity of an agency or unit: dates inclusive, `replaced_by` the ids of its successors."""

    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: tuple[str, ...] = ()


NO_UNIT = Unit()


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a path this is.

    `of`: the path's own short name, the same in all its versions, as in "event-permit"; `number`:
    a version as its makers count; `state`: one of `STATES`; `valid_from`: the day from which it
    is in force; `answers`: what it answers to (ids or sentences of insights); `note`: what changed.
    """

    of: str | None = None
    number: str | None = None
    state: str | None = None
    valid_from: date | None = None
    answers: tuple[str, ...] = field(default=())
    note: str | None = None


NO_VERSION = Version()
