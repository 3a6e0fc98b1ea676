"""Text in a box: what can be drawn; widths and broken lines are those of a path's drawing."""

from __future__ import annotations

import re

from polku.path.drawing.text import broken, cut, width

__all__ = ["broken", "cut", "drawable", "width"]

_UNDRAWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def drawable(text: str) -> str:
    """The text, marked where a character stands that SVG cannot hold or a terminal obeys.

    >>> drawable("a\\x1b[31mred")
    'a�[31mred'
    """
    return _UNDRAWABLE.sub("\ufffd", text)
