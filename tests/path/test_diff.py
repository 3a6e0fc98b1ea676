"""What changed between two versions: each kind of change has a minimal pair."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path as File

import jsonschema
import pytest
from blocks import LANES, made
from hypothesis import HealthCheck, given, settings
from made_paths import paths

from polku.path.changes.order import Order
from polku.path.changes.sentences import (
    by_customer,
    closing_line,
    sentences,
    summary_line,
    title_line,
)
from polku.path.changes.words import AGENCY, CUSTOMER
from polku.path.diff import KINDS, diff
from polku.path.facts import Contact, Deadline, Document, Facts, Fee, Origin, Promise, Text, Unit
from polku.path.model import Data, Event, Flow, Gateway, Lane, MessageFlow, Repeat, Shape, Timer
from polku.path.read import read_path
from polku.schemas import schema

LINE = ["r1", "b1", "r2"]


def kinds(one, two):
    return sorted({c.kind for c in diff(one, two).changes})


SAME = {CUSTOMER[n]["same"] for n in ("fi", "sv", "en")}


def told(one, two, language="en"):
    """All sentences, each with the heading of its section; none where a customer does the same."""
    sections = sentences(diff(one, two), language)
    return {s.heading: list(s.sentences) for s in sections if not SAME & set(s.sentences)}


def with_facts(block, step, **facts):
    return made(block, **{step: {"facts": Facts(**facts)}})


# -- nothing changes


def test_a_path_does_not_differ_from_itself():
    block = ["k1", ("and", ["r1", "r2"], "b1"), ("xor", ("x > 1", "b2"), (None, [])), "b3"]
    found = diff(made(block), made(block))
    assert found.empty
    assert sentences(found) == ()
    assert summary_line(found, "fi") == "Mikään ei muutu."


def test_other_ids_of_flows_and_gateways_and_another_layout_are_no_change():
    block = ["k1", ("and", ["r1", "r2"], "b1"), ("xor", (0.3, "b2"), (0.7, [])), "b3"]
    two = made(block, tag="z")
    two = replace(
        two,
        nodes=two.nodes[::-1],
        flows=two.flows[::-1],
        diagram=replace(two.diagram, shapes={"r1": Shape(1, 2, 3, 4)}),
    )
    assert diff(made(block), two).empty


@pytest.mark.parametrize(
    ("nested", "merged"),
    [
        (["r1", ("and", "b1", ("and", "r2", "b2"))], ["r1", ("and", "b1", "r2", "b2")]),
        (
            ["r1", ("xor", (0.5, "b1"), (0.5, [("xor", (0.4, "r2"), (0.6, "b2"))])), "b3"],
            ["r1", ("xor", (0.5, "b1"), (0.2, "r2"), (0.3, "b2")), "b3"],
        ),
        (
            ["r1", ("xor", ("x", "b1"), (None, [("xor", ("y", "r2"), (None, "b2"))])), "b3"],
            ["r1", ("xor", ("x", "b1"), ("y", "r2"), (None, "b2")), "b3"],
        ),
    ],
)
def test_merged_gateways_with_the_same_behaviour_are_no_change(nested, merged):
    assert diff(made(nested), made(merged, tag="m")).empty
    assert diff(made(merged), made(nested, tag="m")).empty


def test_a_sub_process_around_steps_is_no_change_of_order():
    one = made(["r1", "b1", "b2", "r2"])
    inner = [replace(n, within="sub") if n.id in ("b1", "b2") else n for n in one.nodes]
    sub = replace(one.node("b1"), id="sub", name="Inside", kind="sub-process")
    flows = []
    for flow in one.flows:
        if flow.source == "b1":
            flow = replace(flow, within="sub")
        elif flow.target == "b1":
            flow = replace(flow, target="sub")
        elif flow.source == "b2":
            flow = replace(flow, source="sub")
        flows.append(flow)
    two = replace(one, nodes=(*inner, sub), flows=tuple(flows))
    assert diff(one, two).empty


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(paths())
def test_no_generated_path_differs_from_itself_however_it_is_ordered_and_named(path):
    other = {f.id: f"new-{f.id}" for f in path.flows}
    gates = {g.id: f"new-{g.id}" for g in path.gateways}

    def renamed(node):
        more = {}
        if isinstance(node, Gateway):
            more["id"] = gates[node.id]
        if not isinstance(node, Event) and node.default is not None:
            more["default"] = other[node.default]
        return replace(node, **more)

    again = replace(
        path,
        nodes=tuple(map(renamed, reversed(path.nodes))),
        flows=tuple(
            replace(f, id=other[f.id], source=gates.get(f.source, f.source),
                    target=gates.get(f.target, f.target)) for f in reversed(path.flows)
        ),
    )  # fmt: skip
    assert diff(path, path).changes == ()
    assert diff(path, again).changes == ()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(paths(), paths())
def test_what_is_added_one_way_is_removed_the_other_way_and_all_has_sentences(one, two):
    there, back = diff(one, two), diff(two, one)
    pairs = (("added", "removed"), ("merged", "split"), ("agency_left", "agency_joined"))
    for kind, opposite in (*pairs, *(pair[::-1] for pair in pairs)):
        names = [{c.subject.id for c in d.of(k)} for d, k in ((there, kind), (back, opposite))]
        assert names[0] == names[1]
    for language in ("fi", "sv", "en"):
        for section in sentences(there, language):
            assert all(s.strip() for s in section.sentences)
    jsonschema.Draft202012Validator(schema("diff")).validate(
        json.loads(json.dumps(there.to_json()))
    )


# -- one pair for each kind

SMALL = ["r1", ("xor", ("size > 5", "b1"), (None, [])), "r2"]
PAIRS = {
    "removed": (made(LINE), made(["r1", "r2"])),
    "added": (made(["r1", "r2"]), made(LINE)),
    "moved": (made(LINE), made(LINE, b1={"lane": "rescue"})),
    "moved_unit": (
        made(LINE, r1={"lane": "rescue-permits"}, r2={"lane": "rescue-permits"}),
        made(LINE, r1={"lane": "rescue-checks"}, r2={"lane": "rescue-permits"}),
    ),
    "unit_replaced": (
        made(LINE, "", LANES[:2] + LANES[3:], r1={"lane": "rescue-permits"}),
        made(LINE, "", (LANES[0], *LANES[2:]), r1={"lane": "rescue-checks"}),
    ),
    "renamed": (made(LINE), made(LINE, r1={"name": "Read the file"})),
    "merged": (
        made(["r1", "b1", "b2", "r2"]),
        made(["r1", "b3", "r2"], b3={"facts": Facts(activities=("Check structure", "Draw map"))}),
    ),
    "automated": (made(LINE, b1={"kind": "user"}), made(LINE, b1={"kind": "service"})),
    "made_parallel": (made(LINE), made(["r1", ("and", "b1", "r2")])),
    "reordered": (made(LINE), made(["r1", "r2", "b1"])),
    "alternative": (
        made(["r1", "b1", "r2", "r3"]), made(["r1", ("xor", ("x", "b1"), (None, "r2")), "r3"]),
    ),
    "optional": (made(LINE), made(SMALL)),
    "branch": (
        made(SMALL), made(["r1", ("xor", ("size > 9", "b1"), (None, [])), "r2"]),
    ),
    "loop_added": (made(LINE), made([("loop", ["r1", "b1"], "missing", []), "r2"])),
    "repeat": (made(LINE), made(LINE, b1={"repeat": Repeat("parallel", None, "3")})),
    "contact_dropped": (with_facts(LINE, "b1", contact=Contact("customer", ("visit",))),
                        made(LINE)),
    "contact_changed": (with_facts(LINE, "b1", contact=Contact("customer", ("visit",))),
                        with_facts(LINE, "b1", contact=Contact("customer", ("online",)))),
    "contact_moved": (
        with_facts(LINE, "b1", contact=Contact("customer")),
        made(LINE, b1={"facts": Facts(contact=Contact("customer")), "lane": "rescue"}),
    ),
    "document_dropped": (with_facts(LINE, "b1", documents=(Document("plan"),)), made(LINE)),
    "document_fetched": (with_facts(LINE, "b1", documents=(Document("plan"),)),
                         with_facts(LINE, "b1", documents=(Document("plan", "fetched"),))),
    "document_asked_less": (
        made(LINE, b1={"facts": Facts(documents=(Document("plan"),))},
             r1={"facts": Facts(documents=(Document("plan"),))}),
        with_facts(LINE, "r1", documents=(Document("plan"),)),
    ),
    "document_asked_elsewhere": (with_facts(LINE, "b1", documents=(Document("plan"),)),
                                 with_facts(LINE, "r1", documents=(Document("plan"),))),
    "document_use_added": (made(LINE), with_facts(LINE, "b1", documents=(Document("x", "made"),))),
    "deadline": (with_facts(LINE, "b1", deadlines=(Deadline("P30D"),)),
                 with_facts(LINE, "b1", deadlines=(Deadline("P14D"),))),
    "promise": (made(LINE), with_facts(LINE, "b1", promise=Promise("P2W"))),
    "fee": (with_facts(LINE, "b1", fees=(Fee(600, per="day"),)),
            with_facts(LINE, "b1", fees=(Fee(300, per="day"),))),
    "delay": (with_facts(LINE, "b1", delay="meeting"), made(LINE)),
    "fixed": (made(LINE), with_facts(LINE, "b1", fixed="The law says so.")),
    "separation": (made(LINE), with_facts(LINE, "b1", separate_from=("r1",))),
    "texts": (made(LINE), with_facts(LINE, "b1", text=Text(en="We look at it."))),
}  # fmt: skip


@pytest.mark.parametrize("kind", PAIRS)
def test_a_minimal_pair_gives_its_change(kind):
    one, two = PAIRS[kind]
    assert kind in kinds(one, two)


SAID = {
    "removed": ("Building control", "No longer done: »Check structure«."),
    "added": ("Building control", "New: »Check structure«, after »Read plan« (Rescue "
              "department)."),
    "moved": ("Building control", "Hands over to Rescue department: »Check structure«."),
    "moved_unit": ("Rescue department", "Now done by Checks, before by Permits: »Read plan«."),
    "unit_replaced": ("Rescue department", "Checks takes the place of Permits."),
    "renamed": ("Rescue department", "»Read plan« is now called »Read the file«."),
    "merged": ("Building control", "New: »Sign decision«. It replaces: »Check structure« and "
               "»Draw map«."),
    "automated": ("Building control", "Now done automatically: »Check structure«."),
    "made_parallel": ("Rescue department", "»Write statement« now waits only for »Read plan«, "
                      "no longer for »Check structure« (Building control)."),
    "reordered": ("Rescue department", "»Write statement« is now done before »Check structure« "
                  "(Building control)."),
    "optional": ("Building control", "Now only if “size > 5”: »Check structure«."),
    "branch": ("Building control", "»Check structure« is now done if “size > 9”; before, if "
               "“size > 5”."),
    "loop_added": ("Building control", "After »Check structure« the matter may now go back to "
                   "»Read plan« (Rescue department)."),
    "repeat": ("Building control", "»Check structure« is now done 3 times at the same time, "
               "before once."),
    "contact_dropped": ("You, the customer", "You no longer have to do this: »Check structure« "
                        "(Building control)."),
    "contact_changed": ("You, the customer", "»Check structure« (Building control): now online; "
                        "before, as a visit."),
    "contact_moved": ("You, the customer", "You now deal with Rescue department instead of "
                      "Building control: »Check structure«."),
    "document_dropped": ("You, the customer", "You no longer have to give: “plan” (Building "
                         "control)."),
    "document_fetched": ("You, the customer", "The city gets this from a register, so you no "
                         "longer have to give it: “plan” (Building control)."),
    "document_asked_less": ("You, the customer", "You no longer have to give this again: “plan” "
                            "(Building control)."),
    "document_asked_elsewhere": ("You, the customer", "You now give to Rescue department what "
                                 "you gave to others before: “plan” (Building control)."),
    "deadline": ("Building control", "»Check structure«: the deadline is now at most 14 days "
                 "(before: at most 30 days)."),
    "promise": ("You, the customer", "»Check structure« (Building control): new promised time, "
                "2 weeks."),
    "fee": ("You, the customer", "»Check structure« (Building control): the fee is now 300 EUR / "
            "day (before: 600 EUR / day)."),
    "separation": ("Building control", "»Check structure« must now be done by another person than "
                   "»Read plan«."),
    "fixed": ("Building control", "»Check structure« may no longer be moved or dropped: The law "
              "says so."),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAID)
def test_a_change_is_told_in_one_plain_sentence_to_whom_it_concerns(kind):
    heading, sentence = SAID[kind]
    assert sentence in told(*PAIRS[kind])[heading]


QUIET = {"made_parallel", "renamed", "deadline", "branch", "optional", "automated"}


@pytest.mark.parametrize("kind", sorted(QUIET))
def test_one_change_gives_one_sentence(kind):
    sections = told(*PAIRS[kind])
    assert sum(map(len, sections.values())) == 1


def test_explanations_that_changed_stay_in_the_data_and_out_of_the_sentences():
    found = diff(*PAIRS["texts"])
    assert [c.kind for c in found.changes] == ["texts"]
    assert sentences(found) == ()
    assert summary_line(found) == "Only explanations change."


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_sentences_name_no_id_and_no_word_of_bpmn(kind, language):
    for one, two in (PAIRS[kind], PAIRS[kind][::-1]):
        for section in sentences(diff(one, two), language):
            text = " ".join(section.sentences)
            assert not re.search(r"\b(r[1-4]|b[1-3]|k[1-3]|gate-\d|flow-\d)\b", text), text
            bare = re.sub("»[^«]*«|“[^”]*”", "", text)
            words = r"gateway|token|\bflow|\blane|\bpool|sub-process|boundary|\bnode|\{|\}|\[|None"
            assert not re.search(words, bare, re.IGNORECASE), text
            assert "  " not in text
            assert all(s[-1] in ".?" for s in section.sentences)


# -- order


def test_only_the_nearest_of_implied_waits_is_said():
    found = diff(made(["r1", "r2", "b1", "b2"]), made([("and", ["r1", "r2"], ["b1", "b2"])]))
    assert [(c.subject.id, [o.id for o in c.others]) for c in found.of("made_parallel")] == [
        ("b1", ["r2"])
    ]
    said = "»Check structure« no longer waits for »Write statement« (Rescue department), but begins"
    assert told(made(["r1", "r2", "b1"]), made([("and", ["r1", "r2"], "b1")]))[
        "Building control"
    ] == [f"{said} at once."]


def test_steps_that_move_together_are_told_at_their_ends():
    found = diff(made(["r1", "r2", "b1", "b2", "r3"]), made(["r1", "b1", "b2", "r2", "r3"]))
    assert {(c.kind, c.subject.id, c.others[0].id) for c in found.changes} == {
        ("reordered", "b2", "r2"), ("no_longer_waits", "b1", "r2"),
    }  # fmt: skip


def test_a_wait_for_another_agency_that_is_gone_is_said_where_it_is_noticed():
    sections = told(made(["r1", "b1", "r2"]), made(["r1", "r2"]))
    assert sections["Rescue department"] == [
        "»Write statement« now waits only for »Read plan«, no longer for »Check structure« "
        "(Building control)."
    ]


def test_another_route_beside_what_was_there_is_no_new_wait():
    one = made(["k1", "b1", "r1"])
    two = made(["k1", ("xor", ("small", "b2"), (None, "b1")), "r1"])
    assert "now_waits" not in kinds(one, two)
    assert {"added", "optional"} <= set(kinds(one, two))


def test_order_through_a_loop_counts_once():
    order = Order(made([("loop", ["r1", "b1"], "missing", ["k1"]), "r2"]))
    assert order.relation("r1", "b1") == "before"
    assert order.relation("k1", "r2") == "before"
    assert order.relation("r2", "k1") == "after"
    assert order.again(["r1", "b1", "r2", "k1"]) == {("k1", "r1")}
    assert order.mandatory("b1")
    assert not order.mandatory("k1")


def test_relations_of_blocks_are_those_of_their_runs():
    block = ["k1", ("or", ("x", ["r1", "r2"]), ("y", "b1")), ("xor", ("z", "b2"), (None, "r3"))]
    order = Order(made(block))
    assert order.relation("r2", "b1") == "parallel"
    assert order.relation("b2", "r3") == "exclusive"
    assert order.relation("b1", "r3") == "before"
    assert order.relation("r3", "k1") == "after"


def test_what_happens_at_the_boundary_of_a_step_goes_beside_it_or_instead_of_what_follows():
    base = made(["r1", "r2"])

    def late(interrupting):
        event = Event("late", "Too late", "boundary", "timer", Timer("duration", "P14D"), "r1",
                      interrupting)  # fmt: skip
        step = replace(base.node("r2"), id="b1", lane="building")
        end = Event("end-2", "", "end")
        flows = (Flow("f8", "late", "b1"), Flow("f9", "b1", "end-2"))
        return replace(base, nodes=(*base.nodes, event, step, end), flows=(*base.flows, *flows))

    assert Order(late(True)).relation("b1", "r2") == "exclusive"
    assert Order(late(False)).relation("b1", "r2") == "parallel"
    said = [text for texts in told(base, late(False)).values() for text in texts]
    assert "»Too late«: new time limit, 14 days." in said


def test_a_timer_with_another_time_is_told():
    def waiting(time):
        one = made(["r1", "r2"])
        event = Event("wait", "Appeal time", "catch", "timer", Timer("duration", time),
                      lane="rescue")  # fmt: skip
        flows = tuple(replace(f, target="wait") if f.target == "r2" else f for f in one.flows)
        return replace(one, nodes=(*one.nodes, event), flows=(*flows, Flow("w", "wait", "r2")))

    assert told(waiting("P14D"), waiting("P1M"))["Rescue department"] == [
        "»Appeal time«: the time limit is now 1 month (before: 14 days)."
    ]


# -- steps found again


def test_a_step_with_another_id_is_known_by_its_name_in_its_agency():
    two = made(["r1", "x9", "r2"], x9={"name": "check  structure", "lane": "building"})
    assert diff(made(LINE), two).empty or kinds(made(LINE), two) == ["texts"]


def test_a_step_with_another_id_and_name_is_known_by_its_documents():
    papers = Facts(documents=(Document("map", "made"), Document("plan", "asked")))
    one = made(LINE, b1={"facts": papers})
    two = made(["r1", "x9", "r2"], x9={"name": "Look", "lane": "building", "facts": papers})
    assert kinds(one, two) == ["renamed"]


def test_an_agency_with_another_id_is_known_by_its_name():
    other = tuple(replace(n, id="bc") if n.id == "building" else n for n in LANES)
    assert diff(made(LINE), made(LINE, "", other, b1={"lane": "bc"})).empty


def test_a_unit_that_its_successor_replaces_is_told_once():
    new = Lane("new", "Permits and checks", "rescue", "unit")
    old = replace(LANES[1], unit=Unit(replaced_by=("new",)))
    one = made(LINE, "", (LANES[0], old, *LANES[2:]), r1={"lane": old.id}, r2={"lane": old.id})
    two = made(LINE, "", (LANES[0], new, *LANES[2:]), r1={"lane": "new"}, r2={"lane": "new"})
    assert told(one, two) == {
        "Rescue department": ["Permits and checks takes the place of Permits."]
    }


# -- contacts, documents, the customer


def test_messages_to_the_customer_count_as_contacts_where_no_fact_says_so():
    one = replace(made(LINE), messages=(MessageFlow("m", "firm", "b1"),))
    assert by_customer(sentences(diff(one, made(LINE)))) == (
        "You no longer have to do this: »Check structure« (Building control).",
        "You no longer have to deal with: Building control.",
    )


def test_the_customer_reads_what_to_do_and_what_no_longer():
    one = made(["k1", "k2", "b1"], b1={"facts": Facts(contact=Contact("city", ("phone",)))})
    two = made(["k1", "k3", "b1"])
    customer = by_customer(sentences(diff(one, two)))
    assert "You no longer have to do this: »Call office«." in customer
    assert "You now do this: »Wait at home«." in customer
    assert "You are no longer contacted for this: »Check structure« (Building control)." in customer


def test_a_step_that_the_city_takes_from_the_customer_is_told_to_both():
    sections = told(made(["k1", "b1"]), made(["k1", "b1"], k1={"lane": "building"}))
    assert sections["You, the customer"] == [
        "You no longer have to do this: »Fill in form«. Now done by Building control."
    ]
    assert sections["Building control"] == ["Takes over from the customer: »Fill in form«."]


def test_data_that_flow_between_steps_are_documents():
    data = (Data("d", "Map", document="map"),)
    one = replace(made(LINE), data=data)
    two = replace(one.with_nodes([replace(one.node("b1"), writes=("d",))]), data=data)
    assert told(one, two)["Building control"] == ["Documents now made in »Check structure«: “Map”."]


def test_sources_of_a_deadline_are_texts_and_not_another_deadline():
    one = with_facts(LINE, "b1", deadlines=(Deadline("P30D"),))
    two = with_facts(LINE, "b1", deadlines=(Deadline("P30D", origin=Origin("Act 1/2020")),))
    assert kinds(one, two) == ["texts"]


def test_the_summary_counts_who_changes_and_what_it_comes_to():
    one, two = PAIRS["contact_dropped"]
    assert summary_line(diff(one, two)) == (
        "Contacts between you and the agencies in one matter, from beginning to end: "
        "0 (before: 1). "
        "Units that you deal with: at most 0 (before: 1). "
        "Documents asked for: at most 0 (as before). "
        "Agencies taking part: 2 (as before); 1 changes something."
    )
    assert "i ett ärende, från början till slut: 0 (tidigare 1)" in summary_line(
        diff(one, two), "sv"
    )


def test_questions_of_the_drawing_are_said_instead_of_conditions():
    names = {"Is it big?": Text("Onko iso?", "Är den stor?", "Is it big?")}
    two = made(SMALL)
    gate = next(g for g in two.gateways if len(two.out(g.id)) > 1)
    nodes = [replace(gate, facts=Facts(names=names["Is it big?"]))]
    yes = Facts(names=Text("Kyllä", "Ja", "Yes"))
    flows = tuple(replace(f, facts=yes) if f.condition else f for f in two.flows)
    two = replace(two.with_nodes(nodes), flows=flows)
    assert told(made(LINE), two, "fi")["Building control"] == [
        "Enää vain, jos vastaus kysymykseen ”Onko iso?” on ”Kyllä”: »Check structure«."
    ]
    plain = Text("jos se on iso", "om den är stor", "if it is big")
    flows = tuple(
        replace(f, facts=replace(yes, text=plain)) if f.condition else f for f in two.flows
    )
    assert told(made(LINE), replace(two, flows=flows), "sv")["Building control"] == [
        "Nu bara om den är stor: »Check structure«."
    ]


# -- data and words


@pytest.mark.parametrize("kind", PAIRS)
def test_a_difference_holds_to_its_schema(kind):
    document = json.loads(json.dumps(diff(*PAIRS[kind]).to_json()))
    jsonschema.Draft202012Validator(schema("diff")).validate(document)
    assert document["format"] == "polku.diff/1"


def test_every_language_has_every_sentence_with_the_same_slots():
    def slots(text):
        return set(re.findall(r"\{(\w+)\}", text))

    for table in (AGENCY, CUSTOMER):
        assert table["fi"].keys() == table["sv"].keys() == table["en"].keys()
        for key, text in table["en"].items():
            assert slots(text) == slots(table["fi"][key]) == slots(table["sv"][key]), key


def test_the_schema_knows_the_same_kinds():
    assert tuple(schema("diff")["$defs"]["change"]["properties"]["kind"]["enum"]) == KINDS


def shipped(name, prototype):
    folder = FOLDER / name
    return diff(
        read_path(folder / "current.bpmn"), read_path(folder / f"prototype-{prototype}.bpmn")
    )


def test_a_title_says_which_path_and_which_versions():
    found = shipped("starting-up", "checklist")
    assert title_line(found) == (
        "Starting up: what changes from version 1 (current state) to version 1-checklist "
        "(prototype)"
    )
    assert title_line(found, "sv").startswith("Att starta företag: vad som ändras från version 1")
    assert title_line(diff(made(LINE), made(["r1"])), "fi") == (
        "Path: mikä muuttuu – ennen aiempi versio, nyt uusi versio"
    )


def test_those_to_whom_nothing_changes_are_named_in_one_line():
    one, two = PAIRS["removed"]
    assert closing_line(diff(one, made(LINE, b1={"kind": "service"})), "sv") == (
        "Inga ändringar för: Rescue department."
    )
    assert closing_line(diff(one, one)) == ""
    assert sentences(diff(one, two))[0].sentences == ("You do the same as before.",)


def test_a_customer_reads_under_which_condition_a_step_is_theirs():
    customer = by_customer(sentences(shipped("event-permit", "small-events")))
    assert (
        "You now do this if the event is small: »Notify of a small event« (City environment, "
        "online)." in customer
    )
    only = next(s for s in customer if s.startswith("You now do this only if the event is not sm"))
    assert "– Police: »Send the public-event notification«;" in only
    assert "rescue plan" not in only  # which a small event never needed
    assert "City environment now contacts you (by e-mail) if the event is small: »Confirm" in (
        " ".join(customer)
    )


def test_a_further_condition_is_told_only_where_it_leaves_somebody_out():
    inner = ["b3", ("xor", ("loud", "b1"), (None, [])), ("xor", ("food", "b2"), (None, []))]
    small = "guests <= 50 and not loud"
    found = diff(made(["r1", *inner]), made(["r1", ("xor", (small, "r2"), (None, inner))]))
    assert [c.subject.id for c in found.of("branch")] == ["b2"]
    sections = {s.heading: s.sentences for s in sentences(found)}
    assert sections["Building control"] == (
        "Now only if not “guests ≤ 50 and not loud”: »Sign decision« and »Draw map«.",
    )


def test_who_has_to_come_and_what_a_customer_has_to_do_first_is_said():
    sections = {s.heading: " ".join(s.sentences) for s in
                sentences(shipped("starting-up", "units-come"))}  # fmt: skip
    assert (
        "New, if food is made or sold: »Come to the joint meeting: food«"
        in (sections["Environmental services"])
    )
    assert (
        "This now comes only after »Meet adviser and units together« (Business services) if other "
        "units are needed: »File the start-up notification«" in sections["You, the customer"]
    )


def test_what_a_new_step_replaces_is_said_to_both_sides():
    sections = {s.heading: " ".join(s.sentences) for s in
                sentences(shipped("plot-to-premises", "one-check"))}  # fmt: skip
    assert "New: »Check the constructability«. It replaces:\n" in sections["Land and plots"]
    assert (
        "Replaced by: »Check the constructability« (Land and plots)."
        in (sections["City buildings"])
    )
    assert sections["You, the customer"] == "You do the same as before."


def test_a_step_that_came_is_waited_for_instead_of_the_one_that_went():
    said = told(made(["r1", "b1", "r2"]), made(["r1", "b2", "r2"]))["Rescue department"]
    assert said == [
        "»Write statement« now waits for »Draw map« (Building control) instead of "
        "»Check structure« (Building control)."
    ]


def test_documents_asked_in_other_branches_only_are_not_asked_more_often():
    plan = Facts(documents=(Document("plan"),))
    one = made(["r1", "b1", "r2"], b1={"facts": plan})
    two = made(["r1", ("xor", ("small", "b2"), (None, "b1")), "r2"], b1={"facts": plan},
               b2={"facts": plan})  # fmt: skip
    assert "document_times" not in kinds(one, two)
    both = made(["r1", "b2", "b1", "r2"], b1={"facts": plan}, b2={"facts": plan})
    assert "document_times" in kinds(one, both)


def test_a_language_that_is_not_spoken_is_refused():
    with pytest.raises(ValueError, match="no sentences in 'de'"):
        sentences(diff(made(LINE), made(LINE)), "de")


@pytest.mark.parametrize("kind", PAIRS)
def test_a_difference_is_the_same_each_time(kind):
    assert diff(*PAIRS[kind]) == diff(*PAIRS[kind])


# -- the paths that ship

FOLDER = File(__file__).parents[2] / "src" / "polku" / "paths"
PROTOTYPES = sorted(FOLDER.glob("*/prototype-*.bpmn"))


@pytest.mark.parametrize("file", PROTOTYPES, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_prototypes_that_ship_are_told_in_plain_words(file):
    current, prototype = read_path(file.parent / "current.bpmn"), read_path(file)
    found = diff(current, prototype)
    ids = {n.id for p in (current, prototype) for n in (*p.nodes, *p.lanes) if "-" in n.id}
    for language in ("fi", "sv", "en"):
        sections = sentences(found, language)
        assert len({s.heading for s in sections}) == len(sections) > 1
        for text in (s for section in sections for s in section.sentences):
            bare = re.sub("»[^«]*«|“[^”]*”", "", text)
            assert not ids & set(re.findall(r"[\w-]+", bare)), text
            assert not re.search(r"gateway|token|\blane|sub-process|[{}\[\]]", bare), text
    jsonschema.Draft202012Validator(schema("diff")).validate(
        json.loads(json.dumps(found.to_json()))
    )
    assert diff(prototype, prototype).empty


def test_the_joint_form_is_told_as_the_one_form_that_kept_all_decisions_apart():
    folder = FOLDER / "event-permit"
    found = diff(
        read_path(folder / "current.bpmn"), read_path(folder / "prototype-joint-form.bpmn")
    )
    sections = {s.heading: " ".join(s.sentences) for s in sentences(found)}
    assert sections["You, the customer"].startswith(
        "New for you: »Apply once for all agencies« (City environment, online). It replaces:\n"
    )
    rescue = sections["Rescue department"]
    assert "No longer receives: »Send the rescue plan«" in rescue
    assert "Replaced by: »Apply once for all agencies« (City environment)." in rescue
    assert "Now gets from City environment, no longer from the customer: “" in rescue
    assert "»Apply once for all agencies«" in sections["City environment"]
    assert "Police (state)" not in sections  # whose own form stays
    assert "Police (state)" in closing_line(found)
