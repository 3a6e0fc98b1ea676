"""The values of a difference in words: durations, deadlines, fees, contacts, conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from polku.path.changes.terms import TERMS, UNITS, WORDS
from polku.path.diff import Condition, Guard, Named, Place, Subject
from polku.path.facts import Contact, Deadline, Fee, Promise
from polku.path.model import Repeat, Timer

_PIECE = re.compile(r"(\d+(?:\.\d+)?)([YMWDHS])")
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_SIGNS = (("==", "="), ("!=", "≠"), (">=", "≥"), ("<=", "≤"))
_NAME = re.compile(r"[^\W\d]\w*")


class Speaker:
    """Says values in one language."""

    def __init__(self, language: str) -> None:
        if language not in WORDS:
            raise ValueError(f"no sentences in {language!r}; there are {', '.join(WORDS)}")
        self.language = language
        self.words, self.terms, self.units = WORDS[language], TERMS[language], UNITS[language]

    def listed(self, parts: Iterable[str], last: str = "and") -> str:
        """Words as in a sentence: a, b and c."""
        parts = list(dict.fromkeys(parts))
        if len(parts) < 2:
            return "".join(parts)
        return ", ".join(parts[:-1]) + f" {self.words[last]} " + parts[-1]

    # -- names

    def name(self, subject: Subject | Named) -> str:
        """A name in quotes, or what is said of something without one."""
        name = subject.names.best(self.language)
        if name:
            if isinstance(subject, Named):
                return name
            if subject.what == "document":
                return self.quoted(_BRACKETS.sub("", name) or name)
            return f"»{name}«"
        what = subject.what if isinstance(subject, Subject) else "step"
        return self.words["nameless_event" if what == "event" else "nameless_step"]

    def who(self, place: Place, *, unit: bool = False) -> str:
        """An agency by its name (or its unit's, with the agency in brackets)."""
        if place.role == "customer":
            return self.words["customer_short"]
        agency = self.name(place.agency) if place.agency is not None else self.words["city"]
        if unit and place.unit is not None:
            return self.name(place.unit)
        return agency

    def short(self, place: Place) -> str:
        """Who does something, as it stands in brackets: without brackets of its own."""
        return _BRACKETS.sub("", self.who(place))

    def at(self, subject: Subject, here: str | None) -> str:
        """A name, with who does it in brackets where that is somebody else."""
        said = self.name(subject)
        return said if subject.place.key == here else f"{said} ({self.short(subject.place)})"

    def quoted(self, words: str) -> str:
        """Words in the quotation marks of the language, which steps do not have."""
        return self.words["document"].format(d=words)

    # -- numbers and times

    def number(self, value: float) -> str:
        """A number, without needless decimals, with the language's decimal mark."""
        text = f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
        return text.replace(".", self.words["point"])

    def duration(self, text: str) -> str:
        """An ISO 8601 duration in words; what is none stays as it is."""
        date, _, time = text.removeprefix("P").partition("T")
        said = []
        for piece, small in ((date, False), (time, True)):
            for number, unit in _PIECE.findall(piece):
                one, many = self.units[unit.lower() if small else unit]
                count = self.number(float(number))
                said.append(f"{count} {one if float(number) == 1 else many}")
        return self.listed(said) if said else self._plain(text)

    def timer(self, timer: Timer) -> str:
        """When a timer fires."""
        if timer.kind == "date":
            return timer.value
        if timer.kind == "cycle":
            rounds, _, every = timer.value.partition("/")
            count = rounds.removeprefix("R")
            return f"{count} × {self.duration(every)}" if count else self.duration(every)
        return self.duration(timer.value)

    def deadlines(self, deadlines: Iterable[Deadline]) -> str:
        """Deadlines, one after the other."""
        said = []
        for one in deadlines:
            text = self.words[one.counted].format(d=self.duration(one.duration))
            own = (one.text.get(self.language) or "").rstrip(".")
            of = own or (f"»{self._plain(one.of)}«" if one.of else "")
            number = re.search(r"\d+", one.duration)
            if own and number is not None and number[0] in own:
                said.append(self.quoted(own))
            else:
                said.append(f"{text} {of}" if of and not own else f"{text} ({of})" if of else text)
        return self.listed(said)

    def fees(self, fees: Iterable[Fee]) -> str:
        """Fees, one after the other."""
        said = []
        for fee in fees:
            text = f"{self.number(fee.amount)} {fee.currency}"
            if fee.per:
                text += f" / {self._plain(fee.per)}"
            name = fee.text.get(self.language)
            said.append(f"{text} ({name.rstrip('.')})" if name else text)
        return self.listed(said)

    # -- facts

    def contact(self, contact: Contact, *, to_customer: bool = False) -> str:
        """Who starts a contact, and in which channels."""
        by = contact.by if not to_customer else ("you" if contact.by == "customer" else "us")
        said = self.words[f"by_{by}"]
        return f"{said}, {self.channels(contact)}" if contact.channels else said

    def channels(self, contact: Contact) -> str:
        """The channels of a contact."""
        return self.listed((self.terms.get(c, self._plain(c)) for c in contact.channels), "or")

    def repeat(self, repeat: Repeat) -> str:
        """How often a step is done."""
        text = self.words[repeat.kind]
        if repeat.kind == "loop":
            condition = self.condition(repeat.condition) if repeat.condition else ""
            return fill(text, {"c": condition})
        times = repeat.times or self.words["several"]
        if not times.isdigit() and repeat.times:
            times = self.words["several"]
        return text.format(n=times)

    def value(self, value: object) -> str:
        """Any value of a change."""
        if isinstance(value, Promise):
            return self.duration(value.duration)
        if isinstance(value, Timer):
            return self.timer(value)
        if isinstance(value, Repeat):
            return self.repeat(value)
        if isinstance(value, Contact):
            return self.contact(value)
        if isinstance(value, Place):
            return self.who(value, unit=True)
        if isinstance(value, Guard):
            return self.guard(value)
        if isinstance(value, tuple) and value:
            if isinstance(value[0], Deadline):
                return self.deadlines(value)
            if isinstance(value[0], Fee):
                return self.fees(value)
            return self.listed(self.name(v) for v in value)
        return "" if value is None or value == () else str(value)

    # -- conditions

    def guard(self, guard: Guard) -> str:
        """The conditions under which a step is done, as clauses: if a and if b, or if c."""
        return self.listed(
            (self.listed(self._one(c) for c in way) for way in guard.conditions), "or"
        )

    def _one(self, condition: Condition) -> str:
        if condition.event is not None:
            return self.words["if_event"].format(e=self.name(condition.event))
        if own := condition.said.best(self.language):
            return own
        question = condition.question.best(self.language)
        if answer := condition.answer.best(self.language):
            if question and question.endswith("?"):
                return self.words["if_answer"].format(q=question, a=answer)
            return self.words["if"].format(c=f"{question}: {answer}" if question else answer)
        if not condition.text:
            return self.words["if_event"].format(e=self.words["nameless_event"])
        key = "if" if condition.holds else "if_not"
        return self.words[key].format(c=self.condition(condition.text, quoted=False))

    def condition(self, text: str, *, quoted: bool = True) -> str:
        """A condition in the signs of arithmetic instead of a programming language's."""
        for code, sign in _SIGNS:
            text = text.replace(code, sign)
        text = re.sub(r"""(['"])(.*?)\1""", lambda m: m[2], text)
        words = {"and": "and", "or": "or", "not": "no_not", "True": "yes", "False": "no"}

        def said(found: re.Match[str]) -> str:
            word = found[0]
            return self.words[words[word]] if word in words else self._plain(word)

        text = _NAME.sub(said, text)
        return self.quoted(text) if quoted else text

    def share(self, value: float) -> str:
        """A share in percent."""
        return f"{self.number(round(100 * value, 0 if value >= 0.01 else 1))} %"

    def _plain(self, word: str) -> str:
        """A word of the path's own as people write words."""
        return word.replace("-", " ").replace("_", " ").strip()


_CHOICE = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def fill(template: str, slots: dict[str, str], many: bool = False) -> str:
    """A template with its slots filled; what stands in [ ] goes where one of its slots is empty.

    >>> fill("{s} waits[ for {o}]{ once| twice}.", {"s": "It", "o": ""}, many=True)
    'It waits twice.'
    """

    def optional(found: re.Match[str]) -> str:
        inner = found[1]
        return inner if all(slots.get(name) for name in _SLOT.findall(inner)) else ""

    text = _OPTIONAL.sub(optional, template)
    text = _CHOICE.sub(lambda m: m[2 if many else 1], text)
    return _SLOT.sub(lambda m: slots.get(m[1], ""), text)
