"""The file of a backup: a zip archive with the database's copy and, last of all, a manifest that vouches for it.

A file that was cut off has no manifest and no directory: it is recognised before anything is touched. The secret key
is never inside; who has a backup still cannot make anybody's cookie. The file holds names of pupils: it is readable to
its owner only.
"""

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
PAYLOADS = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
CHUNK = 1024 * 1024
LARGEST_MANIFEST = 1024 * 1024


class BackupError(Exception):
    """A backup cannot be made or restored; the text says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. ``rows`` counts the rows of every table at the moment of the copy."""

    format: int
    engine: str
    migration: str
    made_at: str
    rows: dict[str, int]
    payload: str
    payload_bytes: int
    payload_sha256: str


class HashingWriter:
    """Passes on what is written, and adds it up."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """As a file's."""
        self.digest.update(data)
        self.size += len(data)
        return self._target.write(data)


def create(
    path: Path, *, engine: str, made_at: str, facts: Callable[[], tuple[str, dict[str, int]]],
    write: Callable[[HashingWriter], None],
) -> Manifest:  # fmt: skip
    """Write a backup file, whole or not at all; ``write`` sends the payload, ``facts`` tells migration and row counts."""
    if path.exists():
        raise BackupError(f"{path} exists already. Choose another name: a backup is never overwritten.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            manifest = _fill(file, engine, made_at, facts, write)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)  # fails, unlike a renaming, where somebody was faster
    except FileExistsError as error:
        raise BackupError(f"{path} exists already. Choose another name: a backup is never overwritten.") from error
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return manifest


def _fill(
    file: IO[bytes], engine: str, made_at: str, facts: Callable[[], tuple[str, dict[str, int]]],
    write: Callable[[HashingWriter], None],
) -> Manifest:  # fmt: skip
    name = PAYLOADS[engine]
    packing = zipfile.ZIP_DEFLATED if engine == "sqlite" else zipfile.ZIP_STORED  # pg_dump packs by itself
    with zipfile.ZipFile(file, "w", packing, compresslevel=4) as archive:
        info = zipfile.ZipInfo(name)
        info.compress_type = packing
        with archive.open(info, "w", force_zip64=True) as inner:
            counting = HashingWriter(inner)
            write(counting)
        migration, rows = facts()
        manifest = Manifest(FORMAT, engine, migration, made_at, rows, name, counting.size, counting.digest.hexdigest())
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
    return manifest


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself. Raises BackupError for anything that is not a whole backup of ours."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(MANIFEST)
            if info.file_size > LARGEST_MANIFEST:
                raise BackupError(f"{path} is not a backup of this program.")
            values: dict[str, Any] = json.loads(archive.read(info))
            if values.get("format") != FORMAT:
                raise BackupError(f"{path} was made by a newer version of this program.")
            return Manifest(**values)
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError, OSError) as error:
        raise BackupError(f"{path} is not a whole backup: it was cut off or changed. Nothing was touched.") from error


@contextmanager
def extracted(path: Path, manifest: Manifest, folder: Path) -> Iterator[Path]:
    """The payload as a file in ``folder``, its checksum proved; removed afterwards."""
    target = folder / f".restore.{os.getpid()}.{manifest.payload}"
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            counting = HashingWriter(file)
            with zipfile.ZipFile(path) as archive, archive.open(manifest.payload) as inner:
                shutil.copyfileobj(inner, counting, CHUNK)
        if counting.size != manifest.payload_bytes or counting.digest.hexdigest() != manifest.payload_sha256:
            raise BackupError(f"{path} was changed after it was made: the checksum is wrong. Nothing was touched.")
        yield target
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise BackupError(f"{path} is damaged: {error}. Nothing was touched.") from error
    finally:
        target.unlink(missing_ok=True)
