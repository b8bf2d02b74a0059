"""The folder of cleaned recordings, under random names that tell nothing."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

CHUNK_BYTES = 64 * 1024

_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


class RangeReader(Iterator[bytes]):
    """A stretch of a file in chunks; closed at its end, or by the server when the listener has gone."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = length

    def __next__(self) -> bytes:
        chunk = b"" if self._file.closed else self._file.read(min(CHUNK_BYTES, self._left))
        self._left -= len(chunk)
        if not chunk:
            self.close()
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self._file.close()


class Store:
    """Recordings as audio/<xx>/<name>.m4a with their peaks beside them; half-written ones stay in tmp."""

    def __init__(self, root: Path, token_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self.root = root.resolve()
        self._token_bytes = token_bytes
        for folder in (self.root, self.root / "audio", self.root / "tmp"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def temporary_path(self) -> Path:
        """Return an unused path inside the data folder, to write a recording to before it is put."""
        return self.root / "tmp" / f"{self._token_bytes(16).hex()}.m4a"

    def clear_temporary(self) -> None:
        """Remove what an interrupted import left behind; only when no import is running."""
        for path in (self.root / "tmp").iterdir():
            path.unlink(missing_ok=True)

    def put(self, recording: Path, peaks: bytes) -> str:
        """Move a finished file from `temporary_path` into the store and return its new storage name.

        A crash on the way leaves files in the temporary folder or peaks alone, never half a recording.
        """
        if recording.resolve().parent != self.root / "tmp":
            raise ValueError("only a file from the store's temporary folder can be put")
        name = self._new_name()
        target = self.path_of(name)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        self._write(self.peaks_path_of(name), peaks)
        os.chmod(recording, 0o600)
        _flush(recording)
        os.replace(recording, target)
        _flush_folder(target.parent)
        return name

    def path_of(self, name: str) -> Path:
        """Return where a recording lies; ValueError for anything but a storage name."""
        if not _NAME.fullmatch(name):
            raise ValueError("not a storage name")
        path = self.root / "audio" / name[:2] / f"{name}.m4a"
        if not path.resolve().is_relative_to(self.root):
            raise ValueError("the recording lies outside the data folder")
        return path

    def peaks_path_of(self, name: str) -> Path:
        """Return where a recording's peaks lie."""
        return self.path_of(name).with_suffix(".peaks")

    def exists(self, name: str) -> bool:
        """Whether the recording is in the store."""
        return self.path_of(name).is_file()

    def size(self, name: str) -> int:
        """The recording's size in bytes; FileNotFoundError when it is gone."""
        return self.path_of(name).stat().st_size

    def peaks(self, name: str) -> bytes:
        """The recording's peaks, PEAKS_PER_SECOND bytes a second."""
        return self.peaks_path_of(name).read_bytes()

    def open_range(self, name: str, start: int, length: int) -> "RangeReader":
        """Return `length` bytes from `start` in chunks; FileNotFoundError at once when it is gone."""
        return RangeReader(self.path_of(name), start, length)

    def delete(self, name: str) -> None:
        """Remove a recording and its peaks; one that is gone already is no error."""
        self.path_of(name).unlink(missing_ok=True)
        self.peaks_path_of(name).unlink(missing_ok=True)

    def _new_name(self) -> str:
        while self.exists(name := self._token_bytes(16).hex()):
            pass
        return name

    def _write(self, target: Path, content: bytes) -> None:
        temporary = self.root / "tmp" / target.name
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)


def _flush(path: Path) -> None:
    # Windows flushes only through a handle that may write.
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    # The rename itself must reach the disk; Windows cannot open a folder and does not need it.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
