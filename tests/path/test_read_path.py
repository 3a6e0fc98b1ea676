"""Paths that cannot be read end in one line: the file, its line, the element, what to do."""

from __future__ import annotations

import pytest

from polku.errors import PathError
from polku.path.facts import Contact, Deadline, Origin
from polku.path.file.xml import MAX_BYTES
from polku.path.layout import lay_out
from polku.path.model import Event, Repeat, Timer
from polku.path.read import MAX_NESTING, processes, read_path
from polku.path.write import write_path

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:polku="urn:polku:1" targetNamespace="urn:x">\n'
)
SIMPLE = (
    '<startEvent id="s"/>\n<task id="a"/>\n<endEvent id="e"/>\n'
    '<sequenceFlow id="f1" sourceRef="s" targetRef="a"/>\n'
    '<sequenceFlow id="f2" sourceRef="a" targetRef="e"/>\n'
)


def file(inner: str = SIMPLE, head: str = HEAD, more: str = "") -> bytes:
    return f'{head}<process id="p">\n{inner}</process>\n{more}</definitions>'.encode()


def facts(inner: str) -> bytes:
    return file(
        SIMPLE.replace(
            '<task id="a"/>',
            f'<task id="a"><extensionElements>{inner}</extensionElements></task>',
        )
    )


def deep(levels: int) -> str:
    inner = '<task id="t"/>'
    for k in range(levels):
        inner = f'<subProcess id="s{k}">{inner}</subProcess>'
    return inner


LANE = '<laneSet><lane id="l"><flowNodeRef>{}</flowNodeRef></lane>{}</laneSet>\n'

BAD = {
    "not_xml": (b"a,b\n1,2\n", "line 1: no XML at all"),
    "empty": (b"  \n", "is empty"),
    "not_bpmn": (b"<html><body/></html>", "begins with <html> of no namespace; a BPMN 2.0 file"),
    "bpmn_of_another_version": (
        file(head=HEAD.replace("20100524", "20071231")), "a BPMN 2.0 file begins with",
    ),
    "not_well_formed": (file()[:-20], "not well-formed"),
    "doctype": (
        b'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY a "b">]>\n<d>&a;</d>',
        "line 2: has a document type",
    ),
    "doctype_in_utf_16": (
        '<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>'.encode("utf-16"), "has a document type",
    ),
    "external_entity": (
        b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d>&a;</d>', "has a document type",
    ),
    "an_entity_alone": (file(SIMPLE.replace('id="a"', 'id="&a;"')), "not well-formed"),
    "invalid_bytes": (
        file().replace(b'id="a"', b'id="\xe4"', 1), "line 5: byte 0xE4 is not UTF-8",
    ),
    "unknown_encoding": (file().replace(b"UTF-8", b"UTF-9"), "names the encoding 'utf-9'"),
    "unknown_version_of_facts": (
        facts('<x:contact xmlns:x="urn:polku:9"/>'), "line 5: <contact>: has facts of urn:polku:9",
    ),
    "ids_that_collide": (
        file(SIMPLE + '<task id="a"/>\n'),
        "line 9: element 'a': this id stands at line 5 already (<task>)",
    ),
    "a_flow_to_nowhere": (
        file(SIMPLE.replace('targetRef="e"', 'targetRef="x"')),
        "line 8: element 'f2': leads to 'x', which is no node",
    ),
    "a_flow_from_nowhere": (
        file(SIMPLE.replace('sourceRef="s"', "")), "element 'f1': comes from None",
    ),
    "a_lane_that_names_an_absent_node": (
        file(LANE.format("x", "") + SIMPLE), "line 4: element 'l': the lane names 'x'",
    ),
    "a_node_in_two_lanes": (
        file(LANE.format("a", '<lane id="m"><flowNodeRef>a</flowNodeRef></lane>') + SIMPLE),
        "element 'm': the lane names 'a' (line 4), which stands in lane 'l' already",
    ),
    "sub_processes_a_hundred_deep": (
        file(deep(100)), f"lies in more than {MAX_NESTING} sub-processes",
    ),
    "elements_too_deep": (file(deep(200)), "120 are allowed"),
    "two_processes": (
        file(more='<process id="q" name="Other"><task id="b"/></process>'),
        "holds 2 processes where one is meant: p (3 nodes); q 'Other' (1 nodes); choose one with "
        "--process",
    ),
    "a_diagram_without_a_process": (
        HEAD.encode()
        + b'<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI"/></definitions>',
        "line 2: holds only a drawing, no process",
    ),
    "no_process": (HEAD.encode() + b"</definitions>", "holds no process"),
    "a_flow_out_of_a_sub_process": (
        file(SIMPLE + '<subProcess id="x"><task id="i"/></subProcess>'
             '<sequenceFlow id="f3" sourceRef="i" targetRef="e"/>'),
        "element 'f3': crosses the border of a sub-process",
    ),
    "a_default_that_leaves_elsewhere": (
        file(SIMPLE.replace('<task id="a"/>', '<task id="a" default="f1"/>')),
        "element 'a': its default flow 'f1' does not leave it",
    ),
    "a_boundary_event_on_nothing": (
        file(SIMPLE + '<boundaryEvent id="b" attachedToRef="s"/>'),
        "element 'b': is attached to 's', which is no step",
    ),
    "a_boundary_event_on_a_step_within": (
        file(SIMPLE + '<subProcess id="x"><task id="i"/></subProcess>'
             '<boundaryEvent id="b" attachedToRef="i"/>'),
        "element 'b': is attached to 'i', which lies in another sub-process",
    ),
    "a_node_without_an_id": (file(SIMPLE + "<task/>"), "line 9: <task>: has no id"),
    "a_drawing_off_the_sheet": (
        file(more='<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI">'
             '<d:BPMNPlane bpmnElement="p"><d:BPMNShape bpmnElement="a">'
             '<c:Bounds xmlns:c="http://www.omg.org/spec/DD/20100524/DC" x="1e99" y="0"/>'
             "</d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>"),
        "its drawing has x '1e99'",
    ),
    "a_contact_by_nobody": (facts('<polku:contact by="mayor"/>'), "has by 'mayor'; one of"),
    "two_contacts": (
        facts('<polku:contact by="city"/><polku:contact by="city"/>'), "has two <polku:contact>",
    ),
    "a_duration_in_words": (
        facts('<polku:deadline duration="two weeks"/>'), "has duration 'two weeks'; write ISO 8601",
    ),
    "a_deadline_before_nothing": (
        facts('<polku:deadline duration="P5D" counted="before"/>'), "is counted before nothing",
    ),
    "a_day_in_words": (
        facts('<polku:promise duration="P5D" checked="today"/>'), "has checked 'today'",
    ),
    "a_negative_fee": (facts('<polku:fee amount="-5"/>'), "has amount '-5'"),
    "an_infinite_fee": (facts('<polku:fee amount="inf"/>'), "has amount 'inf'"),
    "a_name_in_no_language": (facts("<polku:name>x</polku:name>"), "has xml:lang None; fi, sv"),
    "a_document_without_a_key": (facts("<polku:document/>"), "<polku:document> has no key"),
    "an_encoding_of_several_bytes": (
        file().replace(b"UTF-8", b"GBK"), "names the encoding 'gbk', which is not read",
    ),
    "a_truth_in_words": (
        file(SIMPLE.replace('<task id="a"/>', '<subProcess id="a" triggeredByEvent="yes"/>')),
        "element 'a': has triggeredByEvent 'yes'; write true or false",
    ),
    "an_element_in_a_text": (
        facts("<polku:note>a<b>c</b></polku:note>"), "<polku:note> holds <b> where words are",
    ),
    "a_message_without_an_id": (
        file(more='<collaboration><participant id="x"/>'
             '<messageFlow sourceRef="x" targetRef="a"/></collaboration>'),
        "the message flow has no id",
    ),
    "a_count_of_five_thousand_digits": (
        file(SIMPLE.replace(
            'targetRef="a"/>',
            'targetRef="a"><extensionElements><polku:probability value="1" measured="'
            + "9" * 5000 + '"/></extensionElements></sequenceFlow>')),
        "is measured of '9999",
    ),
    "a_probability_of_two": (
        file(SIMPLE.replace(
            'targetRef="a"/>',
            'targetRef="a"><extensionElements><polku:probability value="2"/></extensionElements>'
            "</sequenceFlow>")),
        "element 'f1': <polku:probability> has value '2'; write one from 0 to 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_ends_in_one_line_with_its_place(tmp_path, name):
    content, said = BAD[name]
    bad = tmp_path / "bad.bpmn"
    bad.write_bytes(content)
    with pytest.raises(PathError) as error:
        read_path(bad)
    text = str(error.value)
    assert said in text
    assert text.startswith(str(bad))
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "line"), [("bad-namespace.bpmn", "line 2:"), ("invalid-bytes.bpmn", "line 97:")]
)
def test_the_malformed_exports_give_their_line(data, name, line):
    with pytest.raises(PathError, match=line):
        read_path(data / "bpmn" / "malformed" / name)


def test_a_file_of_fifty_megabytes_is_refused_before_it_is_read(tmp_path):
    large = tmp_path / "large.bpmn"
    with large.open("wb") as f:
        f.truncate(50 << 20)
    with pytest.raises(PathError, match=f"52,428,800 bytes; a path may have {MAX_BYTES:,}"):
        read_path(large)


def test_a_file_of_a_million_elements_is_refused():
    with pytest.raises(PathError, match="more than 200,000 elements"):
        read_path(file(SIMPLE + "<x/>" * 300_000))


def test_of_two_processes_the_user_chooses_by_id_or_name():
    two = file(more='<process id="q" name="Other"><task id="b"/></process>')
    assert [c.id for c in processes(two)] == ["p", "q"]
    assert read_path(two, "q").steps[0].id == "b"
    assert read_path(two, "Other").id == "q"
    with pytest.raises(PathError, match="process 'r' is there 0 times; name one of: p"):
        read_path(two, "r")


def test_a_flow_into_another_process_is_refused():
    bad = file(
        SIMPLE.replace('targetRef="e"', 'targetRef="b"'),
        more='<process id="q"><task id="b"/></process>',
    )
    with pytest.raises(PathError, match="'f2': leads to 'b', which is a node of another process"):
        read_path(bad, "p")


def test_a_process_without_nodes_does_not_count():
    assert read_path(file(more='<process id="q"/>')).id == "p"


def test_a_folder_is_not_a_path(tmp_path):
    with pytest.raises(PathError, match="is a folder"):
        read_path(tmp_path)


def test_a_byte_order_mark_and_other_encodings_are_read():
    assert read_path(b"\xef\xbb\xbf" + file()).id == "p"
    other = file().decode().replace("UTF-8", "ISO-8859-1").replace('id="a"', 'id="a" name="Ä"')
    assert read_path(other.encode("latin-1")).node("a").name == "Ä"
    assert read_path(file().decode().replace("UTF-8", "UTF-16").encode("utf-16")).id == "p"


def test_truth_values_comments_and_foreign_elements_are_read_as_xml_means_them():
    path = read_path(
        file(
            """<startEvent id="s"/><task id="a"><z:timerEventDefinition xmlns:z="urn:z"/>
<z:multiInstanceLoopCharacteristics xmlns:z="urn:z"/></task>
<boundaryEvent id="b" attachedToRef="a" cancelActivity=" 0 "><timerEventDefinition>
<timeDuration><!-- a week -->P7<!-- days -->D</timeDuration></timerEventDefinition></boundaryEvent>
<endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
<sequenceFlow id="f2" sourceRef="a" targetRef="e"/>"""
        ).replace(b'id="p"', b'id="p" isExecutable="1"')
    )
    assert path.executable
    late = path.node("b")
    assert (late.interrupting, late.timer) == (False, Timer("duration", "P7D"))
    assert path.node("a").repeat is None


def test_a_drawing_goes_to_the_sheet_of_its_process():
    sheet = (
        '<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI">'
        '<d:BPMNPlane bpmnElement="{0}"><d:BPMNShape id="{1}-shape" bpmnElement="{1}">'
        '<c:Bounds xmlns:c="http://www.omg.org/spec/DD/20100524/DC" x="{2}" y="0" width="9" '
        'height="9"/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>'
    )
    two = file(
        more='<process id="q"><task id="other"/></process>'
        + sheet.format("q", "other", 7)
        + sheet.format("p", "a", 8)
    )
    path = read_path(two, "p")
    assert {id: s.x for id, s in path.diagram.shapes.items()} == {"a": 8}
    again = write_path(lay_out(path))
    assert {id: s.x for id, s in read_path(again, "q").diagram.shapes.items()} == {"other": 7}
    assert again.count(b'bpmnElement="a"') == 1
    assert read_path(again, "p").diagram.shapes.keys() >= {"s", "a", "e"}


def test_a_device_without_an_end_is_refused():
    with pytest.raises(PathError, match="/dev/zero: does not end"):
        read_path("/dev/zero")


def test_references_with_prefixes_are_followed():
    text = file().decode().replace('targetRef="e"', 'targetRef="q:e"')
    text = text.replace("<definitions ", '<definitions xmlns:q="urn:x" ')
    assert read_path(text.encode()).flow("f2").target == "e"


def test_everything_that_bpmn_says_of_a_node_is_read():
    path = read_path(
        file(
            """<startEvent id="s"><messageEventDefinition/></startEvent>
<receiveTask id="a"><multiInstanceLoopCharacteristics isSequential="true">
  <loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></receiveTask>
<boundaryEvent id="b" attachedToRef="a" cancelActivity="false">
  <timerEventDefinition><timeDuration>P7D</timeDuration></timerEventDefinition></boundaryEvent>
<endEvent id="e"><terminateEventDefinition/></endEvent>
<eventBasedGateway id="g"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
<sequenceFlow id="f2" sourceRef="a" targetRef="e">
  <conditionExpression>x &gt; 1</conditionExpression></sequenceFlow>
"""
        )
    )
    assert path.node("s").trigger == "message"
    assert path.node("a").kind == "receive"
    assert path.node("a").repeat == Repeat("sequential", None, "3")
    late = Event("b", "", "boundary", "timer", Timer("duration", "P7D"), "a", False)
    assert path.node("b") == late
    assert path.node("e").trigger == "terminate"
    assert path.node("g").kind == "event"
    assert path.flow("f2").condition == "x > 1"


def test_facts_are_read_with_their_origin():
    path = read_path(
        facts(
            '<polku:contact by="customer" channels="online phone"/>'
            '<polku:deadline duration="P14D" counted="before" of="event-start" strength="A" '
            'checked="2026-11-24" basis="379/2011 16 §" source="Finlex"/>'
        )
    )
    step = path.node("a").facts
    assert step.contact == Contact("customer", ("online", "phone"))
    (deadline,) = step.deadlines
    assert isinstance(deadline, Deadline)
    assert deadline.origin.checked is not None
    assert deadline.origin == Origin("379/2011 16 §", "Finlex", "A", deadline.origin.checked)


def test_real_models_of_other_tools_are_read(data):
    files = sorted(data.glob("*/*.bpmn")) + sorted(data.glob("prosimos/*/*.bpmn"))
    assert len(files) >= 25
    for one in files:
        for choice in processes(one):
            assert len(read_path(one, choice.id).nodes) == choice.nodes


def test_a_message_to_another_process_goes_to_its_pool(data):
    path = read_path(data / "bpmn" / "C.2.0.bpmn", "WFP-Page_1-3")
    pools = {p.id for p in path.parties}
    own = {n.id for n in path.nodes}
    assert path.messages
    assert all({m.source, m.target} <= pools | own for m in path.messages)


def test_the_lines_of_elements_are_those_of_the_file(data):
    source = data / "bpmn" / "C.8.0.bpmn"
    path = read_path(source)
    lines = source.read_bytes().split(b"\n")
    for node in path.nodes:
        line = path.line(node.id)
        assert line is not None
        assert node.id.encode() in b"\n".join(lines[max(0, line - 4) : line])
