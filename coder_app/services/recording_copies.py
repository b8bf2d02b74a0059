"""Finding the same sound twice: in a folder by its bytes, then by what was decoded, then in the study."""

import hashlib
from collections.abc import Iterable

from sqlalchemy.orm import Session

from coder_app.services import key
from coder_app.services.actor import Actor
from coder_app.services.known_sessions import KnownSessions
from coder_app.services.recording_cleaning import Cleaned
from coder_app.services.recording_found import Found, SourceFile

CLASHES = {
    key.Known.OTHER_SOUND: (
        "The study has another recording of this treatment session. Check dyad and session; if the study's "
        "is right, take this row out."
    ),
    key.Known.OTHER_PARTS: (
        "The study has a recording of this treatment session from fewer, more or other parts, or in another "
        "order. A recording that is in the study does not change: take the rows of this session out."
    ),
    key.Known.OTHER_SESSION: (
        "The study has the same sound as the recording of another treatment session. One of the two "
        "has the wrong dyad or session."
    ),
}


def find_identical_files(found: Found) -> None:
    """Note files of the folder that are the same byte for byte."""
    by_size: dict[int, list[SourceFile]] = {}
    for file in found.files:
        by_size.setdefault(file.path.stat().st_size, []).append(file)
    for alike in by_size.values():
        if len(alike) > 1:
            _report_same_sounds(found, ((_sha256(file), file) for file in alike))


def find_same_sounds(found: Found, cleaned: Iterable[Cleaned]) -> None:
    """Note recordings, and parts of them, that sound the same when they are decoded."""
    _report_same_sounds(
        found,
        [
            (sound, file)
            for one in cleaned
            for sound, file in [
                *zip(one.result.part_sha256s, one.wanted.files, strict=True),
                (one.result.content_sha256, one.wanted.files[0]),
            ]
        ],
    )


def find_new(
    db: Session, actor: Actor, found: Found, known: KnownSessions, cleaned: list[Cleaned]
) -> list[Cleaned]:
    """Return what the study does not have; note other sounds of recorded sessions, and sounds of others."""
    answers = key.known_content(db, actor, [source_of(one, known) for one in cleaned])
    for one, answer in zip(cleaned, answers, strict=True):
        if answer.known in CLASHES:
            found.add(one.wanted.files[answer.place], CLASHES[answer.known])
    return [one for one, answer in zip(cleaned, answers, strict=True) if answer.known == key.Known.NEW]


def source_of(one: Cleaned, known: KnownSessions) -> key.Source:
    """Return where a recording comes from; a session that the study does not have yet has the id 0."""
    session = known.sessions.get((one.wanted.row.dyad, one.wanted.row.session))
    parts = one.result.part_sha256s if len(one.wanted.files) > 1 else ()
    return key.Source(session.id if session else 0, one.result.content_sha256, parts)


def _report_same_sounds(found: Found, sounds: Iterable[tuple[str, SourceFile]]) -> None:
    """Note each file whose sound an earlier row of the manifest has."""
    firsts: dict[str, SourceFile] = {}
    for sound, file in sorted(sounds, key=lambda pair: pair[1].row.row):
        first = firsts.setdefault(sound, file)
        if first != file:
            found.add(
                file,
                f"{file.row.file} holds the same sound as {first.row.file} in row {first.row.row}. "
                "One of them is a copy or has the wrong name.",
            )


def _sha256(file: SourceFile) -> str:
    with file.path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
