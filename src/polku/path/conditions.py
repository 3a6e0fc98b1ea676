"""The language of conditions at gateways: small, safe, and much the same in Python and FEEL.

A condition is one expression::

    visitors > 200 and kind in ["outdoor", "big event"]
    not(approved) or fee * 1.255 <= 600

- names of the matter's data: letters, digits and `_`, as in `visitors`;
- numbers (`3`, `49.5`), texts in quotes (`"outdoor"`), `true`, `false`, `null`; lists in brackets
  after `in`;
- `==` `!=` `<` `<=` `>` `>=`, `in`, `not in`, `and`, `or`, `not`, `+` `-` `*` `/`, brackets.

FEEL's single `=` is read as `==`, and its leading `=` (as Zeebe writes it) is left out. Everything
else is refused with its column: calls, dots, subscripts, comparisons in a chain (`a < b < c`).
Nothing is guessed when it is evaluated: `and`, `or`, `not` take only yes and no, arithmetic and
order take only numbers (order also two texts or two days), and a name without a value is an error.
The same condition decides at a gateway of the simulation and of a matter online.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

from polku.errors import ConditionError

MAX_LENGTH = 1_000
"""Characters of one condition."""
MAX_DEPTH = 30
"""Brackets and operators within each other."""

Value = bool | int | float | str | date | None

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_SUMS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_TOKEN = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([=!<>:]=)|(=)|(\#)""")
_OPEN_END = re.compile(r"(?:[-+*/(\[,<>=]|\b(?:and|or|not|in))\s*$")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that has been understood.

    `text`: as it was written; `names`: names of data that it asks for, sorted; `python`: the same
    as a Python expression, for a runner that evaluates those.
    """

    text: str
    names: tuple[str, ...]
    python: str
    _tree: ast.expr = field(compare=False, repr=False, hash=False)
    _places: _Places = field(compare=False, repr=False, hash=False)

    @property
    def is_test(self) -> bool:
        """Whether it can say yes or no (a sum or a text alone cannot)."""
        tree = self._tree
        if isinstance(tree, ast.Constant):
            return isinstance(tree.value, bool)
        return isinstance(tree, ast.Compare | ast.BoolOp | ast.Name) or (
            isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
        )

    def evaluate(self, data: Mapping[str, object]) -> Value:
        """Its value for a matter's data; `ConditionError` where the data cannot answer.

        >>> parse("visitors * 2 + 1").evaluate({"visitors": 200})
        401
        """
        return _value(self._tree, data, self._places)

    def holds(self, data: Mapping[str, object]) -> bool:
        """Whether it holds for a matter's data; `ConditionError` where that is not yes or no.

        >>> parse('visitors > 200 and kind in ["big event"]').holds(
        ...     {"visitors": 500, "kind": "promotion"})
        False
        """
        found = self.evaluate(data)
        if not isinstance(found, bool):
            self._places.refuse(
                self._tree, f"gives {found!r}; a condition must give true or false: compare it"
            )
        return found


def parse(text: str) -> Condition:
    """Understand a condition.

    Parameters: `text`, in the language of this module. Returns the `Condition`. Raises
    `ConditionError` for anything else, with the column (from 1), what stands there and what to do.

    >>> parse("visitors > 200 or not(public)").names
    ('public', 'visitors')
    """
    if len(text) > MAX_LENGTH:
        raise ConditionError(
            f"condition {text[:40]!r}…: has {len(text):,} characters, {MAX_LENGTH:,} are allowed; "
            "split it over several gateways"
        )
    places = _Places(text)
    tree = places.tree()
    names = _survey(tree, places, 0)
    return Condition(text, tuple(sorted(set(names))), ast.unparse(_as_python(tree)), tree, places)


class _Places:
    """A condition's text on its way to Python's parser, and the columns on the way back."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.column_of: list[int] = []  # column of each character of the read text, from 1
        self.read = ""

    def tree(self) -> ast.expr:
        """The tree of the text."""
        self._normalise()
        if not self.read.strip():
            self.say(1, "is empty; write what must hold, as in visitors > 200")
        try:
            return ast.parse(self.read, mode="eval").body
        except SyntaxError as e:
            if _OPEN_END.search(self.read):
                self.say(len(self.text) + 1, f"ends where something is due; {_HOW}")
            at = e.offset or 1
            found = self.read[at - 1 : at + 7].strip()
            what = f"{found!r} cannot stand here" if found else "ends where something is due"
            self.say(self._column(at - 1), f"{what}; {_HOW}")
        except (MemoryError, RecursionError, ValueError):
            self.say(1, f"cannot be read; {_HOW}")

    def _normalise(self) -> None:
        """Blanks for line ends, `==` for FEEL's `=`; the marks before and after are left out."""
        text = re.sub(r"\s", " ", self.text)
        begin = len(text) - len(text.lstrip())
        if text[begin : begin + 1] == "=" and text[begin + 1 : begin + 2] != "=":
            begin += 1
            begin += len(text[begin:]) - len(text[begin:].lstrip())
        if text[begin : begin + 2] in ("${", "#{"):
            self.say(begin + 1, f"{text[begin : begin + 2]!r} is another tool's mark; take it and "
                     "the closing bracket out")  # fmt: skip
        out: list[str] = []
        at = begin
        for token in _TOKEN.finditer(text, begin):
            if token.group(4):
                self.say(token.start() + 1, "'#' cannot stand here; leave remarks out")
            out.append(text[at : token.end()])
            self.column_of.extend(range(at + 1, token.end() + 1))
            if token.group(3):
                out.append("=")
                self.column_of.append(token.end())
            at = token.end()
        out.append(text[at:])
        self.column_of.extend(range(at + 1, len(text) + 1))
        self.read = "".join(out)

    def _column(self, at: int) -> int:
        return self.column_of[at] if 0 <= at < len(self.column_of) else len(self.text) + 1

    def refuse(self, node: ast.expr, found: str) -> NoReturn:
        """Raise for what stands at a node."""
        begin = len(self.read.encode()[: node.col_offset].decode(errors="replace"))
        self.say(self._column(begin), found)

    def source(self, node: ast.expr) -> str:
        """The words of a node, cut short."""
        words = ast.get_source_segment(self.read, node) or ""
        return words if len(words) <= 30 else words[:29] + "…"

    def say(self, column: int, found: str) -> NoReturn:
        """Raise for a column."""
        short = self.text if len(self.text) <= 60 else self.text[:59] + "…"
        raise ConditionError(f"condition {short!r}: column {column}: {found}")


_HOW = (
    "write names, numbers, texts in quotes, comparisons and and/or/not, as in "
    'visitors > 200 and kind == "outdoor"'
)
_REFUSED: dict[type[ast.expr], str] = {
    ast.Call: "calls a function; a condition only compares data: have a step work it out before",
    ast.Attribute: "has a dot; name one datum, as in applicant_kind",
    ast.Subscript: "takes a part out of something; name one datum, as in applicant_kind",
    ast.IfExp: "has an if; use and, or, not",
    ast.JoinedStr: "is a text with parts to fill in; write it out",
    ast.List: "is a list; lists stand only after in, as in kind in [\"a\", \"b\"]",
    ast.Tuple: "is a list; lists stand in [ ] after in",
    ast.NamedExpr: "sets a value; compare with ==",
}  # fmt: skip


def _survey(node: ast.expr, places: _Places, depth: int) -> Iterator[str]:
    """The names below a node; refuses what the language does not have."""
    if depth > MAX_DEPTH:
        places.refuse(node, f"lies more than {MAX_DEPTH} deep; split it over several gateways")
    inner: list[ast.expr] = []
    match node:
        case ast.Constant(value=value):
            _refuse_constant(node, value, places)
        case ast.Name(id=name):
            if name.startswith("_"):
                places.refuse(node, f"{name!r} begins with _; name a datum by a letter")
            return iter(() if name in _WORDS else (name,))
        case ast.BoolOp(values=values):
            inner = values
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            inner = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
            inner = [left, right]
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            inner = _compared(node, left, ops, comparators, places)
        case _:
            told = _REFUSED.get(type(node), f"is not in the language; {_HOW}")
            places.refuse(node, f"{places.source(node)!r} {told}")
    return iter([name for part in inner for name in _survey(part, places, depth + 1)])


def _compared(
    node: ast.Compare, left: ast.expr, ops: list[ast.cmpop], right: list[ast.expr], places: _Places
) -> list[ast.expr]:
    if len(ops) > 1:
        places.refuse(node, f"{places.source(node)!r} compares in a chain; write a < b and b < c")
    op, other = ops[0], right[0]
    if isinstance(op, ast.In | ast.NotIn):
        if isinstance(other, ast.List | ast.Tuple):
            return [left, *other.elts]
        places.refuse(other, f"{places.source(other)!r} is no list; write the list in [ ]")
    if type(op) not in _ORDER and not isinstance(op, ast.Eq | ast.NotEq):
        places.refuse(node, f"{places.source(node)!r} uses is; compare with ==")
    return [left, other]


def _refuse_constant(node: ast.Constant, value: object, places: _Places) -> None:
    if value is not None and not isinstance(value, bool | int | float | str):
        places.refuse(node, f"{places.source(node)!r} is no number and no text; {_HOW}")
    if isinstance(value, float) and not math.isfinite(value):
        places.refuse(node, f"{places.source(node)!r} is no finite number; write a smaller one")


class _Python(ast.NodeTransformer):
    """`true`, `false` and `null` in Python's words."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Put the value in the place of a word."""
        return ast.Constant(_WORDS[node.id]) if node.id in _WORDS else node


def _as_python(tree: ast.expr) -> ast.expr:
    made: ast.expr = _Python().visit(ast.parse(ast.unparse(tree), mode="eval").body)
    return made


def _value(node: ast.expr, data: Mapping[str, object], places: _Places) -> Value:
    match node:
        case ast.Constant(value=value):
            return value  # type: ignore[return-value]  # only what _refuse_constant lets through
        case ast.Name(id=name):
            return _WORDS[name] if name in _WORDS else _datum(node, name, data, places)
        case ast.BoolOp(op=op, values=values):
            stops = isinstance(op, ast.Or)
            return stops if any(_truth(v, data, places) is stops for v in values) else not stops
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand, data, places)
        case ast.UnaryOp(operand=operand):
            return -_number(operand, data, places)
        case ast.BinOp(left=left, op=op, right=right):
            return _sum(node, _number(left, data, places), op, _number(right, data, places), places)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(node, left, op, right, data, places)
    raise AssertionError(ast.dump(node))


def _datum(node: ast.expr, name: str, data: Mapping[str, object], places: _Places) -> Value:
    if name not in data:
        known = ", ".join(sorted(data)[:8]) or "nothing"
        places.refuse(node, f"{name!r} has no value; there are: {known}; ask it in a step before")
    value = data[name]
    if value is not None and not isinstance(value, bool | int | float | str | date):
        places.refuse(node, f"{name!r} is a {type(value).__name__}; a number, text, day or yes/no "
                      "can be compared")  # fmt: skip
    return value


def _truth(node: ast.expr, data: Mapping[str, object], places: _Places) -> bool:
    value = _value(node, data, places)
    if not isinstance(value, bool):
        places.refuse(node, f"{places.source(node)!r} is {value!r}, not true or false; compare it")
    return value


def _number(node: ast.expr, data: Mapping[str, object], places: _Places) -> int | float:
    value = _value(node, data, places)
    if isinstance(value, bool) or not isinstance(value, int | float):
        places.refuse(node, f"{places.source(node)!r} is {value!r}, not a number; give one")
    return value


def _sum(
    node: ast.expr, left: int | float, op: ast.operator, right: int | float, places: _Places
) -> Value:
    try:
        found: int | float = _SUMS[type(op)](left, right)
    except ZeroDivisionError:
        places.refuse(node, f"{places.source(node)!r} divides by 0; compare without dividing")
    except OverflowError:
        found = math.inf
    if isinstance(found, float) and not math.isfinite(found):
        places.refuse(node, f"{places.source(node)!r} is no finite number; give smaller ones")
    return found


def _comparison(
    node: ast.expr, left: ast.expr, op: ast.cmpop, right: ast.expr,
    data: Mapping[str, object], places: _Places,
) -> bool:  # fmt: skip
    a = _value(left, data, places)
    if isinstance(op, ast.In | ast.NotIn):
        items = right.elts if isinstance(right, ast.List | ast.Tuple) else []
        there = any(_same(a, _value(item, data, places)) for item in items)
        return there is isinstance(op, ast.In)
    b = _value(right, data, places)
    if isinstance(op, ast.Eq | ast.NotEq):
        return _same(a, b) is isinstance(op, ast.Eq)
    if _sort(a) != _sort(b) or _sort(a) in ("yes or no", "nothing"):
        places.refuse(
            node, f"{places.source(node)!r} compares {_sort(a)} with {_sort(b)}; compare numbers "
            "with numbers, texts with texts",
        )  # fmt: skip
    return _ORDER[type(op)](a, b)


def _sort(value: Value) -> str:
    """Of which sort a value is, in words."""
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "a number"
    if value is None:
        return "nothing"
    return "a text" if isinstance(value, str) else f"a {type(value).__name__}"


def _same(a: Value, b: Value) -> bool:
    return _sort(a) == _sort(b) and a == b
