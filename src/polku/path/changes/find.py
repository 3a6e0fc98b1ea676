"""Finding what changed: steps, who does them, in which order, and on what branches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property

from polku.path.changes.facts import FactsFinder
from polku.path.changes.match import Element, called
from polku.path.changes.order import END, EVENT, NOT, START, Branch, nearest
from polku.path.changes.side import Side
from polku.path.diff import Change, Condition, Guard, Kind, Subject
from polku.path.facts import LANGUAGES
from polku.path.model import Event, Step

LEAST_SHARE = 0.005
"""difference of shares from which a branch has changed"""
_AUTOMATIC = {"service", "script", "rule"}

Pair = tuple[str, str]


class Finder(FactsFinder):
    """The comparison of two versions."""

    def changes(self) -> Iterator[Change]:
        """All changes, in no order of importance."""
        yield from self._agencies()
        yield from self._steps()
        yield from self._moves()
        yield from self._waiting()
        yield from self._alternatives()
        yield from self._branches()
        yield from self._loops()
        yield from self._events()
        yield from self.facts()

    # -- steps and who does them

    def _agencies(self) -> Iterator[Change]:
        there, here = {n.id for n in self.old.agencies}, {n.id for n in self.new.agencies}
        for lane in self.old.agencies:
            if self.m.lanes.get(lane.id) not in here:
                yield Change("agency_left", self.old.lane_subject(lane))
        for lane in self.new.agencies:
            if self.lane_before.get(lane.id) not in there:
                yield Change("agency_joined", self.new.lane_subject(lane))

    def _steps(self) -> Iterator[Change]:
        taken = {s for many in self.m.merged.values() for s in many} | set(self.m.split)
        given = {t for many in self.m.split.values() for t in many} | set(self.m.merged)
        for step in self.old.path.steps:
            if step.id in self.m.steps or step.id in taken:
                continue
            if step.id in self.old.ids:
                yield Change("removed", self.old.subject(step.id))
            elif step.repeat is not None:  # held others only to have them done several times
                yield Change("repeat", self.old.subject(step.id), (), step.repeat, None)
        for step in self.new.path.steps:
            if step.id in self.before or step.id in given:
                continue
            if step.id in self.new.ids:
                others = tuple(map(self.new.subject, self._direct_new[step.id]))
                yield Change("added", self.new.subject(step.id), others, None,
                             self._when(step.id))  # fmt: skip
            elif step.repeat is not None:
                yield Change("repeat", self.new.subject(step.id), (), None, step.repeat)
        for t, many in self.m.merged.items():
            fresh = t not in self.before
            others = tuple(map(self.old.subject, many))
            value = self._when(t) if fresh else None
            yield Change("merged", self.new.subject(t), others, not fresh, value)
        for s, many in self.m.split.items():
            yield Change("split", self.old.subject(s), tuple(map(self.new.subject, many)))

    def _moves(self) -> Iterator[Change]:
        replaced = dict(self._replaced())
        for s, t in self.m.steps.items():
            old, new = self.old.element(s), self.new.element(t)
            was, now = self.old.place(old), self.new.place(new)
            subject = self.new.subject(t)
            if s not in self.old.ids and t not in self.new.ids:
                continue  # a sub-process that only holds others
            if self.m.lanes.get(was.key, was.key) != now.key:
                yield Change("moved", subject, (), was, now)
            else:
                one = was.unit.id if was.unit is not None else None
                two = now.unit.id if now.unit is not None else None
                known = self.m.lanes.get(one, one) if one is not None else None
                if known != two and replaced.get(one or "") != two:
                    yield Change("moved_unit", subject, (), was, now)
            if _renamed(old, new):
                yield Change("renamed", subject, (self.old.subject(s),))
            if isinstance(old, Step) and isinstance(new, Step):
                kinds = old.kind in _AUTOMATIC, new.kind in _AUTOMATIC
                if kinds == (False, True):
                    yield Change("automated", subject)
                elif kinds == (True, False):
                    yield Change("by_hand", subject)
        for one, two in replaced.items():
            lane = self.new.lane_subject(self.new.path.lane(two))
            yield Change("unit_replaced", lane, (self.old.lane_subject(self.old.path.lane(one)),))
        for one, two in self.m.lanes.items():
            a, b = self.old.path.lane(one), self.new.path.lane(two)
            if not called(a) & called(b) and called(a) != called(b):
                yield Change("renamed", self.new.lane_subject(b), (self.old.lane_subject(a),))

    def _replaced(self) -> Iterator[Pair]:
        """Units that another takes the place of: all they did is done there."""
        for lane in self.old.path.lanes:
            if lane.role != "unit" or lane.id in self.m.lanes:
                continue
            successors: set[str | None] = set()
            for s, t in self.m.steps.items():
                if self.old.path.lane_of(self.old.element(s)) == lane:
                    now = self.new.path.lane_of(self.new.element(t))
                    successors.add(now.id if now is not None else None)
            if len(successors) == 1 and (to := successors.pop()) is not None:
                same = self.m.lanes.get(lane.parent or "") == self.new.path.lane(to).parent
                fresh = to not in self.lane_before and self.new.path.lane(to).role == "unit"
                if same and (fresh or to in lane.unit.replaced_by):
                    yield lane.id, to

    # -- order

    @cached_property
    def _common(self) -> tuple[Pair, ...]:
        """Steps of both versions that hold no others, as pairs of ids (before, after)."""
        return tuple(
            (s, t) for s, t in self.m.steps.items() if s in self.old.ids and t in self.new.ids
        )

    @cached_property
    def _direct_old(self) -> dict[str, tuple[str, ...]]:
        return _direct(self.old)

    @cached_property
    def _direct_new(self) -> dict[str, tuple[str, ...]]:
        return _direct(self.new)

    @cached_property
    def _relations(self) -> dict[Pair, tuple[str, str]]:
        """For pairs of common steps (ids after) their relation before and after, if it changed."""
        found: dict[Pair, tuple[str, str]] = {}
        for s1, t1 in self._common:
            for s2, t2 in self._common:
                if t1 != t2:
                    was, now = self.old.order.relation(s1, s2), self.new.order.relation(t1, t2)
                    if was != now:
                        found[t1, t2] = (was, now)
        return found

    def _changed(self, was: str, now: str) -> set[Pair]:
        return {pair for pair, both in self._relations.items() if both == (was, now)}

    def _before_old(self, a: str, b: str) -> bool:
        return self.old.order.relation(self.before[a], self.before[b]) == "before"

    def _before_new(self, a: str, b: str) -> bool:
        return self.new.order.relation(a, b) == "before"

    def _waiting(self) -> Iterator[Change]:
        """Who waits no longer, who waits now, and what changed places."""
        freed = nearest(self._changed("before", "parallel"), self._before_old)
        bound = nearest(self._changed("parallel", "before"), self._before_new)
        told: dict[str, set[str]] = {}
        for change in (*self._freed(freed), *self._reordered()):
            if isinstance(change.after, tuple):
                after = (s.id for s in change.after if isinstance(s, Subject))
                told.setdefault(change.subject.id, set()).update(after)
            yield change
        place = {s.id: k for k, s in enumerate(self.new.path.steps)}
        for _, t in self._common:
            others = sorted((a for a, b in bound if b == t), key=place.__getitem__)
            if others:
                subjects = tuple(map(self.new.subject, others))
                yield Change("made_sequential", self.new.subject(t), subjects)
            here = self.new.subject(t).place.key
            came = tuple(
                subject
                for x in self._direct_new.get(t, ())
                if x not in self.before
                and x not in self._taking_over
                and x not in told.get(t, ())
                and not self._unnoticed(x)
                and not self._another_way(self.new, x, self._direct_new[t])
                and (subject := self.new.subject(x)).place.key != here
            )
            if came:
                value = self._when(came[0].id, t) if len(came) == 1 else None
                yield Change("now_waits", self.new.subject(t), came, None, value)

    def _unnoticed(self, step: str) -> bool:
        """Whether a step came that nobody waits for long: it is done automatically."""
        node = self.new.element(step)
        return step not in self.before and isinstance(node, Step) and node.kind in _AUTOMATIC

    def _another_way(self, side: Side, step: str, direct: Iterable[str]) -> bool:
        """Whether a step that came or went is only another way beside one that is common."""
        common = self.m.steps if side is self.old else self.before
        return any(x in common and side.order.relation(step, x) == "exclusive" for x in direct)

    @cached_property
    def _taking_over(self) -> set[str]:
        """Steps that came or went because work was merged or split."""
        return {
            *self.m.merged, *self.m.split,
            *(s for many in self.m.merged.values() for s in many),
            *(t for many in self.m.split.values() for t in many),
        }  # fmt: skip

    def _freed(self, pairs: Iterable[Pair]) -> Iterator[Change]:
        """Steps that no longer wait: for a common step, or for another agency's that is gone."""
        towards: dict[str, list[str]] = {}
        for a, b in pairs:
            towards.setdefault(b, []).append(a)
        place = {s.id: k for k, s in enumerate(self.new.path.steps)}
        for s, t in self._common:
            here = self.new.subject(t).place.key
            gone = tuple(
                subject
                for x in self._direct_old.get(s, ())
                if x not in self.m.steps
                and x not in self._taking_over
                and not self._another_way(self.old, x, self._direct_old[s])
                and self.m.lanes.get((subject := self.old.subject(x)).place.key) != here
            )
            if t in towards:
                others = sorted(towards[t], key=place.__getitem__)
                yield Change(
                    "made_parallel", self.new.subject(t), tuple(map(self.new.subject, others)),
                    None, self._left(s, t, set(others)),
                )  # fmt: skip
                if gone:
                    yield Change("no_longer_waits", self.new.subject(t), gone)
            elif gone:
                left = self._left(s, t, set())
                yield Change("no_longer_waits", self.new.subject(t), gone, None, left)

    def _left(self, s: str, b: str, freed: set[str]) -> tuple[Subject, ...] | None:
        """What a step waits for now, where that is new to it: () for nothing, None: as before."""
        direct = self._direct_new.get(b, ())
        now = [x for x in direct if not self._unnoticed(x)]
        was = {self.m.steps.get(x) for x in self._direct_old.get(s, ())} - freed
        if set(now) <= was:
            return None if direct else ()
        return tuple(self.new.subject(x) for x in now if x not in was)

    @cached_property
    def _turned(self) -> set[Pair]:
        """Pairs (first, second) of which the first came after the second before."""
        return self._changed("after", "before")

    def _reordered(self) -> Iterator[Change]:
        """Steps that changed places: where the new order meets, and what the others wait for."""
        place = {s.id: k for k, s in enumerate(self.new.path.steps)}

        def in_order(pairs: Iterable[Pair]) -> list[Pair]:
            return sorted(pairs, key=lambda p: (place[p[0]], place[p[1]]))

        movers = set()
        for a, b in in_order(nearest(self._turned, self._before_new)):
            movers.add(a)
            yield Change("reordered", self.new.subject(a), (self.new.subject(b),), None,
                         self._when(a, b))  # fmt: skip
        lost = nearest({(b, a) for a, b in self._turned}, self._before_old)
        for b, a in in_order(lost):
            if a not in movers:  # the first of several steps that moved together
                left = self._left(self.before[a], a, set())
                yield Change("no_longer_waits", self.new.subject(a), (self.new.subject(b),),
                             None, left)  # fmt: skip

    # -- branches and loops

    @cached_property
    def _alternative_pairs(self) -> dict[Pair, bool]:
        """Pairs that have become alternatives (True) or are so no longer, the first of each way."""
        found: dict[Pair, bool] = {}
        place = {s.id: k for k, s in enumerate(self.new.path.steps)}
        shifted = {t for pair in self._turned for t in pair}
        for now_so in (True, False):
            pairs = {
                (a, b)
                for (a, b), (was, now) in self._relations.items()
                if (now if now_so else was) == "exclusive"
                and "either" not in (was, now)
                and not {a, b} & shifted
                and not self.old.order.over_loop(self.before[a], self.before[b])
                and not self.new.order.over_loop(a, b)
            }
            before = self._before_new if now_so else self._before_old
            for a, b in sorted(pairs, key=lambda p: (place[p[0]], place[p[1]])):
                if place[a] < place[b] and not (
                    any(before(c, a) for c, d in pairs if d == b)
                    or any(before(d, b) for c, d in pairs if c == a)
                ):
                    found[a, b] = now_so
        return found

    def _alternatives(self) -> Iterator[Change]:
        for (a, b), now_so in self._alternative_pairs.items():
            kind: Kind = "alternative" if now_so else "not_alternative"
            yield Change(kind, self.new.subject(a), (self.new.subject(b),))

    @cached_property
    def _guards(self) -> dict[str, tuple[Branch, Branch]]:
        """When each common step (id after) is done at all, before and after."""
        events = self.m.events
        found = {}
        for s, t in self._common:
            was, now = self.old.order.guard(s), self.new.order.guard(t)
            if was.conditions is not None:
                ways = frozenset(
                    frozenset(
                        EVENT + events.get(w[1:], w[1:]) if w.startswith(EVENT) else w for w in way
                    )
                    for way in was.conditions
                )
                was = Branch(was.share, ways)
            found[t] = (was, now)
        return found

    @cached_property
    def _otherwise(self) -> dict[str, bool]:
        """Steps (ids after) that are done when they were not before; whether by its share only."""
        found = {}
        for t, (was, now) in self._guards.items():
            shares = was.share, now.share
            moved = None not in shares and abs((shares[0] or 0) - (shares[1] or 0)) > LEAST_SHARE
            if None not in (was.conditions, now.conditions) and was.conditions != now.conditions:
                found[t] = False
            elif moved:
                found[t] = True
        return found

    def _when(self, step: str, beside: str | None = None) -> Guard | None:
        """When a step that came is done; None: always, or whenever `beside` is, or intricate."""
        guard = _guard(self.new, self._guard_new(step), False)
        if beside is not None:
            known = _words(self._guard_new(beside))
            guard = _guard(self.new, self._guard_new(step), False, known)
        return guard if guard.conditions else None

    def _branches(self) -> Iterator[Change]:
        """Steps that are done under other conditions or more or less often."""
        told = {t for pair in self._alternative_pairs for t in pair}
        local = self._locally
        for s, t in self._common:
            was, now = self.old.order.mandatory(s), self.new.order.mandatory(t)
            guards = self._guards[t]
            subject = self.new.subject(t)
            if was != now:
                if t not in told:
                    value = _guard(self.new, guards[1], False) if was else None
                    yield Change("optional" if was else "mandatory", subject, after=value)
            elif t in self._otherwise:
                share = self._otherwise[t]
                above = any(p in self._otherwise for p in self._direct_new.get(t, ()))
                told_as = _guard(self.old, guards[0], share), _guard(self.new, guards[1], share)
                if not share and told_as[0] == told_as[1]:
                    continue  # another end on the way, which is told where it is
                if not share and told_as[0] == Guard():
                    yield Change("optional", subject, after=told_as[1])
                    continue
                follows = (above and t not in local) if share else self._follows(s, t, local)
                if follows and (share or not _noticed(*told_as)):
                    continue
                yield Change("branch", subject, (), *told_as)

    def _follows(self, s: str, t: str, local: set[str]) -> bool:
        """Whether the conditions of a step changed only with those of the steps before it."""
        was, now = (_words(way) for way in self._guards[t])
        if was == now:
            return t not in local
        above_new = {w for p in self._direct_new.get(t, ()) for w in _words(self._guard_new(p))}
        above_old = {w for p in self._direct_old.get(s, ()) for w in _words(self._guard_old(p))}
        return now - was <= above_new and was - now <= above_old

    @cache  # noqa: B019 - lives as long as the comparison
    def _guard_new(self, step: str) -> Branch:
        return self.new.order.guard(step)

    @cache  # noqa: B019
    def _guard_old(self, step: str) -> Branch:
        return self.old.order.guard(step)

    @cached_property
    def _locally(self) -> set[str]:
        """Steps (ids after) to which another step leads under other conditions or more often."""
        back = dict(self._common) | {START: START, END: END}
        old = self.old.order.branches(s for s, _ in self._common)
        new = self.new.order.branches(t for _, t in self._common)
        found = set()
        for (a, b), was in old.items():
            now = new.get((back[a], back[b]))
            if now is not None and (
                was.conditions != now.conditions
                or (None not in (was.share, now.share)
                    and abs((was.share or 0) - (now.share or 0)) > LEAST_SHARE)
            ):  # fmt: skip
                found.add(back[b])
        return found

    def _loops(self) -> Iterator[Change]:
        back = dict(self._common)
        old = {(back[a], back[b]) for a, b in self.old.order.again(s for s, _ in self._common)}
        new = self.new.order.again(t for _, t in self._common)
        for kind, pairs in (("loop_removed", old - new), ("loop_added", new - old)):
            for a, b in sorted(pairs):
                yield Change(kind, self.new.subject(a), (self.new.subject(b),))  # type: ignore[arg-type]

    # -- events

    def _events(self) -> Iterator[Change]:
        for side, matched, kind in (
            (self.old, set(self.m.events), "event_removed"),
            (self.new, set(self.m.events.values()), "event_added"),
        ):
            for event in side.path.events:
                if event.id in matched or not self._counts(event):
                    continue
                subject = side.subject(event.id)
                others: tuple[Subject, ...] = ()
                if event.attached_to is not None:
                    others = (side.subject(event.attached_to),)
                value = event.timer if event.timer is not None else event.position
                yield Change(kind, subject, others, None, value)  # type: ignore[arg-type]

    def _counts(self, event: Event) -> bool:
        """Whether somebody notices an event: it has a name, or a time to wait for."""
        return event.timer is not None or (bool(called(event)) and event.trigger != "link")


def _direct(side: Side) -> dict[str, tuple[str, ...]]:
    """For each step those that come directly before it, in the order of the file."""
    ids = [s.id for s in side.steps]
    above = [0] * len(ids)
    """for each step all those before it, as bits"""
    found: list[list[int]] = []
    for b, id in enumerate(ids):
        mine = [a for a, o in enumerate(ids) if a != b and side.order.relation(o, id) == "before"]
        above[b] = sum(1 << a for a in mine)
        found.append(mine)
    out = {}
    for b, id in enumerate(ids):
        farther = 0
        for c in found[b]:
            farther |= above[c]
        out[id] = tuple(ids[a] for a in found[b] if not farther >> a & 1)
    return out


def _words(way: Branch) -> set[str]:
    return {w for words in way.conditions or () for w in words}


def _guard(side: Side, way: Branch, by_share: bool, known: Iterable[str] = frozenset()) -> Guard:
    """A branch as it is told, without what is `known`; `side`: where its events are named.

    That a matter has not ended on its way goes without saying, and so does of several conditions
    the one that another implies, as `a or b` beside `a`.
    """
    if by_share:
        return Guard(way.share)
    left = frozenset(side.going_on) | frozenset(known)
    ways = {_plainer(words - left) for words in way.conditions or ()}
    if frozenset() in ways:
        return Guard()
    return Guard(None, tuple(
        tuple(_condition(side, w) for w in sorted(words))
        for words in sorted(ways, key=lambda words: sorted(words))
    ))  # fmt: skip


def _plainer(words: frozenset[str]) -> frozenset[str]:
    return frozenset(w for w in words if not any(v != w and v in w.split(" or ") for v in words))


_BOUND = re.compile(r"(\w+) (<=|<|>=|>) (\d+(?:\.\d+)?)")


def _noticed(was: Guard, now: Guard) -> bool:
    """Whether one more condition leaves out matters that met the old ones.

    Nothing is noticed where the old conditions say the same, as in `loud` and then `loud`, but not
    `quiet and not loud`.
    """
    more = now.beyond(was)
    if len(more) != 1 or more[0].holds or more[0].event is not None:
        return bool(more)
    parts = more[0].text.split(" and ")
    return not any(
        c.holds and all(any(_against(d, p) for p in parts) for d in c.text.split(" or "))
        for c in was.conditions[0]
    )


def _against(one: str, two: str) -> bool:
    """Whether two plain conditions cannot hold together."""
    if f"not {one}" == two or f"not {two}" == one:
        return True
    a, b = _BOUND.fullmatch(one), _BOUND.fullmatch(two)
    if a is None or b is None or a[1] != b[1] or a[2][0] == b[2][0]:
        return False
    low, high = (a, b) if a[2][0] == ">" else (b, a)
    return float(low[3]) > float(high[3]) or (low[3] == high[3] and "=" not in (low[2] + high[2]))


def _renamed(old: Element, new: Element) -> bool:
    """Whether a step has another name, not only one in a further language."""
    if not called(old) & called(new):
        return called(old) != called(new)
    said = (*((old.facts.names.get(n), new.facts.names.get(n)) for n in LANGUAGES),
            (old.name, new.name))  # fmt: skip
    return any(a and b and a.casefold().split() != b.casefold().split() for a, b in said)


def _condition(side: Side, word: str) -> Condition:
    if word.startswith(EVENT):
        event = side.subject(word[1:]) if side.path.has(word[1:]) else None
        return Condition("", event=event)
    text, holds = word.removeprefix(NOT), not word.startswith(NOT)
    found = side.answers.get(word)
    if found is None:
        return Condition(text, holds)
    return Condition(text, holds, found.said, found.question, found.answer)
