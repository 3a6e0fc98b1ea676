"""Facts of matters of which the truth is known, made directly: no log, no mapping."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping

import numpy as np
import polars as pl

from polku.measure.facts import Clock, Fact, Facts, Marks, Promise, Times
from polku.measure.registry import Catalogue, Criterion
from polku.measure.statistics import Expected, KeptShare, Quantiles

DAY = 86_400_000_000
YEAR_2024 = 1_704_067_200_000_000
QUESTION = {"fi": "?", "sv": "?", "en": "?"}


def _nothing(_: object) -> Fact:
    raise AssertionError("the facts are made directly")


def plain_criterion(id: str, statistics: tuple[object, ...], **more: object) -> Criterion:
    given: dict[str, object] = {
        "principle": "promptness", "unit": "days", "direction": "lower", "question": QUESTION,
        "definition": id, "needs": (), "parts": ("closed",), "fact": _nothing, **more,
    }  # fmt: skip
    return Criterion(id=id, statistics=statistics, **given)  # type: ignore[arg-type]


def three() -> Catalogue:
    """A catalogue of a time, a count and a share."""
    known = Catalogue()
    known.add(plain_criterion("lead_time", (Quantiles(),)))
    known.add(plain_criterion("handovers", (Expected(),), unit="hand-overs"))
    known.add(plain_criterion("on_time", (KeptShare(),), unit="share", direction="higher"))
    return known


def made(
    lead: np.ndarray,
    arrival: np.ndarray,
    until: float,
    *,
    kind: np.ndarray | None = None,
    segments: AnyMapping[str, np.ndarray] | None = None,
    promise: np.ndarray | float = 30.0,
    rate: np.ndarray | float = 2.0,
    seed: int = 0,
    hashes: AnyMapping[str, str] | None = None,
    more: AnyMapping[str, Fact] | None = None,
) -> Facts:
    """Matters that take `lead` days, arrive on day `arrival` and are watched until day `until`.

    Marks come at `rate` per matter, anywhere in its life; those after `until` are not seen.
    """
    rng = np.random.default_rng(seed)
    n = len(lead)
    watched = np.minimum(lead, until - arrival)
    ended = lead <= until - arrival
    elapsed = (watched * DAY).astype(np.int64)
    count = rng.poisson(np.broadcast_to(rate, (n,)))
    row = np.repeat(np.arange(n, dtype=np.int32), count)
    at = (lead[row] * rng.random(len(row)) * DAY).astype(np.int64)
    seen = at <= elapsed[row]
    clock = Clock(row[seen], at[seen])
    within = (np.broadcast_to(promise, (n,)) * DAY).astype(np.int64)
    frame: dict[str, object] = {
        "case_id": [f"m{i:06d}" for i in range(n)],
        "arrival": YEAR_2024 + (arrival * DAY).astype(np.int64),
        "elapsed": elapsed,
        "ended": ended,
        "entry": np.zeros(n, dtype=np.int64),
        "outcome": pl.Series([None] * n, dtype=pl.String),
        "kind": pl.Series([None] * n if kind is None else kind.tolist(), dtype=pl.String),
    }
    for name, values in (segments or {}).items():
        frame[name] = pl.Series(values.tolist(), dtype=pl.String)
    values: dict[str, Fact] = {
        "lead_time": Times(elapsed, ended),
        "handovers": Marks(clock, None),
        "on_time": Promise(within, np.ones(n, dtype=bool)),
        **(more or {}),
    }
    return Facts(
        matters=pl.DataFrame(frame),
        values=values,
        missing={},
        hashes=dict.fromkeys(values, "0" * 16) | dict(hashes or {}),
        closed_known=True,
        segments=tuple(segments or {}),
        log={
            "matters": n, "open": int(n - ended.sum()), "events": len(row), "steps": len(row),
            "activities": 1, "agencies": 1, "units": 1, "resources": 1, "first": None,
            "last": None, "source": {}, "dropped": {}, "assumptions": (),
        },
    )  # fmt: skip
