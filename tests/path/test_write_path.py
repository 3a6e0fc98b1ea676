"""What is written reads back equal, and what Polku does not know survives."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path as File

import pytest
from hypothesis import given, settings
from lxml import etree
from made_paths import paths

from polku.path.build import start
from polku.path.facts import Contact, Facts, Text
from polku.path.file.xml import BPMN
from polku.path.model import Event, Flow, Gateway, Lane, MessageFlow, Path, Pool, Shape, Step
from polku.path.read import processes, read_path
from polku.path.write import save, write_path
from polku.schemas import FOLDER

MODELS = (
    "A.1.0", "A.2.0", "A.2.1", "A.3.0", "A.4.0", "A.4.1", "B.1.0", "B.2.0", "C.1.0", "C.1.1",
    "C.2.0", "C.3.0", "C.4.0", "C.5.0", "C.6.0", "C.7.0", "C.8.0", "C.8.1", "C.9.0", "C.9.1",
    "C.9.2",
)  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The schema of BPMN 2.0 as SpiffWorkflow ships it."""
    import SpiffWorkflow.bpmn.parser

    folder = File(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
    return etree.XMLSchema(etree.parse(folder / "BPMN20.xsd"))


@pytest.fixture(scope="module")
def own_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / "polku-1.xsd"))


def content(element):
    """Everything of an element but spaces between elements: an independent comparison."""
    children = [content(c) for c in element if isinstance(c.tag, str)]
    text = element.text or ""
    return (
        element.tag,
        sorted(element.attrib.items()),
        text if not children else text.strip(),
        [(c.tail or "").strip() for c in element],
        children,
    )


@pytest.mark.parametrize("name", MODELS)
def test_a_reference_model_reads_and_writes_back_equal_element_by_element(data, name):
    file = data / "bpmn" / f"{name}.bpmn"
    before = content(etree.fromstring(file.read_bytes()))
    found = processes(file)
    assert found
    for choice in found:
        path = read_path(file, choice.id)
        once = write_path(path)
        assert content(etree.fromstring(once)) == before
        again = read_path(once, choice.id)
        assert again == path
        assert write_path(again) == once
        assert again.hash == path.hash


@pytest.mark.parametrize("name", MODELS)
def test_a_reference_model_is_rebuilt_from_the_model_alone(data, name):
    file = data / "bpmn" / f"{name}.bpmn"
    for choice in processes(file):
        path = read_path(file, choice.id)
        own = {n.id for n in path.nodes} | {p.id for p in (*path.parties, path.city) if p}
        messages = tuple(m for m in path.messages if {m.source, m.target} <= own)
        bare = replace(path, original=None, messages=messages)
        again = read_path(write_path(bare), choice.id)
        assert {n.id: n for n in again.nodes} == {n.id: n for n in bare.nodes}
        assert {f.id: f for f in again.flows} == {f.id: f for f in bare.flows}
        assert again.lanes == bare.lanes
        assert again.data == bare.data
        assert again.diagram.shapes.keys() == bare.diagram.shapes.keys()
        for id, shape in again.diagram.shapes.items():
            assert shape.x == pytest.approx(bare.diagram.shapes[id].x, abs=0.006)


@given(paths())
@settings(max_examples=150)
def test_reading_what_was_written_is_the_identity(path):
    once = write_path(path)
    again = read_path(once)
    assert again == path
    assert write_path(again) == once
    assert again.hash == path.hash


@given(paths())
@settings(max_examples=60)
def test_what_is_written_holds_to_the_schema_of_bpmn_and_to_polkus(schema, own_schema, path):
    root = etree.fromstring(write_path(path))
    schema.assertValid(root)
    for holder in root.iter(f"{{{BPMN}}}extensionElements"):
        for child in holder:
            own_schema.assertValid(etree.fromstring(etree.tostring(child)))


@given(paths(rich=False))
@settings(max_examples=60)
def test_the_hash_ignores_layout_and_order(path):
    shuffled = list(path.nodes)
    random.Random(1).shuffle(shuffled)
    diagram = replace(path.diagram, shapes={n.id: Shape(1, 2, 3, 4) for n in path.nodes})
    other = replace(
        path,
        nodes=tuple(shuffled),
        flows=path.flows[::-1],
        data=path.data[::-1],
        diagram=diagram,
    )
    assert other.hash == path.hash


def test_the_hash_sees_every_other_change():
    path = start("Stall").step("Apply", unit="Area use").step("Decide", unit="Rescue").path()
    apply = path.steps[0]
    seen = {
        path.hash,
        replace(path, name="Stand").hash,
        path.with_nodes([replace(apply, name="Ask")]).hash,
        path.with_nodes([replace(apply, lane=path.steps[1].lane)]).hash,
        path.with_nodes(
            [replace(apply, facts=Facts(contact=Contact("customer", ("phone",))))]
        ).hash,
        replace(path, flows=(*path.flows, Flow("back", "step-2", "step-1"))).hash,
    }
    assert len(seen) == 6


FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by hand -->
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:v="urn:vendor"
    xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" targetNamespace="urn:x" id="d">
  <b:process id="p" isExecutable="true" v:colour="red">
    <b:documentation>Says <![CDATA[<b>much</b>]]></b:documentation>
    <b:extensionElements><v:secret level="3">keep me</v:secret></b:extensionElements>
    <b:startEvent id="s"/>
    <b:userTask id="a" name="Apply" v:form="f1">
      <b:extensionElements><v:field/></b:extensionElements>
    </b:userTask>
    <b:endEvent id="e"/>
    <b:sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
    <b:sequenceFlow id="f2" sourceRef="a" targetRef="e"/>
    <b:textAnnotation id="t"><b:text>note</b:text></b:textAnnotation>
    <b:association id="as" sourceRef="a" targetRef="t"/>
  </b:process>
</b:definitions>
"""


def test_what_polku_does_not_know_survives_changes():
    path = read_path(FOREIGN.encode())
    names = Text("Hae", "Sök", "Apply")
    step = replace(path.node("a"), name="Apply now", facts=Facts(names=names))
    more = Step("b", "Check", "user")
    flows = (*(f for f in path.flows if f.id != "f2"), Flow("f3", "a", "b"), Flow("f4", "b", "e"))
    changed = replace(path.with_nodes([step, more]), flows=flows)
    text = write_path(changed).decode()
    again = read_path(text.encode())
    assert {n.id for n in again.nodes} == {"s", "a", "b", "e"}
    assert again.node("a").facts.names == names
    assert again.node("a").name == "Apply now"
    for kept in (
        'v:colour="red"', '<v:secret level="3">keep me</v:secret>', "drawn by hand", "<v:field/>",
        'v:form="f1"', "note", "much", 'id="as"',
    ):  # fmt: skip
        assert kept in text, kept
    assert 'id="f2"' not in text


def test_removing_a_step_removes_what_points_to_it():
    path = read_path(FOREIGN.encode())
    gone = replace(
        path,
        nodes=tuple(n for n in path.nodes if n.id != "a"),
        flows=(Flow("f5", "s", "e"),),
    )
    text = write_path(gone).decode()
    assert 'id="as"' not in text
    assert read_path(text.encode()).flows == gone.flows


def test_lanes_pools_and_messages_are_added_to_a_file_that_has_none():
    path = read_path(FOREIGN.encode())
    path = replace(
        path.with_nodes([replace(path.node("a"), lane="u")]),
        lanes=(Lane("l", "Rescue"), Lane("u", "Fire", "l", "unit")),
        city=Pool("city", "City"),
        parties=(Pool("firm", "Customer"),),
        messages=(MessageFlow("m", "firm", "a", "application"),),
    )
    again = read_path(write_path(path))
    assert again == path
    assert again.customer == Pool("firm", "Customer")
    assert again.unit_of(again.node("a")).name == "Fire"
    assert again.agency_of(again.node("a")).name == "Rescue"


def test_a_changed_kind_keeps_the_rest_of_the_element():
    path = read_path(FOREIGN.encode())
    changed = path.with_nodes([replace(path.node("a"), kind="service")])
    text = write_path(changed).decode()
    assert '<b:serviceTask id="a" name="Apply" v:form="f1">' in text
    assert read_path(text.encode()).node("a").kind == "service"


def test_two_elements_of_one_id_are_refused():
    path = start("Stall").step("Apply").path()
    twice = replace(path, flows=(*path.flows, Flow("step-1", "start", "end")))
    with pytest.raises(ValueError, match="'step-1' is given to two elements"):
        write_path(twice)


def test_a_boundary_event_is_written_with_what_it_hangs_on():
    path = start("Stall").step("Apply").path()
    late = Event("late", "Late", "boundary", "message", None, "step-1", False)
    over = Gateway("over")
    path = replace(
        path,
        nodes=(*path.nodes, late, over),
        flows=(*path.flows, Flow("x", "late", "over"), Flow("y", "over", "end")),
    )
    assert read_path(write_path(path)).boundary("step-1") == (late,)


def test_saving_writes_whole_or_not_at_all(tmp_path):
    file = tmp_path / "path.bpmn"
    path = start("Stall").step("Apply").path()
    save(path, file)
    assert read_path(file) == path
    broken = replace(path, flows=(*path.flows, path.flows[0]))
    before = file.read_bytes()
    with pytest.raises(ValueError, match="two elements"):
        save(replace(broken, nodes=(*path.nodes, path.nodes[0])), file)
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["path.bpmn"]


def test_an_empty_path_is_written_too():
    path = Path("p", nodes=(Event("s", position="start"),))
    assert read_path(write_path(path)) == path
