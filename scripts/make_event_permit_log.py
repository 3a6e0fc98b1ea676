"""Make the synthetic log of the event-permit path that ships with Polku.

Every matter in it is invented: drawn from a seeded generator, from assumed probabilities and
durations. It shows a path of several agencies before and after one change (from 2025-01-01: one
application for all agencies, statements asked in parallel, supplements asked once), with open
matters, withdrawals, supplement rounds, channels and kinds. It says nothing about any real city.

    python scripts/make_event_permit_log.py [--out FILE.csv.gz] [--seed 2025]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import math
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Helsinki")
FIRST, LAST = date(2024, 1, 1), date(2025, 8, 31)
CHANGE = date(2025, 1, 1)
TARGET = Path(__file__).parents[1] / "src/polku/paths/event-permit/synthetic-log.csv.gz"

COLUMNS = (
    "matter",
    "kind_of_event",
    "nature",
    "organiser_size",
    "organiser",
    "status",
    "promised_by",
    "satisfaction",
    "activity",
    "event_kind",
    "agency",
    "unit",
    "official",
    "channel",
    "started_by",
    "document",
    "start",
    "end",
    "synthetic",
)

AREA = ("City environment", "Area use")
RESCUE = ("Rescue department", "Event safety")
NOISE = ("Environmental services", "Noise control")
FOOD = ("Environmental services", "Food safety")
POLICE = ("Police (state)", "Licences")
MARKETING = ("Event unit", "Events calendar")
CUSTOMER = ("", "")

STAFF = {AREA: 9, RESCUE: 5, NOISE: 4, FOOD: 3, POLICE: 4, MARKETING: 2}
PROMISE_DAYS = {"promotion": 30, "outdoor event": 45, "big event": 75}


@dataclass
class Matter:
    """One invented matter: its attributes and the rows it has left so far."""

    number: str
    kind: str
    nature: str
    size: str
    organiser: str
    arrival: datetime
    rows: list[dict[str, str]] = field(default_factory=list)
    status: str = "in progress"
    documents: set[tuple[str, str]] = field(default_factory=set)


class World:
    """The generator: one seeded stream of randomness, office hours, drawn durations."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self.random.random() < p

    def days(self, median: float, spread: float = 0.7) -> timedelta:
        """A log-normal duration in days with that median."""
        return timedelta(days=median * math.exp(spread * self.random.gauss(0, 1)))

    def office(self, moment: datetime) -> datetime:
        """The first moment of office hours (weekdays 8–16 local time) at or after this one."""
        local = moment.astimezone(ZONE)
        while local.weekday() >= 5 or local.hour >= 16 or local.hour < 8:
            if local.weekday() < 5 and local.hour < 8:
                day = local.date()
            else:
                day = local.date() + timedelta(days=1)
            hour = 8 + self.random.random() * 2
            clock = time(int(hour), int(hour % 1 * 60), tzinfo=ZONE)
            local = datetime.combine(day, clock)
        return local.astimezone(UTC)

    def work(
        self,
        matter: Matter,
        activity: str,
        kind: str,
        place: tuple[str, str],
        after: datetime,
        *,
        minutes: float = 30,
        contact: str = "none",
        channel: str = "",
        document: str = "",
        automatic: bool = False,
    ) -> datetime:
        """Add one row after a moment and return when it was done."""
        begin = after if place == CUSTOMER or automatic else self.office(after)
        lasting = timedelta(minutes=max(1.0, minutes * math.exp(0.5 * self.random.gauss(0, 1))))
        done = begin if automatic else begin + min(lasting, timedelta(hours=7))
        number = 1 + int(self.random.random() ** 1.6 * STAFF.get(place, 1))
        official = (
            ""
            if place == CUSTOMER
            else "system"
            if automatic
            else (f"{place[1].lower().replace(' ', '-')}-{number}")
        )
        matter.rows.append(
            {
                "activity": activity,
                "event_kind": kind,
                "agency": place[0],
                "unit": place[1],
                "official": official,
                "channel": channel,
                "started_by": contact,
                "document": document,
                "start": _written(begin),
                "end": _written(done),
            }
        )
        return done


def _written(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


def needed(world: World, kind: str) -> list[tuple[tuple[str, str], str, str]]:
    """The further agencies that an event of this kind has to do with, with the document asked."""
    places = []
    if kind == "big event" or (kind == "outdoor event" and world.chance(0.45)):
        places.append((RESCUE, "rescue plan", "Rescue plan"))
    if kind != "promotion" and world.chance(0.7):
        places.append((NOISE, "noise notification", "Noise notification"))
    if world.chance({"promotion": 0.15, "outdoor event": 0.5, "big event": 0.8}[kind]):
        places.append((FOOD, "food sales notice", "Food sales notice"))
    if kind == "big event" or world.chance(0.3):
        places.append((POLICE, "public-event notification", "Public-event notification"))
    return places


def supplements(
    world: World, matter: Matter, place: tuple[str, str], now: datetime, p: float
) -> datetime:
    """Rounds of asking for more, each with probability p of the last."""
    while world.chance(p):
        now = world.work(
            matter,
            "Ask for a supplement",
            "supplement_requested",
            place,
            now + world.days(1.0),
            minutes=25,
            contact="city",
            channel="e-mail",
        )
        now = world.work(
            matter,
            "Send the supplement",
            "supplement_received",
            CUSTOMER,
            now + world.days(5.0, 0.9),
            minutes=40,
            contact="customer",
            channel=world.random.choice(["e-mail", "e-mail", "online form"]),
        )
        matter.rows[-1].update(agency=place[0], unit=place[1])
        now = world.work(
            matter, "Check the supplement", "", place, now + world.days(1.5), minutes=20
        )
        p *= 0.45
    return now


def apply_to(
    world: World,
    matter: Matter,
    place: tuple[str, str],
    activity: str,
    document: str,
    after: datetime,
    channel: str,
) -> datetime:
    """The customer hands something in to a unit: a contact that the customer starts."""
    done = world.work(
        matter,
        activity,
        "application_submitted",
        CUSTOMER,
        after,
        minutes=70,
        contact="customer",
        channel=channel,
        document=document,
    )
    matter.rows[-1].update(agency=place[0], unit=place[1])
    return done


def before_change(world: World, matter: Matter) -> None:
    """Until the end of 2024: the organiser goes from agency to agency."""
    now = matter.arrival
    channel = world.random.choice(["phone", "e-mail", "e-mail", "visit"])
    now = world.work(
        matter,
        "Ask what permits are needed",
        "contact_made",
        CUSTOMER,
        now,
        minutes=25,
        contact="customer",
        channel=channel,
    )
    matter.rows[-1].update(agency=AREA[0], unit=AREA[1])
    now = world.work(
        matter,
        "Answer the enquiry",
        "contact_made",
        AREA,
        now + world.days(1.5),
        minutes=20,
        contact="city",
        channel=channel,
    )
    now = apply_to(
        world,
        matter,
        AREA,
        "Apply for the area",
        "area application",
        now + world.days(3.0),
        world.random.choice(["online form", "e-mail"]),
    )
    applied = now
    now = world.work(
        matter,
        "Acknowledge receipt",
        "",
        AREA,
        now,
        automatic=True,
        contact="city",
        channel="e-mail",
    )
    now = world.work(
        matter, "Check the application", "case_opened", AREA, now + world.days(2.5), minutes=45
    )
    if world.chance(0.05):
        return withdraw(world, matter, now + world.days(6.0))
    now = supplements(world, matter, AREA, now, 0.42)
    ready = [now]
    walk = applied
    for place, document, name in needed(world, matter.kind):
        walk += world.days(4.0)
        mine = apply_to(
            world,
            matter,
            place,
            f"Send the {name.lower()}",
            document,
            walk,
            world.random.choice(["e-mail", "online form", "phone"]),
        )
        mine = supplements(world, matter, place, mine + world.days(1.0), 0.25)
        mine = world.work(
            matter, f"Handle the {name.lower()}", "", place, mine + world.days(6.0), minutes=90
        )
        mine = world.work(
            matter,
            f"Send the answer to the {name.lower()}",
            "decision_notified",
            place,
            mine + world.days(0.5),
            minutes=15,
            contact="city",
            channel="e-mail",
        )
        if place in (RESCUE, NOISE):
            asked = world.work(
                matter,
                "Ask for a statement",
                "statement_requested",
                AREA,
                max(now, mine) + world.days(1.0),
                minutes=15,
            )
            mine = world.work(
                matter,
                "Give a statement",
                "statement_given",
                place,
                asked + world.days(7.0),
                minutes=80,
            )
        ready.append(mine)
    now = max(ready)
    now = world.work(matter, "Prepare the decision", "", AREA, now + world.days(3.0), minutes=90)
    now = finish(world, matter, now, invoices=True)
    if matter.nature != "closed" and world.chance(0.55):
        now = world.work(
            matter,
            "Ask for the texts of the event",
            "contact_made",
            MARKETING,
            now + world.days(4.0),
            minutes=15,
            contact="city",
            channel="e-mail",
        )
        now = apply_to(
            world,
            matter,
            MARKETING,
            "Send the texts of the event",
            "event description",
            now + world.days(4.0),
            "e-mail",
        )
        now = world.work(
            matter,
            "Publish the event",
            "event_published",
            MARKETING,
            now + world.days(2.0),
            minutes=30,
        )


def after_change(world: World, matter: Matter) -> None:
    """From 2025 on: one application, statements in parallel, supplements asked once."""
    now = matter.arrival
    if world.chance(0.35):
        now = world.work(
            matter,
            "Ask what permits are needed",
            "contact_made",
            CUSTOMER,
            now,
            minutes=20,
            contact="customer",
            channel="phone",
        )
        matter.rows[-1].update(agency=AREA[0], unit=AREA[1])
        now = world.work(
            matter,
            "Answer the enquiry",
            "contact_made",
            AREA,
            now + world.days(0.8),
            minutes=20,
            contact="city",
            channel="phone",
        )
        now += world.days(2.0)
    now = apply_to(
        world, matter, AREA, "Apply once for all agencies", "joint application", now, "online form"
    )
    now = world.work(
        matter,
        "Acknowledge receipt",
        "",
        AREA,
        now,
        automatic=True,
        contact="city",
        channel="e-mail",
    )
    now = world.work(
        matter, "Check the application", "case_opened", AREA, now + world.days(1.8), minutes=55
    )
    if world.chance(0.04):
        return withdraw(world, matter, now + world.days(5.0))
    now = supplements(world, matter, AREA, now, 0.24)
    ready = [now]
    for place, _, _ in needed(world, matter.kind):
        asked = world.work(
            matter,
            "Ask for a statement",
            "statement_requested",
            AREA,
            now + world.days(0.3),
            minutes=10,
        )
        ready.append(
            world.work(
                matter,
                "Give a statement",
                "statement_given",
                place,
                asked + world.days(6.0),
                minutes=95,
            )
        )
    now = max(ready)
    now = world.work(matter, "Prepare the decision", "", AREA, now + world.days(2.5), minutes=90)
    now = finish(world, matter, now, invoices=False)
    if matter.nature != "closed" and world.chance(0.8):
        world.work(
            matter,
            "Publish the event",
            "event_published",
            MARKETING,
            now + world.days(1.0),
            minutes=15,
        )


def finish(world: World, matter: Matter, now: datetime, *, invoices: bool) -> datetime:
    """Decide, tell the customer, send the invoice."""
    now = world.work(matter, "Decide", "decision_made", AREA, now + world.days(2.0), minutes=30)
    now = world.work(
        matter,
        "Send the decision",
        "decision_notified",
        AREA,
        now + world.days(0.5),
        minutes=10,
        contact="city",
        channel="e-mail",
    )
    matter.status = "rejected" if world.chance(0.03) else "decided"
    if invoices or world.chance(0.5):
        now = world.work(
            matter, "Send the invoice", "fee_invoiced", AREA, now + world.days(0.4), minutes=10
        )
    return now


def withdraw(world: World, matter: Matter, when: datetime) -> None:
    """The customer gives up."""
    world.work(
        matter,
        "Withdraw the application",
        "withdrawn",
        CUSTOMER,
        when,
        minutes=10,
        contact="customer",
        channel="e-mail",
    )
    matter.rows[-1].update(agency=AREA[0], unit=AREA[1])
    matter.status = "withdrawn"


def matters(world: World) -> list[Matter]:
    """All matters, by day of arrival; more in spring than in autumn."""
    out, day = [], FIRST
    while day <= LAST:
        rate = 2.4 * (1 + 0.7 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 20) / 365))
        rate *= 0.25 if day.weekday() >= 5 else 1.2
        for _ in range(_poisson(world, rate)):
            kind = world.random.choices(
                ["promotion", "outdoor event", "big event"], [0.36, 0.5, 0.14]
            )[0]
            seconds = int(world.random.gauss(12.5, 3) * 3600) % 86400
            arrival = datetime.combine(day, time(), tzinfo=ZONE) + timedelta(seconds=seconds)
            matter = Matter(
                number=f"SYN-{day.year}-{len(out) + 1:05d}",
                kind=kind,
                nature=world.random.choices(
                    ["public, free", "public, with fee", "closed"], [0.6, 0.25, 0.15]
                )[0],
                size=world.random.choices(["small", "medium", "large"], [0.6, 0.28, 0.12])[0],
                organiser=f"ORG-{world.random.randrange(1, 700):04d}",
                arrival=arrival.astimezone(UTC),
            )
            (before_change if day < CHANGE else after_change)(world, matter)
            out.append(matter)
        day += timedelta(days=1)
    return out


def _poisson(world: World, rate: float) -> int:
    bound, k, p = math.exp(-rate), 0, world.random.random()
    while p > bound:
        k, p = k + 1, p * world.random.random()
    return k


def table(world: World) -> str:
    """The log as CSV text, cut at the last day: what had not happened by then is not in it."""
    until = datetime.combine(LAST, time(23, 59, 59), tzinfo=ZONE).isoformat(timespec="seconds")
    cut = datetime.fromisoformat(until)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for matter in matters(world):
        answered = world.chance(0.35)
        mood = 3.1 if matter.arrival.date() < CHANGE else 3.7
        answer = str(min(5, max(1, round(world.random.gauss(mood, 1.0)))))
        seen = [r for r in matter.rows if datetime.fromisoformat(r["end"]) <= cut]
        over = len(seen) == len(matter.rows)
        promised = matter.arrival + timedelta(days=PROMISE_DAYS[matter.kind])
        for row in sorted(seen, key=lambda r: (datetime.fromisoformat(r["end"]), r["start"])):
            writer.writerow(
                {
                    "matter": matter.number,
                    "kind_of_event": matter.kind,
                    "nature": matter.nature,
                    "organiser_size": matter.size,
                    "organiser": matter.organiser,
                    "status": matter.status if over else "in progress",
                    "promised_by": promised.astimezone(ZONE).date().isoformat(),
                    "satisfaction": answer if over and answered else "",
                    "synthetic": "yes",
                    **row,
                }
            )
    return out.getvalue()


def main() -> None:
    """Write the log."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=TARGET)
    options.add_argument("--seed", type=int, default=2025)
    args = options.parse_args()
    text = table(World(args.seed))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with args.out.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as out:
        out.write(text.encode())


if __name__ == "__main__":
    main()
