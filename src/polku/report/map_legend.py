"""The legend below a map, with the notes on what it leaves out."""

from __future__ import annotations

from html import escape

from polku.report import wording
from polku.report.map_geometry import Sheet
from polku.report.map_text import broken, width
from polku.report.map_theme import line_width
from polku.report.walk import Walk


def legend(
    sheet: Sheet, walk: Walk, bounds: tuple[int, ...], notes: list[str]
) -> tuple[list[str], float]:
    """Legend and notes below the map, and the height they take."""
    y = sheet.height + 30
    title = "Median wait before the next step" if walk.apart else "Median time to the next step"
    out = [f'<text class="pm-bold" x="14" y="{y:.1f}">{title}</text>']
    x = 14 + 1.08 * width(title, 11.5) + 22
    for k in range(len(bounds) + 1):
        low = wording.span(bounds[k - 1], walk.coarse) if k else ""
        high = wording.span(bounds[k], walk.coarse) if k < len(bounds) else ""
        text = (
            f"{low} – {high}" if low and high else (f"under {high}" if high else f"{low} or more")
        )
        if not bounds:
            text = "all alike"
        out.append(
            f'<line class="pm-w{k}" x1="{x:.1f}" x2="{x + 26:.1f}" y1="{y - 4:.1f}" '
            f'y2="{y - 4:.1f}" stroke-width="6"/><text x="{x + 31:.1f}" y="{y:.1f}">{text}</text>'
        )
        x += 31 + width(text, 11.5) + 20
    y += 24
    out.append(f'<text class="pm-bold" x="14" y="{y:.1f}">Matters that go this way</text>')
    x = 14 + 1.08 * width("Matters that go this way", 11.5) + 22
    for part in (0.1, 0.5, 1.0):
        n = max(round(walk.matters * part), 1)
        w = line_width(n, walk.matters)
        out.append(
            f'<line class="pm-w1" x1="{x:.1f}" x2="{x + 30:.1f}" y1="{y - 4:.1f}" '
            f'y2="{y - 4:.1f}" stroke-width="{w:.1f}"/>'
            f'<text x="{x + 35:.1f}" y="{y:.1f}">{wording.count(n)}</text>'
        )
        x += 35 + width(wording.count(n), 11.5) + 20
    out.append(
        f'<line class="pm-w1" x1="{x:.1f}" x2="{x + 30:.1f}" y1="{y - 4:.1f}" y2="{y - 4:.1f}" '
        f'stroke-width="2.5" stroke-dasharray="6 3"/>'
        f'<text x="{x + 35:.1f}" y="{y:.1f}">goes back to an earlier step</text>'
    )
    x += 35 + width("goes back to an earlier step", 11.5) + 24
    signs = [
        ("M{x} {a}l9 5l-9 5z", "matters that arrive here"),
        ("M{x} {a}h8v8h-8z", "matters that have ended here"),
    ]
    if walk.contacts_known:
        signs += [
            ("M{x} {a}h10l-5 9z", "customer contacts the city"),
            ("M{x} {b}h10l-5 -9z", "the city contacts the customer"),
        ]
    for d, text in signs:
        d = d.format(x=f"{x:.1f}", a=f"{y - 9:.1f}", b=f"{y + 1:.1f}")
        out.append(
            f'<path class="pm-dot" d="{d}"/><text x="{x + 15:.1f}" y="{y:.1f}">{text}</text>'
        )
        x += 15 + width(text, 11.5) + 20
    for note in notes:
        for text in broken(note, 11.5, sheet.width - 28, 4):
            y += 17 if text else 0
            out.append(f'<text class="pm-soft" x="14" y="{y + 4:.1f}">{escape(text)}</text>')
    return out, y + 20 - sheet.height
