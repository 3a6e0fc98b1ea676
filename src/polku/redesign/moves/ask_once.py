"""The move ask-once: what several steps ask of the customer is asked once and used again."""

from __future__ import annotations

from collections.abc import Iterable

from polku.log.mapping import nearest
from polku.path.changes.side import Side
from polku.path.facts import Text
from polku.redesign import rules
from polku.redesign.asking import (
    asked_claims,
    asked_in,
    asks,
    document_text,
    known_before,
    role_changed,
    supplements,
    users,
)
from polku.redesign.customer_time import eased, is_customers
from polku.redesign.evidence import Evidence
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import listed, say
from polku.redesign.surgery import agency_ids, names_of, step_of
from polku.simulate.scenario import Law, Origin

_PASS_ON = Text(
    "{document}: välittäkää saamanne tieto muille yksiköille.",
    "{document}: förmedla uppgiften ni har fått till de andra enheterna.",
    "{document}: pass what you have received on to the other units.",
)
_TAKE_OVER = Text(
    "{document}: älkää kysykö uudelleen, vaan käyttäkää jo annettua: {steps}.",
    "{document}: fråga inte igen, utan använd det som redan har getts: {steps}.",
    "{document}: do not ask again, use what was given already: {steps}.",
)
_BOTH = Text("{one} {two}", "{one} {two}", "{one} {two}")


@move_kind
class AskOnce(MoveKind):
    """A document asked by several steps is used again by the later ones; `at`: its key.

    `at` may name, after the key, the later steps that shall not ask again (default: all that need
    not). A supplement, which asks for a correction, goes on asking.
    """

    name = "ask-once"
    title = Text("Kysy kerran", "Fråga en gång", "Ask once")
    serves = "business-friendliness"
    needs = (
        "a document that several steps ask for, and that has come in on every way before the later"
    )
    forbids = "steps that are marked; a step before which the document may be missing"
    assumptions = (
        Assumption(
            "saved",
            Text(
                "Kun tietoa ei kysytä uudelleen, asiakkaan ajasta vaiheessa säästyy osuus {value}.",
                "När uppgiften inte frågas igen sparas andelen {value} av kundens tid i steget.",
                "Where it is not asked again, a share of {value} of the customer's time in the "
                "step is saved.",
            ),
            Law("uniform", loc=0.05, scale=0.15, unit=None),
            0.0,
            Origin(
                "assumed",
                note="one of several things to fill in; no datum stands behind it. Fewer "
                "supplements are not assumed",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Documents that a later step asks for again."""
        on = seen.on
        usual = self.assumptions[0].usual
        for key in dict.fromkeys(a.key for a in asked_in(on.path)):
            move = self.at(key)
            if self.refuses(move, on) is not None:
                continue
            days = sum(
                seen.step(s).times * seen.step(s).work_hours / 24
                for s in again(move, on)
                if is_customers(on, s)
            )
            yield self.at(key, hint=usual * days)

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """Key not asked, asked once, not there on every way before; marked steps."""
        if not move.at:
            return "names no document; name its key"
        key, *named = move.at
        asking = [a.at for a in asked_in(on.path) if a.key == key]
        if not asking:
            known = sorted({a.key for a in asked_in(on.path)})
            return f"no step asks for a document {key!r}; {nearest(key, known)}"
        if reason := rules.missing(on.path, named):
            return reason
        for id in named:
            step = step_of(on.path, id)
            assert step is not None
            if not asks(step, key):
                return f"{rules.told(step)} does not ask for {key!r}"
            if supplements(on, id, key):
                return f"{rules.told(step)} asks for a correction of {key!r}, not for it again"
            if reason := rules.fixed(step):
                return reason
        if sum(not supplements(on, a, key) for a in asking) < 2:
            return f"{key!r} is asked for only once"
        found = again(move, on)
        if named and (left := [i for i in named if i not in found]):
            step = step_of(on.path, left[0])
            assert step is not None
            return f"{key!r} has not come in on every way to {rules.told(step)}"
        if not found:
            marked = known_before(on.path, key, _asking(move, on, marked=True))
            if marked and (step := step_of(on.path, marked[0])) is not None:
                return rules.fixed(step)
            return f"{key!r} has not come in on every way to any of the steps that ask again"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """Asked becomes used, and the customer's time a share less."""
        key = move.at[0]
        for id in again(move, on):
            step = step_of(on.path, id)
            assert step is not None
            on = eased(on, step, ((1.0, 1 - values["saved"]),))
            on = on.with_path(on.path.with_nodes([role_changed(step, key, "used")]))
        return on

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """The later steps use it, and their agencies ask for it less often or not at all."""
        key, later = move.at[0], set(again(move, on))
        before = asked_in(on.path)
        after = [a for a in before if a.key != key or a.at not in later]
        using = users(on.path)
        using.setdefault(key, set()).update(a.agency for a in before if a.at in later)
        return frozenset(_newly_used(on, key, later) | asked_claims(on.path, before, after, using))

    def says(self, move: Move, on: Prototype) -> Text:
        """Which document is asked once, and where it is used again."""
        return say(
            Text(
                "{document}: kysytään asiakkaalta kerran ja käytetään uudelleen: {steps}.",
                "{document}: frågas av kunden en gång och används igen: {steps}.",
                "{document}: asked of the customer once and used again: {steps}.",
            ),
            document=document_text(on.path, move.at[0]),
            steps=listed(names_of(on.path, i) for i in again(move, on)),
        )

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agencies that ask for it: one passes it on, the others take it over."""
        key, later = move.at[0], again(move, on)
        first = [a.at for a in asked_in(on.path) if a.key == key and a.at not in later]
        return agency_ids(on.path, [*first[:1], *later])

    def asks(self, move: Move, on: Prototype) -> dict[str, Text]:
        """To the first: pass it on; to the others: take it over in their own steps."""
        key, later = move.at[0], again(move, on)
        document = document_text(on.path, key)
        first = [a for a in asked_in(on.path) if a.key == key and a.at not in later]
        pass_on = say(_PASS_ON, document=document)
        found = dict.fromkeys(agency_ids(on.path, [a.at for a in first[:1]]), pass_on)
        for agency in agency_ids(on.path, later):
            mine = listed(
                names_of(on.path, i) for i in later if agency_ids(on.path, [i]) == (agency,)
            )
            take = say(_TAKE_OVER, document=document, steps=mine)
            before = found.get(agency)
            found[agency] = take if before is None else say(_BOTH, one=before, two=take)
        return found


def again(move: Move, on: Prototype) -> tuple[str, ...]:
    """The steps that ask for the move's document again and need not."""
    return known_before(on.path, move.at[0], _asking(move, on))


def _asking(move: Move, on: Prototype, marked: bool = False) -> tuple[str, ...]:
    """The steps that ask for the move's document, not for a correction; marked ones if wanted."""
    key, *named = move.at
    return tuple(
        a.at
        for a in asked_in(on.path)
        if a.key == key
        and (not named or a.at in named)
        and not supplements(on, a.at, key)
        and (step := step_of(on.path, a.at)) is not None
        and (marked or step.facts.fixed is None)
    )


def _newly_used(on: Prototype, key: str, steps: Iterable[str]) -> set[Claim]:
    """A claim for each step that did not use the document until now."""
    side = Side(on.path)
    return {
        Claim("document_use_added", id)
        for id in steps
        if (key, "used") not in {(d.key, d.role) for d in side.documents(side.element(id))}
    }
