"""The page of criteria from the registry: `python -m polku.measure.catalogue_docs FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from polku.measure.registry import PRINCIPLES, Catalogue, Criterion, catalogue

_DIRECTIONS = {
    "lower": "lower is better",
    "higher": "higher is better",
    "none": "neither more nor less is better",
}
_HEAD = """\
# The criteria

Written from the registry by `python -m polku.measure.catalogue_docs docs/criteria.md`; a test
checks that it is current. How open matters, intervals and comparisons work:
[open matters](explanation/open-matters.md). How to add one:
[add a criterion](how-to/add-a-criterion.md).

Each figure carries a **hash** of its definition and of the parts of the mapping that it uses; two
figures with different hashes are different measures and are not compared.
"""


def document(known: Catalogue | None = None) -> str:
    """The catalogue as Markdown, by principle, in the order of registration."""
    known = catalogue() if known is None else known
    parts = [_HEAD, _table(known)]
    for principle in PRINCIPLES:
        chosen = [c for c in known if c.principle == principle]
        if chosen:
            parts.append(f"## {principle.capitalize()}\n")
            parts.extend(_section(c) for c in chosen)
    return "\n".join(parts)


def _table(known: Catalogue) -> str:
    lines = ["| principle | criterion | unit | question |", "|---|---|---|---|"]
    lines.extend(
        f"| {principle} | `{_name(c)}` | {c.unit} | {c.question['en']} |"
        for principle in PRINCIPLES
        for c in known
        if c.principle == principle
    )
    return "\n".join(lines) + "\n"


def _name(c: Criterion) -> str:
    return f"{c.id}.COLUMN" if c.per_segment else c.id


def _section(c: Criterion) -> str:
    lines = [f"### `{_name(c)}`\n", f"**{c.question['en']}**  "]
    lines.append(f"*{c.question['fi']}* (fi)  ")
    lines.append(f"*{c.question['sv']}* (sv)\n")
    lines.append(f"- Definition: {c.definition}")
    lines.append(f"- Unit: {c.unit}; {_DIRECTIONS[c.direction]}.")
    lines.extend(f"- Statistic: {s.describe()}." for s in c.statistics)
    if c.open_matters:
        lines.append(f"- Open matters: {c.open_matters}")
    if c.needs:
        lines.append(f"- Needs: {', '.join(f'`{n}`' for n in c.needs)}.")
    if c.parts:
        lines.append(
            "- Parts of the mapping in its hash: "
            + ", ".join(f"`[{p}]`" for p in sorted(c.parts))
            + "."
        )
    if c.pitfalls:
        lines.append(f"- Mind: {c.pitfalls}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the document to the file named, or to standard output."""
    text = document()
    if arguments:
        Path(arguments[0]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
