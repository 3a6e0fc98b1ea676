"""The folder of a result: the front, and every prototype as files that any BPMN tool opens.

    FOLDER/
      front.json            the result (`polku.front/1`); the report, the choice read nothing else
      report.html           written by the command
      tried.jsonl           every look of the search, from which an interrupted one goes on
      current/              path.bpmn, scenario.json
      prototypes/NAME/      path.bpmn, scenario.json, diff.json, ladder.json

The folders of prototypes are written beside the old ones and take their place at the end.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as File

from polku.errors import RedesignError
from polku.path.diff import diff
from polku.path.facts import LANGUAGES, Text
from polku.path.layout import lay_out
from polku.path.model import Diagram, Path
from polku.path.read import read_path
from polku.path.write import save
from polku.redesign.front import Front, Option
from polku.redesign.front_file import NAME, dumps
from polku.redesign.plain_json import plain
from polku.redesign.prototype import Prototype
from polku.redesign.tried import FILE
from polku.simulate.file.read import read_scenario
from polku.simulate.file.write import save_scenario
from polku.simulate.scenario import Remark


def finished(prototype: Prototype, option: Option, current: Path) -> Prototype:
    """A prototype as it is written: state, name, remarks on its assumptions, drawn anew.

    A prototype that people drew keeps its drawing; so does the current state.
    """
    path, scenario = prototype.path, prototype.scenario
    if option.drawn == "search":
        said = " ".join(filter(None, (r.says.best("en") for r in option.ladder)))
        version = replace(
            path.version, state="prototype", number=option.name, note=said,
            answers=option.answers or path.version.answers, valid_from=None,
            of=path.version.of or current.version.of,
        )  # fmt: skip
        path = lay_out(replace(path, version=version, diagram=Diagram()))
        remarks = tuple(
            Remark(a.move, f"{a.what.best('en')} (mean {a.usual:.3g}; {a.origin})")
            for a in option.assumptions
        )
        scenario = replace(
            scenario, name=option.name, remarks=(*scenario.remarks, *remarks),
            note=f"A prototype of the search: {said}",
        )  # fmt: skip
    scenario = replace(scenario, path=path.id, path_hash=path.hash)
    return Prototype(path, scenario, option.name, option.answers)


def check_target(folder: File) -> None:
    """Raise `RedesignError` for a folder that holds something else than a result.

    Writing a result takes the place of what is called `current`, `prototypes` and `report.html`
    there, so a folder of somebody's own is never written into.
    """
    if folder.is_file():
        raise RedesignError(f"{folder}: is a file; name a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not any((folder / name).is_file() for name in (NAME, FILE)):
        raise RedesignError(
            f"{folder}: holds files, but no result of polku redesign ({NAME}, {FILE}); name a new "
            "folder, so that nothing of yours is written over"
        )


def write_folder(folder: File, front: Front, prototypes: Sequence[Prototype]) -> None:
    """Write the front and its prototypes (in the order of the options) into a folder.

    Raises `RedesignError` for a folder that holds something else (`check_target`).
    """
    check_target(folder)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".prototypes"
    if draft.exists():
        shutil.rmtree(draft)
    current = prototypes[0].path
    for option, prototype in zip(front.options, prototypes, strict=True):
        if option.folder is None:
            continue
        place = draft / option.folder
        place.mkdir(parents=True)
        save(prototype.path, place / "path.bpmn")
        save_scenario(prototype.scenario, place / "scenario.json")
        if option.drawn != "current":
            text = diff(current, prototype.path).dumps()
            (place / "diff.json").write_text(text, encoding="utf-8")
            ladder = {
                "format": "polku.ladder/1", "name": option.name, "title": plain(option.title),
                "ladder": plain(option.ladder), "assumptions": plain(option.assumptions),
            }  # fmt: skip
            (place / "ladder.json").write_text(
                json.dumps(ladder, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
    for name in ("current", "prototypes"):
        if (folder / name).exists():
            shutil.rmtree(folder / name)
        if (draft / name).exists():
            shutil.move(draft / name, folder / name)
    shutil.rmtree(draft)
    new = folder / f".{NAME}"
    new.write_text(dumps(front), encoding="utf-8")
    new.replace(folder / NAME)


def read_option(folder: File, front: Front, name: str) -> Prototype:
    """The prototype of an option from its files.

    Raises `RedesignError` where they are missing or not those that the front was told of.
    """
    option = front.option(name)
    place = folder / (option.folder or "")
    file = place / "path.bpmn"
    if option.folder is None or not file.is_file():
        raise RedesignError(f"{place}: holds no path.bpmn; run polku redesign again")
    path = read_path(file)
    if path.hash != option.path_hash:
        raise RedesignError(
            f"{file}: is not the path that the front was told of; run polku redesign again, or "
            "take the file as it was"
        )
    return Prototype(path, read_scenario(place / "scenario.json"), name, option.answers)


def title_text(path: Path) -> Text:
    """The path's name in three languages."""
    names, plain_name = path.facts.names, path.name or path.id
    return Text(*(names.get(n) or plain_name for n in LANGUAGES))
