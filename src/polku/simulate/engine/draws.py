"""Stand-in until the branch `laws` is merged: keyed uniforms."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

(BRANCH, WORK, DELAY, AGAIN, TIMES, HAPPENS, ARRIVAL, ATTRIBUTE, CHANNEL, PERSON, EVENT,
 ASSUMPTION) = range(1, 13)  # fmt: skip


def role_hash(name: str) -> int:
    """blake2b-32 of the UTF-8."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big")


def keys(seed: int, replication: int) -> tuple[int, int]:
    """The two words of the key."""
    return seed & 0xFFFFFFFF, replication & 0xFFFFFFFF


def uniforms(
    k0: int, k1: int, number: object, stream: object, role: object, occurrence: object, purpose: int
) -> npt.NDArray[np.float64]:
    """Philox4x32-10 of each counter, as numbers in (0, 1)."""
    m = np.uint64(0xFFFFFFFF)
    last = (np.asarray(occurrence, np.uint64) << np.uint64(8)) | np.uint64(purpose)
    c0, c1, c2, c3 = (
        np.array(c) & m
        for c in np.broadcast_arrays(
            np.asarray(number).astype(np.uint64), np.asarray(stream).astype(np.uint64),
            np.asarray(role).astype(np.uint64), last,
        )
    )  # fmt: skip
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        s = np.uint64(32)
        c0, c1, c2, c3 = (
            ((p1 >> s) ^ c1 ^ np.uint64(k0)) & m, p1 & m, ((p0 >> s) ^ c3 ^ np.uint64(k1)) & m, p0 & m,
        )  # fmt: skip
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    bits = ((c0 << np.uint64(32)) | c1) >> np.uint64(11)
    out: npt.NDArray[np.float64] = (bits.astype(np.float64) + 0.5) * 2.0**-53
    return out


from numba import njit  # noqa: E402


@njit(cache=True)
def uniform(k0, k1, number, stream, role, occurrence, purpose):  # type: ignore[no-untyped-def]
    m = np.uint64(0xFFFFFFFF)
    s = np.uint64(32)
    c0 = np.uint64(number) & m
    c1 = np.uint64(stream) & m
    c2 = np.uint64(role) & m
    c3 = ((np.uint64(occurrence) << np.uint64(8)) | np.uint64(purpose)) & m
    a = np.uint64(k0)
    b = np.uint64(k1)
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * c0
        p1 = np.uint64(0xCD9E8D57) * c2
        c0 = ((p1 >> s) ^ c1 ^ a) & m
        c1 = p1 & m
        c2 = ((p0 >> s) ^ c3 ^ b) & m
        c3 = p0 & m
        a = (a + np.uint64(0x9E3779B9)) & m
        b = (b + np.uint64(0xBB67AE85)) & m
    bits = ((c0 << s) | c1) >> np.uint64(11)
    return (np.float64(bits) + 0.5) * 2.0**-53


@njit(cache=True)
def draw(law, u, law_kind, law_at, law_values):  # type: ignore[no-untyped-def]
    at = law_at[law]
    n = law_at[law + 1] - at
    return law_values[at + np.int64(u * n)]
