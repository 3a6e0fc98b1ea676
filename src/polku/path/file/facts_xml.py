"""Polku's facts in the extension elements of a BPMN file: reading and writing `urn:polku:1`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

from polku.errors import PathError
from polku.path.facts import (
    LANGUAGES,
    Contact,
    Deadline,
    Document,
    Facts,
    Fee,
    Origin,
    Promise,
    Text,
    Unit,
    Version,
)
from polku.path.file.xml import BPMN, POLKU, local, space, words_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,25}(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_COUNT = re.compile(r"[0-9]{1,15}")
_N = "[0-9]{1,9}"
_DURATION = re.compile(
    rf"P(?=[0-9]|T[0-9])({_N}Y)?({_N}M)?({_N}W)?({_N}D)?"
    rf"(T(?=[0-9])({_N}H)?({_N}M)?({_N}(\.[0-9]+)?S)?)?"
)


class Place:
    """Where an element stands, for messages: the file and the element's id."""

    def __init__(self, file: str, id: str) -> None:
        self.file, self.id = file, id

    def refuse(self, element: _Element, found: str) -> NoReturn:
        """Raise `PathError` for what was found at an element."""
        raise PathError(f"{self.file}: line {element.sourceline:,}: element {self.id!r}: {found}")


def is_duration(text: str) -> bool:
    """Whether a text is an ISO 8601 duration, as in P14D or PT2H."""
    return _DURATION.fullmatch(text) is not None


def extensions(element: _Element) -> Iterator[_Element]:
    """The elements of `urn:polku:1` in an element's extension elements."""
    for holder in element.iterchildren(f"{{{BPMN}}}extensionElements"):
        for child in holder.iterchildren():
            if space(child) == POLKU:
                yield child


def read_facts(element: _Element, place: Place) -> Facts:
    """The facts in an element's extension elements."""
    found: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    for child in extensions(element):
        name = local(child)
        if name in ("name", "text"):
            continue
        if name in _MANY:
            field, read = _MANY[name]
            lists.setdefault(field, []).append(read(child, place))
        elif name in _ONE:
            field, read = _ONE[name]
            if field in found:
                place.refuse(child, f"has two <polku:{name}>; keep one")
            found[field] = read(child, place)
    names, text = _texts(extensions(element), place)
    found |= {k: tuple(v) for k, v in lists.items()}
    return Facts(names=names, text=text, **found)


def _texts(children: Iterator[_Element], place: Place) -> tuple[Text, Text]:
    out: dict[str, dict[str, str]] = {"name": {}, "text": {}}
    for child in children:
        if (name := local(child)) not in out or space(child) != POLKU:
            continue
        language = child.get(_LANG)
        if language not in LANGUAGES:
            place.refuse(child, f"<polku:{name}> has xml:lang {language!r}; fi, sv and en are read")
        if language in out[name]:
            place.refuse(child, f"has two <polku:{name}> in {language}; keep one")
        words = _said_in(child, place)
        if words:
            out[name][language] = words
    return Text(**out["name"]), Text(**out["text"])


def _said_in(child: _Element, place: Place) -> str:
    """The words of an element that holds nothing but words."""
    inner = next((e for e in child if isinstance(e.tag, str)), None)
    if inner is not None:
        place.refuse(
            inner, f"<polku:{local(child)}> holds <{local(inner)}> where words are; take it out"
        )
    return words_of(child)


def _needed(child: _Element, key: str, place: Place) -> str:
    value = (child.get(key) or "").strip()
    if not value:
        place.refuse(child, f"<polku:{local(child)}> has no {key}; add it")
    return value


def _one_of(
    child: _Element, key: str, among: tuple[str, ...], default: str | None, p: Place
) -> Any:
    value = child.get(key, default)
    if value not in among:
        p.refuse(
            child, f"<polku:{local(child)}> has {key} {value!r}; one of {', '.join(among)} is known"
        )
    return value


def _date(child: _Element, key: str, place: Place) -> date | None:
    text = child.get(key)
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    place.refuse(child, f"<polku:{local(child)}> has {key} {text!r}; write a day like 2026-01-31")


def _duration(child: _Element, place: Place) -> str:
    text = _needed(child, "duration", place)
    if not is_duration(text):
        place.refuse(
            child,
            f"<polku:{local(child)}> has duration {text!r}; write ISO 8601, as in P14D or PT2H",
        )
    return text


def _origin(child: _Element, place: Place) -> Origin:
    strength = child.get("strength")
    if strength is not None:
        _one_of(child, "strength", ("A", "B", "C"), None, place)
    return Origin(child.get("basis"), child.get("source"), strength, _date(child, "checked", place))


def _contact(child: _Element, place: Place) -> Contact:
    by = _one_of(child, "by", ("customer", "city"), None, place)
    return Contact(by, tuple((child.get("channels") or "").split()))


def _document(child: _Element, place: Place) -> Document:
    role = _one_of(child, "role", ("asked", "made", "used", "fetched"), "asked", place)
    names, _ = _texts(child.iterchildren(), place)
    return Document(_needed(child, "key", place), role, names, _origin(child, place))


def _deadline(child: _Element, place: Place) -> Deadline:
    counted = _one_of(child, "counted", ("within", "before", "after"), "within", place)
    of = child.get("of")
    if counted != "within" and not of:
        place.refuse(child, f"<polku:deadline> is counted {counted} nothing; add of, a moment")
    _, text = _texts(child.iterchildren(), place)
    return Deadline(_duration(child, place), counted, of, text, _origin(child, place))


def _fee(child: _Element, place: Place) -> Fee:
    text = _needed(child, "amount", place)
    amount = float(text) if _NUMBER.fullmatch(text) else -1.0
    if not isfinite(amount) or amount < 0:
        place.refuse(child, f"<polku:fee> has amount {text!r}; write a number like 600 or 49.50")
    _, words = _texts(child.iterchildren(), place)
    currency = child.get("currency", "EUR")
    return Fee(amount, currency, child.get("per"), words, _origin(child, place))


def _promise(child: _Element, place: Place) -> Promise:
    return Promise(_duration(child, place), _origin(child, place))


def _words(child: _Element, place: Place) -> str:
    words = _said_in(child, place)
    if not words:
        place.refuse(child, f"<polku:{local(child)}> is empty; write what it says or take it out")
    return words


_ONE = {
    "contact": ("contact", _contact),
    "promise": ("promise", _promise),
    "delay": ("delay", lambda c, p: _needed(c, "kind", p)),
    "separate": ("separate_from", lambda c, p: tuple(_needed(c, "from", p).split())),
    "fixed": ("fixed", _words),
}
_MANY = {
    "document": ("documents", _document),
    "deadline": ("deadlines", _deadline),
    "fee": ("fees", _fee),
    "activity": ("activities", lambda c, p: _needed(c, "name", p)),
    "assumption": ("assumptions", _words),
    "note": ("notes", _words),
}
OWN = frozenset({"name", "text", *_ONE, *_MANY})
"""Names of the extension elements that make up `Facts`."""
OTHERS = frozenset({"version", "lane", "probability", "data"})
"""Names of those that stand on the process, a lane, a flow, a data object."""


def one(element: _Element, name: str) -> _Element | None:
    """The extension element of a name."""
    return next((c for c in extensions(element) if local(c) == name), None)


def read_version(element: _Element, place: Place) -> Version:
    """The version of the path, on its process."""
    child = one(element, "version")
    if child is None:
        return Version()
    from polku.path.facts import STATES

    state = _one_of(child, "state", STATES, None, place) if child.get("state") else None
    notes = [_words(c, place) for c in child.iterchildren(f"{{{POLKU}}}note")]
    answers = tuple(_words(c, place) for c in child.iterchildren(f"{{{POLKU}}}answers"))
    valid_from = _date(child, "valid-from", place)
    return Version(
        child.get("of"), child.get("number"), state, valid_from, answers, " ".join(notes) or None
    )


def read_unit(child: _Element, place: Place) -> Unit:
    """The validity of a lane."""
    replaced = tuple((child.get("replaced-by") or "").split())
    return Unit(_date(child, "valid-from", place), _date(child, "valid-to", place), replaced)


def read_probability(child: _Element, place: Place) -> tuple[float, int | None]:
    """The probability of a flow, and of how many matters it was counted."""
    text = _needed(child, "value", place)
    value = float(text) if _NUMBER.fullmatch(text) else -1.0
    if not 0 <= value <= 1:
        place.refuse(child, f"<polku:probability> has value {text!r}; write one from 0 to 1")
    measured = child.get("measured")
    if measured is not None and not _COUNT.fullmatch(measured):
        place.refuse(child, f"<polku:probability> is measured of {measured!r}; write a number")
    return value, int(measured) if measured else None


def number(value: float) -> str:
    """A number as short as it can be written and read back."""
    return str(int(value)) if value == int(value) else repr(value)


def facts_elements(facts: Facts) -> Iterator[_Element]:
    """The extension elements that say these facts, in the order of the schema."""
    yield from _text_elements(names=facts.names, text=facts.text)
    if facts.contact is not None:
        yield element("contact", by=facts.contact.by, channels=" ".join(facts.contact.channels))
    for d in facts.documents:
        yield element(
            "document", *_text_elements(names=d.names), key=d.key, role=d.role, **_said(d.origin)
        )
    for t in facts.deadlines:
        yield element(
            "deadline", *_text_elements(text=t.text),
            duration=t.duration, counted=t.counted, of=t.of, **_said(t.origin),
        )  # fmt: skip
    for f in facts.fees:
        yield element(
            "fee", *_text_elements(text=f.text),
            amount=number(f.amount), currency=f.currency, per=f.per, **_said(f.origin),
        )  # fmt: skip
    if facts.promise is not None:
        yield element("promise", duration=facts.promise.duration, **_said(facts.promise.origin))
    if facts.delay is not None:
        yield element("delay", kind=facts.delay)
    if facts.separate_from:
        yield element("separate", **{"from": " ".join(facts.separate_from)})
    if facts.fixed is not None:
        yield element("fixed", text=facts.fixed)
    for activity in facts.activities:
        yield element("activity", name=activity)
    for assumption in facts.assumptions:
        yield element("assumption", text=assumption)
    for note in facts.notes:
        yield element("note", text=note)


def version_element(version: Version) -> _Element | None:
    """The extension element of a version; None where it says nothing."""
    if version == Version():
        return None
    inner = [element("answers", text=a) for a in version.answers]
    if version.note is not None:
        inner.append(element("note", text=version.note))
    return element(
        "version", *inner, of=version.of, number=version.number, state=version.state,
        **{"valid-from": _day(version.valid_from)},
    )  # fmt: skip


def lane_element(role: str, unit: Unit) -> _Element:
    """The extension element of a lane."""
    return element("lane", role=role, **{
        "valid-from": _day(unit.valid_from), "valid-to": _day(unit.valid_to),
        "replaced-by": " ".join(unit.replaced_by) or None,
    })  # fmt: skip


def probability_element(value: float, measured: int | None) -> _Element:
    """The extension element of a flow's probability."""
    n = None if measured is None else str(measured)
    return element("probability", value=number(value), measured=n)


def element(
    tag: str, /, *children: _Element, text: str | None = None, **attributes: Any
) -> _Element:
    """An element of `urn:polku:1`; attributes that are None or empty are left out."""
    from lxml import etree

    made = etree.Element(f"{{{POLKU}}}{tag}", nsmap={"polku": POLKU})
    for key, value in attributes.items():
        if value is not None and value != "":
            made.set(key, value)
    made.text = text
    made.extend(children)
    return made


def _text_elements(names: Text = Text(), text: Text = Text()) -> Iterator[_Element]:  # noqa: B008
    for tag, words in (("name", names), ("text", text)):
        for language in LANGUAGES:
            if said := words.get(language):
                made = element(tag, text=said)
                made.set(_LANG, language)
                yield made


def _said(origin: Origin) -> dict[str, str | None]:
    return {
        "basis": origin.basis, "source": origin.source, "strength": origin.strength,
        "checked": _day(origin.checked),
    }  # fmt: skip


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
