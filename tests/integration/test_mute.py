"""Muting before release: nobody else hears a recording, nothing is left of a stretch, nothing goes astray."""

import hashlib

import pytest
from sqlalchemy import select

from coder_app.audio import pool
from coder_app.audio.encode import describe_encoding
from coder_app.audio.sound import RATE
from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Hidden
from coder_app.models import Audit, AuditPayload, Job, Mute, Recording, Segment, Study
from coder_app.services import audit, hearing, job, members, mute, mute_job
from coder_app.services.errors import NotFound, Refused
from coder_app.services.recording_leftovers import only_import, remove_leftovers
from coder_app.services.staging import Staging
from tests.makers.coding import add_assignment, add_round
from tests.makers.mute import Heard, removal_addresses


@pytest.fixture
def heard(world, database, settings, tmp_path) -> Heard:
    return Heard(database, settings, world.study(), tmp_path)


def acts(heard, act):
    with heard.database.read() as db:
        return db.execute(
            select(Audit.subject, AuditPayload.payload)
            .join(AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq))
            .where(Audit.act == act)
            .order_by(Audit.seq)
        ).all()


def give_to_a_coder(world, heard):
    coder = world.member(heard.lead, "Mara", Role.CODER, instruments=("CIRS",))
    with heard.database.write() as db:
        add_assignment(db, coder, add_round(db, heard.lead), heard.row.id, "CIRS", "velid-moru", 1)
    return coder


def test_the_stretches_fall_silent_and_the_old_sound_is_gone_from_the_store(heard):
    before, old = heard.row, heard.sound()
    assert old[int(1.2 * RATE) : int(1.8 * RATE)].any()
    ended = heard.mute((1000, 2000), (4000, 4500))

    assert (ended.state, ended.message) == ("done", "Muted 2 stretches.")
    row, new = heard.row, heard.sound()
    assert not new[RATE : 2 * RATE].any()
    assert not new[4 * RATE : int(4.5 * RATE)].any()
    assert new[int(2.5 * RATE) : int(3.5 * RATE)].any()
    assert not any(heard.peaks()[10:20])
    # Another name, and nothing of the old one is left anywhere.
    assert row.storage_name != before.storage_name
    assert len(heard.files()) == 2
    assert all(row.storage_name in name for name in heard.files())
    content = heard.store.path_of(row.storage_name).read_bytes()
    assert (row.size, row.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (row.duration_ms, row.code, row.public_id) == (before.duration_ms, before.code, before.public_id)
    assert all(one.applied_at is not None for one in heard.mutes)
    assert not any(heard.settings.staging_dir.iterdir())


def test_the_segments_stay_as_they_are(heard):
    heard.mute((1000, 2000))
    with heard.database.read() as db:
        segment = db.scalars(select(Segment)).one()
    assert (segment.start_ms, segment.end_ms) == (0, heard.row.duration_ms)


def test_muting_again_keeps_what_was_silent_silent(heard):
    heard.mute((1000, 2000))
    # A stretch that was cut too short is widened by another one that overlaps it.
    heard.mute((1500, 3000))
    assert not heard.sound()[RATE : 3 * RATE].any()
    assert len(heard.files()) == 2


def test_the_trail_says_that_it_was_done_and_not_where(heard):
    heard.mute((1000, 2000), (4000, 4500))
    ((subject, payload),) = acts(heard, "mute stretches")
    assert subject == heard.public_id
    assert payload == {
        "stretches": 2,
        "length_ms": 1500,
        "sha256": heard.row.sha256,
        "sound": describe_encoding(),
    }
    assert [payload for _, payload in acts(heard, "add stretch to mute")] == [
        {"length_ms": 1000},
        {"length_ms": 500},
    ]
    with heard.database.read() as db:
        assert audit.check_chain(db, heard.lead.study_id).broken_at is None


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        ((1500, 3000), "overlap"),
        ((3000, 3000), "is empty"),
        ((3000, 9000), "leaves the recording, which is 00:06.0 long"),
        ((-5, 300), "leaves the recording"),
    ],
)
def test_a_stretch_that_cannot_be_muted_is_refused_with_words(heard, stretch, words):
    heard.add(1000, 2000)
    with pytest.raises(Refused, match=words):
        heard.add(*stretch)
    assert len(heard.mutes) == 1


def test_an_end_that_was_rounded_up_is_the_end_of_the_recording(heard):
    heard.add(5000, heard.row.duration_ms + 60)
    assert heard.mutes[0].end_ms == heard.row.duration_ms


def test_a_stretch_that_waits_can_be_taken_back_and_one_that_is_muted_cannot(heard):
    heard.mute((1000, 2000))
    heard.add(3000, 4000)
    muted, waiting = heard.mutes
    with heard.database.write() as db:
        mute.remove_mute(db, heard.lead, heard.public_id, waiting.public_id)
    with pytest.raises(Refused, match="nothing brings its sound back"), heard.database.write() as db:
        mute.remove_mute(db, heard.lead, heard.public_id, muted.public_id)
    with pytest.raises(NotFound), heard.database.write() as db:
        mute.remove_mute(db, heard.lead, heard.public_id, "0" * 32)
    assert [one.public_id for one in heard.mutes] == [muted.public_id]
    assert len(acts(heard, "remove stretch to mute")) == 1


def test_without_a_stretch_there_is_nothing_to_mute(heard):
    with pytest.raises(Refused, match="no stretch to mute"):
        heard.ask()


def test_nothing_is_changed_while_the_stretches_are_being_muted(heard):
    heard.add(1000, 2000)
    heard.ask()
    with pytest.raises(Refused, match="being muted"):
        heard.add(3000, 4000)
    with pytest.raises(Refused, match="being muted"), heard.database.write() as db:
        mute.remove_mute(db, heard.lead, heard.public_id, heard.mutes[0].public_id)


def test_once_a_coder_has_the_recording_nothing_of_it_is_muted(world, heard):
    heard.add(1000, 2000)
    give_to_a_coder(world, heard)
    for change in (heard.ask, lambda: heard.add(3000, 4000)):
        with pytest.raises(Refused, match="coders would hear different things"):
            change()
    with heard.database.read() as db, pytest.raises(Hidden, match="Coders have this recording"):
        mute.get_audible(db, heard.lead, heard.public_id)


def test_a_recording_that_is_given_to_a_coder_meanwhile_keeps_its_sound(world, heard, monkeypatch):
    before, files = heard.row, heard.files()
    honest = pool.clean_many

    def slow(*args, **named):
        outcomes = honest(*args, **named)
        give_to_a_coder(world, heard)
        return outcomes

    monkeypatch.setattr(pool, "clean_many", slow)
    ended = heard.mute((1000, 2000))
    assert ended.state == "failed" and "with coders already" in ended.message
    assert (heard.row.storage_name, heard.row.sha256) == (before.storage_name, before.sha256)
    assert heard.files() == files
    assert heard.mutes[0].applied_at is None


def test_a_study_that_is_locked_mutes_nothing(world, heard):
    with heard.database.write() as db:
        db.scalars(select(Study)).one().phase = Phase.LOCKED
    lead = world.again(heard.lead)
    with pytest.raises(Refused, match="Coding is locked"), heard.database.write() as db:
        mute.ask_mute(db, lead, heard.public_id)


def test_stretches_that_changed_meanwhile_are_not_muted_by_halves(heard, monkeypatch):
    honest, files = pool.clean_many, heard.files()

    def slow(*args, **named):
        with heard.database.write() as db:
            [one] = db.scalars(select(Mute))
            db.delete(one)
        return honest(*args, **named)

    monkeypatch.setattr(pool, "clean_many", slow)
    ended = heard.mute((1000, 2000))
    assert ended.state == "failed" and "changed meanwhile" in ended.message
    assert heard.files() == files


def test_a_file_that_cannot_be_read_leaves_everything_as_it_was(heard):
    path = heard.store.path_of(heard.row.storage_name)
    path.write_bytes(path.read_bytes()[:2000])
    before, files = heard.row.storage_name, heard.files()
    ended = heard.mute((1000, 2000))
    assert ended.state == "failed" and ended.message.endswith("Nothing was muted.")
    assert heard.row.storage_name == before
    assert heard.files() == files


def test_a_stop_leaves_everything_as_it_was(heard, monkeypatch):
    before, files = heard.row.storage_name, heard.files()
    heard.add(1000, 2000)
    heard.ask()

    def stopped(*_args, **_named):
        raise job.Stopped

    monkeypatch.setattr(pool, "clean_many", stopped)
    assert heard.work().state == "stopped"
    assert heard.row.storage_name == before
    assert heard.files() == files
    assert not any(heard.settings.staging_dir.iterdir())


@pytest.mark.parametrize("moment", ["before the row names the new file", "before the old file is removed"])
def test_a_crash_leaves_one_whole_recording_and_the_other_file_goes_with_the_next_work(
    heard, monkeypatch, moment
):
    class Crash(BaseException):
        pass

    def crash(*_args, **_named):
        raise Crash

    heard.add(1000, 2000)
    heard.ask()
    with monkeypatch.context() as broken:
        # A process that ends tidies nothing up.
        broken.setattr(mute_job, "_tidy", crash)
        if moment.startswith("before the row"):
            broken.setattr(mute, "replace_sound", crash)
        with pytest.raises(Crash):
            heard.work()
    named = heard.row.storage_name
    assert heard.store.exists(named)
    assert len(heard.files()) == 4
    staging = Staging(heard.settings.staging_dir)
    with only_import(heard.settings) as alone:
        assert alone
        remove_leftovers(heard.database, heard.settings, staging)
    assert len(heard.files()) == 2
    assert all(named in name for name in heard.files())
    assert staging.ids() == ()


def test_an_old_file_that_is_in_use_is_said_to_be_there_still_and_goes_later(heard, monkeypatch):
    def in_use(*_args):
        raise PermissionError

    heard.add(1000, 2000)
    heard.ask()
    with monkeypatch.context() as busy:
        busy.setattr(mute_job, "remove_drawn", in_use)
        ended = heard.work()
    assert ended.state == "done" and "could not be removed yet" in ended.message
    heard.mute((3000, 3500))
    assert len(heard.files()) == 2


def test_a_lead_who_is_a_coder_too_neither_hears_nor_mutes(world, heard, browser_of):
    with heard.database.write() as db:
        members.join_team(db, heard.lead, ["CIRS"])
    lead = world.again(heard.lead)
    with pytest.raises(Hidden, match="A lead who does not code"), heard.database.read() as db:
        mute.get_audible(db, lead, heard.public_id)
    browser = browser_of(lead.viewer)
    address = f"/studies/{lead.study_public_id}/recordings/{heard.public_id}"
    for page in ("listen", "audio", "peaks"):
        assert browser.get(f"{address}/{page}").status_code == 403
    for change in ("mutes", "mute"):
        sent = {"start": "1", "end": "2", "sure": "y"}
        assert (
            browser.post(
                f"{address}/{change}", sent, page=f"/studies/{lead.study_public_id}/people"
            ).status_code
            == 403
        )
    assert "Listen and mute" not in browser.get(f"/studies/{lead.study_public_id}/recordings").text


def test_whoever_has_heard_a_recording_cannot_become_a_coder(world, heard, browser_of):
    address = f"/studies/{heard.lead.study_public_id}/recordings/{heard.public_id}"
    browser = browser_of(heard.lead.viewer)
    # Opening the page is not hearing: a lead who means to code can still turn back.
    assert 'preload="none"' in browser.get(f"{address}/listen").text
    browser.get(f"{address}/peaks")
    assert acts(heard, hearing.LISTEN) == []
    for _ in range(3):
        assert (
            browser.get(f"{address}/audio", headers={"Range": "bytes=0-"}, buffered=True).status_code == 206
        )
    assert [subject for subject, _ in acts(heard, hearing.LISTEN)] == [heard.public_id]
    with pytest.raises(Refused, match="cannot code them blind"), heard.database.write() as db:
        members.join_team(db, heard.lead, ["CIRS"])
    # Another lead of the study, who has heard nothing, can.
    other = world.member(heard.lead, "Ida", Role.LEAD)
    with heard.database.write() as db:
        members.join_team(db, other, ["CIRS"])


def test_a_recording_of_another_study_is_not_there(world, heard):
    stranger = world.study("Other", lead="Other lead")
    with pytest.raises(NotFound), heard.database.read() as db:
        mute.get_audible(db, stranger, heard.public_id)


class Page:
    """The page as a lead's browser without scripts shows it."""

    def __init__(self, heard, browser) -> None:
        self.browser = browser
        self.list = f"/studies/{heard.lead.study_public_id}/recordings"
        self.address = f"{self.list}/{heard.public_id}"

    @property
    def text(self) -> str:
        reply = self.browser.get(f"{self.address}/listen")
        assert reply.status_code == 200
        return reply.text

    def post(self, what: str, **data):
        return self.browser.post(f"{self.address}/{what}", data, page=f"{self.address}/listen")


@pytest.fixture
def page(heard, browser_of) -> Page:
    return Page(heard, browser_of(heard.lead.viewer))


def test_a_lead_marks_and_mutes_by_plain_forms(heard, page):
    assert f"{page.address}/listen" in page.browser.get(page.list).text
    assert page.post("mutes", start="0:01.0", end="2").status_code == 303
    assert page.post("mutes", start="3", end="00:03.5").status_code == 303
    assert "Mute these 2 stretches" in page.text
    removals = removal_addresses(page.text)
    assert page.browser.post(removals[1], page=f"{page.address}/listen").status_code == 303
    assert "Mute this stretch" in page.text
    # Nothing happens before it is said to be meant.
    refused = page.post("mute")
    assert refused.status_code == 422 and "Say that you mean it" in refused.text
    assert page.post("mute", sure="y").status_code == 303
    assert "the old file is removed" in page.text
    assert "Add the stretch" not in page.text
    assert heard.work().state == "done"
    assert "Muted 1 stretch." in page.text
    assert removal_addresses(page.text) == []
    assert [(one.start_ms, one.end_ms) for one in heard.mutes] == [(1000, 2000)]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("", "2", "Say where the stretch begins."),
        ("soon", "2", "Write minutes and seconds"),
        ("3", "2", "is empty"),
        ("1", "1:00", "leaves the recording"),
    ],
)
def test_what_cannot_be_muted_is_said_in_the_form_and_the_entries_stay(heard, page, start, end, words):
    reply = page.post("mutes", start=start, end=end)
    assert reply.status_code == 422
    assert words in reply.text
    assert f'value="{end}"' in reply.text
    assert heard.mutes == []


def test_the_page_tells_code_and_length_and_nothing_of_the_source(heard, page):
    text = page.text
    assert "zora-mila" in text and "00:06.0" in text
    row = heard.row
    for secret in (row.storage_name, row.sha256, str(row.size), row.imported_at.date().isoformat()):
        assert secret not in text


def test_the_sound_and_the_waveform_are_those_of_now(heard, page):
    before = page.browser.get(f"{page.address}/peaks").json
    heard.mute((1000, 2000))
    after = page.browser.get(f"{page.address}/peaks").json
    assert any(before[10:20]) and not any(after[10:20])
    reply = page.browser.get(f"{page.address}/audio")
    assert reply.headers["Content-Type"] == "audio/mp4"
    assert not {"ETag", "Last-Modified", "Content-Disposition"} & set(reply.headers)
    assert hashlib.sha256(reply.data).hexdigest() == heard.row.sha256


def test_a_recording_that_coders_have_is_heard_under_its_code_by_nobody_before_unmasking(
    world, heard, page, browser_of
):
    heard.add(1000, 2000)
    give_to_a_coder(world, heard)
    for part in ("listen", "audio", "peaks"):
        reply = page.browser.get(f"{page.address}/{part}")
        assert reply.status_code == 403
        assert b"zora-mila" not in reply.data and b"0:06" not in reply.data and b"06.0" not in reply.data
    assert page.browser.post(f"{page.address}/mute", {"sure": "y"}, page=page.list).status_code == 409
    with heard.database.write() as db:
        db.scalars(select(Study)).one().phase = Phase.UNMASKED
    text = page.text
    assert "Nothing more can be muted" in text
    assert "Add the stretch" not in text and "Mute this stretch" not in text


def test_only_a_lead_stops_the_work(world, heard, browser_of):
    heard.add(1000, 2000)
    heard.ask()
    with heard.database.read() as db:
        work = db.scalars(select(Job)).one().public_id
    analyst = browser_of(world.member(heard.lead, "Ana", Role.ANALYST).viewer)
    study = heard.lead.study_public_id
    stopping = f"/studies/{study}/jobs/{work}/stop"
    assert analyst.post(stopping, page=f"/studies/{study}").status_code == 404
    lead = browser_of(heard.lead.viewer)
    assert lead.post(stopping, page=f"/studies/{study}/recordings").status_code == 303
    with heard.database.read() as db:
        assert db.scalars(select(Job)).one().state == "stopped"
        assert db.scalars(select(Recording)).one().storage_name == heard.row.storage_name
