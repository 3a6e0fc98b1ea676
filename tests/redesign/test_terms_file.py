"""moves.toml says what is allowed and wanted; what is wrong in it is told in one line."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from tiny_kinds import AXES, current, only_tiny

from polku.errors import RedesignError
from polku.measure.agreed import AgreedCriterion, AgreedSet
from polku.redesign import drawings, terms_file
from polku.redesign.move_names import named_in, read_name
from polku.redesign.prototype import Prototype
from polku.redesign.terms import Constraint, Terms
from polku.redesign.terms_file import KEYS, agreed_terms, not_simulated, read_terms
from polku.redesign.terms_table import in_unit
from polku.simulate.scenario import Law, Origin, fixed

HEAD = 'format = "polku.moves/1"\n'
LAW = 'law = { law = "uniform", loc = 0.5, scale = 0.3 }\n'
WHOLE = """
format = "polku.moves/1"
allow = ["drop", "hours"]
forbid = ["drop( step-1 )"]
depth = 3
horizon_days = 180
on = ["contact_points.mean", "lead_time.p90"]
[most]
hours = 1
[parameters.hours]
hours_per_week = 15
[assumptions.drop.share]
law = { law = "uniform", loc = 0.5, scale = 0.3 }
origin = "typed: agreed in the workshop of 3 May"
[assumptions.drop.learning]
law = { law = "fixed", value = 48, unit = "hours" }
origin = "measured (3): trainings of 2024"
[weights]
"lead_time.p90" = 2
[[constraint]]
kind = "no_segment_worse"
[[constraint]]
kind = "at_most"
of = "staff_hours.mean"
bound = 20
[[insight]]
id = "I1"
says = "Organisers type the same data into every form"
source = "interviews, spring"
[[answer]]
by = "drop"
insights = ["I1"]
[[move]]
kind = "drop"
at = ["step-2"]
answers = ["I1"]
[[move]]
kind = "hours"
at = ["desk"]
with = { people = 2 }
[[prototype]]
path = "event-permit/prototype-joint-form"
name = "joint form"
answers = ["I1"]
"""


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    only_tiny(monkeypatch)


def read(tmp_path, text, axes=AXES):
    file = tmp_path / "moves.toml"
    file.write_text(text, encoding="utf-8")
    return read_terms(file, current(), axes)


def test_every_part_of_the_file_becomes_terms(tmp_path):
    terms = read(tmp_path, WHOLE)
    assert terms.allowed == ("drop", "hours")
    assert terms.forbidden == ("drop(step-1)",)
    assert (terms.depth, terms.horizon_days, terms.only_named) == (3, 180.0, False)
    assert terms.on == ("contact_points.mean_within_h", "lead_time.p90")
    assert terms.most == {"hours": 1}
    assert terms.parameters == {"hours": {"hours_per_week": 15.0}}
    assert terms.weights == {"lead_time.p90": 2.0}
    assert terms.constraints == (
        Constraint("no_segment_worse"), Constraint("at_most", 20.0, "staff_hours.mean_within_h"),
    )  # fmt: skip
    assert terms.answers == {"drop": ("I1",)}
    (drawing,) = terms.drawings
    assert drawing.name == "joint form"
    assert drawing.answers[0] == "I1"


def test_named_moves_have_the_parameters_and_laws_of_the_file(tmp_path):
    drop, hours = read(tmp_path, WHOLE).moves
    assert drop.assumptions[0].law == Law("uniform", loc=0.5, scale=0.3, unit=None)
    assert drop.assumptions[0].origin == Origin("typed", None, "agreed in the workshop of 3 May")
    assert drop.answers == ("I1",)
    assert hours.with_ == {
        "hours_per_week": 15.0, "people": 2, "how": "overtime", "at_once": False,
    }  # fmt: skip


def test_a_law_in_another_unit_is_told_in_the_unit_of_the_kind(tmp_path):
    learning = read(tmp_path, WHOLE).moves[0].assumptions[1]
    assert learning.law == fixed(2.0, "days")
    gamma = Law("gamma", shapes=(2.0,), loc=12, scale=6, unit="hours", low=0, high=48)
    assert in_unit(gamma, "days") == Law(
        "gamma", shapes=(2.0,), loc=0.5, scale=0.25, unit="days", low=0, high=2
    )


def test_a_move_without_its_parameters_means_it_whatever_they_are(tmp_path):
    terms = read(tmp_path, WHOLE.replace("drop( step-1 )", "hours(safety)"))
    kinds = {m.kind: m for m in terms.moves}
    assert not named_in(kinds["hours"], terms.forbidden)
    assert named_in(kinds["hours"], ("hours(desk)",))


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("hours(desk,people = 2, hours_per_week=15)", "hours(desk, hours_per_week=15.0, people=2)"),
        ("hours( desk , at_once=TRUE)", "hours(desk, at_once=True)"),
        ("hours(desk, how=new people, people=1)", "hours(desk, how=new people, people=1)"),
        (" drop ", "drop"),
    ],
)
def test_moves_are_named_as_in_reports_or_nearly_so(said, key):
    assert read_name(said, current(), "forbid") == key


def test_an_empty_file_with_its_format_allows_everything(tmp_path):
    assert read(tmp_path, HEAD) == Terms()


def test_every_key_is_in_the_table_of_keys():
    told = {key.split(".")[0] for key, _, _ in KEYS}
    for key, value in tomllib.loads(WHOLE).items():
        if isinstance(value, list) and isinstance(value[0], dict):
            for row in value:
                assert {f"[[{key}]] {inner}" for inner in row} <= told
        else:
            assert key in told
    assert all(meaning.endswith((".", ")")) for _, _, meaning in KEYS)


def test_a_prototype_answers_the_insight_that_its_own_file_tells_in_a_sentence(tmp_path):
    text = '[[prototype]]\npath = "event-permit/prototype-joint-form"\n'
    (sentence,) = read(tmp_path, HEAD + text).drawings[0].answers
    known = f'[[insight]]\nid = "I7"\nsays = "{sentence}"\n'
    assert read(tmp_path, HEAD + known + text).drawings[0].answers == ("I7",)


WRONG = [
    ("", "has no 'format'"),
    ('format = "polku.moves/2"', "polku.moves/2.*this version reads"),
    (HEAD + "depht = 3", "depht.*did you mean 'depth'"),
    (HEAD + "depth = 0", "depth: is 0; write 1 or more"),
    (HEAD + "depth = 2.5", "whole number"),
    (HEAD + "depth = 2024-05-03", "is the day or time 2024-05-03"),
    (HEAD + "horizon_days = -1", "above 0"),
    (HEAD + "horizon_days = inf", "without end"),
    (HEAD + 'allow = ["dorp"]', r"allow\[0\].*dorp.*did you mean 'drop'"),
    (HEAD + "allow = []", "allow: is empty"),
    (HEAD + 'forbid = ["drop(step-22)"]', "'step-22' is not in the path.*step-2"),
    (HEAD + 'forbid = ["hours(desk, peopel=2)"]', "no parameter 'peopel'.*people"),
    (HEAD + 'forbid = ["hours(desk, people=two)"]', "people: is 'two'; write it as in 1"),
    (HEAD + 'forbid = ["drop", "hours"]', "all moves are forbidden"),
    (HEAD + 'allow = ["drop"]\nforbid = ["drop"]', "all moves are forbidden"),
    (HEAD + "[most]\ndrop = 0\nhours = 0", "all moves are forbidden"),
    (HEAD + "[most]\ndrop = -1", "most.drop: is -1"),
    (HEAD + "only_named = true", "only_named is true and there is no"),
    (HEAD + 'on = ["lead_time.p99"]', "no figure.*did you mean 'lead_time.p90'"),
    (HEAD + 'on = ["staff_hours.mean@unit=Desk"]', "no better direction"),
    (HEAD + '[weights]\n"lead_time.p90" = -1', "weight is 0 or more"),
    (HEAD + '[weights]\n"lead_time.p90" = 0', "are all 0"),
    (HEAD + '[weights]\n"lead_tme.p90" = 1', "weights: no figure.*lead_time.p90"),
    (HEAD + "[weights]\nlead_time.p90 = 1", "write the figure in quotes"),
    (HEAD + "[parameters.hours]\nhours_per_wek = 1", "no parameter.*hours_per_week"),
    (HEAD + "[parameters.hours]\nhours_per_week = 90", "is 90; write a number from 1 to 40"),
    (HEAD + "[parameters.hours]\npeople = 1.5", "whole number"),
    (HEAD + '[parameters.hours]\nhow = "overtme"', "did you mean 'overtime'"),
    (HEAD + "[parameters.hours]\nat_once = 1", "true or false"),
    (HEAD + "[parameters.drop]\nx = 1", "it has none"),
    (HEAD + "[assumptions.drop.share]\n" + LAW, "has no 'origin'"),
    (HEAD + "[assumptions.drop.share]\n" + LAW + 'origin = "typed"', "not from where"),
    (HEAD + "[assumptions.drop.share]\n" + LAW + 'origin = "guessed: me"', "guessed"),
    (HEAD + "[assumptions.drop.shares]\n" + LAW + 'origin = "typed: me"', "did you mean 'share'"),
    (HEAD + "[assumptions.hours.share]\n" + LAW + 'origin = "typed: me"', "claims nothing"),
    (
        HEAD + '[assumptions.drop.share]\norigin = "typed: me"\n'
        'law = { law = "uniform", loc = -0.5, scale = 1 }',
        "never negative",
    ),
    (
        HEAD + '[assumptions.drop.share]\norigin = "typed: me"\n'
        'law = { law = "fixed", value = 70 }',
        "70 % as 0.7",
    ),
    (
        HEAD + '[assumptions.drop.share]\norigin = "typed: me"\n'
        'law = { law = "fixed", value = 1, unit = "days" }',
        "plain number",
    ),
    (
        HEAD + '[assumptions.drop.learning]\norigin = "typed: me"\n'
        'law = { law = "fixed", value = 1 }',
        "has no unit",
    ),
    (
        HEAD + '[assumptions.drop.share]\norigin = "typed: me"\nlaw = { law = "unifrom" }',
        "unifrom.*uniform",
    ),
    (HEAD + '[[constraint]]\nkind = "no_more_stuff"', r"\[\[constraint\]\] 1.kind.*no_more_staff"),
    (HEAD + '[[constraint]]\nkind = "at_most"\nof = "staff_hours.mean"', "has no 'bound'"),
    (HEAD + '[[constraint]]\nkind = "no_more_staff"\nbound = 1', "unknown key"),
    (
        HEAD + '[[constraint]]\nkind = "at_most"\nof = "staff_hours.mean"\nbound = -1',
        "no figure is below 0",
    ),
    (
        HEAD + '[[constraint]]\nkind = "at_least"\nof = "on_time.share"\nbound = 80',
        "80 % as 0.8",
    ),
    (HEAD + '[[constraint]]\nkind = "utilisation_at_most"\nbound = 85', "share above 0"),
    (
        HEAD + '[[constraint]]\nkind = "utilisation_at_most"\nof = "dsk"\nbound = 0.8',
        "did you mean 'desk'",
    ),
    (HEAD + '[[constraint]]\nkind = "no_segment_worse"\ncolumn = "sise"', "did you mean 'size'"),
    (HEAD + '[constraint]\nkind = "no_more_staff"', r"write \[\[constraint\]\]"),
    (HEAD + '[[insight]]\nid = "I1"', "has no 'says'"),
    (
        HEAD + '[[insight]]\nid = "I1"\nsays = "a"\n[[insight]]\nid = "I1"\nsays = "b"',
        r"\[\[insight\]\] 2.*that of \[\[insight\]\] 1",
    ),
    (HEAD + '[[answer]]\nby = "drop"\ninsights = ["I1"]', "no insight has the id"),
    (
        HEAD + '[[insight]]\nid = "I1"\nsays = "a"\n[[answer]]\nby = "dorp"\ninsights = ["I1"]',
        r"\[\[answer\]\] 1.by.*did you mean 'drop'",
    ),
    (HEAD + '[[move]]\nkind = "drop"\nat = ["step-4"]', r"\[\[move\]\] 1.at.*step-4.*step-"),
    (HEAD + '[[move]]\nkind = "drop"\nat = []', "is empty"),
    (HEAD + '[[move]]\nkind = "drop"', "has no 'at'"),
    (HEAD + '[[move]]\nkind = "drop"\nat = ["step-1"]\nanswers = ["I9"]', "no insight"),
    (HEAD + 2 * '[[move]]\nkind = "drop"\nat = ["step-1"]\n', r"\[\[move\]\] 2.*already"),
    (HEAD + 'forbid = ["drop"]\n[[move]]\nkind = "drop"\nat = ["step-1"]', "move.* 1.*and forbid"),
    (HEAD + 'allow = ["hours"]\n[[move]]\nkind = "drop"\nat = ["step-1"]', "1.*and allow"),
    (HEAD + '[most]\ndrop = 0\n[[move]]\nkind = "drop"\nat = ["step-1"]', "1.*and most.drop = 0"),
    (HEAD + '[[prototype]]\npath = "nothing.bpmn"', "there is no file"),
    (HEAD + '[[prototype]]\npath = "event-permit/prototype-joint-fork"', "prototype-joint-form"),
    (HEAD + 2 * '[[prototype]]\npath = "event-permit/prototype-joint-form"\n', "another name"),
    (
        HEAD + '[[prototype]]\npath = "event-permit/prototype-joint-form"\nname = "current"',
        "current state's name",
    ),
    ("format = ", "is not TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[s for _, s in WRONG])
def test_what_is_wrong_is_told_in_one_line_with_its_place(tmp_path, text, said):
    with pytest.raises(RedesignError, match=said) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)
    assert "moves.toml" in str(caught.value)


PAIRS = [
    (
        '[[constraint]]\nkind = "at_least"\nof = "on_time.share"\nbound = 0.9\n'
        '[[constraint]]\nkind = "at_most"\nof = "on_time.share"\nbound = 0.8\n',
        r"\[\[constraint\]\] 1 \(on_time.share at least 0.9\) and \[\[constraint\]\] 2 .*at most",
    ),
    (
        2 * '[[constraint]]\nkind = "no_more_staff"\n',
        r"\[\[constraint\]\] 1 .*and \[\[constraint\]\] 2 .*say the same",
    ),
    (
        '[[constraint]]\nkind = "utilisation_at_most"\nbound = 0.8\n[[constraint]]\n'
        'kind = "at_least"\nof = "utilisation.mean@pool=desk"\nbound = 0.9\n',
        r"\[\[constraint\]\] 1 .*and \[\[constraint\]\] 2 .*no load",
    ),
    (
        '[[constraint]]\nkind = "no_more_staff"\n[[move]]\nkind = "hours"\nat = ["desk"]\n',
        r"\[\[constraint\]\] 1 .*and \[\[move\]\] 1 .*adds 40 hours",
    ),
]


@pytest.mark.parametrize(("text", "said"), PAIRS)
def test_two_terms_that_contradict_each_other_are_told_as_a_pair(tmp_path, text, said):
    with pytest.raises(RedesignError, match=said):
        read(tmp_path, HEAD + text)


def test_bounds_that_leave_room_are_no_contradiction(tmp_path):
    text = (
        '[[constraint]]\nkind = "at_least"\nof = "on_time.share"\nbound = 0.7\n'
        '[[constraint]]\nkind = "at_most"\nof = "on_time.share"\nbound = 0.8\n'
    )
    assert len(read(tmp_path, HEAD + text).constraints) == 2


def test_all_moves_may_be_forbidden_where_people_drew_a_prototype(tmp_path):
    text = 'forbid = ["drop", "hours"]\n[[prototype]]\npath = "event-permit/prototype-joint-form"\n'
    assert read(tmp_path, HEAD + text).drawings


def test_a_figure_may_be_written_shortly_where_it_can_be_no_other(tmp_path):
    text = 'on = ["contact_points", "on_time", "staff_hours.mean", "lead_time.p50"]'
    assert read(tmp_path, HEAD + text).on == (
        "contact_points.mean_within_h", "on_time.share", "staff_hours.mean_within_h",
        "lead_time.p50",
    )  # fmt: skip
    with pytest.raises(RedesignError, match=r"could be several.*lead_time.p50, lead_time.p90"):
        read(tmp_path, HEAD + 'on = ["lead_time"]')


def test_one_figure_is_weighted_once(tmp_path):
    text = '[weights]\n"on_time" = 1\n"on_time.share" = 2'
    with pytest.raises(RedesignError, match=r"on_time.share has a weight already"):
        read(tmp_path, HEAD + text)


def test_without_axes_figures_are_held_against_the_catalogue(tmp_path):
    assert read(tmp_path, HEAD + 'on = ["lead_time.p99"]', None).on == ("lead_time.p99",)
    with pytest.raises(RedesignError, match="did you mean 'lead_time'"):
        read(tmp_path, HEAD + 'on = ["leed_time.p90"]', None)


ODD = [1, -1.5, True, "", "x", [], {}, [[1]], [{}], ["x"], float("nan"), date(2025, 1, 1)]


def leaves(value, at=()):
    """Ways to every value in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in inside:
        yield (*at, key)
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*at, key))


@pytest.mark.parametrize("at", list(leaves(tomllib.loads(WHOLE))), ids=str)
def test_an_odd_value_anywhere_is_taken_or_refused_in_one_line(at, monkeypatch):
    drawn = Prototype(current().path, current().scenario, "drawn")
    monkeypatch.setattr(drawings, "load_drawing", lambda *_: drawn)
    for odd in ODD:
        document = tomllib.loads(WHOLE)
        inner = document
        for key in at[:-1]:
            inner = inner[key]
        inner[at[-1]] = odd
        monkeypatch.setattr(terms_file, "read_toml", lambda *_, d=document: d)
        said = "moves.toml: taken"
        try:
            read_terms("moves.toml", current(), AXES)
        except RedesignError as e:
            said = str(e)
        assert said.startswith("moves.toml: ")
        assert "\n" not in said


def agreed(*lines, horizon=365.0):
    return AgreedSet("Town", "2", "council", "2025", lines, horizon)


def test_weights_and_horizon_come_from_the_agreed_set_where_the_terms_are_silent():
    lines = (
        AgreedCriterion("lead_time", weight=3), AgreedCriterion("on_time", "share"),
        AgreedCriterion("equality_lead_time.size"), AgreedCriterion("csat"),
    )  # fmt: skip
    terms = agreed_terms(Terms(), agreed(*lines), AXES)
    assert terms.weights == {
        "lead_time.p50": 1.5, "lead_time.p90": 1.5, "on_time.share": 1.0,
        "equality_lead_time.worst_ratio@size=*": 1.0,
    }  # fmt: skip
    assert (terms.horizon_days, terms.agreed) == (365.0, "Town 2")
    assert not_simulated(agreed(*lines), AXES) == ("csat",)


def test_what_the_terms_say_themselves_stands():
    own = Terms(weights={"lead_time.p50": 1.0}, horizon_days=90.0)
    terms = agreed_terms(own, agreed(AgreedCriterion("on_time")), AXES)
    assert (terms.weights, terms.horizon_days) == ({"lead_time.p50": 1.0}, 90.0)


@pytest.mark.parametrize(
    ("line", "said"),
    [(AgreedCriterion("csat"), "none of its criteria"),
     (AgreedCriterion("lead_time", weight=-1), "weight is -1"),
     (AgreedCriterion("lead_time", weight=0), "none of its criteria")],
)  # fmt: skip
def test_an_agreed_set_that_does_not_fit_is_refused(line, said):
    with pytest.raises(RedesignError, match=said):
        agreed_terms(Terms(), agreed(line), AXES)
