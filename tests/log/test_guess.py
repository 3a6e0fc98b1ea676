"""Guessing a mapping from a log that nobody prepared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from polku.errors import LogError
from polku.log.build import build
from polku.log.clockwork import guess_zone
from polku.log.guess import guess
from polku.log.mapping import Columns, Mapping, NoneValues, from_dict
from polku.log.raw import RawTable
from polku.log.read import read
from polku.log.vocabulary import plain

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)


def text(**columns: object) -> RawTable:
    """A table of text as a CSV file gives it; a column is a list or a function of the row."""
    full = {
        name: [value(i) for i in range(60)] if callable(value) else value
        for name, value in columns.items()
    }
    return RawTable(pl.DataFrame(full), (), "csv")


def moment(i: int, hours: int = 0) -> str:
    return (NOON + timedelta(hours=7 * i + hours)).isoformat()


@pytest.mark.parametrize(
    ("case", "activity", "start", "time", "unit", "resource", "channel"),
    [
        ("Case ID", "Activity", "Start Timestamp", "Complete Timestamp", "Department", "Resource",
         "Channel"),
        ("asiatunnus", "Toimenpide", "Aloitusaika", "Päättymisaika", "Yksikkö", "Käsittelijä",
         "Asiointikanava"),
        ("Ärende-ID", "Händelse", "Starttid", "Sluttid", "Enhet", "Handläggare", "Kanal"),
        ("zaaknummer", "Activiteit", "Begintijd", "Eindtijd", "Afdeling", "Behandelaar", "Kanaal"),
        ("Aktenzeichen", "Tätigkeit", "Startzeit", "Endzeit", "Abteilung", "Bearbeiter", "Kanal"),
        ("expediente", "Actividad", "Fecha inicio", "Fecha fin", "Unidad", "Usuario", "Canal"),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names_in_six_languages(
    case: str, activity: str, start: str, time: str, unit: str, resource: str, channel: str
) -> None:
    raw = text(**{
        resource: lambda i: f"P{i % 5}", time: lambda i: moment(i, 2), unit: lambda i: f"U{i % 3}",
        activity: lambda i: "abc"[i % 3], start: moment, case: lambda i: f"C{i // 3}",
        channel: lambda i: ["web", "desk"][i % 2],
    })  # fmt: skip
    columns = guess(raw).mapping.columns
    assert columns == Columns(
        case=case, activity=activity, start=start, time=time, unit=unit, resource=resource,
        channel=channel,
    )  # fmt: skip


def test_two_times_without_telling_names_are_told_apart_by_their_order() -> None:
    raw = text(
        id=lambda i: f"C{i // 3}", task=lambda i: "abc"[i % 3], t2=moment,
        t1=lambda i: moment(i, 3),
    )  # fmt: skip
    columns = guess(raw).mapping.columns
    assert (columns.start, columns.time) == ("t2", "t1")


def test_the_order_of_rows_and_columns_changes_no_guess(data: Path) -> None:
    from polku.log.readers.registry import read_raw

    raw = read_raw(data / "loan-application/LoanApp_simplified_train.csv.gz")
    mixed = raw.rows.sample(fraction=1.0, shuffle=True, seed=3).select(reversed(raw.rows.columns))
    assert guess(raw) == guess(RawTable(mixed, raw.files, raw.format))


def test_a_log_without_a_case_column_says_which_columns_it_has() -> None:
    raw = text(foo=lambda i: f"{i}", bar=moment)
    with pytest.raises(LogError, match="case id among 'foo', 'bar'") as error:
        guess(raw)
    assert "\n" not in str(error.value)


def test_a_log_without_times_says_so() -> None:
    with pytest.raises(LogError, match="time"):
        guess(text(case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3]))


def test_a_table_without_a_row_of_names_is_refused_as_its_first_row_would_be_lost(
    tmp_path: Path,
) -> None:
    file = tmp_path / "bare.csv"
    lines = [f"c{i // 3},{'abc'[i % 3]},{moment(i)},u" for i in range(30)]
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(LogError, match="the first row is data and not the names of columns"):
        read(file)


def test_none_values_are_taken_only_where_they_stand_among_others() -> None:
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        unit=lambda i: ["EMPTY", "Desk"][i % 2], resource=lambda _: "UNKNOWN",
    )  # fmt: skip
    assert guess(raw).mapping.none.columns == {"unit": ("EMPTY",)}


def test_the_zero_of_the_calendar_is_no_time() -> None:
    ends = [datetime(1969, 12, 31, 23), *[datetime(2024, 1, 1 + i % 20) for i in range(59)]]
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3],
        time=lambda i: NOON + timedelta(hours=i), checked=[e.replace(tzinfo=UTC) for e in ends],
    )  # fmt: skip
    mapping = guess(raw).mapping
    assert mapping.none.columns == {"checked": ("1969-12-31T23:00:00+00:00",)}
    assert build(raw, mapping).events["checked"].null_count() == 1


def test_segments_due_arrival_and_kind_are_columns_of_the_case() -> None:
    raw = text(
        case=lambda i: f"C{i // 3:02}", activity=lambda i: "abc"[i % 3], time=moment,
        määräaika=lambda i: moment(100 + i // 3), saapumispvm=lambda i: moment(i // 3, -500),
        asiatyyppi=lambda i: ["event", "plot"][i // 3 % 2],
        district=lambda i: ["N", "S"][i // 3 % 2],
        only=lambda _: "same", code=lambda i: f"{i // 3:05}", variant=lambda i: f"V{i // 30}",
    )  # fmt: skip
    cases = guess(raw).mapping.cases
    assert (cases.due, cases.arrival, cases.kind) == ("määräaika", "saapumispvm", "asiatyyppi")
    assert cases.segments == ("district",)
    assert cases.attributes == ("code", "only", "variant")


def test_text_gets_types_but_codes_with_zeros_stay_text() -> None:
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        cost=lambda i: f"{i},50", n=lambda i: f"{i}", zip=lambda i: f"00{i}",
        flag=lambda i: ["TRUE", "false"][i % 2], seen=moment,
    )  # fmt: skip
    mapping = guess(raw).mapping
    assert mapping.types == {"cost": "float", "n": "int", "flag": "bool", "seen": "time"}
    events = build(raw, mapping).events
    assert events["cost"].dtype == pl.Float64
    assert events["zip"].dtype == pl.String
    assert events["seen"].dtype == pl.Datetime("us", "UTC")


def test_what_a_mapping_says_stands_and_the_rest_is_guessed() -> None:
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        unit=lambda i: ["EMPTY", "Desk"][i % 2], status=lambda i: ["open", "closed"][i // 3 % 2],
    )  # fmt: skip
    found = guess(raw, Mapping(none=NoneValues(values=("Desk",)))).mapping
    assert found.none == NoneValues(values=("Desk",))
    assert (found.columns.unit, found.closed.rule) == ("unit", "status")
    on_purpose = from_dict({"closed": {}, "columns": {"activity": "unit"}})
    found = guess(raw, on_purpose).mapping
    assert found.closed.rule == "unknown"
    assert found.columns == Columns(case="case", activity="unit", time="time")


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Europe/Stockholm", "Europe/London"])
def test_the_zone_is_told_by_midnights_across_the_clock_change(zone: str) -> None:
    local = pl.datetime_range(
        datetime(2024, 1, 1), datetime(2024, 12, 31), "1d", time_unit="us", eager=True
    )
    stamps = local.dt.replace_time_zone(zone).dt.convert_time_zone("UTC")
    assert guess_zone(stamps) == (zone, 1.0)


@pytest.mark.parametrize(("name", "share"), [("BPIC15_1", 0.46), ("BPIC15_2", 0.44)])
def test_bpic15_says_that_its_stamps_are_day_granular_and_what_that_forbids(
    data: Path, name: str, share: float
) -> None:
    log = read(data / "bpic15" / f"{name}.xes.gz")
    assert log.mapping.time.day_granular_share == pytest.approx(share, abs=0.005)
    said = [a.text for a in log.source.assumptions if a.about == "time" and a.kind == "cannot"]
    assert len(said) == 1
    for word in ("midnight", "waiting shorter than a day", "order of steps within a day", "hours"):
        assert word in said[0]


@pytest.mark.parametrize("name", ["receipt/receipt.xes.gz", "production/Production.xes.gz"])
def test_logs_with_a_clock_say_nothing_of_days(data: Path, name: str) -> None:
    assert not [a for a in read(data / name).source.assumptions if "midnight" in a.text]


def test_receipt_is_read_as_a_person_would(data: Path) -> None:
    log = read(data / "receipt/receipt.xes.gz")
    mapping = log.mapping
    assert mapping.columns.unit == "org:group"
    assert mapping.none.columns == {"org:group": ("EMPTY",)}
    assert mapping.cases.due == "case:deadline"
    assert mapping.cases.segments == ("channel", "department", "group")
    assert log.cases["channel"].n_unique() == 5
    assert log.events["unit"].null_count() == 1936
    assert log.events["contact"].null_count() == log.events.height
    about = {a.about for a in log.source.assumptions}
    assert about == {"closed", "arrival", "start", "agencies", "contacts"}


def test_bpic15_codes_get_their_english_names(data: Path) -> None:
    names = read(data / "bpic15/BPIC15_1.xes.gz").mapping.names
    assert names["01_HOOFD_010"] == {"en": "register submission date request"}


def test_receipt_reads_the_same_from_xes_and_csv(data: Path) -> None:
    one, other = (read(data / "receipt" / f"receipt.{form}.gz") for form in ("xes", "csv"))
    assert one.cases.equals(other.cases.select(one.cases.columns))
    assert one.events.equals(other.events.select(one.events.columns))
    assert one.mapping.definition("closed") == other.mapping.definition("closed")
    assert one.mapping.definition("none") == other.mapping.definition("none")


def test_system_accounts_are_known_by_their_names(data: Path) -> None:
    log = read(data / "bpic12w/BPI_Challenge_2012_W_Two_TS.xes.gz")
    assert log.mapping.automatic.resources == ("SYS",)


def test_a_column_of_outcomes_is_known_by_its_words() -> None:
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        päätös=lambda i: ["Myönnetty", "Hylätty", "Peruttu"][i // 3 % 3],
    )  # fmt: skip
    found = guess(raw).mapping.outcome
    assert (found.column, found.decided) == ("päätös", ("Myönnetty",))
    assert (found.rejected, found.withdrawn) == (("Hylätty",), ("Peruttu",))


def test_names_are_compared_without_accents_and_marks() -> None:
    assert plain("case:Händelse_Typ 2") == "handelsetyp2"


def test_a_lifecycle_that_tells_of_starts_only_is_left_aside() -> None:
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        lifecycle=lambda _: "start",
    )  # fmt: skip
    mapping = guess(raw).mapping
    assert mapping.columns.lifecycle is None
    assert build(raw, mapping).source.issues == ()


def test_a_case_column_without_a_telling_name_is_taken_by_content_and_said() -> None:
    raw = text(
        lupa=lambda i: f"L{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        id=lambda i: f"{i}", who=lambda i: f"P{i % 7}",
    )  # fmt: skip
    found = guess(raw)
    assert found.mapping.columns.case == "lupa"
    assert [a.kind for a in found.assumptions if a.about == "case"] == ["assumed"]


def test_cases_of_one_event_each_are_cases() -> None:
    raw = text(case_id=lambda i: f"C{i}", activity=lambda i: "abc"[i % 3], time=moment)
    log = build(raw, guess(raw).mapping)
    assert log.n_matters == log.events.height == 60


def test_answers_to_a_survey_are_columns_of_the_matter() -> None:
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        tyytyväisyys=lambda i: "4" if i % 3 == 2 else None, nps=lambda i: f"{i}",
    )  # fmt: skip
    mapping = guess(raw).mapping
    assert (mapping.survey.csat, mapping.survey.nps) == ("tyytyväisyys", None)
    cases = build(raw, mapping).cases
    assert set(cases["tyytyväisyys"].cast(pl.String)) == {"4"}


def test_a_status_that_tells_how_matters_ended_is_the_outcome_too() -> None:
    raw = text(
        case=lambda i: f"C{i // 3}", activity=lambda i: "abc"[i % 3], time=moment,
        status=lambda i: ["open", "granted", "withdrawn"][i // 3 % 3],
        started_by=lambda i: ["customer", "city", "none"][i % 3],
        promised_by=lambda i: moment(100 + i // 3),
    )  # fmt: skip
    mapping = guess(raw).mapping
    assert (mapping.outcome.decided, mapping.outcome.withdrawn) == (("granted",), ("withdrawn",))
    assert (mapping.columns.contact, mapping.cases.due) == ("started_by", "promised_by")
    assert mapping.none.columns == {}
