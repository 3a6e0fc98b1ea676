"""A choice as files in the folder of its result.

FOLDER/
  choice.json           the decision record (`polku.choice/1`)
  choice.md             the same, to be read
  prediction.json       what the chosen option promises (`polku.prediction/1`)
  agencies/ID.LANG.html one sheet for each agency in fi, sv and en (and .pdf)
"""

from __future__ import annotations

import re
from pathlib import Path as File

from polku.path.facts import LANGUAGES
from polku.redesign.choice import NAME, Choice
from polku.redesign.choice_markdown import markdown
from polku.redesign.front import Front
from polku.redesign.prediction import NAME as PREDICTION
from polku.redesign.prediction import measure_of, predict
from polku.redesign.prototype import Prototype
from polku.report.agency_page import write_agency_page

AGENCIES = "agencies"
_SHEET = re.compile(r".+\.(?:fi|sv|en)\.(?:html|pdf)")


def write_choice(
    folder: File,
    front: Front,
    current: Prototype,
    chosen: Prototype,
    choice: Choice,
    *,
    pdf: bool = True,
) -> str:
    """Write the choice, the prediction and the agencies' sheets; says what was written.

    An earlier choice in the folder is kept as choice-DATE.json; its sheets are taken away. The
    record is written last. Raises `MissingExtraError`, before anything is written, where `pdf` is
    asked for and WeasyPrint is not installed.
    """
    from polku.log.atomic import write_text
    from polku.report.pdf import need_weasyprint

    if pdf:
        need_weasyprint()
    option = front.option(choice.chosen)
    promised = predict(front, option, measure_of(current)).chosen(choice.date, choice.applies_from)
    sheets = folder / AGENCIES
    if sheets.is_dir():
        for file in sheets.iterdir():
            if _SHEET.fullmatch(file.name):
                file.unlink()
    for agency in option.agencies:
        for language in LANGUAGES:
            write_agency_page(
                front, choice, current.path, chosen.path, agency.id, language,
                sheets / f"{file_name(agency.id)}.{language}.html", prediction=promised, pdf=pdf,
            )  # fmt: skip
    write_text(folder / PREDICTION, promised.dumps())
    write_text(folder / "choice.md", markdown(choice))
    kept = _keep_earlier(folder, choice)
    write_text(folder / NAME, choice.dumps())
    n = len(option.agencies)
    forms = "HTML and PDF" if pdf else "HTML"
    pages = f" and {n} {'sheet' if n == 1 else 'sheets'} in 3 languages ({forms})" if n else ""
    return f"{folder}: {NAME}, choice.md, {PREDICTION}{pages}{kept}"


def file_name(id: str) -> str:
    """An id as the name of a file: letters, digits, dot, dash and underscore only.

    >>> file_name("rescue-department"), file_name("../x y")
    ('rescue-department', '_x_y')
    """
    return re.sub(r"[^\w.-]+", "_", id).lstrip(".") or "agency"


def _keep_earlier(folder: File, choice: Choice) -> str:
    """Put an earlier, different choice aside under its date."""
    old = folder / NAME
    if not old.is_file() or old.read_text(encoding="utf-8") == choice.dumps():
        return ""
    found = re.search(r'"date": "(\d{4}-\d\d-\d\d)"', old.read_text(encoding="utf-8"))
    day = found[1] if found else "earlier"
    aside = folder / f"choice-{day}.json"
    k = 2
    while aside.exists():
        aside = folder / f"choice-{day}-{k}.json"
        k += 1
    old.replace(aside)
    return f"; the earlier choice is kept as {aside.name}"
