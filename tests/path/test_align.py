"""Alignments: costs equal pm4py's and an exhaustive search; what is told is canonical."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ways_of import node, path, ways_of

from polku.log.read import read
from polku.path.aligning.align import Alignment, _Search, align, costs_of, r4pm_net
from polku.path.aligning.markings import Transition
from polku.path.aligning.petri import Net, to_net
from polku.path.aligning.walks import walks
from polku.path.model import Event, Repeat, Step
from polku.path.read import read_path
from polku.path.ways import ways

LINE = to_net(path("s > A > B > C > e"))
LOGS = {
    "receipt": "receipt/receipt.xes.gz",
    "production": "production/production.csv.gz",
    "loan": "loan-application/LoanApp_simplified_test.csv.gz",
    "academic": "academic-credentials/AcademicCredentials_test.csv.gz",
    "purchasing": "purchasing/PurchasingExample.csv.gz",
}


def one(net: Net, word: str, **more: Any) -> Alignment:
    return align(net, [tuple(word)], **more)[0]


def told(a: Alignment) -> str:
    assert a.moves is not None
    return " ".join(f"{m.kind}:{m.element or m.position}" for m in a.moves if m.kind != "done")


def test_a_sequence_that_fits_costs_nothing():
    assert one(LINE, "ABC") == Alignment(0, 6, ())
    assert one(LINE, "ABC").fitness == 1


def test_a_skipped_step_and_an_extra_event_cost_one_each():
    found = one(LINE, "AXC")
    assert (found.cost, found.worst, found.fitness) == (2, 6, 1 - 2 / 6)
    assert told(found) == "extra:1 skipped:B"


def test_the_worst_is_to_agree_in_nothing():
    assert one(LINE, "XY").fitness == 0
    assert one(LINE, "").cost == 3
    assert one(LINE, "").fitness == 0


def test_a_beginning_is_judged_on_what_it_holds():
    for word, cost in (("", 0), ("A", 0), ("AB", 0), ("B", 1), ("AX", 1), ("ABC", 0)):
        assert one(LINE, word, beginnings=True).cost == cost
    assert one(LINE, "", beginnings=True).fitness == 1
    assert one(LINE, "X", beginnings=True).fitness == 0


def test_a_path_that_cannot_end_is_undecided():
    stuck = to_net(path("s > x > A > + > e; x > B > +"))
    found = one(stuck, "A")
    assert found.cost is None
    assert "cannot be gone through" in found.because


def test_a_path_that_cannot_be_translated_leaves_all_undecided():
    net = to_net(path("s > c > A > e; c > B > e2"))
    assert {a.cost for a in align(net, [("A",), ("B",)])} == {None}


def wide(n: int) -> Net:
    """More parallel branches than a table of all markings holds."""
    return to_net(path("; ".join(f"+1 > {c} > +2" for c in "ABCDEFGHIJ"[:n]) + "; s > +1; +2 > e"))


def test_beyond_the_limit_of_states_a_sequence_is_undecided_and_says_so():
    found = one(wide(10), "XJIHGFEDCBAX", most_states=20, most_tries=5)
    assert found.cost is None
    assert "20 states" in found.because
    assert one(wide(10), "JIHGFEDCBA").cost == 0
    assert one(wide(10), "XJIHGFEDCBAX", most_states=20).cost == 2  # found by the other search


def test_open_matters_of_a_wide_path_are_decided_without_many_states():
    assert one(wide(10), "JIXA", beginnings=True, most_states=20).cost == 1


def test_a_small_net_is_decided_whatever_it_takes():
    found = one(LINE, "XCBAX", most_states=2)
    assert found.cost == 6
    assert found == one(LINE, "XCBAX")


def test_where_telling_takes_too_long_the_cost_is_still_known():
    found = one(wide(10), "XJIHGA", most_tries=3)
    assert found.cost == 6
    assert found.moves is None


def test_instances_that_may_be_mixed_are_undecided_unless_they_fit():
    body = dict.fromkeys(("s2", "B", "C", "e2"), "S")
    several = Step("S", "S", kind="sub-process", repeat=Repeat("parallel"))
    p = path("s > S > e; s2 > B > C > e2", several, within=body)
    net = to_net(p)
    assert one(net, "BCBC").cost == 0
    assert one(net, "BBCC").cost is None
    assert "at once" in one(net, "BBCC").because
    assert one(net, "CB").cost == 2


def test_the_same_alignment_in_every_process():
    code = (
        "from test_align import *\n"
        "for n in (LINE, wide(4), wide(10)): print([a.moves for a in"
        " align(n, [tuple('DXBA'), tuple('CB'), ()])])"
    )
    here = str(File(__file__).parent)
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=here,
                       ).stdout
        for _ in range(3)
    }  # fmt: skip
    assert len(runs) == 1


PATHS = [
    "s > A > B > C > e",
    "s > x1 > A > x2 > C > e; x1 > B > x2; x2 > x1",
    "s > +1 > A > B > +2 > D > e; +1 > C > +2",
    "s > o1 > A > o2 > D > e; o1 > B > o2; o1 > C > o2",
    "s > + > A > e1; + > B > C > e2",
]


def distance(word: str, other: str) -> int:
    """Insertions and deletions that lead from one word to the other."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(word, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], last if a == b else 1 + min(row[j], row[j - 1])
    return row[-1]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHS), st.text("ABCDX", max_size=5), st.booleans())
def test_the_cost_is_the_least_distance_to_any_way(text: str, word: str, beginnings: bool):
    net = to_net(path(text))
    every = ways_of(net, 10, beginnings=False)
    if beginnings:
        every = {w[:k] for w in every for k in range(len(w) + 1)}
    found = one(net, word, beginnings=beginnings)
    assert found.cost == min(distance(word, w) for w in every)
    assert found.cost == _Search(net, beginnings, 1000).cost(tuple(word))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(PATHS), st.text("ABCDX", max_size=5), st.booleans())
def test_the_bound_for_large_nets_is_never_above_the_cost(text: str, word: str, beginnings: bool):
    net = to_net(path(text))
    search = _Search(net, beginnings, 1000)
    assert search._table is not None
    bound = search._outlook.least(tuple(word))
    for at in range(len(word) + 1):
        ahead = search._table.ahead(tuple(word[at:]))
        for marking, number in search._table.number.items():
            assert bound(at, marking) <= ahead[number]


def test_a_large_net_tells_the_same_as_a_small_one(monkeypatch):
    words = [tuple(w) for w in ("ABCD", "CABD", "BADX", "D", "", "AABBCCDD")]
    for text in PATHS:
        net = to_net(path(text))
        small = [align(net, words, beginnings=b) for b in (False, True)]
        with monkeypatch.context() as patch:
            patch.setattr("polku.path.aligning.align.MOST_TABLED", 0)
            assert [align(net, words, beginnings=b) for b in (False, True)] == small


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHS), st.text("ABCDX", max_size=6), st.booleans())
def test_what_is_told_is_an_alignment_of_that_cost(text: str, word: str, beginnings: bool):
    net = to_net(path(text))
    found = one(net, word, beginnings=beginnings)
    if not found.cost:
        return
    assert found.moves is not None
    assert sum(m.kind != "done" for m in found.moves) == found.cost
    assert [m.position for m in found.moves if m.kind != "skipped"] == list(range(len(word)))
    walked = "".join(m.element for m in found.moves if m.kind != "extra")
    every = ways_of(net, 12, beginnings=False)
    assert any(w == walked or (beginnings and w.startswith(walked)) for w in every)


def test_labels_that_two_steps_share_take_the_one_that_fits():
    net = to_net(path("s > A > B > C > e"), {"A": ("a",), "B": ("b",), "C": ("a",)})
    assert [a.cost for a in align(net, [tuple("aba"), tuple("ab"), tuple("ba")])] == [0, 1, 1]


def test_arcs_of_several_tokens_keep_their_weight():
    net = Net(
        (
            Transition("s", ("i",), ("p", "p")), Transition("A", ("p",), ("q",), "A"),
            Transition("e", ("q", "q"), ()),
        ),
        ("i",),
    )  # fmt: skip
    assert [a.cost for a in align(net, [("A", "A"), ("A",)])] == [0, 1]


def _oracle(net: Net, sequences: list[tuple[str, ...]]) -> list[int]:
    """Costs by pm4py with the same unit costs; it wants a final place, so one is added."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pm4py = pytest.importorskip("pm4py", reason="pm4py is missing: pip install polku[test]")
    from pm4py.objects.log.obj import Event as Row
    from pm4py.objects.log.obj import EventLog, Trace
    from r4pm.petri_net import to_pm4py

    made, start, end = to_pm4py(r4pm_net(net))
    log = EventLog([Trace([Row({"concept:name": a}) for a in s]) for s in sequences])
    found = pm4py.conformance_diagnostics_alignments(log, made, start, end)
    return [int(a["cost"] // 10_000) for a in found]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["loan", "academic"])
def test_costs_on_a_published_path_equal_pm4py(name: str, data: File):
    file = data / LOGS[name]
    model = next(file.parent.glob("*.bpmn"))
    found = walks(read(file), read_path(model))
    ends = range(len(found.alignments))
    labels = found.matching.step_of
    sequences = [
        tuple(labels.get(a, f"?{a}") for a in found.ways.sequences[found.way_of[k]]) for k in ends
    ]
    costs = [found.alignments[k].cost for k in ends]
    assert costs == _oracle(found.net, sequences)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(LOGS))
def test_costs_equal_pm4py_on_its_own_models(name: str, data: File):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pm4py = pytest.importorskip("pm4py", reason="pm4py is missing: pip install polku[test]")
    import pandas as pd
    from r4pm.petri_net import from_pm4py

    sequences = sorted(ways(read(data / LOGS[name])).sequences[:60])
    rows = [(f"{k:05}", a, k * 1000 + i) for k, s in enumerate(sequences) for i, a in enumerate(s)]
    frame = pd.DataFrame(rows, columns=["case:concept:name", "concept:name", "time:timestamp"])
    frame["time:timestamp"] = pd.to_datetime(frame["time:timestamp"], unit="s", utc=True)
    net, start, end = pm4py.discover_petri_net_inductive(frame, noise_threshold=0.3)
    ours = costs_of(from_pm4py(net, start, end), sequences)
    theirs = pm4py.conformance_diagnostics_alignments(frame, net, start, end)
    assert [ours[s] for s in sequences] == [int(a["cost"] // 10_000) for a in theirs]
    if name != "loan":  # every way of this one fits
        assert any(ours[s] for s in sequences)


def test_a_step_that_is_cut_off_by_an_event_was_not_skipped():
    b = Event("b", position="boundary", trigger="message", attached_to="A")
    net = to_net(path("s > A > B > e; b > C > e2", b, node("A")))
    assert one(net, "C").cost == 0
