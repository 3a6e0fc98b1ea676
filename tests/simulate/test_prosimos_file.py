"""Parameter files of Prosimos as scenarios: laws, calendars, rules, and what is not taken over."""

from __future__ import annotations

import copy
import json
import math
from datetime import date

import numpy as np
import pytest
from scipy import stats

from polku.errors import ScenarioError
from polku.path.conditions import parse
from polku.path.model import Event, Flow, Gateway, Path, Repeat, Step
from polku.path.read import read_path
from polku.simulate.arrivals import arrive
from polku.simulate.checking import check_scenario
from polku.simulate.file import conditioned, dumps, from_json, read_prosimos
from polku.simulate.file.prosimos_laws import Reading, prosimos_law, weekly_hours
from polku.simulate.file.prosimos_rules import identifier
from polku.simulate.scenario import Batch, Law, Meeting, Origin, Priority, always, fixed
from polku.simulate.streams import _moved

CONDITIONS = "prosimos/gateway_conditions"
PAIRS = [
    ("prosimos/1_task-batch.json", "prosimos/1_task-batch.bpmn"),
    ("prosimos/and_example/AND_join.json", "prosimos/and_example/AND_join.bpmn"),
    ("prosimos/timer_with_task.json", "prosimos/timer_with_task.bpmn"),
    ("prosimos/test_or_xor_follow.json", "prosimos/test_and_or.bpmn"),
    ("prosimos/test_or_not_xor_follow.json", "prosimos/test_and_or.bpmn"),
    ("bpic12w/BPIC_2012_W.json", "bpic12w/BPIC_2012_W.bpmn"),
    (
        "academic-credentials/AcademicCredentials.json",
        "academic-credentials/AcademicCredentials.bpmn",
    ),
    *(
        (
            f"{CONDITIONS}/gateway_{name}_condition.json",
            f"{CONDITIONS}/gateway_condition_{kind}_model.bpmn",
        )
        for name in ("all_false", "all_true", "multiple_true", "no", "one", "one_true")
        for kind in ("xor", "or")
    ),
]


@pytest.mark.parametrize(("file", "bpmn"), PAIRS)
def test_every_file_reads_against_its_path_and_fits_it(data, file, bpmn):
    path = read_path(data / bpmn)
    s = read_prosimos(data / file, path)
    assert from_json(json.loads(dumps(s))) == s
    # in these two one person has 1.8 hours of work for a matter that comes every 10 minutes
    lacks = {"S601"} if "follow" in file else set()
    assert {f.code for f in check_scenario(path, s) if f.severity == "error"} == lacks
    origins = {n.origin for n in s.steps.values()} | {p.origin for p in s.people.values()}
    assert origins == {Origin("typed", None, "from a Prosimos file")}


@pytest.mark.parametrize(
    ("file", "people"), [("production/production", 48), ("purchasing/purchasing_example", 27)]
)
def test_files_without_a_path_of_their_own_are_read_and_said_to_belong_elsewhere(
    data, file, people
):
    s = read_prosimos(data / f"{file}.json", None)
    assert len(s.people) == people
    assert s.path == file.split("/")[1]
    other = read_path(data / "prosimos" / "purchasing_example.bpmn")
    with pytest.raises(ScenarioError, match=rf"no task of the file is in .* for {s.path}\.bpmn"):
        read_prosimos(data / f"{file}.json", other)


# Laws


def entry(name, *params):
    return {"distribution_name": name, "distribution_params": [{"value": p} for p in params]}


def law_of(name, *params, older=False):
    reading = Reading("f: ", older=older)
    return prosimos_law(entry(name, *params), "here", reading), reading.told()


def test_laws_have_the_moments_that_the_file_states():
    lognorm, _ = law_of("lognorm", 100, 400, 0, 1e9)
    gamma, _ = law_of("gamma", 100, 400, 0, 1e9)
    for law in (lognorm, gamma):
        frozen = getattr(stats, law.name)(*law.shapes, loc=law.loc, scale=law.scale)
        assert np.allclose(frozen.stats("mv"), (100, 400))
        assert (law.low, law.high, law.unit) == (0, 1e9, "seconds")


def test_an_exponential_law_begins_at_its_minimum():
    law, _ = law_of("expon", 100, 40, 900)
    assert (law.loc, law.scale, law.low, law.high) == (40, 60, 40, 900)
    below, _ = law_of("expon", 30, 40, 900)
    assert (below.loc, below.scale) == (40, 30)


def test_a_normal_law_is_cut_and_a_uniform_one_is_its_bounds():
    norm, _ = law_of("norm", 100, 10, -5, 120)
    assert (norm.loc, norm.scale, norm.low, norm.high) == (100, 10, 0, 120)
    assert law_of("uniform", 10, 30)[0] == Law("uniform", loc=10, scale=20, unit="seconds")
    assert law_of("fix", 30, 0, 1)[0] == fixed(30, "seconds")


def test_a_law_that_never_lies_in_its_bounds_is_its_stand_in():
    law, remarks = law_of("norm", 10, 0.001, 90, 100)
    assert law == fixed(95, "seconds")
    assert "95 stands in" in remarks[0].text
    assert law_of("lognorm", 50, 0, 40, 60)[0] == fixed(50, "seconds")


def test_a_law_that_seldom_lies_in_its_bounds_is_mixed_with_its_stand_in():
    law, remarks = law_of("norm", 0, 1, 2, 9)
    missed = stats.norm.cdf(2) ** 100
    assert law.name == "mixture"
    assert math.isclose(law.chances[1], missed, rel_tol=1e-3)
    assert law.parts[1] == fixed(5.5, "seconds")
    assert "2.28%" in remarks[0].text


def test_older_files_have_the_parameters_of_scipy(data):
    path = read_path(data / "prosimos" / "test_and_or.bpmn")
    s = read_prosimos(data / "prosimos" / "test_or_xor_follow.json", path)
    work = s.steps["Activity_1tidlw3"].work.otherwise[0]
    assert work.name == "exponnorm"
    assert (work.shapes, work.loc, work.scale) == (
        (0.9806369443780159,),
        5173.627177444789,
        1065.1797799436029,
    )
    assert (work.low, work.high) == (2400, 9600)
    assert s.remarks[0].text.startswith("laws are given by SciPy's own parameters")
    with pytest.raises(ScenarioError, match="is no law"):
        read_prosimos(data / "prosimos" / "test_or_xor_follow.json", path, older=False)


def test_a_parameter_too_many_is_remarked_as_it_is_not_read_there_either(data):
    path = read_path(data / "prosimos" / "and_example" / "AND_join.bpmn")
    s = read_prosimos(data / "prosimos" / "and_example" / "AND_join.json", path)
    work = next(iter(s.steps.values())).work.otherwise[0]
    assert (work.name, work.loc, work.scale, work.low, work.high) == ("expon", 150, 1350, 150, 1500)
    assert any("what follows (3600)" in r.text for r in s.remarks)
    assert len(s.people) == 10


def test_a_histogram_is_a_mixture_of_its_midpoints():
    found = {
        "distribution_name": "histogram_sampling",
        "histogram_data": {"cdf": [0.25, 0.25, 1.0], "bin_midpoints": [1, 2, 3]},
    }
    law = prosimos_law(found, "here", Reading(""))
    assert [p.values[0] for p in law.parts] == [1, 3]
    assert law.chances == (0.25, 0.75)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            entry("gama", 1, 2, 3, 4),
            "here.distribution_name: \"gama\" is no law; did you mean 'gamma'?",
        ),
        (entry("gamma", 1, 2), "here.distribution_params: has 2 parameters; gamma needs 4"),
        (entry("gamma", -1, 2, 0, 9), "has the mean -1"),
        (entry("fix", "x"), 'distribution_params[0]: is "x"; write a number'),
        ({"distribution_name": "fix"}, "here: has no 'distribution_params'"),
        ({"distribution_name": 3, "distribution_params": []}, "distribution_name: is 3"),
        (3, "here: is 3"),
        (
            {
                "distribution_name": "histogram_sampling",
                "histogram_data": {"cdf": [1], "bin_midpoints": []},
            },
            "has 1 sums and 0 midpoints",
        ),
    ],
)
def test_a_law_that_cannot_be_read_is_said_with_its_place(found, said):
    with pytest.raises(ScenarioError) as e:
        prosimos_law(found, "here", Reading("f.json: "))
    assert said in str(e.value)


# Calendars


def period(first, last, begin, end):
    return {"from": first, "to": last, "beginTime": begin, "endTime": end}


def test_periods_are_merged_by_weekday_and_the_last_second_is_midnight():
    reading = Reading("")
    hours = weekly_hours(
        [
            period("SATURDAY", "MONDAY", "00:00:00", "23:59:59"),
            period("TUESDAY", "TUESDAY", "09:00:00.000", "12:00"),
            period("TUESDAY", "TUESDAY", "12:00", "13:30"),
            period("TUESDAY", "TUESDAY", "14:00", "15:00"),
        ],
        "time_periods",
        reading,
    )
    whole = ("00:00-24:00",)
    tuesday = ("09:00-13:30", "14:00-15:00")
    assert hours == {"mon": whole, "tue": tuesday, "sat": whole, "sun": whole}
    assert [r.text for r in reading.told()] == ["hours that end at 23:59:59 end at midnight here"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (period("MONTAG", "MONDAY", "09:00", "10:00"), 't[0].from: is "MONTAG"'),
        (period("MONDAY", "MONDAY", "9h", "10:00"), 't[0].beginTime: is "9h"; write a time of day'),
        (period("MONDAY", "MONDAY", "22:00", "06:00"), "t[0]: ends before it begins"),
    ],
)
def test_a_period_that_cannot_be_read_is_said(found, said):
    with pytest.raises(ScenarioError) as e:
        weekly_hours([found], "t", Reading(""))
    assert said in str(e.value)


# Whole files

DAY = [period("MONDAY", "FRIDAY", "09:00", "17:00")]
FILE = {
    "resource_profiles": [
        {
            "id": "P",
            "name": "P",
            "resource_list": [
                {"id": "R", "name": "Clerk", "amount": "2", "cost_per_hour": "20", "calendar": "C"},
                {"id": "S", "name": "Boss", "amount": 1, "cost_per_hour": 50, "calendar": "C"},
            ],
        }
    ],
    "resource_calendars": [{"id": "C", "name": "office", "time_periods": DAY}],
    "task_resource_distribution": [
        {
            "task_id": "check",
            "resources": [
                {"resource_id": "R", **entry("fix", 600)},
                {"resource_id": "S", **entry("fix", 300)},
            ],
        },
        {"task_id": "ask", "resources": [{"resource_id": "S", **entry("fix", 60)}]},
    ],
    "arrival_time_distribution": entry("expon", 3600, 0, 90000),
    "arrival_time_calendar": DAY,
    "gateway_branching_probabilities": [
        {
            "gateway_id": "which",
            "probabilities": [
                {"path_id": "to_ask", "value": "0.2", "condition_id": "large"},
                {"path_id": "to_end", "value": "0.8"},
            ],
        }
    ],
    "branch_rules": [
        {
            "id": "large",
            "rules": [[{"attribute": "client type", "comparison": "=", "value": "BIG"}]],
        }
    ],
    "event_distribution": [{"event_id": "timer", **entry("fix", 900)}],
    "case_attributes": [
        {
            "name": "client type",
            "type": "discrete",
            "values": [{"key": "BIG", "value": 0.3}, {"key": "SMALL", "value": "0.7"}],
        },
        {"name": "amount", "type": "continuous", "values": entry("norm", 500, 10, 0, 900)},
    ],
    "prioritisation_rules": [
        {
            "priority_level": 2,
            "rules": [[{"attribute": "amount", "comparison": "in", "value": ["700", "inf"]}]],
        },
        {
            "priority_level": 1,
            "rules": [
                [{"attribute": "client type", "comparison": "=", "value": "BIG"}],
                [
                    {"attribute": "amount", "comparison": "in", "value": [1, 5]},
                    {"attribute": "client type", "comparison": "=", "value": "SMALL"},
                ],
            ],
        },
    ],
}


def small_path(kind="exclusive", default=None):
    return Path(
        "small",
        nodes=(
            Event("start", position="start"),
            Event("timer", position="catch", trigger="timer"),
            Step("check", "Check", repeat=Repeat("loop")),
            Gateway("which", kind=kind, default=default),
            Step("ask", "Ask"),
            Event("end", position="end"),
        ),
        flows=tuple(
            Flow(f"to_{b}" if a == "which" else f"{a}_{b}", a, b)
            for a, b in (
                ("start", "timer"),
                ("timer", "check"),
                ("check", "which"),
                ("which", "ask"),
                ("which", "end"),
                ("ask", "end"),
            )
        ),
    )


def read(tmp_path, found, path="small", **more):
    file = tmp_path / "p.json"
    file.write_text(json.dumps(found))
    return read_prosimos(file, small_path() if path == "small" else path, **more)


def test_staff_attributes_priorities_and_events_are_taken_over(tmp_path):
    s = read(tmp_path, FILE)
    assert list(s.people) == ["Clerk_0", "Clerk_1", "Boss"]
    assert s.people["Boss"].cost_per_hour == 50
    check = s.steps["check"]
    assert s.pools[check.pool].members == ("Clerk_0", "Clerk_1", "Boss")
    assert (check.work, check.by_person) == (
        always(fixed(600, "seconds")),
        {"Boss": fixed(300, "seconds")},
    )
    assert check.again == always(0.0)
    assert s.events["timer"].after == always(fixed(900, "seconds"))
    assert list(s.attributes) == ["client_type", "amount"]
    assert s.priorities == (
        Priority(
            1,
            'client_type == "BIG" or ((amount >= 1 and amount <= 5) and client_type == "SMALL")',
            check.origin,
        ),
        Priority(2, "amount >= 700", check.origin),
        Priority(3, None, check.origin),
    )
    for p in s.priorities[:-1]:
        assert parse(p.condition).is_test
    assert {p.order for p in s.pools.values()} == {"priority"}
    arrivals = s.kinds["matter"].arrivals
    assert (arrivals.calendar, arrivals.moved) == ("arrivals", True)
    assert check_scenario(small_path(), s) == ()
    assert {r.place: r.text for r in s.remarks}["case_attributes[0].name"] == (
        '"client type" is called client_type here'
    )


def test_branch_rules_by_one_discrete_attribute_become_its_cases(tmp_path):
    flows = read(tmp_path, FILE).branching["which"].flows
    assert flows.by == "client_type"
    assert flows.cases["BIG"] == ({"to_ask": 1.0, "to_end": 0.0},)
    assert flows.cases["SMALL"] == ({"to_ask": 0.2, "to_end": 0.8},)
    default = read(tmp_path, FILE, small_path(default="to_end")).branching["which"].flows
    assert default.cases["SMALL"] == ({"to_ask": 0.0, "to_end": 1.0},)
    either = read(tmp_path, FILE, small_path("inclusive")).branching["which"].flows
    assert either.cases["BIG"] == ({"to_ask": 1.0, "to_end": 0.0},)


def test_branch_rules_by_a_number_are_conditions_of_the_path(tmp_path):
    found = copy.deepcopy(FILE)
    found["branch_rules"][0]["rules"] = [
        [{"attribute": "amount", "comparison": ">", "value": "499.5"}]
    ]
    s = read(tmp_path, found)
    assert s.branching["which"].flows == always({"to_ask": 0.2, "to_end": 0.8})
    assert any("to_ask: amount > 499.5" in r.text for r in s.remarks)
    path = conditioned(tmp_path / "p.json", small_path(default="to_end"))
    assert path.flow("to_ask").condition == "amount > 499.5"
    assert "which" not in read(tmp_path, found, path).branching


def test_where_several_rules_hold_the_chances_are_scaled(data):
    path = read_path(data / f"{CONDITIONS}/gateway_condition_xor_model.bpmn")
    s = read_prosimos(data / f"{CONDITIONS}/gateway_multiple_true_condition.json", path)
    (cases,) = s.branching["Gateway_004nfcw"].flows.cases["REGULAR"]
    assert cases == pytest.approx({"Flow_0cn0o08": 0.25, "Flow_1rd4tfv": 0.75, "Flow_0qke4ke": 0})


def batched(tmp_path, rules, kind="Parallel", sizes=(), factors=((4, 0.5),)):
    found = copy.deepcopy(FILE)
    found["batch_processing"] = [
        {
            "task_id": "ask",
            "type": kind,
            "firing_rules": rules,
            "size_distrib": [{"key": k, "value": v} for k, v in sizes],
            "duration_distrib": [{"key": k, "value": v} for k, v in factors],
        }
    ]
    s = read(tmp_path, found)
    told = [r.text for r in s.remarks if r.place.startswith("batch")]
    return s.steps["ask"].batch, s.meetings, told


def rule(attribute, comparison, value):
    return {"attribute": attribute, "comparison": comparison, "value": value}


def test_a_parallel_batch_lasts_its_factor_times_its_members(tmp_path):
    batch, _, told = batched(tmp_path, [[rule("size", "=", 4)]])
    # 2 members: nearest key 1 → 2 × 1; 3: nearest key 4 → 3 × 0.5; 4 → 4 × 0.5
    assert batch == Batch(4, scale=((2, 2.0), (3, 1.5), (4, 2.0)), origin=batch.origin)
    assert told == []
    batch, _, told = batched(tmp_path, [[rule("size", ">", 3)]], "Sequential")
    assert (batch.size, batch.together, batch.scale) == (4, False, ((3, 0.5),))


def test_batches_by_wait_and_by_day_are_taken_over(tmp_path):
    batch, _, told = batched(tmp_path, [[rule("large_wt", ">=", 7200)]], "Concurrent")
    assert batch.max_wait == fixed(7200, "seconds")
    assert "alternates there" in told[0]
    batch, meetings, told = batched(
        tmp_path, [[rule("week_day", "=", "Friday"), rule("daily_hour", "=", "10")]]
    )
    meeting = meetings[batch.meeting]
    assert (meeting.weekday, meeting.at) == ("fri", "10:00")
    batch, meetings, _ = batched(tmp_path, [[rule("daily_hour", ">=", "9")]])
    assert isinstance(meetings[batch.meeting], Meeting)
    assert len(meetings[batch.meeting].dates) == 365


def test_batch_rules_that_cannot_be_said_are_remarked(tmp_path):
    _, _, told = batched(tmp_path, [[rule("size", ">=", 3), rule("large_wt", ">=", 60)]])
    assert "asks for large_wt and size at once" in told[0]
    _, _, told = batched(tmp_path, [[rule("size", "=", 4)]], sizes=((1, 0.25), (4, 0.75)))
    assert "25.00% of the works are done alone" in told[0]
    batch, _, told = batched(tmp_path, [], sizes=((1, 0.2), (3, 0.8)))
    assert (batch.size, "likeliest, 3" in told[0]) == (3, True)
    batch, _, told = batched(tmp_path, [[rule("ready_wt", ">=", 60)]])
    assert batch is None
    assert "no counterpart" in told[0]


def test_arrivals_without_time_between_come_at_once_when_the_calendar_opens(data):
    path = read_path(data / "prosimos" / "timer_with_task.bpmn")
    s = read_prosimos(data / "prosimos" / "timer_with_task.json", path, cases=5)
    wednesday_9 = (2 * 24 + 9) * 3_600_000_000
    assert s.kinds["matter"].arrivals.at == (wednesday_9,) * 5
    assert s.start == date(2025, 1, 6)


def test_a_start_and_a_number_of_matters_are_taken_over(data):
    path = read_path(data / "prosimos" / "1_task-batch.bpmn")
    s = read_prosimos(data / "prosimos" / "1_task-batch.json", path)
    assert (s.start, s.end) == (date(2000, 1, 1), date(2001, 1, 1))
    assert [r.place for r in s.remarks] == ["total_cases", "resource_profiles[0].fixed_cost_fn"]


def test_what_is_not_taken_over_is_remarked(tmp_path):
    more = {
        "multitask": {"type": "local"},
        "event_attributes": [1],
        "global_attributes": [1],
        "gateway_execution_limit": 9,
        "colour": "red",
        "start_time": "2025-03-01T08:00:00Z",
    }
    s = read(tmp_path, {**FILE, **more})
    assert set(more) <= {r.place for r in s.remarks}
    assert s.start == date(2025, 3, 1)


def test_without_an_arrival_calendar_the_first_staff_opens(tmp_path):
    found = {k: v for k, v in FILE.items() if k != "arrival_time_calendar"}
    s = read(tmp_path, found)
    assert s.calendars["arrivals"].hours == s.calendars["office"].hours


def test_names_become_such_that_conditions_can_ask_for_them():
    assert [identifier(n, {"x"}) for n in ("client type", "2nd", "not", "kind", "x", "_")] == [
        "client_type",
        "a2nd",
        "not_",
        "kind_",
        "x_",
        "attribute",
    ]


BAD = [
    (("model_type",), "FUZZY", "model_type: FUZZY: calendars by chance"),
    (("resource_profiles", 0, "resource_list", 0, "calendar"), "D", 'calendar: "D" is not there'),
    (("resource_calendars", 0, "time_periods"), [], 'calendar "C" has no hours'),
    (("resource_calendars", 0, "id"), None, "resource_list[0].calendar"),
    (("task_resource_distribution", 0, "task_id"), "chek", "did you mean 'check'?"),
    (("task_resource_distribution", 0, "resources", 0, "resource_id"), "Q", '"Q" is not there'),
    (("task_resource_distribution",), 3, "is 3; Prosimos has a list here"),
    (("gateway_branching_probabilities", 0, "gateway_id"), "whch", "did you mean 'which'?"),
    (
        ("gateway_branching_probabilities", 0, "probabilities", 0, "path_id"),
        "to_as",
        "does not leave the gateway; did you mean 'to_ask'?",
    ),
    (
        ("gateway_branching_probabilities", 0, "probabilities", 0, "value"),
        0.3,
        'the chances at "which" add up to 1.1, not to 1',
    ),
    (("gateway_branching_probabilities", 0, "probabilities", 0, "value"), 3, "is 3; a chance"),
    (
        ("gateway_branching_probabilities", 0, "probabilities", 0, "condition_id"),
        "larg",
        "did you mean 'large'?",
    ),
    (("branch_rules", 0, "rules", 0, 0, "comparison"), "~", 'comparison: is "~"'),
    (("event_distribution", 0, "event_id"), "time", "did you mean 'timer'?"),
    (("case_attributes", 0, "type"), "fuzzy", "write discrete or continuous"),
    (("case_attributes", 0, "values", 0, "value"), 0.4, "the chances add up to 1.1, not to 1"),
    (("prioritisation_rules", 0, "rules", 0, 0, "value"), 3, "write an interval"),
    (("arrival_time_calendar",), [], "arrival_time_calendar: has no hours"),
    (("start_time",), "May", 'start_time: is "May"'),
]


@pytest.mark.parametrize(("where", "value", "said"), BAD)
def test_a_bad_file_is_said_in_one_line_with_its_place(tmp_path, where, value, said):
    found = copy.deepcopy(FILE)
    at = found
    for key in where[:-1]:
        at = at[key]
    at[where[-1]] = value
    with pytest.raises(ScenarioError) as e:
        read(tmp_path, found)
    assert said in str(e.value)
    assert "\n" not in str(e.value)


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="is no parameter file of Prosimos"):
        read(tmp_path, {"format": "polku.scenario/1"})


def test_a_share_that_is_missing_is_what_is_left(tmp_path):
    found = copy.deepcopy(FILE)
    del found["gateway_branching_probabilities"][0]["probabilities"][1]["value"]
    s = read(tmp_path, found)
    assert s.branching["which"].flows.otherwise == ({"to_ask": 0.2, "to_end": 0.8},)
    assert any("its share of what is left" in r.text for r in s.remarks)


def test_arrivals_in_closed_hours_wait_for_the_opening_from_where_the_next_time_counts(data):
    path = read_path(data / "prosimos" / "1_task-batch.bpmn")
    s = read_prosimos(data / "prosimos" / "1_task-batch.json", path)
    times = arrive(s, seed=1, matters=4).time.astype("datetime64[us]")
    # one a day, open from 9 to 10: midnight waits for 9, and a day after is 9 again
    days = [f"2000-01-0{k}T09:00" for k in (2, 3, 4, 5)]
    assert list(times) == [np.datetime64(d) for d in days]


def test_arrivals_moved_to_openings_are_those_of_one_after_another():
    r = np.random.default_rng(3)
    for _ in range(100):
        opens = np.cumsum(r.integers(5, 40, 20)) * 100
        closes = opens + r.integers(1, 5, 20) * 100
        gaps = r.integers(0, 900, 60)
        at, expected = 7, []
        for gap in gaps:
            at += gap
            k = np.searchsorted(closes, at, side="right")
            if k == len(opens):
                break
            at = max(at, opens[k])
            expected.append(at)
        assert list(_moved(np.cumsum(gaps), opens, closes, 7)) == expected
