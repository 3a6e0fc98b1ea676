"""Who is told what of a change: lines for agencies and the customer, before they are sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from polku.path.changes.values import Speaker
from polku.path.diff import Change, Difference, Guard, Place, Subject
from polku.path.facts import Contact
from polku.path.model import Timer

CUSTOMER_KEY = "\x00customer"
"""The key of the customer's section, in place of an agency's id."""
MOST_LISTED = 3
"""How many steps are listed that another one comes after, and how many conditions it depends on."""
_VALUES = {"deadline", "promise", "fee", "delay"}
_FOR_CUSTOMER = {"deadline", "promise", "fee", "timer"}
"""Kinds that the customer is told too where they meet the city in the step."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence on its way: to whom, by which template, with what in its slots.

    `listed`: what stands in the list; without it the subjects of all lines that are told at once.
    `more`: what stands in brackets behind the subject in a list, as its channels.
    """

    to: str
    key: str
    rank: int
    subject: Subject
    listed: tuple[Subject, ...] = ()
    was: str = ""
    now: str = ""
    cond: str = ""
    what: str = ""
    said: str = ""
    more: str = ""


class Teller:
    """Turns changes into lines for those whom they concern."""

    def __init__(self, difference: Difference, speaker: Speaker) -> None:
        self.difference, self.say = difference, speaker
        merged = difference.of("merged")
        self.gone = {c.subject.id for c in (*difference.of("removed"), *difference.of("split"))}
        self.gone |= {s.id for c in merged for s in c.others}
        self.come = {c.subject.id for c in (*difference.of("added"), *merged)}
        self.come |= {s.id for c in difference.of("split") for s in c.others}
        self.new = {c.subject.id for c in difference.of("added")}
        self.new |= {c.subject.id for c in merged if not c.before}
        self.when = {c.subject.id: c.after for c in (*difference.of("added"), *merged)}
        self.taken = {c.subject.id for c in merged if by_customer(c.subject)}
        self.replaced = {
            s.id for c in merged if by_customer(c.subject) for s in c.others if by_customer(s)
        }
        self.received = {
            (c.subject.id, c.subject.place.key) for c in difference.of("document_received")
        }
        self.uses: dict[str, dict[str, list[Subject]]] = {}
        for kind in ("document_use_dropped", "document_use_added"):
            for c in difference.changes:
                if c.kind == kind and (c.before or c.after) == "used":
                    of = self.uses.setdefault(c.subject.id, {})
                    of.setdefault(kind, []).extend(c.others)

    def lines(self) -> Iterator[Line]:
        """All lines, the important changes first."""
        for rank, change in enumerate(self.difference.changes):
            for line in self._lines(change):
                yield replace(line, rank=rank)

    def _lines(self, change: Change) -> Iterator[Line]:
        kind, subject = change.kind, change.subject
        here = to_whom(subject)

        def line(to: str, key: str = kind, **more: object) -> Line:
            given: dict[str, object] = {"subject": subject, "listed": change.others} | more
            return Line(to, key, 0, **given)  # type: ignore[arg-type]

        was, now = self.say.value(change.before), self.say.value(change.after)
        if kind == "texts":
            return  # explanations are no change of what anybody does
        if kind in ("contact_point_dropped", "contact_point_added"):
            yield line(CUSTOMER_KEY)
        elif kind in ("agency_left", "agency_joined"):
            if here != CUSTOMER_KEY:
                yield line(here)
        elif kind == "renamed" and any(
            self.say.name(s) == self.say.name(subject) for s in change.others
        ):
            return  # the name is new in other languages only
        elif kind == "removed":
            yield line(here, "removed_received" if received(subject) else kind, listed=())
        elif kind == "moved":
            yield from self._moved(change, line)
        elif kind == "added":
            yield from self._added(change, line, here)
        elif kind == "merged":
            yield from self._merged(change, line, here)
        elif kind == "split":
            yield line(here)
            for one in change.others:
                if to_whom(one) != here:
                    yield line(to_whom(one), "added", subject=one, listed=())
        elif kind in ("made_parallel", "no_longer_waits"):
            yield from self._freed(change, line, here)
        elif kind in ("made_sequential", "now_waits"):
            cond = self._cond(change.after)
            if not by_customer(subject):
                yield line(here, "waits", cond=cond)
            else:
                after = self._at(change.others)
                yield line(CUSTOMER_KEY, "waits", listed=(), now=after, cond=cond)
        elif kind == "reordered":
            yield line(here, "earlier")
            cond = self._cond(change.after)
            for other in change.others:
                if other.contact is not None or to_whom(other) == CUSTOMER_KEY != here:
                    after = self._at([subject])
                    yield line(CUSTOMER_KEY, "waits", subject=other, listed=(), now=after,
                               cond=cond)  # fmt: skip
                elif to_whom(other) != here:
                    yield line(to_whom(other), "waits", subject=other, listed=(subject,),
                               cond=cond)  # fmt: skip
        elif kind in ("alternative", "not_alternative"):
            for to in dict.fromkeys([here, *map(to_whom, change.others)]):
                yield line(to)
        elif kind in ("optional", "mandatory"):
            cond = self._cond(change.after)
            end = "_if" if cond else ""
            yield line(here, kind + end, listed=(), cond=cond)
            if here != CUSTOMER_KEY and subject.contact is not None:
                by = "" if subject.contact.by == "customer" else "_city"
                yield line(CUSTOMER_KEY, kind + by + end, listed=(), cond=cond)
        elif kind == "branch":
            told = self._branch(change, line, here)
            yield told
            if here != CUSTOMER_KEY and subject.contact is not None:
                city = told.key == "optional_if" and subject.contact.by == "city"
                key = "optional_city_if" if city else told.key
                yield replace(told, to=CUSTOMER_KEY, key=key)
        elif kind in ("loop_added", "loop_removed"):
            same = change.others[0].id == subject.id
            yield line(here, f"{kind}_self" if same else kind)
            for other in change.others:
                if to_whom(other) not in (here, CUSTOMER_KEY):
                    yield line(to_whom(other))
        elif kind == "repeat":
            once = self.say.words["once"]
            yield line(here, was=was or once, now=now or once)
        elif kind in ("event_added", "event_removed", "timer"):
            yield from self._event(change, line, here)
        elif kind.startswith("contact_"):
            yield from self._contact(change, line, here)
        elif kind.startswith("document_use"):
            yield from self._use(change, line, here)
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
        elif kind in ("moved_unit", "automated", "by_hand"):
            yield line(here, listed=(), was=was, now=now)
        else:
            yield line(here, was=was, now=now)

    # -- steps

    def _cond(self, value: object) -> str:
        """The clause of a condition, "" where there is none or nobody would understand it."""
        if not isinstance(value, Guard) or intricate(value):
            return ""
        return self.say.guard(value)

    def _at(self, subjects: Iterable[Subject]) -> str:
        """Steps with who does them, as in a sentence to the customer."""
        return self.say.listed(
            self.say.name(s) if to_whom(s) == CUSTOMER_KEY else self.say.at(s, None)
            for s in subjects
        )

    def _added(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        contact = change.subject.contact
        cond = self._cond(change.after)
        if here == CUSTOMER_KEY:
            yield line(here, listed=(), cond=cond)
        elif contact is not None:
            key = "added_received" if contact.by == "customer" else "added_contact"
            yield line(here, key, listed=(), now=self.say.channels(contact), cond=cond)
        else:
            after = [s for s in change.others if to_whom(s) not in (here, CUSTOMER_KEY)]
            said = self.say.at(after[0], here) if len(after) == len(change.others) == 1 else ""
            yield line(here, listed=(), was=said, cond=cond)

    def _merged(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        subject, contact = change.subject, change.subject.contact
        fresh, cond = not change.before, self._cond(change.after)
        key = "merged_new" if fresh else "merged"
        now = ""
        if fresh and contact is not None and here != CUSTOMER_KEY:
            key += "_received" if contact.by == "customer" else "_contact"
            now = self.say.channels(contact)
        yield line(here, key, now=now, cond=cond)
        own = tuple(s for s in change.others if by_customer(s))
        if here != CUSTOMER_KEY and by_customer(subject):
            said = self._offered(subject) if fresh else self.say.at(subject, None)
            yield line(CUSTOMER_KEY, "merged_new" if fresh else "merged", listed=own, said=said,
                       cond=cond)  # fmt: skip
        for to in dict.fromkeys(map(to_whom, change.others)):
            if to in (here, CUSTOMER_KEY):
                continue
            mine = tuple(s for s in change.others if to_whom(s) == to)
            for wanted, name in ((True, "merged_away_received"), (False, "merged_away")):
                if some := tuple(s for s in mine if received(s) == wanted):
                    yield line(to, name, listed=some)

    def _offered(self, subject: Subject) -> str:
        """A step that the customer has with an agency, with its channels."""
        who = self.say.short(subject.place)
        ways = self.say.channels(subject.contact) if subject.contact is not None else ""
        return f"{self.say.name(subject)} ({', '.join(filter(None, (who, ways)))})"

    def _moved(self, change: Change, line) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        was, now = change.before, change.after
        assert isinstance(was, Place)
        assert isinstance(now, Place)
        said = {"was": self.say.who(was), "now": self.say.who(now), "listed": ()}
        yield line(_key(now), "moved", **said)
        plain = replace(change.subject, place=was)
        yield line(_key(was), "moved_away", subject=plain, **said)

    def _freed(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        """Steps that no longer wait; what is gone is told where it was."""
        subject, others, left = change.subject, change.others, change.after
        after = tuple(s for s in left if isinstance(s, Subject)) if isinstance(left, tuple) else ()
        mine, theirs = by_customer(subject), all(map(by_customer, others))
        gone = all(o.id in self.gone for o in others)
        fresh = any(s.id in self.new for s in after)
        if fresh and len(after) > MOST_LISTED:
            after = tuple(s for s in after if s.id in self.new)
        if fresh and mine:
            if theirs and not all(map(by_customer, after)):
                yield line(CUSTOMER_KEY, "waits", listed=(), now=self._at(after))
            elif not theirs:
                yield line(CUSTOMER_KEY, "waits_instead", listed=(), now=self._at(after),
                           was=self._at(others))  # fmt: skip
            return
        if fresh:
            said = self.say.listed(self.say.at(s, here) for s in after)
            yield line(here, "waits_instead", now=said)
            return
        if gone and (mine or theirs):
            return
        if mine:
            yield line(CUSTOMER_KEY, "waits_no_longer", listed=(), now=self._at(others))
            return
        key, said = "waits_no_longer", ""
        if left == ():
            key = "waits_no_longer_begins"
        elif after and len(after) <= MOST_LISTED:
            key = "waits_no_longer_only"
            said = self.say.listed(self.say.at(s, subject.place.key) for s in after)
        yield line(here, key, now=said)

    def _branch(self, change: Change, line, here: str) -> Line:  # type: ignore[no-untyped-def]
        was, now = change.before, change.after
        assert isinstance(was, Guard)
        assert isinstance(now, Guard)
        if was.share is not None and now.share is not None:
            said = self.say.share(was.share), self.say.share(now.share)
            key = "branch_share"
        elif intricate(was) or intricate(now):
            said, key = ("", ""), "branch_other"
        elif more := now.beyond(was):
            told: Line = line(
                here, "optional_if", listed=(), cond=self.say.guard(Guard(None, (more,)))
            )
            return told
        else:
            said = self.say.guard(was), self.say.guard(now)
            key = "branch" if all(said) else "optional_if" if said[1] else "branch_always"
            if key == "optional_if":
                told = line(here, key, listed=(), cond=said[1])
                return told
        told = line(here, key, was=said[0], now=said[1])
        return told

    def _event(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        timed = isinstance(change.after, Timer) or isinstance(change.before, Timer)
        value = self.say.value(change.after) if isinstance(change.after, Timer) else ""
        subject = change.subject
        if timed and not subject.names and change.others:
            subject = change.others[0]
        if not timed:
            yield line(here)
            return
        if change.kind == "timer":
            more = {"was": self.say.value(change.before), "now": value}
            key = "timer"
        elif change.kind == "event_added":
            more, key = {"now": value}, "timer_added"
        else:
            more, key = {"was": value}, "timer_removed"
        yield line(here, key, subject=subject, listed=(), **more)

    # -- facts

    def _contact(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        kind, subject, was, now = change.kind, change.subject, change.before, change.after
        if kind == "contact_moved":
            assert isinstance(was, Place)
            assert isinstance(now, Place)
            if CUSTOMER_KEY not in (_key(was), _key(now)):
                yield line(CUSTOMER_KEY, listed=(), was=self.say.who(was), now=self.say.who(now))
            return
        if kind == "contact_changed":
            assert isinstance(was, Contact)
            assert isinstance(now, Contact)
            if was.by == now.by and was.channels and now.channels:
                said = told = [self.say.channels(was), self.say.channels(now)]
            else:
                said = [self.say.contact(was), self.say.contact(now)]
                told = [self.say.contact(c, to_customer=True) for c in (was, now)]
            yield line(here, was=said[0], now=said[1])
            yield line(CUSTOMER_KEY, was=told[0], now=told[1])
            return
        dropped = kind == "contact_dropped"
        value = was if dropped else now
        assert isinstance(value, Contact)
        known = self.gone if dropped else self.come
        if here != CUSTOMER_KEY and subject.id not in known:
            yield line(here, listed=(), now="" if dropped else self.say.contact(value))
        if subject.id in (self.replaced if dropped else self.taken):
            return
        if dropped:
            old = replace(subject, names=change.others[0].names) if change.others else subject
            key = "removed" if value.by == "customer" else "contact_dropped_city"
            yield line(CUSTOMER_KEY, key, subject=old, listed=())
            return
        ways, cond = self.say.channels(value), self._cond(self.when.get(subject.id))
        if value.by == "customer":
            yield line(CUSTOMER_KEY, "added", listed=(), more=ways, cond=cond)
        else:
            yield line(CUSTOMER_KEY, "contact_added_city", listed=(), now=ways, cond=cond,
                       was=self.say.who(subject.place))  # fmt: skip

    def _use(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        role = str(change.before or change.after)
        both = self.uses.get(change.subject.id, {})
        if role == "used" and len(both) == 2:
            now = self.say.listed(map(self.say.name, both["document_use_added"]))
            yield line(here, "used_instead", listed=tuple(both["document_use_dropped"]), now=now)
            return
        yield line(here, f"{role}_{'dropped' if change.kind.endswith('dropped') else 'added'}")

    def _document(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
        kind, subject = change.kind, change.subject
        if kind == "document_received":
            yield line(here, listed=(), now=self.say.listed(self.say.who(o.place) for o in
                                                            change.others))  # fmt: skip
        elif kind == "document_asked_elsewhere":
            who = self.say.who(subject.place)
            if not change.after:
                yield line(here)
                for other in change.others:
                    if (other.id, other.place.key) not in self.received:
                        yield line(other.place.key, "document_asked_away", subject=other,
                                   listed=(), now=who)  # fmt: skip
            yield line(CUSTOMER_KEY, now=who)
        elif kind == "document_asked_less":
            if (subject.id, subject.place.key) not in self.received:
                now = self.say.listed(self.say.who(o.place) for o in change.others)
                many = len(change.others) > MOST_LISTED - 1
                yield line(here, kind + "_many" * many, listed=(), now="" if many else now)
            many = isinstance(change.before, int) and change.before > 1
            times = self.say.words["times"].format(n=change.before) if many else ""
            yield line(CUSTOMER_KEY, listed=(), more=times)
        elif kind == "document_times":
            assert isinstance(change.before, int)
            assert isinstance(change.after, int)
            key = "document_less" if change.after < change.before else "document_more"
            more = self.say.words["times_instead"].format(n=change.after, was=change.before)
            yield line(here, key, listed=(), more=more)
            yield line(CUSTOMER_KEY, key, listed=(), more=more)
        else:
            cond = self._cond(change.after)
            yield line(here, listed=(), cond=cond)
            if kind != "document_dropped" or change.after is None:
                yield line(CUSTOMER_KEY, listed=(), cond=cond)

    def _value(self, change: Change, line, here: str) -> Iterator[Line]:  # type: ignore[no-untyped-def]
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


def intricate(guard: Guard) -> bool:
    """Whether nobody would understand the conditions in one sentence."""
    ways = guard.conditions
    return len(ways) > MOST_LISTED - 1 or any(len(way) > MOST_LISTED for way in ways)


def received(subject: Subject) -> bool:
    """Whether an agency does a step in that the customer turns to it."""
    contact = subject.contact
    return subject.place.role == "agency" and contact is not None and contact.by == "customer"


def by_customer(subject: Subject) -> bool:
    """Whether it is the customer who does a step, alone or with an agency."""
    return subject.place.role == "customer" or received(subject)


def to_whom(subject: Subject) -> str:
    """Whose section tells of a step."""
    return _key(subject.place)


def _key(place: Place) -> str:
    return CUSTOMER_KEY if place.role == "customer" else place.key
