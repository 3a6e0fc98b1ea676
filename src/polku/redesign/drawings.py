"""Prototypes that people drew, as `moves.toml` names them: their files, read once to be sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from polku.errors import PolkuError, RedesignError
from polku.log.mapping import nearest
from polku.redesign.front import Insight
from polku.redesign.prototype import Prototype
from polku.redesign.terms import Drawing
from polku.redesign.terms_table import NO_IDS, insights_of
from polku.simulate.file.table import Table, refuse, text, told, under


def drawings(
    rows: Sequence[tuple[Any, str]], file: Path, insights: Sequence[Insight]
) -> tuple[Drawing, ...]:
    """The prototypes of [[prototype]]; `rows`: the tables with their places.

    A prototype answers what the table says and what its BPMN file says: ids, or sentences, which
    stand for the insight that says the same (a sentence of none stays as it is).
    """
    known = tuple(i.id for i in insights)
    by_sentence = {i.says.strip().casefold(): i.id for i in insights}
    out: list[Drawing] = []
    for row, place in rows:
        t = Table(row, place, "a prototype")
        given = t.required("path", text, 'path = "prototype.bpmn"')
        scenario = t.optional("scenario", text, None)
        name = t.optional("name", text, None)
        answers = t.optional("answers", insights_of(known), NO_IDS)
        t.done()
        bpmn, numbers = _files(given, scenario, file, place)
        drawing = Drawing(str(bpmn), str(numbers), name or bpmn.name.removesuffix(".bpmn"), answers)
        for k, other in enumerate(out, 1):
            if other.name == drawing.name:
                refuse(place, f"the name {told(other.name)} is that of [[prototype]] {k}; "
                       "give one of them another name")  # fmt: skip
        if drawing.name == "current":
            refuse(place, "'current' is the current state's name; give it another name")
        said = load_drawing(drawing, place).answers
        ids = dict.fromkeys(by_sentence.get(a.strip().casefold(), a) for a in said)
        out.append(replace(drawing, answers=tuple(ids)))
    return tuple(out)


def _files(given: str, scenario: str | None, file: Path, place: str) -> tuple[Path, Path]:
    bpmn = file.parent / given
    if not bpmn.is_file():
        if given.endswith(".bpmn"):
            refuse(under(place, "path"), f"there is no file {told(given)} beside this one; "
                   f"{_beside(file, given)}")  # fmt: skip
        bpmn = _shipped(given, under(place, "path"))
    if scenario is None:
        numbers = bpmn.with_suffix(".scenario.json")
        if not numbers.exists():
            refuse(place, f"has no scenario, and there is no {numbers.name} beside the path; "
                   'add scenario = "….json"')  # fmt: skip
        return bpmn, numbers
    numbers = file.parent / scenario
    if not numbers.is_file():
        if scenario.endswith(".json"):
            refuse(under(place, "scenario"), f"there is no file {told(scenario)} beside this one; "
                   f"{_beside(file, scenario)}")  # fmt: skip
        shipped = _shipped(scenario, under(place, "scenario"))
        numbers = shipped.with_suffix(".scenario.json")
    return bpmn, numbers


def _beside(file: Path, wanted: str) -> str:
    """The nearest file of the same ending in the folder."""
    ending = Path(wanted).suffix
    there = [f.name for f in file.parent.iterdir() if f.suffix == ending]
    return nearest(wanted, there) if there else f"the folder has no {ending}; check the path"


def _shipped(name: str, place: str) -> Path:
    """The BPMN file of a version that ships, as "event-permit/prototype-joint-form"."""
    from polku.paths import NAMES, ROOT

    files = {f"{n}/{f.stem}": f for n in NAMES for f in sorted((ROOT / n).glob("*.bpmn"))}
    if name not in files:
        refuse(place, f"{told(name)} is no file beside this one and does not ship; "
               f"{nearest(name, files)}")  # fmt: skip
    return files[name]


def load_drawing(drawing: Drawing, place: str = "prototype") -> Prototype:
    """Read a prototype that people drew; `RedesignError` where path or scenario cannot be read.

    It answers the insights of the terms and those that its BPMN file names.
    """
    from polku.path.read import read_path
    from polku.simulate.file.read import read_scenario

    try:
        path, scenario = read_path(drawing.path), read_scenario(drawing.scenario)
    except PolkuError as e:
        raise RedesignError(f"{place}: {e}") from e
    answers = tuple(dict.fromkeys((*drawing.answers, *path.version.answers)))
    return Prototype(path, scenario, drawing.name, answers)
