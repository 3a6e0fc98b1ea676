"""Who must change what, which assumption carries the gain, which insight is answered: as data."""

from __future__ import annotations

import re
from typing import Any

from polku.redesign.front import AgencyTold, AssumptionTold, Front
from polku.report import wording
from polku.report.redesign_words import (
    FULL,
    GAP,
    amount_said,
    assumption_said,
    best,
    changes_of,
    gain_said,
    is_front,
    known,
    order_of_carrying,
    range_said,
    title,
    to_test,
)


def agency_names(front: Front, language: str) -> dict[str, str]:
    """Agencies that any option touches: id → name, in the order in which they come."""
    return {
        a.id: best(a.names, a.id, language) for o in front.options for a in o.agencies
    }  # fmt: skip


def agency_matrix(front: Front, marks: dict[str, str], language: str) -> dict[str, Any]:
    """Which agency must change in which option."""
    options = list(front.options[1:])
    rows = []
    for id, name in agency_names(front, language).items():
        cells = []
        for o in options:
            own = next((a for a in o.agencies if a.id == id), None)
            if own is None:
                cells.append({"text": "–", "sign": "", "hours": ""})
                continue
            n = changes_of(own)
            cells.append({
                "text": wording.plural(n, "change") if n else "work only", "sign": "●" if n else "",
                "hours": _hours_change(own),
            })  # fmt: skip
        rows.append({"id": id, "name": name, "cells": cells})
    heads = [{"mark": marks[o.name], "title": title(o, language),
              "star": o.name == front.recommended} for o in options]  # fmt: skip
    return {"heads": heads, "rows": rows}


def _hours_change(a: AgencyTold) -> str:
    before, after = map(known, a.hours_per_matter)
    if before is None or after is None:
        return ""
    change = after - before
    if abs(change) < 0.005:
        return f"±0{GAP}h"
    return f"{'+' if change > 0 else '−'}{wording.number(abs(change))}{GAP}h"


def listing(sentence: str) -> tuple[str, list[str]]:
    """A sentence that holds a list, as its head and the parts; else the sentence and none.

    >>> listing("You no longer deal with: – Police: Licences; – Event unit: Calendar.")
    ('You no longer deal with:', ['Police: Licences', 'Event unit: Calendar.'])
    """
    head, *rest = re.split(r":\s+–\s+", sentence, maxsplit=1)
    return (f"{head}:", re.split(r";\s+–\s+", rest[0])) if rest else (sentence, [])


def _hours(a: AgencyTold) -> str:
    if all(known(x) is None for x in a.hours_per_matter):
        return ""
    return _from_to(*a.hours_per_matter, share=False)


def _from_to(before: float | None, after: float | None, share: bool) -> str:
    def one(x: float | None) -> str:
        x = known(x)
        if x is None:
            return "cannot be told"
        return f"{100 * x:.1f}{GAP}%" if share else f"{x:.2f}{GAP}h"

    return f"{one(before)} → {one(after)}"


def agency_sections(front: Front, marks: dict[str, str], language: str) -> list[dict[str, Any]]:
    """For each agency what each option asks of it; the recommended option stands open."""
    on = [o for o in front.options[1:] if is_front(o) or o.name == front.recommended]
    rest = [o for o in front.options[1:] if o not in on]
    first = [o for o in on if o.name == front.recommended]
    order = [*first, *(o for o in on if o not in first), *rest]
    out = []
    for id, name in agency_names(front, language).items():
        asked, free = [], []
        for o in order:
            own = next((a for a in o.agencies if a.id == id), None)
            if own is None:
                free.append(marks[o.name])
                continue
            asked.append(
                {
                    "mark": marks[o.name], "title": title(o, language),
                    "open": o.name == front.recommended or (not first and o in on),
                    "star": o.name == front.recommended,
                    "asks": [best(t, "", language) for t in own.asks],
                    "changes": [listing(x) for x in own.changes.get(language)
                                or own.changes.get("en", ())],
                    "hours": _hours(own),
                    "hours_change": _hours_change(own),
                    "pools": [(pool, _from_to(*used, share=True), (known(used[1]) or 0.0) >= FULL)
                              for pool, used in own.utilisation.items()],
                }
            )  # fmt: skip
        out.append({"id": id, "name": name, "asked": asked, "free": wording.listed(free)})
    return out


def assumption_tables(
    front: Front, marks: dict[str, str], language: str, picture: Any
) -> list[dict[str, Any]]:
    """The assumptions of each option, those that carry most first; the recommended one leads."""
    options = [o for o in front.options[1:] if o.assumptions]
    options.sort(key=lambda o: (o.name != front.recommended, not o.on_front))
    out = []
    for o in options:
        first = to_test(o)
        ordered = order_of_carrying(o.assumptions)
        rows = [
            {
                "says": assumption_said(a, language), "range": range_said(a),
                "mean": amount_said(a.usual, a.unit), "origin": a.origin,
                "fails": amount_said(a.fails, a.unit), "carries": _carries(a),
                "gain": gain_said(a.gain, a.gain_low, a.gain_high),
                "without": gain_said(a.gain_fails, a.gain_fails_low, a.gain_fails_high),
                "fragile": a.fragile, "first": a is first, "move": a.move,
            }
            for a in ordered
        ]  # fmt: skip
        named = [(assumption_said(a, language), a) for a in ordered]
        open_ = o.name == front.recommended or (front.recommended is None and is_front(o))
        out.append(
            {"mark": marks[o.name], "title": title(o, language), "rows": rows, "open": open_,
             "star": o.name == front.recommended, "picture": picture(named),
             "fragile": any(a.fragile for a in o.assumptions)}
        )  # fmt: skip
    return out


def _carries(a: AssumptionTold) -> str:
    share = known(a.carries)
    if share is None:
        return "not tried"
    if share <= 0:
        return "nothing"
    return "all of it" if share >= 1 else wording.share(share)


def insight_rows(front: Front, marks: dict[str, str], language: str) -> list[dict[str, Any]]:
    """Each insight with the options that answer it."""
    out = []
    for i in front.insights:
        by = [o for o in front.options if i.id in o.answers]
        out.append(
            {"id": i.id, "says": i.says, "source": i.source,
             "by": [f"{marks[o.name]}, {title(o, language)}" for o in by]}
        )  # fmt: skip
    return out
