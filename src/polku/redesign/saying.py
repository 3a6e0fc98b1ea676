"""Sentences of moves in three languages: templates filled with names, and lists of names."""

from __future__ import annotations

from collections.abc import Iterable

from polku.path.facts import LANGUAGES, Text

_AND = {"fi": "ja", "sv": "och", "en": "and"}


def say(template: Text, **parts: Text | str | float) -> Text:
    """A template in three languages with its parts filled in, each in the same language.

    >>> say(Text("{a} on", "{a} finns", "{a} is"), a=Text("Tiski", "Disk", "Desk")).sv
    'Disk finns'
    """

    def one(language: str) -> str:
        given = {k: p.best(language) if isinstance(p, Text) else p for k, p in parts.items()}
        return (template.get(language) or "").format(**given)

    return Text(*map(one, LANGUAGES))


def listed(names: Iterable[Text]) -> Text:
    """Names one after another, the last after "and"; each name once.

    >>> listed([Text("A", "A", "A"), Text("B", "B", "B"), Text("C", "C", "C")]).en
    'A, B and C'
    """
    all_names = tuple(names)

    def one(language: str) -> str:
        words = list(dict.fromkeys(n.best(language) or "" for n in all_names))
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {_AND[language]} {words[-1]}"

    return Text(*map(one, LANGUAGES))
