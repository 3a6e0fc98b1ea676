"""A quick look at every byte of an XES file on its way to the fast reader.

The fast reader (r4pm) is silent about truncated files, foreign encodings, unreadable numbers and
times, nested attributes and events outside traces, and it fills the defaults of `<global>` into
events that lack the attribute. So the file passes through here: what is plain and regular goes
on, without its `<global>` part and as UTF-8; anything else is left to the strict reader, and what
is plainly broken is refused.

The module uses the standard library only, so that it can run as a process of its own beside
r4pm, which holds the interpreter's lock while it reads:

    python -I -S xes_scan.py FILE SINK VERDICT
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

BLOCK = 256 << 10
"""Bytes looked at in one go: less than the pipe holds, so that scan and reader overlap."""
PIPE = 1 << 20
MAX_BYTES = 16 << 30
"""Unzipped bytes of one log; a larger one comes as a table."""
MAX_HEADER = 64 << 20
"""Bytes before the first trace."""

_PAIR = rb' key="[^"<]*+" value="'
_END = rb'" ?/>'
_DAY = (
    rb"(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    rb"|02-(?:0[1-9]|1\d|2[0-8]))|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)"
)
_MOMENT = _DAY + rb"[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
# begins with one fixed character, so that the search leaps from tag to tag
_IRREGULAR = re.compile(
    rb"<(?!string" + _PAIR + rb'[^"<]*+' + _END + rb"|/?event>"
    rb"|date" + _PAIR + _MOMENT + _END
    + rb"|/?trace>|int" + _PAIR + rb"-?\d{1,18}" + _END
    + rb"|float" + _PAIR + rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?" + _END
    + rb"|boolean" + _PAIR + rb"(?:true|false)" + _END + rb"|/log>)"
)  # fmt: skip
_ENTITY = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;|#)")
_FORBIDDEN = bytes(c for c in range(32) if c not in b"\t\n\r")
"""Control characters, which XML does not allow; r4pm takes them as they are."""
_FORBIDDEN_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE
)
_KEY = b' key="'
_CASE_KEY = b'key="case:'
"""An event attribute whose column a trace attribute may take."""
_TOKEN = re.compile(rb"</?(?:event|trace)>")
_GLOBAL = re.compile(rb"<global\b[^>]*/>|<global\b.*?</global\s*>", re.DOTALL)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ENCODING = re.compile(r"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")


@dataclass
class Verdict:
    """What the scan found: `refused` says why the file is broken, `irregular` why it is not plain.

    `sizes`: events of each trace in file order; `values`: attributes of all traces and events.
    """

    sha256: str = ""
    refused: str | None = None
    irregular: str | None = None
    values: int = 0
    sizes: array[int] = field(default_factory=lambda: array("I"))


class RefusedError(Exception):
    """The file is broken in a way that no reader can mend."""


class _Irregular(Exception):  # noqa: N818
    """Not plain enough for the fast reader."""


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


def scan(path: Path, sink: BinaryIO | None = None) -> Verdict:
    """Look at a whole file and pass its plain form on to `sink` until something is not plain."""
    verdict = Verdict()
    digest = hashlib.sha256()
    try:
        _scan(utf8_blocks(unzipped(path, digest)), sink, verdict)
    except RefusedError as e:
        verdict.refused = str(e)
    except (_Irregular, BrokenPipeError) as e:
        verdict.irregular = str(e) or "?"
    verdict.sha256 = digest.hexdigest()
    return verdict


def _scan(blocks: Iterator[bytes], sink: BinaryIO | None, verdict: Verdict) -> None:
    header, rest = _header(blocks)
    clean = _COMMENT.sub(b"", header)
    if b"<!DOCTYPE" in clean or b"<!ENTITY" in clean:
        raise RefusedError(
            "has a document type or entities (<!DOCTYPE, <!ENTITY); they are not read, and no XES "
            "log needs them; remove them"
        )
    if b"<log" not in clean:
        raise _Irregular("no <log> before the first trace")
    if b"<!" in clean:
        raise _Irregular("a comment or CDATA before the first trace")
    if sink is not None:
        sink.write(_GLOBAL.sub(b"", clean))
    pending = tail = b""
    for block in chain((rest,), blocks):
        tail += block
        cut = max(tail.rfind(b"/>") + 2, tail.rfind(b"event>") + 6, tail.rfind(b"trace>") + 6)
        if cut < 8:
            continue
        part, tail = tail[:cut], tail[cut:]
        pending = _check(part, pending, verdict)
        if sink is not None:
            sink.write(part)
    if tail.strip() != b"</log>":
        raise _Irregular("the end is not a bare </log>")
    if pending:
        raise _Irregular("a trace is not closed")
    if sink is not None:
        sink.write(tail)


def _header(blocks: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What stands before the first trace, and the rest of what was read until then."""
    header = b""
    for block in blocks:
        header += block
        cut = header.find(b"<trace>")
        if cut >= 0:
            return header[:cut], header[cut:]
        if len(header) > MAX_HEADER:
            break
    return header, b""


def _check(part: bytes, pending: bytes, verdict: Verdict) -> bytes:
    """Check a part that ends with a tag; returns the tags of the trace that is still open."""
    odd = _IRREGULAR.search(part)
    if odd is None and b"&" in part:
        odd = _ENTITY.search(part) or _FORBIDDEN_REFERENCE.search(part)
    if len(part.translate(None, _FORBIDDEN)) < len(part):
        raise _Irregular("a control character")
    verdict.values += part.count(_KEY)
    if _CASE_KEY in part:
        raise _Irregular("an event attribute named case:…")
    if odd is not None:
        raise _Irregular(part[odd.start() : odd.start() + 60].decode("utf-8", "replace"))
    tags = pending + b"".join(_TOKEN.findall(part))
    short = tags.replace(b"<event></event>", b"e")
    whole, _, open_ = short.rpartition(b"</trace>")
    if whole:
        lines = whole.replace(b"<trace>", b"T").split(b"</trace>")
        for line in lines:
            if line[:1] != b"T" or line.strip(b"e") != b"T":
                raise _Irregular("events and traces are not nested as usual")
            verdict.sizes.append(len(line) - 1)
    return open_


def main(arguments: list[str]) -> None:
    """Scan FILE into SINK (a named pipe), and write VERDICT and VERDICT.sizes."""
    path, sink, out = map(Path, arguments)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with sink.open("wb", buffering=0) as pipe:
        _widen(pipe.fileno())
        verdict = scan(path, _Whole(pipe))  # type: ignore[arg-type]
    with out.with_suffix(".sizes").open("wb") as file:
        verdict.sizes.tofile(file)
    found = {k: v for k, v in vars(verdict).items() if k != "sizes"}
    out.write_text(json.dumps(found), encoding="utf-8")


def _widen(pipe: int) -> None:
    """Make the pipe hold more than a block, where the system can."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
    except (ImportError, AttributeError, OSError):
        return  # slower, else the same


class _Whole:
    """A pipe whose `write` writes everything."""

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe

    def write(self, data: bytes) -> None:
        """Write all of the data."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.pipe.write(rest) :]


if __name__ == "__main__":
    main(sys.argv[1:])
