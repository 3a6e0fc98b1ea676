"""Ids that people can read: made of names, ASCII, valid in XML, each given once."""

from __future__ import annotations

import re
import unicodedata

_SPELT = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d"}


def slug(name: str, else_: str = "step") -> str:
    """A name as an id: small ASCII letters, digits and hyphens, beginning with a letter.

    >>> slug("Päätös: myönnetty"), slug("01_HOOFD_010"), slug("许可")
    ('paatos-myonnetty', 'step-01-hoofd-010', 'step')
    """
    spelt = "".join(_SPELT.get(c, c) for c in name.casefold())
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not words:
        return else_
    return words if words[0].isalpha() else f"{else_}-{words}"


class Ids:
    """Gives every id once: a second of the same name gets the number 2."""

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)

    def give(self, wanted: str) -> str:
        """This id, or the first free one with a number behind it."""
        found, n = wanted, 1
        while found in self._taken:
            n += 1
            found = f"{wanted}-{n}"
        self._taken.add(found)
        return found
