"""The files of a folder of recordings, and the manifest that says what they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from coder_app.domain.problems import WARNING, Problem
from coder_app.services.known_sessions import KnownSessions
from coder_app.services.recording_found import Found, SourceFile, Wanted
from coder_app.services.staging import StagedFile, Staging

if TYPE_CHECKING:
    from coder_app.tables.manifest import ManifestRow

LEFT_OUT = "left out"
TABLE_ENDINGS = (".csv", ".tsv", ".txt")


def problems_of_arrival(files: Iterable[StagedFile]) -> Iterator[Problem]:
    """Name the files of which a stretch is missing."""
    for file in files:
        if not file.is_complete:
            yield Problem(
                file.name,
                None,
                None,
                None,
                "The file has not arrived in full. Choose the folder again: the upload goes on from there.",
            )


def left_out(staging: Staging, import_id: str) -> Iterator[Problem]:
    """Warn of folders within the folder."""
    names = staging.noted(import_id, LEFT_OUT) or ()
    if folder := staging.folder_of(import_id):
        names = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    for name in names:
        yield Problem(name, None, None, None, "Folders within the folder are left out.", WARNING)


def find_manifest(files: Iterable[StagedFile], found: Found) -> StagedFile | None:
    """Return the table named manifest, or the only table of the folder; None, and a problem, without one."""
    tables = [file for file in files if PurePath(file.name).suffix.lower() in TABLE_ENDINGS]
    tables = [file for file in tables if not file.name.startswith(".")]
    named = [file for file in tables if PurePath(file.name).stem.casefold() == "manifest"]
    candidates = named or tables
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        names = ", ".join(file.name for file in candidates)
        message = f"The folder has several tables ({names}). Call the one to be used manifest.csv."
    else:
        message = (
            "The folder has no manifest: a file manifest.csv with the columns file, dyad and session, "
            "and a row for each recording."
        )
    found.problems.append(Problem("manifest.csv", None, None, None, message))
    return None


def read_manifest(
    files: Iterable[StagedFile], manifest: StagedFile, known: KnownSessions, found: Found
) -> None:
    """Read which recordings the folder has, and join the parts of each treatment session."""
    from coder_app.tables import manifest as table_of

    by_name = {file.name: file for file in files}
    present = {name: file.size for name, file in by_name.items() if name != manifest.name}
    # A dyad without sessions is known too; no session has the number 0.
    sessions = set(known.sessions) | {(code, 0) for code in known.dyads}
    content = manifest.path.read_bytes() if manifest.size else b""
    table = table_of.read_manifest(content, manifest.name, present, sessions)
    found.manifest = manifest.name
    found.problems += table.problems
    found.wanted = _joined(table.rows, by_name)
    found.counts = _counted(found.wanted) | {"files": len(present)}


def _joined(rows: Iterable["ManifestRow"], files: Mapping[str, StagedFile]) -> list[Wanted]:
    """Return a recording for each treatment session, its parts in order."""
    of_session: dict[tuple[str, int], list[ManifestRow]] = {}
    for row in rows:
        of_session.setdefault((row.dyad, row.session), []).append(row)
    return [
        Wanted(
            tuple(
                SourceFile(row, files[row.file].path) for row in sorted(group, key=lambda row: row.part or 1)
            )
        )
        for group in of_session.values()
    ]


def _counted(recordings: Sequence[Wanted]) -> dict[str, int]:
    joined = [len(one.files) for one in recordings if len(one.files) > 1]
    return {
        "recordings": len(recordings),
        "study": sum(one.row.use == "study" for one in recordings),
        "practice": sum(one.row.use == "practice" for one in recordings),
        "dyads": len({one.row.dyad for one in recordings}),
        "joined_files": sum(joined),
        "joined_recordings": len(joined),
    }
