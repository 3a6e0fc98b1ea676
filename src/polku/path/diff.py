"""What changed between two versions of a path, as data: one change for each real difference.

Order is compared by behaviour (`polku.path.changes.order`), so a path that is only drawn anew, or
whose gateways are merged without a change of what can happen, gives no change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from polku.path.facts import LANGUAGES, Contact, Deadline, Fee, Promise, Text
from polku.path.model import Path, Repeat, Timer

if TYPE_CHECKING:
    from polku.path.changes.side import Side

FORMAT = "polku.diff/1"
NO_TEXT = Text()
Span: TypeAlias = tuple[int, int]
"""The least and the most."""

Kind = Literal[
    "agency_left", "agency_joined", "removed", "added", "moved", "moved_unit", "unit_replaced",
    "merged", "split", "renamed", "automated", "by_hand",
    "no_longer_waits", "made_parallel", "reordered", "now_waits", "made_sequential",
    "alternative", "not_alternative", "optional", "mandatory", "branch",
    "loop_removed", "loop_added", "repeat", "event_removed", "event_added",
    "contact_dropped", "contact_added", "contact_changed", "contact_moved",
    "contact_point_dropped", "contact_point_added",
    "document_dropped", "document_fetched", "document_asked_less", "document_asked_elsewhere",
    "document_asked_more", "document_added", "document_times", "document_received",
    "document_use_dropped", "document_use_added",
    "deadline", "promise", "fee", "delay", "timer", "fixed", "separation", "texts",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Kinds of change, the important ones first."""


@dataclass(frozen=True, slots=True)
class Named:
    """An agency, a unit, a document: its id (a document's key) and its name."""

    id: str
    names: Text


@dataclass(frozen=True, slots=True)
class Place:
    """Who does something: `role` is "customer" where the customer does it alone."""

    agency: Named | None
    unit: Named | None = None
    role: Literal["agency", "customer"] = "agency"

    @property
    def key(self) -> str:
        """What stands for the agency: its id, "" where none is known."""
        return self.agency.id if self.agency is not None else ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a change is about, or what it stands in relation to: a step, an event, a document …

    `contact`: who starts the contact in it, None where there is none.
    """

    id: str
    what: Literal["step", "event", "document", "unit", "agency"]
    names: Text
    place: Place
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as the path writes it, or an event that happens.

    `holds`: not its contrary; `said`: the condition in plain words, as in "if it is big";
    `question` and `answer`: as the drawing has them.
    """

    text: str
    holds: bool = True
    said: Text = NO_TEXT
    question: Text = NO_TEXT
    answer: Text = NO_TEXT
    event: Subject | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """When a step is done: its `share` of matters; all conditions of one of `conditions`.

    No conditions: always.
    """

    share: float | None = None
    conditions: tuple[tuple[Condition, ...], ...] = ()

    def beyond(self, other: Guard) -> tuple[Condition, ...]:
        """What this one demands in addition to all that another does; () where it is not so."""
        if len(self.conditions) != 1 or len(other.conditions) != 1:
            return ()
        mine = {(c.text, c.holds, c.event): c for c in self.conditions[0]}
        theirs = {(c.text, c.holds, c.event) for c in other.conditions[0]}
        return (
            tuple(c for key, c in mine.items() if key not in theirs) if theirs < mine.keys() else ()
        )


Value: TypeAlias = (
    bool | int | str | Contact | Promise | Timer | Repeat | Guard | Place
    | tuple[Deadline, ...] | tuple[Fee, ...] | tuple[Subject, ...] | None
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    `subject`: what changed, as it is after (as it was before, where it is gone); `others`: what
    it changed towards (what it waited for, what was merged …); `before`, `after`: the values. Of
    what came or is only done at times, `after` is the condition (`Guard`; None: always); `before`
    of "merged" says whether the step was there already.
    """

    kind: Kind
    subject: Subject
    others: tuple[Subject, ...] = ()
    before: Value = None
    after: Value = None

    @property
    def agency(self) -> str:
        """The agency that is asked for this change (its id)."""
        return self.subject.place.key


@dataclass(frozen=True, slots=True)
class Which:
    """A version that was compared."""

    id: str
    name: Text
    state: str | None
    number: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the two versions come to, each as (before, after).

    `changing`: agencies that are told of a change; `contacts`: steps in which customer and city
    meet; `contact_points`: distinct units met there; `documents`: documents asked, once for each
    time; all of these over all branches together. `contacts_each`, `documents_each`: the least and
    the most that one matter meets from the beginning to the end, loops at most once.
    """

    changing: int
    contacts: tuple[int, int]
    contact_points: tuple[int, int]
    agencies: tuple[int, int]
    documents: tuple[int, int]
    contacts_each: tuple[Span, Span]
    documents_each: tuple[Span, Span]


@dataclass(frozen=True)
class Difference:
    """What changed between two versions, the important changes first."""

    before: Which
    after: Which
    changes: tuple[Change, ...]
    summary: Summary
    agencies: tuple[Named, ...] = ()
    """all that have something to do in one of the versions"""

    @property
    def empty(self) -> bool:
        """Whether nothing changed that anybody would have to do or know."""
        return not self.changes

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(c for c in self.changes if c.kind == kind)

    def to_json(self) -> dict[str, Any]:
        """The difference as `polku.diff/1` (see `polku.schemas`), with its sentences."""
        from polku.path.changes.sentences import closing_line, sentences, summary_line, title_line

        return {
            "format": FORMAT,
            "before": _plain(self.before),
            "after": _plain(self.after),
            "summary": _plain(self.summary),
            "agencies": [_plain(a) for a in self.agencies],
            "changes": [_plain(c) for c in self.changes],
            "sentences": {
                n: {
                    "title": title_line(self, n),
                    "summary": summary_line(self, n),
                    "closing": closing_line(self, n),
                    "sections": [_plain(s) for s in sentences(self, n)],
                }
                for n in LANGUAGES
            },
        }

    def dumps(self) -> str:
        """The JSON document as text."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n"


def diff(before: Path, after: Path) -> Difference:
    """What changed from one version of a path to another.

    Steps are the same where their id is; else by name in the same agency, by name, or by the
    activities and documents they have in common. Layout, ids of flows and gateways, and gateways
    that change nothing in what can happen do not count.

    >>> from polku.path.build import start
    >>> one = start("Stall").step("Apply").step("Check").step("Decide").path()
    >>> two = start("Stall").step("Apply").step("Decide", id="step-3").path()
    >>> [(c.kind, c.subject.names.en) for c in diff(one, two).changes]
    [('removed', 'Check')]
    """
    from polku.path.changes.find import Finder
    from polku.path.changes.sentences import sentences

    finder = Finder(before, after)
    rank = {kind: k for k, kind in enumerate(KINDS)}
    same = before is after or before.hash == after.hash
    changes = [] if same else sorted(finder.changes(), key=lambda c: rank[c.kind])
    old, new = finder.old, finder.new
    found = Difference(
        _which(before),
        _which(after),
        tuple(changes),
        Summary(
            changing=0,
            contacts=(_contacts(old), _contacts(new)),
            contact_points=(len(old.contact_points), len(new.contact_points)),
            agencies=(len(old.agencies), len(new.agencies)),
            documents=(_asked(old), _asked(new)),
            contacts_each=(old.each(old.contacts_at), new.each(new.contacts_at)),
            documents_each=(old.each(old.asked_at), new.each(new.asked_at)),
        ),
        (*map(new.named, new.agencies), *(
            old.named(n) for n in old.agencies
            if finder.m.lanes.get(n.id) not in {a.id for a in new.agencies}
        )),
    )  # fmt: skip
    told = sum(s.role == "agency" for s in sentences(found))
    return replace(found, summary=replace(found.summary, changing=told))


def _which(path: Path) -> Which:
    from polku.path.changes.match import names_of

    name = names_of(path.facts.names, path.name)
    return Which(path.id, name, path.version.state, path.version.number, path.hash)


def _contacts(side: Side) -> int:
    return sum(side.contact(e) is not None for e in side.elements)


def _asked(side: Side) -> int:
    return sum(sum(keys.values()) for keys in side.asked.values())


def _plain(value: Any) -> Any:
    """A value in the forms of JSON; what is not said is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {f.name: getattr(value, f.name) for f in fields(value)}
        return {k: _plain(v) for k, v in found.items() if v is not None and v != ()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value
