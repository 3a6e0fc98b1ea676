"""A front made by hand from the shipped event-permit path's names, for tests of what reads one.

The figures are invented but hang together: every change is the option's value less the current
state's, every verdict follows from the interval of the change, every sum of a ladder's rungs is
the option's change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from polku.path.facts import Text
from polku.redesign.axes import Axis
from polku.redesign.front import (
    AgencyTold,
    AssumptionTold,
    ConstraintTold,
    Drawn,
    Effort,
    Front,
    Insight,
    Option,
    Refused,
    Rung,
    Told,
    Verdict,
)

REPLICATIONS = 60

AXES = (
    Axis("contact_points", "mean_within_h", "units", "lower", floor=0.1),
    Axis("contact_moments", "mean_within_h", "contacts", "lower", floor=0.1),
    Axis("agencies", "mean_within_h", "agencies", "lower", floor=0.1),
    Axis("handovers", "mean_within_h", "hand-overs", "lower", floor=0.1),
    Axis("returns", "mean_within_h", "returns", "lower", floor=0.05),
    Axis("supplement_rounds", "mean_within_h", "rounds", "lower", floor=0.02),
    Axis("flexible", "share", "share", "higher", floor=0.005),
    Axis("lead_time", "p50", "days", "lower", floor=0.5),
    Axis("lead_time", "p80", "days", "lower", floor=0.5),
    Axis("lead_time", "p90", "days", "lower", floor=0.5),
    Axis("on_time", "share", "share", "higher", floor=0.01),
    Axis("predictability", "p90_over_p50", "ratio", "lower", floor=0.02),
    Axis("first_time_right", "share", "share", "higher", floor=0.01),
    Axis("staff_hours", "mean_within_h", "hours", "lower", floor=0.1),
    Axis("burden_eur", "mean_within_h", "€", "lower", floor=10.0),
    Axis("delay_cost_eur", "mean_within_h", "€", "lower", floor=10.0),
    Axis("lead_time", "p50", "days", "lower", "size", "small", floor=0.5),
    Axis("lead_time", "p50", "days", "lower", "size", "large", floor=0.5),
    Axis("on_time", "share", "share", "higher", "size", "small", floor=0.01),
    Axis("on_time", "share", "share", "higher", "size", "large", floor=0.01),
    Axis("staff_hours", "mean_within_h", "hours", "none", "unit", "Area use", floor=0.05),
    Axis("staff_hours", "mean_within_h", "hours", "none", "unit", "Event safety", floor=0.05),
    Axis("staff_hours", "mean_within_h", "hours", "none", "unit", "Noise control", floor=0.05),
    Axis("utilisation", "mean", "share", "none", "pool", "area-use", floor=0.005),
    Axis("utilisation", "mean", "share", "none", "pool", "event-safety", floor=0.005),
    Axis("utilisation", "mean", "share", "none", "pool", "noise-control", floor=0.005),
)
KEYS = tuple(a.key for a in AXES)
ON = (*KEYS[:6], KEYS[7], KEYS[9], *KEYS[10:15])
"""Keys of the axes by which the front is told."""
WEIGHTS = {
    "lead_time.p50": 3.0, "lead_time.p90": 2.0, "contact_points.mean_within_h": 2.0,
    "on_time.share": 2.0, "staff_hours.mean_within_h": 1.0, "burden_eur.mean_within_h": 1.0,
}  # fmt: skip

#            c.p.  c.m.  ag.  h-o.  ret.  sup.  flex  p50   p80   p90   on t. pred. ftr
CURRENT = (6.41, 17.8, 4.62, 13.2, 2.94, 0.84, 0.061, 48.2, 71.4, 88.3, 0.712, 1.83, 0.418,
           14.6, 1_243.0, 861.0, 44.9, 57.6, 0.748, 0.655,
           6.2, 2.9, 1.8, 0.742, 0.681, 0.553)  # fmt: skip
SPREAD = (0.22, 0.75, 0.12, 0.5, 0.21, 0.07, 0.012, 2.4, 4.6, 7.9, 0.028, 0.11, 0.03,
          0.5, 48.0, 52.0, 2.8, 4.1, 0.03, 0.044, 0.3, 0.14, 0.1, 0.03, 0.028, 0.025)  # fmt: skip

Step = Mapping[int, float]
"""What a move changes: by the position of an axis."""

DESK: Step = {0: -2.63, 1: -5.1, 3: -2.2, 4: -0.62, 6: -0.015, 7: -3.4, 8: -4.4, 9: -5.2,
              10: 0.031, 12: 0.02, 13: 0.42, 14: -231.0, 15: -58.0, 16: -4.8, 17: -0.6,
              18: 0.041, 19: 0.012, 20: 1.1, 21: -0.4, 22: -0.28, 23: 0.112,
              24: -0.062, 25: -0.05}  # fmt: skip
SIDE_BY_SIDE: Step = {7: -7.9, 8: -9.6, 9: -11.4, 10: 0.074, 11: -0.03, 15: -134.0, 16: -6.2,
                      17: -10.4, 18: 0.06, 19: 0.098}  # fmt: skip
ASK_ONCE: Step = {1: -1.4, 5: -0.21, 7: -1.9, 8: -3.1, 9: -4.6, 10: 0.018, 12: 0.086, 13: -0.55,
                  14: -118.0, 15: -31.0, 16: -1.8, 17: -2.1, 20: -0.3, 21: -0.12,
                  22: -0.1}  # fmt: skip
BY_DEFAULT: Step = {7: -2.8, 8: -6.1, 9: -9.8, 10: 0.052, 11: -0.12, 13: -0.22, 15: -46.0,
                    16: -1.1, 17: 1.9, 18: 0.03, 19: -0.024, 21: -0.35, 24: -0.05}  # fmt: skip
FAST_LANE: Step = {3: -1.6, 7: -6.4, 8: -3.1, 9: -0.4, 10: 0.044, 11: 0.21, 13: -0.9, 14: -64.0,
                   15: -98.0, 16: -13.2, 17: 2.6, 18: 0.12, 19: -0.031, 20: -0.5}  # fmt: skip


def _verdict(axis: Axis, change: float, half: float) -> Verdict:
    if not axis.sign or abs(change) <= max(half, axis.floor):
        return "no difference shown"
    return "better" if axis.sign * change < 0 else "worse"


def _figures(steps: Sequence[Step], n: int = REPLICATIONS) -> tuple[Told, ...]:
    out = []
    for k, axis in enumerate(AXES):
        change = round(sum(s.get(k, 0.0) for s in steps), 6)
        value, half = round(CURRENT[k] + change, 6), 1.96 * SPREAD[k] / n**0.5
        told = Told(
            axis.key, value, value - half, value + half, None, None, None, "not comparable",
            SPREAD[k], n,
        )  # fmt: skip
        if steps:
            own = half * (0.4 if any(k in s for s in steps) else 0.05)
            told = replace(
                told, change=change, change_low=change - own, change_high=change + own,
                verdict=_verdict(axis, change, own),
            )  # fmt: skip
        out.append(told)
    return tuple(out)


def _brings(step: Step, less: float = 1.0) -> dict[str, tuple[float | None, ...]]:
    """By axis key the change with its interval; axes that the move does not touch have 0."""
    out: dict[str, tuple[float | None, ...]] = {}
    for k, axis in enumerate(AXES):
        change, half = step.get(k, 0.0) * less, 0.8 * SPREAD[k] / REPLICATIONS**0.5
        half = half if k in step else half / 8
        out[axis.key] = (change, change - half, change + half)
    return out


def _rung(
    kind: str, at: tuple[str, ...], says: Text, agencies: tuple[str, ...], step: Step,
    answers: tuple[str, ...] = (),
) -> Rung:  # fmt: skip
    key = f"{kind}({', '.join(at)})"
    return Rung(key, kind, at, says, agencies, answers, _brings(step, 1.08), _brings(step))  # type: ignore[arg-type]


R_DESK = _rung(
    "merge-contact-points",
    ("event-safety", "noise-control", "food-safety", "area-use"),
    Text(
        fi="Yritys asioi vain Alueiden käytön kanssa; se välittää asiat Tapahtumaturvallisuudelle, "
        "Meluntorjunnalle ja Elintarviketurvallisuudelle.",
        sv="Företaget uträttar allt hos Områdesanvändning.",
        en="The business deals with Area use alone, which passes things on to Event safety, Noise "
        "control and Food safety.",
    ),
    ("city-environment", "rescue-department", "environmental-services"),
    DESK,
    ("complaint-31",),
)
R_SIDE = _rung(
    "parallelise",
    ("give-statement-rescue", "give-statement-noise"),
    Text(
        fi="Pelastuslaitoksen ja Ympäristöpalvelujen lausunnot annetaan rinnakkain.",
        sv="Räddningsverkets utlåtande och Miljötjänsternas utlåtande om buller ges samtidigt.",
        en="Give a statement on safety and Give a statement on noise are done side by side, not "
        "one after the other.",
    ),
    ("rescue-department", "environmental-services"),
    SIDE_BY_SIDE,
    ("finding-waiting",),
)
R_ONCE = _rung(
    "ask-once",
    ("apply-for-area", "send-rescue-plan"),
    Text(
        fi="Tapahtuman tiedot kysytään kerran: pelastussuunnitelmaan ne tulevat hakemuksesta.",
        sv="Uppgifterna om evenemanget frågas en gång.",
        en="The description of the event is asked once, with Apply for the area; Send the rescue "
        "plan takes it from there.",
    ),
    ("city-environment", "rescue-department"),
    ASK_ONCE,
    ("complaint-31", "interview-4"),
)
R_DEFAULT = _rung(
    "statement-by-default",
    ("give-statement-rescue", "days=10"),
    Text(
        fi="Jos Pelastuslaitoksen lausuntoa ei tule 10 työpäivässä, asia etenee ilman sitä.",
        sv="Kommer Räddningsverkets utlåtande inte inom 10 arbetsdagar går ärendet vidare.",
        en="Where Give a statement on safety has not come within 10 working days, the matter goes "
        "on without it.",
    ),
    ("rescue-department",),
    BY_DEFAULT,
)
R_LANE = _rung(
    "triage",
    ("check-application", "size=small"),
    Text(
        fi="Pienet tapahtumat ratkaistaan heti hakemuksen tarkistuksessa.",
        sv="Små evenemang avgörs direkt.",
        en="Small events are told apart at Check the application and decided there at once.",
    ),
    ("city-environment",),
    FAST_LANE,
    ("interview-2",),
)

NAMES = {
    "city-environment": Text("Kaupunkiympäristö", "Stadsmiljö", "City environment"),
    "rescue-department": Text("Pelastuslaitos", "Räddningsverket", "Rescue department"),
    "environmental-services": Text("Ympäristöpalvelut", "Miljötjänster", "Environmental services"),
}
POOLS = {"city-environment": (20, 23), "rescue-department": (21, 24),
         "environmental-services": (22, 25)}  # fmt: skip
CHANGES = {
    "city-environment": "Area use answers the customer for Event safety, Noise control and Food "
    "safety.",
    "rescue-department": "Send the rescue plan no longer meets the customer.",
    "environmental-services": "Give a statement on noise no longer waits for Give a statement on "
    "safety.",
}  # fmt: skip


def _agencies(ladder: Sequence[Rung], steps: Sequence[Step]) -> tuple[AgencyTold, ...]:
    out = []
    for id, names in NAMES.items():
        own = [r for r in ladder if id in r.agencies]
        if not own:
            continue
        hours, used = POOLS[id]
        then = [CURRENT[k] + sum(s.get(k, 0.0) for s in steps) for k in (hours, used)]
        out.append(
            AgencyTold(
                id,
                names,
                tuple(r.says for r in own),
                {"en": (CHANGES[id],)},
                tuple(r.key for r in own),
                (CURRENT[hours], round(then[0], 6)),
                {AXES[used].value or "": (CURRENT[used], round(then[1], 6))},
            )
        )
    return tuple(out)


def _option(
    name: str, drawn: Drawn, title: Text, ladder: Sequence[Rung], steps: Sequence[Step],
    chance: float, score: float, half: float, assumptions: tuple[AssumptionTold, ...] = (),
    constraints: tuple[ConstraintTold, ...] = (), answers: tuple[str, ...] = (),
) -> Option:  # fmt: skip
    own = {a for r in ladder for a in r.answers}
    return Option(
        name, drawn, title, f"prototypes/{name}", f"{sum(map(ord, name)) * 7919:016x}", "f" * 16,
        chance, chance >= 0.5, score, score - half, score + half, _figures(steps), tuple(ladder),
        _agencies(ladder, steps),
        {"en": ("Deals with 2 to 3 units fewer.",)} if R_DESK in ladder else {},
        assumptions, constraints, tuple(sorted(own | set(answers))), REPLICATIONS,
    )  # fmt: skip


def _assumption(
    rung: Rung, id: str, what: Text, usual: float, low: float, high: float, fails: float,
    gain: tuple[float, float], without: tuple[float, float], origin: str = "assumed",
    unit: str | None = None,
) -> AssumptionTold:  # fmt: skip
    """`gain`, `without`: hundredths and their half-widths."""
    return AssumptionTold(
        rung.key, id, what, usual, low, high, fails, unit, origin,
        gain[0], gain[0] - gain[1], gain[0] + gain[1],
        without[0], without[0] - without[1], without[0] + without[1],
        round((gain[0] - without[0]) / gain[0], 4), without[0] - without[1] <= 0,
    )  # fmt: skip


W_DESK = Text(en="Work that goes through the desk takes {value} of the time it took apart")
W_SIDE = Text(en="The later statement has to be done anew in {value} of the matters")
W_ONCE = Text(en="What was given once can be used for {value} of the matters")
W_DEFAULT = Text(en="The statement by default comes after {value}")
W_LANE = Text(en="{value} of the small events can be decided at once")


def _no_segment(worse: str | None) -> ConstraintTold:
    if worse is None:
        return ConstraintTold("no segment gets worse (size)", "kept",
                              "no segment's median lead time is shown to be longer")  # fmt: skip
    return ConstraintTold("no segment gets worse (size)", "broken", worse)


def _options() -> tuple[Option, ...]:
    staff = ConstraintTold("no more staff than today", "kept", "the calendars are unchanged")
    full = ConstraintTold(
        "no unit over 85%", "not decided",
        "area-use is at 85 % (83 % to 88 %) of its time: the interval holds the bound",
    )  # fmt: skip
    free = ConstraintTold("no unit over 85%", "kept", "the busiest, area-use, is at 74 %")
    first, second, third, fourth = (20.4, 1.1), (16.9, 1.0), (13.1, 1.2), (7.8, 1.4)
    best = _option(
        "search-1", "search",
        Text("Yksi asiointipiste, lausunnot rinnakkain", None,
             "One contact point, statements side by side, data asked once"),
        (R_SIDE, R_DESK, R_ONCE), (SIDE_BY_SIDE, DESK, ASK_ONCE), 0.97, *first,
        assumptions=(
            _assumption(R_SIDE, "again", W_SIDE, 0.12, 0.05, 0.2, 1.0, first, (11.6, 1.3)),
            _assumption(R_DESK, "share-of-time", W_DESK, 0.9, 0.8, 1.0, 1.3, first, (15.2, 1.2),
                        "assumed: two interviews with desks elsewhere"),
            _assumption(R_ONCE, "usable", W_ONCE, 0.7, 0.5, 0.9, 0.0, first, (18.1, 1.1),
                        "inferred (n = 412)"),
        ),
        constraints=(_no_segment(None), staff, full),
    )  # fmt: skip
    return (
        _option("current", "current", Text("Nykytila", "Nuläget", "Current state"), (), (), 0.0,
                0.0, 0.0),
        best,
        _option(
            "search-2", "search",
            Text(en="Statements side by side and by default after 10 days"),
            (R_SIDE, R_DEFAULT), (SIDE_BY_SIDE, BY_DEFAULT), 0.81, *second,
            assumptions=(
                _assumption(R_SIDE, "again", W_SIDE, 0.12, 0.05, 0.2, 1.0, second, (8.2, 1.2)),
                _assumption(R_DEFAULT, "after", W_DEFAULT, 14.0, 14.0, 14.0, 30.0, second,
                            (15.5, 1.1), "typed", "days"),
            ),
            constraints=(_no_segment(None), staff, free),
        ),
        _option(
            "search-3", "search", Text(en="Small events decided at once"), (R_LANE,), (FAST_LANE,),
            0.58, *third,
            assumptions=(
                _assumption(R_LANE, "share", W_LANE, 0.6, 0.35, 0.85, 0.1, third, (0.7, 1.2)),
            ),
            constraints=(
                _no_segment("size = large: median lead time 2.6 days longer (2.2 to 3.0)"), staff,
                free,
            ),
        ),
        _option(
            "one-stop-desk", "people", Text("Yhden luukun tiski", None, "One-stop desk"), (R_DESK,),
            (DESK,), 0.22, *fourth,
            assumptions=(
                _assumption(R_DESK, "share-of-time", W_DESK, 0.9, 0.8, 1.0, 1.3, fourth, (3.1, 1.5),
                            "assumed: two interviews with desks elsewhere"),
            ),
            constraints=(_no_segment(None), staff, full), answers=("complaint-31",),
        ),
    )  # fmt: skip


def example_front() -> Front:
    """Current state, three options of the search and one drawn by people; "search-1" wins."""
    return Front(
        path="event-permit",
        title=Text("Tapahtuman lupapolku", "Evenemangstillstånd", "Event permit"),
        seed=1,
        matters=612.4,
        horizon_days=180.0,
        days=365.0,
        measure={"lead_time.p50": "a1b2c3d4e5f60718",
                 "contact_points.mean_within_h": "18f7e6d5c4b3a291"},
        axes=AXES,
        on=ON,
        weights=WEIGHTS,
        options=_options(),
        recommended="search-1",
        why="It scores 20.4 [19.3, 21.5] by the weights, the current state 0. What it brings: lead "
            "time, half within −13.2 days (−13.4 to −13.0). It is shown to be ahead of the next, "
            "search-2, by 3.5.",
        insights=(
            Insight("complaint-31", "I sent the same plan to four offices.", "survey 2025"),
            Insight("interview-4", "They ask what they already have.", "interview, organiser"),
            Insight("finding-waiting", "The noise statement waits for the safety statement, 8 days "
                    "on average.", "measurement of the synthetic log"),
            Insight("interview-2", "A street party waits as long as a festival.", "interview"),
            Insight("complaint-8", "The inspector comes when nothing can be changed any more.",
                    "complaint"),
        ),
        refused=(
            Refused("merge-steps(prepare-decision, decide)",
                    "'Prepare the decision' (prepare-decision) and 'Decide' (decide) must be done "
                    "by different people"),
            Refused("eliminate(inspect-site)", "'Inspect the site' (inspect-site) may not be "
                    "moved, merged or dropped: Rescue Act 379/2011"),
        ),
        cautions=(
            "Staff numbers are assumed: no log tells who works where.",
            "The claim for revision is simulated with 3 matters a year only.",
        ),
        effort=Effort(214, 3_180, 7, 48.6, "more looking would not change the front", 1),
        version="1.0",
    )  # fmt: skip
