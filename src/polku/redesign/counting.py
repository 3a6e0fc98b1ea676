"""Counting what happened to the matters of a cohort, straight from the rows of a trace.

The definitions are those of `polku.measure.criteria`; `tests/redesign/test_figures.py` holds them
against each other. Kernels make no arrays of their own (`polku.simulate.engine.compiled`).
"""

from __future__ import annotations

from typing import Any

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.draws import CHANNEL, uniform
from polku.simulate.engine.program import DONE

(CONTACT_POINTS, CONTACTS, CONTACTS_CUSTOMER, AGENCIES, HANDOVERS, UNIT_HANDOVERS, RETURNS, ROUNDS,
 FLEXIBLE, CLEAN, AGAIN, WITHDRAWN, STAFF, BURDEN, PASSED, REPEATED) = range(16)  # fmt: skip
"""Places of the sums: numbers of happenings or matters; STAFF and PASSED in µs, BURDEN in cents."""
SUMS = 16

NOT_MARKED, NO_CONTACT, BY_CUSTOMER, BY_CITY = -1, 0, 1, 2
ASKED, ANSWERED = 1, 2
"""Kinds of event of a step: a supplement was requested, or received."""
BY_KINDS, BY_REQUESTS, BY_ANSWERS, BY_CONTACTS = range(4)
"""By what supplements are told (`polku.measure.criteria.quality.supplements_read`)."""
GONE, LEFT = 1, 2
"""Ways of ending other than by decision: withdrawn; expired."""


@compiled(nogil=True)
def sort_rows(rows: Any, is_step: Any, low: int, high: int, at: Any, order: Any) -> int:
    """Put the rows that logs tell of matters `low` … `high` in order of (matter, end, start).

    `at` i8[high − low + 1], zero: becomes the place of each matter's first row; `order` i8[rows]:
    becomes the rows' places, those alike as they came. Returns their number.
    """
    for i in range(len(rows)):
        m = rows[i].matter
        if low <= m < high and rows[i].state == DONE and is_step[rows[i].node]:
            at[m - low + 1] += 1
    for m in range(high - low):
        at[m + 1] += at[m]
    total = at[high - low]
    for i in range(len(rows) - 1, -1, -1):  # from behind, so that `at` ends where it belongs
        m = rows[i].matter
        if low <= m < high and rows[i].state == DONE and is_step[rows[i].node]:
            at[m - low + 1] -= 1
            order[at[m - low + 1]] = i
    for m in range(high - low):  # at[m + 1] has become the first place of matter m
        at[m] = at[m + 1]
    at[high - low] = total
    for m in range(high - low):
        for k in range(at[m] + 1, at[m + 1]):
            here = order[k]
            end, start = rows[here].end, rows[here].start
            j = k - 1
            while j >= at[m]:
                other = order[j]
                if rows[other].end < end or (rows[other].end == end and rows[other].start <= start):
                    break
                order[j + 1] = other
                j -= 1
            order[j + 1] = here
    return int(total)


@compiled(nogil=True)
def count(
    rows: Any, order: Any, at: Any, low: int, time: Any, ended: Any, outcome: Any, number: Any,
    stream: Any, until: int, horizon: int, unit: Any, agency: Any, contact: Any, kind: Any,
    idle: Any, told: Any, exception: Any, cents: Any, key_at: Any, keys_of: Any,
    channel_at: Any, channel_up: Any, channel_code: Any, role: Any, idle_person: Any, ways: Any,
    reading: int, k0: int, k1: int, first_unit: Any, first_met: Any,
    first_agency: Any, first_key: Any, first_pair: Any, giver_unit: Any, giver_agency: Any,
    sums: Any, staff: Any, placed: bool,
) -> None:  # fmt: skip
    """Add up what happened within `horizon` of arrival in `sums` and, by unit, `staff` (µs).

    Arrays by node: `unit`, `agency` codes (−1 none), `contact`, `kind`, `idle` (automatic, or a
    stop of the clock: no work), `told` (automatic, or an acknowledgement), `exception`, `cents`
    (burden), `key_at`, `keys_of` (what is asked for), `channel_*` (the channels of a contact, with
    cumulated chances; one without chances is the usual one), `role` hashes; by person
    `idle_person`; `ways` by outcome. `first_*`, `giver_*`: room for working, −1 where it is read
    before it is written; `placed`: whether the log knows agencies or units (see
    `polku.measure.steps.Steps.by_staff`).
    """
    n_units = len(first_unit)
    for m in range(len(at) - 1):
        a, b = at[m], at[m + 1]
        who = low + m
        arrival = time[who]
        over = ended[who] >= 0
        life = (ended[who] if over else until) - arrival
        asked = False
        otherwise, back = False, False
        again = -1
        channel = -1
        passed = 0
        for k in range(a, b):
            row = rows[order[k]]
            node = row.node
            elapsed = row.end - arrival
            alive = elapsed <= life
            counts = alive and elapsed <= horizon
            u, g, c = unit[node], agency[node], contact[node]
            person = row.person
            by_system = person >= 0 and idle_person[person] != 0

            j = k - 1  # the step before: the last that had ended by this one's start
            while j >= a and rows[order[j]].end > row.start:
                j -= 1
            from_unit, from_agency = -1, -1
            if j >= a:
                before = rows[order[j]].node
                from_unit = j if unit[before] >= 0 else giver_unit[j]
                from_agency = j if agency[before] >= 0 else giver_agency[j]
            giver_unit[k], giver_agency[k] = from_unit, from_agency
            moved = from_unit >= 0 and u >= 0 and unit[rows[order[from_unit]].node] != u
            returned = False
            if u >= 0:
                if first_unit[u] < a:
                    first_unit[u] = k
                elif moved:
                    returned = rows[order[first_unit[u]]].end <= row.start
            if g >= 0:
                if first_agency[g] < a:
                    first_agency[g] = k
                    if counts:
                        sums[AGENCIES] += 1
                if counts and from_agency >= 0 and agency[rows[order[from_agency]].node] != g:
                    sums[HANDOVERS] += 1
            if moved and counts:
                sums[UNIT_HANDOVERS] += 1
            if returned and counts:
                sums[RETURNS] += 1

            if c > 0:
                if u >= 0 and first_met[u] < a:
                    first_met[u] = k
                    if counts:
                        sums[CONTACT_POINTS] += 1
                if counts:
                    sums[CONTACTS] += 1
                    if c == BY_CUSTOMER:
                        sums[CONTACTS_CUSTOMER] += 1

            met = -1
            x, y = channel_at[node], channel_at[node + 1]
            if y > x:
                met = channel_code[x]
                if y > x + 1:
                    draw = uniform(
                        k0, k1, number[who], stream[who], role[node], row.occurrence, CHANNEL
                    )
                    while x < y - 1 and channel_up[x] <= draw:
                        x += 1
                    met = channel_code[x]
            if c > 0 and met >= 0:
                if channel >= 0 and met != channel and alive:
                    otherwise = True
                channel = met
            if exception[node] and alive:
                otherwise = True
            if returned and alive:
                back = True

            opens, closes = False, False
            if reading == BY_CONTACTS:
                opens = c == BY_CITY and not (told[node] or by_system)
                closes = c == BY_CUSTOMER
            else:
                opens, closes = kind[node] == ASKED, kind[node] == ANSWERED
            whole = closes and asked
            if reading == BY_REQUESTS:
                whole = opens
            elif reading == BY_ANSWERS:
                whole = closes
            if opens or closes:
                asked = opens
            if whole and counts:
                sums[ROUNDS] += 1
            once_more = whole or returned
            if reading == BY_KINDS:
                once_more = kind[node] == ASKED or returned
            if once_more and alive and again < 0:
                again = max(elapsed, 0)

            if counts:
                mine = c != BY_CUSTOMER and (u >= 0 or g >= 0 or not placed)
                if (mine or row.person >= 0) and not idle[node] and not by_system:
                    worked = row.end - row.start
                    sums[STAFF] += worked
                    staff[u + 1] += worked
                sums[BURDEN] += cents[node]
                passed = elapsed
            if alive and k == b - 1 and over and elapsed <= horizon:
                passed = life
            if u >= 0:
                for x in range(key_at[node], key_at[node + 1]):
                    key = keys_of[x]
                    pair = key * n_units + u
                    new_pair, new_key = first_pair[pair] < a, first_key[key] < a
                    if new_pair:
                        first_pair[pair] = k
                    if new_key:
                        first_key[key] = k
                    if new_pair and not new_key and counts:
                        sums[REPEATED] += 1

        sums[PASSED] += passed
        way = 0
        if over and outcome[who] >= 0:
            way = ways[outcome[who]]
        soon = over and life <= horizon
        if soon and otherwise and not back:
            sums[FLEXIBLE] += 1
        if soon and way == GONE:
            sums[WITHDRAWN] += 1
        if again >= 0:
            if again <= horizon:
                sums[AGAIN] += 1
        elif soon and way == 0:
            sums[CLEAN] += 1


@compiled(nogil=True)
def add_work(
    person: Any, start: Any, end: Any, since: int, until: int, clock_of: Any, clock_at: Any,
    opens: Any, closes: Any, before: Any, busy: Any,
) -> None:  # fmt: skip
    """Add to `busy` i8[people] the µs on duty that works take between two moments."""
    for i in range(len(person)):
        p = person[i]
        x, y = max(start[i], since), min(end[i], until)
        if y <= x:
            continue
        c = clock_of[p]
        if c < 0:
            busy[p] += y - x
            continue
        a, b = clock_at[c], clock_at[c + 1]
        spent = _until(y, a, b, opens, closes, before) - _until(x, a, b, opens, closes, before)
        busy[p] += max(spent, 0)


@compiled(nogil=True)
def works_of(rows: Any, together: Any, until: int, person: Any, start: Any, end: Any) -> int:
    """Person, start and end of every work begun that is no batch; returns their number."""
    n = 0
    for i in range(len(rows)):
        row = rows[i]
        if row.person >= 0 and row.start >= 0 and not together[row.node]:
            person[n], start[n] = row.person, row.start
            end[n] = row.end if row.end >= 0 else until
            n += 1
    return n


@compiled(nogil=True)
def _until(at: int, a: int, b: int, opens: Any, closes: Any, before: Any) -> int:
    """Working µs of a clock from its first opening to a moment."""
    if a == b:
        return 0
    low, high = a, b  # the last opening at or before it
    while high - low > 1:
        middle = (low + high) >> 1
        if opens[middle] <= at:
            low = middle
        else:
            high = middle
    return int(before[low] + max(min(at, closes[low]) - opens[low], 0))
