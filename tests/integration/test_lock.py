"""Locking the coding: only when everything is submitted, once, and for good."""

import pytest

from coder_app.domain.permissions import NotAllowed
from coder_app.domain.phases import Phase, PhaseError
from coder_app.domain.rating import Change
from coder_app.models import Assignment
from coder_app.services import lock, rating, submission
from coder_app.services.errors import Refused
from tests.makers.coded import make_coded_study


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def test_a_study_with_an_open_form_stays_open(study, world, database):
    study.open_again("s20", study.primary_of["s20", "CIRS"], "CIRS")
    with database.read() as db:
        forms = lock.count_forms(db, study.lead)
    with pytest.raises(Refused, match=f"1 of {forms.total} forms are not submitted"):
        study.lock()
    assert world.again(study.lead).phase is Phase.CODING


def test_a_study_in_which_nothing_was_allotted_has_no_coding_to_lock(world, database):
    lead = world.study("Empty")
    with database.write() as db, pytest.raises(Refused, match="Nothing has been allotted"):
        lock.lock_coding(db, lead)


def test_locking_is_on_record_and_cannot_be_done_twice(study):
    study.lock()
    assert study.lead.phase is Phase.LOCKED
    last = study.trail()[0]
    assert (last.act, last.person) == ("lock coding", "Lead")
    with pytest.raises(PhaseError):
        study.lock()


def test_two_leads_who_lock_at_once_lock_once(study, database):
    """Both looked while the study was open; the second comes too late."""
    with database.write() as db:
        lock.lock_coding(db, study.lead)
    with database.write() as db, pytest.raises(Refused, match="Somebody else"):
        lock.lock_coding(db, study.lead)


def test_only_a_lead_locks(study, database):
    with database.write() as db, pytest.raises(NotAllowed):
        lock.lock_coding(db, study.coders["Ada"])


def test_a_rating_cannot_change_after_the_lock(study, database, world):
    from sqlalchemy import select

    study.lock()
    ada = world.again(study.coders["Ada"])
    with database.read() as db:
        form = db.scalars(
            select(Assignment.public_id).where(Assignment.user_id == ada.user_id).limit(1)
        ).one()
        item = "cirs_01" if _is_cirs(db, form) else "tabbs_01"
    change = Change(item=item, score=1, reason=None, base=99, page="f" * 32, sequence=1)
    with database.write() as db:
        answer = rating.save(db, ada, form, change)
    assert isinstance(answer, rating.Refusal)
    with database.write() as db, pytest.raises(Refused):
        submission.submit(db, ada, form)


def _is_cirs(db, form: str) -> bool:
    from sqlalchemy import select

    from coder_app.models import InstrumentVersion

    return (
        db.scalars(
            select(InstrumentVersion.name)
            .join(Assignment, Assignment.instrument_version_id == InstrumentVersion.id)
            .where(Assignment.public_id == form)
        ).one()
        == "CIRS"
    )


def test_the_page_locks_only_when_the_lead_says_so(study, world, browser_of):
    browser = browser_of(study.lead.viewer)
    page = study.address + "/unmask"
    refused = browser.post(page + "/lock", page=page)
    assert refused.status_code == 422
    assert "Say that you mean it" in refused.get_data(as_text=True)
    assert browser.post(page + "/lock", {"sure": "y"}, page=page).status_code == 303
    assert world.again(study.lead).phase is Phase.LOCKED


def test_the_page_names_the_open_forms_and_refuses(study, world, browser_of):
    study.open_again("s20", study.primary_of["s20", "CIRS"], "CIRS")
    browser = browser_of(study.lead.viewer)
    page = study.address + "/unmask"
    answer = browser.post(page + "/lock", {"sure": "y"}, page=page)
    assert answer.status_code == 409
    assert "are not submitted yet" in answer.get_data(as_text=True)
    assert world.again(study.lead).phase is Phase.CODING
