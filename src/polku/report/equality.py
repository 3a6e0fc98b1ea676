"""Equality in one row for each group: how it fares against the rest, and what could be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from polku.measure.measurement import Figure
from polku.report import wording
from polku.report.figures import interval_text, name_text, signed
from polku.report.plain import group_name
from polku.report.table import Cell, Num, Table

HEAD = (
    "criterion", "group", "against the rest", "difference", "95 % interval", "like for like",
    "p, corrected", "could have seen", "matters",
)  # fmt: skip
LIKE_NOTE = "“Like for like” holds the mix of kinds equal. "
NO_LIKE = (
    "What the difference would be with an equal mix of kinds (like for like) cannot be told here, "
    "so that column is left out."
)
NOTE = (
    f"Each group stands against all others together. {LIKE_NOTE}"
    "p is corrected for the number of groups; below 0.05 the difference is more than "
    "chance. “Could have seen” is the smallest difference that these numbers would have shown: "
    "“no difference seen” is not “equal”."
)


MOST_GROUPS = 12
"""groups of one column that are shown: the largest"""


def many_groups(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    """The figures of criteria with more groups than are shown, by id."""
    groups: dict[str, set[str]] = {}
    for f in figures:
        if f.by is not None and f.status != "not_measurable":
            groups.setdefault(f.id, set()).add(f.by.segment)
    many = [id for id, segments in groups.items() if len(segments) > MOST_GROUPS]
    return {id: [f for f in figures if f.id == id] for id in many}


def equality_table(figures: Sequence[Figure], repeat: bool = False) -> Table:
    """The equality figures of a measurement, one row for each criterion and group.

    Of a criterion with more than 12 groups the largest 12 are told, and how many are left out.
    `repeat` names the criterion in each of its rows, not only in the first.
    """
    groups: dict[tuple[str, str], dict[str, Figure]] = {}
    for f in figures:
        if f.by is not None and f.status != "not_measurable":
            groups.setdefault((f.id, f.by.segment), {})[f.statistic] = f
    sizes: dict[str, list[tuple[int, str]]] = {}
    for (id, segment), found in groups.items():
        sizes.setdefault(id, []).append((-max(f.n for f in found.values()), segment))
    kept = {(id, s) for id, of in sizes.items() for _, s in sorted(of)[:MOST_GROUPS]}
    rows: list[tuple[Cell, ...]] = []
    before = ""
    for (id, segment), found in groups.items():
        if (id, segment) not in kept:
            continue
        name = name_text(id).removeprefix("equality ") if repeat or id != before else ""
        before = id
        first = next(iter(found.values()))
        if any(f.status == "hidden" for f in found.values()):
            others = any("other matters" in f.note for f in found.values())
            few = "fewer than 5 others" if others else "fewer than 5"
            rows.append((name, group_name(segment), "hidden", "", "", "", "", "", few))
            continue
        ratio = _ending(found, "_ratio")
        gap = _ending(found, "_gap", but="smallest_gap")
        like = _ending(found, "_gap_standardised")
        p = found.get("p_holm")
        least = found.get("smallest_gap")
        rows.append(
            (
                name,
                group_name(segment),
                _told(ratio, lambda v: f"× {wording.number(v)}"),
                _signed(gap),
                _between(gap),
                _signed(like) or "cannot be told",
                _told(p, _p) or "cannot be told",
                (_told(least, partial(_size, least.unit)) if least else "") or "cannot be told",
                Num(first.n, wording.count(first.n)),
            )
        )
    left = sum(max(len(of) - MOST_GROUPS, 0) for of in sizes.values())
    caption = (
        f"The {MOST_GROUPS} largest groups of each column; "
        f"{wording.plural(left, 'smaller group')} left out"
        if left
        else ""
    )
    return Table("Equality", HEAD, tuple(rows), (2, 3, 6, 7, 8), caption)


LIKE = HEAD.index("like for like")


def without_like(made: Table) -> Table:
    """The table without the column like for like where that cannot be told for any group."""
    if any(isinstance(row[LIKE], Num) for row in made.rows):
        return made
    kept = [k for k in range(len(made.head)) if k != LIKE]
    return replace(
        made,
        head=tuple(made.head[k] for k in kept),
        rows=tuple(tuple(row[k] for k in kept) for row in made.rows),
        numbers=tuple(k - (k > LIKE) for k in made.numbers),
    )


SHOWN = 0.05
"""p, corrected for the number of groups, below which a difference is more than chance"""


def equality_lines(figures: Sequence[Figure]) -> tuple[list[tuple[str, str]], list[str]]:
    """Equality in few words: (criterion, the groups that differ), and the criteria where none does.

    A criterion in which no group differs bears the smallest difference that it could have shown.
    """
    shown: dict[str, list[str]] = {}
    least: dict[str, list[Num]] = {}
    for row in equality_table(figures, repeat=True).rows:
        name, segment, gap, p, could = (row[k] for k in (0, 1, 3, 6, 7))
        groups = shown.setdefault(str(name), [])
        if isinstance(p, Num) and p.value is not None and p.value < SHOWN:
            chance = "p < 0.001" if p.text.startswith("<") else f"p {p.text}"
            groups.append(f"{segment} {gap} ({chance})")
        elif isinstance(could, Num):
            least.setdefault(str(name), []).append(could)
    differ = [(name, "; ".join(groups)) for name, groups in shown.items() if groups]
    alike = [_alike(name, least.get(name, [])) for name, groups in shown.items() if not groups]
    return differ, alike


def _alike(name: str, least: list[Num]) -> str:
    if not least:
        return name
    return f"{name} (could have shown {max(least, key=lambda n: n.value or 0.0)})"


def _ending(found: dict[str, Figure], end: str, but: str = "") -> Figure | None:
    return next((f for s, f in found.items() if s.endswith(end) and s != but), None)


def _told(f: Figure | None, tell: Callable[[float], str]) -> Cell:
    return "" if f is None or f.value is None else Num(f.value, tell(f.value))


def _signed(f: Figure | None) -> Cell:
    if f is None or f.value is None:
        return ""
    return Num(f.value, signed(f.value, f.unit))


def _between(f: Figure | None) -> str:
    if f is None or f.low is None or f.high is None:
        return interval_text(f) if f is not None else ""
    return f"{signed(f.low, f.unit)} to {signed(f.high, f.unit)}"


def _size(unit: str, value: float) -> str:
    return signed(value, unit).lstrip("+−±")


def _p(value: float) -> str:
    return f"<{wording.GAP}0.001" if value < 0.001 else f"{value:.3f}"
