"""Rules of Prosimos' parameter files: branches, priorities and batches.

Rules are a list (or) of lists (and) of comparisons {attribute, comparison, value}; "in" is an
interval with both ends, "inf" without an end.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from polku.errors import ConditionError
from polku.path import conditions
from polku.simulate.file.prosimos_laws import Reading
from polku.simulate.file.table import told, under
from polku.simulate.scenario import WEEKDAYS, Batch, Meeting, Origin, fixed

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "in")
MOST_DAILY = 3_700
"""Days for which a daily meeting is written out."""


@dataclass(frozen=True)
class Test:
    """One comparison; `value`: a text, a number, or the two ends of an interval (None: open)."""

    attribute: str
    comparison: str
    value: Any

    def holds(self, value: str) -> bool:
        """Whether it holds for a value of a discrete attribute, as Prosimos compares."""
        if self.comparison == "in":
            try:
                number = float(value)
            except ValueError:
                return False
            low, high = self.value
            return bool(low <= number and (high is None or number <= high))
        a: Any = value
        b: Any = self.value
        if self.comparison == "=":
            return bool(a == b)
        try:
            a, b = float(value), float(self.value)
        except (TypeError, ValueError):
            b = str(b)
        match self.comparison:
            case "!=":
                return bool(a != b)
            case "<":
                return bool(a < b)
            case "<=":
                return bool(a <= b)
            case ">":
                return bool(a > b)
        return bool(a >= b)

    def text(self, name: str, numeric: bool) -> str:
        """The comparison in the language of conditions."""
        if self.comparison == "in":
            low, high = self.value
            above = f"{name} >= {low:.17g}"
            return above if high is None else f"({above} and {name} <= {high:.17g})"
        sign = "==" if self.comparison == "=" else self.comparison
        value = str(self.value)
        if numeric:
            try:
                return f"{name} {sign} {float(value):.17g}"
            except ValueError:
                pass
        return f"{name} {sign} {json.dumps(value, ensure_ascii=False)}"


Rules = tuple[tuple[Test, ...], ...]


def read_rules(value: Any, place: str, reading: Reading) -> Rules:
    """Rules as tests: the outer tuple is an or, the inner an and."""
    return tuple(
        tuple(_test(test, at, reading) for at, test in reading.items(group, where))
        for where, group in reading.items(value, place)
    )


def _test(value: Any, place: str, reading: Reading) -> Test:
    attribute = reading.get(value, "attribute", place)
    comparison = reading.get(value, "comparison", place)
    found = reading.get(value, "value", place)
    if comparison not in COMPARISONS:
        reading.refuse(f"{place}.comparison", f"is {told(comparison)}; write one of =, <, >, in …")
    if comparison == "in":
        if not isinstance(found, list) or len(found) != 2:
            reading.refuse(f"{place}.value", f"is {told(found)}; write an interval [from, to]")
        low = reading.number(found[0], f"{place}.value[0]")
        high = None if found[1] == "inf" else reading.number(found[1], f"{place}.value[1]")
        return Test(str(attribute), "in", (low, high))
    return Test(str(attribute), str(comparison), found)


def holds(rules: Rules, attribute: str, value: str) -> bool:
    """Whether rules that ask for one discrete attribute hold for a value of it."""
    return any(all(t.attribute == attribute and t.holds(value) for t in group) for group in rules)


def condition(rules: Rules, names: Mapping[str, str], numeric: set[str]) -> str | None:
    """Rules in the language of conditions (`polku.path.conditions`); None where it cannot say them.

    `names`: name in the file → name here; `numeric`: names in the file of attributes that are
    numbers.
    """
    if any(t.attribute not in names for group in rules for t in group):
        return None
    groups = [
        " and ".join(t.text(names[t.attribute], t.attribute in numeric) for t in group) or "true"
        for group in rules
    ]
    text = " or ".join(f"({g})" if " and " in g and len(groups) > 1 else g for g in groups)
    try:
        conditions.parse(text)
    except ConditionError:
        return None
    return text


def identifier(name: str, taken: set[str]) -> str:
    """A name by which conditions can ask for an attribute.

    >>> identifier("client type", set()), identifier("class", set())
    ('client_type', 'class_')
    """
    found = re.sub(r"\W", "_", name).lstrip("_") or "attribute"
    if found[0].isdigit():
        found = f"a{found}"
    if keyword.iskeyword(found) or found in ("true", "false", "null", "kind"):
        found += "_"
    while found in taken:
        found += "_"
    return found


def batch(
    entry: Any, place: str, reading: Reading, start: date, end: date, origin: Origin
) -> tuple[Batch, Meeting | None] | None:
    """How a task's work is batched, and the meeting at which it goes, if any."""
    kind = reading.get(entry, "type", place)
    if kind not in ("Sequential", "Concurrent", "Parallel"):
        reading.refuse(
            f"{place}.type", f"is {told(kind)}; write Sequential, Concurrent or Parallel"
        )
    if kind == "Concurrent":
        reading.remark(
            f"{place}.type",
            "Concurrent: the work on a batch's members alternates there; here it is done one after "
            "another",
        )
    size, wait, meeting = _fires(entry, place, reading, start, end, origin)
    sizes = [
        (
            reading.number(reading.get(i, "key", at), at),
            reading.number(reading.get(i, "value", at), at),
        )
        for at, i in reading.items(
            reading.get(entry, "size_distrib", place), f"{place}.size_distrib"
        )
    ]
    if size is None and wait is None and meeting is None:
        if not sizes:
            reading.remark(
                place, "says neither when a batch goes to work nor its size: no batching"
            )
            return None
        size = int(max(sizes, key=lambda s: s[1])[0])
        reading.remark(
            f"{place}.size_distrib",
            f"the size of all batches is drawn once there; here it is the likeliest, {size}",
        )
    elif sizes and sizes[0][0] == 1 and sizes[0][1] > 0:
        reading.remark(
            f"{place}.size_distrib",
            f"{sizes[0][1]:.2%} of the works are done alone there; here all wait for the batch",
        )
    together = kind == "Parallel"
    scale = _scale(entry, place, reading, size, together)
    wait_law = None if wait is None else fixed(wait, "seconds")
    return Batch(size, wait_law, None, together, scale, origin), meeting


def _scale(
    entry: Any, place: str, reading: Reading, size: int | None, together: bool
) -> tuple[tuple[int, float], ...]:
    """Factor of the work by number of members: the nearest key's, for Parallel times the number."""
    at = f"{place}.duration_distrib"
    factors = {1: 1.0}
    for where, item in reading.items(reading.get(entry, "duration_distrib", place), at):
        key = int(reading.number(reading.get(item, "key", where), where))
        factors[key] = reading.number(reading.get(item, "value", where), where)
    most = max(size or 0, *factors)
    if together and size is None:
        most = max(most, 100)
        reading.remark(
            at, f"batches of more than {most} members take as long as one of {most} here"
        )
    out: list[tuple[int, float]] = []
    for n in range(1, most + 1):
        nearest_key = min(sorted(factors), key=lambda k, n=n: abs(k - n))  # type: ignore[misc]
        factor = 1.0 if n == 1 else factors[nearest_key] * (n if together else 1)
        if (out[-1][1] if out else 1.0) != factor:
            out.append((n, factor))
    return tuple(out)


def _fires(
    entry: Any, place: str, reading: Reading, start: date, end: date, origin: Origin
) -> tuple[int | None, float | None, Meeting | None]:
    """Size, longest wait (s) and meeting at which a batch goes to work."""
    size: int | None = None
    wait: float | None = None
    meeting: Meeting | None = None
    where = f"{place}.firing_rules"
    for at, group in reading.items(reading.get(entry, "firing_rules", place), where):
        tests = [_test(t, w, reading) for w, t in reading.items(group, at)]
        asked = {t.attribute for t in tests}
        if len(asked) > 1 and asked != {"week_day", "daily_hour"}:
            reading.remark(
                at,
                f"asks for {' and '.join(sorted(asked))} at once, which cannot be said here; the "
                "batch goes to work when one of them holds",
            )
        days = [str(t.value).lower()[:3] for t in tests if t.attribute == "week_day"]
        hours = [int(float(t.value)) for t in tests if t.attribute == "daily_hour"]
        for n, test in enumerate(tests):
            here = under(at, n)
            match test.attribute:
                case "size":
                    found = int(reading.number(test.value, here)) + (test.comparison == ">")
                    if test.comparison.startswith("<"):
                        reading.remark(
                            here, "size below: a batch goes to work there from 2 on; so here"
                        )
                        found = 2
                    size = found if size is None else min(size, found)
                case "large_wt":
                    if not test.comparison.startswith("<"):
                        found_wait = reading.number(test.value, here)
                        wait = found_wait if wait is None else min(wait, found_wait)
                    elif not any(t.attribute == "large_wt" and t is not test for t in tests):
                        reading.remark(here, "the longest wait below a limit is not taken over")
                case "ready_wt":
                    reading.remark(
                        here,
                        "the wait since the last member came has no counterpart; not taken over",
                    )
                case "week_day" | "daily_hour":
                    pass
                case _:
                    reading.refuse(f"{here}.attribute", f"is {told(test.attribute)}; Prosimos has "
                                   "size, large_wt, ready_wt, week_day and daily_hour")  # fmt: skip
        if days or hours:
            meeting = _meeting(days, hours, at, reading, start, end, origin, meeting)
    return size, wait, meeting


def _meeting(
    days: list[str], hours: list[int], place: str, reading: Reading,
    start: date, end: date, origin: Origin, before: Meeting | None,
) -> Meeting | None:  # fmt: skip
    if before is not None:
        reading.remark(place, "a second rule by day or hour is not taken over; only the first")
        return before
    hour = hours[0] if hours else 0
    if not 0 <= hour <= 23:
        reading.refuse(place, f"has the hour {hour}; write 0 to 23")
    if days and days[0] not in WEEKDAYS:
        reading.refuse(place, f"has the weekday {days[0]!r}; write Monday … Sunday")
    reading.remark(
        place,
        "what comes later on that day is done in twos there; here it waits for the next such day",
    )
    if days:
        return Meeting(weekday=days[0], at=f"{hour:02}:00", origin=origin)
    length = min((end - start).days, MOST_DAILY)
    dates = tuple(start + timedelta(days=k) for k in range(length))
    return Meeting(at=f"{hour:02}:00", dates=dates, origin=origin)
