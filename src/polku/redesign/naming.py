"""Names of steps and units inside the sentences of moves, in three languages."""

from __future__ import annotations

from collections.abc import Sequence

from polku.path.facts import LANGUAGES, Text
from polku.path.model import Path
from polku.redesign.surgery import names_of

_AND = {"fi": "ja", "sv": "och", "en": "and"}


def quoted(path: Path, ids: Sequence[str]) -> Text:
    """The names of nodes or lanes as a list: »a«, »b« and »c«."""
    said = {}
    for language in LANGUAGES:
        names = [f"»{names_of(path, i).get(language)}«" for i in ids]
        said[language] = (
            names[0] if len(names) == 1
            else f"{', '.join(names[:-1])} {_AND[language]} {names[-1]}" if names else ""
        )  # fmt: skip
    return Text(**said)


def called(path: Path, id: str) -> Text:
    """The name of an agency, a unit or a step without quotes."""
    return names_of(path, id)


def filled(sentence: Text, **slots: Text) -> Text:
    """A sentence with its slots ({name}) filled in each language."""
    said = {}
    for language in LANGUAGES:
        words = sentence.get(language) or ""
        for name, text in slots.items():
            words = words.replace(f"{{{name}}}", text.get(language) or "")
        said[language] = words
    return Text(**said)


def joined(*sentences: Text) -> Text:
    """Sentences one after another in each language."""
    return Text(**{n: " ".join(w for s in sentences if (w := s.get(n))) for n in LANGUAGES})
