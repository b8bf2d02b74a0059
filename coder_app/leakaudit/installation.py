"""Audits every study of an installation, as all who code in it and as one person of each other role."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import active_children, get_context
from pathlib import Path

from sqlalchemy import select

from coder_app.app import create_app
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.leakaudit.audit import Ground, audit_person
from coder_app.leakaudit.copy import copy_installation, workshop
from coder_app.leakaudit.furnish import furnish
from coder_app.leakaudit.personas import CODER, Persona
from coder_app.leakaudit.report import Report, Result
from coder_app.leakaudit.walk import Depth
from coder_app.migrations import current_revision, newest_revision, upgrade
from coder_app.models import Study
from coder_app.services import audit
from coder_app.services.actor import Tools
from coder_app.web.access import LOGIN_COOKIE
from coder_app.worker import run_next

ACT = "audit the blind"
PROCESSES = 2


def audit_whole(
    settings: Settings, tell: Callable[[str], None], *, record: bool, deepest: Depth = Depth.WHOLE
) -> Result:
    """Audit an installation, tell of each person, and keep the figures in the studies' audit trails."""
    begun, started, reports = datetime.now(UTC), time.monotonic(), []
    for report in audit_installation(settings, deepest=deepest):
        reports.append(report)
        for line in report.lines():
            tell(line)
    result = Result(begun, time.monotonic() - started, tuple(reports))
    tell(result.summary)
    if record:
        tell(record_result(settings, result))
    return result


def record_result(settings: Settings, result: Result) -> str:
    """Add the figures to the trail of each study, and say so."""
    database = Database(settings.database_url)
    try:
        if current_revision(database) != newest_revision():
            return "Not kept in the audit trail: the database is older than this program. Start it once."
        with database.write() as db:
            studies = db.execute(select(Study.id, Study.public_id).order_by(Study.id)).all()
            for study_id, public_id in studies:
                audit.record_in(db, Tools(), study_id, None, ACT, public_id, **result.figures_of(public_id))
    finally:
        database.dispose()
    return f"Kept in the audit trail of {len(studies)} {'study' if len(studies) == 1 else 'studies'}."


def audit_installation(
    settings: Settings, *, processes: int = PROCESSES, deepest: Depth = Depth.WHOLE
) -> Iterator[Report]:
    """Yield one report for each person, working on copies."""
    with workshop(settings) as folder, prepared(settings, folder) as (ground, personas):
        first = first_of_each(personas)
        depth_of = {who: deepest if who in first else Depth.PAGES for who in personas}
        # What takes long begins first.
        ordered = sorted(personas, key=lambda who: -depth_of[who])
        if processes == 1:
            yield from (audit_person(ground, who, depth_of[who]) for who in ordered)
            return
        before = set(active_children())
        with ProcessPoolExecutor(processes, get_context("spawn"), _leave_to_parent) as pool:
            waiting = [pool.submit(audit_person, ground, who, depth_of[who]) for who in ordered]
            try:
                yield from (future.result() for future in waiting)
            except BaseException:
                # Nobody may still work in the folder when it is removed.
                for child in set(active_children()) - before:
                    child.terminate()
                pool.shutdown(cancel_futures=True)
                raise


def _leave_to_parent() -> None:
    """Leave Ctrl+C to the parent, who ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def prepared(settings: Settings, folder: Path) -> Iterator[tuple[Ground, tuple[Persona, ...]]]:
    """Yield a furnished copy in which every result is computed, and who is audited on it."""
    copy = copy_installation(settings, folder / "ground")
    database = Database(copy.database_url)
    now = datetime.now(UTC).replace(microsecond=0)
    tools = Tools(clock=lambda: now)
    try:
        upgrade(database)
        with database.write() as db:
            furnished = furnish(db, tools)
        _compute(copy, database, tools, furnished.personas)
    finally:
        database.dispose()
    yield Ground(copy, folder, now, furnished.invitation), furnished.personas


def first_of_each(personas: tuple[Persona, ...]) -> set[Persona]:
    """Return who tries every route: the first of each role in each study; others open their own pages."""
    first: dict[tuple, Persona] = {}
    for who in personas:
        first.setdefault((who.study_id, who.role), who)
    return set(first.values())


def _compute(settings: Settings, database: Database, tools: Tools, personas: tuple[Persona, ...]) -> None:
    """Have everything computed that a page would wait for."""
    app = create_app(settings, database=database, tools=tools)
    for who in personas:
        if who.study is None or who.role == CODER:
            continue
        client = app.test_client()
        client.set_cookie(LOGIN_COOKIE, who.token)
        for page in ("ruptures", "sample", "reliability", "linkage", "export", "report"):
            client.get(f"/studies/{who.study}/{page}")
    while run_next(database, tools, settings):
        pass
