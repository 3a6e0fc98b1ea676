"""Widths of text, estimated without any font, and lines broken at words."""

from __future__ import annotations

import re

_NARROW, _WIDE = set("iljtfrI.,:;'|!()[] -/\u00a0"), set("mwMWQOGD@%ÄÖÅ")
_NARROWEST = 0.33
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
"""where a line may break: not at the fixed space between a number and its unit"""


def width(text: str, size: float) -> float:
    """Estimated width in px at a font size in px (a common sans-serif, on the safe side)."""
    units = 0.0
    for c in text:
        if c in _NARROW:
            units += _NARROWEST
        elif c in _WIDE:
            units += 0.86
        elif c.isupper() or c.isdigit():
            units += 0.64
        else:
            units += 0.56
    return units * size


def _most_characters(size: float, room: float) -> int:
    """As many characters as can stand in a line at all; what follows need not be measured."""
    return int(room / (_NARROWEST * size)) + 2


def cut(text: str, size: float, room: float) -> str:
    """The text, shortened with … where it does not fit."""
    most = _most_characters(size, room)
    if len(text) <= most and width(text, size) <= room:
        return text
    text = text[:most]
    while text and width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def broken(text: str, size: float, room: float, most: int) -> list[str]:
    """The text on at most `most` lines; what does not fit is cut with …."""
    lines: list[str] = []
    line = ""
    text = " ".join(_SPACES.split(text.strip()))[: (most + 2) * _most_characters(size, room)]
    words = [p for w in text.split(" ") for p in _pieces(w, size, room)]
    for word in words:
        longer = f"{line} {word}".strip()
        if width(longer, size) <= room or not line:
            line = longer
        else:
            lines.append(line)
            line = word
    if line:
        lines.append(line)
    if len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], cut(rest, size, room)]
    return lines


def _pieces(word: str, size: float, room: float) -> list[str]:
    """A word that is wider than the box, broken after _, -, / or where it must be."""
    if width(word, size) <= room:
        return [word]
    out, piece = [], ""
    for c in word:
        if piece and width(piece + c, size) > room:
            cut_at = max(piece.rfind(s) for s in "_-/.")
            if cut_at > len(piece) // 3:
                out.append(piece[: cut_at + 1])
                piece = piece[cut_at + 1 :]
            else:
                out.append(piece)
                piece = ""
        piece += c
    return [*out, piece]
