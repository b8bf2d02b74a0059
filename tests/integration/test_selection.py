"""Which ratings are looked at: a round, and the days on which forms were first submitted."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, Membership, Round, Submission
from coder_app.services import frames
from coder_app.services.errors import NotFound, Refused
from coder_app.services.selection import Selection, list_rounds
from tests.makers.coded import make_coded_study


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def recordings_of(study, database, selection, instrument="CIRS"):
    with database.read() as db:
        for one in frames.list_subset_ratings(db, study.lead, selection):
            if one.instrument.name == instrument:
                return one, {code for code, *_ in one.rows}
    raise AssertionError(instrument)


def forms_of(db, study, code):
    return db.scalars(select(Assignment).where(Assignment.recording_id == study.recordings[code])).all()


def add_first_submissions(db, study, code, *days):
    """Give the forms of one recording a first submission each, on these days in turn."""
    for form, day in zip(forms_of(db, study, code), days, strict=False):
        db.add(
            Submission(study_id=form.study_id, assignment_id=form.id, number=1, ratings=[], submitted_at=day)
        )


def add_round(db, study, purpose, codes):
    """Move recordings into a round of another purpose, as if they had been coded there."""
    from coder_app.models import RoundRecording

    made = Round(
        public_id=study.lead.tools.token_hex(),
        study_id=study.lead.study_id,
        name=f"The {purpose}",
        purpose=purpose,
        seed=0,
        share=1.0,
        created_at=study.lead.now(),
    )
    db.add(made)
    db.flush()
    moved = [study.recordings[code] for code in codes]
    for table in (RoundRecording, Assignment):
        db.execute(update(table).where(table.recording_id.in_(moved)).values(round_id=made.id))
    return made.public_id


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"round": "the first"}, "The setting round is 'the first'; expected is the id of a round"),
        ({"since": "31.3.2026"}, "The setting since is '31.3.2026'; expected is a day such as 2026-03-31"),
        ({"until": "2026-02-30"}, "The setting until is '2026-02-30'; expected is a day"),
        ({"until": 3}, "The setting until is 3; expected is a day"),
        ({"since": "2026-04-02", "until": "2026-04-01"}, "the first day lies after the last"),
    ],
)
def test_what_selects_nothing_sensible_is_refused_with_what_is_expected(settings, said):
    with pytest.raises(Refused) as refused:
        Selection.of(settings)
    assert said in str(refused.value)


def test_empty_entries_of_a_form_narrow_nothing_and_others_come_back_as_they_were():
    assert Selection.of({"round": "", "since": "", "until": ""}) == Selection()
    given = {"round": "a" * 32, "since": "2026-03-01", "until": "2026-03-31"}
    assert Selection.of(given).to_settings() == given
    assert Selection().to_settings() == {}


def test_a_recording_enters_when_all_its_first_submissions_lie_on_the_days(study, database):
    def on(day, hour=12):
        return datetime(2026, 4, day, hour, tzinfo=UTC)

    with database.write() as db:
        db.execute(update(Assignment).values(submitted_at=on(10)))
        # s01 began before the days; s02 was submitted within them and again after.
        add_first_submissions(db, study, "s01", on(1), on(2), on(3), on(2), on(2), on(2))
        add_first_submissions(db, study, "s02", *(on(2),) * 6)
        forms_of(db, study, "s02")[0].submitted_at = on(20)
        forms_of(db, study, "s03")[0].submitted_at = on(1, 23)
    days = Selection(since=date(2026, 4, 2), until=date(2026, 4, 10))
    found, codes = recordings_of(study, database, days)
    assert {f"s{n:02}" for n in range(1, 18)} - codes == {"s01", "s03"}
    assert (found.n_subset, found.n_recordings) == (17, 15)
    assert [(one.code, one.why) for one in found.left_out] == [("s01", "other days"), ("s03", "other days")]
    assert found.days == ("2026-04-02", "2026-04-10")
    whole, codes = recordings_of(study, database, Selection())
    assert (len(codes), whole.left_out) == (17, ())


def test_a_training_round_can_be_chosen_and_the_main_round_is_what_nothing_chosen_means(study, database):
    with database.write() as db:
        training = add_round(db, study, "training", ["s01", "s02", "s03"])
    found, codes = recordings_of(study, database, Selection(round=training))
    assert (codes, found.n_subset) == ({"s01", "s02", "s03"}, 3)
    _, codes = recordings_of(study, database, Selection())
    assert codes == {f"s{n:02}" for n in range(4, 18)}
    with database.read() as db:
        rounds = {one.purpose: one for one in list_rounds(db, study.lead)}
    assert rounds["training"].public_id == training
    assert (rounds["training"].n_recordings, rounds["main"].n_recordings) == (3, 14)


def test_the_round_of_another_study_is_not_found(study, world, database):
    other = world.study("Another", lead="Olga")
    with database.write() as db:
        foreign = add_round(db, study, "training", [])
        db.execute(update(Round).where(Round.public_id == foreign).values(study_id=other.study_id))
    with database.read() as db, pytest.raises(NotFound):
        frames.list_subset_ratings(db, study.lead, Selection(round=foreign))


def test_a_lead_with_open_recordings_reads_no_list_of_rounds(study, world, database):
    ada = study.coders["Ada"]
    with database.write() as db:
        db.add(
            Membership(
                study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=study.lead.now()
            )
        )
    study.open_again("s01", "Ada", "CIRS")
    with database.read() as db, pytest.raises(Hidden):
        list_rounds(db, world.again(ada))


def test_the_page_offers_rounds_and_days_and_keeps_what_was_chosen(study, database, browser_of):
    with database.write() as db:
        training = add_round(db, study, "training", ["s01", "s02", "s03"])
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, f"/reliability?round={training}&until=2099-01-01").get_data(as_text=True)
    assert f'<option value="{training}" selected>The training (training, 3 recordings)</option>' in page
    assert 'name="until" value="2099-01-01"' in page
    assert "3 of 3 recordings submitted by all 3 coders" in page
    assert "The training (training), first submitted to 1 Jan 2099, as first submitted" in page
    nonsense = browser.get(f"{study.address}/reliability?since=yesterday")
    assert nonsense.status_code == 409
    assert "expected is a day such as 2026-03-31" in nonsense.get_data(as_text=True)
    assert browser.get(f"{study.address}/reliability?round={'0' * 32}").status_code == 404
