"""Batches and meetings: who goes along, and to which meeting."""

from __future__ import annotations

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.state import GONE


@compiled()
def form_batch(items, heaps, node, size, cut):  # type: ignore[no-untyped-def]
    """Take the first `size` that wait at a step and were ready by `cut`; first of them, or -1."""
    first = -1
    last = -1
    left_head = -1
    left_tail = -1
    n = 0
    left = 0
    j = heaps[node].head
    while j >= 0:
        following = items[j].mates
        if items[j].state == GONE:
            items[j].mates = -1
            if first >= 0:  # goes along, and is put away when the batch begins
                items[last].mates = j
                last = j
            else:
                if left_tail >= 0:
                    items[left_tail].mates = j
                else:
                    left_head = j
                left_tail = j
        elif n < size and items[j].key <= cut:
            items[j].batched = 1
            items[j].mates = -1
            if first >= 0:
                items[last].mates = j
            else:
                first = j
            last = j
            n += 1
        else:
            items[j].mates = -1
            if left_tail >= 0:
                items[left_tail].mates = j
            else:
                left_head = j
            left_tail = j
            left += 1
        j = following
    heaps[node].head = left_head
    heaps[node].tail = left_tail
    heaps[node].n = left
    if first >= 0:
        heaps[node].serial += 1
    return first


@compiled()
def meeting_after(meeting_at, meeting_cut, meeting, now):  # type: ignore[no-untyped-def]
    """The first meeting for which it is not too late; -1: there is none any more."""
    low = meeting_at[meeting]
    high = meeting_at[meeting + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if meeting_cut[middle] < now:
            low = middle + 1
        else:
            high = middle
    return low if low < end else -1
