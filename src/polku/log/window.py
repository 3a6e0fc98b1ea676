"""The window of observation that a mapping gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from polku.errors import MappingError
from polku.log.mapping import Mapping

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def window_micros(mapping: Mapping, place: str = "mapping") -> tuple[int | None, int | None]:
    """`since` and `until` of `[window]`, µs since 1970 UTC; `None` where it is not given.

    A date without a time means the whole day: `since` its first moment, `until` its last, in the
    zone of `[time]` (UTC without one). Raises `MappingError` for what is no date, or a window
    that ends before it begins.

    >>> from polku.log.mapping import Window
    >>> window_micros(Mapping(window=Window(since="1970-01-02", until="1970-01-02")))
    (86400000000, 172799999999)
    """
    since = _micros(mapping.window.since, mapping, f"{place}: [window] since", last=False)
    until = _micros(mapping.window.until, mapping, f"{place}: [window] until", last=True)
    if since is not None and until is not None and since > until:
        raise MappingError(
            f"{place}: [window] since {mapping.window.since} is after until "
            f"{mapping.window.until}; turn them round"
        )
    return since, until


def refuse_beside(mapping: Mapping, span: tuple[int, int] | None, place: str) -> None:
    """Raise `MappingError` when nothing of a log lies within the window.

    `span`: first and last moment of the log, µs since 1970 UTC, `None` for a log without rows.

    >>> refuse_beside(Mapping(), (0, 1), "log.csv")
    """
    since, until = window_micros(mapping, place)
    if span is None:
        return
    if until is not None and until < span[0]:
        key, given = "until", mapping.window.until
    elif since is not None and since > span[1]:
        key, given = "since", mapping.window.since
    else:
        return
    first, last = ((_EPOCH + timedelta(microseconds=m)).date() for m in span)
    raise MappingError(
        f"{place}: [window] {key} {given}: the log runs from {first} to {last}, so nothing of it "
        "is within the window; correct [window]"
    )


def _micros(text: str | None, mapping: Mapping, place: str, *, last: bool) -> int | None:
    if text is None:
        return None
    zone = ZoneInfo(mapping.time.zone) if mapping.time.zone else UTC
    try:
        whole_day = len(text.strip()) == len("2026-01-31")
        if whole_day:
            day = date.fromisoformat(text.strip()) + timedelta(days=1 if last else 0)
            moment = datetime(day.year, day.month, day.day, tzinfo=zone)
        else:
            moment = datetime.fromisoformat(text.strip())
    except ValueError as e:
        raise MappingError(
            f"{place} is {text!r}; write 2026-01-31 or 2026-01-31T12:00+02:00"
        ) from e
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    micros = (moment - _EPOCH) // timedelta(microseconds=1)
    return micros - 1 if whole_day and last else micros
