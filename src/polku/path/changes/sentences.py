"""What changed between two versions of a path, told to each agency and to the customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from polku.path.changes.tell import CUSTOMER_KEY, MOST_LISTED, Line, Teller, to_whom
from polku.path.changes.values import Speaker, fill
from polku.path.changes.words import AGENCY, CUSTOMER
from polku.path.diff import Difference, Named, Place, Subject, Which

_LISTED = {
    "removed", "removed_received", "added", "added_received", "added_contact", "optional",
    "optional_if", "optional_city", "optional_city_if", "mandatory", "mandatory_city", "moved",
    "moved_away", "moved_unit", "automated", "by_hand", "contact_dropped", "contact_dropped_city",
    "contact_added_city", "contact_moved", "contact_point_dropped", "contact_point_added",
    "document_dropped", "document_fetched", "document_asked_less", "document_asked_more",
    "document_added", "document_less", "document_more", "document_asked_elsewhere",
    "document_asked_away", "document_received", "document_asked_less_many", "waits_only_many",
}  # fmt: skip
"""Kinds of which a reader is told all at once, where the values are the same."""
_CUSTOMER_LISTED = _LISTED | {"waits", "waits_no_longer", "waits_instead"}
_JOINED = {"waits", "made_added", "made_dropped", "used_added", "used_dropped", "fetched_added",
           "fetched_dropped", "waits_no_longer"}  # fmt: skip
"""Kinds of which a reader is told at once for each step, and for steps with the same others."""
_FIRST = ("merged_new", "merged", "removed", "moved_away", "contact_moved", "contact_dropped_city",
          "optional_if", "optional", "optional_city_if", "optional_city", "added",
          "contact_added_city", "moved")  # fmt: skip
"""What the customer is told first, in this order."""
_LEAD = ("agency_left", "agency_joined", "moved", "moved_away", "merged_new",
         "merged_new_received", "merged_new_contact", "merged", "merged_away_received",
         "removed_received", "merged_away", "removed", "added_received", "added",
         "added_contact")  # fmt: skip
"""What an agency is told first."""


@dataclass(frozen=True, slots=True)
class AgencySection:
    """What one agency, or the customer, is told: the important first.

    A sentence with a long list goes over several lines, each with a dash before it. `agency`: None
    in the customer's section and where a path names no agency.
    """

    heading: str
    role: Literal["customer", "agency"]
    sentences: tuple[str, ...]
    agency: Named | None = None


def sentences(difference: Difference, language: str = "en") -> tuple[AgencySection, ...]:
    """What changed, in sentences by agency, the customer first.

    `language`: "fi", "sv" or "en" (`ValueError` for another). Agencies to which nothing changes
    have no section, the customer then has one that says so. Within a section: what is no longer or
    newly done, then order, contacts, documents and deadlines.

    >>> from polku.path.build import start
    >>> from polku.path.diff import diff
    >>> one = start("Stall").step("Apply", unit="Square").step("Check", unit="Rescue").path()
    >>> two = start("Stall").step("Apply", unit="Square").path()
    >>> for section in sentences(diff(one, two)):
    ...     print(section.heading, "-", *section.sentences)
    You, the customer - You do the same as before.
    Rescue - No longer takes part in handling the matter. No longer done: »Check«.
    """
    return tuple(_Sections(difference, Speaker(language)).sections())


def title_line(difference: Difference, language: str = "en") -> str:
    """Which path, from which version to which."""
    speaker = Speaker(language)
    one, two = difference.before, difference.after
    names = [which.name.best(language) or "" for which in (one, two)]
    said = (_version(one, speaker, "before_it"), _version(two, speaker, "after_it"))
    name = " → ".join(dict.fromkeys(filter(None, names)))
    return speaker.words["title"].format(name=name, was=said[0], now=said[1])


def _version(version: Which, speaker: Speaker, otherwise: str) -> str:
    state = speaker.words.get(version.state or "") or (version.state or "")
    if not version.number:
        return state or speaker.words[otherwise]
    number = speaker.words["version"].format(n=version.number)
    return f"{number} ({state})" if state else number


def summary_line(difference: Difference, language: str = "en") -> str:
    """What it comes to for the customer, and how many change something."""
    speaker = Speaker(language)
    words, s = speaker.words, difference.summary
    if difference.empty:
        return words["nothing"]
    if all(c.kind == "texts" for c in difference.changes):
        return words["only_texts"]

    def both(was: str, now: str) -> str:
        return words["same" if was == now else "was"].format(was=was, now=now)

    def span(pair: tuple[int, int]) -> str:
        return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}–{pair[1]}"

    changing = words["changing_one" if s.changing == 1 else "changing_many"].format(n=s.changing)
    documents = both(*(str(high) for _, high in s.documents_each))
    return words["summary"].format(
        contacts=both(*map(span, s.contacts_each)), points=both(*map(str, s.contact_points)),
        agencies=both(*map(str, s.agencies)), documents=documents, changing=changing,
    )  # fmt: skip


def closing_line(difference: Difference, language: str = "en") -> str:
    """The agencies to which nothing changes; "" where there is none, or nothing changes at all."""
    speaker = Speaker(language)
    told = {s.heading for s in sentences(difference, language)}
    rest = sorted({n for a in difference.agencies if (n := speaker.name(a)) not in told})
    if not rest or not told:
        return ""
    return speaker.words["closing"].format(o=speaker.listed(rest))


class _Sections:
    """Puts lines into sentences, and the sentences under whom they concern."""

    def __init__(self, difference: Difference, speaker: Speaker) -> None:
        self.difference, self.say = difference, speaker

    def sections(self) -> Iterator[AgencySection]:
        lines: dict[str, list[Line]] = {}
        for line in Teller(self.difference, self.say).lines():
            lines.setdefault(line.to, []).append(line)
        if not lines:
            return
        lines.setdefault(CUSTOMER_KEY, [])
        places = self._places()
        for to in sorted(lines, key=lambda k: (k != CUSTOMER_KEY, self._heading(k, places), k)):
            told = tuple(dict.fromkeys(self._told(lines[to], to)))
            customer = to == CUSTOMER_KEY
            place = places.get(to)
            yield AgencySection(
                self._heading(to, places),
                "customer" if customer else "agency",
                told or (CUSTOMER[self.say.language]["same"],),
                None if customer or place is None else place.agency,
            )

    def _places(self) -> dict[str, Place]:
        places: dict[str, Place] = {}
        for change in self.difference.changes:
            for subject in (change.subject, *change.others):
                places.setdefault(subject.place.key, subject.place)
            for value in (change.before, change.after):
                if isinstance(value, Place):
                    places.setdefault(value.key, value)
        return places

    def _heading(self, key: str, places: dict[str, Place]) -> str:
        if key == CUSTOMER_KEY:
            return self.say.words["customer"]
        return self.say.who(places[key]) if key in places else self.say.words["city"]

    def _told(self, lines: list[Line], to: str) -> Iterator[str]:
        """The sentences of a section; what belongs together is told at once."""
        customer = to == CUSTOMER_KEY
        first = {key: k for k, key in enumerate(_FIRST if customer else _LEAD)}
        lines = sorted(lines, key=lambda n: (first.get(n.key, len(first)), n.rank))
        freed = [n for n in lines if n.key == "waits_no_longer_only"]
        many = {n.now for n in freed if sum(m.now == n.now for m in freed) > 1}
        lines = [
            replace(n, key="waits_only_many", listed=()) if n in freed and n.now in many else n
            for n in lines
        ]
        done: set[tuple[str, ...]] = set()
        for line in lines:
            if line.key in (_CUSTOMER_LISTED if customer else _LISTED):
                alike = (line.key, line.was, line.now, line.cond)
                if alike not in done:
                    same = [n for n in lines if (n.key, n.was, n.now, n.cond) == alike]
                    yield self._sentence(line, to, self._all(same), same)
                done.add(alike)
            elif line.key in _JOINED:
                if (line.key, line.subject.id) not in done:
                    yield self._sentence(*self._join(line, lines, to, done))
            else:
                yield self._sentence(line, to, line.listed)

    @staticmethod
    def _all(lines: list[Line]) -> list[Subject]:
        return [s for n in lines for s in (n.listed or (n.subject,))]

    def _join(
        self, line: Line, lines: list[Line], to: str, done: set[tuple[str, ...]]
    ) -> tuple[Line, str, tuple[Subject, ...]]:
        """One line for a step and all its others, and for documents all steps with the same."""
        mine = [n for n in lines if n.key == line.key and n.cond == line.cond]
        others: dict[str, dict[str, Subject]] = {}
        for one in mine:
            others.setdefault(one.subject.id, {}).update((o.id, o) for o in one.listed)
        wanted = others[line.subject.id]
        subjects = {line.subject.id: line.subject}
        if not line.key.startswith("waits"):
            subjects |= {n.subject.id: n.subject for n in mine
                         if others[n.subject.id].keys() == wanted.keys()}  # fmt: skip
        done |= {(line.key, id) for id in subjects}
        said = self.say.listed(self._subject(s, to) for s in subjects.values())
        return replace(line, said=said), to, tuple(wanted.values())

    def _subject(self, subject: Subject, to: str) -> str:
        away = to == CUSTOMER_KEY or subject.place.key != to
        if away and subject.what in ("step", "event") and subject.place.role == "agency":
            return self.say.at(subject, None)
        return self._name(subject)

    def _sentence(
        self, line: Line, to: str, others: Iterable[Subject], lines: Iterable[Line] = ()
    ) -> str:
        language = self.say.language
        template = (CUSTOMER[language].get(line.key) if to == CUSTOMER_KEY else None) or AGENCY[
            language
        ][line.key]
        more = {_which(n.subject): n.more for n in lines if n.more}
        others = list(dict.fromkeys(others))
        plain = line.key in ("moved", "moved_away", "contact_added_city", "contact_moved") or (
            line.key.startswith(("used", "made", "fetched"))
        )
        said = line.said or self._subject(line.subject, to)
        slots = {
            "s": said, "o": self._list(others, to, more, plain), "was": line.was,
            "now": line.now, "what": line.what, "cond": line.cond,
        }  # fmt: skip
        text = fill(template, slots, many=len(others) > 1).replace(" \n", "\n")
        return text[:1].upper() + text[1:]

    def _list(
        self,
        subjects: list[Subject],
        to: str,
        more: Mapping[tuple[str, str], str],
        plain: bool = False,
    ) -> str:
        """Names, by whom they belong to where that is not the reader: a line for each if many."""
        items = []
        for subject in subjects:
            own = plain or to_whom(subject) == to or subject.what == "agency"
            who = "" if own else self.say.short(subject.place)
            items.append((self._name(subject), who, more.get(_which(subject), ""), subject))
        names = list(dict.fromkeys(name for name, *_ in items))
        if len(names) == 1 and len(items) > 1:  # one document, asked by several
            said = [" ".join(filter(None, (who, extra))) for _, who, extra, _ in items]
            listed = "; ".join(said) if any(extra for *_, extra, _ in items) else None
            return f"{names[0]} ({listed or self.say.listed(said)})"
        groups: dict[str, list[str]] = {}
        for name, who, extra, subject in items:
            if subject.what == "document" and extra:
                name, extra = f"{name} ({extra})", ""
            behind = ", ".join(filter(None, (who, extra)))
            groups.setdefault(behind, []).append(name)
        told = any(s.what == "document" and extra for *_, extra, s in items)
        if (len(groups) < 2 or len(subjects) <= MOST_LISTED) and not (told and any(groups)):
            said = [
                self.say.listed(some) + (f" ({behind})" if behind else "")
                for behind, some in groups.items()
            ]
            clear = len(groups) == 1 or all(len(some) == 1 for some in groups.values())
            return self.say.listed(said) if clear else "; ".join(said)
        own_place = next((s.place for *_, who, _, s in items if not who), None)
        alone = self.say.words["alone"]
        if to != CUSTOMER_KEY and own_place is not None:
            alone = self.say.short(own_place)
        return ";".join(
            f"\n– {behind or alone}: {self.say.listed(some)}" for behind, some in groups.items()
        )

    def _name(self, subject: Subject) -> str:
        if subject.what in ("agency", "unit"):
            return self.say.name(Named(subject.id, subject.names))
        return self.say.name(subject)


def _which(subject: Subject) -> tuple[str, str]:
    """A subject where it stands: two agencies may ask for the same document."""
    return subject.id, subject.place.key


def by_customer(sections: Iterable[AgencySection]) -> tuple[str, ...]:
    """The customer's sentences."""
    return next((s.sentences for s in sections if s.role == "customer"), ())
