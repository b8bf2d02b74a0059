"""The leak audit: a coder's crawl holds no secret, and every planted leak is found."""

import base64
import logging
import shutil

import pytest
from sqlalchemy import insert, select

from coder_app.audio.clean import clean_recording
from coder_app.audio.store import Store
from coder_app.config import Settings, sqlite_url
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.permissions import Role
from coder_app.leakaudit.audit import audit_coder
from coder_app.leakaudit.copy import copied
from coder_app.models import Assignment, Dyad, Recording, RoundRecording
from tests.makers.coding import add_assignment, add_recording, add_round

# What is planted is planted in answers, which are the same on either database.
on_one_database = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
CANARY = "Winterswijk-dyad-canary"
CODE = "kestrel-lantern"


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    """One recording with telling tags, cleaned."""
    folder = tmp_path_factory.mktemp("sound")
    source, target = folder / f"{CANARY}_session09.mp3", folder / "clean.m4a"
    write_recording(source, speech(2.0, 1), {"title": CANARY, "artist": "T06", "date": "2018-02-21"})
    return target, clean_recording([source], target)


@pytest.fixture
def coded(world, database, settings, cleaned):
    """Two coders of one recording, everything around it named tellingly."""
    path, result = cleaned
    lead = world.study(lead="Oriana Leadcanary")
    mara = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    nora = world.member(lead, "Nora Canary-Coder", Role.CODER, instruments=("CIRS",))
    store = Store(settings.store_dir)
    copy = store.temporary_path()
    copy.write_bytes(path.read_bytes())
    name = store.put(copy, result.peaks)
    with database.write() as db:
        db.execute(
            insert(Dyad),
            {"study_id": lead.study_id, "code": CANARY, "covariates": {"therapist": "Therapist-Canary-T06"}},
        )
        recording = add_recording(db, lead, CODE, name)
        round_id = add_round(db, lead)
        db.execute(
            insert(RoundRecording),
            {
                "study_id": lead.study_id,
                "round_id": round_id,
                "recording_id": recording,
                "in_subset": True,
            },
        )
        add_assignment(db, mara, round_id, recording, "CIRS", "velid-moru", 1)
        add_assignment(db, nora, round_id, recording, "CIRS", "tarvo-plind", 1)
    return lead, mara, nora


@pytest.fixture
def audit(app, database, tools, coded):
    lead, mara, _ = coded

    def run():
        return audit_coder(app, database, tools, lead.study_id, mara.user_id)

    return run


def whats(report) -> str:
    return " | ".join(f"{finding.where}: {finding.what}" for finding in report.findings)


def test_a_coders_crawl_holds_no_secret(audit):
    report = audit()
    assert whats(report) == ""
    assert report.n_answers > 50
    assert report.n_secrets > 10


def test_the_crawl_reaches_every_route_of_the_coders_room(audit):
    assert audit().routes_missed == ()


LEAKS = {
    "a recording code in a comment": lambda r: r.set_data(r.get_data() + f"<!-- {CODE} -->".encode()),
    "a recording code in capitals": lambda r: r.set_data(r.get_data() + CODE.upper().encode()),
    "a dyad in an attribute": lambda r: r.set_data(r.get_data() + f'<i data-x="{CANARY}">'.encode()),
    "a dyad in base64": lambda r: r.set_data(r.get_data() + base64.b64encode(CANARY.encode())),
    "a dyad in JSON escapes": lambda r: r.set_data(
        r.get_data() + "".join(f"\\u{ord(character):04x}" for character in CANARY).encode()
    ),
    "another coder's mask": lambda r: r.set_data(r.get_data() + b"tarvo-plind"),
    "another coder's name": lambda r: r.set_data(r.get_data() + b"Nora Canary-Coder"),
    "a covariate": lambda r: r.set_data(r.get_data() + b"Therapist-Canary-T06"),
    "the round": lambda r: r.set_data(r.get_data() + b"Main coding"),
    "a dyad in a header": lambda r: r.headers.add("X-Dyad", CANARY),
    "a dyad in a cookie": lambda r: r.set_cookie("dyad", CANARY),
    "a file name": lambda r: r.headers.add("Content-Disposition", "inline; filename=a.m4a"),
    "a tag of the file": lambda r: r.headers.add("ETag", '"1"'),
    "a date of the file": lambda r: r.headers.add("Last-Modified", "Wed, 21 Feb 2018 07:28:00 GMT"),
}


@on_one_database
@pytest.mark.parametrize("leak", LEAKS)
def test_every_leak_that_is_planted_is_found(leak, app, audit):
    @app.after_request
    def plant(response):
        if response.mimetype == "text/html":
            response.direct_passthrough = False
            LEAKS[leak](response)
        return response

    assert audit().findings


@on_one_database
def test_a_leak_on_an_error_page_alone_is_found(app, audit):
    @app.after_request
    def plant(response):
        if response.status_code == 404:
            response.set_data(response.get_data() + CANARY.encode())
        return response

    assert "a dyad" in whats(audit())


@on_one_database
def test_a_leak_in_the_log_is_found(app, audit):
    @app.before_request
    def plant():
        logging.getLogger("coder_app").warning("opened the recording of %s", CANARY)

    assert "the log" in whats(audit())


def test_a_foreign_id_that_answers_403_is_found(app, audit, coded, database):
    _, _, nora = coded
    with database.read() as db:
        theirs = db.scalars(select(Assignment.public_id).where(Assignment.user_id == nora.user_id)).one()

    @app.after_request
    def plant(response):
        from flask import request

        if theirs in request.path:
            response.status_code = 403
        return response

    assert "another coder's id" in whats(audit())


def test_tags_in_the_sound_are_found(audit, coded, database, settings, tmp_path):
    tagged = tmp_path / "tagged.m4a"
    write_recording(tagged, speech(1.0, 2), {"title": CANARY})
    with database.read() as db:
        name = db.scalars(select(Recording.storage_name)).one()
    Store(settings.store_dir).path_of(name).write_bytes(tagged.read_bytes())
    assert "bytes of tags" in whats(audit())


def test_an_installation_whose_folder_has_a_per_cent_sign_is_copied_whole(empty_sqlite, tmp_path):
    folder = tmp_path / "a%41b"
    folder.mkdir()
    shutil.copy(empty_sqlite, folder / "coder_app.sqlite")
    settings = Settings(folder, sqlite_url(folder / "coder_app.sqlite"), secret_key=b"0" * 32)
    with copied(settings) as (_, database), database.read() as db:
        assert db.scalars(select(Recording)).all() == []
    assert [path.name for path in tmp_path.iterdir()] == ["a%41b"]
