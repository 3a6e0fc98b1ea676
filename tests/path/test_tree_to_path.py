from __future__ import annotations

import gzip
import random
import re

import pytest
from hypothesis import given, settings

from measure.build import tiny
from path.logs import public
from path.trees import any_trees, block_tree
from polku.log.mapping import Mapping
from polku.log.read import read
from polku.path.discover import discover
from polku.path.facts import Contact
from polku.path.matching import matching
from polku.path.mining.slugs import Ids, slug
from polku.path.mining.tree import Tree, activity, parse, reduced, sequence
from polku.path.mining.tree_graph import drawn
from polku.path.mining.tree_language import language
from polku.path.mining.tree_replay import replay
from polku.path.mining.tree_to_path import NO_UNIT_NAMED, to_path
from polku.path.model import Event, Gateway, Path, Step
from polku.path.read import read_path
from polku.path.write import write_path

NCNAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")


def log_of(ways, **more):
    """A log of some ways; every event has the further columns."""
    return tiny(
        [
            {"case": f"m{k}", "activity": a, "time": i, **more}
            for k, way in enumerate(ways)
            for i, a in enumerate(way)
        ],
        {f"m{k}": {} for k in range(len(ways))},
    )


def path_of(tree: str | Tree, ways=("",), **more) -> Path:
    return to_path(parse(tree) if isinstance(tree, str) else tree, log_of(ways, **more))


def walked(path: Path, longest: int) -> set[tuple[str, ...]]:
    """All sequences of activities of a path up to a length, by moving tokens over its flows."""
    (begin,) = (e for e in path.events if e.position == "start")
    found, seen = set(), set()
    first = (tuple(f.id for f in path.out(begin.id)), ())
    open_ = [first]
    while open_:
        tokens, words = open_.pop()
        if (tokens, words) in seen:
            continue
        seen.add((tokens, words))
        nodes = {path.flow(t).target for t in tokens}
        if not tokens:
            found.add(words)
        for id in nodes:
            node = path.node(id)
            here = [f.id for f in path.into(id)]
            ways_out = [f.id for f in path.out(id)]
            said = words
            if isinstance(node, Step):
                said = (*words, *node.facts.activities)
                if len(said) > longest:
                    continue
            if isinstance(node, Gateway) and node.kind == "parallel":
                if not all(h in tokens for h in here):
                    continue
                taken, made = [here], [ways_out]
            elif isinstance(node, Gateway):
                taken = [[h] for h in here if h in tokens]
                made = [[w] for w in ways_out]
            else:
                taken, made = [[h] for h in here if h in tokens], [ways_out]
            for gone in taken:
                for come in made:
                    left = list(tokens)
                    for g in gone:
                        left.remove(g)
                    open_.append((tuple(sorted([*left, *come])), said))
    return found


@given(any_trees())
@settings(max_examples=150, deadline=None)
def test_the_path_allows_what_the_tree_allows(tree):
    path = path_of(tree)
    assert walked(path, 4) == set(language(tree, 4))


@pytest.mark.parametrize("seed", range(40))
def test_larger_paths_allow_what_their_trees_allow(seed):
    rng = random.Random(seed)
    tree = block_tree(rng, list("abcdef"))
    assert walked(path_of(tree), 6) == set(language(tree, 6))


@given(any_trees())
@settings(deadline=None)
def test_the_form_of_a_path(tree):
    path = path_of(tree)
    ids = [e.id for e in (*path.nodes, *path.flows, *path.lanes, *path.messages)]
    assert len(set(ids)) == len(ids)
    assert all(NCNAME.fullmatch(i) for i in ids)
    for node in path.nodes:
        n_in, n_out = len(path.into(node.id)), len(path.out(node.id))
        if isinstance(node, Event):
            assert (n_in, n_out) == ((0, 1) if node.position == "start" else (1, 0))
        elif isinstance(node, Step):
            assert (n_in, n_out) == (1, 1)
        else:
            assert min(n_in, n_out) == 1 < max(n_in, n_out), "a gateway divides or joins"
    for gateway in path.gateways:
        for flow in path.out(gateway.id):
            target = path.node(flow.target)
            if isinstance(target, Gateway) and target.kind == gateway.kind:
                both = (len(path.out(gateway.id)) > 1, len(path.out(target.id)) > 1)
                assert both in {(True, False), (False, True)}, "two gateways where one does"
    again = read_path(write_path(path))
    assert again == path


def test_nothing_is_a_flow_and_a_loop_has_two_gateways():
    path = path_of("->('a', X(tau, 'b'), *('c', 'd'))")
    assert [n.id for n in path.nodes if isinstance(n, Step)] == ["a", "b", "c", "d"]
    # the merge after b is the merge before c
    assert [g.id for g in path.gateways] == ["choice-1", "merge-1", "choice-2"]
    assert {(f.source, f.target) for f in path.flows} >= {("choice-1", "merge-1")}


def test_gateways_that_follow_each_other_are_one():
    path = path_of("->(X('a', 'b'), *('c', tau), X('d', 'e'))")
    assert len(path.gateways) == 4
    both = path_of("+('a', ->(+('b', 'c'), +('d', 'e')))")
    assert len(both.gateways) == 4


def test_probabilities_are_counted_and_the_usual_flow_is_the_default():
    path = path_of("X('a', ->('b', *('c', 'd')))", ["a", "bc", "bc", "bcdcdc"])
    told = {f.target: f for f in path.flows if f.probability is not None}
    assert (told["a"].probability, told["a"].measured) == (0.25, 4)
    assert told["b"].probability == 0.75
    # c was done 5 times by 3 matters, twice again
    assert (told["d"].probability, told["d"].measured) == (0.4, 3)
    for gateway in path.gateways:
        if len(out := path.out(gateway.id)) > 1:
            assert sum(f.probability for f in out) == pytest.approx(1)
            usual = max(out, key=lambda f: f.probability)
            assert gateway.default == usual.id


def test_a_way_outside_the_tree_is_counted_where_it_comes_nearest_and_told():
    path = path_of("->(X('a', 'b'), 'c')", ["ac", "ca", "bc"])
    told = {f.target: f for f in path.flows if f.probability is not None}
    assert told["a"].probability == pytest.approx(2 / 3)
    assert any("1 of 3 matters" in n for n in path.facts.notes)


def test_where_no_matter_came_equal_shares_are_assumed_and_not_measured():
    path = path_of("->('a', X('b', ->('c', X('d', 'e'))))", ["ab"])
    inner = [f for f in path.flows if f.target in ("d", "e")]
    assert [(f.probability, f.measured) for f in inner] == [(0.5, None)] * 2


def test_activities_that_stand_twice_have_no_measured_probability():
    path = path_of("X(->('a', 'b'), ->('b', 'a'))", ["ab", "ab", "ba"])
    chances = [(f.probability, f.measured) for f in path.flows if f.probability is not None]
    assert chances == [(0.5, None), (0.5, None)]
    assert replay(parse("X('a', ->('a', 'b'))"), [("a", 1)]) is None


def test_replay_counts_every_part_once_for_each_time_it_is_passed():
    tree = reduced(parse("->(*(+('a', X(tau, 'b')), tau), X(tau, 'c'))"))
    found = replay(tree, [("ab", 2), ("aba", 1), ("abbac", 1)])
    assert found is not None
    assert (found.fitting, found.all) == (4, 4)
    picture = drawn(tree, found)
    for number, node in picture.nodes.items():
        if node.kind in ("choice", "merge"):
            assert sum(a.passes for a in picture.out(number)) == sum(
                a.passes for a in picture.into(number)
            )


# -- names, lanes, contacts


@pytest.mark.parametrize(
    ("name", "id"),
    [("Päätös", "paatos"), ("T02 Check", "t02-check"), ("01_HOOFD_010", "step-01-hoofd-010"),
     ("许可", "step"), ("Straße & Ørsted", "strasse-orsted"), ("  ", "step")],
)  # fmt: skip
def test_ids_are_made_of_names(name, id):
    assert slug(name) == id


def test_an_id_is_given_once():
    ids = Ids("end")
    assert [ids.give(i) for i in ("end", "a", "a", "a-2")] == ["end-2", "a", "a-2", "a-2-2"]


def test_ids_and_names_survive_strange_activities():
    names = ["End", "end", "start", "city", "a  b", "a b", "a\x00b", "许可", "飞", "choice-1"]
    rows = [{"case": "m", "activity": a, "time": k} for k, a in enumerate(names)]
    tree = sequence(*map(activity, names), parse("X('x', 'y')"))
    path = to_path(tree, tiny([*rows, {"case": "m", "activity": "x", "time": 99}]))
    assert read_path(write_path(path)) == path
    assert len({n.id for n in path.nodes}) == len(path.nodes)


def rows(*events):
    return [
        {"case": c, "activity": a, "time": k, "agency": g, "unit": u}
        for k, (c, a, g, u) in enumerate(events)
    ]


def test_agencies_hold_their_units():
    log = tiny(
        rows(("1", "a", "North", "Desk"), ("1", "b", "North", "Law"), ("1", "c", "South", None),
             ("1", "d", None, None), ("1", "e", "North", None))
    )  # fmt: skip
    path = to_path(parse("->('a', 'b', 'c', 'd', 'e')"), log)
    lanes = {n.name: n for n in path.lanes if n.name != NO_UNIT_NAMED}
    assert lanes["Desk"].parent == lanes["Law"].parent == lanes["North"].id
    assert (lanes["North"].role, lanes["Desk"].role) == ("agency", "unit")
    of = {s.id: path.lane_of(s) for s in path.steps}
    assert of["c"] == lanes["South"]
    assert (of["d"].name, of["d"].role) == (NO_UNIT_NAMED, "agency")
    assert (of["e"].name, of["e"].parent) == (NO_UNIT_NAMED, lanes["North"].id)
    assert path.lane_of(path.node("start")) == lanes["Desk"]


def test_units_alone_are_agencies():
    path = to_path(parse("->('a', 'b')"), tiny(rows(("1", "a", None, "X"), ("1", "b", None, "Y"))))
    assert [(n.name, n.role, n.parent) for n in path.lanes] == [
        ("X", "agency", None),
        ("Y", "agency", None),
    ]


def test_a_step_stands_with_the_unit_that_did_most_of_it_and_others_are_noted():
    log = tiny(rows(*[("1", "a", "A", u) for u in ["X"] * 7 + ["Y"] * 2 + [None]]))
    (step,) = to_path(parse("*('a', tau)"), log).steps
    assert step.facts.notes == ("A, X did 70% of the 10 instances of this step; A, Y 2; A 1",)


def test_contacts_are_marked_and_lead_to_the_customer():
    events = [
        {"case": "1", "activity": "apply", "time": 0, "contact": "customer", "channel": "online"},
        {"case": "1", "activity": "decide", "time": 1, "contact": "none"},
        {"case": "1", "activity": "tell", "time": 2, "contact": "city", "channel": "e mail"},
    ]
    path = to_path(parse("->('apply', 'decide', 'tell')"), tiny(events))
    assert path.node("apply").facts.contact == Contact("customer", ("online",))
    assert path.node("decide").facts.contact is None
    assert path.node("tell").facts.contact == Contact("city", ("e-mail",))
    assert [(m.source, m.target) for m in path.messages] == [
        ("customer", "apply"),
        ("tell", "customer"),
    ]
    assert path.customer.name == "Customer"
    assert read_path(write_path(path)) == path


def test_names_come_from_the_mapping_and_are_not_made_up():
    mapping = Mapping(names={"t1": {"fi": "Hakemus", "en": "Application"}, "Desk": {"sv": "Disk"}})
    events = [
        {"case": "1", "activity": "t1", "time": 0, "unit": "Desk"},
        {"case": "1", "activity": "t2", "time": 1, "unit": "Desk"},
    ]
    path = to_path(parse("->('t1', 't2')"), tiny(events, mapping=mapping))
    one, two = path.steps
    assert (one.name, one.facts.names.fi, one.facts.names.sv) == ("Application", "Hakemus", None)
    assert (two.name, bool(two.facts.names)) == ("t2", False)
    assert one.facts.activities == ("t1",)
    assert path.lanes[0].name == "Disk"
    assert dict(matching(path, ["t1", "t2"]).step_of) == {"t1": one.id, "t2": two.id}


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("name", ["receipt", "production", "academic credentials"])
def test_a_discovered_path_is_read_back_equal(name, noise, data):
    path = discover(public(name, data), noise).path
    again = read_path(write_path(path))
    assert again == path
    assert again.hash == path.hash


def test_shuffled_rows_give_the_same_path(data, tmp_path):
    file = data / "receipt" / "receipt.csv.gz"
    head, *body = gzip.decompress(file.read_bytes()).decode().splitlines()
    random.Random(3).shuffle(body)
    mixed = tmp_path / "receipt.csv"
    mixed.write_text("\n".join([head, *body]) + "\n", encoding="utf-8")
    for noise in (0.0, 0.2):
        one, two = (write_path(discover(read(f), noise).path) for f in (file, mixed))
        assert one == two
