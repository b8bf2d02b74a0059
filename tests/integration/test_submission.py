"""Submitting: what is kept of it, what it needs, and which submissions a lead should look at."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.note import NoteChange
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.submission import Flag
from coder_app.domain.visibility import Hidden
from coder_app.models import Audit, AuditPayload, Rating, Study, Submission
from coder_app.services import flagged, note, submission
from coder_app.services.errors import NotFound, Refused
from tests.makers.coding import add_assignment, add_recording, add_round
from tests.makers.submitting import HEARD_ELSEWHERE, hear, rate_all, submit

LENGTH = 60_000
ITEMS = [f"cirs_{number:02d}" for number in range(1, 7)]


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def coder(world, lead):
    return world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))


@pytest.fixture
def assignment(database, lead, coder) -> str:
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila")
        return add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)


@pytest.fixture
def ask_for(database, lead, coder, world):
    """Return a function that sets the share the lead asks for and returns the coder as of then."""

    def setter(share: float):
        with database.write() as db:
            settings = CodingSettings(minimum_heard=share).to_mapping()
            db.execute(update(Study).where(Study.id == lead.study_id).values(coding_settings=settings))
        return world.again(coder)

    return setter


@pytest.fixture
def kept(database, lead):
    def reader() -> list[Submission]:
        with database.read() as db:
            rows = db.scalars(select(Submission).order_by(Submission.assignment_id, Submission.number)).all()
            db.expunge_all()
            return list(rows)

    return reader


def test_a_submission_keeps_every_rating_in_the_order_of_the_form(database, coder, assignment, kept):
    rate_all(database, coder, assignment)
    with database.write() as db:
        db.execute(update(Rating).where(Rating.item == ITEMS[1]).values(score=None, reason="inaudible"))
    hear(database, coder, assignment, (0, LENGTH))
    submit(database, coder, assignment, "")
    (row,) = kept()
    assert row.number == 1 and row.heard_share == 1.0 and row.why_less is None
    assert [rating["item"] for rating in row.ratings] == ITEMS
    assert row.ratings[1] == {"segment": 0, "item": "cirs_02", "score": None, "reason": "inaudible"}
    assert row.ratings[0] == {"segment": 0, "item": "cirs_01", "score": 2, "reason": None}


def test_work_began_with_what_came_first_a_rating_a_note_or_the_sound(
    database, coder, assignment, kept, tools
):
    with database.write() as db:
        first = NoteChange("a" * 32, None, 0, "hello", False, "a", 1, 0)
        note.save(db, coder, assignment, first)
    noted = tools.clock.now
    rate_all(database, coder, assignment)
    submit(database, coder, assignment)
    assert abs((kept()[0].started_at - noted).total_seconds()) < 5


def test_listening_without_rating_counts_as_work(database, coder, assignment, kept):
    """Whoever listens for a minute and then rates in seconds has worked for a minute."""
    hear(database, coder, assignment, (0, LENGTH))
    rate_all(database, coder, assignment)
    submit(database, coder, assignment, "")
    (row,) = kept()
    assert (row.submitted_at - row.started_at).total_seconds() >= 60


def test_gaps_are_named_and_nothing_is_submitted(database, coder, assignment, kept):
    with pytest.raises(Refused, match="Select a rating first for: Initiating"):
        submit(database, coder, assignment)
    assert kept() == []


@pytest.mark.parametrize("heard", [(0, 53_000), None])
@pytest.mark.parametrize("why", ["", "  \n ", "no time", "x" * 501 + " y z"])
def test_too_little_heard_needs_a_few_words_and_not_too_many(database, coder, assignment, heard, why, kept):
    rate_all(database, coder, assignment)
    if heard:
        hear(database, coder, assignment, heard)
    with pytest.raises(Refused):
        submit(database, coder, assignment, why)
    assert kept() == []


def test_the_reason_is_kept_with_the_submission_and_in_the_trail(database, lead, coder, assignment, kept):
    rate_all(database, coder, assignment)
    hear(database, coder, assignment, (0, 45_000))
    submit(database, coder, assignment, " The last minutes\r\nare \0silence. ")
    (row,) = kept()
    assert (row.heard_share, row.why_less) == (0.75, "The last minutes\nare silence.")
    with database.read() as db:
        payload = db.scalars(
            select(AuditPayload.payload)
            .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
            .where(Audit.act == "submit ratings")
        ).one()
    assert payload["heard"] == 0.75 and payload["asked"] == 0.9
    assert payload["why_less"] == "The last minutes\nare silence."


def test_enough_heard_needs_no_reason_and_keeps_none(database, coder, assignment, kept):
    rate_all(database, coder, assignment)
    hear(database, coder, assignment, (0, 54_000))
    submit(database, coder, assignment, "The end was dull.")
    assert kept()[0].why_less is None


def test_a_minimum_of_nothing_never_asks(database, assignment, ask_for, kept):
    coder = ask_for(0)
    rate_all(database, coder, assignment)
    submit(database, coder, assignment, "")
    assert (kept()[0].heard_share, kept()[0].why_less) == (None, None)


def test_what_is_left_unheard_is_named(database, coder, assignment):
    hear(database, coder, assignment, (5_000, 20_000), (30_000, 60_000))
    with database.read() as db:
        heard = submission.get_heard(db, coder, assignment)
    assert heard.unheard == ((0, 5_000), (20_000, 30_000))
    assert heard.share == 0.75 and heard.needs_reason


def test_nothing_is_submitted_twice(database, coder, assignment, kept):
    rate_all(database, coder, assignment)
    submit(database, coder, assignment)
    with pytest.raises(Refused, match="submitted before"):
        submit(database, coder, assignment)
    assert len(kept()) == 1


def test_another_coder_reaches_neither_the_form_nor_what_was_heard(database, world, lead, assignment):
    other = world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    with database.read() as db:
        assert submission.find_submitted(db, other, assignment) is None
    for look in (submission.get_heard, submission.submit):
        with pytest.raises(NotFound), database.write() as db:
            look(db, other, assignment)


def test_a_form_within_less_than_half_of_the_recordings_length_is_fast(database, lead, coder, assignment):
    rate_all(database, coder, assignment)
    hear(database, coder, assignment, (0, LENGTH))
    submit(database, coder, assignment, "")
    with database.write() as db:
        row = db.scalars(select(Submission)).one()
        row.started_at = row.submitted_at - timedelta(seconds=29)
    with database.read() as db:
        (form,) = flagged.list_flagged(db, lead)
    assert form.flags == (Flag.FAST,)
    assert (form.coder, form.mask, form.instrument, form.heard) == ("Mara", "velid-moru", "CIRS", 1.0)


def test_little_heard_is_flagged_with_the_coders_words_and_counted(database, lead, coder, assignment):
    rate_all(database, coder, assignment)
    hear(database, coder, assignment, (0, 40_000))
    submit(database, coder, assignment)
    with database.read() as db:
        (form,) = flagged.list_flagged(db, lead)
        assert list(flagged.count_flagged(db, lead).values()) == [1]
    assert form.flags == (Flag.LITTLE_HEARD,)
    assert form.why_less == HEARD_ELSEWHERE


def test_a_lead_who_codes_gets_neither_forms_nor_their_number(database, lead, coder, assignment):
    rate_all(database, coder, assignment)
    submit(database, coder, assignment)
    coding = replace(lead, coding=True)
    with database.read() as db:
        with pytest.raises(Hidden, match="submitted all"):
            flagged.list_flagged(db, coding)
        assert flagged.count_flagged(db, coding) is None


def test_coders_are_told_of_nobodys_flags(database, coder):
    with database.read() as db, pytest.raises(NotAllowed):
        flagged.list_flagged(db, coder)


def test_the_leads_pages_count_the_flags_and_show_the_forms(
    database, world, lead, coder, assignment, browser_of
):
    rate_all(database, coder, assignment)
    hear(database, coder, assignment, (0, 40_000))
    submit(database, coder, assignment)
    browser = browser_of(lead.viewer)
    study = f"/studies/{lead.study_public_id}"
    rounds = browser.get(f"{study}/rounds").get_data(as_text=True)
    assert f'href="{study}/submissions">1<' in rounds
    page = browser.get(f"{study}/submissions").get_data(as_text=True)
    assert "velid-moru" in page and "67%" in page and HEARD_ELSEWHERE in page
