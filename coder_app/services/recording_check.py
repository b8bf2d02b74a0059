"""Checking a folder of recordings against its manifest and the study, before anything is written."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.problems import WARNING, Problem, has_errors
from coder_app.models import Dyad, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.staging import StagedFile, Staging

if TYPE_CHECKING:
    from coder_app.tables.manifest import ManifestRow

PROBING, LEFT_OUT = "probing", "left out"
TABLE_ENDINGS = (".csv", ".tsv", ".txt")
BROKE = (
    "The last check ended while it read this file. Check again; if this is said again, the file is damaged "
    "or no recording."
)


@dataclass(frozen=True)
class KnownSession:
    """A treatment session that the study has."""

    id: int
    held_on: date | None
    recorded: bool


@dataclass(frozen=True)
class KnownSessions:
    """The study's dyads by code, and its treatment sessions by dyad and number."""

    dyads: dict[str, int]
    sessions: dict[tuple[str, int], KnownSession]


@dataclass(frozen=True)
class Wanted:
    """One recording to be imported, and what its header already gave reason to warn of."""

    row: "ManifestRow"
    path: Path
    warnings: frozenset[str]


@dataclass
class Check:
    """What a folder holds: the recordings that can be tried, and every problem."""

    wanted: list[Wanted] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    manifest: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps the folder out."""
        return has_errors(self.problems)

    def problem_of(self, wanted: Wanted, message: str, severity: str = "error") -> Problem:
        """Return a problem of one recording, at its place in the manifest."""
        return Problem(self.manifest, wanted.row.row, "file", wanted.row.file, message, severity)

    def sort(self) -> None:
        """Put errors before warnings, and each by row."""
        self.problems.sort(key=lambda problem: (problem.severity != "error", problem.row or 0))

    def as_note(self, *, from_import: bool = False) -> dict[str, Any]:
        """Return what the page shows, to be kept with the staged files."""
        return {
            "counts": self.counts,
            "problems": [asdict(problem) for problem in self.problems],
            "from_import": from_import,
        }


def find_known_sessions(db: Session, actor: Actor) -> KnownSessions:
    """Return the study's dyads and treatment sessions."""
    dyads = dict(
        tuple(row) for row in db.execute(select(Dyad.code, Dyad.id).where(Dyad.study_id == actor.study_id))
    )
    rows = db.execute(
        select(Dyad.code, TreatmentSession)
        .join(
            TreatmentSession,
            (TreatmentSession.study_id == Dyad.study_id) & (TreatmentSession.dyad_id == Dyad.id),
        )
        .where(Dyad.study_id == actor.study_id)
    )
    sessions = {
        (code, session.number): KnownSession(session.id, session.held_on, session.recorded)
        for code, session in rows
    }
    return KnownSessions(dyads, sessions)


def check_folder(
    staging: Staging,
    import_id: str,
    known: KnownSessions,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Check:
    """Check files, manifest and headers; errors keep the whole folder out, warnings do not."""
    files = staging.files(import_id)
    found = Check(problems=[*_problems_of_arrival(files), *_left_out(staging, import_id)])
    manifest = _find_manifest(files, found)
    if manifest is None or found.has_errors:
        return found
    if not known.dyads:
        found.problems.append(
            Problem(
                manifest.name,
                None,
                None,
                None,
                "The study has no dyads yet. Import participants or alliance scores first.",
            )
        )
        return found
    found.manifest = manifest.name
    _read_manifest(files, manifest, known, found)
    _check_against_study(known, found)
    _probe(staging, import_id, found, progress)
    _find_identical_files(found)
    found.sort()
    return found


def _problems_of_arrival(files: Iterable[StagedFile]) -> Iterator[Problem]:
    for file in files:
        if not file.is_complete:
            yield Problem(
                file.name,
                None,
                None,
                None,
                "The file has not arrived in full. Choose the folder again: the upload goes on from there.",
            )


def _left_out(staging: Staging, import_id: str) -> Iterator[Problem]:
    names = staging.noted(import_id, LEFT_OUT) or ()
    if folder := staging.folder_of(import_id):
        names = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    for name in names:
        yield Problem(name, None, None, None, "Folders within the folder are left out.", WARNING)


def _find_manifest(files: Iterable[StagedFile], found: Check) -> StagedFile | None:
    """Return the table named manifest, or the only table of the folder."""
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


def _read_manifest(
    files: Iterable[StagedFile], manifest: StagedFile, known: KnownSessions, found: Check
) -> None:
    from coder_app.tables.manifest import read_manifest

    by_name = {file.name: file for file in files}
    present = {name: file.size for name, file in by_name.items() if name != manifest.name}
    # A dyad without sessions is known too; no session has the number 0.
    sessions = set(known.sessions) | {(code, 0) for code in known.dyads}
    content = manifest.path.read_bytes() if manifest.size else b""
    table = read_manifest(content, manifest.name, present, sessions)
    found.problems += table.problems
    found.wanted = [Wanted(row, by_name[row.file].path, frozenset()) for row in table.rows]
    found.counts = {
        "files": len(present),
        "recordings": len(table.rows),
        "study": sum(row.use == "study" for row in table.rows),
        "practice": sum(row.use == "practice" for row in table.rows),
        "dyads": len({row.dyad for row in table.rows}),
        "parts": sum(row.part is not None and row.part > 1 for row in table.rows),
    }


def _check_against_study(known: KnownSessions, found: Check) -> None:
    """Count sessions that have a recording already, and warn of other dates."""
    n_recorded = 0
    for wanted in found.wanted:
        session = known.sessions.get((wanted.row.dyad, wanted.row.session))
        if session is None:
            continue
        n_recorded += session.recorded
        if wanted.row.date and session.held_on and wanted.row.date != session.held_on.isoformat():
            message = (
                f"The study has {session.held_on} as the date of session {wanted.row.session} of dyad "
                f"{wanted.row.dyad}. Is this its recording? The study keeps its date."
            )
            found.problems.append(
                Problem(found.manifest, wanted.row.row, "date", wanted.row.date, message, WARNING)
            )
    found.counts["recorded"] = n_recorded


def _probe(staging: Staging, import_id: str, found: Check, progress: Callable[[int, int], None]) -> None:
    """Read every header; a file that ended the process at the last try is not tried again."""
    from coder_app.audio.probe import AudioProblem, mislabelling, probe_recording

    broke = staging.noted(import_id, PROBING)
    for place, wanted in enumerate(found.wanted):
        progress(place, len(found.wanted))
        if wanted.row.file == broke:
            found.problems.append(found.problem_of(wanted, BROKE))
            continue
        staging.note(import_id, PROBING, wanted.row.file)
        try:
            probe = probe_recording(wanted.path)
        except AudioProblem as problem:
            found.problems.append(found.problem_of(wanted, problem.sentence))
            continue
        warnings = set(probe.warnings) | {mislabelling(wanted.row.file, probe.format)} - {None}
        found.wanted[place] = Wanted(wanted.row, wanted.path, frozenset(warnings))
        found.problems += [found.problem_of(wanted, text, WARNING) for text in sorted(warnings)]
    staging.note(import_id, PROBING, None)


def _find_identical_files(found: Check) -> None:
    by_size: dict[int, list[Wanted]] = {}
    for wanted in found.wanted:
        by_size.setdefault(wanted.path.stat().st_size, []).append(wanted)
    for alike in by_size.values():
        by_hash: dict[str, list[Wanted]] = {}
        for wanted in alike if len(alike) > 1 else ():
            with wanted.path.open("rb") as file:
                by_hash.setdefault(hashlib.file_digest(file, "sha256").hexdigest(), []).append(wanted)
        for group in by_hash.values():
            report_same_sound(found, group)


def report_same_sound(found: Check, group: list[Wanted]) -> None:
    """Note each recording of the group that repeats the sound of its first."""
    for wanted in group[1:]:
        message = (
            f"{wanted.row.file} holds the same sound as {group[0].row.file} in row {group[0].row.row}. "
            "One of them is a copy or has the wrong name."
        )
        found.problems.append(found.problem_of(wanted, message))
