"""Draws that are functions of their key: Philox4x32-10, and laws as inverse tables.

A uniform number depends on (seed, replication) and on (matter, kind, role, occurrence, purpose)
alone, so that two different paths meet the same customers, and neither the order of events nor the
number of threads changes a draw (J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3,
SC 2011).
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from polku.simulate.engine.compiled import compiled

(
    BRANCH, WORK, DELAY, AGAIN, TIMES, HAPPENS, ARRIVAL, ATTRIBUTE, CHANNEL, PERSON, EVENT,
    ASSUMPTION,
) = range(1, 13)  # fmt: skip
"""Purposes of draws."""

FIXED, TABLE, SAMPLE, PIECES, POINTS = range(5)
"""How a law lies in `law_values`:

FIXED: its value; SAMPLE: sorted values, each as likely; TABLE: quantiles on a grid that gets finer
towards both ends: for each of `OCTAVES` halvings of the distance to 0, then to 1, `CELLS` + 1
values; PIECES: the number of parts, their cumulative chances, their laws' numbers; POINTS: the
number of points, their chances, their values, linear in between.
"""

OCTAVES, CELLS = 40, 64
ROW = CELLS + 1
SIDE = OCTAVES * ROW


@lru_cache(maxsize=4096)
def role_hash(name: str) -> int:
    """A number of 32 bits for a name: blake2b-32 of its UTF-8."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big")


def keys(seed: int, replication: int) -> tuple[int, int]:
    """The two words of the key; a seed beyond 32 bits is hashed into both."""
    k0, k1 = seed & 0xFFFFFFFF, replication & 0xFFFFFFFF
    if not 0 <= seed < 2**32 or not 0 <= replication < 2**32:
        text = f"{seed} {replication}".encode()
        digest = hashlib.blake2b(text, digest_size=8).digest()
        k0, k1 = int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:], "big")
    return k0, k1


@compiled()
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Philox4x32-10: four random words (as u64 below 2³²) of a counter and a key."""
    m = np.uint64(0xFFFFFFFF)
    s = np.uint64(32)
    a0 = np.uint64(c0) & m
    a1 = np.uint64(c1) & m
    a2 = np.uint64(c2) & m
    a3 = np.uint64(c3) & m
    b0 = np.uint64(k0) & m
    b1 = np.uint64(k1) & m
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * a0
        p1 = np.uint64(0xCD9E8D57) * a2
        a0 = (p1 >> s) ^ a1 ^ b0
        a1 = p1 & m
        a2 = (p0 >> s) ^ a3 ^ b1
        a3 = p0 & m
        b0 = (b0 + np.uint64(0x9E3779B9)) & m
        b1 = (b1 + np.uint64(0xBB67AE85)) & m
    return a0, a1, a2, a3


@compiled()
def uniform(k0, k1, number, stream, role, occurrence, purpose):  # type: ignore[no-untyped-def]
    """A number in (0, 1) with 53 random bits."""
    last = (np.uint64(occurrence) << np.uint64(8)) | np.uint64(purpose)
    x0, x1, _, _ = philox(number, stream, role, last, k0, k1)
    bits = ((x0 << np.uint64(32)) | x1) >> np.uint64(11)
    return (np.float64(bits) + 0.5) * 2.0**-53


def uniforms(
    k0: int, k1: int, number: object, stream: object, role: object, occurrence: object, purpose: int
) -> npt.NDArray[np.float64]:
    """`uniform` of each, f8; the arguments are broadcast against each other."""
    given = np.broadcast_arrays(
        *(np.asarray(a).astype(np.int64) for a in (number, stream, role, occurrence))
    )
    shape = given[0].shape
    flat = [np.ascontiguousarray(a.reshape(-1)) for a in given]
    out = np.empty(flat[0].size, np.float64)
    _fill(out, k0, k1, *flat, purpose)
    return out.reshape(shape)


@compiled(nogil=True)
def _fill(out, k0, k1, number, stream, role, occurrence, purpose):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        out[i] = uniform(k0, k1, number[i], stream[i], role[i], occurrence[i], purpose)


@compiled()
def draw(law, u, law_kind, law_at, law_values):  # type: ignore[no-untyped-def]
    """The value of a law at a chance u in (0, 1): µs for a law of time, else a plain number."""
    while law_kind[law] == PIECES:
        at = law_at[law]
        n = np.int64(law_values[at])
        low = 0.0
        k = np.int64(0)
        while k < n - 1 and u >= law_values[at + 1 + k]:
            low = law_values[at + 1 + k]
            k += 1
        u = (u - low) / (law_values[at + 1 + k] - low)
        u = min(max(u, 2.0**-54), 1.0 - 2.0**-53)
        law = np.int64(law_values[at + 1 + n + k])
    at = law_at[law]
    kind = law_kind[law]
    if kind == FIXED:
        return law_values[at]
    if kind == SAMPLE:
        return law_values[at + np.int64(u * (law_at[law + 1] - at))]
    if kind == POINTS:
        n = np.int64(law_values[at])
        low_ = np.int64(0)
        high = n - 1
        while high - low_ > 1:
            middle = (low_ + high) >> 1
            if law_values[at + 1 + middle] <= u:
                low_ = middle
            else:
                high = middle
        p0 = law_values[at + 1 + low_]
        p1 = law_values[at + 1 + high]
        v0 = law_values[at + 1 + n + low_]
        v1 = law_values[at + 1 + n + high]
        if p1 <= p0:
            return v0
        return v0 + (v1 - v0) * min(max((u - p0) / (p1 - p0), 0.0), 1.0)
    v = u
    if u >= 0.5:
        v = 1.0 - u
        at += SIDE
    mantissa, exponent = math.frexp(v)
    octave = -exponent - 1
    if octave >= OCTAVES:
        return law_values[at + (OCTAVES - 1) * ROW]
    if octave < 0:  # 0.5 itself
        octave = 0
        mantissa = 1.0
    cell = (mantissa - 0.5) * (2 * CELLS)
    j = np.int64(cell)
    if j >= CELLS:
        j = np.int64(CELLS - 1)
    i = at + octave * ROW + j
    return law_values[i] + (law_values[i + 1] - law_values[i]) * (cell - j)


def grid() -> npt.NDArray[np.float64]:
    """Distances to 0 (or 1) of the nodes of one side of a TABLE, f8[SIDE].

    Octave o, node j: 2^-(o + 1) · (0.5 + j / (2 · CELLS)); the first node of the last octave is the
    smallest.
    """
    octave = np.arange(OCTAVES)[:, None]
    cell = np.arange(ROW)[None, :]
    nodes = 2.0 ** -(octave + 1.0) * (0.5 + cell / (2 * CELLS))
    return np.asarray(nodes.reshape(-1), np.float64)
