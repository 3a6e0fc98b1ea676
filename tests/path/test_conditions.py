"""The language of conditions: what it takes, what it says, and that it refuses the rest."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.errors import ConditionError, PathError
from polku.path.conditions import MAX_LENGTH, parse

DATA = {
    "visitors": 500, "fee": 49.5, "kind": "outdoor", "public": True, "closed": False, "none": None,
    "day": date(2026, 6, 1), "other_day": date(2026, 7, 1), "yleisömäärä": 3,
}  # fmt: skip


@pytest.mark.parametrize(("text", "holds"), [
    ("visitors > 200", True),
    ("visitors >= 500 and visitors <= 500", True),
    ("visitors < 500 or visitors != 500", False),
    ('kind == "outdoor"', True),
    ("kind = 'outdoor'", True),  # FEEL
    ("= public", True),  # FEEL as Zeebe writes it
    ("not(public)", False),
    ("not public or not closed", True),
    ("public = true and closed = false", True),
    ("public == True", True),
    ('kind in ["big event", "outdoor"]', True),
    ('kind not in ("big event", "promotion")', True),
    ("visitors in [1, 2, 250 * 2]", True),
    ("visitors * 2 + 1 == 1001 and -visitors < 0", True),
    ("fee / 2 > 24 and fee - 0.5 == 49", True),
    ("none = null", True),
    ("none != null", False),
    ("day < other_day", True),
    ("yleisömäärä == 3", True),
    ("1 == true", False),  # a number is no yes
    ('visitors == "500"', False),
    ("visitors\n  > 200\n  and public", True),
    ('kind == "a = b" or kind == "outdoor"', True),
    ('"a" < "b"', True),
])  # fmt: skip
def test_what_holds(text, holds):
    assert parse(text).holds(DATA) is holds
    assert parse(text).is_test


def test_a_condition_gives_its_names_and_itself_as_python():
    found = parse('= visitors > 200 and not(closed) or kind = "x"')
    assert found.names == ("closed", "kind", "visitors")
    assert found.python == "visitors > 200 and (not closed) or kind == 'x'"
    assert eval(found.python, {}, dict(DATA)) is True
    assert found == parse(found.text)
    assert pickle.loads(pickle.dumps(found)).holds(DATA)


def test_and_and_or_stop_where_the_answer_is_known():
    assert parse("closed and nobody > 3").holds(DATA) is False
    assert parse("public or nobody > 3").holds(DATA) is True


@pytest.mark.parametrize(("text", "column", "says"), [
    ("", 1, "is empty"),
    ("   ", 1, "is empty"),
    ("a >", 4, "ends where something is due"),
    ("a and", 6, "ends where something is due"),
    ("a b", 3, "'b' cannot stand here"),
    ("a == = b", 6, "cannot stand here"),
    ("${approved}", 1, "another tool's mark"),
    ("  #{approved}", 3, "another tool's mark"),
    ("ok and open('x')", 8, "calls a function"),
    ("kind = 'ä' and open('x')", 16, "calls a function"),
    ("matter.kind == 1", 1, "has a dot"),
    ("(1).__class__", 1, "has a dot"),
    ("a[0] > 1", 1, "takes a part out"),
    ("1 < a < 3", 1, "in a chain"),
    ("a is b", 1, "compare with =="),
    ("kind in names", 9, "is no list"),
    ("[1, 2]", 1, "is a list"),
    ("a if b else c", 1, "has an if"),
    ("(a := 3) > 1", 2, "sets a value"),
    ('f"{a}" == 1', 1, "parts to fill in"),
    ("a ** 9 > 1", 1, "is not in the language"),
    ("a % 2 == 1", 1, "is not in the language"),
    ("~a == 1", 1, "is not in the language"),
    ("lambda: 1", 1, "is not in the language"),
    ("{1: 2}", 1, "is not in the language"),
    ("[x for x in y]", 1, "is not in the language"),
    ("b'x' == a", 1, "is no number and no text"),
    ("1j == a", 1, "is no number and no text"),
    ("... == a", 1, "is no number and no text"),
    ("1e999 < a", 1, "no finite number"),
    ("_a > 1", 1, "begins with _"),
    ("a > 1 # really", 7, "leave remarks out"),
    ("a; b", 2, "cannot stand here"),
    ("a > 1) or (b", 6, "cannot stand here"),
    ("a\x00b", 1, ""),
    ("(" * 150 + "a" + ")" * 150 + "+", None, ""),
    ("not " * 40 + "a", None, "deep"),
    ("-" * 500 + "1", None, ""),
    ("(" * 400 + "a" + ")" * 400, None, ""),
    ("a or " * 300 + "a", None, "characters"),
])  # fmt: skip
def test_everything_else_is_refused_with_its_place(text, column, says):
    with pytest.raises(ConditionError) as found:
        parse(text)
    message = str(found.value)
    assert says in message
    assert isinstance(found.value, PathError)
    assert "\n" not in message
    if column is not None:
        assert f"column {column}:" in message


@pytest.mark.parametrize(("text", "says"), [
    ("nobody > 3", "'nobody' has no value; there are: "),
    ("kind > 3", "compares a text with a number"),
    ("public > closed", "compares yes or no with yes or no"),
    ("none < 3", "compares nothing with a number"),
    ("visitors and public", "'visitors' is 500, not true or false"),
    ("not kind", "'kind' is 'outdoor', not true or false"),
    ("kind + 1 > 2", "'kind' is 'outdoor', not a number"),
    ("public + 1 > 2", "not a number"),
    ("'a' * 1000000000 == kind", "not a number"),
    ("visitors / 0 > 1", "divides by 0"),
    ("1e308 * 10 > visitors", "no finite number"),
    ("many > 3", "'many' is a list"),
    ("visitors", "gives 500; a condition must give true or false"),
])  # fmt: skip
def test_data_that_cannot_answer_are_an_error_and_no_guess(text, says):
    with pytest.raises(ConditionError, match=says.replace("(", r"\(")):
        parse(text).holds(DATA | {"many": [1]})


def test_a_sum_is_no_condition():
    assert not parse("visitors + 1").is_test
    assert not parse('"yes"').is_test
    assert parse("visitors + 1").evaluate(DATA) == 501


def test_a_length_just_allowed_is_read():
    text = "a or " * ((MAX_LENGTH - 1) // 5) + "a"
    assert parse(text).names == ("a",)


NUMBERS = st.recursive(
    st.sampled_from(["a", "b", "1", "2.5", "0"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(" ".join).map("({})".format),
    max_leaves=5,
)
TESTS = st.recursive(
    st.tuples(NUMBERS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBERS).map(" ".join)
    | st.sampled_from(["yes", "no", "a in [1, 2]", "b not in [3]", "true", "false"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join).map("({})".format),
        inner.map("not ({})".format),
    ),
    max_leaves=6,
)


@given(TESTS, st.integers(-3, 3), st.integers(-3, 3))
def test_it_decides_as_python_does(text, a, b):
    data = {"a": a, "b": b, "yes": True, "no": False}
    found = parse(text)
    words = {"true": True, "false": False}
    assert found.holds(data) is eval(text, {"__builtins__": {}}, data | words)
    assert eval(found.python, {"__builtins__": {}}, dict(data)) is found.holds(data)


@given(st.text(max_size=60) | st.text("ab01=<>!()[]'\"+-*/.,#{}$ \n\\notridxf", max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text):
    message = ""
    try:
        assert parse(text) == parse(text)
    except ConditionError as e:
        message = str(e)
    assert len(message.splitlines()) <= 1
