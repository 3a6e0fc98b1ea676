"""How often a matter comes to each node, on average: the flow equations of a path and a scenario.

The expected number of visits x of a node is the sum of what its flows bring: what leaves the node
before, times the chance of the flow. These are linear equations (a Markov chain with branches
beside; Kemeny & Snell 1960, "Finite Markov Chains"), solved once for each world: each combination
of attributes that chances or conditions ask for, weighted by how often it occurs. Worlds are
enumerated while attributes are choices or flags, else a sample is drawn.

What depends on time (which event comes first, whether a boundary event comes before the end) is
judged by mean times alone, and inclusive joins by the mean number of tokens that come: the result
then says that it is an estimate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from polku.errors import PolkuError
from polku.path.model import Event, Flow, Gateway, Node, Path, Step
from polku.simulate import deciding
from polku.simulate.deciding import Column
from polku.simulate.engine.compile import seconds_of
from polku.simulate.engine.program import Floats
from polku.simulate.laws import mean
from polku.simulate.scenario import Scenario, StepNumbers, Varied

MOST_WORLDS = 256
"""Combinations of attributes that are enumerated."""
DRAWN = 1_000
"""Matters drawn where they cannot be."""


@dataclass(frozen=True)
class Worlds:
    """Combinations of attributes: `columns` (with "kind"), and the weight of each."""

    columns: Mapping[str, Column]
    weight: Floats
    drawn: bool

    def value(self, name: str, world: int) -> str:
        """An attribute's value as scenarios write it."""
        found = self.columns[name][world]
        if isinstance(found, bool | np.bool_):
            return "true" if found else "false"
        return f"{found:g}" if isinstance(found, float) else str(found)


@dataclass
class Visits:
    """Mean number of visits of each node by one matter, by world.

    `of`: node id → f8[worlds]; `instances`: how often a step is done at one visit; `worlds`;
    `estimated`: why this is an estimate, in words (empty: exact).
    """

    of: dict[str, Floats]
    worlds: Worlds
    instances: dict[str, Floats]
    again: dict[str, Floats]
    """step id → chance that a matter that did it comes to it once more"""
    estimated: list[str] = field(default_factory=list)

    def mean(self, node: str) -> float:
        """Mean over all matters."""
        return float(np.dot(self.of[node], self.worlds.weight))


def worlds(scenario: Scenario, share: Mapping[str, float], needed: set[str]) -> Worlds:
    """The combinations of the needed attributes; `share`: part of each kind in all arrivals."""
    attributes = scenario.attributes
    order = list(attributes)
    for name in reversed(order):  # attributes that needed ones vary by
        if name in needed:
            a = attributes[name]
            for varied in (a.choices, a.chance, a.law):
                if varied is not None and varied.by is not None:
                    needed = needed | {varied.by}
    every: list[tuple[float, dict[str, Any]]] = [(w, {"kind": k}) for k, w in share.items()]
    for name in order:
        if name not in needed:
            continue
        a = attributes[name]
        if a.law is not None or len(every) > MOST_WORLDS:
            return _drawn(scenario)
        grown = []
        for weight, known in every:
            if a.chance is not None:
                p = _for(a.chance, known)
                options: list[tuple[Any, float]] = [(True, p), (False, 1 - p)]
            else:
                assert a.choices is not None
                options = list(_for(a.choices, known).items())
            grown += [(weight * p, {**known, name: v}) for v, p in options if p > 0]
        every = grown
    if len(every) > MOST_WORLDS:
        return _drawn(scenario)
    names = list(every[0][1])
    columns: dict[str, Column] = {}
    for name in names:
        values = [known[name] for _, known in every]
        flag = name in attributes and attributes[name].chance is not None
        columns[name] = np.array(values, dtype=np.bool_ if flag else object)
    return Worlds(columns, np.array([w for w, _ in every]), False)


def _drawn(scenario: Scenario) -> Worlds:
    from polku.simulate.arrivals import arrive

    matters = arrive(scenario, seed=1, matters=DRAWN)
    n = len(matters.time)
    return Worlds(matters.data, np.full(n, 1 / max(n, 1)), True)


def _for(value: Varied[Any], known: Mapping[str, Any]) -> Any:
    """The value of the first round for known attributes."""
    if value.by is not None:
        found = known[value.by]
        key = ("true" if found else "false") if isinstance(found, bool) else str(found)
        if key in value.cases:
            return value.cases[key][0]
    return value.otherwise[0]


def rounds_of(value: Varied[Any], at: Worlds, world: int) -> tuple[Any, ...]:
    """The rounds of a value that varies, in a world."""
    if value.by is None:
        return value.otherwise
    return value.cases.get(at.value(value.by, world), value.otherwise)


def needed_attributes(path: Path, scenario: Scenario) -> set[str]:
    """Attributes that chances, conditions or numbers of instances ask for."""
    from polku.path.conditions import parse

    found: set[str] = set()
    varied: list[Varied[Any] | None] = [b.flows for b in scenario.branching.values()]
    for step in scenario.steps.values():
        varied += [step.work, step.again, step.times, step.delay.law if step.delay else None]
    for event in scenario.events.values():
        varied += [event.after, event.happens]
    found |= {v.by for v in varied if v is not None and v.by is not None}
    texts = [f.condition for f in path.flows if f.condition and f.source not in scenario.branching]
    texts += [s.repeat.condition for s in path.steps if s.repeat and s.repeat.condition]
    texts += [s.repeat.times for s in path.steps if s.repeat and s.repeat.times]
    for text in texts:
        try:
            found |= set(parse(text).names)
        except PolkuError:
            continue
    return found & {*scenario.attributes, "kind"}


def visits(path: Path, scenario: Scenario, at: Worlds) -> Visits:
    """Mean number of visits of each node of a path, in each world.

    Raises `ArithmeticError` where matters would go round without an end.
    """
    out = Visits({n.id: np.zeros(len(at.weight)) for n in path.nodes}, at, {}, {})
    solver = _Solver(path, scenario, at, out)
    known: dict[Any, dict[str, tuple[float, float]]] = {}
    for world in range(len(at.weight)):
        key = solver.key(world)
        if key not in known:
            known[key] = solver.solve(world)
        for id, (x, again) in known[key].items():
            out.of[id][world] = x
            if id in scenario.steps:
                out.again.setdefault(id, np.zeros(len(at.weight)))[world] = again
    for step in path.steps:
        if step.repeat is not None and not step.holds_nodes:
            each = [solver.instances(step, world) for world in range(len(at.weight))]
            out.instances[step.id] = np.array(each)
    if at.drawn:
        out.estimated.append(f"attributes are drawn for {len(at.weight):,} matters")
    out.estimated = list(dict.fromkeys(out.estimated))
    return out


class _Solver:
    def __init__(self, path: Path, scenario: Scenario, at: Worlds, out: Visits) -> None:
        self.path, self.scenario, self.at, self.out = path, scenario, at, out
        self.index = {n.id: k for k, n in enumerate(path.nodes)}
        self.varying = [
            n for n in path.nodes if len(path.out(n.id)) > 1 or isinstance(n, Step | Event)
        ]
        self.holds: dict[str, Any] = {}
        self.by_rounds: list[str] = []

    def note(self, why: str) -> None:
        self.out.estimated.append(why)

    # Chances in one world

    def key(self, world: int) -> Any:
        """What decides the way in a world; worlds with the same key have the same visits."""
        parts: list[Any] = []
        for node in self.varying:
            branching = self.scenario.branching.get(node.id)
            if branching is not None:
                parts.append(id(rounds_of(branching.flows, self.at, world)))
            elif len(self.path.out(node.id)) > 1:
                parts.append(tuple(self.says(f, world) for f in self.path.out(node.id)))
            if isinstance(node, Step):
                parts.append(self.instances(node, world))
            event = self.scenario.events.get(node.id)
            parts += [
                id(rounds_of(varied, self.at, world))
                for varied in ((event.happens, event.after) if event is not None else ())
                if varied is not None
            ]
            numbers = self.scenario.steps.get(node.id)
            if numbers is not None and numbers.work is not None and self.path.boundary(node.id):
                parts.append(id(rounds_of(numbers.work, self.at, world)))
        return tuple(parts)

    def says(self, flow: Flow, world: int) -> bool | None:
        """Whether a flow's condition holds; None: it has none that can be answered."""
        if not flow.condition:
            return None
        if flow.condition not in self.holds:
            n = len(self.at.weight)
            try:
                self.holds[flow.condition] = deciding.holds(flow.condition, self.at.columns, n)
            except PolkuError:
                self.holds[flow.condition] = None
        found = self.holds[flow.condition]
        return None if found is None else bool(found[world])

    def chances(self, node: Node, world: int, round_: int) -> dict[str, float]:
        """The share of each flow out of a node in what leaves it; -1: the last round."""
        flows = self.path.out(node.id)
        branching = self.scenario.branching.get(node.id)
        if len(flows) < 2 or (isinstance(node, Gateway) and node.kind == "parallel"):
            return {f.id: 1.0 for f in flows}
        if isinstance(node, Gateway) and node.kind == "event":
            return self.race(flows, world)
        inclusive = isinstance(node, Gateway) and node.kind == "inclusive"
        if branching is not None:
            rounds = rounds_of(branching.flows, self.at, world)
            given = rounds[min(round_, len(rounds) - 1)]
            return _completed(given, flows, inclusive)
        default = node.default if isinstance(node, Gateway | Step) else None
        asked = {f.id: self.says(f, world) for f in flows if f.id != default}
        if any(v is not None for v in asked.values()):
            if isinstance(node, Step):  # without a condition: always taken
                asked = {k: v is not False for k, v in asked.items()}
            taken = [k for k, v in asked.items() if v]
            if not inclusive and not isinstance(node, Step):
                taken = taken[:1]
            taken = taken or ([default] if default else [])
            return {f.id: float(f.id in taken) for f in flows}
        if not isinstance(node, Gateway):
            return {f.id: 1.0 for f in flows}
        given = {f.id: f.probability for f in flows if f.probability is not None}
        if not given and not inclusive:
            self.note("some gateways have neither chances nor conditions; all ways count the same")
            return {f.id: 1 / len(flows) for f in flows}
        return _completed(given, flows, inclusive)

    def race(self, flows: tuple[Flow, ...], world: int) -> dict[str, float]:
        """Which of several events comes first, judged by their mean times."""
        if len(flows) > 1:
            self.note("which of several events comes first is judged by mean times")
        times = []
        for f in flows:
            after, happens = self.event(f.target, world)
            times.append((np.inf if after is None else after, f.id, happens))
        left, out = 1.0, {}
        for _, id, happens in sorted(times):
            out[id] = left * happens
            left *= 1 - happens
        last = max(times)[1]
        out[last] += left
        return out

    def event(self, id: str, world: int) -> tuple[float | None, float]:
        """Mean time (µs) until an event happens, and the chance that it does."""
        numbers = self.scenario.events.get(id)
        node = self.path.node(id)
        after: float | None = None
        if numbers is not None and numbers.after is not None:
            after = mean(rounds_of(numbers.after, self.at, world)[0])
        elif isinstance(node, Event) and node.timer is not None:
            seconds = seconds_of(node.timer.value.rpartition("/")[2])
            after = None if seconds is None else seconds * 1e6
        happens = 1.0
        if numbers is not None and numbers.happens is not None:
            happens = rounds_of(numbers.happens, self.at, world)[0]
        return after, happens

    def leaves(self, step: Step, event: Event, world: int) -> float:
        """The chance that a boundary event happens at a step."""
        if event.trigger in ("error", "escalation"):
            return 0.0  # thrown inside, not by chance
        after, happens = self.event(event.id, world)
        self.note("whether an event comes before the end of its step is judged by mean times")
        numbers = self.scenario.steps.get(step.id, StepNumbers())
        lasts = sum(
            mean(rounds_of(v, self.at, world)[0])
            for v in (numbers.work, numbers.delay.law if numbers.delay else None)
            if v is not None
        )
        return happens if after is not None and (step.holds_nodes or after < lasts) else 0.0

    def instances(self, step: Step, world: int) -> float:
        """Mean number of times a step is done at one visit."""
        numbers = self.scenario.steps.get(step.id, StepNumbers())
        if step.repeat is None:
            return 1.0
        if step.repeat.kind == "loop":
            if numbers.again is None:
                self.note("loops with a condition count once")
                return 1.0
            chances = rounds_of(numbers.again, self.at, world)
            before = step.repeat.test_before
            total, reached = (0.0, 1.0) if before else (1.0, 1.0)
            for chance in chances[:-1]:
                reached *= chance
                total += reached
            if chances[-1] >= 1:
                raise ArithmeticError(step.id)
            return float(total + reached * chances[-1] / (1 - chances[-1]))
        if numbers.times is not None:
            return float(mean(rounds_of(numbers.times, self.at, world)[0]))
        text = (step.repeat.times or "").strip()
        if text.isdigit():
            return float(text)
        try:
            found = deciding.numbers(text, self.at.columns, len(self.at.weight))
            return float(found[world])
        except (PolkuError, SyntaxError):
            self.note("steps done several times, how often is not known, count once")
            return 1.0

    # Equations

    def solve(self, world: int) -> dict[str, tuple[float, float]]:
        """Visits of each node in a world, and the chance of coming to it again."""
        n = len(self.index)
        shares = {node.id: self.chances(node, world, 0) for node in self.path.nodes}
        begin = np.zeros(n)
        for id in _starts(self.path, None):
            begin[self.index[id]] = 1.0
        rounds = self.rounds(world)
        if len(rounds) > 1:
            self.note("chances vary by round at several gateways")
        matrix = self.matrix(shares, world)
        for _ in range(3 if len(rounds) > 1 else 1):
            for id, values in rounds.items():
                shares[id] = self.averaged(id, values, matrix, world)
            matrix = self.matrix(shares, world)
        x = _solved(matrix, begin)
        out = {}
        for node in self.path.nodes:
            k = self.index[node.id]
            numbers = self.scenario.steps.get(node.id)
            again = 0.0
            if numbers is not None and numbers.work is not None and x[k] > 0 and any(
                len(r) > 1 for r in (numbers.work.otherwise, *numbers.work.cases.values())
            ):  # fmt: skip
                again = self.comes_again(node.id, matrix)
            out[node.id] = (float(x[k]), again)
        return out

    def rounds(self, world: int) -> dict[str, tuple[Any, ...]]:
        """Gateways whose chances vary by round."""
        found = {}
        for id, branching in self.scenario.branching.items():
            values = rounds_of(branching.flows, self.at, world)
            if len(values) > 1 and id in self.index:
                found[id] = values
        return found

    def comes_again(self, id: str, matrix: Floats, flow: Flow | None = None) -> float:
        """The chance (mean number, at most 1) of coming back after leaving a node."""
        k = self.index[id]
        begin = np.zeros(len(self.index))
        if flow is not None:
            begin[self.index[flow.target]] = 1.0
        else:
            begin = matrix[:, k].copy()
        cut = matrix.copy()
        cut[:, k] = 0.0
        return min(float(_solved(cut, begin)[k]), 1.0)

    def averaged(
        self, id: str, values: tuple[Any, ...], matrix: Floats, world: int
    ) -> dict[str, float]:
        """Shares of a gateway's flows over all rounds."""
        node, flows = self.path.node(id), self.path.out(id)
        back = {f.id: self.comes_again(id, matrix, f) for f in flows}
        total, weight, reached = dict.fromkeys(back, 0.0), 0.0, 1.0
        for k in range(len(values)):
            shares = self.chances(node, world, k)
            stays = sum(shares[f] * back[f] for f in back)
            here = reached
            if k + 1 == len(values):
                if stays >= 1:
                    raise ArithmeticError(id)
                here = reached / (1 - stays)
            for f in back:
                total[f] += here * shares[f]
            weight += here
            reached *= stays
        return {f: t / weight for f, t in total.items()}

    def matrix(self, shares: Mapping[str, Mapping[str, float]], world: int) -> Floats:
        """x = matrix · x + begin."""
        path, index = self.path, self.index
        m = np.zeros((len(index), len(index)))
        caught: dict[str, list[str]] = {}
        for event in path.events:
            if event.position == "end" and event.trigger in ("error", "escalation"):
                catcher = _catcher(path, event)
                if catcher is not None:
                    m[index[catcher.id], index[event.id]] += 1.0
                    caught.setdefault(str(catcher.attached_to), []).append(event.id)
        for node in path.nodes:
            k = index[node.id]
            done = 1.0
            if isinstance(node, Step):
                for event in path.boundary(node.id):
                    chance = self.leaves(node, event, world)
                    m[index[event.id], k] += chance * done
                    if event.interrupting:
                        done *= 1 - chance
                if node.holds_nodes:
                    times = self.instances(node, world)
                    for id in _starts(path, node.id):
                        m[index[id], k] += times
            for flow in path.out(node.id):
                share = shares[node.id].get(flow.id, 0.0) * self.joined(flow.target, world)
                m[index[flow.target], k] += share * done
                for thrown in caught.get(node.id, ()):
                    m[index[flow.target], index[thrown]] -= share
            if isinstance(node, Event) and node.trigger == "link" and node.position == "throw":
                for other in path.events:
                    if other.trigger == "link" and other.position == "catch" and (
                        (other.name, other.within) == (node.name, node.within)
                    ):  # fmt: skip
                        m[index[other.id], k] += 1.0
        return m

    def joined(self, id: str, world: int) -> float:
        """The part of a visit that one token brings to a node."""
        node = self.path.node(id)
        entering = len(self.path.into(id))
        if not isinstance(node, Gateway) or entering < 2:
            return 1.0
        if node.kind == "parallel":
            return 1.0 / entering
        if node.kind != "inclusive":
            return 1.0
        self.note("inclusive joins count by the mean number of branches")
        split = _split_before(self.path, id)
        if split is None:
            return 1.0
        return 1.0 / max(sum(self.chances(split, world, 0).values()), 1e-9)


def _completed(
    given: Mapping[str, float], flows: tuple[Flow, ...], inclusive: bool
) -> dict[str, float]:
    out = {f.id: given.get(f.id, 0.0) for f in flows}
    total = sum(out.values())
    if inclusive:  # at least one: where none is drawn, one in proportion
        none = float(np.prod([1 - p for p in out.values()]))
        return {k: p + (none * p / total if total > 0 else 0.0) for k, p in out.items()}
    left = [f.id for f in flows if f.id not in given]
    if len(left) == 1:
        out[left[0]] = max(0.0, 1 - total)
        total = sum(out.values())
    return {k: p / total for k, p in out.items()} if total > 0 else out


def _solved(matrix: Floats, begin: Floats) -> Floats:
    try:
        x = np.linalg.solve(np.eye(len(begin)) - matrix, begin)
    except np.linalg.LinAlgError as e:
        raise ArithmeticError("matters go round without an end") from e
    if not np.all(np.isfinite(x)) or x.min() < -1e-6 or x.max() > 1e9:
        raise ArithmeticError("matters go round without an end")
    out: Floats = np.maximum(x, 0.0)
    return out


def _starts(path: Path, holder: str | None) -> Iterator[str]:
    inside = list(path.inside(holder))
    events = [n for n in inside if isinstance(n, Event) and n.position == "start"]
    if events:
        plain = [e for e in events if e.trigger == "none"]
        yield (plain or events)[0].id
        return
    for node in inside:
        catches = isinstance(node, Event) and (
            node.position == "boundary" or (node.trigger == "link" and node.position == "catch")
        )
        if not path.into(node.id) and not catches:
            yield node.id


def _catcher(path: Path, event: Event) -> Event | None:
    at = event.within
    while at is not None:
        for other in path.boundary(at):
            if other.trigger == event.trigger:
                return other
        at = path.node(at).within
    return None


def _split_before(path: Path, join: str) -> Node | None:
    """The nearest node before a join at which several ways can be taken at once."""
    seen, layer = {join}, [join]
    while layer:
        below = []
        for id in layer:
            for flow in path.into(id):
                node = path.node(flow.source)
                if node.id in seen:
                    continue
                seen.add(node.id)
                several = len(path.out(node.id)) > 1
                kind = node.kind if isinstance(node, Gateway) else "parallel"
                if several and kind in ("inclusive", "parallel"):
                    return node
                below.append(node.id)
        layer = below
    return None
