"""The report as PDF, with WeasyPrint where the extra is installed."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from polku.errors import MissingExtraError


def need_weasyprint() -> None:
    """Raise `MissingExtraError` when WeasyPrint is not installed."""
    if find_spec("weasyprint") is None:
        raise MissingExtraError(
            "--pdf: WeasyPrint is not installed; install it with: pip install 'polku[pdf]'"
        )


def write_pdf(page: str, path: Path) -> None:
    """Write an HTML page as PDF; nothing is fetched from anywhere.

    Raises `MissingExtraError` when WeasyPrint is not installed.
    """
    need_weasyprint()
    from weasyprint import HTML

    from polku.log.atomic import write_bytes

    document = HTML(string=_plain(page), url_fetcher=_nothing).write_pdf()
    write_bytes(path, document)


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"{url}: a report fetches nothing")


def _plain(page: str) -> str:
    """The page with its colour variables put in, as drawings in a PDF know no variables."""
    first = re.search(r":root\{([^}]*)\}", page)
    values = dict(re.findall(r"--([a-z]+):([^;}]+)", first.group(1))) if first else {}
    for name, value in values.items():
        page = page.replace(f"var(--{name})", value.strip())
    return page.replace("<details>", "<details open>")
