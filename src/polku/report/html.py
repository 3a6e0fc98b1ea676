"""The verb `report`: one self-contained HTML file that tells it all, with PDF and workbook."""

from __future__ import annotations

import html as escaping
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from polku.errors import LogError
from polku.log.eventlog import EventLog
from polku.measure.agreed import AgreedSet
from polku.measure.measurement import Measurement
from polku.report.content import Content, content
from polku.report.map import draw_map


@dataclass(frozen=True)
class Report:
    """A written report; in a notebook it shows itself."""

    html: str

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escaping.escape(self.html)}" style="width:100%;height:48rem;'
            'border:1px solid #999" title="Report"></iframe>'
        )

    def __str__(self) -> str:
        return self.html


def report(
    log: EventLog,
    path: str | Path | None = None,
    *,
    measurement: Measurement | None = None,
    agreed: AgreedSet | None = None,
    by: tuple[str, ...] = (),
    share: float = 0.8,
    pdf: str | Path | None = None,
    xlsx: str | Path | None = None,
    seed: int = 0,
) -> Report:
    """Write the report of a log as one HTML file that needs no network.

    Parameters: `path` of the HTML file (without it nothing is written); `measurement`, else the
    log is measured; `agreed` set of criteria with targets; `by` matter columns for the groups
    (default: the mapping's segments); `share` of the steps on the map; `pdf` and `xlsx` further
    files. Returns the `Report`; the same log gives the same bytes.
    Raises `MissingExtraError` when a PDF is asked for and WeasyPrint is not installed, and
    `LogError` where a file has another ending than its form or cannot be written; then nothing is.
    """
    from polku.log.atomic import write_text

    check_targets(path, pdf, xlsx)
    if pdf is not None:
        from polku.report.pdf import need_weasyprint

        need_weasyprint()
    found = content(log, measurement=measurement, agreed=agreed, by=by, seed=seed)
    made = Report(render(found, draw_map(log, share)))
    if path is not None:
        write_text(Path(path), made.html)
    if pdf is not None:
        from polku.report.pdf import write_pdf

        write_pdf(render(found, draw_map(log, share, theme="light")), Path(pdf))
    if xlsx is not None:
        from polku.report.xlsx import write_xlsx

        write_xlsx(found, Path(xlsx))
    return made


def check_targets(
    path: str | Path | None, pdf: str | Path | None = None, xlsx: str | Path | None = None
) -> None:
    """Raise `LogError` unless every file of a report has its form's ending and can be written.

    >>> check_targets(None)
    """
    from polku.log.atomic import check_writable

    for name, endings, what in (
        (path, (".html", ".htm"), "the report is an HTML file; end its name in .html"),
        (pdf, (".pdf",), "--pdf writes a PDF; end its name in .pdf"),
        (xlsx, (".xlsx",), "--xlsx writes a workbook; end its name in .xlsx"),
    ):
        if name is None:
            continue
        target = Path(name)
        device = target.exists() and not target.is_file() and not target.is_dir()
        if not device and not target.is_dir() and target.suffix.lower() not in endings:
            options = {".pdf": ", and add --pdf OUT.pdf", ".xlsx": ", and add --xlsx OUT.xlsx"}
            more = options.get(target.suffix.lower(), "") if name is path else ""
            raise LogError(f"{target}: {what}{more}")
    for name in (path, pdf, xlsx):
        if name is not None:
            check_writable(Path(name))


def render(found: Content, drawn: str) -> str:
    """The HTML text of a report's content; everything that came from the log is escaped."""
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    from polku import __version__
    from polku.report.page import page

    folder = files("polku.report") / "templates"
    sources = {
        name: (folder / name).read_text(encoding="utf-8") for name in ("report.html", "table.html")
    }
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    context = _trusted(page(found, drawn), Markup)
    macros: Any = environment.get_template("table.html").module
    css = (folder / "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html").render(
        **context, table=macros.table, css=Markup(css), version=__version__
    )


_SVG_KEYS = ("map", "chart")


def _trusted(value: Any, mark: Any, key: str = "") -> Any:
    """The page with its drawings (made here, their text escaped already) marked as markup."""
    if isinstance(value, dict):
        return {k: _trusted(v, mark, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_trusted(v, mark) for v in value]
    if key in _SVG_KEYS and isinstance(value, str) and re.match(r"\s*<svg ", value):
        return mark(value)
    return value
