"""Write a folder so that it is there whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from polku.errors import LogError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOCK = "lock"
_ENGINE_ERRNO = re.compile(r"\(os error (\d+)\)")


@contextmanager
def drafting(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path`, removed at the end unless it was renamed.

    Folders that a killed process left behind are removed first: a living process holds a lock
    in its own. Raises `LogError` when the disk is full or the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.draft-", dir=path.parent))
    except OSError as e:
        raise LogError(
            f"{path}: cannot be written ({e.strerror}); choose a place you may write to"
        ) from e
    lock = os.open(draft / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with disk_errors(path):
            yield draft
    finally:
        os.close(lock)
        shutil.rmtree(draft, ignore_errors=True)


def sweep(path: Path) -> None:
    """Remove the temporary folders of dead processes beside `path`."""
    for draft in path.parent.glob(f".{_escaped(path.name)}.draft-*"):
        try:
            lock = os.open(draft / _LOCK, os.O_RDWR)
        except FileNotFoundError:
            # Between making the folder and its lock, or between unlocking and removal.
            if draft.is_dir() and not any(draft.iterdir()):
                continue
            shutil.rmtree(draft, ignore_errors=True)
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)
        shutil.rmtree(draft, ignore_errors=True)


def _escaped(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk, however the writing library reports it, into one line about `path`."""
    import polars as pl

    try:
        yield
    except OSError as e:
        number = e.errno or _engine_errno(e)
        if number not in _FULL:
            raise
        raise _full(path) from e
    except pl.exceptions.ComputeError as e:
        if _engine_errno(e) not in _FULL:
            raise
        raise _full(path) from e
    except sqlite3.OperationalError as e:
        if e.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
        raise _full(path) from e


def _engine_errno(error: Exception) -> int | None:
    found = _ENGINE_ERRNO.search(str(error))
    return int(found[1]) if found else None


def _full(path: Path) -> LogError:
    return LogError(
        f"{path}: the disk is full; free some space or write elsewhere "
        "(what stood there before is unchanged)"
    )


def commit(draft: Path, path: Path, index: str) -> None:
    """Put the finished folder `draft` in the place of `path`.

    A new folder is renamed. Over an old one the files are moved in first (their names hold their
    content's hash, so nothing of the old is overwritten with something else), then the file
    `index`, in one rename, makes them valid, then what it no longer names is removed: at every
    moment the folder is the whole old one or the whole new one.
    """
    (draft / _LOCK).unlink(missing_ok=True)
    for file in draft.rglob("*"):
        _flush(file)
    if not path.exists():
        draft.rename(path)
        _flush(path.parent)
        return
    kept = {index}
    for file in sorted(f for f in draft.rglob("*") if f.is_file()):
        name = file.relative_to(draft)
        kept.add(str(name))
        if str(name) != index:
            (path / name).parent.mkdir(exist_ok=True)
            file.replace(path / name)
    for folder in {f.parent for f in path.rglob("*") if f.is_file()}:
        _flush(folder)
    (draft / index).replace(path / index)
    _flush(path)
    for file in [f for f in path.rglob("*") if f.is_file()]:
        if str(file.relative_to(path)) not in kept:
            file.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a document in UTF-8 whole or not at all (see `write_bytes`)."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all (see `replacing`)."""
    with replacing(path) as draft:
        draft.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary sibling to write to; at the end of the block it takes the place of `path`.

    What is no file (a device, a pipe) is written to as it is, never replaced. Raises `LogError` in
    one line when the disk is full, or nothing can be written there.
    """
    if path.is_dir():
        raise LogError(f"{path}: is a folder; name a file in it")
    if path.exists() and not path.is_file():
        with _write_errors(path):
            yield path
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with _write_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield draft
            draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink()


def check_writable(path: Path) -> None:
    """Raise `LogError` in one line where a file cannot be written; nothing is left behind."""
    if path.is_dir():
        raise LogError(f"{path}: is a folder; name a file in it")
    with _write_errors(path):
        if path.exists() and not path.is_file():
            return
        folder = next(p for p in path.absolute().parents if p.exists())
        with tempfile.TemporaryFile(dir=folder):
            return


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    try:
        with disk_errors(path):
            yield
    except OSError as e:
        raise LogError(
            f"{path}: cannot be written ({e.strerror or e}); choose a place you may write to"
        ) from e
