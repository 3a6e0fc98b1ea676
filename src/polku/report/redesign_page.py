"""The page about a redesign: one HTML file, without a script, from which a choice can be made."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from polku.redesign.front import Front, Option
from polku.report import wording
from polku.report.redesign_agencies import (
    agency_matrix,
    agency_sections,
    assumption_tables,
    insight_rows,
)
from polku.report.redesign_charts import parallel, sensitivity, strip, waterfall
from polku.report.redesign_content import (
    criteria_tables,
    option_list,
    option_sections,
    pictured,
    step_axes,
)
from polku.report.redesign_headline import headline
from polku.report.redesign_words import (
    axis_name,
    best,
    capital,
    letters,
    title,
    told_apart,
    unit_text,
)

GLOSSARY = (
    ("Option", "A version of the way with its numbers: the current state, one found by the search, "
     "or one drawn by people. All met the same simulated customers."),
    ("Move", "One change of the way, made at one place. An option is a ladder of moves."),
    ("Front", "The options that no other beats in everything. “Chance on the front” is how often "
     "an option would be among them if all were simulated again."),
    ("Score", "The weighted average of all improvements. Each is measured in hundredths of today's "
     "figure; shares in percentage points. 0 is today, 10 is a tenth better on average."),
    ("95 % interval", "In 19 of 20 such studies the true figure of this simulation lies inside it. "
     "Differences are taken with the same customers, so their intervals are narrow."),
    ("Better, worse, no difference shown", "Better and worse are said where the interval of the "
     "difference to today shows it. “No difference shown” is not “the same”."),
    ("Assumption", "What a move claims and no log can tell. Its value is drawn anew in every "
     "replication, so the intervals hold its uncertainty."),
    ("Fragile", "If this one assumption fails, the option is not shown to be better than today."),
    ("Matter", "One customer's walk from the first contact to the end, through all units."),
)  # fmt: skip


def redesign_page(front: Front, language: str = "en") -> str:
    """The page as text; everything that came from the front is escaped.

    Parameters: `language` of the names and of the moves' sentences ("fi", "sv", "en"; where it is
    missing another stands in); the page's own words are English. The same front gives the same
    bytes.
    """
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    from polku import __version__

    folder = files("polku.report") / "templates"

    def source(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=DictLoader({"redesign.html": source("redesign.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    front = told_apart(front, language)
    marks = letters(front)
    shown = pictured(front)

    def steps(o: Option) -> list[Any]:
        if not o.ladder:
            return []
        drawn = [(capital(axis_name(a)), unit_text(a), waterfall(front, o, a, o.ladder))
                 for a in step_axes(front, o)]  # fmt: skip
        return [(n, u, Markup(svg)) for n, u, svg in drawn if svg]

    insights = insight_rows(front, marks, language)
    return environment.get_template("redesign.html").render(
        title=f"{best(front.title, front.path, language)}: which way to choose",
        lead=_lead(front),
        points=headline(front, language),
        strips=[(capital(axis_name(a)), unit_text(a), Markup(strip(front, a, shown, marks)))
                for a in map(front.axis, front.on)],
        parallel=Markup(parallel(front, shown, marks)),
        shown=[{"mark": marks[o.name], "title": title(o, language), "drawn": o.drawn,
                "star": o.name == front.recommended} for o in shown],
        hidden=len(front.options) - len(shown),
        drawn_kinds={o.drawn for o in shown},
        options=option_list(front, marks, language),
        tables=criteria_tables(front, marks, language),
        sections=option_sections(front, marks, language, steps),
        matrix=agency_matrix(front, marks, language),
        agencies=agency_sections(front, marks, language),
        assumptions=assumption_tables(front, marks, language, lambda r: Markup(sensitivity(r))),
        insights=insights,
        unanswered=[i for i in insights if not i["by"]],
        refused=front.refused,
        cautions=front.cautions,
        effort=_effort(front),
        made=_made(front),
        weights=_weights(front),
        glossary=GLOSSARY,
        css=Markup(source("report.css") + source("redesign.css")),
        version=front.version or __version__,
    )  # fmt: skip


def _lead(front: Front) -> str:
    n = front.current.replications
    text = f"{wording.plural(len(front.options) - 1, 'option')} against the current state"
    if len(front.options) == 1:
        text = "The current state alone"
    if n:
        text += f", each simulated {n} times with about {wording.count(front.matters)} matters"
    return f"{text}. Simulated: no matter in it is real."


def _effort(front: Front) -> list[tuple[str, str]]:
    e = front.effort
    if e is None:
        return []
    return [
        ("Candidates tried", wording.count(e.candidates)),
        ("Looks (replications run)", wording.count(e.looks)),
        ("Rounds", wording.count(e.rounds)),
        ("Seconds", wording.number(e.seconds)),
        ("Why it stopped", e.stopped),
        ("Place on the front between 5 and 95 %", wording.plural(e.undecided, "option")),
    ]


def _weights(front: Front) -> list[tuple[str, str]]:
    """Each weight and its share of all weights."""
    total = sum(front.weights.values())
    known = {a.key: axis_name(a) for a in front.axes}
    rows = sorted(front.weights.items(), key=lambda w: -w[1])
    return [(capital(known.get(k, k)), f"{w:g} ({wording.share(w / total if total else 0.0)})")
            for k, w in rows]  # fmt: skip


def _made(front: Front) -> list[str]:
    """How the figures came about, in sentences."""
    return [
        "Common random numbers: in each replication every option meets the same customers with the "
        "same needs, so a difference between two options is the options' own.",
        "Fresh replications: the figures come from replications that the search had not seen, so "
        "the best option is not flattered by having been chosen.",
        "Every assumption is drawn anew in every replication.",
        f"Seed {front.seed}; {front.days:g} days simulated, about {wording.count(front.matters)} "
        f"matters in each replication; every figure counts within {front.horizon_days:g} days of "
        "the matter's arrival.",
        "A verdict is given where the 95 % interval of the difference, corrected for the number of "
        "figures looked at, does not hold 0 and is not too small to matter.",
    ]
