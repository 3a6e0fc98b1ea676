"""The tables of the page about a redesign, as data that a template sets; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polku.redesign.axes import Axis
from polku.redesign.front import Front, Option, Rung
from polku.report import wording
from polku.report.figures import STATISTICS
from polku.report.redesign_agencies import agency_names, listing
from polku.report.redesign_words import (
    DRAWN,
    KEPT,
    SIGNS,
    Said,
    assumption_said,
    axis_name,
    best,
    capital,
    chance_said,
    change_said,
    contenders,
    figure_of,
    instead,
    known,
    say,
    score_said,
    title,
    unit_text,
    value_said,
    verdict_of,
    weight_order,
    with_unit,
    with_verdict,
)

COLUMNS = 4
"""Options beside today in one table; further ones stand in further tables."""
PICTURED = 10
"""Options in the pictures at most; the tables have all."""
IN_FULL = 6
"""Figures that get better and are told in full; the others are named."""
KEY_AXES = 4
"""Figures told of every move of a ladder."""


def pictured(front: Front) -> list[Option]:
    """The options of the pictures: today, the front, those drawn by people, then the others."""
    others = list(front.options[1:])
    order = [o for o in others if o.on_front or o.name == front.recommended]
    order += [o for o in others if o not in order and o.drawn == "people"]
    order += [o for o in others if o not in order]
    return [front.current, *sorted(order[:PICTURED], key=front.options.index)]


def option_list(front: Front, marks: dict[str, str], language: str) -> list[dict[str, Any]]:
    """Every option but today in a line: mark, title, score, chance, what is wrong with it."""
    out = []
    for o in front.options[1:]:
        words = []
        if o.name == front.recommended:
            words.append("★ recommended")
        if any(a.fragile for a in o.assumptions):
            words.append("fragile")
        words += [f"{c.verdict}: {c.name}" for c in o.constraints if c.verdict != "kept"]
        out.append(
            {
                "mark": marks[o.name], "name": o.name, "title": title(o, language),
                "drawn": DRAWN[o.drawn], "score": score_said(o), "chance": chance_said(o.chance),
                "front": "yes" if o.on_front else "no", "remarks": "; ".join(words) or "–",
            }
        )  # fmt: skip
    return out


def criteria_tables(front: Front, marks: dict[str, str], language: str) -> list[dict[str, Any]]:
    """Criterion × option, at most four options beside today in a table."""
    others = front.options[1:]
    told = [o for o in others if o.on_front or o.drawn == "people" or o.name == front.recommended]
    told.sort(key=lambda o: o.name != front.recommended)
    rest = [o for o in others if o not in told]
    out = []
    for options, open_ in ((told, True), (rest, False)):
        for k in range(0, len(options), COLUMNS):
            within = options[k : k + COLUMNS]
            out += [_criteria(front, within, marks, language, open_ and not k)]
    return out or [_criteria(front, [], marks, language, True)]


def _criteria(
    front: Front, options: Sequence[Option], marks: dict[str, str], language: str, open_: bool
) -> dict[str, Any]:
    columns = [front.current, *options]
    groups: dict[str, list[dict[str, Any]]] = {}
    for axis in front.axes:
        cells = [_cell(o, axis) for o in columns]
        groups.setdefault(_group(axis), []).append(
            {"name": capital(axis_name(axis)), "unit": unit_text(axis),
             "weight": _weight(front, axis), "cells": cells, **_definition(front, axis)}
        )  # fmt: skip
    heads = [{"mark": marks[o.name], "title": title(o, language),
              "star": o.name == front.recommended} for o in columns]  # fmt: skip
    named = wording.listed([marks[o.name] for o in options]) or "the current state alone"
    return {"heads": heads, "groups": list(groups.items()), "open": open_, "named": named}


def _group(axis: Axis) -> str:
    if axis.column == "unit":
        return "Staff hours by unit, per matter"
    if axis.column == "pool":
        return "How busy people are"
    if axis.column is not None:
        return "By group of customers"
    criterion = _criterion(axis)
    return capital(criterion.principle) if criterion is not None else "Further figures"


def _criterion(axis: Axis) -> Any:
    from polku.errors import CriterionError
    from polku.measure.registry import catalogue

    try:
        return catalogue()[axis.id]
    except CriterionError:
        return None


def _definition(front: Front, axis: Axis) -> dict[str, str]:
    criterion = _criterion(axis)
    mark = front.measure.get(axis.key) or front.measure.get(axis.id, "")
    words = STATISTICS.get(axis.statistic, axis.statistic.replace("_", " "))
    if criterion is None:
        own = {
            "pool": "Hours worked over hours on duty of the people in this pool.",
            "unit": "Hours of work of this unit's people per matter.",
        }
        return {"question": "", "definition": own.get(axis.column or "", ""), "statistic": words,
                "hash": mark}  # fmt: skip
    return {
        "question": criterion.question["en"], "definition": criterion.definition,
        "statistic": words, "hash": mark,
    }  # fmt: skip


def _weight(front: Front, axis: Axis) -> str:
    weight = front.weights.get(axis.key)
    return f"weight {weight:g}" if weight else ""


def _cell(option: Option, axis: Axis) -> dict[str, str]:
    told = figure_of(option, axis)
    if told is None:
        return {"value": "cannot be told", "interval": "", "change": "", "verdict": "",
                "sign": "", "kind": ""}  # fmt: skip
    now, change = value_said(told, axis), change_said(told, axis)
    verdict = verdict_of(told, axis) if option.drawn != "current" else None
    if verdict == "not comparable" and change is None and known(told.value) is None:
        verdict = None
    return {
        "value": with_unit(now.value, now.unit if now.unit in ("%", "€", "days", "h") else ""),
        "interval": now.interval,
        "change": _with_interval(change) if change is not None else "",
        "verdict": verdict or "",
        "sign": SIGNS[verdict] if verdict else "",
        "kind": {"better": "better", "worse": "worse"}.get(verdict or "", "same"),
    }


def _with_interval(said: Said) -> str:
    unit = {"percentage points": "pp"}.get(said.unit, said.unit)
    text = with_unit(said.value, unit if unit in ("pp", "€", "days") else "")
    return f"{text} ({said.interval})" if said.interval else text


def key_axes(front: Front, option: Option) -> list[Axis]:
    """The figures told of each move: those with weights, else those shown to differ."""
    within = [a for a in weight_order(front) if any(a.key in r.added for r in option.ladder)]
    shown = {t.axis for t in option.figures if t.verdict in ("better", "worse")}
    first = [a for a in within if front.weights.get(a.key) and a.key in shown]
    first += [a for a in within if a.key in front.on and a.key in shown and a not in first]
    first += [a for a in within if front.weights.get(a.key) and a not in first]
    return first[:KEY_AXES] or within[:KEY_AXES]


def step_axes(front: Front, option: Option) -> list[Axis]:
    """The two figures that the step pictures show: median lead time and contact points first.

    One that is not shown to differ gives way to another that is.
    """
    wanted = [
        a for a in front.axes
        if a.column is None and ((a.id, a.statistic) == ("lead_time", "p50")
                                 or a.id == "contact_points")
    ]  # fmt: skip
    found = [a for a in wanted if all(a.key in r.added for r in option.ladder)]
    found.sort(key=lambda a: a.id != "lead_time")
    found += [a for a in key_axes(front, option) if a not in found]
    shown = {t.axis for t in option.figures if t.verdict in ("better", "worse")}
    return sorted(found, key=lambda a: a.key not in shown)[:2]


def ladder_table(front: Front, option: Option, language: str) -> dict[str, Any]:
    """The moves of an option in order, what each adds and what it brings alone."""
    axes = key_axes(front, option)
    agencies = agency_names(front, language)
    rows = [
        {
            "says": best(r.says, r.key, language), "kind": r.kind.replace("-", " "), "key": r.key,
            "agencies": wording.listed([agencies.get(a, a) for a in r.agencies]) or "none",
            "answers": ", ".join(r.answers),
            "cells": [_brings(r, a) for a in axes],
        }
        for r in option.ladder
    ]  # fmt: skip
    total = []
    for a in axes:
        told = figure_of(option, a)
        change = change_said(told, a) if told is not None else None
        total.append(_with_interval(change) if change is not None else "cannot be told")
    heads = [{"name": capital(axis_name(a)), "unit": unit_text(a)} for a in axes]
    return {"heads": heads, "rows": rows, "total": total}


def _brings(rung: Rung, axis: Axis) -> dict[str, str]:
    out = {}
    for name, brought in (("added", rung.added), ("alone", rung.alone)):
        change = brought.get(axis.key)
        said = say(*change, axis.unit, signed=True) if change is not None else None
        out[name] = _with_interval(said) if said is not None else "not told"
        low, high = (known(change[1]), known(change[2])) if change is not None else (None, None)
        kind = "same"
        if axis.sign and low is not None and high is not None and (low > 0 or high < 0):
            kind = "better" if axis.sign * low < 0 else "worse"
        if name == "added":
            out["kind"] = kind
            out["sign"] = {"better": SIGNS["better"], "worse": SIGNS["worse"]}.get(kind, "○")
    return out


def option_sections(
    front: Front, marks: dict[str, str], language: str, pictures: Any
) -> list[dict[str, Any]]:
    """All that is told of each option but today; `pictures`: makes the step pictures of one."""
    opened = {front.recommended} if front.recommended else {o.name for o in contenders(front)}
    out = []
    for o in front.options[1:]:
        better, also = _better(front, o)
        worse = [capital(instead(front, o, a)) for a, _ in with_verdict(front, o, "worse")]
        none = [axis_name(a) for a, _ in with_verdict(front, o, "no difference shown")]
        missing = [axis_name(a) for a in front.axes if figure_of(o, a) is None or (
            a.sign and known(figure_of(o, a).change) is None)]  # type: ignore[union-attr]  # fmt: skip
        out.append(
            {
                "mark": marks[o.name], "name": o.name, "title": title(o, language),
                "drawn": DRAWN[o.drawn], "score": score_said(o), "chance": chance_said(o.chance),
                "folder": o.folder or "", "open": o.name in opened,
                "star": o.name == front.recommended, "on": o.on_front,
                "fragile": [assumption_said(a, language) for a in o.assumptions if a.fragile],
                "better": better, "also": "; ".join(also), "worse": worse,
                "none": "; ".join(none),
                "missing": "; ".join(missing),
                "ladder": ladder_table(front, o, language) if o.ladder else None,
                "pictures": pictures(o),
                "constraints": [
                    {"sign": KEPT[c.verdict], "verdict": c.verdict, "name": c.name, "why": c.why}
                    for c in o.constraints
                ],
                "answers": [(i, _insight(front, i)) for i in o.answers],
                "customer": [listing(x) for x in o.customer.get(language)
                             or o.customer.get("en", ())],
                "replications": o.replications,
            }
        )  # fmt: skip
    return out


def _better(front: Front, o: Option) -> tuple[list[str], list[str]]:
    """What gets better: the weightiest figures in full, the others by name."""
    found = [a for a, _ in with_verdict(front, o, "better")]
    full = [a for a in found if a.key in front.weights or a.key in front.on][:IN_FULL]
    full = full or found[:IN_FULL]
    return (
        [capital(instead(front, o, a)) for a in full],
        [axis_name(a) for a in found if a not in full],
    )


def _insight(front: Front, id: str) -> str:
    return next((i.says for i in front.insights if i.id == id), "")
