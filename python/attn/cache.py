"""Compiled kernels on disk, shared by processes.

An entry is one file: a line of JSON with the hash of what follows it, then the
manifest, the header and the shared library. It is written beside its place and
renamed, so that a reader sees all of it or nothing, also after `kill -9`. A file
of another user, one that others may write, or one whose hash differs is never
loaded: it is compiled again and replaced. What is loaded are the bytes that were
checked, not the file.

Environment, read with every use:

  ATTN_CACHE_DIR    the folder (default: $XDG_CACHE_HOME/attn, ~/.cache/attn)
  ATTN_CACHE        on, readonly or off (default: on)
  ATTN_CACHE_BYTES  size above which the entries used longest ago go (1 GiB)

Covered by test/python/test_cache.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import uuid
from pathlib import Path
from typing import NamedTuple, Optional

_FORMAT = 1
_SUFFIX = ".attn"


class Entry(NamedTuple):
    """What a compilation leaves for later calls."""

    library: bytes
    manifest: str
    header: str


_counts = {"hits": 0, "misses": 0, "damaged": 0, "written": 0}


def stats() -> dict[str, int]:
    """How often this process found, missed, refused and wrote entries."""
    return dict(_counts)


def folder() -> Path:
    """Where entries are."""
    chosen = os.environ.get("ATTN_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "attn"


def _mode() -> str:
    mode = os.environ.get("ATTN_CACHE", "on")
    if mode not in ("on", "readonly", "off"):
        raise ValueError(f"expected ATTN_CACHE to be on, readonly or off but found {mode!r}")
    return mode


def key(*parts: bytes) -> str:
    """The name of the entry for what determines it."""
    digest = hashlib.sha256(b"%d" % _FORMAT)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def _is_private(file: int) -> bool:
    """Whether nobody else can have written the open file or folder."""
    status = os.fstat(file)
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _parse(content: bytes) -> Optional[Entry]:
    end = content.find(b"\n")
    try:
        head = json.loads(content[:end])
        sizes = [int(size) for size in head["sizes"]]
        digest = head["sha256"]
    except (ValueError, KeyError, TypeError):
        return None
    body = content[end + 1 :]
    if hashlib.sha256(body).hexdigest() != digest or len(body) != sum(sizes):
        return None
    manifest, header = body[: sizes[0]], body[sizes[0] : sizes[0] + sizes[1]]
    return Entry(body[sizes[0] + sizes[1] :], manifest.decode(), header.decode())


def load(name: str) -> Optional[Entry]:
    """The entry of that name, or None."""
    if _mode() == "off":
        return None
    path = folder() / (name + _SUFFIX)
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        _counts["misses"] += 1
        return None
    try:
        with os.fdopen(file, "rb") as stream:
            private = _is_private(file) and stat.S_ISREG(os.fstat(file).st_mode)
            entry = _parse(stream.read()) if private else None
        if entry is not None:
            os.utime(path)
    except OSError:
        entry = None
    _counts["damaged" if entry is None else "hits"] += 1
    return entry


def save(name: str, entry: Entry) -> None:
    """Writes an entry; where that is not possible, there is none."""
    if _mode() != "on":
        return
    manifest, header = entry.manifest.encode(), entry.header.encode()
    body = manifest + header + entry.library
    head = {
        "sha256": hashlib.sha256(body).hexdigest(),
        "sizes": [len(manifest), len(header), len(entry.library)],
    }
    place = folder()
    temporary = place / f".{uuid.uuid4().hex}.tmp"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _owns(place):
            return
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(json.dumps(head).encode() + b"\n" + body)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, place / (name + _SUFFIX))
        _counts["written"] += 1
        _shrink(place)
    except OSError:
        temporary.unlink(missing_ok=True)


def _owns(place: Path) -> bool:
    """Whether nobody else can put files into the folder."""
    file = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return _is_private(file)
    finally:
        os.close(file)


def _shrink(place: Path) -> None:
    """Removes what was used longest ago until the rest fits, and what processes
    that were killed an hour ago or more have left."""
    limit = int(os.environ.get("ATTN_CACHE_BYTES", 1 << 30))
    entries = []
    newest = 0.0
    for item in os.scandir(place):
        status = item.stat(follow_symlinks=False)
        newest = max(newest, status.st_mtime)
        if item.name.endswith((_SUFFIX, ".tmp")):
            entries.append((status.st_mtime, status.st_size, item.path))
    total = sum(size for _, size, _ in entries)
    for time, size, path in sorted(entries):
        stale = path.endswith(".tmp") and time < newest - 3600
        if total > limit or stale:
            Path(path).unlink(missing_ok=True)
            total -= size


def info() -> dict:
    """The folder, the number of entries and their bytes."""
    place = folder()
    sizes = [item.stat().st_size for item in place.glob("*" + _SUFFIX)]
    return {"folder": str(place), "mode": _mode(), "entries": len(sizes), "bytes": sum(sizes)}


def clear() -> int:
    """Removes all entries; returns their number."""
    count = 0
    for item in folder().glob("*" + _SUFFIX):
        item.unlink(missing_ok=True)
        count += 1
    return count
