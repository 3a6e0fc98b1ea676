"""A front on a terminal: all options in one table, and the ladder of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polku.errors import RedesignError
from polku.report import wording
from polku.report.redesign_content import key_axes
from polku.report.redesign_headline import headline
from polku.report.redesign_words import (
    KEPT,
    SIGNS,
    assumption_said,
    axis_name,
    best,
    capital,
    chance_said,
    change_said,
    figure_of,
    gain_said,
    is_front,
    known,
    letters,
    order_of_carrying,
    plain_number,
    range_said,
    say,
    title,
    told_apart,
    value_said,
    verdict_of,
    with_unit,
    with_verdict,
)
from polku.report.terminal import table, text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from polku.redesign.axes import Axis
    from polku.redesign.front import Front, Option, Rung

COLUMNS = (
    ("lead_time", "p50", "median, days"),
    ("lead_time", "p90", "9 of 10, days"),
    ("contact_points", None, "contact points"),
    ("staff_hours", None, "staff hours"),
)
"""Figures of the table: id, statistic (None: the first), head."""


def front_table(front: Front, language: str = "en") -> RenderableType:
    """Every option with score, chance and four figures, and the headline below.

    The current state stands first; "★" marks the recommended option.
    """
    from rich.console import Group

    front = told_apart(front, language)
    marks = letters(front)
    shown = [(axis, head) for id, s, head in COLUMNS if (axis := _axis(front, id, s)) is not None]
    heads = ("", "option", "score", "chance", *(head for _, head in shown), "what it comes to")
    n = front.current.replications
    over = f", {wording.plural(n, 'replication')}" if n else ""
    made = table(
        f"{best(front.title, front.path, language)}{over}, seed {front.seed}",
        heads, tuple(range(2, 4 + len(shown))),
    )  # fmt: skip
    for o in front.options:
        current = o.drawn == "current"
        star = "★ " if o.name == front.recommended else ""
        made.add_row(
            text(marks[o.name]),
            text(f"{star}{title(o, language)} ({o.name})"),
            text("" if current else score_short(o)),
            text("" if current else chance_said(o.chance)),
            *(text(_value(o, axis)) for axis, _ in shown),
            text("" if current else comes_to(front, o)),
            style="bold" if star else "" if is_front(o) or current else "dim",
        )
    parts: list[RenderableType] = [made, text("")]
    for name, said, lines in headline(front, language):
        if name in ("Choose", "Which one", "What gets worse", "Test first"):
            parts.append(text(f"{name}: {said}"))
            parts += [text(f"  {line}") for line in lines]
    return Group(*parts)


def _axis(front: Front, id: str, statistic: str | None) -> Axis | None:
    return next(
        (a for a in front.axes
         if a.id == id and a.column is None and statistic in (None, a.statistic)),
        None,
    )  # fmt: skip


def _value(o: Option, axis: Axis) -> str:
    told = figure_of(o, axis)
    if told is None:
        return "–"
    verdict = verdict_of(told, axis) if o.drawn != "current" else None
    return f"{value_said(told, axis).value}{f' {SIGNS[verdict]}' if verdict else ''}"


def score_short(o: Option) -> str:
    """The score as "20.4 ± 1.1": the greater side of its interval."""
    score, low, high = known(o.score), known(o.score_low), known(o.score_high)
    if score is None:
        return "cannot be told"
    text = plain_number(score, 1)
    if low is None or high is None:
        return text
    return f"{text} ± {plain_number(max(high - score, score - low), 1)}"


def comes_to(front: Front, o: Option) -> str:
    """The verdicts of an option counted, and what speaks against it."""
    parts = [
        f"{len(with_verdict(front, o, 'better'))} better",
        f"{len(with_verdict(front, o, 'worse'))} worse",
        f"{len(with_verdict(front, o, 'no difference shown'))} not shown",
    ]
    if any(a.fragile for a in o.assumptions):
        parts.append("fragile")
    parts += [f"{c.verdict}: {c.name}" for c in o.constraints if c.verdict != "kept"]
    return ", ".join(parts)


def option_table(front: Front, name: str, language: str = "en") -> RenderableType:
    """One option: its ladder, constraints, assumptions and what each agency must change.

    Parameters: `name` of the option. Raises `RedesignError` where there is none of that name.
    """
    from rich.console import Group

    from polku.log.mapping import nearest

    found = next((o for o in front.options if o.name == name), None)
    if found is None:
        names = [o.name for o in front.options]
        raise RedesignError(f"option {name!r} is not in this front; {nearest(name, names)}")
    o = found
    agencies = {a.id: best(a.names, a.id, language) for a in o.agencies}
    axes = key_axes(front, o)
    head = f"{letters(front)[o.name]}: {title(o, language)}"
    if o.drawn != "current":
        head += f", score {score_short(o)}, chance on the front {chance_said(o.chance)}"
    parts: list[RenderableType] = [text(head, style="bold")]
    if o.ladder:
        heads = ("", "move", "who", *(capital(axis_name(a)) for a in axes))
        made = table("What each move adds, and (alone) brings by itself", heads,
                     tuple(range(3, 3 + len(axes))))  # fmt: skip
        for k, rung in enumerate(o.ladder, 1):
            made.add_row(
                text(str(k)), text(best(rung.says, rung.key, language)),
                text(", ".join(agencies.get(a, a) for a in rung.agencies) or "–"),
                *(text(_brings(rung, a)) for a in axes),
            )  # fmt: skip
        made.add_row(text(""), text("all moves together"), text(""),
                     *(text(_total(o, a)) for a in axes), style="bold")  # fmt: skip
        parts.append(made)
    for verdict in ("better", "worse"):
        names = [axis_name(a) for a, _ in with_verdict(front, o, verdict)]
        if o.drawn != "current":
            parts.append(text(f"{capital(verdict)}: {'; '.join(names) or 'nothing is shown'}"))
    parts += [text(f"{KEPT[c.verdict]} {c.verdict}: {c.name}; {c.why}") for c in o.constraints]
    parts += _assumptions(o, language)
    parts += _agencies(o, language)
    return Group(*parts)


def _brings(rung: Rung, axis: Axis) -> str:
    added, alone = rung.added.get(axis.key), rung.alone.get(axis.key)
    first = _difference(added, axis) if added is not None else "not told"
    return f"{first}\n({_difference(alone, axis) if alone is not None else 'not told'})"


def _difference(change: tuple[float | None, float | None, float | None], axis: Axis) -> str:
    said = say(*change, axis.unit, signed=True)
    return with_unit(said.value, {"percentage points": "pp", "€": "€"}.get(said.unit, ""))


def _total(o: Option, axis: Axis) -> str:
    told = figure_of(o, axis)
    change = change_said(told, axis) if told is not None else None
    if change is None:
        return "cannot be told"
    return with_unit(change.value, {"percentage points": "pp", "€": "€"}.get(change.unit, ""))


def _assumptions(o: Option, language: str) -> list[RenderableType]:
    if not o.assumptions:
        return []
    heads = ("assumption", "middle 90 %", "score with it", "if it fails", "remarks")
    made = table("Assumptions, those that carry most first", heads, (2, 3))
    for k, a in enumerate(order_of_carrying(o.assumptions)):
        told = known(a.carries) is not None
        words = ["test this first"] if k == 0 and told else []
        made.add_row(
            text(assumption_said(a, language)), text(range_said(a)),
            text(gain_said(a.gain, a.gain_low, a.gain_high)),
            text(gain_said(a.gain_fails, a.gain_fails_low, a.gain_fails_high)),
            text(", ".join(words + (["fragile"] if a.fragile else []))),
            style="yellow" if a.fragile else "",
        )  # fmt: skip
    return [made]


def _agencies(o: Option, language: str) -> list[RenderableType]:
    out: list[RenderableType] = []
    for a in o.agencies:
        out.append(text(f"{best(a.names, a.id, language)} must change:", style="bold"))
        out += [text(f"  {best(t, '', language)}") for t in a.asks] or [text("  nothing")]
        before, after = map(known, a.hours_per_matter)
        if before is not None and after is not None:
            out.append(text(f"  staff hours per matter: {before:.2f} → {after:.2f}"))
    return out
