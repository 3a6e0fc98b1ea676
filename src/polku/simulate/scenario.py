"""The scenario: the numbers that make a path move, each with where it came from.

A scenario is a JSON file (`polku.simulate.file`, schema `schemas/scenario.json`); these frozen
dataclasses are the same thing in Python. Names of steps, events, gateways and flows are the ids of
the path's BPMN file; names of pools, people, calendars, meetings, kinds and attributes are the
scenario's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

How = Literal["measured", "inferred", "assumed", "typed"]
HOWS: tuple[How, ...] = ("measured", "inferred", "assumed", "typed")

DelayKind = Literal["customer", "statement", "statutory", "hearing", "meeting", "other"]
DELAY_KINDS: tuple[DelayKind, ...] = (
    "customer", "statement", "statutory", "hearing", "meeting", "other",
)  # fmt: skip

Order = Literal["fifo", "priority", "due", "ageing"]
ORDERS: tuple[Order, ...] = ("fifo", "priority", "due", "ageing")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS: Mapping[str, float] = MappingProxyType(
    {"seconds": 1e6, "minutes": 6e7, "hours": 3.6e9, "days": 8.64e10, "weeks": 6.048e11}
)
"""Units of a law of time, in microseconds."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number comes from.

    `how`: measured (`n` observations), inferred (computed from what was measured), assumed (no
    datum stands behind it) or typed (by hand, or taken from another tool's file); `note`: more.
    """

    how: How = "typed"
    n: int | None = None
    note: str | None = None


TYPED = Origin("typed")
ASSUMED = Origin("assumed")


@dataclass(frozen=True, slots=True)
class Law:
    """A law of chance for a time or a number.

    `name`: "fixed" (`values` = (value,)), "empirical" (`values`: the sample, drawn from with equal
    chance), "quantiles" (`values` and `chances` (0 … 1, ascending): between them linear),
    "mixture" (`parts` with `chances` as weights), or a continuous law of `scipy.stats` ("expon",
    "lognorm", "gamma", …) with its `shapes`, `loc` and `scale`. `unit`: of the values (a key of
    `UNITS`; None: a plain number). `low`, `high`: the law given that it lies between them (its
    cumulative function is cut and rescaled; nothing is replaced).
    """

    name: str
    values: tuple[float, ...] = ()
    chances: tuple[float, ...] = ()
    parts: tuple[Law, ...] = ()
    shapes: tuple[float, ...] = ()
    loc: float = 0.0
    scale: float = 1.0
    unit: str | None = "minutes"
    low: float | None = None
    high: float | None = None


def fixed(value: float, unit: str | None = "minutes") -> Law:
    """The law that always gives this value."""
    return Law("fixed", (value,), unit=unit)


@dataclass(frozen=True, slots=True)
class Varied(Generic[T]):
    """One value, or one for each value of an attribute, and for each round.

    `otherwise`: the values for rounds 1, 2, … (the last holds for all later ones), where no case
    fits; `by`: name of an attribute (or "kind"); `cases`: for a value of it the rounds.
    """

    otherwise: tuple[T, ...]
    by: str | None = None
    cases: Mapping[str, tuple[T, ...]] = field(default_factory=dict)

    def all(self) -> Iterator[T]:
        """Every value in it."""
        yield from self.otherwise
        for rounds in self.cases.values():
            yield from rounds


def always(value: T) -> Varied[T]:
    """The same value whatever the matter and the round."""
    return Varied((value,))


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people work: `hours` by weekday ("mon": ("08:00-16:00",)), holidays, closures.

    `holidays`: ISO country code (and subdivision) of the `holidays` package, "" = none;
    `closures`: "2026-07-01/2026-07-14"; `zone`: where it differs from the scenario's.
    """

    hours: Mapping[str, tuple[str, ...]]
    holidays: str = ""
    closures: tuple[str, ...] = ()
    zone: str | None = None
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Meeting:
    """When a board meets: every `weeks`-th `weekday` from `first` at `at`, or on `dates`.

    `cut_off_days`: a matter ready less than so many days before goes to the next meeting;
    `except_`: intervals without meetings ("2026-07-01/2026-07-31").
    """

    weekday: str = "tue"
    at: str = "14:00"
    weeks: int = 1
    first: date | None = None
    dates: tuple[date, ...] = ()
    cut_off_days: float = 0.0
    except_: tuple[str, ...] = ()
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff (or a place of work): a calendar and how many works at a time.

    `calendar`: a name in `Scenario.calendars`, None = always there; `finishes`: work begun is ended
    after closing time, too (else it pauses until the next opening); `at_once`: number of steps
    worked on at the same time (multitasking); `cost_per_hour` in the scenario's currency.
    """

    calendar: str | None = None
    at_once: int = 1
    cost_per_hour: float = 0.0
    origin: Origin = TYPED
    finishes: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """People who can do the same steps: `members` by name (a person may be in several pools).

    `order`: which waiting work is taken first: fifo, priority (class of `Priority`, then fifo), due
    (the nearest due moment), ageing (class, but each `ageing_days` of waiting counts as one class).
    `lane`: id of the unit or agency in the path that it belongs to.
    """

    members: tuple[str, ...]
    order: Order = "fifo"
    ageing_days: float = 0.0
    lane: str | None = None
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Delay:
    """Time that passes before a step can be worked on and that is nobody's work here.

    `kind`: whose or what delay; `law`: how long; `calendar`: the time counts only when it is open
    (None: around the clock).
    """

    law: Varied[Law]
    kind: DelayKind = "other"
    calendar: str | None = None
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Batch:
    """Work that waits to be done together.

    The batch goes to work when it has `size` members, or when the oldest has waited for
    `max_wait` (a law of time, fixed), or at the moments of `meeting` (a name in
    `Scenario.meetings`). `together`: one work for all of them at the same time (else one after
    another by one person); `scale`: (members, factor) pairs: the work of a batch of at least that
    many members lasts factor × the drawn duration, for each member one after another, in all where
    together.
    """

    size: int | None = None
    max_wait: Law | None = None
    meeting: str | None = None
    together: bool = True
    scale: tuple[tuple[int, float], ...] = ()
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """How one step moves.

    `work`: duration of the work, or for a step without pool the time it takes; `pool`: who does it
    (None: nobody has to be free); `calendar`: for a step without pool, when its time counts;
    `by_person`: durations of single people; `delay`, `meeting`, `batch`: what it waits for before
    it can be worked on, in this order; `again`: chance that a standard loop goes round once more;
    `times`: how many instances (multi-instance), a law of a number; `priority`: added to the
    matter's class; `same_person_as`: id of an earlier step whose person does this too; `role`:
    name under which its draws are made (default: its id), so that a step keeps its draws when the
    path is redesigned; `event`: kind of event (`polku.log.eventlog.EVENT_KINDS`); `channels`:
    chance of each channel of the contact.
    """

    work: Varied[Law] | None = None
    pool: str | None = None
    calendar: str | None = None
    by_person: Mapping[str, Law] = field(default_factory=dict)
    delay: Delay | None = None
    meeting: str | None = None
    batch: Batch | None = None
    again: Varied[float] | None = None
    times: Varied[Law] | None = None
    priority: int = 0
    same_person_as: str | None = None
    role: str | None = None
    event: str | None = None
    channels: Mapping[str, float] = field(default_factory=dict)
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class EventNumbers:
    """How one intermediate or boundary event moves.

    `after`: time until it happens (a timer that states a duration needs none); `happens`: chance
    that it happens at all (boundary events and messages that may stay away); `kind`: whose delay.
    """

    after: Varied[Law] | None = None
    happens: Varied[float] | None = None
    kind: DelayKind = "other"
    calendar: str | None = None
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Branching:
    """Chances at a gateway: for each outgoing flow's id its chance.

    They replace the conditions of the path there. At an inclusive gateway each chance stands alone;
    where none is drawn, one flow is taken in proportion to the chances.
    """

    flows: Varied[Mapping[str, float]]
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Attribute:
    """A datum of the matter, known from its arrival, that conditions may ask for.

    One of: `choices` (value → chance), `chance` (of true, else false), `law` (a number). Each may
    vary by an attribute that stands earlier in the scenario, or by "kind".
    """

    choices: Varied[Mapping[str, float]] | None = None
    chance: Varied[float] | None = None
    law: Varied[Law] | None = None
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How matters of one kind arrive.

    Either `per_year` with an intensity in proportion to `months` × `weekdays` × `hours` (12, 7, 24
    weights in local time; empty: even), a non-homogeneous Poisson stream; or `between`, a law of
    the time between two arrivals, which with a `calendar` runs only while that is open (`moved`: it
    runs around the clock, and who would arrive while it is closed arrives when it opens next, from
    where the next time counts); or `at`, times of arrival in µs since the start of the scenario's
    first day.
    """

    per_year: float | None = None
    months: tuple[float, ...] = ()
    weekdays: tuple[float, ...] = ()
    hours: tuple[float, ...] = ()
    between: Law | None = None
    calendar: str | None = None
    at: tuple[int, ...] = ()
    origin: Origin = TYPED
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of matter: how it arrives, and within how many days it is promised."""

    arrivals: Arrivals
    promise_days: float | None = None


@dataclass(frozen=True, slots=True)
class Priority:
    """Matters for which a condition holds (None: all others) belong to a class; 0 goes first."""

    level: int
    condition: str | None = None
    origin: Origin = TYPED


@dataclass(frozen=True, slots=True)
class Remark:
    """What was not taken over, merged or cannot be known: where, and the sentence."""

    place: str
    text: str


@dataclass(frozen=True)
class Scenario:
    """The numbers of one path.

    `path`: id of the path's process; `path_hash`: content hash of the path it was made for;
    `start`, `end`: first day, and the day after the last, of arrivals; `zone`: time zone of all
    days and hours; `warm_up_days`: cut from the beginning of what is told; `outcomes`: for an end
    event how the matter ended (`polku.log.eventlog.OUTCOMES`); `mapping`: sections of a mapping
    under which simulated logs are measured (contact marks, clock, waits …), as in its TOML file;
    `remarks`: what is not in it.
    """

    path: str
    kinds: Mapping[str, Kind]
    name: str = ""
    note: str | None = None
    path_hash: str | None = None
    zone: str = "UTC"
    currency: str = "EUR"
    start: date = date(2025, 1, 1)
    end: date = date(2026, 1, 1)
    warm_up_days: float = 0.0
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    branching: Mapping[str, Branching] = field(default_factory=dict)
    steps: Mapping[str, StepNumbers] = field(default_factory=dict)
    events: Mapping[str, EventNumbers] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    meetings: Mapping[str, Meeting] = field(default_factory=dict)
    priorities: tuple[Priority, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    def with_steps(self, **steps: StepNumbers) -> Scenario:
        """The same scenario with the numbers of these steps changed or added."""
        return replace(self, steps={**self.steps, **steps})
