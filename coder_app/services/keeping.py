"""What is kept of a computed result so that it can be shown again as it was."""

import json
import zlib
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coder_app.models import Snapshot
from coder_app.services.hashing import canonical, hash_of
from coder_app.services.versions import list_versions

# Results of the pages of reliability. Others are computed anew from what is stored anyway.
KEPT_KINDS = ("reliability", "agreement", "drift", "repeats", "planning", "projection", "alphas")
# Free settings could fill the disk; what has a name stays in any case.
MOST_UNNAMED = 100
SHAPE = "content"
_HASH = 40


def pack(inputs: dict[str, Any]) -> bytes:
    """Return inputs as the bytes that are stored."""
    return zlib.compress(canonical(inputs).encode())


def unpack(packed: bytes) -> dict[str, Any]:
    """Return the inputs that `pack` packed."""
    return json.loads(zlib.decompress(packed))


def hash_result(kind: str, shape: int, settings: dict[str, Any], inputs: dict[str, Any]) -> str:
    """Return the hash by which a result is found: of kind, shape of the content, settings and rows."""
    return hash_of({"kind": kind, "shape": shape, "settings": settings, "inputs": inputs})


def describe_program(shape: int) -> dict[str, str]:
    """Return what computes: versions, the content's shape, and the commit where there is one."""
    commit = find_commit(Path(__file__).resolve().parents[2])
    return list_versions() | {SHAPE: str(shape)} | ({"commit": commit} if commit else {})


def find_commit(root: Path) -> str | None:
    """Return the commit that is checked out in a folder, None where there is no repository."""
    git = root / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head if len(head) == _HASH else None
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text().strip()
        packed = (git / "packed-refs").read_text().splitlines()
    except OSError:
        return None
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)


def drop_oldest(db: Session, study_id: int, kind: str) -> None:
    """Drop the oldest results of a kind that nobody has named, beyond those that are kept."""
    unnamed = (Snapshot.study_id == study_id, Snapshot.kind == kind, Snapshot.name.is_(None))
    beyond = select(Snapshot.id).where(*unnamed).order_by(Snapshot.id.desc()).offset(MOST_UNNAMED)
    for row in db.scalars(beyond).all():
        db.execute(delete(Snapshot).where(Snapshot.study_id == study_id, Snapshot.id == row))
