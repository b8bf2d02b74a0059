"""Two worlds that differ in every secret and agree in all that one may know answer alike, to the byte."""

import random
import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from coder_app.app import create_app
from coder_app.audio.store import Store
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.leakaudit.crawl import Crawl, Exchange
from coder_app.models import Assignment, Recording, Sample
from coder_app.services import auth, members, rating, rupture, submission
from coder_app.services import round as rounds
from coder_app.services.actor import Actor, Tools
from coder_app.services.assignment import get_form
from coder_app.services.queue import list_queue
from coder_app.web.access import LOGIN_COOKIE
from coder_app.web.csrf import VISIT_COOKIE
from coder_app.worker import run_next
from tests.makers.sample import add_frozen_sample

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

MISSING = "f" * 32
HEARD_ELSEWHERE = "I heard it elsewhere."
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
RANGES = (
    "bytes=0-9", "bytes=-5", "bytes=5-", "bytes=0-0,3-4", "bytes=9-2", "bytes=-0", "bytes=99999999-",
    "bytes=" + "9" * 400 + "-", "lines=1-2", "bytes=", "bytes=0-999999999",
)  # fmt: skip


class Seeded:
    """A clock and randomness that begin anew with every request: its place is all that counts."""

    def __init__(self) -> None:
        self.begin(0)

    def begin(self, place: int) -> None:
        """Begin request number `place`."""
        self._now, self._random = NOW + timedelta(minutes=place), random.Random(place)

    def tools(self) -> Tools:
        """Return the tools of an application."""
        return Tools(clock=lambda: self._now, token_bytes=lambda count: self._random.randbytes(count))


@dataclass
class Side:
    """One of the two worlds, as one person sees it."""

    app: Flask
    crawl: Crawl


@dataclass(frozen=True)
class Made:
    """A study in which two of the people code on both scales, one of them its lead."""

    lead: Actor
    mara: Actor
    settings: Settings


@pytest.fixture
def made(world, database, settings) -> Made:
    lead = world.study(lead="Lena")
    mara = world.member(lead, "Mara", Role.CODER, instruments=("CIRS", "TABBS"))
    others = [world.member(lead, name, Role.CODER, instruments=("CIRS",)) for name in ("Nora", "Odo")]
    others.append(world.member(lead, "Pia", Role.CODER, instruments=("TABBS",)))
    elsewhere = world.study("Second study", lead="Quirin")
    for instrument in ("CIRS", "TABBS"):
        world.member(elsewhere, f"Rolf {instrument}", Role.CODER, instruments=(instrument,))
    with database.write() as db:
        members.join_team(db, lead, ["TABBS"])
        add_frozen_sample(db, lead, 3)
        add_frozen_sample(db, elsewhere, 1)
        db.execute(update(Sample).values(settings=rupture.DEFAULTS))
    with database.write() as db:
        rounds.allot_sample(db, world.again(lead), "Main coding", 0.4)
        rounds.allot_sample(db, elsewhere, "Main coding", 0.4, 5)
    _put_sounds(database, Store(settings.store_dir))
    for coder in (mara, *others):
        _code(database, world.again(lead, coder.viewer))
    return Made(world.again(lead), world.again(lead, mara.viewer), settings)


@pytest.fixture
def sides(made, database, tmp_path):
    """Return a function that opens both worlds as one person."""
    opened = []

    def open_both(
        viewer,
        *rewrites: Callable[[sqlite3.Connection, int], None],
        plant: Callable[[Flask], None] | None = None,
    ) -> tuple[Side, Side]:
        with database.write() as db:
            token = auth.open_login(db, Tools(clock=lambda: NOW), viewer.user_id)
        both = []
        for name in ("a", "b"):
            path = tmp_path / f"{name}.sqlite"
            with (
                closing(sqlite3.connect(database.engine.url.database)) as old,
                closing(sqlite3.connect(path)) as new,
            ):
                old.backup(new)
            if name == "b":
                _rewrite(path, viewer.user_id, rewrites)
            copy = Database(f"sqlite:///{path}")
            opened.append(copy)
            both.append(_side(made.settings, copy, token, plant))
        return both[0], both[1]

    yield open_both
    for copy in opened:
        copy.dispose()


def test_a_coder_cannot_tell_two_worlds_apart(made, sides, database):
    a, b = sides(made.mara.viewer, of_others, of_sources, of_allotment, of_office)
    differing = _differing(_walk_as_coder(side, made, database) for side in (a, b))
    assert differing == []
    assert len(a.crawl.exchanges) > 400


def test_a_coder_who_is_done_cannot_tell_whether_the_study_is_unmasked(made, sides, database):
    def unmasked(db: sqlite3.Connection, user_id: int) -> None:
        db.execute(
            "UPDATE study SET phase = 'unmasked', locked_at = '2026-03-19', unmasked_at = '2026-03-19'"
        )

    with database.write() as db:
        db.execute(update(Assignment).values(state="submitted", submitted_at=NOW - timedelta(days=1)))
    a, b = sides(made.mara.viewer, unmasked, of_others)
    assert _differing(_walk_as_coder(side, made, database) for side in (a, b)) == []


def test_a_lead_who_codes_cannot_tell_two_worlds_apart(made, sides, database):
    a, b = sides(made.lead.viewer, of_key, of_recordings, of_others_ratings, of_allotment, of_payloads)
    differing = _differing(_walk_as_lead(side, made) for side in (a, b))
    assert differing == []
    reached = {e.url.rsplit("/", 1)[-1].partition("?")[0] for e in a.crawl.exchanges if e.status == 200}
    assert {"rounds", "recordings", "audit", "people", "unmask", "export", "coding"} <= reached


LEAKS = {
    "how many forms there are": "SELECT count(*) FROM assignment",
    "the subset in a class": "SELECT group_concat(in_subset) FROM round_recording",
    "another's rating": "SELECT sum(score) FROM rating",
    "the primary coder": "SELECT group_concat(is_primary) FROM assignment ORDER BY mask",
    "the key": "SELECT max(treatment_session_id * recording_id) FROM recording_key",
    "a recording's row": "SELECT min(recording_id) FROM assignment WHERE place = 1",
    "a rupture type": "SELECT group_concat(type) FROM sequence",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_makes_the_worlds_differ(leak, made, sides, database):
    def plant(app: Flask) -> None:
        @app.after_request
        def add(response):
            if response.mimetype == "text/html":
                with app.extensions["coder_app.database"].read() as db:
                    found = db.connection().exec_driver_sql(LEAKS[leak]).scalar()
                response.headers["X-Hint"] = str(found)
            return response

    a, b = sides(made.mara.viewer, of_others, of_sources, of_allotment, of_office, plant=plant)
    for side in (a, b):
        side.crawl.open("GET", f"/studies/{made.lead.study_public_id}/coding")
    assert _differing(side.crawl.exchanges for side in (a, b)) != []


def _put_sounds(database: Database, store: Store) -> None:
    with database.write() as db:
        for recording in db.scalars(select(Recording)):
            path = store.temporary_path()
            path.write_bytes(random.Random(recording.id).randbytes(40_000))
            recording.storage_name = store.put(path, bytes(range(200)))


def _code(database: Database, coder: Actor) -> None:
    """Submit the first form, begin the second."""
    with database.write() as db:
        for place, entry in enumerate(list_queue(db, coder)[:2]):
            items = get_form(db, coder, entry.public_id).instrument.items
            for number, item in enumerate(items if place == 0 else items[:2], start=1):
                rating.save(
                    db, coder, entry.public_id, Change(item.code, number % 3, None, "page", number, 0)
                )
            if place == 0:
                submission.submit(db, coder, entry.public_id, HEARD_ELSEWHERE)


def _side(settings: Settings, database: Database, token: str, plant) -> Side:
    seeded = Seeded()
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(replace(settings, database_url=url), database=database, tools=seeded.tools())
    app.config["PROPAGATE_EXCEPTIONS"] = False
    if plant:
        plant(app)
    inner, place = app.wsgi_app, iter(range(1, 1_000_000))

    def counted(environ, start_response):
        seeded.begin(next(place))
        return inner(environ, start_response)

    app.wsgi_app = counted
    client = app.test_client()
    client.set_cookie(LOGIN_COOKIE, token)
    return Side(app, Crawl(app, client))


def _differing(walks: Iterable[list[Exchange]]) -> list[str]:
    a, b = walks
    assert len(a) == len(b)
    assert [exchange.url for exchange in a if exchange.status >= 500] == []
    return [
        f"{one.method} {one.url}: {one.status}, {other.status}"
        for one, other in zip(a, b, strict=True)
        # Files of the program, the same for everybody; they carry the time of day.
        if one != other and not one.url.startswith("/static/")
    ]


def _walk_as_coder(side: Side, made: Made, database: Database) -> list[Exchange]:
    """Open all of a coder's room, every route and method, ids of others, bad input; rate, submit."""
    crawl, study = side.crawl, made.lead.study_public_id
    own, theirs = _assignments(database, made.mara.user_id)
    crawl.run(["/", f"/studies/{study}/coding", *(f"/coding/{one}/check" for one in own)])
    _try_map(side, study, own[1], ("application/json", "text/html"))
    _try_map(side, study, theirs, ("text/html",))
    _try_map(side, MISSING, MISSING, ("text/html",))
    for path in (f"/coding/{own[1]}/audio", f"/coding/{theirs}/audio"):
        for header in RANGES:
            crawl.open("GET", path, headers={"Range": header})
            crawl.open(
                "HEAD", path, headers={"Range": header, "If-Modified-Since": "Wed, 21 Oct 2037 07:28:00 GMT"}
            )
    _submit(crawl, own[1:])
    crawl.open("GET", f"/studies/{study}/coding")
    crawl.client.set_cookie(LOGIN_COOKIE, "0" * 64)
    crawl.open("GET", f"/coding/{own[0]}")
    crawl.client.delete_cookie(LOGIN_COOKIE)
    crawl.client.delete_cookie(VISIT_COOKIE)
    for path in ("/", "/sign-in", "/setup", "/invitations/x", f"/coding/{theirs}", f"/studies/{study}"):
        crawl.open("GET", path)
    return crawl.exchanges


def _walk_as_lead(side: Side, made: Made) -> list[Exchange]:
    crawl, study = side.crawl, made.lead.study_public_id
    crawl.open("GET", f"/studies/{study}/ruptures")
    while run_next(
        side.app.extensions["coder_app.database"], side.app.extensions["coder_app.tools"], made.settings
    ):
        pass
    crawl.run([f"/studies/{study}", f"/studies/{study}/coding"])
    for path in (
        "audit.csv",
        "export/everything.zip",
        "export/reliability-items.csv",
        "linkage",
        "reliability",
    ):
        crawl.open("GET", f"/studies/{study}/{path}")
    for rule in side.app.url_map.iter_rules():
        if "study" in rule.arguments and "GET" in rule.methods:
            values = {"study": study} | {
                name: 1 if name == "version" else MISSING for name in rule.arguments - {"study"}
            }
            crawl.open("GET", rule.build(values)[1])
    return crawl.exchanges


def _assignments(database: Database, user_id: int) -> tuple[list[str], str]:
    with database.read() as db:
        own = db.scalars(
            select(Assignment.public_id).where(Assignment.user_id == user_id).order_by(Assignment.place)
        ).all()
        theirs = db.scalars(select(Assignment.public_id).where(Assignment.user_id != user_id)).first()
    return list(own), theirs


def _try_map(side: Side, study: str, assignment: str, accepts: Iterable[str]) -> None:
    crawl = side.crawl
    for rule in side.app.url_map.iter_rules():
        if rule.endpoint in ("static", "auth.sign_out"):
            continue
        values = {"study": study, "assignment": assignment, "version": 1}
        url = rule.build({name: values.get(name, MISSING) for name in rule.arguments})[1]
        for method in METHODS:
            for accept in accepts:
                headers = {"Accept": accept, "X-CSRF-Token": crawl.token()}
                crawl.open(method, url, headers=headers)
        crawl.open("POST", url)
        crawl.open("POST", url, headers=headers, json={"item": "x", "page": "p", "score": 1})


def _submit(crawl: Crawl, own: list[str]) -> None:
    """Rate everything in plain forms, look at each stage, and submit."""
    for assignment in own:
        page = crawl.open("GET", f"/coding/{assignment}").body.decode()
        items = re.findall(r'data-item="([^"]+)"', page)
        form = {f"score-{item}": "1" for item in items} | {"csrf_token": crawl.token(), "next": "check"}
        crawl.open("POST", f"/coding/{assignment}/form", data=form)
        change = {
            "item": items[0] if items else "x",
            "score": 2,
            "reason": None,
            "page": "p",
            "sequence": 1,
            "base": 0,
        }
        crawl.open(
            "POST", f"/coding/{assignment}/ratings", json=change, headers={"X-CSRF-Token": crawl.token()}
        )
        crawl.open("GET", f"/coding/{assignment}/check")
        crawl.open(
            "POST",
            f"/coding/{assignment}/submit",
            data={"csrf_token": crawl.token(), "why_less": HEARD_ELSEWHERE},
        )
        crawl.open("GET", f"/coding/{assignment}")


def _rewrite(path: Path, user_id: int, rewrites) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.create_function("other", 1, lambda text: None if text is None else _other(text))
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{trigger}"')
        for rewrite in rewrites:
            rewrite(db, user_id)
        db.commit()


def _other(text: str) -> str:
    """Another text of another length."""
    return text[::-1] + "xy"


def of_sources(db: sqlite3.Connection, user_id: int) -> None:
    """Where recordings come from: dyads, sessions, dates, sequences, codes, order of import, the key."""
    db.execute('UPDATE dyad SET code = other(code), covariates = \'{"therapist": "T99"}\'')
    db.execute("UPDATE treatment_session SET number = number + 40, held_on = '2001-01-01', recorded = 0")
    db.execute(
        "UPDATE sequence SET informant = 'therapist', criterion = 'control chart', type = 'unrepaired',"
        " pre_id = post_id, post_id = pre_id"
    )
    db.execute(
        "UPDATE recording SET code = other(code), public_id = substr(other(public_id), -32),"
        " size = size + 12345, sha256 = substr(other(sha256), -64), imported_at = '2001-01-01 00:00:00'"
    )
    of_key(db, user_id)
    for table in ("segment", "round_recording", "recording_key", "assignment"):
        _renumber(db, table, "recording_id")
    for table, column in (("rating", "segment_id"), ("rating", "assignment_id")):
        _renumber(db, table, column)
    for table in ("recording", "segment", "assignment"):
        _renumber(db, table, "id")


def _renumber(db: sqlite3.Connection, table: str, column: str) -> None:
    """Turn the order of a key around; in two steps, since keys are compared row by row."""
    db.execute(f"UPDATE {table} SET {column} = -{column}")
    db.execute(f"UPDATE {table} SET {column} = {column} + 100000")


def of_key(db: sqlite3.Connection, user_id: int) -> None:
    """Which treatment session each recording is of: turned around."""
    rows = db.execute("SELECT id, study_id, treatment_session_id FROM recording_key ORDER BY id").fetchall()
    db.execute("UPDATE recording_key SET treatment_session_id = -id")
    for study in {row[1] for row in rows}:
        ids = [row for row in rows if row[1] == study]
        for (row_id, _, _), (_, _, session) in zip(ids, reversed(ids), strict=True):
            db.execute("UPDATE recording_key SET treatment_session_id = ? WHERE id = ?", (session, row_id))


def of_recordings(db: sqlite3.Connection, user_id: int) -> None:
    """Codes and sizes of all recordings, and lengths of those that others code."""
    db.execute("UPDATE recording SET code = other(code), size = size + 12345")
    own = "(SELECT recording_id FROM assignment WHERE user_id = ?)"
    db.execute(f"UPDATE recording SET duration_ms = duration_ms * 2 WHERE id NOT IN {own}", (user_id,))


def of_allotment(db: sqlite3.Connection, user_id: int) -> None:
    """The subset and who is primary: the same counts, other recordings."""
    db.execute("UPDATE round SET seed = seed + 1")
    rows = db.execute("SELECT id, in_subset FROM round_recording ORDER BY id").fetchall()
    flags = [flag for _, flag in rows]
    for (row_id, _), flag in zip(rows, flags[1:] + flags[:1], strict=True):
        db.execute("UPDATE round_recording SET in_subset = ? WHERE id = ?", (flag, row_id))
    db.execute("UPDATE assignment SET is_primary = 1 - is_primary")


def of_others_ratings(db: sqlite3.Connection, user_id: int) -> None:
    """What others rated, under which masks, in which order."""
    theirs = "(SELECT id FROM assignment WHERE user_id <> :me)"
    db.execute(f"UPDATE rating SET score = score + 1 WHERE assignment_id IN {theirs}", {"me": user_id})
    db.execute(
        "UPDATE assignment SET mask = other(mask), public_id = substr(other(public_id), -32),"
        " place = place + 1000 WHERE user_id <> :me",
        {"me": user_id},
    )


def of_others(db: sqlite3.Connection, user_id: int) -> None:
    """Who else is there, under which names and ids, and how far they are; some are not there at all."""
    of_others_ratings(db, user_id)
    me = {"me": user_id}
    db.execute(
        "UPDATE user SET name = other(name), user_name = other(user_name),"
        " public_id = substr(other(public_id), -32),"
        " can_create_studies = 1 - can_create_studies WHERE id <> :me",
        me,
    )
    db.execute(
        "DELETE FROM rating WHERE assignment_id IN"
        " (SELECT id FROM assignment WHERE user_id <> :me AND id % 2)",
        me,
    )
    db.execute("DELETE FROM assignment WHERE user_id <> :me AND id % 2", me)
    db.execute("UPDATE assignment SET state = 'reopened', worked_at = NULL WHERE user_id <> :me", me)
    db.execute("DELETE FROM team_member WHERE user_id <> :me", me)
    db.execute("DELETE FROM membership WHERE user_id <> :me AND role = 'coder'", me)


def of_office(db: sqlite3.Connection, user_id: int) -> None:
    """Rounds by name, imports, jobs, invitations, the trail and the other study."""
    db.execute(
        "UPDATE round SET name = other(name), public_id = substr(other(public_id), -32),"
        " share = 0.9, purpose = 'drift'"
    )
    db.execute("DELETE FROM invitation")
    db.execute(
        "UPDATE study SET name = other(name), public_id = substr(other(public_id), -32),"
        " phase = 'unmasked' WHERE id <> 1"
    )
    db.execute("UPDATE audit_payload SET payload = NULL")
    db.execute("UPDATE audit SET at = '2001-01-01 00:00:00'")
    db.execute("UPDATE audit_head SET seq = seq + 500")
    db.execute("UPDATE instrument_version SET created_at = '2001-01-01 00:00:00'")


def of_payloads(db: sqlite3.Connection, user_id: int) -> None:
    """What acts were about; the hashes stay, so that the chain is whole in both worlds."""
    db.execute("UPDATE audit_payload SET payload = NULL")
