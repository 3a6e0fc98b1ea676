"""What changed the figure: parts that sum to the difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made import DAY, made, plain_criterion, three

from polku.measure.comparing import compare
from polku.measure.comparison import Comparison
from polku.measure.facts import Clock, Marks
from polku.measure.statistics import Expected

HOUR = DAY // 24
KNOWN = three()
for _id in ("waiting_cause.customer", "waiting_cause.contention", "waiting_cause.statement"):
    KNOWN.add(plain_criterion(_id, (Expected(),)))
KNOWN.add(plain_criterion("work_elapsed", (Expected(),), unit="hours"))


def town(n: int, seed: int, *, slow: float = 0.5, customer: float = 5.0, queue: float = 4.0,
         kinds: bool = True):  # fmt: skip
    """Each matter waits for the customer, then in the queue, then is worked on (in days)."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < slow
    spans = [
        rng.exponential(customer, n), rng.exponential(queue, n) * np.where(kind, 4, 1),
        rng.exponential(2, n),
    ]  # fmt: skip
    lead = sum(spans)
    arrival = rng.random(n) * 200
    watched = np.minimum(lead, 230 - arrival)
    more = {}
    ends = np.cumsum(spans, axis=0)
    for id, span, end in zip(
        ("waiting_cause.customer", "waiting_cause.contention", "work_elapsed"), spans, ends,
        strict=True,
    ):  # fmt: skip
        row = np.flatnonzero(end <= watched).astype(np.int32)
        clock = Clock(row, (end[row] * DAY).astype(np.int64))
        amount = (span[row] * DAY).astype(np.int64)
        more[id] = Marks(clock, None, amount, HOUR if id == "work_elapsed" else DAY)
    facts = made(
        lead, arrival, 230, kind=np.where(kind, "plot", "event") if kinds else None, more=more
    )
    lacking = {"waiting_cause.statement": "no activity is marked as statement_requested ([kinds])"}
    return replace(facts, missing=lacking, hashes={**facts.hashes, **dict.fromkeys(lacking, "0")})


def days(c: Comparison) -> dict[str, float]:
    return {p.name: p.days for p in c.parts}


def between(a, b) -> Comparison:
    return compare(a, b, known=KNOWN, draws=50)


def test_a_customer_who_answers_later_is_what_changed_it():
    found = days(between(town(3000, 1), town(3000, 2, customer=10.0)))
    assert found["customer's turn"] > 3.5
    assert all(abs(v) < 1.2 for k, v in found.items() if k != "customer's turn")


def test_a_longer_queue_is_arrivals_and_backlog():
    found = days(between(town(3000, 3), town(3000, 4, queue=7.0)))
    assert found["arrivals and backlog"] > 2.5
    assert abs(found["customer's turn"]) < 1.2
    assert abs(found["mix"]) < 1.2


def test_other_kinds_of_matter_are_the_mix():
    found = days(between(town(3000, 5, slow=0.2), town(3000, 6, slow=0.8)))
    assert found["mix"] > 3.5
    assert all(abs(v) < 1.2 for k, v in found.items() if k != "mix")


def test_what_the_log_cannot_tell_is_said():
    c = between(town(500, 7), town(500, 8))
    assert "others' statements" not in days(c)
    assert any("statement_requested" in text for text in c.parts_cannot)
    c = between(town(500, 7, kinds=False), town(500, 8, kinds=False))
    assert "mix" not in days(c)
    assert any(text.startswith("mix: ") for text in c.parts_cannot)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(5, 300), st.integers(5, 300), st.floats(0, 1),
    st.floats(0.1, 20),
)  # fmt: skip
def test_the_parts_sum_exactly_to_the_difference_of_the_means(seed, n, m, slow, customer):
    c = between(town(n, seed, slow=slow), town(m, seed + 1, customer=customer))
    row = c.row("lead_time", "rmst")
    if not c.parts:
        assert c.parts_cannot
        return
    # whole microseconds; the difference itself comes in days, where a half is rounded either way
    assert abs(sum(p.micros for p in c.parts) - row.difference * DAY) < 0.51
