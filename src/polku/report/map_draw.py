"""The drawing of a map: SVG text from a walk and its sheet of coordinates."""

from __future__ import annotations

from html import escape

from polku.report import wording
from polku.report.map_geometry import AGENCY_LABEL, ARROW, BOX_H, BOX_W, LANE_LABEL, Point, Sheet
from polku.report.map_grid import Grid
from polku.report.map_legend import legend
from polku.report.map_text import broken, cut, width
from polku.report.map_theme import line_width, style, waiting_bin, waiting_bounds
from polku.report.walk import Walk


def draw(walk: Walk, grid: Grid, sheet: Sheet, title: str, notes: list[str], theme: str) -> str:
    """The SVG document of a map; `theme`: auto (follows the reader's setting), light or dark."""
    bounds = waiting_bounds(walk.moves, walk.coarse)
    foot = legend(sheet, walk, bounds, notes)
    height = sheet.height + foot[1]
    described = ". ".join(t.rstrip(".") for t in (title, walk.badge, _described(walk, grid)) if t)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="polku-map" role="img" '
        f'viewBox="0 0 {sheet.width:.0f} {height:.0f}" width="{sheet.width:.0f}" '
        f'height="{height:.0f}" aria-labelledby="polku-map-title polku-map-desc">',
        f'<title id="polku-map-title">{escape(title)}</title>',
        f'<desc id="polku-map-desc">{escape(described)}</desc>',
        f"<style>{style(theme)}</style>",
        f'<rect class="pm-sheet" width="{sheet.width:.0f}" height="{height:.0f}"/>',
        f'<text class="pm-title" x="14" y="27">{escape(title)}</text>',
        *_badge_of(walk, sheet),
        *_strips(walk, grid, sheet),
        *_marks(sheet),
        *_lines(walk, sheet, bounds),
        *_boxes(walk, grid, sheet),
        *_numbers(walk, grid, sheet),
        *foot[0],
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _badge_of(walk: Walk, sheet: Sheet) -> list[str]:
    """What has to stand under the title, in a box that nobody overlooks."""
    if not walk.badge:
        return []
    text = cut(walk.badge, 12.5, sheet.width - 60)
    return [
        f'<rect class="pm-badge" x="14" y="38" width="{width(text, 12.5) * 1.06 + 24:.1f}" '
        f'height="24" rx="5"/><text class="pm-bold pm-badgetext" x="26" y="54.5">'
        f"{escape(text)}</text>"
    ]


def _strips(walk: Walk, grid: Grid, sheet: Sheet) -> list[str]:
    """The customer's row and the lanes of every band, with their titles."""
    out = []
    wide = sheet.width - 12
    for band, (top, interaction, _) in enumerate(sheet.bands):
        if interaction > top:
            out.append(
                f'<rect class="pm-customer" x="12" y="{top:.1f}" width="{wide - 12:.1f}" '
                f'height="{interaction - top:.1f}"/>'
                f'<text class="pm-bold" x="20" y="{top + 19:.1f}">Customer</text>'
            )
        lanes = grid.rows[band]
        r = 0
        while r < len(lanes):
            last = r
            while last + 1 < len(lanes) and lanes[last + 1] == lanes[r]:
                last += 1
            y, end = sheet.rows[band][r][0], sheet.rows[band][last][1]
            shade = "pm-strip2" if lanes[r] % 2 else "pm-strip"
            out.append(
                f'<rect class="{shade}" x="12" y="{y:.1f}" width="{wide - 12:.1f}" '
                f'height="{end - y:.1f}"/>'
                f'<line class="pm-rule" x1="12" x2="{wide:.1f}" y1="{end:.1f}" y2="{end:.1f}"/>'
            )
            out += _lane_title(walk, lanes, r, sheet, (y + end) / 2)
            r = last + 1
        out += _agency_titles(walk, lanes, band, sheet)
        if interaction > top:
            out.append(
                f'<line class="pm-interaction" x1="12" x2="{wide:.1f}" y1="{interaction:.1f}" '
                f'y2="{interaction:.1f}"/><text class="pm-small pm-soft" x="20" '
                f'y="{interaction - 6:.1f}">line of interaction</text>'
            )
    return out


def _lane_title(
    walk: Walk, lanes: tuple[int, ...], r: int, sheet: Sheet, middle: float
) -> list[str]:
    lane = walk.lanes[lanes[r]]
    name = lane.unit or ("" if sheet.left > LANE_LABEL else lane.agency) or "unit not named"
    if not sheet.left > LANE_LABEL and name == "not named":
        name = "Unit not named in the log"
    lines = broken(name, 12, LANE_LABEL - 28, 3)
    x = sheet.left - LANE_LABEL + 20
    y = middle - 7.5 * (len(lines) - 1) + 4
    return [
        f'<text class="pm-bold" x="{x:.1f}" y="{y + 15 * k:.1f}">{escape(text)}</text>'
        for k, text in enumerate(lines)
    ]


def _agency_titles(walk: Walk, lanes: tuple[int, ...], band: int, sheet: Sheet) -> list[str]:
    if sheet.left <= LANE_LABEL:
        return []
    out, r = [], 0
    while r < len(lanes):
        agency, last = walk.lanes[lanes[r]].agency, r
        while last + 1 < len(lanes) and walk.lanes[lanes[last + 1]].agency == agency:
            last += 1
        y, end = sheet.rows[band][r][0], sheet.rows[band][last][1]
        lines = broken(agency, 11.5, end - y - 8, 2)
        out.append(
            f'<rect class="pm-strip2" x="12" y="{y + 1:.1f}" width="{AGENCY_LABEL - 4:.0f}" '
            f'height="{end - y - 2:.1f}"/><line class="pm-rule" stroke-width="2" x1="12" '
            f'x2="{sheet.width - 12:.1f}" y1="{end:.1f}" y2="{end:.1f}"/>'
            + "".join(
                f'<text class="pm-bold" text-anchor="middle" transform="translate('
                f"{32 - 6.5 * (len(lines) - 1) + 13 * k:.1f} {(y + end) / 2:.1f}) "
                f'rotate(-90)">{escape(t)}</text>'
                for k, t in enumerate(lines)
            )
        )
        r = last + 1
    return out


def _marks(sheet: Sheet) -> list[str]:
    out = []
    for mark, (x, y), path in sheet.marks:
        sign = {
            "start": f'<path class="pm-dot" d="M{x - 5:.1f} {y - 5:.1f}l9 5l-9 5z"/>',
            "end": f'<rect class="pm-dot" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>',
            "customer": f'<path class="pm-dot" d="M{x - 5:.1f} {y - 4:.1f}h10l-5 9z"/>',
            "city": f'<path class="pm-dot" d="M{x - 5:.1f} {y + 5:.1f}h10l-5 -9z"/>',
        }[mark.kind]
        out.append(
            f'<path class="pm-mark" d="{path}"/>{sign}'
            f'<text class="pm-small" x="{x + 8:.1f}" y="{y + 4:.1f}">{escape(mark.text)}</text>'
        )
    return out


def _lines(walk: Walk, sheet: Sheet, bounds: tuple[int, ...]) -> list[str]:
    out = []
    for line in sorted(sheet.lines, key=lambda k: (walk.moves[k.move].matters, k.move)):
        m = walk.moves[line.move]
        w, k = line_width(m.matters, walk.matters), waiting_bin(m.wait, bounds)
        dash = ' stroke-dasharray="6 3"' if line.backward else ""
        leaving = ""
        if line.leaves is not None:
            leaving = _head((line.leaves[0] + ARROW, line.leaves[1]), "right", w, k)
        title = escape(
            f"{walk.stops[m.tail].label} → {walk.stops[m.head].label}: "
            f"{wording.plural(m.matters, 'matter')}, "
            f"median {'wait' if walk.apart else 'time'} {wording.span(m.wait, walk.coarse)}"
        )
        out.append(
            f'<g><title>{title}</title><path class="pm-move pm-w{k}" d="{line.path}" '
            f'stroke-width="{w:.1f}"{dash}/>{_head(line.tip, line.heading, w, k)}'
            f"{leaving}</g>"
        )
    return out


def _head(tip: Point, heading: str, w: float, k: int) -> str:
    x, y = tip
    half = 3.2 + 0.62 * w
    if heading == "right":
        d = f"M{x:.1f} {y:.1f}l{-ARROW:.1f} {-half:.1f}v{2 * half:.1f}z"
    else:
        back = ARROW if heading == "up" else -ARROW
        d = f"M{x:.1f} {y:.1f}l{-half:.1f} {back:.1f}h{2 * half:.1f}z"
    return f'<path class="pm-f{k}" d="{d}"/>'


def _boxes(walk: Walk, grid: Grid, sheet: Sheet) -> list[str]:
    out = []
    for i, (stop, (x, y)) in enumerate(zip(walk.stops, sheet.boxes, strict=True)):
        name = stop.label
        lines = broken(name, 11.5, BOX_W - 32, 3)
        foot = wording.plural(stop.matters, "matter")
        if stop.again >= 0.01 * stop.matters and stop.again > 0:
            again = wording.share(stop.again / stop.matters)
            foot = f"{wording.count(stop.matters)}, {again} again"
        kind = "pm-contactbox" if stop.contact != "none" else "pm-box"
        y0 = y + 17 + (3 - len(lines)) * 5.5
        out.append(
            f"<g><title>{escape(f'{grid.number[i]}. {name}: {foot}')}</title>"
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{BOX_W:.0f}" '
            f'height="{BOX_H:.0f}" rx="6"/>'
            f'<text class="pm-small pm-soft pm-bold" x="{x + 7:.1f}" y="{y + 16:.1f}">'
            f"{grid.number[i]}</text>"
            + "".join(
                f'<text x="{x + 25:.1f}" y="{y0 + 12.5 * k:.1f}">{escape(t)}</text>'
                for k, t in enumerate(lines)
            )
            + f'<text class="pm-small pm-soft" x="{x + 25:.1f}" y="{y + BOX_H - 6:.1f}">'
            f"{escape(cut(foot, 10.5, BOX_W - 30))}</text></g>"
        )
    return out


def _numbers(walk: Walk, grid: Grid, sheet: Sheet) -> list[str]:
    """Matters and median wait on the main lines, where they touch nothing."""
    out: list[str] = []
    taken = [(x - 2, y - 2, x + BOX_W + 2, y + BOX_H + 2) for x, y in sheet.boxes]
    for mark, (x, y), _ in sheet.marks:
        taken.append((x - 6, y - 8, x + 12 + width(mark.text, 10.5), y + 7))
    for line in sheet.lines:
        if line.leaves is not None:
            (x, y), (tx, ty) = line.leaves, line.tip
            taken += [(x, y - 6, x + 28, y + 6), (tx - 34, ty - 6, tx, ty + 6)]
            m = walk.moves[line.move]
            out.append(_badge(x + ARROW + 2, y, f"{grid.number[m.head]}", "start"))
            out.append(_badge(tx - ARROW - 6, ty, f"{grid.number[m.tail]}", "end"))
    for line in sorted(sheet.lines, key=lambda k: (-walk.moves[k.move].matters, k.move)):
        m = walk.moves[line.move]
        if m.matters < 0.02 * walk.matters:
            continue
        texts = (wording.count(m.matters), wording.span(m.wait, walk.coarse))
        half = max(width(t, 10.5) for t in texts) / 2 + 2
        for x, y in line.spots:
            room = (x - half, y - 12.5, x + half, y + 12.5)
            if not any(_overlap(room, t) for t in taken):
                taken.append(room)
                out.append(
                    f'<rect class="pm-halo" x="{room[0]:.1f}" y="{room[1]:.1f}" '
                    f'width="{2 * half:.1f}" height="25" rx="3"/>'
                    f'<text class="pm-small pm-bold" text-anchor="middle" x="{x:.1f}" '
                    f'y="{y - 2:.1f}">{texts[0]}</text><text class="pm-small" '
                    f'text-anchor="middle" x="{x:.1f}" y="{y + 9:.1f}">{escape(texts[1])}</text>'
                )
                break
    return out


def _badge(x: float, y: float, text: str, anchor: str) -> str:
    """The number of the stop at the other end of a move into another band."""
    wide = width(text, 10.5) + 2
    left = x - 1 if anchor == "start" else x - wide + 1
    return (
        f'<rect class="pm-halo" x="{left:.1f}" y="{y - 6:.1f}" width="{wide:.1f}" height="12"/>'
        f'<text class="pm-small pm-bold" text-anchor="{anchor}" x="{x:.1f}" y="{y + 3.8:.1f}">'
        f"{text}</text>"
    )


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _described(walk: Walk, grid: Grid) -> str:
    """The map in words, for those who do not see it."""
    order = sorted(range(len(walk.stops)), key=lambda i: grid.number[i])
    steps = "; ".join(
        f"{grid.number[i]} {walk.stops[i].label}, {wording.plural(walk.stops[i].matters, 'matter')}"
        for i in order
    )
    moves = "; ".join(
        f"{grid.number[m.tail]} to {grid.number[m.head]}, "
        f"{wording.plural(m.matters, 'matter')}, median {'wait' if walk.apart else 'time'} "
        f"{wording.span(m.wait, walk.coarse)}"
        for m in walk.moves[:40]
    )
    return f"Steps in the order of the way: {steps}. Busiest moves: {moves}."
