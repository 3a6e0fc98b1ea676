"""Trees, precision and alignments beside pm4py's.

pm4py is an oracle for tests only. Its trees are compared by language after both are reduced; where
they differ the reason stands with the test.
"""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from path.logs import PUBLIC, public
from path.test_mine import TEXTBOOK
from polku.path.mining.mine import mine
from polku.path.mining.precision import precision
from polku.path.mining.tree import (
    TAU,
    Tree,
    activity,
    exclusive,
    loop,
    parallel,
    parse,
    reduced,
    sequence,
)
from polku.path.mining.tree_language import Automaton, language
from polku.path.ways import ways

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pd = pytest.importorskip("pandas", reason="pandas is missing: pip install polku[test]")
    pm4py = pytest.importorskip("pm4py", reason="pm4py is missing: pip install polku[test]")

pytestmark = pytest.mark.filterwarnings("ignore")
Ways = list[tuple[tuple[str, ...], int]]


def frame(found: Ways) -> Any:
    rows = []
    for number, (way, n) in enumerate(found):
        for copy in range(n):
            at = pd.Timestamp("2024-01-01", tz="UTC")
            for name in way:
                at += pd.Timedelta(minutes=1)
                rows.append((f"{number}-{copy}", name, at))
    return pd.DataFrame(rows, columns=["case:concept:name", "concept:name", "time:timestamp"])


def theirs(found: Ways) -> Tree:
    from pm4py.algo.discovery.inductive.dtypes.im_ds import IMDataStructureUVCL
    from pm4py.algo.discovery.inductive.variants.im import IMUVCL
    from pm4py.util.compression.dtypes import UVCL

    log = UVCL()
    for way, n in found:
        log[way] += n
    return reduced(ours(IMUVCL({}).apply(IMDataStructureUVCL(log), {})))


def ours(tree: Any) -> Tree:
    if not tree.children:
        return TAU if tree.label is None else activity(tree.label)
    parts = [ours(c) for c in tree.children]
    make = {"XOR": exclusive, "SEQUENCE": sequence, "PARALLEL": parallel}
    if tree.operator.name == "LOOP":
        return loop(parts[0], parts[1] if len(parts) == 2 else exclusive(*parts[1:]))
    return make[tree.operator.name](*parts)


def of_pm4py(tree: Tree) -> Any:
    from pm4py.objects.process_tree.obj import Operator, ProcessTree

    if tree.kind in ("tau", "activity"):
        return ProcessTree(label=tree.name or None)
    sign = {
        "exclusive": Operator.XOR, "sequence": Operator.SEQUENCE,
        "parallel": Operator.PARALLEL, "loop": Operator.LOOP,
    }[tree.kind]  # fmt: skip
    made = ProcessTree(operator=sign)
    for child in tree.children:
        part = of_pm4py(child)
        part.parent = made
        made.children.append(part)
    return made


@pytest.mark.parametrize("name", [n for n in TEXTBOOK if n != "nothing"])
def test_textbook_logs_give_pm4pys_language(name):
    found = [(tuple(w), 1) for w in TEXTBOOK[name][0]]
    assert set(language(mine(found), 6)) == set(language(theirs(found), 6))


@pytest.mark.parametrize("name", PUBLIC)
def test_public_logs_give_pm4pys_tree(name, data):
    every = ways(public(name, data))
    found = list(zip(every.sequences, every.counts, strict=True))
    assert mine(found) == theirs(found)


@pytest.mark.parametrize("name", ["L1", "L2", "L3", "L7", "loop", "skipped together", "choice"])
def test_pm4py_aligns_every_way_at_no_cost(name):
    found = [(tuple(w), 1) for w in TEXTBOOK[name][0]]
    net = pm4py.convert_to_petri_net(of_pm4py(mine(found)))
    for aligned in pm4py.conformance_diagnostics_alignments(frame(found), *net):
        assert aligned["fitness"] == 1


@pytest.mark.parametrize(
    ("found", "tree"),
    [
        ([("abcd", 3), ("abd", 2)], "->('a', X('b', 'c'), X('c', 'd'))"),
        ([("abcd", 3), ("acbd", 1)], "->('a', +('b', 'c', X(tau, 'e')), 'd')"),
        ([("ab", 4), ("ac", 1)], "->('a', X('b', 'c', 'd', 'e'))"),
        ([("abc", 2), ("aec", 1)], "->('a', X('b', 'e', ->('f', 'g')), 'c')"),
    ],
)
def test_precision_is_pm4pys_where_the_process_is_over_after_whole_ways(found, tree):
    """pm4py leaves out the state after a whole way, in which these processes allow nothing."""
    made = parse(tree)
    net = pm4py.convert_to_petri_net(of_pm4py(made))
    log = frame([(tuple(w), n) for w, n in found])
    expected = pm4py.precision_token_based_replay(log, *net)
    assert precision(Automaton(made), found).value == pytest.approx(expected)
