"""The choice of a prototype: a decision record that holds all that it was made on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polku.errors import RedesignError
from polku.log.mapping import nearest
from polku.path.facts import Text
from polku.redesign.axes import Axis, Direction
from polku.redesign.axis_words import number
from polku.redesign.explaining import explain
from polku.redesign.front import (
    AssumptionTold,
    ConstraintTold,
    Drawn,
    Front,
    Insight,
    Option,
    Told,
    Verdict,
)
from polku.redesign.front_file import read_front
from polku.redesign.plain_json import build, plain
from polku.redesign.reasons import Reasons, read_reasons
from polku.redesign.weighing import WeightTold, score, sensitivity, weights_of

__all__ = [
    "Choice", "ChosenFigure", "NotChosen", "OptionWeighed", "Reasons", "WeightTold", "choose",
    "explain", "explain_folder", "read_choice", "read_reasons",
]  # fmt: skip

FORMAT = "polku.choice/1"
NAME = "choice.json"
MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class ChosenFigure:
    """A figure of an option with its difference to the current state, as in `front.Told`."""

    axis: str
    unit: str
    direction: Direction
    value: float | None
    low: float | None
    high: float | None
    change: float | None
    change_low: float | None
    change_high: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class OptionWeighed:
    """An option as it stood when the choice was made.

    `score`: with the choice's weights, in hundredths, with its interval; `chance`: of being on the
    front; `broken`: names of the constraints that it breaks; `figures`: by which the front is told.
    """

    name: str
    title: Text
    drawn: Drawn
    score: float
    score_low: float
    score_high: float
    chance: float
    on_front: bool
    path_hash: str
    scenario_hash: str
    broken: tuple[str, ...]
    figures: tuple[ChosenFigure, ...]


@dataclass(frozen=True, slots=True)
class NotChosen:
    """Why an option was not chosen; `given`: by the people who decided (else by the figures)."""

    name: str
    why: str
    given: bool


@dataclass(frozen=True)
class Choice:
    """A decision record.

    `leads`: the option with the highest score at the weights that keeps the constraints (or is
    chosen despite one); `weights_by`: "front" or "people"; `who`: "name, role"; `date`,
    `applies_from`: ISO days; `worse`: figures that the chosen option makes worse; `fragile`:
    assumptions without which it is not shown to be better; `not_kept`: constraints that it breaks
    or of which it is not decided; `despite`: those of them that were accepted by name; `answered`,
    `unanswered`: insights; `measure`: hashes of the criteria's definitions.
    """

    path: str
    title: Text
    chosen: str
    leads: str
    options: tuple[OptionWeighed, ...]
    weights: tuple[WeightTold, ...]
    weights_by: str
    reasons: tuple[str, ...]
    rejected: tuple[NotChosen, ...]
    who: tuple[str, ...]
    date: str
    applies_from: str | None
    note: str
    worse: tuple[ChosenFigure, ...]
    fragile: tuple[AssumptionTold, ...]
    not_kept: tuple[ConstraintTold, ...]
    despite: tuple[str, ...]
    answered: tuple[Insight, ...]
    unanswered: tuple[Insight, ...]
    measure: Mapping[str, str]
    matters: float
    horizon_days: float
    seed: int
    version: str

    def option(self, name: str) -> OptionWeighed:
        """The option of a name; KeyError where there is none."""
        found = next((o for o in self.options if o.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    @property
    def option_chosen(self) -> OptionWeighed:
        """The option that was chosen."""
        return self.option(self.chosen)

    def to_json(self) -> dict[str, Any]:
        """The record as `polku.choice/1` (see `polku.schemas`)."""
        return {"format": FORMAT, **plain(self)}

    def dumps(self) -> str:
        """The document as text; the same choice gives the same bytes."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_choice(path: str | Path) -> Choice:
    """Read the choice in a folder (or the file itself).

    Raises `RedesignError`, with the place, where there is none or it is not of this form.
    """
    file = Path(path)
    if file.is_dir():
        file = file / NAME
    return build(Choice, read_document(file, FORMAT, "choice", MOST_BYTES), str(file))


def explain_folder(folder: str | Path) -> str:
    """What was chosen in a folder and why, or where nothing is, what there is to choose from.

    A choice that names paths which the result no longer holds is retold with a word on that.
    """
    folder = Path(folder)
    if folder.is_file():
        return explain(read_choice(folder))
    front = read_front(folder)
    if not (folder / NAME).is_file():
        return explain(front)
    made = read_choice(folder)
    now = {o.name: o.path_hash for o in front.options}
    mine = made.option_chosen
    if now.get(mine.name) != mine.path_hash:
        return explain(made) + (
            f"\nThe folder was searched again since: its {mine.name} is not the one that was "
            "chosen.\n"
        )
    return explain(made)


def read_document(file: Path, format: str, what: str, most: int) -> dict[str, Any]:
    """A JSON document of a format, without its key "format"; `RedesignError` where it is none."""
    if not file.is_file():
        raise RedesignError(f"{file}: is not there; give the file of a {what}")
    if file.stat().st_size > most:
        raise RedesignError(f"{file}: is larger than {most:,} bytes; this is no {what}")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as e:
        raise RedesignError(f"{file}: is no JSON ({str(e)[:80]}); take the file as written") from e
    if not isinstance(data, dict) or data.get("format") != format:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise RedesignError(f"{file}: its format is {found!r}; a {what} has {format}")
    return {k: v for k, v in data.items() if k != "format"}


def choose(front: Front, chosen: str, reasons: Reasons) -> Choice:
    """Record the choice of an option.

    Raises `RedesignError` in one line where an option is not in the folder (the nearest is
    suggested), a weight is not of an axis with a better side, or the option breaks a constraint
    that `reasons.despite` does not name.
    """
    names = {o.name for o in front.options}
    if chosen not in names:
        raise RedesignError(
            f"choose: the folder holds no option {chosen!r}; {nearest(chosen, names)}"
        )
    option = front.option(chosen)
    _check_weights(front, reasons)
    _check_rejected(reasons, chosen, names)
    _check_constraints(option, reasons)
    weights = {k: w for k, w in (reasons.weights or weights_of(front)).items() if w > 0}
    weighed = {o.name: _weighed(front, o, weights, own=bool(reasons.weights))
               for o in front.options}  # fmt: skip
    among = [o.name for o in front.options if o.name == chosen or not weighed[o.name].broken]
    leads = max(among, key=lambda n: (weighed[n].score, -among.index(n)))
    answers = set(option.answers)
    told = ((a, f) for a in front.axes for f in option.figures if f.axis == a.key)
    return Choice(
        path=front.path,
        title=front.title,
        chosen=chosen,
        leads=leads,
        options=tuple(weighed.values()),
        weights=sensitivity(front, weights, among, chosen),
        weights_by="people" if reasons.weights else "front",
        reasons=reasons.reasons,
        rejected=tuple(_not_chosen(weighed, chosen, reasons)),
        who=reasons.who,
        date=reasons.date.isoformat(),
        applies_from=reasons.applies_from.isoformat() if reasons.applies_from else None,
        note=reasons.note,
        worse=tuple(_figure(a, f) for a, f in told if f.verdict == "worse"),
        fragile=tuple(a for a in option.assumptions if a.fragile),
        not_kept=tuple(c for c in option.constraints if c.verdict != "kept"),
        despite=reasons.despite,
        answered=tuple(i for i in front.insights if i.id in answers),
        unanswered=tuple(i for i in front.insights if i.id not in answers),
        measure=dict(front.measure),
        matters=front.matters,
        horizon_days=front.horizon_days,
        seed=front.seed,
        version=front.version,
    )


def _check_weights(front: Front, reasons: Reasons) -> None:
    axes = {a.key: a for a in front.axes}
    for key in reasons.weights:
        if key not in axes:
            raise RedesignError(
                f"{reasons.place}: [weights] {key!r} is no axis of the result; {nearest(key, axes)}"
            )
        if not axes[key].sign:
            raise RedesignError(
                f"{reasons.place}: [weights] {key!r} has no better side, so it cannot be weighed; "
                "take it out"
            )


def _check_rejected(reasons: Reasons, chosen: str, names: set[str]) -> None:
    for name in reasons.rejected:
        if name == chosen:
            raise RedesignError(
                f"{reasons.place}: [rejected] {name!r} is the option that is chosen; take it out"
            )
        if name not in names:
            raise RedesignError(
                f"{reasons.place}: [rejected] {name!r} is no option of the folder; "
                f"{nearest(name, names)}"
            )


def _check_constraints(option: Option, reasons: Reasons) -> None:
    known = {c.name: c for c in option.constraints}
    for name in reasons.despite:
        if name not in known:
            told = nearest(name, known) if known else "no constraint was set; take it out"
            raise RedesignError(f"{reasons.place}: despite {name!r} is no constraint; {told}")
        if known[name].verdict == "kept":
            raise RedesignError(
                f"{reasons.place}: despite {name!r}: {option.name} keeps it; take it out"
            )
    for constraint in option.constraints:
        if constraint.verdict == "broken" and constraint.name not in reasons.despite:
            raise RedesignError(
                f"choose {option.name}: breaks the constraint {constraint.name!r} "
                f'({constraint.why}); choose another, or write despite = ["{constraint.name}"]'
            )


def _figure(axis: Axis, told: Told) -> ChosenFigure:
    return ChosenFigure(
        axis.key, axis.unit, axis.direction, told.value, told.low, told.high, told.change,
        told.change_low, told.change_high, told.verdict,
    )  # fmt: skip


def _weighed(
    front: Front, option: Option, weights: Mapping[str, float], *, own: bool
) -> OptionWeighed:
    value, low, high = option.score, option.score_low, option.score_high
    if own:
        again = score(front, option, weights)
        value, low, high = again.value, again.low, again.high
    keys = dict.fromkeys((*front.on, *weights))
    figures = [
        _figure(front.axis(key), told)
        for key in keys for told in option.figures if told.axis == key
    ]  # fmt: skip
    return OptionWeighed(
        option.name, option.title, option.drawn, value, low, high, option.chance, option.on_front,
        option.path_hash, option.scenario_hash,
        tuple(c.name for c in option.constraints if c.verdict == "broken"), tuple(figures),
    )  # fmt: skip


def _not_chosen(
    weighed: Mapping[str, OptionWeighed], chosen: str, reasons: Reasons
) -> Iterator[NotChosen]:
    """Why each other option was not chosen, in the words given or by its figures."""
    mine = weighed[chosen]
    for name, o in weighed.items():
        if name == chosen:
            continue
        if name in reasons.rejected:
            yield NotChosen(name, reasons.rejected[name], True)
            continue
        it, its = number(o.score, 1), number(mine.score, 1)
        if o.broken:
            why = f"breaks the constraint {' and '.join(map(repr, o.broken))}"
        elif o.score_high < mine.score_low:
            why = f"scores {it}, shown to be lower than the chosen one's {its}"
        elif o.score < mine.score:
            why = f"scores {it}, lower than the chosen one's {its}"
        else:
            why = f"no reason was written; it scores {it}, the chosen one {its}"
        yield NotChosen(name, why, False)
