"""What changed between two versions of a path, on a terminal and as a piece of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polku.path.changes.sentences import closing_line, sentences, summary_line, title_line
from polku.report.terminal import text

if TYPE_CHECKING:
    from markupsafe import Markup
    from rich.console import Console, RenderableType

    from polku.path.diff import Difference

_FRAGMENT = """\
<section class="difference" lang="{{ language }}">
<h2>{{ title }}</h2>
<p class="summary">{{ summary }}</p>
{% for section in sections %}<section class="{{ section.role }}">
<h3>{{ section.heading }}</h3>
<ul>
{% for sentence in section.sentences %}<li>\
{% for line in sentence.splitlines() %}{% if loop.index0 %}<br/>{% endif %}{{ line }}\
{% endfor %}</li>
{% endfor %}</ul>
</section>
{% endfor %}{% if closing %}<p class="closing">{{ closing }}</p>
{% endif %}</section>
"""


def diff_table(difference: Difference, language: str = "en") -> RenderableType:
    """The sentences of a difference under each agency's name, the customer's first."""
    from rich.console import Group
    from rich.table import Table

    summary = text(summary_line(difference, language))
    if difference.empty:
        return summary
    parts: list[RenderableType] = [text(title_line(difference, language), style="bold"), summary]
    for section in sentences(difference, language):
        style = "bold cyan" if section.role == "customer" else "bold"
        parts.append(text(f"\n{section.heading}", style=style))
        lines = Table.grid(padding=(0, 1))
        lines.add_column(no_wrap=True)
        lines.add_column(overflow="fold")
        for sentence in section.sentences:
            lines.add_row("·", text(sentence))
        parts.append(lines)
    if closing := closing_line(difference, language):
        parts.append(text(f"\n{closing}"))
    return Group(*parts)


def print_diff(console: Console, difference: Difference, language: str = "en") -> None:
    """Print what changed on a console."""
    console.print(diff_table(difference, language))


def diff_html(difference: Difference, language: str = "en") -> Markup:
    """The sentences of a difference as a piece of HTML: a section for each agency.

    All names are escaped; the headings of sections are of the third level, below the title.
    """
    from jinja2 import Environment
    from markupsafe import Markup

    template = Environment(autoescape=True).from_string(_FRAGMENT)
    return Markup(
        template.render(
            language=language,
            title=title_line(difference, language),
            summary=summary_line(difference, language),
            closing=closing_line(difference, language),
            sections=sentences(difference, language),
        )
    )
