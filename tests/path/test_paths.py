"""The paths that ship: they can be read, tell all in three languages, and are sound."""

from __future__ import annotations

import csv
import gzip
import re
import subprocess
import sys
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path as File

import pytest

from polku.errors import PathError
from polku.path.check import check
from polku.path.facts import STATES, Text
from polku.path.file.facts_xml import is_duration
from polku.path.model import Event, Gateway, Path, Step
from polku.path.read import read_path
from polku.path.write import write_path
from polku.paths import EVENT_PERMIT, NAMES, shipped
from polku.paths import load as load_anew

load = cache(load_anew)
ROOT = File(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_paths.py"
ALL = [(s.name, v) for s in shipped() for v in s.versions]
PROTOTYPES = [(n, v) for n, v in ALL if v != "current"]
every_version = pytest.mark.parametrize(("name", "version"), ALL)
every_prototype = pytest.mark.parametrize(("name", "version"), PROTOTYPES)


# -- the door


def test_three_paths_ship_with_a_current_state_and_two_prototypes_at_least():
    found = shipped()
    assert tuple(s.name for s in found) == NAMES
    for path in found:
        assert path.versions[0] == "current"
        assert len(path.versions) >= 3
        assert all(v.startswith("prototype-") for v in path.versions[1:])
        assert not path.titles.missing


def test_a_path_that_does_not_ship_is_refused_with_what_there_is():
    with pytest.raises(PathError, match=r"'building' does not ship; one of event-permit"):
        load("building")
    with pytest.raises(PathError, match=r"no version 'next'; it has current, prototype-"):
        load("starting-up", "next")


@every_version
def test_a_file_is_read_and_written_without_loss(name, version):
    path = load(name, version)
    assert write_path(path) == path.original
    assert read_path(write_path(path)) == path


def test_the_files_are_what_the_script_makes(tmp_path):
    subprocess.run([sys.executable, str(SCRIPT), "--out", str(tmp_path)], check=True)
    made = {f.relative_to(tmp_path): f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()}
    there = {
        f.relative_to(EVENT_PERMIT.parent): f.read_bytes()
        for kind in ("*/*.bpmn", "*/README.md")
        for f in EVENT_PERMIT.parent.glob(kind)
    }
    assert made.keys() == there.keys()
    assert [str(f) for f in made if made[f] != there[f]] == []


# -- versions


@every_version
def test_a_version_says_what_it_is(name, version):
    said = load(name, version).version
    assert said.of == name
    assert said.state in STATES
    assert said.note
    assert said.state == ("current" if version == "current" else "prototype")
    assert bool(said.answers) == (version != "current")
    assert all(a.startswith("Worked example, not a finding: ") for a in said.answers)


@pytest.mark.parametrize("name", NAMES)
def test_no_two_versions_are_the_same(name):
    versions = [load(n, v) for n, v in ALL if n == name]
    assert len({p.hash for p in versions}) == len(versions)
    assert len({p.version.number for p in versions}) == len(versions)


@every_prototype
def test_what_stays_keeps_its_id_and_name_between_current_and_prototype(name, version):
    now, then = load(name), load(name, version)
    assert now.id == then.id
    assert (now.city, now.parties) == (then.city, then.parties)
    lanes = {n.id: n for n in now.lanes}
    assert all(lanes.get(n.id, n) == n for n in then.lanes)
    same = {n.id for n in now.nodes} & {n.id for n in then.nodes}
    assert len(same) > len(then.nodes) / 2
    for id in same:
        assert type(now.node(id)) is type(then.node(id))
    names = {s.name: s.id for s in now.steps}
    assert [s.id for s in then.steps if names.get(s.name, s.id) != s.id] == []


@every_prototype
def test_what_may_not_be_moved_stays_where_it_is(name, version):
    now, then = load(name), load(name, version)
    fixed = [s for s in now.steps if s.facts.fixed]
    assert fixed
    for step in fixed:
        assert then.has(step.id), f"{step.id}: {step.facts.fixed}"
        assert then.node(step.id).facts.fixed == step.facts.fixed
        assert then.node(step.id).lane == step.lane, f"{step.id} is done by another unit"


def duties(path: Path) -> set[tuple[str, str, str | None]]:
    return {(d.duration, d.counted, d.of) for s in path.steps for d in s.facts.deadlines}


@every_prototype
def test_a_prototype_loses_no_deadline_of_the_law(name, version):
    assert duties(load(name)) <= duties(load(name, version))


# -- languages, facts, sources


def texts(path: Path):
    """Every text of a path with where it stands."""
    yield path.id, path.facts.names
    yield path.id, path.facts.text
    for pool in (path.city, *path.parties):
        yield pool.id, pool.facts.names
    for lane in path.lanes:
        yield lane.id, lane.facts.names
    for node in path.nodes:
        if node.name or not isinstance(node, Gateway):
            yield node.id, node.facts.names
        if isinstance(node, Step):
            yield node.id, node.facts.text
            yield from ((f"{node.id}: {d.key}", d.names) for d in node.facts.documents)
            yield from ((node.id, d.text) for d in node.facts.deadlines)
            yield from ((node.id, f.text) for f in node.facts.fees)
    for flow in path.flows:
        if flow.name or flow.condition:
            yield flow.id, flow.facts.names


@every_version
def test_everything_is_told_in_three_languages(name, version):
    found = list(texts(load(name, version)))
    assert [(where, text.missing) for where, text in found if text.missing] == []
    twin = [(w, t) for w, t in found if t.fi == t.sv or t.sv == t.en or t.fi == t.en]
    assert twin == []


@every_version
def test_texts_are_short_and_whole_sentences(name, version):
    for step in load(name, version).steps:
        for words in (step.facts.text.fi, step.facts.text.sv, step.facts.text.en):
            assert words.endswith(".")
            assert words[0].isupper()
            assert "  " not in words
            assert len(re.findall(r"[.!?](?= [A-ZÅÄÖ”“]|$)", words)) <= 3, words


@every_version
def test_names_are_those_of_the_english_language(name, version):
    path = load(name, version)
    for element in (path, path.city, *path.parties, *path.lanes, *path.nodes, *path.flows):
        assert element.name == (element.facts.names.en or "")


@every_version
def test_every_deadline_fee_and_promise_has_its_source(name, version):
    for step in load(name, version).steps:
        facts = step.facts
        promises = [facts.promise] if facts.promise else []
        for d in (*facts.deadlines, *promises):
            assert is_duration(d.duration)
        for fact in (*facts.deadlines, *facts.fees, *promises):
            where = fact.origin
            assert where.source, step.id
            assert where.strength in ("A", "B", "C"), step.id
            assert where.checked == date(2026, 11, 24), step.id
        for deadline in facts.deadlines:
            assert deadline.origin.basis, step.id
            assert deadline.counted == "within" or deadline.of, step.id


@every_version
def test_every_document_is_asked_made_or_fetched_before_it_is_used(name, version):
    path = load(name, version)
    before = ancestors(path)
    had: dict[str, set[str]] = {}
    for step in path.steps:
        for d in step.facts.documents:
            if d.role != "used":
                had.setdefault(d.key, set()).add(step.id)
    for step in path.steps:
        for d in step.facts.documents:
            if d.role == "used":
                assert had.get(d.key, set()) & before[step.id], f"{step.id}: {d.key}"
    named: dict[str, Text] = {}
    for d in (d for s in path.steps for d in s.facts.documents):
        assert named.setdefault(d.key, d.names) == d.names


def ancestors(path: Path) -> dict[str, set[str]]:
    """Nodes from which each node can be reached, into sub-processes and boundary events too."""
    into: dict[str, set[str]] = {n.id: {f.source for f in path.into(n.id)} for n in path.nodes}
    for node in path.nodes:
        if isinstance(node, Event) and node.attached_to:
            into[node.id].add(node.attached_to)
        if isinstance(node, Event) and node.position == "start" and node.within:
            into[node.id] |= into[node.within]
    for node in path.nodes:
        if isinstance(node, Step) and node.holds_nodes:
            into[node.id] |= {n.id for n in path.inside(node.id)}
    out: dict[str, set[str]] = {}
    for id in into:
        found: set[str] = set()
        todo = list(into[id])
        while todo:
            if (at := todo.pop()) not in found:
                found.add(at)
                todo.extend(into[at])
        out[id] = found
    return out


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_every_assumption_and_every_source(name):
    page = (EVENT_PERMIT.parent / name / "README.md").read_text(encoding="utf-8")
    assert "not legal advice" in page
    for path in (load(n, v) for n, v in ALL if n == name):
        for element in (path, *path.lanes, *path.nodes):
            for sentence in (*element.facts.assumptions, *element.facts.notes):
                assert sentence in page, f"{element.id}: {sentence}"
        for step in path.steps:
            for fact in (*step.facts.deadlines, *step.facts.fees):
                assert str(fact.origin.source) in page
                assert str(fact.origin.basis) in page


@every_version
def test_the_check_finds_nothing(name, version):
    report = check(load(name, version), today=date(2026, 11, 24))
    assert report.soundness.verdict == "sound"
    assert report.findings == (), report.dumps()


def test_the_prototypes_made_against_it_ask_for_less_again():
    def asked_again(name: str, version: str) -> int:
        path = load(name, version)
        asking: dict[str, set[str]] = {}
        for step in path.steps:
            for d in step.facts.documents:
                if d.role == "asked":
                    asking.setdefault(d.key, set()).add(path.lane_of(step).id)
        return sum(len(units) - 1 for units in asking.values())

    for name, version in (
        ("event-permit", "prototype-joint-form"),
        ("event-permit", "prototype-one-stop-desk"),
        ("plot-to-premises", "prototype-case-manager"),
        ("starting-up", "prototype-checklist"),
    ):
        assert asked_again(name, version) < asked_again(name, "current") / 1.5


# -- structure


@every_version
def test_lanes_are_agencies_with_units_and_the_customer(name, version):
    path = load(name, version)
    assert [n.id for n in path.lanes if n.role == "customer"] == ["customer-alone"]
    for lane in path.lanes:
        assert (lane.role == "unit") == (lane.parent is not None)
    for node in path.nodes:
        lane = path.lane_of(node)
        assert lane is not None, node.id
        assert lane.role in ("unit", "customer"), f"{node.id} stands in no unit"
    for step in path.steps:
        if path.by_customer(step):
            assert step.facts.contact is None


@every_version
def test_every_contact_is_a_message_of_the_customer_and_every_message_a_contact(name, version):
    path = load(name, version)
    customer = path.customer.id
    messages = {(m.source, m.target) for m in path.messages}
    wanted = set()
    for step in path.steps:
        contact = step.facts.contact
        if contact is not None:
            assert contact.channels, step.id
            by_city = contact.by == "city"
            wanted.add((step.id, customer) if by_city else (customer, step.id))
        if step.kind in ("send", "receive"):
            assert contact is not None, step.id
            assert contact.by == ("city" if step.kind == "send" else "customer"), step.id
    assert messages == wanted


@every_version
def test_every_split_asks_one_question_with_a_default(name, version):
    path = load(name, version)
    for gateway in path.gateways:
        out = path.out(gateway.id)
        if len(out) == 1:
            continue
        if gateway.kind == "parallel":
            assert all(f.condition is None for f in out)
            continue
        assert gateway.facts.names.en.endswith("?")
        assert gateway.default is not None
        for flow in out:
            assert (flow.condition is None) == (flow.id == gateway.default)
            if flow.condition:
                names = re.findall(r"[a-z_]+", flow.condition)
                assert re.fullmatch(r"[a-z_0-9<>= ]+", flow.condition), flow.condition
                compile(flow.condition, flow.id, "eval")
                assert names


@every_version
def test_steps_have_one_way_in_and_one_way_out(name, version):
    path = load(name, version)
    for node in path.nodes:
        ways = (len(path.into(node.id)), len(path.out(node.id)))
        if isinstance(node, Step):
            assert ways == (1, 1), node.id
        elif isinstance(node, Event):
            begins = node.position in ("start", "boundary")
            assert ways == ((0, 1) if begins else (1, 0)), node.id
        else:
            assert 1 in ways, node.id
            assert ways != (1, 1), node.id


@every_version
def test_every_condition_is_said_in_plain_words_in_three_languages(name, version):
    path = load(name, version)
    told = {"fi": "jos ", "sv": "om ", "en": "if "}
    for flow in path.flows:
        of = path.node(flow.source)
        out = [f for f in path.out(flow.source) if f.condition]
        contrary = isinstance(of, Gateway) and of.default == flow.id and len(out) == 1
        if not flow.condition and not contrary:
            continue
        for language, word in told.items():
            assert (flow.facts.text.get(language) or "").startswith(word), (flow.id, language)


@every_version
def test_every_split_is_closed_by_its_own_join(name, version):
    path = load(name, version)
    for within in {n.within for n in path.nodes}:
        assert reduced(path, within) == 0, f"{within}: what is left cannot be folded"


def reduced(path: Path, within: str | None) -> int:
    """Fold a scope until nothing is left of it; returns the number of flows that resist.

    Folded are a node with one way in and out, ways beside each other between a split and a join of
    one kind, a loop between exclusive gateways, and an exclusive way that ends by itself. A path
    that folds away is sound: each of these is, and replacing a flow by one keeps it so.
    """
    kind = {n.id: n.kind for n in path.inside(within) if isinstance(n, Gateway)}
    source = {n.id for n in path.inside(within) if isinstance(n, Event) and n.position == "start"}
    flows = [(f.source, f.target) for f in path.flows if f.within == within]
    for event in path.events:  # a reminder is folded alone: it starts beside its step and ends
        if event.attached_to and event.within == within:
            at = event.id
            while (after := [f for f in flows if f[0] == at]) and at not in kind:
                assert len(after) == 1
                flows.remove(after[0])
                at = after[0][1]

    def splits(node: str, flows: list[tuple[str, str]]) -> bool:
        return kind.get(node) == "exclusive" and sum(f[0] == node for f in flows) > 1

    changed = True
    while changed and len(flows) > 1:
        changed = False
        for node in {n for f in flows for n in f}:
            into = [f for f in flows if f[1] == node]
            out = [f for f in flows if f[0] == node]
            if len(into) == 1 and len(out) == 1 and into[0] != out[0]:
                flows = [f for f in flows if f not in (into[0], out[0])]
                flows.append((into[0][0], out[0][1]))
                changed = True
            elif not out and len(into) == 1 and splits(into[0][0], flows):
                flows.remove(into[0])
                changed = True
            if changed:
                break
        if changed:
            continue
        for a, b in flows:
            twins = flows.count((a, b)) > 1 and a in kind and kind.get(b) == kind[a]
            loop = (a == b) and kind.get(a) == "exclusive"
            back = (b, a) in flows and kind.get(a) == kind.get(b) == "exclusive"
            if twins or loop:
                flows.remove((a, b))
                changed = True
            elif back and sum(f[1] == a for f in flows) > 1 < sum(f[0] == b for f in flows):
                flows.remove((b, a))  # a merges, b splits and leads back
                changed = True
            if changed:
                break
    return 0 if len(flows) == 1 and flows[0][0] in source else len(flows)


def test_the_folding_sees_a_split_that_is_closed_by_another_kind_of_join():
    path = load("starting-up")
    wrong = [
        Gateway(g.id, g.name, "exclusive", g.lane, g.within, g.default, g.facts)
        if g.id == "trades-join"
        else g
        for g in path.gateways
    ]
    assert reduced(path.with_nodes(wrong), None) > 0


# -- what each path has to hold


def test_the_current_states_show_what_hurts():
    event = load("event-permit")
    asked = [s for s in event.steps for d in s.facts.documents if d.key == "event-basics"]
    units = {event.unit_of(s).id for s in asked if s.facts.contact and s.facts.contact.by != "city"}
    assert len(units) >= 8, "the same data are asked by many units"
    plot = load("plot-to-premises")
    enquiries = ["preconstruction", "demolition", "soil-pollution", "soil-report", "other"]
    for one, other in pairwise(enquiries):
        assert [f.target for f in plot.out(f"answer-{one}")] == [f"ask-{other}"]
    checks = [s for s in plot.steps if "One of the seven checks" in " ".join(s.facts.notes)]
    assert len(checks) == 7
    assert sum(s.id.startswith("find-") for s in load("starting-up").steps) == 4


def contact_points(path: Path) -> set[str]:
    return {path.lane_of(s).id for s in path.steps if s.facts.contact}


def test_the_joint_form_asks_once_but_decides_and_invoices_apart():
    now, form = load("event-permit"), load("event-permit", "prototype-joint-form")
    invoices = {s.id for s in now.steps if "invoice" in s.id}
    assert invoices == {s.id for s in form.steps if "invoice" in s.id}
    assert len(invoices) == 3
    assert len(contact_points(now) - contact_points(form)) <= 1
    desk = load("event-permit", "prototype-one-stop-desk")
    assert len(contact_points(desk)) < len(contact_points(form)) / 2


def test_what_the_calendar_needs_is_asked_once_and_in_the_form_of_the_prototypes():
    five = {"short-description", "keywords", "texts-sv-en", "image-licence", "audience"}
    for version in shipped()[0].versions:
        path = load("event-permit", version)
        asking = [
            s.id
            for s in path.steps
            if five & {d.key for d in s.facts.documents if d.role == "asked"}
        ]
        once = version in ("prototype-joint-form", "prototype-one-stop-desk")
        assert asking == (["apply-once"] if once else ["send-event-texts"])


def test_the_synthetic_log_finds_its_steps_in_the_event_permit():
    with gzip.open(EVENT_PERMIT / "synthetic-log.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    steps = {
        a
        for version in ("current", "prototype-joint-form")
        for s in load("event-permit", version).steps
        for a in (s.facts.activities or (s.name,))
    }
    assert {r["activity"] for r in rows} <= steps
    units = {n.name for n in load("event-permit").lanes}
    assert {r["unit"] for r in rows if r["unit"]} <= units
    assert {r["agency"] for r in rows if r["agency"]} <= units
