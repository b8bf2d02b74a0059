"""Which ratings enter the analyses: the subset, submitted by everybody, under recording codes."""

import pytest
from sqlalchemy import select

from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, InstrumentVersion, Recording, Submission
from coder_app.services.frames import list_primary_ratings, list_subset_ratings
from tests.makers.coded import make_coded_study


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def _subset(study, database):
    with database.read() as db:
        return {one.instrument.name: one for one in list_subset_ratings(db, study.lead)}


def test_the_subset_is_what_every_coder_has_submitted(study, database):
    cirs = _subset(study, database)["CIRS"]
    assert (cirs.n_subset, cirs.n_recordings, len(cirs.rows)) == (17, 17, 17 * 3 * 6)
    assert {code for code, *_ in cirs.rows} == {f"s{n:02}" for n in range(1, 18)}
    for code, coder, item, score in cirs.rows:
        assert study.scores[code, coder, item] == score


def test_a_recording_that_one_coder_still_has_open_stays_out_whole_for_that_scale_only(study, database):
    study.open_again("s03", "Ben", "CIRS")
    found = _subset(study, database)
    assert (found["CIRS"].n_subset, found["CIRS"].n_recordings) == (17, 16)
    assert "s03" not in {code for code, *_ in found["CIRS"].rows}
    assert found["TABBS"].n_recordings == 17


def test_a_rating_that_was_not_codable_is_a_hole_and_no_score(study, database):
    study.mark_not_codable("s05", "Cleo", "cirs_02")
    rows = {row[:3]: row[3] for row in _subset(study, database)["CIRS"].rows}
    assert rows["s05", "Cleo", "cirs_02"] is None
    assert rows["s05", "Ada", "cirs_02"] is not None


def test_two_coders_of_one_name_stay_two_columns(study, world, database):
    from sqlalchemy import update

    from coder_app.models import User

    with database.write() as db:
        db.execute(update(User).where(User.name == "Ben").values(name="Ada"))
    cirs = _subset(study, database)["CIRS"]
    assert [coder.label for coder in cirs.coders] == ["Ada (ada)", "Ada (ben)", "Cleo"]
    assert len({coder.alias for coder in cirs.coders}) == 3
    assert len(cirs.rows) == 17 * 3 * 6


def test_the_primary_coders_ratings_are_the_ones_that_are_linked(study, database):
    study.open_key()
    with database.read() as db:
        cirs = next(one for one in list_primary_ratings(db, study.lead) if one.instrument.name == "CIRS")
    code_of = {id_: code for code, id_ in study.recordings.items()}
    assert len(cirs.rows) == len(study.recordings) * 6
    for recording, item, score in cirs.rows:
        code = code_of[recording]
        assert score == study.scores[code, study.primary_of[code, "CIRS"], item]


def test_ratings_are_hidden_from_coders_and_from_a_lead_who_still_codes(study, world, database):
    with database.write() as db:
        from coder_app.models import Membership

        db.add(
            Membership(
                study_id=study.lead.study_id,
                user_id=study.coders["Ada"].user_id,
                role=Role.LEAD,
                created_at=study.lead.now(),
            )
        )
    study.open_again("s01", "Ada", "CIRS")
    for hidden_from in (world.again(study.coders["Ada"]), study.coders["Ben"]):
        with database.read() as db, pytest.raises(Hidden):
            list_subset_ratings(db, hidden_from)


def test_primary_ratings_are_hidden_until_the_key_is_open(study, database):
    with database.read() as db, pytest.raises(Hidden):
        list_primary_ratings(db, study.lead)


def test_agreement_reads_what_was_submitted_first_and_the_linkage_what_stands(study, database):
    items = [f"cirs_{number:02}" for number in range(1, 7)]
    with database.write() as db:
        assignment = db.scalars(
            select(Assignment)
            .join(Recording, Recording.id == Assignment.recording_id)
            .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
            .where(
                Recording.code == "s05",
                Assignment.user_id == study.coders["Ada"].user_id,
                InstrumentVersion.name == "CIRS",
            )
        ).one()
        for number, score in ((1, 5), (2, 0)):
            db.add(
                Submission(
                    study_id=study.lead.study_id,
                    assignment_id=assignment.id,
                    number=number,
                    ratings=[{"segment": 0, "item": item, "score": score, "reason": None} for item in items],
                    submitted_at=study.lead.now(),
                )
            )
    rows = {row[:3]: row[3] for row in _subset(study, database)["CIRS"].rows}
    assert [rows["s05", "Ada", item] for item in items] == [5] * 6
    assert [rows["s05", "Ben", item] for item in items] == [
        study.scores["s05", "Ben", item] for item in items
    ]
    study.open_key()
    with database.read() as db:
        cirs = next(one for one in list_primary_ratings(db, study.lead) if one.instrument.name == "CIRS")
    linked = {(recording, item): score for recording, item, score in cirs.rows}
    primary = study.primary_of["s05", "CIRS"]
    assert linked[study.recordings["s05"], "cirs_01"] == study.scores["s05", primary, "cirs_01"]
