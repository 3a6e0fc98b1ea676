"""Where the way divides in Prosimos' parameter files: chances, and rules on the matter's data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from polku.log.mapping import nearest
from polku.path.model import Gateway, Path
from polku.simulate.file.prosimos_laws import Reading
from polku.simulate.file.prosimos_rules import Rules, condition, holds, read_rules
from polku.simulate.file.table import told
from polku.simulate.scenario import Attribute, Branching, Origin, Varied, always

FROM = Origin("typed", None, "from a Prosimos file")
"""Origin of every number."""
Probabilities = list[tuple[str, float, Rules | None]]
"""Flow, its chance, and the rules under which it is taken."""


class Way:
    """The gateways of a file; `names`: attribute's name in the file → here, `numeric`: numbers."""

    def __init__(
        self, data: Mapping[str, Any], path: Path | None, reading: Reading,
        names: Mapping[str, str], numeric: set[str],
    ) -> None:  # fmt: skip
        self.data, self.path, self.reading = data, path, reading
        self.names, self.numeric = names, numeric

    def gateways(self) -> Iterator[tuple[str, Probabilities]]:
        """Each gateway that divides the way, with the chance and rules of each of its flows."""
        r = self.reading
        rules = {
            str(r.get(e, "id", at)): read_rules(r.get(e, "rules", at), f"{at}.rules", r)
            for at, e in r.items(self.data.get("branch_rules"), "branch_rules")
        }
        known = {g.id: g for g in self.path.gateways} if self.path is not None else {}
        entries = r.get(self.data, "gateway_branching_probabilities", "the file")
        for where, entry in r.items(entries, "gateway_branching_probabilities"):
            id = str(r.get(entry, "gateway_id", where))
            if self.path is not None and id not in known:
                r.refuse(
                    f"{where}.gateway_id", f"{told(id)} is not in the path; {nearest(id, known)}"
                )
            at = f"{where}.probabilities"
            found = self._probabilities(r.get(entry, "probabilities", where), at, rules)
            if self.path is not None:
                out = [f.id for f in self.path.out(id)]
                for n, (flow, _, _) in enumerate(found):
                    if flow not in out:
                        r.refuse(
                            f"{at}[{n}].path_id",
                            f"flow {told(flow)} does not leave the gateway; {nearest(flow, out)}",
                        )
                for flow in out:
                    if flow not in {f for f, _, _ in found}:
                        r.remark(at, f"flow {flow} is not named: it is never taken")
                        found.append((flow, 0.0, None))
            if len(found) > 1:
                yield id, found

    def _probabilities(self, entries: Any, place: str, rules: Mapping[str, Rules]) -> Probabilities:
        r = self.reading
        out: Probabilities = []
        without: list[int] = []
        for at, p in r.items(entries, place):
            if "value" not in p:
                without.append(len(out))
            chance = r.number(p.get("value", 0), f"{at}.value")
            if not 0 <= chance <= 1:
                r.refuse(f"{at}.value", f"is {chance:g}; a chance lies between 0 and 1")
            rule_id = p.get("condition_id")
            if rule_id is not None and str(rule_id) not in rules:
                hint = nearest(str(rule_id), rules)
                r.refuse(f"{at}.condition_id", f"{told(rule_id)} is not in branch_rules; {hint}")
            found = rules[str(rule_id)] if rule_id is not None else None
            out.append((str(r.get(p, "path_id", at)), chance, found))
        rest = 1.0 - math.fsum(c for _, c, _ in out)
        for n in without:
            out[n] = (out[n][0], max(rest, 0.0) / len(without), out[n][2])
            r.remark(f"{place}[{n}]", f"has no value: {out[n][1]:g}, its share of what is left")
        return out

    def branching(self, attributes: Mapping[str, Attribute]) -> dict[str, Branching]:
        """Chances at each gateway, by an attribute where rules ask for one with few values."""
        out: dict[str, Branching] = {}
        for n, (gateway, found) in enumerate(self.gateways()):
            node = self.path.node(gateway) if self.path is not None else None
            inclusive = isinstance(node, Gateway) and node.kind == "inclusive"
            if isinstance(node, Gateway) and node.kind not in ("exclusive", "inclusive"):
                self.reading.remark(
                    f"gateway_branching_probabilities[{n}]",
                    f"{gateway} is a {node.kind} gateway, which has no chances",
                )
                continue
            chances = {flow: chance for flow, chance, _ in found}
            total = math.fsum(chances.values())
            if not inclusive and abs(total - 1) > 1e-6:
                self.reading.refuse(
                    "gateway_branching_probabilities",
                    f"the chances at {told(gateway)} add up to {total:.10g}, not to 1; "
                    "correct them",
                )
            default = node.default if isinstance(node, Gateway) else None
            flows = self._by_rules(gateway, found, chances, inclusive, default, attributes)
            if flows is not None:
                out[gateway] = Branching(flows, FROM)
        return out

    def _by_rules(
        self, gateway: str, found: Probabilities, chances: dict[str, float], inclusive: bool,
        default: str | None, attributes: Mapping[str, Attribute],
    ) -> Varied[Mapping[str, float]] | None:  # fmt: skip
        """Chances for each value of the attribute that the rules ask for."""
        ruled = [(flow, rules) for flow, _, rules in found if rules is not None]
        asked = {t.attribute for _, rules in ruled for group in rules for t in group}
        if not ruled:
            return always(chances)
        one = self.names.get(next(iter(asked))) if len(asked) == 1 else None
        choices = attributes[one].choices if one is not None else None
        if one is None or choices is None:
            told_rules = "; ".join(
                f"{flow}: {condition(rules, self.names, self.numeric) or 'not to be said here'}"
                for flow, rules in ruled
            )
            flows = {f.id: f for f in self.path.out(gateway)} if self.path is not None else {}
            if flows and all(flows[flow].condition for flow, _ in ruled):
                self.reading.remark(
                    gateway, "the path's own conditions decide; where none holds, its default flow"
                )
                return None
            self.reading.remark(
                gateway,
                f"its conditions are not taken over, only its chances ({told_rules}); "
                "`conditioned` gives the path with them",
            )
            return always(chances)
        name = next(iter(asked))
        cases = {}
        for value in choices.otherwise[0]:
            passed = [flow for flow, rules in ruled if holds(rules, name, value)]
            cases[value] = (_chances_if(passed, chances, inclusive, default),)
        return Varied((chances,), one, cases)


def _chances_if(
    passed: list[str], chances: Mapping[str, float], inclusive: bool, default: str | None
) -> dict[str, float]:
    """Chances at a gateway where the rules of some flows hold (none: the default, else chances)."""
    if not passed and default is None:
        return dict(chances)
    taken = passed or [str(default)]
    total = math.fsum(chances[f] for f in taken)
    if inclusive:
        return {f: float(f in taken) for f in chances}
    return {
        f: (chances[f] / total if total > 0 else 1 / len(taken)) if f in taken else 0.0
        for f in chances
    }
