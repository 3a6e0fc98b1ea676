"""Conditions of the path decided for all matters at once, column by column.

The same language as `polku.path.conditions`, and the same answers as its row by row: whole columns
are worked out together while all is plain, and where anything is not (a value is missing, sorts are
mixed, a number is too large to be exact) each row is put to the condition itself.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.path.conditions import Condition, Value, parse
from polku.simulate.engine.program import Ints

Column: TypeAlias = npt.NDArray[Any]
Columns: TypeAlias = Mapping[str, Column]
MOST_TIMES = 1_000_000
"""Instances of one step at most."""

_EXACT = 2.0**53
_ORDER = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
_SUMS = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}
_Found: TypeAlias = tuple[str, Any]
"""sort ("truth", "whole", "number", "text", "nothing") and column, or one value for all rows"""


class _NotPlainError(Exception):
    """Rows have to be looked at one by one."""


def holds(condition_text: str, columns: Columns, n: int) -> npt.NDArray[np.bool_]:
    """Whether a condition holds for each matter.

    Parameters: `columns`, name → values of all matters [n] (bool, numbers, or objects: text, day,
    None). Returns bool[n]. Raises `ScenarioError` for a name that no column has, and the
    `ConditionError` that `Condition.holds` gives for the first row that cannot be answered.

    >>> holds("visitors > 200", {"visitors": np.array([100, 500])}, 2)
    array([False,  True])
    """
    condition = _known(condition_text, columns)
    try:
        sort, found = _work_out(condition, columns, n)
        if sort == "truth":
            return np.array(np.broadcast_to(found, n), dtype=np.bool_)
    except _NotPlainError:
        pass
    answers = _row_by_row(condition, columns, n, truth=True)
    return np.array(answers, dtype=np.bool_).reshape(n)


def numbers(text: str, columns: Columns, n: int) -> Ints:
    """The whole number that an expression gives for each matter, i64[n].

    Raises as `holds`, and `ScenarioError` where it is no whole number from 0 to a million.

    >>> numbers("units + 1", {"units": np.array([1, 2])}, 2)
    array([2, 3])
    """
    condition = _known(text, columns)
    try:
        sort, found = _work_out(condition, columns, n)
        if sort in ("whole", "number"):
            values = np.array(np.broadcast_to(found, n), dtype=np.float64)
            odd = ~((values == np.floor(values)) & (values >= 0) & (values <= MOST_TIMES))
            if odd.any():
                _refuse(text, float(values[odd][0]))
            return values.astype(np.int64)
    except _NotPlainError:
        pass
    out = np.zeros(n, dtype=np.int64)
    for row, value in enumerate(_row_by_row(condition, columns, n, truth=False)):
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if not (plain and value == value // 1 and 0 <= value <= MOST_TIMES):  # type: ignore[operator]
            _refuse(text, value)
        out[row] = int(value)  # type: ignore[arg-type]
    return out


def _refuse(text: str, value: object) -> None:
    raise ScenarioError(
        f"scenario: {text!r} gives {value!r}; a number of instances must be whole, from 0 to "
        f"{MOST_TIMES:,}"
    )


def _known(text: str, columns: Columns) -> Condition:
    condition = parse(text)
    for name in condition.names:
        if name not in columns:
            raise ScenarioError(
                f"scenario: attributes: {name!r} is asked for by the condition {text!r} and is not "
                f"there; {nearest(name, columns)}"
            )
    return condition


def _row_by_row(condition: Condition, columns: Columns, n: int, *, truth: bool) -> list[Value]:
    """The condition itself, for each row; rows that are alike are asked once."""
    names = condition.names
    parts = [columns[name].tolist() for name in names]
    rows = zip(*parts, strict=True) if parts else iter([()] * n)
    known: dict[tuple[tuple[type, object], ...], Value] = {}
    out: list[Value] = []
    for row in rows:
        key = tuple((type(value), value) for value in row)
        if key not in known:
            data = dict(zip(names, row, strict=True))
            known[key] = condition.holds(data) if truth else condition.evaluate(data)
        out.append(known[key])
    return out


def _work_out(condition: Condition, columns: Columns, n: int) -> _Found:
    tree = ast.parse(condition.python, mode="eval").body
    plain = {name: _plain(columns[name]) for name in condition.names}
    with np.errstate(all="ignore"):
        return _value(tree, plain, n)


def _plain(column: Column) -> _Found:
    """Sort and values of a column that holds one sort only."""
    kind = column.dtype.kind
    if kind == "b":
        return "truth", column
    if kind in "iu":
        values = column.astype(np.float64)
        if len(values) and float(np.abs(values).max()) >= _EXACT:
            raise _NotPlainError
        return "whole", values
    if kind == "f" and column.dtype.itemsize <= 8:
        return "number", column.astype(np.float64)
    if kind == "U" or (kind == "O" and set(map(type, column.tolist())) <= {str}):
        return "text", column.astype(object)
    raise _NotPlainError


def _value(node: ast.expr, columns: dict[str, _Found], n: int) -> _Found:
    match node:
        case ast.Constant(value=value):
            return _constant(value)
        case ast.Name(id=name):
            return columns[name]
        case ast.BoolOp(op=op, values=values):
            return "truth", _junction(isinstance(op, ast.Or), values, columns, n)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return "truth", np.logical_not(_truth(operand, columns, n))
        case ast.UnaryOp(operand=operand):
            sort, value = _number(operand, columns, n)
            return sort, np.negative(value)
        case ast.BinOp(left=left, op=op, right=right):
            return _sum(_number(left, columns, n), op, _number(right, columns, n))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return "truth", _comparison(left, op, right, columns, n)
    raise AssertionError(ast.dump(node))


def _constant(value: object) -> _Found:
    if value is None:
        return "nothing", None
    if isinstance(value, bool):
        return "truth", np.bool_(value)
    if isinstance(value, str):
        return "text", value
    if isinstance(value, int):
        if abs(value) >= _EXACT:
            raise _NotPlainError
        return "whole", np.float64(value)
    return "number", np.float64(value)  # type: ignore[arg-type]  # the language has no other


def _truth(node: ast.expr, columns: dict[str, _Found], n: int) -> Any:
    sort, value = _value(node, columns, n)
    if sort != "truth":
        raise _NotPlainError
    return value


def _number(node: ast.expr, columns: dict[str, _Found], n: int) -> _Found:
    sort, value = _value(node, columns, n)
    if sort not in ("whole", "number"):
        raise _NotPlainError
    return sort, value


def _junction(
    stops: bool, parts: list[ast.expr], columns: dict[str, _Found], n: int
) -> npt.NDArray[np.bool_]:
    """`or` where `stops` is true, `and` where it is not: later parts only where still undecided."""
    out = np.full(n, not stops, dtype=np.bool_)
    left = np.arange(n)
    for part in parts:
        if not len(left):
            break
        some = columns if len(left) == n else _rows(columns, left)
        found = np.broadcast_to(_truth(part, some, len(left)), len(left))
        decided = found == stops
        out[left[decided]] = stops
        left = left[~decided]
    return out


def _rows(columns: dict[str, _Found], rows: Ints) -> dict[str, _Found]:
    return {name: (sort, values[rows]) for name, (sort, values) in columns.items()}


def _sum(left: _Found, op: ast.operator, right: _Found) -> _Found:
    if isinstance(op, ast.Div) and np.any(np.equal(right[1], 0)):
        raise _NotPlainError
    found = _SUMS[type(op)](left[1], right[1])
    if not np.all(np.isfinite(found)):
        raise _NotPlainError
    whole = left[0] == right[0] == "whole" and not isinstance(op, ast.Div)
    if whole and np.any(np.abs(found) >= _EXACT):
        raise _NotPlainError  # Python's whole numbers go on being exact
    return ("whole" if whole else "number"), found


def _comparison(
    left: ast.expr, op: ast.cmpop, right: ast.expr, columns: dict[str, _Found], n: int
) -> Any:
    a = _value(left, columns, n)
    if isinstance(op, ast.In | ast.NotIn):
        items = right.elts if isinstance(right, ast.List | ast.Tuple) else []
        there: Any = np.bool_(False)
        for item in items:
            there = np.logical_or(there, _same(a, _value(item, columns, n)))
        return there if isinstance(op, ast.In) else np.logical_not(there)
    b = _value(right, columns, n)
    if isinstance(op, ast.Eq | ast.NotEq):
        same = _same(a, b)
        return same if isinstance(op, ast.Eq) else np.logical_not(same)
    if _group(a) != _group(b) or _group(a) in ("truth", "nothing"):
        raise _NotPlainError
    return _bools(_ORDER[type(op)](*_paired(a, b)))


def _group(found: _Found) -> str:
    return "number" if found[0] == "whole" else found[0]


def _same(a: _Found, b: _Found) -> Any:
    if _group(a) != _group(b):
        return np.bool_(False)
    if a[0] == "nothing":
        return np.bool_(True)
    x, y = _paired(a, b)
    return _bools(x == y)


def _paired(a: _Found, b: _Found) -> tuple[Any, Any]:
    """Both values; a text that stands for all rows as an object, so that numpy compares each."""
    if a[0] != "text" or (isinstance(a[1], str) and isinstance(b[1], str)):
        return a[1], b[1]
    one = [np.array(v, dtype=object) if isinstance(v, str) else v for v in (a[1], b[1])]
    return one[0], one[1]


def _bools(found: Any) -> Any:
    return np.asarray(found).astype(np.bool_)
