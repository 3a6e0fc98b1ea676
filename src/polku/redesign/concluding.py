"""From what a search found to the front as it is told: fresh replications, ladders, sensitivity.

The figures of the result come from replications that the search has not seen (numbers from
`arena.FINAL` on): whoever won the search partly by luck does not keep that luck here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from polku.errors import RedesignError
from polku.path.facts import LANGUAGES, Text
from polku.redesign.arena import FINAL, Arena, Look
from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.chances import front_chances
from polku.redesign.constraining import told as constraints_told
from polku.redesign.for_agencies import Made, asked, made
from polku.redesign.front import AssumptionTold, Option, Rung
from polku.redesign.move import Assumption, Move, apply_all, kind_of
from polku.redesign.paired import Mean, difference, mean_of, tell
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import scaled_work
from polku.redesign.scoring import scales, scores
from polku.redesign.terms import Terms
from polku.simulate.laws import quantile
from polku.simulate.telling import scenario_hash

Floats = npt.NDArray[np.float64]
Failing = frozenset[tuple[str, str]]
NONE_FAILS: Failing = frozenset()
Triple = tuple[float | None, float | None, float | None]


@dataclass
class Tries:
    """Values of candidates in the fresh replications, each worked out once."""

    arena: Arena
    replications: int
    progress: Callable[[float | None, str], None] | None = None
    known: dict[tuple[str, Failing], Floats] = field(default_factory=dict)

    def run(self, wanted: Iterable[tuple[Candidate, Failing]]) -> None:
        """Try what is not known yet."""
        new = {(c.key, f): (c, f) for c, f in wanted if (c.key, f) not in self.known}
        todo = list(new.items())
        part = 4
        for at in range(0, len(todo), part):
            some = todo[at : at + part]
            looks = [Look(c, FINAL + k, f) for _, (c, f) in some for k in range(self.replications)]
            found = self.arena.look(looks)
            shape = (len(some), self.replications, len(self.arena.axes))
            for (key, _), values in zip(some, found.reshape(shape), strict=True):
                self.known[key] = values
            if self.progress is not None:
                share = (at + len(some)) / len(todo)
                self.progress(share, f"telling the result: {at + len(some)} of {len(todo)} tries")

    def of(self, candidate: Candidate, failing: Failing = NONE_FAILS) -> Floats:
        """Values [replications, axes]."""
        return self.known[candidate.key, failing]


@dataclass(frozen=True)
class Concluded:
    """The options as told, and the prototype that stands behind each, in the same order."""

    options: tuple[Option, ...]
    prototypes: tuple[Prototype, ...]
    candidates: tuple[Candidate, ...]
    scale: Floats
    scored: Floats
    """scores [options, replications]"""


def conclude(
    arena: Arena,
    current: Candidate,
    wanted: Sequence[Candidate],
    rivals: Sequence[Candidate],
    terms: Terms,
    *,
    on: Sequence[str],
    weights: Mapping[str, float],
    replications: int,
    progress: Callable[[float | None, str], None] | None = None,
) -> Concluded:
    """Tell the current state and the wanted candidates by fresh replications.

    `rivals`: others that stood on the front of the search: they count for the chance of being on
    the front, but are not told. Raises `RedesignError` where the current state cannot be simulated.
    """
    tries = Tries(arena, replications, progress)
    tries.run([(current, NONE_FAILS)])
    if current.key in arena.failures:
        raise RedesignError(f"the current state cannot be simulated: {arena.failures[current.key]}")
    tries.run((c, NONE_FAILS) for c in (*wanted, *rivals))
    wanted = [c for c in wanted if c.key not in arena.failures]
    rivals = [c for c in rivals if c.key not in arena.failures]
    base = tries.of(current)
    scale = scales(arena.axes, base)

    def score(values: Floats) -> Floats:
        return scores(arena.axes, weights, scale, values, base)

    singles = {
        m.key: Candidate(current.base, (m,)) for c in wanted for m in c.moves if len(c.moves) > 1
    }
    tries.run((c, NONE_FAILS) for c in singles.values())

    def alone(move: Move) -> float:
        one = singles.get(move.key)
        if one is None or one.key in arena.failures:
            return 0.0
        return float(score(tries.of(one)).mean())

    wanted = [_best_first(c, alone) for c in wanted]
    ladders = [made(c.moves, current.base) for c in wanted]
    tries.run((c, NONE_FAILS) for c in wanted)
    tries.run((p, NONE_FAILS) for c in wanted for p in _prefixes(c))
    tries.run((c, frozenset({(m.key, a.id)})) for c in wanted for m in c.moves
              for a in m.assumptions)  # fmt: skip

    slower = {c.key: _slower(c, current.base) for c in wanted if c.drawn == "people"}
    tries.run((c, NONE_FAILS) for c in slower.values() if c is not None)

    everyone = [current, *wanted]
    values = np.stack([tries.of(c) for c in everyone])
    all_values = np.stack([*values, *(tries.of(c) for c in rivals)])
    chances = front_chances(all_values, arena.axes, on, 0, arena.seed)
    names = _names(wanted)
    told_current = tell(arena.axes, base, None)
    options, prototypes = [], []
    for k, candidate in enumerate(everyone):
        first = k == 0
        prototype = usual(candidate)
        told = told_current if first else tell(arena.axes, values[k], base)
        gain = mean_of(score(values[k]))
        ladder = () if first else ladders[k - 1]
        asking = None if first else asked(
            current.base, prototype, ladder, arena.axes, told_current, told
        )  # fmt: skip
        kept = () if first else constraints_told(
            candidate, values[k], base, arena.axes, terms, today=current.base
        )  # fmt: skip
        broken = any(c.verdict == "broken" for c in kept)
        options.append(
            Option(
                name="current" if first else names[k - 1],
                drawn=candidate.drawn,
                title=_title(candidate),
                folder="current" if first else f"prototypes/{names[k - 1]}",
                path_hash=prototype.path.hash,
                scenario_hash=scenario_hash(prototype.scenario),
                chance=float(chances[k]),
                on_front=bool(chances[k] >= 0.5) and not broken,
                score=gain.value or 0.0,
                score_low=gain.value or 0.0 if gain.low is None else gain.low,
                score_high=gain.value or 0.0 if gain.high is None else gain.high,
                figures=told,
                ladder=tuple(_rungs(candidate, ladder, tries, arena.axes, base)),
                agencies=asking.agencies if asking else (),
                customer=asking.customer if asking else {},
                assumptions=(
                    *_assumptions(candidate, tries, score),
                    *_own_numbers(candidate, slower.get(candidate.key), tries, score),
                ),
                constraints=kept,
                answers=_answers(candidate),
                replications=replications,
            )
        )
        prototypes.append(prototype)
    scored = np.stack([score(v) for v in values])
    order = [0, *sorted(range(1, len(options)), key=lambda k: _rank(options[k]))]
    return Concluded(
        tuple(options[k] for k in order), tuple(prototypes[k] for k in order),
        tuple(everyone[k] for k in order), scale, scored[order],
    )  # fmt: skip


def usual(candidate: Candidate) -> Prototype:
    """The prototype as it is written down: every assumption at the mean of its law."""
    return apply_all(candidate.moves, candidate.base)


def _rank(option: Option) -> tuple[bool, float, str]:
    return not option.on_front, -option.score, option.name


def _names(wanted: Sequence[Candidate]) -> list[str]:
    out: list[str] = []
    number = 0
    for c in wanted:
        if c.drawn == "people":
            out.append(c.base.name)
        else:
            number += 1
            out.append(f"search-{number}")
    return out


def _title(candidate: Candidate) -> Text:
    """What an option is called: its own title, or the kinds of its moves."""
    if not candidate.moves:
        path = candidate.base.path
        if candidate.drawn == "current":
            return Text("Nykytila", "Nuläge", "The current state")
        note = candidate.base.name.replace("-", " ")
        names = path.facts.names
        return Text(*(f"{names.get(n) or path.name or path.id}: {note}" for n in LANGUAGES))
    titles: dict[str, int] = {}
    for m in candidate.moves:
        titles[m.kind] = titles.get(m.kind, 0) + 1

    def said(language: str) -> str:
        parts = []
        for kind, n in titles.items():
            words = kind_of(kind).title.best(language) or kind
            parts.append(words if n == 1 else f"{words} (×{n})")
        return " + ".join(parts)

    return Text(*map(said, LANGUAGES))


def _answers(candidate: Candidate) -> tuple[str, ...]:
    given = [*candidate.base.answers, *(a for m in candidate.moves for a in m.answers)]
    return tuple(dict.fromkeys(given))


def _best_first(candidate: Candidate, alone: Callable[[Move], float]) -> Candidate:
    """The same moves with what brings most alone first, where that makes the same prototype."""
    if len(candidate.moves) < 2:
        return candidate
    order = tuple(sorted(candidate.moves, key=lambda m: (-alone(m), m.key)))
    if order == candidate.moves:
        return candidate
    try:
        other = usual(Candidate(candidate.base, order))
    except RedesignError:
        return candidate
    mine = usual(candidate)
    same = other.scenario == mine.scenario and other.path.hash == mine.path.hash
    return Candidate(candidate.base, order, candidate.drawn) if same else candidate


def _prefixes(candidate: Candidate) -> list[Candidate]:
    return [
        Candidate(candidate.base, candidate.moves[:k]) for k in range(1, len(candidate.moves))
    ]  # fmt: skip


def _rungs(
    candidate: Candidate, ladder: Sequence[Made], tries: Tries, axes: Sequence[Axis], base: Floats
) -> Iterable[Rung]:
    before = base
    for k, one in enumerate(ladder, 1):
        so_far = Candidate(candidate.base, candidate.moves[:k])
        here = tries.of(so_far if k < len(ladder) else candidate)
        single = Candidate(candidate.base, (one.move,))
        alone = tries.known.get((single.key, NONE_FAILS))
        yield Rung(
            one.move.key, one.move.kind, one.move.at, one.says, one.touches, one.move.answers,
            {} if alone is None else _changes(axes, alone, base), _changes(axes, here, before),
        )  # fmt: skip
        before = here


def _changes(axes: Sequence[Axis], values: Floats, other: Floats) -> dict[str, Triple]:
    out: dict[str, Triple] = {}
    for k, axis in enumerate(axes):
        if np.isinf(values[:, k]).any() or np.isinf(other[:, k]).any():
            continue
        m = mean_of(difference(values[:, k], other[:, k]))
        if m.n:
            out[axis.key] = (m.value, m.low, m.high)
    return out


def _assumptions(
    candidate: Candidate, tries: Tries, score: Callable[[Floats], Floats]
) -> Iterable[AssumptionTold]:
    gain = mean_of(score(tries.of(candidate)))
    for move in candidate.moves:
        for a in move.assumptions:
            fails = mean_of(score(tries.of(candidate, frozenset({(move.key, a.id)}))))
            low, high = middle(a)
            yield AssumptionTold(
                move.key, a.id, filled(a), a.usual, low, high, a.fails, a.law.unit, origin(a),
                gain.value, gain.low, gain.high, fails.value, fails.low, fails.high,
                _carries(gain, fails), _fragile(gain, fails),
            )  # fmt: skip


SLOWER = 1.5
"""Work of the new and changed steps of a prototype drawn by people, times this, if it fails."""


def _slower(candidate: Candidate, current: Prototype) -> Candidate | None:
    """A prototype drawn by people with more work in all steps that it adds or whose work changes.

    None where it has no such step.
    """
    base, known = candidate.base, current.scenario.steps
    changed = {
        k: scaled_work(v, SLOWER)
        for k, v in base.scenario.steps.items()
        if v.work is not None and (k not in known or known[k].work != v.work)
    }
    if not changed:
        return None
    more = base.with_scenario(base.scenario.with_steps(**changed))
    return Candidate(replace(more, name=f"{base.name} (slower)"), (), "people")


def _own_numbers(
    candidate: Candidate, slower: Candidate | None, tries: Tries, score: Callable[[Floats], Floats]
) -> Iterable[AssumptionTold]:
    """What a prototype drawn by people rests on: the numbers of its new and changed steps."""
    if slower is None:
        return
    gain, fails = mean_of(score(tries.of(candidate))), mean_of(score(tries.of(slower)))
    yield AssumptionTold(
        "", "own-numbers", _OWN, 1.0, 1.0, 1.0, SLOWER, None,
        "assumed: whoever drew the prototype gave the numbers of these steps",
        gain.value, gain.low, gain.high, fails.value, fails.low, fails.high,
        _carries(gain, fails), _fragile(gain, fails),
    )  # fmt: skip


_OWN = Text(
    "Uusien ja muuttuneiden vaiheiden työ kestää sen, mitä prototyypin luvut sanovat (kerroin 1).",
    "Arbetet i nya och ändrade steg tar den tid som prototypens siffror säger (faktor 1).",
    "The work of new and changed steps takes what the prototype's numbers say (a factor of 1).",
)


def _carries(gain: Mean, fails: Mean) -> float | None:
    """The share of a gain that is lost with the assumption; None where there is no gain."""
    if gain.value is None or fails.value is None or gain.low is None or gain.low <= 0:
        return None
    return (gain.value - fails.value) / gain.value


def _fragile(gain: Mean, fails: Mean) -> bool:
    """Whether a gain that is shown is not shown any more without the assumption."""
    shown = gain.low is not None and gain.low > 0
    return shown and not (fails.low is not None and fails.low > 0)


def middle(a: Assumption) -> tuple[float, float]:
    """The middle 90 % of an assumption's law, in its unit."""
    at = quantile(a.plain_law, np.array([0.05, 0.95]))
    return float(at[0]), float(at[1])


def filled(a: Assumption) -> Text:
    """The claim with the middle of its law in the place of `{value}`."""
    low, high = middle(a)
    said = _number(low) if low == high else f"{_number(low)}–{_number(high)}"
    if a.law.unit is not None:
        said = f"{said} {a.law.unit}"
    return Text(*(None if (w := a.what.get(n)) is None else w.replace("{value}", said)
                  for n in LANGUAGES))  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.3g}"


def origin(a: Assumption) -> str:
    """Where an assumption comes from, in words."""
    said = a.origin.how if a.origin.n is None else f"{a.origin.how} (n = {a.origin.n:,})"
    return f"{said}: {a.origin.note}" if a.origin.note else said
