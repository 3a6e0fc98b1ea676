"""Business-friendliness: what it costs the business, and how it felt."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import LogError
from polku.measure.criteria.promptness import with_rest, work_marks
from polku.measure.facts import Answers, Ints, Marks
from polku.measure.registry import criterion
from polku.measure.statistics import Expected, NetPromoter, TopBox
from polku.measure.statistics_more import MeanScore
from polku.measure.steps import Steps
from polku.measure.waiting import life
from polku.measure.work_clock import DAY

CENTS = 100.0
COUNTED = (
    "Counted until the matter's end or the last moment watched; the figure is the expected amount "
    "within h of arrival, open matters included."
)


def _by_activity(steps: Steps, table: AnyMapping[str, float]) -> npt.NDArray[np.float64]:
    """The table's figure for each instance, by activity, else by kind of event; else 0."""
    out = np.zeros(steps.m)
    for column in ("kind", "activity"):
        names = steps.categories(column)
        known = np.array([n in table for n in names] + [False])
        value = np.array([table.get(n, 0.0) for n in names] + [0.0])
        codes = steps.codes(column)
        out = np.where(known[codes], value[codes], out)
    return out


def _euros(steps: Steps, euros: npt.NDArray[np.float64]) -> Marks:
    cents: Ints = np.rint(euros * CENTS).astype(np.int64)
    at = np.flatnonzero(cents).astype(np.int32)
    return steps.marks(at, cents[at], CENTS)


@criterion(
    id="burden_eur",
    principle="business-friendliness",
    unit="€",
    direction="lower",
    question={
        "fi": "Paljonko asiointi maksaa yritykselle työnä ja ostoina?",
        "sv": "Vad kostar ärendet företaget i arbete och inköp?",
        "en": "What does the matter cost the business in work and purchases?",
    },
    definition="EU Standard Cost Model: Σ tariff × hours × (1 − business as usual) + external "
    "spend, by the figures of [burden] for each activity or kind of event.",
    statistics=(Expected(),),
    needs=("mapping:burden.tariff",),
    parts=("burden", "closed"),
    open_matters=COUNTED,
    pitfalls="As good as the hours in the mapping; waiting is not in it, see delay_cost_eur.",
)
def burden_eur(steps: Steps) -> Marks:
    """Cost of each event to the customer, in cents."""
    burden = steps.log.mapping.burden
    work = (burden.tariff or 0.0) * (1.0 - burden.usual_share)
    return _euros(
        steps, work * _by_activity(steps, burden.hours) + _by_activity(steps, burden.external)
    )


@criterion(
    id="fees_eur",
    principle="business-friendliness",
    unit="€",
    direction="lower",
    question={
        "fi": "Paljonko maksuja yritys maksaa kaupungille?",
        "sv": "Hur mycket avgifter betalar företaget till staden?",
        "en": "How much does the business pay the city in fees?",
    },
    definition="Fees of the events ([columns] fee), else those of [burden] fees by activity.",
    statistics=(Expected(),),
    needs=("column:fee or mapping:burden.fees",),
    parts=("burden", "closed"),
    open_matters=COUNTED,
    pitfalls="A fee that comes after the matter's end is not seen.",
)
def fees_eur(steps: Steps) -> Marks:
    """Fee of each event, in cents."""
    if "fee" not in steps.log.events.columns:
        return _euros(steps, _by_activity(steps, steps.log.mapping.burden.fees))
    column = steps.log.events["fee"]
    fees = column.cast(pl.Float64, strict=False)
    bad = column.is_not_null() & fees.is_null()
    if bad.any():
        raise LogError(
            f"[columns] fee: {int(bad.sum())} values are no number, the first is "
            f"{column.filter(bad)[0]!r}; correct them or name another column"
        )
    return _euros(steps, fees.fill_null(0.0).to_numpy())


@criterion(
    id="delay_cost_eur",
    principle="business-friendliness",
    unit="€",
    direction="lower",
    question={
        "fi": "Paljonko asian kesto maksaa yritykselle?",
        "sv": "Vad kostar tiden det tar företaget?",
        "en": "What does the time it takes cost the business?",
    },
    definition="Days from arrival to end × [burden] delay_eur_per_day.",
    statistics=(Expected(),),
    needs=("closed", "mapping:burden.delay_eur_per_day"),
    parts=("burden", "closed"),
    open_matters="Time counts as it goes by: the expected time within h of arrival, open matters "
    "included.",
    pitfalls="A straight line: a season that is missed costs more than its days.",
)
def delay_cost_eur(steps: Steps) -> Marks:
    """Time as it goes by, valued by the day."""
    lived = life(steps)
    euros = steps.log.mapping.burden.delay_eur_per_day or 1.0
    return Marks(steps.clock, None, with_rest(steps, lived.passed), DAY / euros)


@criterion(
    id="repeated_data",
    principle="business-friendliness",
    unit="requests",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa yritykseltä kysytään samaa tietoa uudelleen?",
        "sv": "Hur många gånger frågas företaget efter samma uppgift igen?",
        "en": "How often is the business asked again for the same thing?",
    },
    definition="Further units that ask for a document or data key for which another unit has "
    "asked in the same matter.",
    statistics=(Expected(),),
    needs=("column:data_key", "unit"),
    parts=("closed", "none"),
    open_matters=COUNTED,
    pitfalls="Sees only requests whose key is recorded.",
)
def repeated_data(steps: Steps) -> Marks:
    """First request of each further unit for the same key."""
    names = steps.categories("data_key")
    if any(";" in name for name in names):
        return _repeated_of_several(steps, [name.split(";") for name in names])
    key, unit = steps.codes("data_key"), steps.codes("unit")
    known = (key >= 0) & (unit >= 0)
    width = np.int32(unit.max(initial=0) + 1)
    pair = np.where(known, key * width + unit, np.int32(-1)).astype(np.int32)
    alone = np.where(known, key, np.int32(-1)).astype(np.int32)
    here = np.arange(steps.m, dtype=np.int32)
    first_of_unit = steps.first_positions(pair) == here
    return steps.marks(known & first_of_unit & (steps.first_positions(alone) != here))


def _repeated_of_several(steps: Steps, asked: list[list[str]]) -> Marks:
    """The same where one event may ask for several keys: `asked`, the keys of each code."""
    keys = [[k for k in dict.fromkeys(map(str.strip, some)) if k] for some in asked]
    known = {k: i for i, k in enumerate(dict.fromkeys(k for some in keys for k in some))}
    flat = np.array([known[k] for some in keys for k in some], dtype=np.int64)
    count = np.array([len(some) for some in keys], dtype=np.int64)
    first = np.cumsum(count) - count
    code, unit = steps.codes("data_key"), steps.codes("unit")
    at = np.flatnonzero((code >= 0) & (unit >= 0))
    many = count[code[at]]
    place = np.repeat(at, many)  # one entry for each key that each event asks for
    within = np.arange(len(place)) - np.repeat(np.cumsum(many) - many, many)
    key = flat[first[code[place]] + within]
    of_matter = steps.case[place].astype(np.int64) * len(known) + key
    of_unit = of_matter * (int(unit.max(initial=0)) + 1) + unit[place]
    new = np.zeros(len(place), dtype=bool)
    new[np.unique(of_unit, return_index=True)[1]] = True
    new[np.unique(of_matter, return_index=True)[1]] = False
    times = np.bincount(place[new], minlength=steps.m)
    where = np.flatnonzero(times).astype(np.int32)
    return steps.marks(where, times[where])


def _answers(steps: Steps, name: str, lowest: int, highest: int) -> Answers:
    cases = steps.log.cases
    asked = getattr(steps.log.mapping.survey, name) or ""
    column = asked if asked in cases.columns else asked.removeprefix("case:")
    value = cases[column].cast(pl.Float64, strict=False)
    bad = cases[column].is_not_null() & (
        value.is_null() | (value < lowest) | (value > highest) | (value != value.round())
    )
    if bad.any():
        raise LogError(
            f"[survey] {name}: matter {cases['case_id'].filter(bad)[0]!r} has the answer "
            f"{cases[column].filter(bad)[0]!r}; answers are whole numbers from {lowest} to "
            f"{highest}, correct the column"
        )
    return Answers(value.fill_null(0.0).cast(pl.Int64).to_numpy(), value.is_not_null().to_numpy())


@criterion(
    id="csat",
    principle="business-friendliness",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka moni yritys oli tyytyväinen?",
        "sv": "Hur många företag var nöjda?",
        "en": "How many businesses were satisfied?",
    },
    definition="Share of answers 4 or 5 on the scale 1–5; their mean beside it.",
    statistics=(TopBox(4), MeanScore()),
    needs=("survey:csat",),
    parts=("survey",),
    open_matters="Matters that answered count, open or not.",
    pitfalls="Those who answer are not those who do not: read the response rate.",
)
def csat(steps: Steps) -> Answers:
    """Raw answers 1–5."""
    return _answers(steps, "csat", 1, 5)


@criterion(
    id="ces",
    principle="business-friendliness",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka moni yritys piti asiointia helppona?",
        "sv": "Hur många företag tyckte att det var lätt?",
        "en": "How many businesses found it easy?",
    },
    definition="Share of answers 5 or more on the scale 1–7 to “it was easy”; their mean beside "
    "it.",
    statistics=(TopBox(5), MeanScore()),
    needs=("survey:ces",),
    parts=("survey",),
    open_matters="Matters that answered count, open or not.",
    pitfalls="Those who answer are not those who do not: read the response rate.",
)
def ces(steps: Steps) -> Answers:
    """Raw answers 1–7."""
    return _answers(steps, "ces", 1, 7)


@criterion(
    id="nps",
    principle="business-friendliness",
    unit="score",
    direction="higher",
    question={
        "fi": "Suosittelisiko yritys palvelua muille?",
        "sv": "Skulle företaget rekommendera tjänsten?",
        "en": "Would the business recommend the service?",
    },
    definition="Per cent of answers 9–10 less per cent of answers 0–6.",
    statistics=(NetPromoter(),),
    needs=("survey:nps",),
    parts=("survey",),
    open_matters="Matters that answered count, open or not.",
    pitfalls="Throws most of the answers' information away; raw answers are kept.",
)
def nps(steps: Steps) -> Answers:
    """Raw answers 0–10."""
    return _answers(steps, "nps", 0, 10)


@criterion(
    id="staff_experience",
    principle="business-friendliness",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka moni käsittelijä oli tyytyväinen asian kulkuun?",
        "sv": "Hur många handläggare var nöjda med hur ärendet gick?",
        "en": "How many officials were satisfied with how the matter went?",
    },
    definition="Share of the officials' answers 4 or 5 on the scale 1–5; their mean beside it.",
    statistics=(TopBox(4), MeanScore()),
    needs=("survey:staff",),
    parts=("survey",),
    open_matters="Matters that were answered for count, open or not.",
    pitfalls="One official may answer for many matters: answers are not independent.",
)
def staff_experience(steps: Steps) -> Answers:
    """Raw answers 1–5 of officials."""
    return _answers(steps, "staff", 1, 5)


@criterion(
    id="staff_hours",
    principle="business-friendliness",
    unit="hours",
    direction="lower",
    question={
        "fi": "Kuinka monta tuntia kaupungin henkilöstö tekee työtä asian eteen?",
        "sv": "Hur många timmar arbetar stadens personal med ärendet?",
        "en": "How many hours does the city's staff work on the matter?",
    },
    definition="Σ(e − s) over the city's steps whose start and end are known, in person-hours: "
    "steps of a person whom the log names, else steps that the customer did not start and that "
    "stand with an agency or unit, where the log knows any; automatic steps and pauses do not "
    "count.",
    statistics=(Expected(),),
    needs=("start",),
    parts=("automatic", "clock", "closed", "contacts", "lifecycle"),
    open_matters=COUNTED,
    pitfalls="A step that was left open over night counts the night.",
    version=2,
)
def staff_hours(steps: Steps) -> Marks:
    """Duration of every step that is the city's work."""
    return work_marks(steps, steps.by_staff)


def staff_hours_by_unit(steps: Steps) -> dict[str, float]:
    """Hours of the city's work by unit, all matters together; `""` where no unit is known."""
    at = np.flatnonzero(steps.by_staff & steps.within_life)
    names = ["", *steps.categories("unit")]
    spent = np.bincount(
        steps.codes("unit")[at] + 1,
        weights=steps.time[at] - steps.start[at],
        minlength=len(names),
    )
    return {name: float(us) / 3.6e9 for name, us in zip(names, spent, strict=True) if us}
