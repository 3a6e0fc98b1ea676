"""Process trees: a block-structured process as a value, its text, and rules that make it smaller.

A tree is an activity, nothing (`tau`), or an operator over trees (van der Aalst, Buijs and van
Dongen 2011): `X` one of them, `->` one after the other, `+` all of them in any order, `*` the
first, then any number of times the second and the first again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from polku.errors import PathError

Kind = Literal["activity", "tau", "exclusive", "sequence", "parallel", "loop"]

SIGNS: dict[Kind, str] = {"exclusive": "X", "sequence": "->", "parallel": "+", "loop": "*"}
_KINDS = {sign: kind for kind, sign in SIGNS.items()}


@dataclass(frozen=True, slots=True)
class Tree:
    """A process tree; make one with `activity`, `exclusive`, `sequence`, `parallel`, `loop`.

    `name`: of an activity; `children`: of an operator; a loop has two, what is done and what is
    done before it is done again. Equal trees are equal values.

    >>> print(sequence(activity("apply"), exclusive(TAU, activity("pay"))))
    ->('apply', X(tau, 'pay'))
    """

    kind: Kind
    name: str = ""
    children: tuple[Tree, ...] = ()

    def __str__(self) -> str:
        return text(self)

    @property
    def activities(self) -> tuple[str, ...]:
        """The names of all activities, sorted, each once."""
        return tuple(sorted({t.name for t in walk(self) if t.kind == "activity"}))


TAU = Tree("tau")


def activity(name: str) -> Tree:
    """One activity, done once."""
    return Tree("activity", name)


def exclusive(*children: Tree) -> Tree:
    """Exactly one of these; in the order of their first activities, nothing first."""
    return Tree("exclusive", "", _sorted(children))


def sequence(*children: Tree) -> Tree:
    """These, one after the other."""
    return Tree("sequence", "", tuple(children))


def parallel(*children: Tree) -> Tree:
    """All of these, in any order and interleaved; sorted as in `exclusive`."""
    return Tree("parallel", "", _sorted(children))


def loop(do: Tree, redo: Tree = TAU) -> Tree:
    """`do`, then any number of times `redo` and `do` again."""
    return Tree("loop", "", (do, redo))


def walk(tree: Tree) -> Iterator[Tree]:
    """A tree and all its parts, each before its children."""
    stack = [tree]
    while stack:
        at = stack.pop()
        yield at
        stack.extend(reversed(at.children))


def nullable(tree: Tree) -> bool:
    """Whether the process may end without any activity."""
    if tree.kind in ("activity", "tau"):
        return tree.kind == "tau"
    if tree.kind == "loop":
        return nullable(tree.children[0])
    enough = tree.kind == "exclusive"  # one that may be nothing is enough
    for child in tree.children:  # a plain loop: one frame for each level of a deep tree
        if nullable(child) == enough:
            return enough
    return not enough


def text(tree: Tree) -> str:
    r"""The tree in one line, the same for equal trees; `'` and `\` in names are escaped by `\`."""
    if tree.kind == "tau":
        return "tau"
    if tree.kind == "activity":
        return "'" + tree.name.replace("\\", "\\\\").replace("'", "\\'") + "'"
    inner = []
    for child in tree.children:
        inner.append(text(child))  # noqa: PERF401 - one frame for each level
    return f"{SIGNS[tree.kind]}({', '.join(inner)})"


def indented(tree: Tree, width: int = 100, margin: int = 0) -> str:
    """The tree over several lines where one is not enough; `parse` reads it too."""
    whole = text(tree)
    if not tree.children or len(whole) + margin <= width:
        return " " * margin + whole
    inner = []
    for child in tree.children:
        inner.append(indented(child, width, margin + 2))  # noqa: PERF401 - as above
    return f"{' ' * margin}{SIGNS[tree.kind]}(\n" + ",\n".join(inner) + ")"


def parse(source: str) -> Tree:
    """Read a tree from its text.

    Raises `PathError` with the place of what cannot be read.

    >>> parse("+('b', 'a')") == parallel(activity("a"), activity("b"))
    True
    """
    tree, at = _parse(source, _blank(source, 0), 0)
    if (at := _blank(source, at)) != len(source):
        raise _unread(source, at, "nothing more")
    return tree


def _parse(source: str, at: int, depth: int) -> tuple[Tree, int]:
    if depth > 400:
        raise PathError(f"the process tree is nested deeper than 400 at character {at + 1:,}")
    if source.startswith("tau", at):
        return TAU, at + 3
    if source.startswith("'", at):
        return _quoted(source, at)
    sign = next((s for s in _KINDS if source.startswith(s, at)), None)
    if sign is None:
        raise _unread(source, at, "'name', tau, X, ->, + or *")
    at = _blank(source, at + len(sign))
    if not source.startswith("(", at):
        raise _unread(source, at, "(")
    children: list[Tree] = []
    while not source.startswith(")", at):
        child, at = _parse(source, _blank(source, at + 1), depth + 1)
        children.append(child)
        at = _blank(source, at)
        if at >= len(source) or source[at] not in ",)":
            raise _unread(source, at, ", or )")
    kind = _KINDS[sign]
    if kind == "loop" and len(children) != 2:
        raise PathError(
            f"the process tree has a loop of {len(children)} parts at character {at + 1:,}; "
            "a loop has two: what is done, and what is done before it is done again"
        )
    ordered = _sorted(children) if kind in ("exclusive", "parallel") else tuple(children)
    return Tree(kind, "", ordered), at + 1


def _quoted(source: str, at: int) -> tuple[Tree, int]:
    name, k = [], at + 1
    while k < len(source) and source[k] != "'":
        k += source[k] == "\\"
        name.append(source[k : k + 1])
        k += 1
    if k >= len(source):
        raise _unread(source, at, "a name that ends with '")
    return activity("".join(name)), k + 1


def _blank(source: str, at: int) -> int:
    while at < len(source) and source[at].isspace():
        at += 1
    return at


def _unread(source: str, at: int, wanted: str) -> PathError:
    found = repr(source[at : at + 12]) if at < len(source) else "its end"
    return PathError(f"the process tree has {found} at character {at + 1:,}; wanted is {wanted}")


def _sorted(children: Iterable[Tree]) -> tuple[Tree, ...]:
    return tuple(sorted(children, key=lambda t: (t.kind != "tau", _first(t), text(t))))


def _first(tree: Tree) -> str:
    return min((t.name for t in walk(tree) if t.kind == "activity"), default="")


# -- smaller trees of the same language


def reduced(tree: Tree) -> Tree:
    """A smaller tree of exactly the same language, the same for every order of its parts.

    Operators within their like are joined, nothing is left out where it changes nothing, and
    loops are brought into the forms `*(a, tau)` for at least once and `*(tau, a)` for any number.

    >>> print(reduced(parse("->('a', ->(tau, X(tau, *('b', tau))))")))
    ->('a', *(tau, 'b'))
    """
    while True:
        smaller = _reduced(tree)
        if smaller == tree:
            return tree
        tree = smaller


def _reduced(tree: Tree) -> Tree:
    if not tree.children:
        return TAU if tree.kind in ("sequence", "parallel") else tree
    children = []
    for child in tree.children:
        children.append(_reduced(child))  # noqa: PERF401 - one frame for each level
    if tree.kind == "loop":
        return _loop(children[0], children[1])
    flat: list[Tree] = []
    for child in children:
        flat.extend(child.children if child.kind == tree.kind else (child,))
    if tree.kind == "exclusive":
        return _exclusive(flat)
    flat = [c for c in flat if c.kind != "tau"]
    if len(flat) < 2:
        return flat[0] if flat else TAU
    return sequence(*flat) if tree.kind == "sequence" else parallel(*flat)


def _exclusive(children: list[Tree]) -> Tree:
    found = list(dict.fromkeys(children))
    if TAU in found and any(nullable(c) for c in found if c != TAU):
        found.remove(TAU)
    if TAU in found and len(found) > 1:
        # at least once, or nothing, is any number
        repeated = [c for c in found if c.kind == "loop" and c.children[1] == TAU]
        if repeated:
            found.remove(TAU)
            at = found.index(repeated[0])
            found[at] = _loop(TAU, repeated[0].children[0])
    return found[0] if len(found) == 1 else exclusive(*found)


def _loop(do: Tree, redo: Tree) -> Tree:
    if do == TAU or (nullable(do) and nullable(redo)):
        # any number of both
        return _any_number([do, redo])
    if do.kind == "loop" and do.children[0] == TAU:
        # r*(s r*)* is any number of both
        return _any_number([do.children[1], redo])
    if do.kind == "loop":
        # a(ra)*, and that again after s, is a((r or s)a)*
        return _loop(do.children[0], _exclusive(_alternatives(do.children[1], redo)))
    if redo == TAU:
        kept = [_once(c) for c in _alternatives(do)]
        return loop(_exclusive(_alternatives(*kept)), TAU)
    return loop(do, redo)


def _once(tree: Tree) -> Tree:
    """What repeated at least once gives the same as the tree so repeated."""
    while tree.kind == "loop" and tree.children[1] == TAU:
        tree = tree.children[0]
    return tree


def _any_number(trees: list[Tree]) -> Tree:
    """Any number of any of these: what may itself be left out or repeated is taken apart."""
    open_, kept = list(trees), []
    while open_:
        tree = open_.pop()
        apart = (
            tree.kind == "exclusive"
            or (tree.kind == "loop" and TAU in tree.children)
            or (tree.kind == "sequence" and nullable(tree))
        )
        if apart:
            open_.extend(tree.children)
        elif tree.kind != "tau":
            kept.append(tree)
    if not kept:
        return TAU
    return loop(TAU, _exclusive(list(_sorted(kept))))


def _alternatives(*trees: Tree) -> list[Tree]:
    found: list[Tree] = []
    for tree in trees:
        found.extend(tree.children if tree.kind == "exclusive" else (tree,))
    return found
