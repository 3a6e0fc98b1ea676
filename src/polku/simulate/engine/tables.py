"""Values that vary by attribute and round, laid into tables as a program is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from polku.simulate.scenario import Law, Varied

T = TypeVar("T")


@dataclass
class Tables:
    """Laws, chances and the choices among them; `by`: for each attribute the values it can have."""

    by: dict[str, dict[str, int]] = field(default_factory=dict)
    laws: dict[Law, int] = field(default_factory=dict)
    law_of: list[int] = field(default_factory=list)
    chance: list[float] = field(default_factory=list)
    choices: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    _known: dict[object, int] = field(default_factory=dict)

    def attend(self, values: Iterable[Varied[T] | None]) -> None:
        """Take note of every attribute that something varies by, and of its values."""
        for value in values:
            if value is not None and value.by is not None:
                codes = self.by.setdefault(value.by, {})
                for name in value.cases:
                    codes.setdefault(name, len(codes) + 1)

    def law(self, law: Law) -> int:
        """The number of a law."""
        return self.laws.setdefault(law, len(self.laws))

    def laws_chosen(self, values: Varied[Law]) -> int:
        """The number of a choice among laws."""
        return self._choice(values, self.law_of, lambda law: (self.law(law),), 1)

    def chances_chosen(self, values: Varied[float]) -> int:
        """The number of a choice among single chances."""
        return self._choice(values, self.chance, lambda c: (c,), 1)

    def flows_chosen(self, values: Varied[Mapping[str, float]], flows: Sequence[str]) -> int:
        """The number of a choice among chances of flows, in their order; unnamed ones have none."""
        return self._choice(
            values, self.chance, lambda c: tuple(c.get(f, 0.0) for f in flows), len(flows)
        )

    def _choice(
        self, values: Varied[T], into: list[float] | list[int],
        told: Callable[[T], tuple[float, ...]], width: int,
    ) -> int:  # fmt: skip
        attribute, codes = -1, {}
        if values.by is not None:
            attribute, codes = list(self.by).index(values.by), self.by[values.by]
        names = {code: name for name, code in codes.items()}
        cases = [values.otherwise] + [
            values.cases.get(names[code], values.otherwise) for code in sorted(names)
        ]
        rounds = max(len(case) for case in cases)
        base = len(into)
        for case in cases:
            for r in range(rounds):
                into.extend(told(case[min(r, len(case) - 1)]))  # type: ignore[arg-type]
        self.choices.append((base, attribute, len(cases), rounds, width))
        return len(self.choices) - 1
