"""What changed between two versions of a path, told to each agency and to the customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from polku.path.diff import Change, Difference, Guard, Named, Place, Subject
from polku.path.diff_values import Speaker, fill
from polku.path.diff_words import AGENCY, CUSTOMER
from polku.path.facts import Contact
from polku.path.model import Timer

CUSTOMER_KEY = "\x00customer"
"""The key of the customer's section, in place of an agency's id."""
MOST_LISTED = 3
"""How many steps are listed that another one comes after, and how many conditions it depends on."""
_LISTED = {
    "removed", "optional", "mandatory", "moved", "moved_away", "moved_unit", "automated", "by_hand",
    "contact_dropped", "contact_dropped_customer", "contact_dropped_city", "contact_moved",
    "contact_point_dropped", "contact_point_added", "document_dropped", "document_fetched",
    "document_asked_less", "document_asked_more", "document_added", "document_less",
    "document_more", "document_asked_elsewhere", "document_asked_away",
}  # fmt: skip
"""Kinds of which a reader is told all at once, where the values are the same."""
_JOINED = {"waits", "waits_no_longer", "made_added", "made_dropped", "used_added", "used_dropped",
           "fetched_added", "fetched_dropped"}  # fmt: skip
"""Kinds of which a reader is told at once for each step, and for steps with the same others."""
_ASKED = {"document_asked_less", "document_less", "document_more", "document_asked_more"}
"""Kinds in which the customer is told who asks each document."""
_VALUES = {"deadline", "promise", "fee", "delay"}
_FOR_CUSTOMER = {"deadline", "promise", "fee", "timer"}
"""Kinds that the customer is told too where they meet the city in the step."""


@dataclass(frozen=True, slots=True)
class AgencySection:
    """What one agency, or the customer, is told: the important first.

    `agency`: None in the customer's section and where a path names no agency.
    """

    heading: str
    role: Literal["customer", "agency"]
    sentences: tuple[str, ...]
    agency: Named | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """One sentence on its way: to whom, by which template, with what in its slots."""

    to: str
    key: str
    rank: int
    subject: Subject
    others: tuple[Subject, ...] = ()
    was: str = ""
    now: str = ""
    what: str = ""
    said: str = ""
    """the words for the subject, where they are more than its name"""


def sentences(difference: Difference, language: str = "en") -> tuple[AgencySection, ...]:
    """What changed, in sentences by agency, the customer first.

    `language`: "fi", "sv" or "en" (`ValueError` for another). Agencies to which nothing changes
    have no section. Within a section: what is no longer or newly done, then order, contacts,
    documents, deadlines, and texts last.

    >>> from polku.path.build import start
    >>> from polku.path.diff import diff
    >>> one = start("Stall").step("Apply", unit="Square").step("Check", unit="Rescue").path()
    >>> two = start("Stall").step("Apply", unit="Square").path()
    >>> for section in sentences(diff(one, two)):
    ...     print(section.heading, *section.sentences)
    Rescue This agency no longer takes part in the path. No longer done: »Check«.
    """
    teller = _Teller(difference, Speaker(language))
    return tuple(teller.sections())


def summary_line(difference: Difference, language: str = "en") -> str:
    """One line on the whole: who changes something, and what it comes to for the customer."""
    speaker = Speaker(language)
    words, s = speaker.words, difference.summary
    if difference.empty:
        return words["nothing"]

    def pair(both: tuple[int, int]) -> str:
        return f"{both[0]} → {both[1]}" if both[0] != both[1] else f"{both[0]}"

    head = words["summary_one" if s.changing == 1 else "summary_many"].format(n=s.changing)
    tail = words["summary"].format(
        contacts=pair(s.contacts), points=pair(s.contact_points), agencies=pair(s.agencies),
        documents=pair(s.documents),
    )  # fmt: skip
    return f"{head} {tail}"


class _Teller:
    """Turns changes into sentences for those whom they concern."""

    def __init__(self, difference: Difference, speaker: Speaker) -> None:
        self.difference, self.say = difference, speaker
        self.changes = difference.changes
        self.gone = {c.subject.id for c in difference.of("removed")} | {
            s.id for c in difference.of("merged") for s in c.others
        }
        self.gone |= {c.subject.id for c in difference.of("split")}
        self.come = {c.subject.id for c in difference.of("added")} | {
            s.id for c in difference.of("split") for s in c.others
        }
        self.come |= {c.subject.id for c in difference.of("merged")}

    def sections(self) -> Iterator[AgencySection]:
        lines: dict[str, list[_Line]] = {}
        places: dict[str, Place] = {}
        for rank, change in enumerate(self.changes):
            for line in self._lines(change, rank):
                lines.setdefault(line.to, []).append(line)
        for change in self.changes:
            for subject in (change.subject, *change.others):
                places.setdefault(subject.place.key, subject.place)
            for value in (change.before, change.after):
                if isinstance(value, Place):
                    places.setdefault(value.key, value)
        for to in sorted(lines, key=lambda k: (k != CUSTOMER_KEY, self._heading(k, places), k)):
            told = tuple(dict.fromkeys(self._told(lines[to], to)))
            customer = to == CUSTOMER_KEY
            place = places.get(to)
            yield AgencySection(
                self._heading(to, places),
                "customer" if customer else "agency",
                told,
                None if customer or place is None else place.agency,
            )

    def _heading(self, key: str, places: dict[str, Place]) -> str:
        if key == CUSTOMER_KEY:
            return self.say.words["customer"]
        return self.say.who(places[key]) if key in places else self.say.words["city"]

    def _told(self, lines: list[_Line], to: str) -> Iterator[str]:
        """The sentences of a section; what belongs together is told at once."""
        done: set[tuple[str, ...]] = set()
        for line in lines:
            if line.key in _LISTED:
                same = [n for n in lines if (n.key, n.was, n.now) == (line.key, line.was, line.now)]
                if (line.key, line.was, line.now) not in done:
                    yield self._sentence(line, to, tuple(n.subject for n in same), same)
                done.add((line.key, line.was, line.now))
            elif line.key in _JOINED:
                if (line.key, line.subject.id) not in done:
                    yield self._sentence(*self._join(line, lines, to, done))
            else:
                yield self._sentence(line, to, line.others)

    def _join(
        self, line: _Line, lines: list[_Line], to: str, done: set[tuple[str, ...]]
    ) -> tuple[_Line, str, tuple[Subject, ...]]:
        """One line for a step and all its others, and for documents all steps with the same."""
        mine = [n for n in lines if n.key == line.key]
        others: dict[str, dict[str, Subject]] = {}
        for one in mine:
            others.setdefault(one.subject.id, {}).update((o.id, o) for o in one.others)
        wanted = others[line.subject.id]
        subjects = {line.subject.id: line.subject}
        if not line.key.startswith("waits"):
            subjects |= {n.subject.id: n.subject for n in mine
                         if others[n.subject.id].keys() == wanted.keys()}  # fmt: skip
        done |= {(line.key, id) for id in subjects}
        said = self.say.listed(self._subject(s, to) for s in subjects.values())
        return replace(line, said=said), to, tuple(wanted.values())

    def _subject(self, subject: Subject, to: str) -> str:
        if subject.what in ("agency", "unit"):
            return self.say.name(Named(subject.id, subject.names))
        away = to == CUSTOMER_KEY or subject.place.key != to
        if away and subject.what in ("step", "event") and subject.place.role == "agency":
            return self.say.at(subject, None)
        return self.say.name(subject)

    def _sentence(
        self, line: _Line, to: str, others: tuple[Subject, ...], lines: Iterable[_Line] = ()
    ) -> str:
        customer = to == CUSTOMER_KEY
        language = self.say.language
        template = (CUSTOMER[language].get(line.key) if customer else None) or AGENCY[language][
            line.key
        ]
        said = {n.subject.id: n.said for n in lines if n.said}
        if customer and line.key in _ASKED:  # each document once, with all who asked it
            for id in {n.subject.id for n in lines}:
                mine = [n.subject for n in lines if n.subject.id == id]
                askers = self.say.listed(self.say.who(s.place) for s in mine)
                said[id] = f"{self.say.name(mine[0])} ({askers})"
        told = [said.get(s.id) or self._other(s, line, to) for s in others]
        told = list(dict.fromkeys(told))
        slots = {
            "s": line.said or self._subject(line.subject, to), "o": self.say.listed(told),
            "was": line.was, "now": line.now, "what": line.what,
        }  # fmt: skip
        text = fill(template, slots, many=len(told) > 1)
        return text[:1].upper() + text[1:]

    def _other(self, subject: Subject, line: _Line, to: str) -> str:
        """What stands in a list: its name, with who does it where that is somebody else."""
        if subject.what in ("agency", "unit"):
            return self.say.name(Named(subject.id, subject.names))
        mine = line.key in ("moved", "moved_away", "contact_moved") or (
            line.key.startswith("document_") and line.key != "document_asked_less"
        )
        if mine or _to(subject) == to:
            return self.say.name(subject)
        return self.say.at(subject, None)

    # -- who is told what

    def _lines(self, change: Change, rank: int) -> Iterator[_Line]:
        kind, subject = change.kind, change.subject
        here = CUSTOMER_KEY if subject.place.role == "customer" else subject.place.key

        def line(to: str, key: str, **more: object) -> _Line:
            given: dict[str, object] = {"others": change.others, "was": "", "now": ""} | more
            return _Line(to, key, rank, given.pop("subject", subject), **given)  # type: ignore[arg-type]

        was, now = self.say.value(change.before), self.say.value(change.after)
        if kind in ("contact_point_dropped", "contact_point_added"):
            yield line(CUSTOMER_KEY, kind)
        elif kind in ("agency_left", "agency_joined"):
            if here != CUSTOMER_KEY:
                yield line(here, kind)
        elif kind == "renamed" and any(
            self.say.name(s) == self.say.name(subject) for s in change.others
        ):
            return  # the name is new in other languages only
        elif kind == "moved":
            yield from self._moved(change, line)
        elif kind == "added":
            contact = ""
            if subject.contact is not None and here != CUSTOMER_KEY:
                contact = self.say.contact(subject.contact)
            after = change.others if len(change.others) <= MOST_LISTED else ()
            yield line(here, kind, others=after, now=contact)
        elif kind == "merged":
            yield line(here, kind)
            for key in dict.fromkeys(_to(s) for s in change.others):
                if key != here:
                    mine = tuple(s for s in change.others if _to(s) == key)
                    yield line(key, "merged_away", others=mine)
        elif kind == "split":
            yield line(here, kind)
            for key in dict.fromkeys(_to(s) for s in change.others):
                if key != here:
                    for one in (s for s in change.others if _to(s) == key):
                        yield line(key, "added", subject=one, others=())
        elif kind in ("made_parallel", "no_longer_waits"):
            left = change.after
            key = "waits_no_longer"
            if left == ():
                key = "waits_no_longer_begins"
            elif isinstance(left, tuple) and len(left) <= MOST_LISTED:
                key = "waits_no_longer_only"
            said = ""
            if key == "waits_no_longer_only" and isinstance(left, tuple):
                said = self.say.listed(
                    self.say.at(s, subject.place.key) for s in left if isinstance(s, Subject)
                )
            yield line(here, key, now=said)
        elif kind in ("made_sequential", "now_waits"):
            yield line(here, "waits")
        elif kind == "reordered":
            yield line(here, "earlier")
            for other in change.others:
                if _to(other) != here:
                    yield line(_to(other), "waits", subject=other, others=(subject,))
        elif kind in ("alternative", "not_alternative"):
            for to in dict.fromkeys([here, *map(_to, change.others)]):
                yield line(to, kind)
        elif kind == "branch":
            yield self._branch(change, line, here)
        elif kind in ("loop_added", "loop_removed"):
            same = change.others[0].id == subject.id
            yield line(here, f"{kind}_self" if same else kind)
            for other in change.others:
                if _to(other) not in (here, CUSTOMER_KEY):
                    yield line(_to(other), kind)
        elif kind == "repeat":
            once = self.say.words["once"]
            yield line(here, kind, was=was or once, now=now or once)
        elif kind in ("event_added", "event_removed", "timer"):
            yield from self._event(change, line, here)
        elif kind.startswith("contact_"):
            yield from self._contact(change, line, here)
        elif kind.startswith("document_use"):
            role = str(change.before or change.after)
            end = "dropped" if kind.endswith("dropped") else "added"
            yield line(here, f"{role}_{end}")
        elif kind.startswith("document_"):
            yield from self._document(change, line, here)
        elif kind in _VALUES:
            yield from self._value(change, line, here)
        elif kind == "separation":
            key = "separation" if change.after else "separation_dropped"
            yield line(here, key, was=was, now=now)
        elif kind == "fixed":
            yield line(here, "fixed" if change.after else "fixed_dropped",
                       now=str(change.after or "").rstrip("."))  # fmt: skip
        elif kind == "optional":
            plain = not isinstance(change.after, Guard) or _intricate(change.after)
            yield line(here, kind, now="" if plain else now)
        else:
            yield line(here, kind, was=was, now=now)

    def _moved(self, change: Change, line) -> Iterator[_Line]:  # type: ignore[no-untyped-def]
        was, now = change.before, change.after
        assert isinstance(was, Place)
        assert isinstance(now, Place)
        old = CUSTOMER_KEY if was.role == "customer" else was.key
        new = CUSTOMER_KEY if now.role == "customer" else now.key
        yield line(new, "moved", was=self.say.who(was), now=self.say.who(now))
        plain = Subject(change.subject.id, "step", change.subject.names, was)
        yield line(old, "moved_away", subject=plain, was=self.say.who(was), now=self.say.who(now))

    def _branch(self, change: Change, line, here: str) -> _Line:  # type: ignore[no-untyped-def]
        was, now = change.before, change.after
        assert isinstance(was, Guard)
        assert isinstance(now, Guard)
        if was.share is not None and now.share is not None:
            said = self.say.share(was.share), self.say.share(now.share)
            key = "branch_share"
        elif _intricate(was) or _intricate(now):
            said, key = ("", ""), "branch_other"
        else:
            said = self.say.guard(was), self.say.guard(now)
            key = "branch" if all(said) else "branch_only" if said[1] else "branch_always"
        told: _Line = line(here, key, was=said[0], now=said[1])
        return told

    def _event(self, change: Change, line, here: str) -> Iterator[_Line]:  # type: ignore[no-untyped-def]
        timed = isinstance(change.after, Timer) or isinstance(change.before, Timer)
        value = self.say.value(change.after) if isinstance(change.after, Timer) else ""
        subject = change.subject
        if timed and not subject.names and change.others:
            subject = change.others[0]
        if not timed:
            yield line(here, change.kind)
            return
        if change.kind == "timer":
            more = {"was": self.say.value(change.before), "now": value}
            key = "timer"
        elif change.kind == "event_added":
            more, key = {"now": value}, "timer_added"
        else:
            more, key = {"was": value}, "timer_removed"
        yield line(here, key, subject=subject, others=(), **more)

    def _contact(self, change: Change, line, here: str) -> Iterator[_Line]:  # type: ignore[no-untyped-def]
        kind, was, now = change.kind, change.before, change.after
        known = self.gone if kind == "contact_dropped" else self.come
        own = here != CUSTOMER_KEY and change.subject.id not in known
        if kind == "contact_moved":
            assert isinstance(was, Place)
            assert isinstance(now, Place)
            if CUSTOMER_KEY not in (_key(was), _key(now)):
                yield line(CUSTOMER_KEY, kind, was=self.say.who(was), now=self.say.who(now))
            return
        if kind == "contact_changed":
            assert isinstance(was, Contact)
            assert isinstance(now, Contact)
            if was.by == now.by and was.channels and now.channels:
                short = self.say.channels(was), self.say.channels(now)
                yield line(here, kind, was=short[0], now=short[1])
                yield line(CUSTOMER_KEY, kind, was=short[0], now=short[1])
                return
            yield line(here, kind, was=self.say.contact(was), now=self.say.contact(now))
            told = [self.say.contact(c, to_customer=True) for c in (was, now)]
            yield line(CUSTOMER_KEY, kind, was=told[0], now=told[1])
            return
        value = was if kind == "contact_dropped" else now
        assert isinstance(value, Contact)
        if own:
            yield line(here, kind, now="" if kind == "contact_dropped" else self.say.contact(value))
        said = self.say.channels(value) if kind == "contact_added" else ""
        yield line(CUSTOMER_KEY, f"{kind}_{value.by}", now=said)

    def _document(self, change: Change, line, here: str) -> Iterator[_Line]:  # type: ignore[no-untyped-def]
        kind, subject = change.kind, change.subject
        if kind == "document_asked_elsewhere":
            who = self.say.who(subject.place)
            before = self.say.listed(self.say.who(o.place) for o in change.others)
            said = f"{self.say.name(subject)} ({before})"
            if not change.after:
                yield line(here, kind, said=said)
                for other in change.others:
                    yield line(other.place.key, "document_asked_away", subject=other, now=who)
            yield line(CUSTOMER_KEY, kind, said=said, now=who)
            return
        if kind == "document_times":
            assert isinstance(change.before, int)
            assert isinstance(change.after, int)
            key = "document_less" if change.after < change.before else "document_more"
            yield line(here, key)
            yield line(CUSTOMER_KEY, key)
            return
        yield line(here, kind)
        if kind != "document_dropped" or change.after is None:
            yield line(CUSTOMER_KEY, kind)

    def _value(self, change: Change, line, here: str) -> Iterator[_Line]:  # type: ignore[no-untyped-def]
        kind = change.kind
        was, now = self.say.value(change.before), self.say.value(change.after)
        if kind == "delay":
            was, now = (self.say.terms.get(w, w.replace("-", " ")) for w in (was, now))
        key = "value" if was and now else "value_added" if now else "value_dropped"
        more = {"was": was, "now": now, "what": self.say.words[kind]}
        if change.subject.id not in self.gone | self.come:
            yield line(here, key, **more)
        meets = change.subject.contact is not None or kind in ("fee", "promise")
        if kind in _FOR_CUSTOMER and meets and here != CUSTOMER_KEY:
            yield line(CUSTOMER_KEY, key, **more)


def _intricate(guard: Guard) -> bool:
    """Whether nobody would understand the conditions in one sentence."""
    ways = guard.conditions
    return len(ways) > MOST_LISTED - 1 or any(len(way) > MOST_LISTED for way in ways)


def _to(subject: Subject) -> str:
    return CUSTOMER_KEY if subject.place.role == "customer" else subject.place.key


def _key(place: Place) -> str:
    return CUSTOMER_KEY if place.role == "customer" else place.key


def by_customer(sections: Iterable[AgencySection]) -> tuple[str, ...]:
    """The customer's sentences."""
    return next((s.sentences for s in sections if s.role == "customer"), ())
