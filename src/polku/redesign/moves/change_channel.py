"""The move change-channel: a contact happens in another channel, and the old ones stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from polku.path.facts import CHANNELS, Text
from polku.path.model import Step
from polku.redesign import rules
from polku.redesign.customer_time import eased, is_customers
from polku.redesign.evidence import Evidence
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Parameter, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import listed, say
from polku.redesign.scaling import mixed_work
from polku.redesign.surgery import names_of, step_of
from polku.simulate.scenario import Law, Origin

_WORDS = {
    "online": Text("verkossa", "på nätet", "online"),
    "e-mail": Text("sähköpostilla", "per e-post", "by e-mail"),
    "phone": Text("puhelimella", "per telefon", "by phone"),
    "visit": Text("käynnillä", "på besök", "in a visit"),
    "letter": Text("kirjeellä", "per brev", "by letter"),
    "chat": Text("chatissa", "i chatten", "in a chat"),
    "site": Text("paikan päällä", "på platsen", "on site"),
}
_SLOW = ("visit", "phone", "letter")
"""Channels that take the customer to a place or an hour, or wait for the post."""
LEAST_SHARE = 0.3
"""Contacts of which less happens in those channels are not looked at."""


@move_kind
class ChangeChannel(MoveKind):
    """Contacts happen in the channel `to` first; `at`: ids of the contact steps.

    Nobody is shut out: the old channels stay, and some customers go on using them.
    """

    name = "change-channel"
    title = Text("Vaihda asiointikanavaa", "Byt kanal", "Change the channel of a contact")
    serves = "business-friendliness"
    needs = "contacts with channels, of which the new one is not the only one"
    forbids = "steps that are marked or stand on law; looks at a place"
    parameters = MappingProxyType(
        {"to": Parameter("online", "the channel that comes first", choices=CHANNELS)}
    )
    assumptions = (
        Assumption(
            "old-channel",
            Text(
                "Asiakkaista, jotka nyt käyttävät muuta kanavaa, osuus {value} käyttää sitä yhä.",
                "Av de kunder som nu använder en annan kanal fortsätter andelen {value} med den.",
                "Of the customers who use another channel now, a share of {value} keeps to it.",
            ),
            Law("uniform", loc=0.1, scale=0.2, unit=None),
            1.0,
            Origin("assumed", note="some cannot or will not change; no datum stands behind it"),
        ),
        Assumption(
            "customer",
            Text(
                "Uudessa kanavassa asiakkaan aika on {value} kertaa entinen.",
                "I den nya kanalen tar kundens tid {value} gånger den gamla.",
                "In the new channel the customer's time is {value} times the old.",
            ),
            Law("uniform", loc=0.7, scale=0.3, unit=None),
            1.0,
            Origin("assumed", note="no way to go and no queue; no datum stands behind it"),
        ),
        Assumption(
            "city",
            Text(
                "Uudessa kanavassa yksikön työ on {value} kertaa entinen.",
                "I den nya kanalen tar enhetens arbete {value} gånger det gamla.",
                "In the new channel the unit's work is {value} times the old.",
            ),
            Law("uniform", loc=0.8, scale=0.3, unit=None),
            1.0,
            Origin("assumed", note="it may become more, too; no datum stands behind it"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Contacts of which many are visits, calls or letters."""
        on = seen.on
        to = str(self.parameters["to"].default)
        for step in on.path.steps:
            chances = channels_of(on, step)
            other = sum(c for name, c in chances.items() if name in _SLOW and name != to)
            if step.facts.contact is None or other < LEAST_SHARE:
                continue
            what = seen.step(step.id)
            saved = other * 0.8 * 0.15 * what.times * what.work_hours / 24
            yield self.at(step.id, to=to, hint=saved)

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """No contact, that channel already, marked or lawful, a look at a place."""
        if not move.at:
            return "names no step; name the contact"
        if reason := rules.missing(on.path, move.at):
            return reason
        to = str(move.with_["to"])
        for step in steps_at(move, on):
            if reason := self._refuses_one(step, to, on):
                return reason
        return None

    def _refuses_one(self, step: Step, to: str, on: Prototype) -> str | None:
        contact = step.facts.contact
        if contact is None:
            return f"{rules.told(step)} is no contact"
        if not contact.channels:
            return f"{rules.told(step)} names no channel; write down those of today first"
        if reason := rules.keeps(step):
            return reason
        if set(contact.channels) == {"site"}:
            return f"{rules.told(step)} is a look at a place, which has no other channel"
        chances = channels_of(on, step)
        if {name for name, c in chances.items() if c > 0} == {to}:
            return f"{rules.told(step)} happens only by the channel {to!r} already"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The channel first in the path and likelier in the scenario, work by those who change."""
        to, stay = str(move.with_["to"]), values["old-channel"]
        for step in steps_at(move, on):
            contact = step.facts.contact
            assert contact is not None
            old = channels_of(on, step)
            changed = (1 - stay) * (1 - old.get(to, 0.0))
            after = {to: old.get(to, 0.0) + changed}
            after |= {n: stay * c for n, c in old.items() if n != to and stay * c > 0}
            channels = (to, *(n for n in contact.channels if n != to))
            facts = replace(step.facts, contact=replace(contact, channels=channels))
            on = on.with_path(on.path.with_nodes([replace(step, facts=facts)]))
            on = eased(on, step, ((1 - changed, 1.0), (changed, values["customer"])))
            numbers = on.scenario.steps.get(step.id)
            if numbers is None:
                continue
            if not is_customers(on, step.id):
                numbers = mixed_work(numbers, ((1 - changed, 1.0), (changed, values["city"])))
            numbers = replace(numbers, channels={n: c for n, c in after.items() if c > 0})
            on = on.with_scenario(on.scenario.with_steps(**{step.id: numbers}))
        return on

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """A contact changed for each step that does not have the channel yet."""
        to = str(move.with_["to"])
        return frozenset(
            Claim("contact_changed", s.id)
            for s in steps_at(move, on)
            if s.facts.contact is not None and to not in s.facts.contact.channels
        )

    def says(self, move: Move, on: Prototype) -> Text:
        """Which contacts happen how."""
        to = str(move.with_["to"])
        return say(
            Text(
                "{steps} hoidetaan ensisijaisesti {to}; entiset kanavat säilyvät.",
                "{steps} sköts i första hand {to}; de gamla kanalerna finns kvar.",
                "{steps}: done {to} in the first place; the old channels stay.",
            ),
            steps=listed(names_of(on.path, i) for i in move.at),
            to=_WORDS.get(to, Text(to, to, to)),
        )


def steps_at(move: Move, on: Prototype) -> list[Step]:
    """The steps that a move is about."""
    return [s for i in dict.fromkeys(move.at) if (s := step_of(on.path, i)) is not None]


def channels_of(on: Prototype, step: Step) -> Mapping[str, float]:
    """The chance of each channel of a contact: the scenario's, else the usual one alone."""
    numbers = on.scenario.steps.get(step.id)
    if numbers is not None and numbers.channels:
        total = sum(numbers.channels.values())
        return {n: c / total for n, c in numbers.channels.items()}
    contact = step.facts.contact
    return {contact.channels[0]: 1.0} if contact is not None and contact.channels else {}
