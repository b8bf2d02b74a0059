"""Checking a folder of recordings against its manifest and the study, before anything is written."""

from collections.abc import Callable
from dataclasses import replace

from coder_app.domain.problems import WARNING, Problem
from coder_app.services.known_sessions import KnownSessions
from coder_app.services.recording_copies import find_identical_files
from coder_app.services.recording_folder import find_manifest, left_out, problems_of_arrival, read_manifest
from coder_app.services.recording_found import Found, SourceFile, Wanted
from coder_app.services.staging import Staging

PROBING = "probing"
BROKE = (
    "The last check ended while it read this file. Check again; if this is said again, the file is damaged "
    "or no recording."
)
NO_DYADS = "The study has no dyads yet. Import participants or alliance scores first."


def check_folder(
    staging: Staging,
    import_id: str,
    known: KnownSessions,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Found:
    """Check files, manifest and headers; errors keep the whole folder out, warnings do not."""
    files = staging.files(import_id)
    found = Found(problems=[*problems_of_arrival(files), *left_out(staging, import_id)])
    manifest = find_manifest(files, found)
    if manifest is None or found.has_errors:
        return found
    if not known.dyads:
        found.problems.append(Problem(manifest.name, None, None, None, NO_DYADS))
        return found
    read_manifest(files, manifest, known, found)
    _check_against_study(known, found)
    _probe(staging, import_id, found, progress)
    find_identical_files(found)
    found.sort()
    return found


def _check_against_study(known: KnownSessions, found: Found) -> None:
    """Count sessions that have a recording already, and warn of other dates."""
    n_recorded = 0
    for wanted in found.wanted:
        row = wanted.row
        session = known.sessions.get((row.dyad, row.session))
        if session is None:
            continue
        n_recorded += session.recorded
        if row.date and session.held_on and row.date != session.held_on.isoformat():
            message = (
                f"The study has {session.held_on} as the date of session {row.session} of dyad {row.dyad}. "
                "Is this its recording? The study keeps its date."
            )
            found.problems.append(Problem(found.manifest, row.row, "date", row.date, message, WARNING))
    found.counts["recorded"] = n_recorded


def _probe(staging: Staging, import_id: str, found: Found, progress: Callable[[int, int], None]) -> None:
    """Read every header; a file that ended the process at the last try is not tried again."""
    broke, total, done = staging.noted(import_id, PROBING), len(found.files), 0
    for place, wanted in enumerate(found.wanted):
        files = []
        for file in wanted.files:
            progress(done, total)
            done += 1
            if file.row.file == broke:
                found.add(file, BROKE)
                files.append(file)
            else:
                staging.note(import_id, PROBING, file.row.file)
                files.append(_probed(file, found))
        found.wanted[place] = Wanted(tuple(files))
    staging.note(import_id, PROBING, None)


def _probed(file: SourceFile, found: Found) -> SourceFile:
    """Return a file with the warnings of its header, or as it is when it cannot be used, with a problem."""
    from coder_app.audio.probe import AudioProblem, mislabelling, probe_recording

    try:
        probe = probe_recording(file.path)
    except AudioProblem as problem:
        found.add(file, problem.sentence)
        return file
    warnings = set(probe.warnings) | {mislabelling(file.row.file, probe.format)} - {None}
    for text in sorted(warnings):
        found.add(file, text, WARNING)
    return replace(file, warnings=frozenset(warnings))
