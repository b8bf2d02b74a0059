"""Audits one person: walks through one world, searches what came back, asks the same in the other."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.domain.visibility import Thing
from coder_app.leakaudit.check import Inspector, compare_twins, compare_worlds
from coder_app.leakaudit.copy import DATABASE, copy_installation
from coder_app.leakaudit.personas import Persona
from coder_app.leakaudit.report import Finding, Report
from coder_app.leakaudit.rewrites import rewrite
from coder_app.leakaudit.secrets import Secrets, list_secrets
from coder_app.leakaudit.side import Exchange, Plant, Side
from coder_app.leakaudit.values import Values, find_values
from coder_app.leakaudit.walk import Depth, Walk, walk
from coder_app.services import figure

Way = Callable[[Side, Persona, Values, Depth], Walk]


@dataclass(frozen=True)
class Ground:
    """What all audits of one run share: the furnished copy, where to work, the moment, an open invitation."""

    settings: Settings
    folder: Path
    now: datetime
    invitation: str
    plant: Plant | None = None


def audit_person(ground: Ground, who: Persona, depth: Depth, way: Way = walk) -> Report:
    """Audit one person on copies of the ground and report all that this person must not know."""
    begun = time.monotonic()
    with world(ground, who) as side:
        secrets = _secrets(side.database, who)
        walked = way(side, who, _values(side, ground, who), depth)
        later = {roles: _secrets(side.database, replace(who, roles=roles)) for _, roles in walked.roles[1:]}
    findings, n_bytes = list[Finding](), 0
    ends = [first for first, _ in walked.roles[1:]] + [len(walked.crawl.exchanges)]
    for (first, roles), end in zip(walked.roles, ends, strict=True):
        # Who takes another role sees more by that, and only from then on.
        inspector = Inspector(replace(who, roles=roles), *(later[roles] if first else secrets))
        for exchange in walked.crawl.exchanges[first:end]:
            findings += inspector.inspect(exchange)
        n_bytes += inspector.n_bytes
    findings += compare_twins(walked.twins)
    compared = None
    if has_other_world(who):
        with world(ground, who, lambda path: rewrite(path, who)) as other:
            findings += _replay(other, walked.crawl.exchanges)
        compared = len(walked.crawl.exchanges)
    return _report(who, walked, secrets[0], n_bytes, findings, compared, depth, time.monotonic() - begun)


def has_other_world(who: Persona) -> bool:
    """Whether anything is still secret to this person that another world could have otherwise."""
    return not who.sees(Thing.KEY)


def _secrets(database: Database, who: Persona) -> tuple[Secrets, Secrets | None]:
    with database.read() as db:
        secrets = list_secrets(db, who)
        return secrets, list_secrets(db, who.as_coder()) if who.is_staff else None


def _values(side: Side, ground: Ground, who: Persona):
    rules = [rule for rule in side.app.url_map.iter_rules() if rule.endpoint != "static"]
    with side.database.read() as db:
        return find_values(db, who, rules, {"token": ground.invitation})


def _replay(other: Side, exchanges: list[Exchange]) -> Iterator[Finding]:
    """Ask the same in the other world, in the same order."""
    for one in exchanges:
        if not one.url.startswith("/static/"):
            yield from compare_worlds(one, other.send(one.request))


@contextmanager
def world(ground: Ground, who: Persona, change: Callable[[Path], None] | None = None) -> Iterator[Side]:
    """Yield one world for a person, and remove it; each has the same folder, which pages may name."""
    folder = ground.folder / f"{who.study_id}-{who.user_id}"
    settings = copy_installation(ground.settings, folder)
    try:
        if change:
            change(folder / DATABASE)
        database = Database(settings.database_url)
        event.listen(database.engine, "connect", _wait_for_no_disk)
        try:
            with figure.drawn_here():
                yield Side(settings, database, who, ground.now, ground.plant)
        finally:
            database.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_no_disk(connection: Any, _record: Any) -> None:
    """Nothing of a throw-away copy has to reach the disk."""
    connection.execute("PRAGMA synchronous=OFF")


def _report(
    who: Persona,
    walked: Walk,
    secrets: Secrets,
    n_bytes: int,
    findings: list[Finding],
    compared: int | None,
    depth: Depth,
    seconds: float,
) -> Report:
    return Report(
        study=who.study,
        study_name=who.study_name,
        role=who.role,
        person=who.name,
        phase=who.phase,
        hidden=tuple(str(thing) for thing in who.hidden),
        whole=depth is Depth.WHOLE,
        reached=tuple(route for route, why in walked.reached.routes.items() if why is None),
        not_reached=walked.reached.missed,
        out_of_reach=walked.reached.out_of_reach,
        pages=walked.n_pages,
        answers=len(walked.crawl.exchanges),
        bytes=n_bytes,
        secrets=len(secrets.texts),
        pairs=len(secrets.pairs),
        too_common=secrets.too_common,
        compared=compared,
        foreign=len(walked.twins),
        seconds=seconds,
        findings=tuple(dict.fromkeys(findings)),
    )
