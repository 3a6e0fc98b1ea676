"""Keyed random numbers, and the values of laws at them.

A random number is a function of what it is for: the Philox4x32-10 bijection (Salmon et al.,
"Parallel random numbers: as easy as 1, 2, 3", SC 2011) of a counter (number of the matter, stream
of its kind, role of the step, occurrence and purpose) under a key made of seed and replication.
Nothing is remembered between draws, so neither threads nor the order of work change them.

A law is packed into a stretch of `law_values` by its kind (`polku.simulate.laws.pack`):

- FIXED: `[value]`
- TABLE: `[knots of the lower half …, knots of the upper half …]`, each `KNOTS` values. A half is
  cut into octaves of p, the chance of going farther out: [¼, ½), [⅛, ¼) … down to 2⁻⁵³, the least
  that a random number can be; an octave into `CELLS` equal cells, beyond p = 2⁻⁹ into `FAR`.
  Inside a cell the value is linear in p. Which cell p is in stands in the bits of its floating
  point number.
- SAMPLE: `[values in order …]`, of which each has the same chance
- PARTS: `[n, ends of the parts (cumulated weights) …, where each begins …, kinds …]`, and the parts
  one after another; the unit interval is cut exactly at the ends.
- LINES: `[chances …, values …]`, linear in between; the same chance twice is a leap.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from polku.simulate.engine.compiled import compiled

(BRANCH, WORK, DELAY, AGAIN, TIMES, HAPPENS, ARRIVAL, ATTRIBUTE, CHANNEL, PERSON, EVENT,
 ASSUMPTION) = range(1, 13)  # fmt: skip
"""Purposes of a draw."""

FIXED, TABLE, SAMPLE, PARTS, LINES = range(5)
"""Kinds of packed laws."""

OCCURRENCES = 1 << 24
"""So many occurrences of a role in a matter have random numbers of their own."""

LEAST = 2.0**-53
_CELL_BITS, _FAR_BITS, _NEAR_OCTAVES, _FAR_OCTAVES = 5, 4, 8, 44
CELLS, FAR = 1 << _CELL_BITS, 1 << _FAR_BITS
_FAR_KNOTS = _FAR_OCTAVES * FAR
KNOTS = _FAR_KNOTS + _NEAR_OCTAVES * CELLS + 2
"""Knots of one half of a table; the last repeats the one at ½, so that a cell has two ends."""

# The number that the leading bits of p make, at the first knot of the far and of the near octaves
_FAR_FIRST = (1023 - 53) << _FAR_BITS
_NEAR_FIRST = ((1023 - 1 - _NEAR_OCTAVES) << _CELL_BITS) - _FAR_KNOTS
_NEAR_FROM = 2.0 ** -(1 + _NEAR_OCTAVES)
_FAR_SHIFT, _NEAR_SHIFT = 52 - _FAR_BITS, 52 - _CELL_BITS
_FAR_MASK, _NEAR_MASK = (1 << _FAR_SHIFT) - 1, (1 << _NEAR_SHIFT) - 1
_FAR_STEP, _NEAR_STEP = 2.0**-_FAR_SHIFT, 2.0**-_NEAR_SHIFT

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_EIGHT, _ELEVEN, _ONE = np.uint64(8), np.uint64(11), np.uint64(1)


@lru_cache(maxsize=4096)
def role_hash(name: str) -> int:
    """The 32 bits (blake2b of the UTF-8, big-endian) by which a name keys its draws."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big")


def keys(seed: int, replication: int) -> tuple[int, int]:
    """The two words of the key: seed and replication; beyond 32 bits a hash of both.

    >>> keys(7, 3), keys(7 + 2**32, 3) == keys(7, 3)
    ((7, 3), False)
    """
    if 0 <= seed < 2**32 and 0 <= replication < 2**32:
        return int(seed), int(replication)
    key = hashlib.blake2b(f"{seed} {replication}".encode(), digest_size=8).digest()
    return int.from_bytes(key[:4], "big"), int.from_bytes(key[4:], "big")


@compiled()
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> Any:
    """Philox4x32-10: four random words (u64, below 2³²) of a counter and a key of 32-bit words."""
    a, b = np.uint64(c0) & _LOW, np.uint64(c1) & _LOW
    c, d = np.uint64(c2) & _LOW, np.uint64(c3) & _LOW
    x, y = np.uint64(k0) & _LOW, np.uint64(k1) & _LOW
    for _ in range(10):
        p, q = _M0 * a, _M1 * c
        a = (q >> _HALF) ^ b ^ x
        b = q & _LOW
        c = (p >> _HALF) ^ d ^ y
        d = p & _LOW
        x = (x + _W0) & _LOW
        y = (y + _W1) & _LOW
    return a, b, c, d


@compiled()
def uniform(
    k0: int, k1: int, number: int, stream: int, role: int, occurrence: int, purpose: int
) -> Any:
    """A random number in (0, 1): an odd multiple of 2⁻⁵³, so u and 1 − u are equally exact.

    `k0`, `k1`: `keys`; `number`: of the matter in its kind, `stream`: `role_hash` of the kind,
    `role`: of the step, all modulo 2³²; `occurrence` below `OCCURRENCES`; `purpose` below 256.
    """
    last = (np.uint64(occurrence) << _EIGHT) | np.uint64(purpose)
    a, b, _, _ = philox(number, stream, role, last, k0, k1)
    bits = (((a << _HALF) | b) >> _ELEVEN) | _ONE
    return np.float64(np.int64(bits)) * LEAST


@compiled(nogil=True)
def _fill(
    out: Any, k0: int, k1: int, number: Any, stream: Any, role: Any, occurrence: Any, purpose: int
) -> None:
    for i in range(len(out)):
        out[i] = uniform(k0, k1, number[i], stream[i], role[i], occurrence[i], purpose)


def uniforms(
    k0: int, k1: int, number: object, stream: object, role: object, occurrence: object, purpose: int
) -> npt.NDArray[np.float64]:
    """`uniform` for arrays (or single numbers) of one shape: the same bits, f8 in that shape.

    Raises `ValueError` for an occurrence or purpose that has no random number of its own.
    """
    words = [np.asarray(x).astype(np.int64) for x in (number, stream, role, occurrence)]
    if words[3].size and (words[3].min() < 0 or words[3].max() >= OCCURRENCES):
        raise ValueError(f"occurrence {words[3].max()} is not in 0 … {OCCURRENCES - 1}")
    if not 0 <= purpose < 256:
        raise ValueError(f"purpose {purpose} is not in 0 … 255")
    shape = np.broadcast_shapes(*(w.shape for w in words))
    flat = [np.ascontiguousarray(np.broadcast_to(w, shape)).ravel() for w in words]
    out = np.empty(flat[0].size)
    _fill(out, int(k0), int(k1), *flat, int(purpose))
    return out.reshape(shape)


@compiled()
def _in_table(u: float, at: int, values: Any) -> Any:
    half = at
    p = u
    if u >= 0.5:
        half = at + KNOTS
        p = 1.0 - u
    if p < LEAST:
        p = LEAST
    bits = np.float64(p).view(np.int64)
    if p >= _NEAR_FROM:
        i = half + (bits >> _NEAR_SHIFT) - _NEAR_FIRST
        part = np.float64(bits & _NEAR_MASK) * _NEAR_STEP
    else:
        i = half + (bits >> _FAR_SHIFT) - _FAR_FIRST
        part = np.float64(bits & _FAR_MASK) * _FAR_STEP
    return values[i] + part * (values[i + 1] - values[i])


@compiled()
def _on_lines(u: float, at: int, n: int, values: Any) -> Any:
    low, high = 0, n - 1  # chances[low] <= u < chances[high]
    while high - low > 1:
        middle = (low + high) >> 1
        if values[at + middle] <= u:
            low = middle
        else:
            high = middle
    wide = values[at + high] - values[at + low]
    part = (u - values[at + low]) / wide if wide > 0.0 else 1.0
    part = min(max(part, 0.0), 1.0)
    v = at + n
    return values[v + low] + part * (values[v + high] - values[v + low])


@compiled()
def draw(law: int, u: float, law_kind: Any, law_at: Any, law_values: Any) -> Any:
    """The value of packed law number `law` at the random number `u` (µs for laws of time)."""
    kind = law_kind[law]
    at = law_at[law]
    if kind == TABLE:
        return _in_table(u, at, law_values)
    to = law_at[law + 1]
    if kind == PARTS:
        n = np.int64(law_values[at])
        i, last = np.int64(0), n - 1  # the first part that ends above u
        while i < last:
            middle = (i + last) >> 1
            if law_values[at + 1 + middle] <= u:
                i = middle + 1
            else:
                last = middle
        begin = law_values[at + i] if i > 0 else 0.0
        u = (u - begin) / (law_values[at + 1 + i] - begin)
        kind = np.int64(law_values[at + 1 + 2 * n + i])
        if i < n - 1:
            to = at + np.int64(law_values[at + 2 + n + i])
        at = at + np.int64(law_values[at + 1 + n + i])
        if kind == TABLE:
            return _in_table(u, at, law_values)
    if kind == FIXED:
        return law_values[at]
    if kind == SAMPLE:
        n = to - at
        return law_values[at + min(np.int64(u * n), n - 1)]
    return _on_lines(u, at, (to - at) >> 1, law_values)


def knots() -> npt.NDArray[np.float64]:
    """The p of the knots of half a table, f8[KNOTS], ascending from 2⁻⁵³ to ½ (which is twice)."""
    far = np.exp2(np.arange(-53, -53 + _FAR_OCTAVES))[:, None] * (1 + np.arange(FAR) / FAR)
    near = np.exp2(np.arange(-1 - _NEAR_OCTAVES, -1))[:, None] * (1 + np.arange(CELLS) / CELLS)
    return np.concatenate([far.ravel(), near.ravel(), [0.5, 0.5]])
