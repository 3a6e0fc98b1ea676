"""What moves have in common that gather contacts of many units into one.

Such a move takes the customer out of some steps, which become work of the city alone, and puts
what they were for into one step. Not every matter comes to all of them: for each there is the share
of matters that do, as evidence had it when the move was found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from polku.path.changes.match import called
from polku.path.facts import LANGUAGES, Text
from polku.path.model import Path, Step
from polku.redesign import claiming, rules
from polku.redesign.asking import agency_id
from polku.redesign.evidence import Evidence
from polku.redesign.move import Claim, Value
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import names_of, without_messages
from polku.simulate.scenario import Scenario

_STATE = ("(valtio)", "(staten)", "(state)")
"""How agencies of the state are told apart from the city's in their names."""


def shares_said(shares: Iterable[float]) -> str:
    """Shares as a parameter has them.

    >>> shares_said([0.854, 1.2])
    '0.85,1'
    """
    return ",".join(f"{min(max(s, 0.0), 1.0):.2f}".rstrip("0").rstrip(".") for s in shares)


def shares_given(said: Value, steps: Sequence[str]) -> dict[str, float] | None:
    """The share of matters for each step; 1 for all where none is said.

    None where the text is not as many numbers from 0 to 1 as there are steps.
    """
    if not str(said).strip():
        return dict.fromkeys(steps, 1.0)
    try:
        shares = [float(part) for part in str(said).split(",")]
    except ValueError:
        return None
    if len(shares) != len(steps) or not all(0 <= s <= 1 for s in shares):
        return None
    return dict(zip(steps, shares, strict=True))


def wrong_shares(said: Value, steps: Sequence[str]) -> str | None:
    """Why the shares of a move cannot be read."""
    if shares_given(said, steps) is not None:
        return None
    return f"shares is {str(said)!r}; give {len(steps)} numbers from 0 to 1, or none"


def longest(means: Iterable[tuple[float, float]]) -> float:
    """The mean of the longest of some times of which a matter needs only some.

    `means`: (share of matters that need it, its mean) pairs, needed independently.

    >>> longest([(0.5, 4.0), (1.0, 2.0)])
    3.0
    """
    found, none_so_far = 0.0, 1.0
    for share, mean in sorted(means, key=lambda p: -p[1]):
        found += none_so_far * share * mean
        none_so_far *= 1 - share
    return found


def outside(on: Prototype, agency: str) -> bool:
    """Whether an agency is not the city's: of the state by its name, or nobody works in it."""
    path = on.path
    names = names_of(path, agency)
    if any(word in (names.get(n) or "") for n in LANGUAGES for word in _STATE):
        return True
    mine = [s.id for s in path.steps if agency_id(path, s) == agency]
    return all(
        (n := on.scenario.steps.get(i)) is None or n.pool is None for i in mine
    )  # fmt: skip


def subsets(on: Prototype, steps: Sequence[str], least: int) -> Iterator[tuple[str, ...]]:
    """Which of some steps may be gathered: all, the city's own, these and one from outside, one's.

    Each set once, with `least` steps or more, in the order given.
    """
    by_agency: dict[str, list[str]] = {}
    for id in steps:
        by_agency.setdefault(agency_id(on.path, on.path.node(id)), []).append(id)
    others = [a for a in by_agency if outside(on, a)]
    own = {i for a, some in by_agency.items() if a not in others for i in some}
    wanted = [set(steps), own, *(own.union(by_agency[a]) for a in others if own)]
    wanted += map(set, by_agency.values())
    found = dict.fromkeys(tuple(i for i in steps if i in some) for some in wanted)
    yield from (some for some in found if len(some) >= least)


def reached(seen: Evidence, step: str, among: str) -> float:
    """The share of matters that come to a step, of those that come to another."""
    times = seen.step(among).times
    return 0.0 if times <= 0 else min(1.0, seen.step(step).times / times)


def without_contact(path: Path, steps: Iterable[Step]) -> Path:
    """The path with these steps as they are after, and no message to or from the customer there."""
    for step in steps:
        path = without_messages(path.with_nodes([step]), step.id)
    return path


def automatic(scenario: Scenario, activities: Iterable[str]) -> Scenario:
    """The scenario whose logs know some activities as automatic: no staff's hours count there."""
    known = scenario.mapping.get("automatic", {})
    old = list(known.get("activities", ()))
    new = [a for a in dict.fromkeys(activities) if a not in old]
    mapping = {**scenario.mapping, "automatic": {**known, "activities": [*old, *new]}}
    return replace(scenario, mapping=mapping)


def by_itself(on: Prototype, activity: str) -> bool:
    """Whether the scenario's logs know an activity as automatic, or as an acknowledgement."""
    mapping = on.scenario.mapping
    lists = (
        mapping.get("automatic", {}).get("activities", ()),
        mapping.get("contacts", {}).get("acknowledgements", ()),
    )
    return any(activity in some for some in lists)


def apart(path: Path, step: str) -> str | None:
    """That a step and another must be done by different people."""
    found = (rules.separated(path, (step, s.id)) for s in path.steps if s.id != step)
    return next((reason for reason in found if reason is not None), None)


def words_claims(path: Path, changed: Mapping[str, Step]) -> set[Claim]:
    """What new names and words of steps say: each of these steps has other ones than before."""
    found, first = set[Claim](), dict[str, str]()
    for step in path.steps:
        now = changed.get(step.id)
        if now is None:
            continue
        if called(step) and called(now) and not called(step) & called(now):
            found.add(Claim("renamed", step.id))
        else:
            first.setdefault(claiming.side(path).place(step).key, step.id)
    return found | {Claim("texts", id) for id in first.values()}


def said_too(text: Text, before: Text, *more: Text) -> Text:
    """A text with further sentences after some words, which are said once.

    >>> said_too(Text(en="Apply."), Text(en="Also:"), Text(en="Send the plan.")).en
    'Apply. Also: Send the plan.'
    """
    found: dict[str, str | None] = {}
    for language in LANGUAGES:
        old, words = text.get(language) or "", before.get(language) or ""
        new = [w for t in more if (w := t.get(language)) and w not in old]
        lead = [words] if new and words and words not in old else []
        found[language] = " ".join(w for w in (old, *lead, *new) if w) or None
    return Text(**found)


def days(amount: float) -> float:
    """A number of days for a hint; 0 where it cannot be told."""
    return amount if math.isfinite(amount) else 0.0
