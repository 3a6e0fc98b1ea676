"""Paths of tests in three languages, with a customer whose messages are drawn."""

from __future__ import annotations

from dataclasses import replace

from polku.path.facts import Text
from polku.path.model import Path, Pool, Step
from polku.redesign.surgery import with_message


def spoken(path: Path) -> Path:
    """The path with names and words everywhere, its customer, and a message for each contact."""
    city = Pool("the-city", "City") if path.city is None else path.city
    pools = replace(path, city=city, parties=(Pool("customer", "Customer"),))
    said = replace(
        pools,
        facts=_named(path.facts, path.name or "Path"),
        city=replace(city, facts=_named(city.facts, city.name)),
        parties=tuple(replace(p, facts=_named(p.facts, p.name)) for p in pools.parties),
        lanes=tuple(replace(n, facts=_named(n.facts, n.name)) for n in path.lanes),
    ).with_nodes(
        replace(n, facts=_named(n.facts, n.name)) for n in path.nodes if n.name
    )  # fmt: skip
    for node in said.nodes:
        if isinstance(node, Step) and node.facts.contact is not None:
            said = with_message(said, node.id, node.facts.contact.by)
    return said


def _named(facts, name):
    documents = tuple(
        replace(d, names=Text(f"{d.key} (fi)", f"{d.key} (sv)", d.key)) for d in facts.documents
    )
    words = facts.text or Text(f"{name}, teksti.", f"{name}, text.", f"{name}, in words.")
    names = Text(f"{name} (fi)", f"{name} (sv)", name)
    return replace(facts, names=names, text=words, documents=documents)
