"""Reading `moves.toml`: what an analyst allows, forbids, assumes and wants of a search."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from polku.errors import RedesignError, ScenarioError
from polku.log.document import read_toml
from polku.log.mapping import nearest
from polku.measure.agreed import AgreedCriterion, AgreedSet
from polku.redesign.axes import Axis
from polku.redesign.drawings import drawings
from polku.redesign.front import Insight
from polku.redesign.move_names import read_name
from polku.redesign.prototype import Prototype
from polku.redesign.terms import Constraint, ConstraintKind, Terms
from polku.redesign.terms_conflicts import check_terms
from polku.redesign.terms_table import (
    assumptions,
    each,
    insights_of,
    kind_named,
    move,
    no_dates,
    parameters,
    tables,
)
from polku.simulate.file.table import (
    Table,
    free_text,
    many,
    number,
    one_of,
    refuse,
    text,
    told,
    under,
    whole,
    yes_or_no,
)

FORMAT = "polku.moves/1"
Rows: TypeAlias = list[tuple[Any, str]]
KEYS: tuple[tuple[str, str, str], ...] = (
    ("format", '"polku.moves/1"', "The format, which must be there."),
    ("allow", "list of kinds", "Kinds of moves that may be tried; default: all."),
    ("forbid", "list of kinds or moves", "Kinds, or single moves as they are written in reports: "
     '"eliminate(acknowledge)". Without parameters it means the move whatever its parameters.'),
    ("only_named", "true or false", "Try only the moves named by [[move]]; default false."),
    ("depth", "whole number ≥ 1", "Moves in one prototype at most; default 6."),
    ("horizon_days", "number > 0", "Every figure counts within so many days of arrival."),
    ("on", "list of axes", 'Figures by which the front is told, as "lead_time.p90"; the criterion '
     'alone ("contact_points") where it has but one figure.'),
    ("most.KIND", "whole number ≥ 0", "Moves of this kind in one prototype at most."),
    ("parameters.KIND.NAME", "as the kind has it", "A parameter of every move of the kind."),
    ("assumptions.KIND.ID.law", "a law", "The law of what the kind claims, as in a scenario."),
    ("assumptions.KIND.ID.origin", "text", 'Where the law comes from: "typed: agreed on 3 May", '
     '"measured (213): permits of 2024"; it must be there.'),
    ("weights.AXIS", "number ≥ 0", "How much a figure counts; default: all the same."),
    ("[[constraint]] kind", "text", "no_segment_worse, utilisation_at_most, no_more_staff, "
     "at_most or at_least."),
    ("[[constraint]] of", "axis or pool", "What at_most and at_least (an axis), or "
     "utilisation_at_most (a pool; default every pool) are about."),
    ("[[constraint]] bound", "number", "The bound in the figure's unit; a share for "
     "utilisation_at_most; days or percentage points that are let pass for no_segment_worse."),
    ("[[constraint]] column", "text", "For no_segment_worse the column; default every one."),
    ("[[insight]] id", "text", "Its name, by which moves and prototypes say what they answer."),
    ("[[insight]] says", "text", "The insight in a sentence."),
    ("[[insight]] source", "text", "Where it comes from."),
    ("[[answer]] by", "kind or move", "Moves (found ones too) that answer insights."),
    ("[[answer]] insights", "list of ids", "The insights."),
    ("[[move]] kind", "text", "Kind of a move that is tried besides those found."),
    ("[[move]] at", "list of ids", "The elements that it is about, in the kind's order."),
    ("[[move]] with", "table", "Its parameters."),
    ("[[move]] assumptions.ID", "law and origin", "What it claims, where it differs."),
    ("[[move]] answers", "list of ids", "The insights that it answers."),
    ("[[prototype]] path", "file or name", "A prototype drawn by people: a BPMN file beside this "
     'one, or one that ships ("event-permit/prototype-joint-form").'),
    ("[[prototype]] scenario", "file", "Its scenario; default: the file of the same name ending "
     "in .scenario.json."),
    ("[[prototype]] name", "text", "A short name; default: the file's."),
    ("[[prototype]] answers", "list of ids", "The insights that it answers; those that its BPMN "
     "file names count, too."),
)  # fmt: skip
"""Every key with its type and meaning, from which the reference page is made."""

_CONSTRAINTS: tuple[ConstraintKind, ...] = (
    "no_segment_worse", "utilisation_at_most", "no_more_staff", "at_most", "at_least",
)  # fmt: skip


def read_terms(path: str | Path, current: Prototype, axes: Sequence[Axis] | None = None) -> Terms:
    """Read a `moves.toml`.

    Parameters: `current`: the state that moves are made on, against which places are checked;
    `axes`: the figures that a simulation gives, against which weights, bounds and `on` are checked
    (None: their criteria and statistics only).

    Raises `RedesignError`, in one line with file, table and number, for all that is unknown (with
    the nearest name), out of bounds, without an origin, or contradicts itself (with the pair).
    """
    file = Path(path)
    try:
        return _terms(read_toml(file, RedesignError), file, current, axes)
    except ScenarioError as e:
        raise RedesignError(str(e)) from e


def _terms(
    data: dict[str, Any], file: Path, current: Prototype, axes: Sequence[Axis] | None
) -> Terms:
    no_dates(data, f"{file}: ")
    t = Table(data, f"{file}: ", "terms")
    found = t.required("format", text, f'format = "{FORMAT}"')
    if found != FORMAT:
        refuse(f"{file}: format", f"is {told(found)}; this version reads {told(FORMAT)}")
    insights = _insights(_rows(t, "insight", file))
    known = tuple(i.id for i in insights)
    some_axis = axis_of(axes)

    def moves_named(value: Any, place: str) -> tuple[str, ...]:
        names = many(text)(value, place)
        return tuple(read_name(n, current, f"{place}[{k}]") for k, n in enumerate(names))

    def all_kinds(value: Any, place: str) -> tuple[str, ...]:
        names = many(text)(value, place)
        if not names:
            refuse(place, "is empty, so nothing can be tried; name kinds, or leave it out for all")
        return tuple(kind_named(n, f"{place}[{k}]").name for k, n in enumerate(names))

    terms = Terms(
        allowed=t.optional("allow", all_kinds, None),
        forbidden=t.optional("forbid", moves_named, ()),
        most=t.optional("most", _most, {}),
        parameters=t.optional("parameters", parameters, {}),
        assumptions=t.optional("assumptions", assumptions, {}),
        only_named=t.optional("only_named", yes_or_no, False),
        depth=t.optional("depth", _least_1, 6),
        horizon_days=t.optional("horizon_days", _above_0, None),
        on=t.optional("on", many(some_axis), ()),
        weights=t.optional("weights", _weights(some_axis), {}),
        insights=insights,
        answers=_answers(_rows(t, "answer", file), current, known),
        constraints=tuple(
            _constraint(row, place, current, axes) for row, place in _rows(t, "constraint", file)
        ),
        drawings=drawings(_rows(t, "prototype", file), file, insights),
    )
    moves = tuple(
        move(row, current, place, known, terms.parameters, terms.assumptions)
        for row, place in _rows(t, "move", file)
    )
    t.done()
    terms = replace(terms, moves=moves)
    _twice([("[[move]]", m.key) for m in terms.moves], file)
    check_terms(terms, current, str(file))
    return terms


def _rows(t: Table, name: str, file: Path) -> Rows:
    """The tables of a [[name]], each with its place."""
    nothing: Rows = []
    return t.optional(name, lambda value, _: list(tables(value, name, str(file))), nothing)


def _twice(named: Sequence[tuple[str, str]], file: Path) -> None:
    first: dict[str, int] = {}
    for k, (table, name) in enumerate(named, 1):
        if name in first:
            raise RedesignError(
                f"{file}: {table} {k}: {name!r} is there already in {table} {first[name]}; "
                "take one out, or give it another name"
            )
        first[name] = k


def _least_1(value: Any, place: str) -> int:
    found = whole(value, place)
    if found < 1:
        refuse(place, f"is {found}; write 1 or more")
    return found


def _above_0(value: Any, place: str) -> float:
    found = number(value, place)
    if found <= 0:
        refuse(place, f"is {found:g}; write a number above 0")
    return found


def _most(value: Any, place: str) -> dict[str, int]:
    out = {}
    for name, inner, at in each(value, place):
        found = whole(inner, at)
        if found < 0:
            refuse(at, f"is {found}; write 0 or more")
        out[kind_named(name, place).name] = found
    return out


# -- figures


def axis_of(axes: Sequence[Axis] | None, *, directed: bool = True) -> Any:
    """A reader of an axis, which gives its key; `directed`: only of those with a better direction.

    "contact_points.mean" stands for "contact_points.mean_within_h", and the criterion alone for its
    figure where it has but one.
    """

    def read(value: Any, place: str) -> str:
        key = text(value, place)
        if axes is None:
            _criterion(key, place)
            return key
        found = [a for a in axes if key in _short(a)] or [a for a in axes if key == a.id]
        plain = [a for a in found if a.column is None] or found
        if not plain:
            refuse(place, f"no figure is called {told(key)}; {nearest(key, (a.key for a in axes))}")
        if len(plain) > 1:
            known = ", ".join(a.key for a in plain)
            refuse(place, f"{told(key)} could be several figures; write one of {known}")
        if directed and not plain[0].sign:
            refuse(place, f"{key} has no better direction, so it cannot count; take it out")
        return plain[0].key

    return read


def _short(axis: Axis) -> tuple[str, str]:
    """How an axis may be written: its key, or with "mean" for the mean within the horizon."""
    return axis.key, axis.key.replace(".mean_within_h", ".mean", 1)


def _criterion(key: str, place: str) -> None:
    """Refuse the key of an axis whose criterion is not in the catalogue."""
    from polku.measure.registry import catalogue

    id, _, statistic = key.split("@")[0].rpartition(".")
    if not id or not statistic:
        refuse(place, f'is {told(key)}; write criterion and statistic, as in "lead_time.p90"')
    known = {c.id for c in catalogue()} | {"utilisation"}
    if id not in known and id.split(".")[0] not in known:
        refuse(place, f"no criterion is called {told(id)}; {nearest(id, known)}")


def _weights(some_axis: Any) -> Any:
    def read(value: Any, place: str) -> dict[str, float]:
        out = {}
        for key, inner, at in each(value, place):
            if isinstance(inner, dict):
                refuse(at, 'is a table; write the figure in quotes, as in "lead_time.p90" = 2')
            found = number(inner, at)
            if found < 0:
                refuse(at, f"is {found:g}; a weight is 0 or more")
            axis = some_axis(key, place)
            if axis in out:
                refuse(at, f"{axis} has a weight already; keep one of them")
            out[axis] = found
        if out and not any(out.values()):
            refuse(place, "are all 0, so nothing counts; give one figure a weight")
        return out

    return read


def _constraint(
    row: Any, place: str, current: Prototype, axes: Sequence[Axis] | None
) -> Constraint:
    t = Table(row, place, "a constraint")
    kind: ConstraintKind = t.required("kind", one_of(_CONSTRAINTS), 'kind = "no_segment_worse"')
    match kind:
        case "no_segment_worse":
            column = t.optional("column", _column(current, axes), None)
            found = Constraint(kind, t.optional("bound", _least_0, 0.0), column=column)
        case "utilisation_at_most":
            pool = t.optional("of", _pool(current), None)
            bound = t.required("bound", number, "bound = 0.85")
            if not 0 < bound <= 1:
                refuse(under(place, "bound"), f"is {bound:g}; write a share above 0 and up to 1")
            found = Constraint(kind, bound, pool)
        case "no_more_staff":
            found = Constraint(kind)
        case _:
            of = t.required("of", axis_of(axes, directed=False), 'of = "staff_hours.mean"')
            found = Constraint(kind, t.required("bound", number, "bound = 20"), of)
            _possible(found, axes, under(place, "bound"))
    t.done()
    return found


def _possible(c: Constraint, axes: Sequence[Axis] | None, place: str) -> None:
    unit = next((a.unit for a in axes or () if a.key == c.of), None)
    if c.kind == "at_most" and c.bound < 0:
        refuse(place, f"is {c.bound:g}; no figure is below 0, so nothing can keep it")
    if c.kind == "at_least" and c.bound > 1 and unit == "share":
        refuse(place, f"is {c.bound:g}; {c.of} is a share: write 80 % as 0.8")


def _least_0(value: Any, place: str) -> float:
    found = number(value, place)
    if found < 0:
        refuse(place, f"is {found:g}; write how much worse is let pass, 0 or more")
    return found


def _pool(current: Prototype) -> Any:
    def read(value: Any, place: str) -> str:
        name = text(value, place)
        pools = current.scenario.pools
        if name not in pools:
            hint = nearest(name, pools) if pools else "the scenario has none; leave it out"
            refuse(place, f"no pool is called {told(name)}; {hint}")
        return name

    return read


def _column(current: Prototype, axes: Sequence[Axis] | None) -> Any:
    known = {"kind", *current.scenario.attributes}
    if axes is not None:
        known = {a.column for a in axes if a.column not in (None, "unit", "pool")}

    def read(value: Any, place: str) -> str:
        name = text(value, place)
        if name not in known:
            hint = nearest(name, known) if known else "there is none; leave the constraint out"
            refuse(place, f"no segments are made by {told(name)}; {hint}")
        return name

    return read


# -- insights


def _insights(rows: Rows) -> tuple[Insight, ...]:
    out: dict[str, Insight] = {}
    for row, place in rows:
        t = Table(row, place, "an insight")
        id = t.required("id", text, 'id = "I1"')
        says = t.required("says", text, "the insight in a sentence: says = …")
        source = t.optional("source", free_text, "")
        t.done()
        if id in out:
            first = [*out].index(id) + 1
            refuse(place, f"the id {told(id)} is that of [[insight]] {first}; give it another")
        out[id] = Insight(id, says, source)
    return tuple(out.values())


def _answers(
    rows: Rows, current: Prototype, known: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for row, place in rows:
        t = Table(row, place, "an answer")
        by = read_name(t.required("by", text, 'by = "merge-steps"'), current, under(place, "by"))
        ids = t.required("insights", insights_of(known), 'insights = ["I1"]')
        t.done()
        out[by] = tuple(dict.fromkeys((*out.get(by, ()), *ids)))
    return out


# -- an agreed set


def agreed_terms(terms: Terms, agreed: AgreedSet, axes: Sequence[Axis]) -> Terms:
    """The terms with weights and horizon of a city's agreed set, where they do not say their own.

    A criterion's weight is shared evenly among its figures (all statistics, where the set names
    none). Figures of single segments, units or pools take no part; `not_simulated` gives what is
    left out. Raises `RedesignError` where a weight is negative, or none of the set counts.
    """
    name = f"{agreed.name} {agreed.version}".strip()
    horizon = agreed.horizon_days if terms.horizon_days is None else terms.horizon_days
    if terms.weights:
        return replace(terms, horizon_days=horizon, agreed=name)
    weights: dict[str, float] = {}
    for k, line in enumerate(agreed.criteria, 1):
        place = f"agreed set {name}: [[criterion]] {k} ({line.id})"
        if not 0 <= line.weight < float("inf"):
            raise RedesignError(f"{place}: weight is {line.weight:g}; write 0 or more")
        mine = _held(line, axes)
        for axis in mine:
            weights[axis.key] = weights.get(axis.key, 0.0) + line.weight / len(mine)
    if not any(weights.values()):
        raise RedesignError(
            f"agreed set {name}: none of its criteria with a weight is a figure that a simulation "
            f"gives, such as {', '.join(a.key for a in axes[:3])}; write [weights] into moves.toml"
        )
    return replace(terms, weights=weights, horizon_days=horizon, agreed=name)


def not_simulated(agreed: AgreedSet, axes: Sequence[Axis]) -> tuple[str, ...]:
    """Ids of the agreed criteria that no axis gives, in the set's order."""
    return tuple(line.id for line in agreed.criteria if not _held(line, axes))


def _held(line: AgreedCriterion, axes: Sequence[Axis]) -> list[Axis]:
    """The axes that a line of an agreed set is about: of everybody, and equality's."""
    found = []
    for a in axes:
        equality = a.value == "*"  # one figure over all values of a column
        ids = {a.id, a.id.split(".")[0]} | ({f"{a.id}.{a.column}"} if equality else set())
        same = line.statistic in (None, a.statistic) or equality
        if line.id in ids and same and a.sign and (a.column is None or equality):
            found.append(a)
    return found
