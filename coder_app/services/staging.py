"""Files that wait in the data folder between being chosen and being imported or discarded.

Each staged import has a folder named by its public id. The files in it have random names; their original
names, which may tell a dyad, are only in the folder's index and go with it.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from coder_app.services.errors import NotFound, Refused

CHUNK_BYTES = 512 * 1024
MOST_FILES = 5_000
MOST_FILE_BYTES = 8 << 30
_ID = re.compile(r"[0-9a-f]{32}")
_INDEX = "index.json"

# Requests that add to one index must not overwrite each other's entries.
_index_lock = threading.Lock()


@dataclass(frozen=True)
class Announced:
    """A file that is about to be sent: its name, size in bytes and time of change, to know it again."""

    name: str
    size: int
    modified: int = 0


@dataclass(frozen=True)
class StagedFile:
    """A file that waits; `received` is below `size` while it is still being sent."""

    id: str
    name: str
    size: int
    received: int
    path: Path

    @property
    def is_complete(self) -> bool:
        """Whether all of the file has arrived."""
        return self.received == self.size


class Staging:
    """The staged files of an installation."""

    def __init__(self, root: Path, token_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._root = root
        self._token_bytes = token_bytes

    def begin(self, staged_id: str, folder: Path | None = None) -> None:
        """Make room for an import; with `folder`, its files are those of a folder that stays where it is."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.path_of(staged_id)
        path.mkdir(mode=0o700)
        _replace_json(path / _INDEX, {"folder": str(folder) if folder else None, "files": {}})

    def exists(self, staged_id: str) -> bool:
        """Whether anything waits under this id."""
        return (self.path_of(staged_id) / _INDEX).is_file()

    def path_of(self, staged_id: str) -> Path:
        """Return the folder of a staged import; raise NotFound for what is no id."""
        if not _ID.fullmatch(staged_id):
            raise NotFound
        return self._root / staged_id

    def folder_of(self, staged_id: str) -> Path | None:
        """Return the folder on the server whose files are to be imported, None for files that were sent."""
        folder = self._read_index(staged_id)["folder"]
        return Path(folder) if folder else None

    def add(self, staged_id: str, name: str, content: bytes) -> None:
        """Put a whole file in; it replaces one of the same name."""
        [entry] = self.announce(staged_id, [Announced(name, len(content))], keep=False)
        _write_private(entry.path, content)

    def take(
        self, staged_id: str, name: str, stream: BinaryIO, most: int = MOST_FILE_BYTES
    ) -> tuple[int, str]:
        """Put a file in, piece by piece; return its size and SHA-256, or raise Refused if it is too large."""
        file_id, size, sha256 = self._token_bytes(16).hex(), 0, hashlib.sha256()
        with _open_private(self.path_of(staged_id) / file_id) as file:
            while piece := stream.read(CHUNK_BYTES):
                size += len(piece)
                if size > most:
                    raise Refused(f"The file is larger than {most // 1_000_000} MB. Split it into parts.")
                sha256.update(piece)
                file.write(piece)
        with self._changed_index(staged_id) as index:
            index["files"][name] = {"id": file_id, "size": size, "modified": 0}
        return size, sha256.hexdigest()

    def announce(
        self, staged_id: str, files: Iterable[Announced], *, keep: bool = True, only: bool = False
    ) -> tuple[StagedFile, ...]:
        """Note which files will be sent and return them.

        With `keep`, what has arrived of them is kept; with `only`, all others are removed.
        """
        files = list(files)
        with self._changed_index(staged_id) as index:
            known = index["files"]
            if len(known.keys() | {file.name for file in files}) > MOST_FILES:
                raise Refused(f"A folder may hold at most {MOST_FILES:,} files.")
            for file in files:
                if not file.name or not 0 <= file.size <= MOST_FILE_BYTES:
                    raise Refused(f"A file may have at most {MOST_FILE_BYTES >> 30} GiB.")
                old = known.get(file.name)
                if not (keep and old and (old["size"], old["modified"]) == (file.size, file.modified)):
                    if old:
                        (self.path_of(staged_id) / old["id"]).unlink(missing_ok=True)
                    known[file.name] = {
                        "id": self._token_bytes(16).hex(),
                        "size": file.size,
                        "modified": file.modified,
                    }
            names = {file.name for file in files}
            for name in known.keys() - names if only else ():
                (self.path_of(staged_id) / known.pop(name)["id"]).unlink(missing_ok=True)
        return tuple(file for file in self.files(staged_id) if file.name in names)

    def append(self, staged_id: str, file_id: str, offset: int, chunk: bytes) -> int:
        """Add the next stretch of a file; return how much of it is there, which says where to go on.

        A stretch that does not continue what is there changes nothing: sending one twice does no harm.
        """
        index = self._read_index(staged_id)["files"]
        name = next((name for name, entry in index.items() if entry["id"] == file_id), None)
        if name is None:
            raise NotFound
        entry = self._file(staged_id, name, index[name])
        if len(chunk) > CHUNK_BYTES or offset != entry.received or offset + len(chunk) > entry.size:
            return entry.received
        with _open_private(entry.path) as file:
            file.seek(offset)
            file.truncate()
            file.write(chunk)
        return offset + len(chunk)

    def files(self, staged_id: str) -> tuple[StagedFile, ...]:
        """Return the files of a staged import by name."""
        index = self._read_index(staged_id)
        if index["folder"]:
            return _files_of_folder(Path(index["folder"]))
        return tuple(self._file(staged_id, name, entry) for name, entry in sorted(index["files"].items()))

    def read(self, staged_id: str, name: str) -> bytes:
        """Return the content of one file, or raise NotFound."""
        for file in self.files(staged_id):
            if file.name == name:
                return file.path.read_bytes() if file.size else b""
        raise NotFound

    def path_to(self, staged_id: str, name: str) -> Path:
        """Return where one file lies, or raise NotFound; an empty one is there too."""
        for file in self.files(staged_id):
            if file.name == name and file.path.is_file():
                return file.path
        raise NotFound

    def note(self, staged_id: str, name: str, value: Any) -> None:
        """Keep something with a staged import that goes when it goes: a preview, a choice."""
        if not self.exists(staged_id):
            raise NotFound
        # A file of its own: the worker notes things while the server adds to the index.
        _replace_json(self.path_of(staged_id) / f"{name}.note", value)

    def noted(self, staged_id: str, name: str) -> Any:
        """Return what was noted under a name, None when nothing was."""
        try:
            return json.loads((self.path_of(staged_id) / f"{name}.note").read_bytes())
        except FileNotFoundError:
            return None

    def discard(self, staged_id: str) -> None:
        """Remove a staged import with all that was sent; a folder on the server is left alone."""
        shutil.rmtree(self.path_of(staged_id), ignore_errors=True)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of everything that waits."""
        if not self._root.is_dir():
            return ()
        return tuple(sorted(path.name for path in self._root.iterdir() if _ID.fullmatch(path.name)))

    @contextmanager
    def _changed_index(self, staged_id: str) -> Iterator[dict[str, Any]]:
        with _index_lock:
            index = self._read_index(staged_id)
            yield index
            _replace_json(self.path_of(staged_id) / _INDEX, index)

    def _read_index(self, staged_id: str) -> dict[str, Any]:
        try:
            return json.loads((self.path_of(staged_id) / _INDEX).read_bytes())
        except FileNotFoundError:
            raise NotFound from None

    def _file(self, staged_id: str, name: str, entry: dict[str, Any]) -> StagedFile:
        path = self.path_of(staged_id) / entry["id"]
        received = path.stat().st_size if path.is_file() else 0
        return StagedFile(entry["id"], name, entry["size"], received, path)


def list_incoming(incoming: Path) -> tuple[str, ...]:
    """Return the folders that somebody put on the server to be imported, by name."""
    incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tuple(sorted(path.name for path in _entries(incoming) if path.is_dir() and path.name[0] != "."))


def _files_of_folder(folder: Path) -> tuple[StagedFile, ...]:
    files = sorted(path for path in _entries(folder) if path.is_file())
    sizes = [path.stat().st_size for path in files]
    return tuple(
        StagedFile(path.name, path.name, size, size, path) for path, size in zip(files, sizes, strict=True)
    )


def _entries(folder: Path) -> Iterator[Path]:
    # A link could lead anywhere on the server.
    return (path for path in folder.iterdir() if not path.is_symlink()) if folder.is_dir() else iter(())


def _replace_json(path: Path, value: Any) -> None:
    temporary = path.with_name(path.name + ".new")
    _write_private(temporary, json.dumps(value).encode())
    os.replace(temporary, path)


def _open_private(path: Path):
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "r+b")


def _write_private(path: Path, content: bytes) -> None:
    with _open_private(path) as file:
        file.truncate()
        file.write(content)
