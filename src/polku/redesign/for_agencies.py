"""What an option asks of each agency, and what it means for the customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polku.path.changes.sentences import sentences
from polku.path.diff import diff
from polku.path.facts import LANGUAGES, Text
from polku.path.model import Path
from polku.redesign.axes import Axis
from polku.redesign.front import AgencyTold, Told
from polku.redesign.move import Move, apply, kind_of
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import agency_ids, names_of

Pair = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Made:
    """A move of a ladder on the prototype that it was made on."""

    move: Move
    on: Prototype

    @property
    def says(self) -> Text:
        """The sentence that explains it."""
        return kind_of(self.move).says(self.move, self.on)

    @property
    def touches(self) -> tuple[str, ...]:
        """Ids of the agencies that must change something."""
        return kind_of(self.move).touches(self.move, self.on)

    @property
    def asks(self) -> dict[str, Text]:
        """What is asked of each of them."""
        return kind_of(self.move).asks(self.move, self.on)


def made(moves: Iterable[Move], current: Prototype) -> tuple[Made, ...]:
    """Moves made one after another, each with what it was made on."""
    out, on = [], current
    for move in moves:
        out.append(Made(move, on))
        on = apply(move, on)
    return tuple(out)


@dataclass(frozen=True)
class Asked:
    """What `polku diff` and the moves say of one option, to agencies and to the customer."""

    agencies: tuple[AgencyTold, ...]
    customer: dict[str, tuple[str, ...]]


def asked(
    current: Prototype, option: Prototype, ladder: Sequence[Made], axes: Sequence[Axis],
    before: Sequence[Told], after: Sequence[Told],
) -> Asked:  # fmt: skip
    """What an option asks, agency by agency in the order of the path's lanes.

    An agency is listed where the path changes for it, where a move asks something of it, or where
    the staff hours of its units change by more than is shown to be chance.
    """
    difference = diff(current.path, option.path)
    by_agency: dict[str, dict[str, tuple[str, ...]]] = {}
    customer: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        for section in sentences(difference, language):
            if section.role == "customer":
                customer[language] = section.sentences
            elif section.agency is not None:
                by_agency.setdefault(section.agency.id, {})[language] = section.sentences
    said: dict[str, list[tuple[str, Text]]] = {}
    for one in ladder:
        for agency, text in one.asks.items():
            said.setdefault(agency, []).append((one.move.key, text))
    lanes = {lane.id: path for path in (option.path, current.path) for lane in path.lanes}
    order = [a.id for p in (current.path, option.path) for a in p.lanes
             if a.parent is None and a.role != "customer"]  # fmt: skip
    hours = _hours(current, option, axes, before, after)
    out = []
    for id in dict.fromkeys(order):
        pools = _utilisation(id, current, option, axes, before, after)
        shifts = hours.get(id)
        if id not in by_agency and id not in said and not (shifts and shifts[1]):
            continue
        out.append(
            AgencyTold(
                id,
                names_of(lanes[id], id),
                tuple(dict.fromkeys(text for _, text in said.get(id, ()))),
                by_agency.get(id, {}),
                tuple(dict.fromkeys(key for key, _ in said.get(id, ()))),
                shifts[0] if shifts else (None, None),
                pools,
            )
        )
    return Asked(tuple(out), customer)


def _hours(
    current: Prototype, option: Prototype, axes: Sequence[Axis], before: Sequence[Told],
    after: Sequence[Told],
) -> dict[str, tuple[Pair, bool]]:  # fmt: skip
    """By agency its staff hours per matter, today and then, and whether a change is shown."""
    sums: dict[str, list[float | None]] = {}
    shown: dict[str, bool] = {}
    for axis, b, a in zip(axes, before, after, strict=True):
        if axis.id != "staff_hours" or axis.column != "unit" or axis.value is None:
            continue
        agency = _agency_called(axis.value, current.path, option.path)
        if agency is None:
            continue
        pair = sums.setdefault(agency, [0.0, 0.0])
        for k, told in enumerate((b, a)):
            known = pair[k]
            pair[k] = None if told.value is None or known is None else known + told.value
        shown[agency] = shown.get(agency, False) or _moved(axis, a)
    return {k: ((v[0], v[1]), shown[k]) for k, v in sums.items()}


def _moved(axis: Axis, told: Told) -> bool:
    """Whether a figure is shown to be another than today, by more than the axis's floor."""
    low, high = told.change_low, told.change_high
    if told.change is None or low is None or high is None:
        return False
    return not low <= 0.0 <= high and abs(told.change) > axis.floor


def _agency_called(unit: str, *paths: Path) -> str | None:
    for path in paths:
        for lane in path.lanes:
            if unit in (lane.name, lane.id):
                return next(iter(agency_ids(path, [lane.id])), None)
    return None


def pool_agency(on: Prototype, pool: str) -> str | None:
    """The agency of a pool: that of its lane, else of the steps that it does."""
    made_of = on.scenario.pools.get(pool)
    if made_of is None:
        return None
    places = [made_of.lane] if made_of.lane is not None else [
        k for k, v in on.scenario.steps.items() if v.pool == pool and on.path.has(k)
    ]  # fmt: skip
    return next(iter(agency_ids(on.path, places)), None)


def _utilisation(
    agency: str, current: Prototype, option: Prototype, axes: Sequence[Axis],
    before: Sequence[Told], after: Sequence[Told],
) -> dict[str, Pair]:  # fmt: skip
    out: dict[str, Pair] = {}
    for axis, b, a in zip(axes, before, after, strict=True):
        if axis.id != "utilisation" or axis.value is None:
            continue
        if agency in (pool_agency(current, axis.value), pool_agency(option, axis.value)):
            out[axis.value] = (b.value, a.value)
    return out
