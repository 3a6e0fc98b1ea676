"""Finding what changed in the facts of a path: contacts, documents, deadlines, fees, texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from polku.path.changes.match import Element, called, match
from polku.path.changes.side import Side
from polku.path.diff import Change, Guard, Kind, Subject
from polku.path.facts import Deadline, Facts, Text
from polku.path.model import Event, Path, Step


class FactsFinder:
    """What two versions say of the steps that they have in common."""

    def __init__(self, before: Path, after: Path) -> None:
        self.old, self.new = Side(before), Side(after)
        self.m = match(before, after)
        self.before = {t: s for s, t in self.m.steps.items()}
        self.lane_before = {b: a for a, b in self.m.lanes.items()}

    def facts(self) -> Iterator[Change]:
        """All changes of facts."""
        yield from self._contacts()
        yield from self._contact_points()
        yield from self._documents()
        yield from self._uses()
        for s, t in self.m.elements.items():
            yield from self._values(self.old.element(s), self.new.element(t))
        yield from self._fees_of_strangers()
        yield from self._texts()

    def _same_agency(self, was: str, now: str) -> bool:
        return self.m.lanes.get(was, was) == now

    # -- contacts

    def _contacts(self) -> Iterator[Change]:
        matched = self.m.elements
        for element in self.old.elements:
            if element.id not in matched and (c := self.old.contact(element)) is not None:
                yield Change("contact_dropped", self.old.subject(element.id), (), c, None)
        known = set(matched.values())
        for element in self.new.elements:
            if element.id not in known and (c := self.new.contact(element)) is not None:
                yield Change("contact_added", self.new.subject(element.id), (), None, c)
        for s, t in matched.items():
            was, now = self.old.contact(self.old.element(s)), self.new.contact(self.new.element(t))
            old, new = self.old.subject(s), self.new.subject(t)
            if was is None or now is None:
                if now is not None:
                    yield Change("contact_added", new, (), was, now)
                elif was is not None:
                    others = (old,) if old.names != new.names else ()
                    yield Change("contact_dropped", replace(new, contact=was), others, was, now)
                continue
            if not self._same_agency(old.place.key, new.place.key):
                yield Change("contact_moved", new, (), old.place, new.place)
            if (was.by, set(was.channels)) != (now.by, set(now.channels)):
                yield Change("contact_changed", new, (), was, now)

    def _contact_points(self) -> Iterator[Change]:
        old, new = self.old.contact_points, self.new.contact_points
        for id, lane in old.items():
            if self.m.lanes.get(id) not in new:
                yield Change("contact_point_dropped", self.old.lane_subject(lane))
        for id, lane in new.items():
            if self.lane_before.get(id) not in old:
                yield Change("contact_point_added", self.new.lane_subject(lane))

    # -- documents

    def _documents(self) -> Iterator[Change]:
        """What the customer has to give: which documents, to whom, how often."""
        old, new = self.old.asked, self.new.asked
        for key in sorted(old.keys() | new.keys()):
            was = {self.m.lanes.get(a, a): n for a, n in old.get(key, {}).items()}
            now = dict(new.get(key, {}))
            back = {self.m.lanes.get(a, a): a for a in old.get(key, {})}
            if not now:
                yield from self._not_asked(key, list(back.values()))
                continue
            lost = tuple(self._asker(self.old, key, back[a]) for a in was if a not in now)
            gained = tuple(self._asker(self.new, key, a) for a in now if a not in was)
            if not was:
                for subject in gained:
                    yield Change("document_added", subject, (), None, self._only(key, subject))
            elif lost and gained:
                along = all(self._goes_along(key, a) for a in back.values())
                for subject in gained:
                    yield Change("document_asked_elsewhere", subject, lost, None, along)
                yield from self._received(key, lost, gained)
            elif lost:
                left = tuple(self._asker(self.new, key, a) for a in now)
                for subject in lost:
                    taken = self._takers(key, subject.place.key) or left
                    times = was[self.m.lanes.get(subject.place.key, subject.place.key)]
                    yield Change("document_asked_less", subject, taken, times, 0)
                yield from self._received(key, lost, left)
            elif gained:
                for subject in gained:
                    yield Change("document_asked_more", subject, (), None,
                                 self._only(key, subject))  # fmt: skip
            for a in [a for a in now if a in was and now[a] != was[a]]:
                most = self.old.most_asked(key, back[a]), self.new.most_asked(key, a)
                if most[0] != most[1]:
                    yield Change("document_times", self._asker(self.new, key, a), (), *most)

    def _received(
        self, key: str, lost: tuple[Subject, ...], askers: tuple[Subject, ...]
    ) -> Iterator[Change]:
        """Who goes on using a document that another agency now asks for."""
        using = self.new.uses(key)
        for subject in lost:
            now = self.m.lanes.get(subject.place.key)
            giving = self._takers(key, subject.place.key) or askers
            if now in using and len(giving) == 1:
                yield Change("document_received", self.new.document(key, using[now]), giving)

    def _takers(self, key: str, agency: str) -> tuple[Subject, ...]:
        """Agencies that ask for a document in the steps that replace another agency's."""
        found = {}
        for t, many in self.m.merged.items():
            for s in many:
                element = self.old.element(s)
                if self.old.place(element).key == agency and any(
                    d.key == key and d.role == "asked" for d in self.old.documents(element)
                ):
                    taker = self.new.place(self.new.element(t)).key
                    if taker in self.new.asked.get(key, {}):
                        found[taker] = self._asker(self.new, key, taker)
        return tuple(found.values())

    def _only(self, key: str, subject: Subject) -> Guard | None:
        """The condition under which a document is asked, where only one new step asks it."""
        asking = [
            e.id for e in self.new.elements
            if any(d.key == key and d.role == "asked" for d in self.new.documents(e))
            and self.new.place(e).key == subject.place.key
        ]  # fmt: skip
        return self._when(asking[0]) if len(asking) == 1 and asking[0] in self.new.ids else None

    def _when(self, step: str, beside: str | None = None) -> Guard | None:
        """When a step is done (see `Finder`)."""
        raise NotImplementedError

    def _goes_along(self, key: str, agency: str) -> bool:
        """Whether a document moves only because the steps move that ask for it."""
        taken = {s for many in self.m.merged.values() for s in many} | set(self.m.split)
        for element in self.old.elements:
            asks = any(d.key == key and d.role == "asked" for d in self.old.documents(element))
            if asks and self.old.place(element).key == agency and element.id not in taken:
                now = self.m.elements.get(element.id)
                if now is None or self._same_agency(
                    agency, self.new.place(self.new.element(now)).key
                ):
                    return False
        return True

    def _not_asked(self, key: str, agencies: list[str]) -> Iterator[Change]:
        """A document that nobody asks any more: dropped, or fetched from a register."""
        fetcher = self.new.fetched.get(key)
        fresh = fetcher is not None and key not in self.old.fetched
        if fresh and fetcher is not None:
            askers = tuple(self._asker(self.old, key, a) for a in agencies)
            yield Change("document_fetched", self.new.document(key, fetcher), askers)
            agencies = [a for a in agencies if not self._same_agency(a, fetcher.key)]
        for agency in agencies:
            subject = self._asker(self.old, key, agency)
            yield Change("document_dropped", subject, (), None, fetcher if fresh else None)

    def _asker(self, side: Side, key: str, agency: str) -> Subject:
        return side.document(key, side.at_agency(agency))

    def _uses(self) -> Iterator[Change]:
        """Documents that a step makes, uses or fetches."""
        for s, t in self.m.elements.items():
            old, new = self.old.element(s), self.new.element(t)
            was = {(d.key, d.role) for d in self.old.documents(old) if d.role != "asked"}
            now = {(d.key, d.role) for d in self.new.documents(new) if d.role != "asked"}
            fetched = {key for key, role in now if role == "fetched"}
            for key, role in sorted(was - now):
                if key in fetched and role == "used":
                    continue  # told as fetched
                document = self.old.document(key, self.old.place(old))
                subject = self.new.subject(t)
                yield Change("document_use_dropped", subject, (document,), role, None)
            for key, role in sorted(now - was):
                asked_before = key in self.old.asked and key not in self.new.asked
                if role == "fetched" and asked_before and key not in self.old.fetched:
                    continue  # told as fetched instead of asked
                document = self.new.document(key, self.new.place(new))
                yield Change("document_use_added", self.new.subject(t), (document,), None, role)

    # -- values

    def _values(self, old: Element, new: Element) -> Iterator[Change]:
        subject = self.new.subject(new.id)
        was, now = old.facts, new.facts
        bare = tuple(map(_bare, was.deadlines)), tuple(map(_bare, now.deadlines))
        if sorted(bare[0], key=repr) != sorted(bare[1], key=repr):
            yield Change("deadline", subject, (), was.deadlines, now.deadlines)
        if _duration(was) != _duration(now):
            yield Change("promise", subject, (), was.promise, now.promise)
        if _fees(was) != _fees(now):
            yield Change("fee", subject, (), was.fees, now.fees)
        if was.delay != now.delay:
            yield Change("delay", subject, (), was.delay, now.delay)
        if was.fixed != now.fixed and (was.fixed is None or now.fixed is None):
            yield Change("fixed", subject, (), was.fixed, now.fixed)
        apart = {self.m.steps.get(i, i) for i in was.separate_from}, set(now.separate_from)
        if apart[0] != apart[1]:
            yield Change("separation", subject, (), self._steps_of(self.old, was),
                         self._steps_of(self.new, now))  # fmt: skip
        if isinstance(old, Step) and isinstance(new, Step) and old.repeat != new.repeat:
            yield Change("repeat", subject, (), old.repeat, new.repeat)
        if isinstance(old, Event) and isinstance(new, Event) and old.timer != new.timer:
            at = (self.new.subject(new.attached_to),) if new.attached_to is not None else ()
            yield Change("timer", subject, at, old.timer, new.timer)

    def _steps_of(self, side: Side, facts: Facts) -> tuple[Subject, ...]:
        return tuple(
            side.subject(i) for i in facts.separate_from if i in {e.id for e in side.elements}
        )

    def _fees_of_strangers(self) -> Iterator[Change]:
        """What is no longer, or newly, paid because a step went or came."""
        known = set(self.m.elements.values())
        for element in self.old.elements:
            if element.id not in self.m.elements and element.facts.fees:
                yield Change("fee", self.old.subject(element.id), (), element.facts.fees, ())
        for element in self.new.elements:
            if element.id not in known and element.facts.fees:
                yield Change("fee", self.new.subject(element.id), (), (), element.facts.fees)

    # -- texts

    def _texts(self) -> Iterator[Change]:
        """Names and explanations that changed, one change for each agency."""
        touched: dict[str, list[Subject]] = {}
        for s, t in self.m.elements.items():
            old, new = self.old.element(s), self.new.element(t)
            if called(old) and called(new) and not called(old) & called(new):
                continue  # told as renamed only
            if _names(old) != _names(new) or _said_anew(old.facts, new.facts):
                subject = self.new.subject(t)
                touched.setdefault(subject.place.key, []).append(subject)
        for one, two in self.m.lanes.items():
            a, b = self.old.path.lane(one), self.new.path.lane(two)
            same = called(a) == called(b) or not called(a) & called(b)
            if replace(a.facts, names=Text()) != replace(b.facts, names=Text()) or not same:
                subject = self.new.lane_subject(b)
                touched.setdefault(subject.place.key, []).append(subject)
        for subjects in touched.values():
            kind: Kind = "texts"
            yield Change(kind, subjects[0], tuple(subjects))


def _names(element: Element) -> Any:
    return element.name, element.facts.names


def _said_anew(old: Facts, new: Facts) -> bool:
    """Whether a step, or something that it still has, is explained in other words or sources."""

    def parts(f: Facts) -> dict[Any, Any]:
        said: dict[Any, Any] = {("document", d.key): (d.names, d.origin) for d in f.documents}
        said |= {("deadline", _bare(d)): (d.text, d.origin) for d in f.deadlines}
        said |= {("fee", x.amount, x.currency, x.per): (x.text, x.origin) for x in f.fees}
        if f.promise is not None:
            said["promise", f.promise.duration] = f.promise.origin
        if f.fixed is not None:
            said["fixed"] = f.fixed
        return said

    was, now = parts(old), parts(new)
    if any(was[key] != now[key] for key in was.keys() & now.keys()):
        return True
    notes = (set(f.assumptions) | set(f.notes) for f in (old, new))
    return old.text != new.text or next(notes) != next(notes)


def _bare(deadline: Deadline) -> tuple[str, str, str | None]:
    return deadline.duration, deadline.counted, deadline.of


def _duration(facts: Facts) -> str | None:
    return facts.promise.duration if facts.promise is not None else None


def _fees(facts: Facts) -> list[tuple[float, str, str]]:
    return sorted((f.amount, f.currency, f.per or "") for f in facts.fees)
