"""A lock on a folder that the system itself gives back when its holder ends, however it ends."""

import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO


class FolderLock:
    """An exclusive lock between processes, held through an open file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Take the lock and return True, or return False at once when another process holds it."""
        file = open(self._path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; safe to repeat."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "FolderLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _lock(file: BinaryIO) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
