"""Which ratings enter the analyses: the subset, submitted by everybody, under recording codes."""

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, InstrumentVersion, Recording, Submission
from coder_app.services.frames import list_subset_ratings
from coder_app.services.primary import list_primary_ratings
from tests.makers.coded import make_coded_study


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def _subset(study, database):
    with database.read() as db:
        return {one.instrument.name: one for one in list_subset_ratings(db, study.lead)}


def _codes(found):
    return {code for code, *_ in found.rows}


def test_the_subset_is_what_coders_have_submitted(study, database):
    cirs = _subset(study, database)["CIRS"]
    assert (cirs.n_subset, cirs.n_recordings, cirs.n_complete) == (17, 17, 17)
    assert (cirs.partly, cirs.left_out, cirs.leavers, len(cirs.rows)) == ((), (), (), 17 * 3 * 6)
    assert _codes(cirs) == {f"s{n:02}" for n in range(1, 18)}
    for code, coder, item, score in cirs.rows:
        assert study.scores[code, coder, item] == score


def test_a_recording_enters_with_two_coders_ratings_and_stays_out_with_one_for_that_scale_only(
    study, database
):
    study.open_again("s03", "Ben", "CIRS")
    for coder in ("Ada", "Cleo"):
        study.open_again("s04", coder, "CIRS")
    for coder in ("Ada", "Ben", "Cleo"):
        study.open_again("s05", coder, "CIRS")
    found = _subset(study, database)
    cirs = found["CIRS"]
    assert (cirs.n_subset, cirs.n_recordings, cirs.n_complete, cirs.partly) == (17, 15, 14, ("s03",))
    assert [(one.code, one.why) for one in cirs.left_out] == [("s04", "one coder"), ("s05", "nobody")]
    assert {coder for code, coder, *_ in cirs.rows if code == "s03"} == {"Ada", "Cleo"}
    assert not {"s04", "s05"} & _codes(cirs)
    assert (found["TABBS"].n_recordings, found["TABBS"].n_complete) == (17, 17)


def test_a_leavers_ratings_are_a_column_of_their_own_or_none(study, database):
    """Cleo leaves after eight recordings."""
    from coder_app.models import User

    for number in range(9, 18):
        study.open_again(f"s{number:02}", "Cleo", "CIRS")
    with database.write() as db:
        cleo = study.coders["Cleo"].user_id
        db.execute(update(User).where(User.id == cleo).values(disabled_at=study.lead.now()))

    def found(**kept):
        with database.read() as db:
            return next(
                one for one in list_subset_ratings(db, study.lead, **kept) if one.instrument.name == "CIRS"
            )

    kept = found()
    assert (kept.leavers, [coder.label for coder in kept.coders]) == (("Cleo",), ["Ada", "Ben", "Cleo"])
    assert (kept.n_recordings, kept.n_complete) == (17, 8)
    assert len([row for row in kept.rows if row[1] == "Cleo"]) == 8 * 6
    without = found(with_leavers=False)
    assert [coder.label for coder in without.coders] == ["Ada", "Ben"]
    assert (without.n_recordings, without.n_complete, without.leavers) == (17, 17, ())


def test_outside_the_subset_only_what_two_coders_have_submitted_can_be_taken_in(study, database):
    from coder_app.models import RoundRecording

    with database.write() as db:
        db.execute(
            update(RoundRecording)
            .where(RoundRecording.recording_id == study.recordings["s01"])
            .values(in_subset=False)
        )
    assert "s01" not in _codes(_subset(study, database)["CIRS"])
    with database.read() as db:
        cirs = next(
            one
            for one in list_subset_ratings(db, study.lead, subset_only=False)
            if one.instrument.name == "CIRS"
        )
    assert _codes(cirs) == {f"s{n:02}" for n in range(1, 18)}
    assert {one.why for one in cirs.left_out} == {"one coder"}


def test_a_rating_that_was_not_codable_is_a_hole_and_no_score(study, database):
    study.mark_not_codable("s05", "Cleo", "cirs_02")
    rows = {row[:3]: row[3] for row in _subset(study, database)["CIRS"].rows}
    assert rows["s05", "Cleo", "cirs_02"] is None
    assert rows["s05", "Ada", "cirs_02"] is not None


def test_two_coders_of_one_name_stay_two_columns(study, world, database):
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
        reopened = assignment.id
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
    study.open_again("s05", "Ada", "CIRS")
    rows = {row[:3]: row[3] for row in _subset(study, database)["CIRS"].rows}
    assert [rows["s05", "Ada", item] for item in items] == [5] * 6
    with database.write() as db:
        db.get(Assignment, reopened).state = "submitted"
    study.open_key()
    with database.read() as db:
        cirs = next(one for one in list_primary_ratings(db, study.lead) if one.instrument.name == "CIRS")
    linked = {(recording, item): score for recording, item, score in cirs.rows}
    primary = study.primary_of["s05", "CIRS"]
    assert linked[study.recordings["s05"], "cirs_01"] == study.scores["s05", primary, "cirs_01"]
