"""What was tried is kept, and found again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from polku.errors import RedesignError
from polku.redesign.tried import FILE, Tried, belonging

BELONGS = belonging(1, ["a", "b"], "setting", "p", "s", {"terms": ("t",)})


def test_values_come_back_to_the_bit(tmp_path):
    rows = np.array([[0.1 + 0.2, math.inf], [math.nan, -1e-300]])
    table = Tried.open(tmp_path, BELONGS, 2)
    table.add([("x", r, rows[r]) for r in range(2)], {"y": "nobody comes"})
    table.close()
    again = Tried.open(tmp_path, BELONGS, 2)
    assert again.values("x", 2).tobytes() == rows.tobytes()
    assert again.failures == {"y": "nobody comes"}
    assert (again.kept, again.cut_off) == (2, 0)
    assert np.isnan(again.values("x", 3)[2]).all()


def test_a_line_that_a_kill_cut_off_is_dropped_and_counted(tmp_path):
    table = Tried.open(tmp_path, BELONGS, 2)
    table.add([("x", 0, np.zeros(2)), ("x", 1, np.ones(2))], {})
    table.close()
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[:-7])
    again = Tried.open(tmp_path, BELONGS, 2)
    assert (again.kept, again.cut_off) == (1, 1)
    again.add([("x", 1, np.ones(2))], {})
    again.close()
    assert len(Tried.open(tmp_path, BELONGS, 2)) == 2


@pytest.mark.parametrize("what", sorted(BELONGS))
def test_the_table_of_another_search_is_refused_and_what_differs_is_said(tmp_path, what):
    Tried.open(tmp_path, BELONGS, 2).close()
    with pytest.raises(RedesignError, match=f"with another {what}: .*take another folder") as e:
        Tried.open(tmp_path, {**BELONGS, what: "other"}, 2)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("line", ["{", "[]", '{"c": "x"}', '{"c": "x", "r": 0, "v": [1]}'])
def test_a_line_that_is_no_look_is_refused_with_its_number(tmp_path, line):
    Tried.open(tmp_path, BELONGS, 2).close()
    with (tmp_path / FILE).open("a") as f:
        f.write(line + "\n")
    with pytest.raises(RedesignError, match="line 2 is no look"):
        Tried.open(tmp_path, BELONGS, 2)


def test_a_first_line_that_is_cut_off_is_refused(tmp_path):
    (tmp_path / FILE).write_text('{"format": "polku')
    with pytest.raises(RedesignError, match="first line is cut off"):
        Tried.open(tmp_path, BELONGS, 2)


@pytest.mark.parametrize(
    "line", [b'{"c": "a", "r": 0, "v": [\xff, 2]}', b'{"c": "a", "r": "x", "v": [1, 2]}',
             b'{"c": "a", "r": -1, "v": [1, 2]}', b'{"c": "a", "r": true, "v": [1, 2]}'],
)  # fmt: skip
def test_a_damaged_line_is_refused_with_its_number(tmp_path, line):
    Tried.open(tmp_path, BELONGS, 2).close()
    with (tmp_path / FILE).open("ab") as f:
        f.write(line + b"\n")
    with pytest.raises(RedesignError, match="line 2 is no look of a search"):
        Tried.open(tmp_path, BELONGS, 2)
