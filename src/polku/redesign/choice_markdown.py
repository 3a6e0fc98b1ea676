"""A choice as a page of Markdown that people can read and keep."""

from __future__ import annotations

from collections.abc import Iterator

from polku.redesign.axis_words import axis_name, number, said
from polku.redesign.choice import Choice, ChosenFigure
from polku.redesign.explaining import axis_of, explain

SIGNS = {"better": "✓ better", "worse": "✗ worse", "no difference shown": "○ no difference shown",
         "not comparable": "–"}  # fmt: skip


def markdown(choice: Choice) -> str:
    """The decision record: the retelling first, then options, figures, weights and hashes."""
    return "\n".join(_lines(choice)) + "\n"


def _lines(c: Choice) -> Iterator[str]:
    mine = c.option_chosen
    yield f"# {_cell(c.title.best('en') or c.path)}: {_cell(mine.title.best('en') or mine.name)}"
    yield ""
    yield explain(c).rstrip()
    yield ""
    yield "## Options"
    yield ""
    yield "| option | score, hundredths | on the front | constraints broken | why not |"
    yield "|---|---|---|---|---|"
    why = {r.name: r.why for r in c.rejected}
    for o in c.options:
        score = " ".join(
            (number(o.score, 1), f"({number(o.score_low, 1)} to {number(o.score_high, 1)})")
        )
        named = f"**{o.name}**" if o.name == c.chosen else o.name
        yield (
            f"| {_cell(named)} | {score} | {100 * o.chance:.0f} % | "
            f"{_cell('; '.join(o.broken)) or '–'} | {_cell(why.get(o.name, 'chosen'))} |"
        )
    yield ""
    yield "## Figures of the chosen option"
    yield ""
    yield "| figure | value | against the current state | |"
    yield "|---|---|---|---|"
    for f in mine.figures:
        yield _figure(f)
    shown = {f.axis for f in mine.figures}
    for f in c.worse:
        if f.axis not in shown:
            yield _figure(f)
    if c.weights:
        yield ""
        yield "## Weights, and how far each can move"
        yield ""
        yield "| figure | share of the weights | from | to | then leads |"
        yield "|---|---|---|---|---|"
        for w in c.weights:
            then = " / ".join(
                f"{n} ({side})"
                for n, side in ((w.below, "below"), (w.above, "above")) if n is not None
            )  # fmt: skip
            yield (
                f"| {_cell(axis_name(axis_of(w.axis)))} | {100 * w.share:.1f} % | "
                f"{100 * w.low:.1f} % | {100 * w.high:.1f} % | {_cell(then) or 'no other'} |"
            )
    yield ""
    yield "## What it was decided on"
    yield ""
    yield f"Seed {c.seed}, version {c.version or 'not known'}."
    yield ""
    yield "| option | path | scenario |"
    yield "|---|---|---|"
    for o in c.options:
        yield f"| {_cell(o.name)} | `{o.path_hash}` | `{o.scenario_hash}` |"
    if c.measure:
        yield ""
        yield "| criterion | mark of its definition |"
        yield "|---|---|"
        for id, mark in c.measure.items():
            yield f"| {_cell(id)} | `{mark}` |"


def _figure(f: ChosenFigure) -> str:
    value = said(f.value, f.low, f.high, f.unit)
    change = "–" if f.change is None else said(f.change, f.change_low, f.change_high, f.unit,
                                               signed=True)  # fmt: skip
    verdict = SIGNS[f.verdict] if f.change is not None else ""
    return f"| {_cell(axis_name(axis_of(f.axis)))} | {value} | {change} | {verdict} |"


def _cell(text: str) -> str:
    """A text that keeps to its cell."""
    return " ".join(text.replace("|", "\\|").split())
