"""The page about a simulation: one HTML file that needs no network, with the matters in motion."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from polku.path.model import Path
from polku.report import wording
from polku.report.path_drawing import Drawn, Note, draw_with_places
from polku.report.simulation_charts import (
    days_named,
    over_days,
    over_weeks,
    waiting_bars,
    waiting_whole,
)
from polku.report.simulation_content import (
    Observed,
    StepWaits,
    by_cause,
    day_of,
    observe,
    steps_that_wait,
)
from polku.report.simulation_flow import Flow, flow
from polku.report.simulation_words import (
    CAUSES,
    PEOPLE,
    cause_table,
    check_table,
    figure_table,
    notes,
    pool_table,
    sentences,
    step_name,
    step_table,
)
from polku.simulate.scenario import Scenario
from polku.simulate.study import Figure, Study

BARS = 14
"""Steps with a bar of their own; the others share one."""
LEVELS = (1.0, 3.0, 7.0, 14.0)
"""Days of waiting from which a step's frame on the drawing is one level stronger."""
DAY = 86_400_000_000


def simulation_page(
    path: Path,
    scenario: Scenario,
    study: Study,
    *,
    seed: int,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    matters: int | None = None,
) -> str:
    """The page as text; everything that came from path or scenario is escaped.

    Parameters: as given to `polku.simulate.study.study`, which made `study`: the runs are made
    again, to look at them day by day. The same input gives the same bytes.
    """
    seen = observe(path, scenario, study, seed=seed, start=start, end=end, matters=matters)
    waits = steps_that_wait(seen.waits)
    drawn = draw_with_places(path, notes=_notes(path, waits))
    return _render(path, scenario, study, seen, waits, drawn, flow(path, seen.first, drawn,
                                                                   seen.since))  # fmt: skip


def _notes(path: Path, waits: list[StepWaits]) -> dict[str, Note]:
    """What each step waits, for its box on the drawing."""
    out = {}
    for w in waits:
        if not path.has(w.id) or path.node(w.id).within is not None:
            continue
        days = w.total / w.works / DAY
        if days < 0.05:
            continue
        people = sum(w.causes[c] for c in PEOPLE) / w.works / DAY
        text = f"waits {wording.days(days)}"
        if people > 0.05:
            text += f", for people {wording.days(people)}" if people < days else " for people"
        out[w.id] = Note(text, sum(days >= x for x in LEVELS))
    return out


def _render(
    path: Path, scenario: Scenario, study: Study, seen: Observed, waits: list[StepWaits],
    drawn: Drawn, moving: Flow | None,
) -> str:  # fmt: skip
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    from polku import __version__

    folder = files("polku.report") / "templates"

    def source(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=DictLoader({n: source(n) for n in ("simulation.html", "table.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    macros: Any = environment.get_template("table.html").module
    script = source("simulation.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    causes = by_cause(seen.waits)
    matters = max(seen.arrived, 1)
    return environment.get_template("simulation.html").render(
        title=f"{path.facts.names.best('en') or path.name or path.id}: what would happen",
        lead=_lead(scenario, study, seen),
        sentences=sentences(path, scenario, study, causes, seen),
        figures=figure_table(study),
        several=len(study.tallies) > 1,
        drawing=Markup(drawn.svg),
        moving=moving,
        moving_days=_moving_days(moving, seen.zone),
        data=Markup(_safe_json(moving.document)) if moving is not None else "",
        pools=_pools(path, scenario, study, seen),
        pool_table=pool_table(path, scenario, study),
        open=Markup(over_days(seen, seen.open, "one")),
        open_words=_open_words(seen),
        band=_band(seen),
        whole=Markup(waiting_whole(_shares(causes, causes))),
        legend=[(c, CAUSES[c]) for c in _used(causes)],
        bars=Markup(waiting_bars(_bars(path, waits, causes))),
        waited=sum(causes.values()) > 0,
        cause_table=cause_table(causes, matters),
        step_table=step_table(path, waits, matters),
        checks=check_table(path, study, seen),
        notes=notes(study, seen, scenario),
        table=macros.table,
        css=Markup(source("report.css") + source("simulation.css")),
        script=Markup(script),
        digest=digest,
        version=__version__,
    )


def _safe_json(document: dict[str, Any]) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _lead(scenario: Scenario, study: Study, seen: Observed) -> str:
    n = len(study.tallies)
    named = f"Scenario “{scenario.name}”, " if scenario.name else ""
    text = f"{named}{wording.plural(n, 'replication')}, seed {study.seed}, "
    text += days_named(seen.nights, seen.zone) if len(seen.nights) > 1 else "less than a day"
    return f"{text}. Simulated: no matter in it is real."


def _moving_days(moving: Flow | None, zone: str) -> str:
    if moving is None:
        return ""
    a, b = day_of(moving.since, zone), day_of(moving.until - 1, zone)
    return f"{a.day} {a:%B} to {b.day} {b:%B %Y}"


def _band(seen: Observed) -> str:
    if seen.looked == 1:
        return "One replication, so no band is shown."
    return (
        f"Line: mean of {seen.looked} replications; band: from the least to the greatest of them."
    )


def _open_words(seen: Observed) -> str:
    if not len(seen.open.mean):
        return "Open matters over the days."
    k = int(seen.open.mean.argmax())
    day = day_of(int(seen.nights[k]), seen.zone)
    return (
        f"Open matters over the days: most around {day.day} {day:%B}, "
        f"{wording.number(float(seen.open.mean[k]))} on average; "
        f"{wording.number(float(seen.open.mean[-1]))} at the end."
    )


def _used(causes: dict[str, int]) -> list[str]:
    return [c for c, v in causes.items() if v]


def _shares(own: dict[str, int], order: dict[str, int]) -> list[tuple[str, float]]:
    total = sum(order.values()) or 1
    return [(c, own[c] / total) for c in order if own[c]]


def _bars(
    path: Path, waits: list[StepWaits], causes: dict[str, int]
) -> list[tuple[str, list[tuple[str, float]]]]:
    """The steps that wait longest, and all others together; shares of all waiting."""
    told = [w for w in waits if w.total]
    rows = [(step_name(path, w.id), _shares(w.causes, causes)) for w in told[:BARS]]
    if rest := told[BARS:]:
        both = {c: sum(w.causes[c] for w in rest) for c in causes}
        rows.append((f"{len(rest)} other steps", _shares(both, causes)))
    return rows


def _pools(
    path: Path, scenario: Scenario, study: Study, seen: Observed
) -> list[dict[str, Any]]:  # fmt: skip
    """Every pool with its two pictures, the busiest first."""
    from markupsafe import Markup

    over = {p.name: p for p in seen.pools}
    order = sorted(study.pools, key=lambda p: -(p[1].value if math.isfinite(p[1].value) else -1))
    out = []
    for name, used, queue, wait in order:
        own, people = over[name], len(scenario.pools[name].members)
        lane = next((x for x in path.lanes if x.id == scenario.pools[name].lane), None)
        unit = (lane.facts.names.best("en") or lane.name) if lane is not None else ""
        peak = int(own.queue.mean.argmax()) if len(own.queue.mean) else 0
        out.append(
            {
                "title": unit or name,
                "pool": name if unit else "",
                "people": wording.plural(people, "person", "people"),
                "used": Markup(over_weeks(seen, own.used, "one", own.closed.tolist())),
                "queue": Markup(over_days(seen, own.queue, "two", own.closed.tolist())),
                "used_words": f"Utilisation of {name} by week: {_said(used, share=True)}.",
                "queue_words": f"Work that waits for {name} at midnight: {_said(queue)} on average"
                + _peak(seen, own.queue.mean, peak),
                "short": f"{_short(used, share=True)} busy, {_short(queue)} in the queue, "
                f"{wording.days(wait.value / 24)} of waiting",
            }
        )
    return out


def _peak(seen: Observed, mean: Any, k: int) -> str:
    if not len(mean) or mean[k] <= 0:
        return "."
    day = day_of(int(seen.nights[k]), seen.zone)
    return f", most around {day.day} {day:%B} ({wording.number(float(mean[k]))})."


def _short(f: Figure, *, share: bool = False) -> str:
    if not math.isfinite(f.value):
        return "–"
    return wording.share(f.value) if share else wording.number(f.value)


def _said(f: Figure, *, share: bool = False) -> str:
    text = _short(f, share=share)
    if f.low is None or f.high is None or not math.isfinite(f.value):
        return text
    say = wording.share if share else wording.number
    return f"{text} ({say(max(f.low, 0.0))} to {say(f.high)})"
