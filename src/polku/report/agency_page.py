"""One sheet of A4 for each agency: what it does today, what is asked, and what that brings."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path as File

from polku.errors import RedesignError
from polku.log.mapping import nearest
from polku.path.facts import LANGUAGES, Language
from polku.path.model import Path
from polku.redesign.choice import Choice
from polku.redesign.front import Front
from polku.redesign.prediction import Prediction, predict
from polku.report.agency_content import Sheet
from polku.report.agency_words import WORDS

LOOSEST, TIGHTEST = -3, 8
"""From most on a sheet, as tried first where the room can be measured, to least."""


def agency_page(
    front: Front,
    choice: Choice,
    current: Path,
    chosen: Path,
    agency: str,
    language: Language = "fi",
    *,
    prediction: Prediction | None = None,
    tight: int = 0,
) -> str:
    """The page of one agency as HTML; all that came from files is escaped.

    Parameters: `current`, `chosen`: the path today and as chosen; `agency`: its id; `prediction`:
    of the chosen option (default: made from the front); `tight`: `LOOSEST` … `TIGHTEST`, how
    much less than usual fits, for fonts that need more room or less. What finds no room is counted
    on the page.

    Raises `RedesignError` for an unknown agency (the nearest is suggested), an unknown language,
    or a chosen option that the front has not.
    """
    return _render(_sheet(front, choice, current, chosen, agency, language, prediction), tight)


def _sheet(
    front: Front, choice: Choice, current: Path, chosen: Path, agency: str, language: Language,
    prediction: Prediction | None,
) -> Sheet:  # fmt: skip
    if language not in LANGUAGES:
        raise RedesignError(f"language {language!r}: {nearest(language, LANGUAGES)}")
    if choice.chosen not in {o.name for o in front.options}:
        raise RedesignError(
            f"agency page: the result holds no option {choice.chosen!r}, which the choice names; "
            "give the folder in which it was chosen"
        )
    promised = predict(front, choice.chosen) if prediction is None else prediction
    return Sheet(front, choice, current, chosen, agency, language, promised)


def _render(sheet: Sheet, tight: int) -> str:
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    from polku import __version__

    folder = files("polku.report") / "templates"
    environment = Environment(
        loader=DictLoader({"agency.html": (folder / "agency.html").read_text(encoding="utf-8")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("agency.html").render(
        p=sheet.page(tight),
        w=WORDS[sheet.language],
        language=sheet.language,
        css=Markup((folder / "agency.css").read_text(encoding="utf-8")),
        version=__version__,
    )


def sheets_needed(page: str) -> int:
    """Sheets of A4 that a page takes when printed; `MissingExtraError` without WeasyPrint."""
    from polku.report.pdf import need_weasyprint

    need_weasyprint()
    from weasyprint import HTML

    return len(HTML(string=page).render().pages)


def write_agency_page(
    front: Front,
    choice: Choice,
    current: Path,
    chosen: Path,
    agency: str,
    language: Language,
    file: File,
    *,
    prediction: Prediction | None = None,
    pdf: bool = False,
) -> None:
    """Write `file` (.html) and, with `pdf`, the same beside it as .pdf, on one sheet.

    With `pdf` as much is put on the page as the fonts at hand have room for; HTML and PDF hold the
    same. Raises `MissingExtraError` when WeasyPrint is not installed.
    """
    from polku.log.atomic import write_text
    from polku.report.pdf import write_pdf

    sheet = _sheet(front, choice, current, chosen, agency, language, prediction)
    page = ""
    for tight in range(LOOSEST if pdf else 0, TIGHTEST + 1):
        page = _render(sheet, tight)
        if not pdf or sheets_needed(page) == 1:
            break
    write_text(file, page)
    if pdf:
        write_pdf(page, file.with_suffix(".pdf"))
