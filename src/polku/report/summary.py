"""The summary: five sentences made from the figures, and what the figures cannot tell."""

from __future__ import annotations

from datetime import datetime

from polku.measure.measurement import Figure
from polku.report import wording
from polku.report.about import badge
from polku.report.content import Content
from polku.report.doubts import ends_of_open
from polku.report.figures import CAUSES, amount, interval_text
from polku.report.handed_over import Matrix
from polku.report.time_spent import StepTime

BELOW, OVER_TIME = "told below", "see “Over time”"
"""words of the summary that the page links to the section meant"""


def summary(c: Content) -> tuple[tuple[str, str], ...]:
    """Five sentences, each with the question that it answers."""
    return (
        ("What was measured", _measured(c)),
        ("How long it takes", _how_long(c)),
        ("Where the time goes", _where(c)),
        ("Who hands over to whom", _who(c)),
        ("What these figures cannot tell", _cannot(c)),
    )


def day(text: str | None) -> str:
    """An ISO moment as a day: 2 October 2010."""
    if not text:
        return "?"
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y}"


def _measured(c: Content) -> str:
    log = c.measurement.log
    if not log.matters:
        return "The log holds no matter, so there is nothing to measure."
    text = (
        f"{wording.plural(log.matters, 'matter')} with {wording.count(log.steps)} steps, "
        f"recorded from {day(log.first)} to {day(log.last)}"
    )
    if log.open is None:
        return text + "; the log does not tell which of them have ended."
    if not log.open:
        return text + "; all of them have ended."
    text += (
        f"; {wording.count(log.open)} of them ({wording.share(log.open / log.matters)}) "
        "are still open and are counted as open, not left out"
    )
    filled = ends_of_open(c.log)
    if filled is not None:
        text += (
            f"; {wording.count(filled[1])} of these have a day in “{filled[0]}” all the same, so "
            "it is doubtful whether they are open"
        )
    return text + "."


def _how_long(c: Content) -> str:
    if not c.log.has_closed_rule:
        return (
            "Nobody can say from this log how long a matter takes, because it does not tell "
            "which matters have ended."
        )
    half, most, nine = (c.figure("lead_time", q) for q in ("p50", "p80", "p90"))
    if half is None or most is None:
        return "The lead time could not be worked out."
    text = (
        f"Half of the matters end {_within(half)} of arrival and 8 of 10 {_within(most)} "
        f"({_interval(most)}{wording.count(most.n)} matters, {wording.count(most.open)} of them "
        "open)"
    )
    if nine is not None:
        text += f"; 9 of 10 end {_within(nine)}"
    on_time = c.figure("on_time")
    if on_time is not None and on_time.value is not None:
        text += (
            f"; {wording.share(on_time.value)} end by their due day "
            f"(95 % interval {interval_text(on_time)})"
        )
    return text + "." + _changed(c)


TIMES_APART = 2
"""ratio of two cohorts' medians from which the way is said to have changed"""


def _changed(c: Content) -> str:
    """A sentence where cohorts differ by more than a factor of 2 and beyond their intervals."""
    found = [f for f in c.cohorts if f.id == "lead_time" and f.statistic == "p50"]
    told = [f for f in found if f.value is not None]
    if len(told) < 2:
        return ""
    fast = min(told, key=lambda f: f.value or 0.0)
    slow = max(told, key=lambda f: f.value or 0.0)
    least, most = fast.value or 0.0, slow.value or 0.0
    beyond = any((f.low or 0.0) > (fast.high or least) for f in found)
    if most <= TIMES_APART * least or fast.high is None or not beyond:
        return ""
    text = (
        f" This changed over time: by the {c.period} of arrival half ended within "
        f"{amount(least, fast.unit)} ({fast.period}) at the fastest and within "
        f"{amount(most, slow.unit)} ({slow.period}) at the slowest"
    )
    later = sum(f.value is None and f.status == "not_reached" for f in found)
    if later:
        text += f"; in {wording.plural(later, c.period)} the log cannot show it yet"
    return f"{text} ({OVER_TIME})."


def _within(f: Figure) -> str:
    if f.value is not None:
        return f"within {amount(f.value, f.unit)}"
    return "later than this log can show"


def _interval(f: Figure) -> str:
    text = interval_text(f)
    return f"95 % interval {text}; " if text else ""


def _where(c: Content) -> str:
    spent = c.spent
    if not spent.all:
        return "The log shows no waiting between steps."
    first = [s for s in spent.steps if s.total][:3]
    named = wording.listed([f"“{s.step}”{_at(s.place)} ({wording.share(s.share)})" for s in first])
    parts = sorted(spent.parts, key=lambda p: -p[1])
    told = [
        f"{wording.share(v / spent.all)} is {name}"
        for k, (name, v) in enumerate(parts)
        if k < 2 and v >= 0.005 * spent.all
    ]
    text = f"Of all recorded time {wording.listed(told)}; "
    between = "waiting between steps" if spent.apart else "time between recorded steps"
    text += f"of the {between}, most comes before {named}" if named else ""
    if first and first[0].by_few:
        text += f"; before the first of them a few long ones make it: {spread(c, first[0])}"
    cause = _cause(c)
    text = (text + cause).rstrip("; ") + "."
    return text[0].upper() + text[1:]


def spread(c: Content, s: StepTime) -> str:
    """How unlike the waits before a step are: half < 1 min, 1 of 10 longer than 4.9 days."""
    word = "waits" if c.spent.apart else "times"
    half, most = wording.wait(s.median, c.coarse), wording.wait(s.p90, c.coarse)
    at_most = "are " if half[0] in "<s" else "are at most "
    return f"half of the {word} {at_most}{half}, 1 of 10 is longer than {most}"


def _at(place: str) -> str:
    return f" at {place}" if place else ""


def _cause(c: Content) -> str:
    causes = [
        f
        for f in c.measurement.criteria
        if f.id.startswith("waiting_cause.") and f.by is None and f.period is None
        if f.status == "ok" and f.value and "share" in (f.statistic + f.unit)
    ]
    told = [f for f in causes if not f.id.endswith("unexplained")]
    if not told:
        return ""
    most = max(told, key=lambda f: (f.value or 0, f.id))
    name = CAUSES.get(most.id.partition(".")[2], most.id)
    return f"; the largest cause that can be told is: {name} ({wording.share(most.value or 0)})"


def most_handed(c: Content) -> Matrix | None:
    """The matrix that answers who hands over to whom: agencies where there are several."""
    return c.by_agency or c.by_unit


def _who(c: Content) -> str:
    matrix = most_handed(c)
    if matrix is None or not matrix.pairs:
        return (
            "The log names no units or agencies that hand over to each other, so it cannot tell "
            "who hands over to whom."
        )
    parts: list[str] = []
    for m in (c.by_agency, c.by_unit):
        if m is None or not m.pairs:
            continue
        p = m.pairs[0]
        word = {"agency": "agencies", "unit": "units"}[m.level]
        parts.append(
            f"{'between' if parts else 'Between'} {word} most often {p.giver} hands over to "
            f"{p.taker}: {wording.plural(p.times, 'time')}, in "
            f"{wording.share(p.matters / m.matters)} of the matters"
        )
    f = c.figure("handovers" if c.by_agency else "unit_handovers")
    if f is not None and f.value is not None:
        parts.append(
            f"a matter changes hands {wording.number(f.value)} times "
            f"(95 % interval {interval_text(f)})"
        )
    return "; ".join(parts) + "."


def _cannot(c: Content) -> str:
    gaps = cannot_tell(c)
    text = "They cannot tell " + "; ".join(g[0] for g in gaps[:4])
    if len(gaps) > 4:
        text += f"; nor {len(gaps) - 4} things more, {BELOW}"
    ask = c.quality[0] if c.quality else None
    if ask is None:
        return text + "."
    whom = "the agency" if ask.agency == "The whole log" else ask.agency
    return text + f". The first thing to ask {whom} for: “{ask.question}”"


def cannot_tell(c: Content) -> tuple[tuple[str, str], ...]:
    """What cannot be told from the log, each with the reason, the weightiest first."""
    log, events = c.log, c.log.events
    if not events.height:
        return (("anything", "the log holds no step"),)

    def empty(column: str) -> bool:
        return events[column].null_count() == events.height

    out = []
    if not log.has_closed_rule:
        out.append(("how long a matter takes", "the log does not tell which matters have ended"))
    spent = c.spent
    if spent.after > 0.25 * max(spent.all, 1):
        out.append(
            (
                "what happens after the last recorded step",
                f"{wording.share(spent.after / spent.all)} of all recorded time lies there",
            )
        )
    if c.coarse:
        midnight = log.mapping.time.day_granular_share
        out.append(
            (
                "waits shorter than a day, or the order of steps within a day",
                f"{wording.share(midnight)} of the times are dates without a time of day",
            )
        )
    if empty("contact"):
        out.append(
            (
                "how often and where a customer has to deal with the city",
                "no step is marked as a contact with the customer",
            )
        )
    if empty("start"):
        out.append(
            (
                "what is work and what is waiting",
                "each step has only one time, so the time before it holds both",
            )
        )
    if empty("agency"):
        out.append(("what happens between agencies", "no step names its agency"))
    if empty("unit"):
        out.append(("what happens between units", "no step names its unit"))
    elif events["unit"].null_count() > 0.1 * events.height:
        out.append(
            (
                "all hand-overs",
                f"{wording.share(events['unit'].null_count() / events.height)} of the steps "
                "name no unit, so hand-overs are counted too low",
            )
        )
    if log.cases["due"].null_count() == log.cases.height:
        out.append(("whether promises are kept", "no matter has a due day"))
    if c.figure("csat") is None and c.figure("ces") is None:
        out.append(("how customers felt about it", "the log holds no answers of customers"))
    unexplained = c.figure("waiting_cause.unexplained", "share_of_waiting")
    if unexplained is not None and (unexplained.value or 0) > 0.05:
        told = wording.share(unexplained.value or 0)
        out.append((f"why {told} of the waiting came about", "the log shows no cause for it"))
    out.append(
        (
            "what was done outside the systems that wrote the log",
            "calls, meetings and e-mail that nobody recorded leave no step",
        )
    )
    if "synthetic" in badge(c.log).lower():
        out.append(("anything about a real city", "every matter in the log is invented"))
    out.append(
        ("whether a change caused a difference", "one log measured once shows no cause by itself")
    )
    return tuple(out)
