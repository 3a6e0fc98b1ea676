"""The move merge-contacts: one desk meets the customer for other units, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from polku.log.mapping import nearest
from polku.path.changes.side import Side
from polku.path.facts import Text
from polku.path.model import Event, Lane, Node, Path, Step
from polku.redesign import rules
from polku.redesign.asking import asked_claims, asked_in
from polku.redesign.evidence import Evidence
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Parameter, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import listed, say
from polku.redesign.scaling import scaled_work, shifted_varied
from polku.redesign.surgery import agency_ids, names_of, next_of, step_of
from polku.simulate.scenario import Delay, Law, Origin, StepNumbers, always, fixed

_HAND_OVER = Text(
    "Luovuttakaa yhteyspisteelle ({desk}): {steps}; käsittely säilyy teillä.",
    "Överlämna till kontaktpunkten ({desk}): {steps}; handläggningen blir kvar hos er.",
    "Hand over to the desk ({desk}): {steps}; the handling stays with you.",
)


@move_kind
class MergeContacts(MoveKind):
    """Receipts and answers go to a desk; `at`: ids of the contact steps, `desk`: id of its lane.

    The unit's work in between stays with the unit, so matters are handed over more often between
    desk and unit. A receipt that takes no staff today takes none at the desk, but it comes to the
    unit's next step later.
    """

    name = "merge-contacts"
    title = Text("Yksi yhteyspiste", "En enda kontaktpunkt", "One contact point")
    serves = "smoothness"
    needs = "receipts and answers of units, and a desk with a pool of its own"
    forbids = (
        "steps that are marked or that law gives to the authority itself, separated duties, work "
        "with the customer that only the unit can do"
    )
    parameters = MappingProxyType(
        {"desk": Parameter("", "id of the desk's lane (empty: the unit with the most contacts)")}
    )
    assumptions = (
        Assumption(
            "handling",
            Text(
                "Yhteyspisteessä vaiheen työ kestää {value} kertaa niin kauan kuin yksikössä.",
                "Vid kontaktpunkten tar stegets arbete {value} gånger så lång tid som på enheten.",
                "At the desk the work of the step takes {value} times as long as in the unit.",
            ),
            Law("uniform", loc=1.0, scale=0.3, unit=None),
            2.0,
            Origin(
                "assumed",
                note="the desk needs training in what the unit knows; no datum stands behind it",
            ),
        ),
        Assumption(
            "passing-on",
            Text(
                "Yhteyspiste välittää vastaanottamansa eteenpäin {value} tunnissa.",
                "Kontaktpunkten för vidare det den tagit emot på {value} timmar.",
                "The desk passes on what it has received in {value} hours.",
            ),
            Law("uniform", loc=0.0, scale=8.0, unit=None),
            48.0,
            Origin("assumed", note="a receipt comes to the unit later; no datum stands behind it"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """For each unit that its contacts go to the unit that meets customers most.

        Looks at places are left with their unit; where a contact may not go, the refusal says why.
        """
        on = seen.on
        desk = desk_of(on, {s.id: seen.step(s.id).times for s in on.path.steps})
        if desk is None:
            return
        for lane, steps in _contacts_by_lane(on.path).items():
            if lane == desk:
                continue
            going = [s.id for s in steps if not _on_site(s)]
            if not going:
                continue
            staffed = (i for i in going if (n := on.scenario.steps.get(i)) is not None and n.pool)
            waits = sum(seen.step(i).times * seen.step(i).waiting for i in staffed)
            yield self.at(*going, desk=desk, hint=0.1 * waits)

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """No desk, no pool; no contact, there already; mark, law, duties, work of the unit."""
        if not move.at:
            return "names no step; name the contacts that go to the desk"
        if reason := rules.missing(on.path, move.at):
            return reason
        named = str(move.with_["desk"])
        lanes = [lane.id for lane in on.path.lanes if lane.role != "customer"]
        if named and named not in lanes:
            return f"there is no unit {named!r} for a desk; {nearest(named, lanes)}"
        if named and _pool(on, named) is None:
            return f"the desk {named!r} has no pool in the scenario; give it staff"
        desk = _desk(move, on)
        if desk is None:
            return "no unit with contacts has a pool; name a desk with staff"
        for id in move.at:
            step = step_of(on.path, id)
            assert step is not None
            if reason := _refuses_one(step, desk, on):
                return reason
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The steps stand in the desk's lane; those with staff are done by the desk's pool."""
        desk = _desk(move, on)
        assert desk is not None
        pool, changed = _pool(on, desk), {}
        for id in move.at:
            numbers = on.scenario.steps.get(id)
            if numbers is not None and numbers.pool is not None:
                theirs = replace(numbers, pool=pool, by_person={})
                changed[id] = scaled_work(theirs, values["handling"])
        steps = [s for i in move.at if (s := step_of(on.path, i)) is not None]
        path = on.path.with_nodes([replace(s, lane=desk) for s in steps])
        after = replace(on, path=path, scenario=on.scenario.with_steps(**changed))
        hours = values["passing-on"]
        for id in dict.fromkeys(w for s in steps if s.kind == "receive" for w in _next(path, s.id)):
            numbers = after.scenario.steps.get(id)
            if numbers is not None and hours > 0 and id not in move.at:
                later = _later(numbers, hours)
                after = after.with_scenario(after.scenario.with_steps(**{id: later}))
        return after

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """Steps and contacts moved, contact points dropped, documents asked by the desk."""
        desk = _desk(move, on)
        assert desk is not None
        path, moved = on.path, set(move.at)
        here = _top(path, path.lane(desk)).id
        side, with_desk = Side(path), _attached(path, moved)
        found: set[Claim] = set()
        for id in with_desk:
            element = side.element(id)
            if side.place(element).key == here:
                found |= {Claim("moved_unit", i) for i in moved & {id}}
                continue
            found |= {Claim("moved", i) for i in moved & {id}}
            if side.contact(element) is not None:
                found.add(Claim("contact_moved", id))
        found |= _points(path, moved, desk) | _agencies(path, moved, here)
        before = asked_in(path)
        after = [a._replace(agency=here) if a.at in with_desk else a for a in before]
        using: dict[str, set[str]] = {}
        for element in side.elements:
            agency_id = here if element.id in with_desk else side.place(element).key
            for document in side.documents(element):
                if document.role == "used":
                    using.setdefault(document.key, set()).add(agency_id)
        return frozenset(found | asked_claims(path, before, after, using))

    def says(self, move: Move, on: Prototype) -> Text:
        """Which contacts go to which desk."""
        desk = _desk(move, on)
        assert desk is not None
        units = (lane for i in move.at if (lane := on.path.lane_of(on.path.node(i))) is not None)
        return say(
            Text(
                "{desk} hoitaa asiakkaan puolesta ({units}): {steps}.",
                "{desk} sköter kontakten för ({units}): {steps}.",
                "{desk} meets the customer for others ({units}): {steps}.",
            ),
            desk=names_of(on.path, desk),
            units=listed(names_of(on.path, lane.id) for lane in units),
            steps=listed(names_of(on.path, i) for i in move.at),
        )

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agencies of the units, and the desk's."""
        desk = _desk(move, on)
        return agency_ids(on.path, [*([desk] if desk is not None else []), *move.at])

    def asks(self, move: Move, on: Prototype) -> dict[str, Text]:
        """To the desk: take them over; to the others: hand them over, the handling stays."""
        found = {}
        desk = _desk(move, on)
        assert desk is not None
        there = agency_ids(on.path, [desk])
        for agency in self.touches(move, on):
            mine = [i for i in move.at if agency_ids(on.path, [i]) == (agency,)]
            if agency in there or not mine:
                found[agency] = self.says(move, on)
            else:
                names = listed(names_of(on.path, i) for i in mine)
                found[agency] = say(_HAND_OVER, steps=names, desk=names_of(on.path, desk))
        return found


def desk_of(on: Prototype, times: dict[str, float] | None = None) -> str | None:
    """The lane with the most contacts of those with a pool; `times`: how often each step is done.

    The first in the order of the file among equals; None where no lane with contacts has a pool.
    """
    best: dict[str, float] = {}
    for lane, steps in _contacts_by_lane(on.path).items():
        if _pool(on, lane) is not None:
            best[lane] = sum(1.0 if not times else times.get(s.id, 0.0) for s in steps)
    return max(best, key=lambda lane: best[lane], default=None)


def _desk(move: Move, on: Prototype) -> str | None:
    return str(move.with_["desk"]) or desk_of(on)


def _pool(on: Prototype, lane: str) -> str | None:
    """The pool of a lane: the one that does most of its contacts, else most of its steps."""
    pools = on.scenario.pools
    weight: Counter[str] = Counter()
    for step in on.path.steps:
        numbers, at = on.scenario.steps.get(step.id), on.path.lane_of(step)
        if at is not None and at.id == lane and numbers is not None and numbers.pool in pools:
            weight[str(numbers.pool)] += 1000 if step.facts.contact is not None else 1
    own = {p: weight[p] for p, pool in pools.items() if pool.lane == lane}
    found = own or weight
    return max(found, key=lambda p: found[p], default=None)


def _contacts_by_lane(path: Path) -> dict[str, list[Step]]:
    """Steps with a contact by the lane in which they stand, in the order of the file."""
    found: dict[str, list[Step]] = {}
    for step in path.steps:
        lane = path.lane_of(step)
        if lane is not None and step.facts.contact is not None and not path.by_customer(step):
            found.setdefault(lane.id, []).append(step)
    return found


def _on_site(step: Step) -> bool:
    return step.facts.contact is not None and set(step.facts.contact.channels) == {"site"}


def _refuses_one(step: Step, desk: str, on: Prototype) -> str | None:
    path, told = on.path, rules.told(step)
    if step.facts.contact is None:
        return f"{told} is no contact"
    lane = path.lane_of(step)
    if lane is None or lane.id == desk:
        return f"{told} stands in {'no lane' if lane is None else 'the lane of the desk already'}"
    if path.by_customer(step):
        return f"{told} is done by the customer alone"
    if reason := rules.keeps(step):
        return reason
    after = next_of(path, step.id)
    if step.kind == "receive" and isinstance(after, Step) and after.facts.delay == "statutory":
        return f"{told} begins the statutory period of {rules.told(after)} at the authority itself"
    if _on_site(step):
        return f"{told} is a look at a place, which the unit does itself"
    if step.kind not in ("receive", "send"):
        return f"{told} is work of the unit with the customer, no receipt and no answer"
    apart = [s for s in path.steps if s.id in step.facts.separate_from
             or step.id in s.facts.separate_from]  # fmt: skip
    if apart:
        return f"{told} and {rules.told(apart[0])} must be done by different people"
    numbers = on.scenario.steps.get(step.id)
    if numbers is not None and numbers.same_person_as is not None:
        return f"{told} is done by the person of {numbers.same_person_as}, who is not at the desk"
    if path.lane(desk).role != "unit" and lane.role == "unit":
        return f"the desk {desk!r} is an agency, and {told} stands in a unit; name a unit"
    same = [s for s in path.steps if s.id != step.id and s.name
            and s.name.casefold() == step.name.casefold()
            and (at := path.lane_of(s)) is not None and at.id == desk]  # fmt: skip
    if same:
        return f"the desk has a step that is called as {told} is; rename one of them"
    return None


def _next(path: Path, step: str) -> list[str]:
    """The steps of others that come next after a step, through gateways and events."""
    found, left, seen = [], [f.target for f in path.out(step)], {step}
    here = path.lane_of(path.node(step))
    while left:
        node = path.node(left.pop(0))
        if node.id in seen:
            continue
        seen.add(node.id)
        if isinstance(node, Step):
            if path.lane_of(node) != here and not path.by_customer(node) and not node.holds_nodes:
                found.append(node.id)
        else:
            left += [f.target for f in path.out(node.id)]
    return found


def _later(numbers: StepNumbers, hours: float) -> StepNumbers:
    """A step's numbers where what it works on comes so many hours later."""
    delay = numbers.delay
    if delay is None:
        delay = Delay(always(fixed(hours, "hours")), origin=Origin("assumed"))
    else:
        delay = replace(delay, law=shifted_varied(delay.law, hours * 60))
    return replace(numbers, delay=delay)


def _top(path: Path, lane: Lane) -> Lane:
    while lane.parent is not None:
        lane = path.lane(lane.parent)
    return lane


def _attached(path: Path, moved: set[str]) -> set[str]:
    """The steps that move and the events at their boundary, which move along."""
    along = {e.id for e in path.events if e.attached_to in moved and e.lane is None}
    return moved | along


def _lane_id(path: Path, node: Node) -> str | None:
    lane = path.lane_of(node)
    if lane is None and isinstance(node, Event) and node.attached_to is not None:
        lane = path.lane_of(path.node(node.attached_to))
    return None if lane is None else lane.id


def _points(path: Path, moved: set[str], desk: str) -> set[Claim]:
    """Contact points that are no more, and the desk where it was none."""
    side = Side(path)
    along = _attached(path, moved)
    after = {
        desk if e.id in along else _lane_id(path, e)
        for e in side.elements
        if side.contact(e) is not None and not path.by_customer(e)
    }
    before = set(side.contact_points)
    return {Claim("contact_point_dropped", lane) for lane in before - after} | {
        Claim("contact_point_added", lane) for lane in after - before if lane is not None
    }


def _agencies(path: Path, moved: set[str], here: str) -> set[Claim]:
    """Agencies that have nothing left to do, and the desk's where it had nothing."""
    side = Side(path)
    of = {s.id: a.id for s in side.steps if (a := path.agency_of(s)) is not None}
    of = {s: a for s, a in of.items() if path.lane(a).role != "customer"}
    after = {here if s in moved else a for s, a in of.items()}
    before = set(of.values())
    return {Claim("agency_left", a) for a in before - after} | {
        Claim("agency_joined", a) for a in after - before
    }
