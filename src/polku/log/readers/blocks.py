"""The bytes of a file on their way to a reader: unzipped, and as UTF-8 or not at all.

Whatever breaks a file as a whole, whoever reads it, is found here: gzip data that is cut off,
damaged or a bomb, an encoding that nobody knows, and bytes that are not of the one declared.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

BLOCK = 256 << 10
"""Bytes read in one go."""
MAX_BYTES = 16 << 30
"""Unzipped bytes of one log; a larger one comes as a table."""
_ENCODING = re.compile(r"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")


class RefusedError(Exception):
    """The file is broken in a way that no reader can mend."""


def unzipped(path: Path, digest: Any = None) -> Iterator[bytes]:
    """Blocks of a file, unzipped if it is a gzip file; several gzip members are one file.

    `digest`, a `hashlib` object, is fed with the file as it lies on disk. Raises `RefusedError`
    when the gzip data is cut off, damaged or a bomb.
    """
    read = written = 0
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        engine, whole = zlib.decompressobj(31), False
        while block := file.read(BLOCK):
            read += len(block)
            if digest is not None:
                digest.update(block)
            if not zipped:
                yield block
                continue
            while block:
                whole = False
                try:
                    out = engine.decompress(block, BLOCK)
                except zlib.error as e:
                    raise RefusedError(
                        f"the gzip data is damaged near byte {read:,} ({e}); fetch the file again"
                    ) from e
                written += len(out)
                if written > MAX_BYTES:
                    raise RefusedError(f"unzips to more than {MAX_BYTES:,} bytes; split the log")
                if out:
                    yield out
                block = engine.unconsumed_tail
                if engine.eof:
                    block = engine.unused_data.lstrip(b"\0")
                    engine, whole = zlib.decompressobj(31), True
    if zipped and not whole:
        raise RefusedError(
            f"the gzip data ends early (after {read:,} bytes, {written:,} unzipped): the file is "
            "truncated; fetch it again"
        )


def declared_encoding(head: bytes) -> str:
    """The encoding that a file's mark or XML declaration names. Raises `RefusedError`."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
        (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
    ):  # fmt: skip
        if head.startswith(mark):
            return name
    found = _ENCODING.match(head[:400].decode("latin-1").lstrip())
    name = found[1] if found else "utf-8"
    try:
        return codecs.lookup(name).name
    except LookupError as e:
        raise RefusedError(f"declares the unknown encoding {name!r}; save it as UTF-8") from e


def utf8_blocks(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same XML as UTF-8. Raises `RefusedError` at the first byte of another encoding."""
    first = next(blocks, b"")
    name = declared_encoding(first)
    plain = name in ("utf-8", "ascii", "utf-8-sig")
    decoder = codecs.getincrementaldecoder("utf-8" if plain else name)()
    done, whole = 0, True
    if name == "utf-8-sig":
        first, done = first[3:], 3
    for number, block in enumerate(chain((first,), blocks)):
        if plain and whole and block.isascii():
            out = block
        else:
            before = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as e:
                raise RefusedError(
                    f"byte {done - before + e.start + 1:,} (0x{e.object[e.start]:02x}) is not "
                    f"{name.removesuffix('-sig')}, which the file declares or XML takes for "
                    "granted; save it as UTF-8, or declare the encoding it has"
                ) from e
            whole = not decoder.getstate()[0]
            out = text.encode("utf-8")
        done += len(block)
        if number == 0 and not plain:
            out = re.sub(rb'(encoding\s*=\s*["\'])[^"\']*', rb"\1UTF-8", out, count=1)
        yield out
    if not whole:
        raise RefusedError(f"ends within a character after {done:,} bytes: it is truncated")
