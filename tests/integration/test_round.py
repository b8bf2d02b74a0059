"""Allotment: the subset to everybody, the rest evenly, each assignment under a mask of its own."""

from collections import Counter
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from coder_app.domain.allocation import draw_subset
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Audit, Recording, Round, RoundRecording
from coder_app.services import members, progress
from coder_app.services import round as rounds
from coder_app.services.errors import Refused
from tests.makers.sample import add_dyad, add_frozen_sample, add_keyed_recording

N_SEQUENCES = 8


@pytest.fixture
def lead(world, database):
    """The lead of a study with a frozen sample of 24 recordings and two teams of three."""
    lead = world.study()
    for name in ("Mara", "Jon", "Chidi"):
        world.member(lead, name, Role.CODER, instruments=("CIRS",))
    for name in ("Kaya", "Ivan", "Paula"):
        world.member(lead, name, Role.CODER, instruments=("TABBS",))
    with database.write() as db:
        add_frozen_sample(db, lead, N_SEQUENCES)
    return lead


@pytest.fixture
def allot(database, lead):
    def run(share=0.25, seed=7):
        with database.write() as db:
            return rounds.allot_sample(db, lead, "Main coding", share, seed)

    return run


@pytest.fixture
def assignments(database, lead):
    def rows() -> list[Assignment]:
        with database.read() as db:
            found = db.scalars(select(Assignment).where(Assignment.study_id == lead.study_id)).all()
            db.expunge_all()
            return found

    return rows


def test_the_subset_goes_to_the_whole_team_and_the_rest_to_one_coder_each(allot, assignments):
    allot()
    coders = Counter((a.recording_id, a.instrument_version_id) for a in assignments())
    assert Counter(coders.values()) == {3: 2 * 6, 1: 2 * 18}


def test_every_recording_and_scale_has_one_primary_coder(allot, assignments):
    allot()
    primaries = Counter((a.recording_id, a.instrument_version_id) for a in assignments() if a.is_primary)
    assert set(primaries.values()) == {1}
    assert len(primaries) == 2 * 24


def test_the_forms_are_shared_evenly(allot, assignments):
    allot()
    assert set(Counter(a.user_id for a in assignments()).values()) == {6 + 6}


def test_every_assignment_has_a_mask_and_an_id_of_its_own(allot, assignments):
    allot()
    rows = assignments()
    assert len({a.mask for a in rows}) == len({a.public_id for a in rows}) == len(rows) == 72


def test_each_coder_has_an_own_order_that_is_not_the_order_of_the_recordings(allot, assignments):
    allot()
    orders = {}
    for row in sorted(assignments(), key=lambda row: row.place):
        orders.setdefault(row.user_id, []).append(row.recording_id)
    assert all([r.place for r in assignments() if r.user_id == user] for user in orders)
    assert all(order != sorted(order) for order in orders.values())


def test_the_places_of_a_coder_run_from_one_without_gaps(allot, assignments):
    allot()
    places = {}
    for row in assignments():
        places.setdefault(row.user_id, []).append(row.place)
    assert all(sorted(own) == list(range(1, len(own) + 1)) for own in places.values())


def test_masks_places_and_ids_do_not_follow_the_subset(allot, assignments, database):
    """Rows of the subset must not lie together: their ids would tell."""
    allot()
    with database.read() as db:
        subset = set(db.scalars(select(RoundRecording.recording_id).where(RoundRecording.in_subset)))
    flags = [row.recording_id in subset for row in sorted(assignments(), key=lambda row: row.id)]
    changes = sum(left != right for left, right in pairwise(flags))
    assert changes > 15


def test_allotting_opens_the_coding_and_is_on_record_with_its_seed(allot, world, lead, database):
    allot(seed=7)
    assert world.again(lead).phase is Phase.CODING
    with database.read() as db:
        made = db.scalars(select(Round)).one()
        assert (made.seed, made.share) == (7, 0.25)
        acts = list(db.scalars(select(Audit.act).where(Audit.study_id == lead.study_id)))
    assert "allot recordings" in acts
    assert "look up recordings in the key" in acts


def test_without_a_seed_one_is_drawn_and_stored(allot, database):
    allot(seed=None)
    with database.read() as db:
        assert 0 <= db.scalars(select(Round.seed)).one() < rounds.SEED_BELOW


def test_recordings_outside_the_sample_are_not_allotted(allot, assignments, database, lead):
    with database.write() as db:
        extra = add_keyed_recording(db, lead, add_dyad(db, lead, "D999", 1)[0])
    allot()
    assert extra not in {row.recording_id for row in assignments()}


def test_allotting_twice_is_refused_and_changes_nothing(allot, assignments, world, lead, database):
    allot()
    before = len(assignments())
    again = world.again(lead)
    with pytest.raises(Refused, match="allotted already"), database.write() as db:
        rounds.allot_sample(db, again, "Again", 0.25, 1)
    with pytest.raises(Refused), database.write() as db:
        rounds.allot_sample(db, lead, "By a page that was opened before", 0.25, 1)
    assert len(assignments()) == before


def test_a_team_without_coders_stops_the_allotment(world, database):
    lead = world.study()
    world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        add_frozen_sample(db, lead, 2)
    with pytest.raises(Refused, match="TABBS"), database.write() as db:
        rounds.allot_sample(db, lead, "Main coding", 0.25, 1)


def test_without_a_frozen_sample_nothing_is_allotted(world, database):
    lead = world.study()
    for instrument in ("CIRS", "TABBS"):
        world.member(lead, f"Coder of {instrument}", Role.CODER, instruments=(instrument,))
    with pytest.raises(Refused, match="Freeze the sample"), database.write() as db:
        rounds.allot_sample(db, lead, "Main coding", 0.25, 1)


def test_a_coder_may_not_allot(world, lead, database):
    coder = world.member(lead, "Late", Role.CODER, instruments=("CIRS",))
    with pytest.raises(NotAllowed), database.write() as db:
        rounds.allot_sample(db, coder, "Main coding", 0.25, 1)


def test_the_lead_sees_the_subset_and_a_lead_who_codes_does_not(world, database):
    lead = world.study()
    world.member(lead, "Kaya", Role.CODER, instruments=("TABBS",))
    with database.write() as db:
        members.join_team(db, lead, ["CIRS"])
        add_frozen_sample(db, lead, N_SEQUENCES)
    coding_lead = world.again(lead)
    with database.write() as db:
        rounds.allot_sample(db, coding_lead, "Main coding", 0.25, 1)
    coding_lead = world.again(lead)
    other = world.member(lead, "Second lead", Role.LEAD)
    with database.read() as db:
        view = progress.list_rounds(db, coding_lead)[0]
        assert (view.subset_size, view.subset_codes) == (None, None)
        assert progress.list_progress(db, coding_lead)[0].total > 0
        assert progress.list_rounds(db, other)[0].subset_size == 6


def test_the_page_allots_and_then_shows_who_has_how_much(lead, browser_of, database):
    browser = browser_of(lead.viewer)
    address = f"/studies/{lead.study_public_id}/rounds"
    assert "24 recordings" in browser.get(address).get_data(as_text=True)
    form = {"name": "Main coding", "percent": "25", "seed": ""}
    assert browser.post(address, form, page=address).status_code == 303
    page = browser.get(address).get_data(as_text=True)
    assert "0 of 72 forms" in page
    assert "Mara" in page
    with database.read() as db:
        assert db.scalars(select(func.count()).select_from(Assignment)).one() == 72


@pytest.mark.parametrize(
    ("field", "value"), [("percent", "101"), ("percent", "x"), ("seed", "-1"), ("name", "")]
)
def test_a_bad_form_is_explained_and_allots_nothing(lead, browser_of, database, field, value):
    browser = browser_of(lead.viewer)
    address = f"/studies/{lead.study_public_id}/rounds"
    form = {"name": "Main coding", "percent": "25", "seed": ""} | {field: value}
    assert browser.post(address, form, page=address).status_code == 422
    with database.read() as db:
        assert db.scalars(select(func.count()).select_from(Assignment)).one() == 0


def test_a_lead_does_not_join_a_team_that_somebody_else_has_allotted_meanwhile(lead, allot, database):
    allot()
    with database.write() as db, pytest.raises(Refused, match="the teams of coders stay as they are"):
        members.join_team(db, lead, ["CIRS"])


def test_a_coder_on_two_teams_cannot_tell_the_subset_by_what_comes_twice(world, database):
    """What comes on one scale only would be known not to be in the subset."""
    lead = world.study()
    first_author = world.member(lead, "Mara", Role.CODER, instruments=("CIRS", "TABBS"))
    for number, instrument in enumerate(("CIRS", "TABBS") * 2):
        world.member(lead, f"Student {number}", Role.CODER, instruments=(instrument,))
    with database.write() as db:
        add_frozen_sample(db, lead, N_SEQUENCES)
    with database.write() as db:
        rounds.allot_sample(db, lead, "Main coding", 0.25, 7)
    with database.read() as db:
        own = db.scalars(select(Assignment.recording_id).where(Assignment.user_id == first_author.user_id))
        times = Counter(own)
    assert set(times.values()) == {2}
    assert len(times) == 6 + 6


def test_teams_that_share_people_and_cannot_be_kept_blind_are_refused(world, database):
    lead = world.study()
    for name in ("Mara", "Jon"):
        world.member(lead, name, Role.CODER, instruments=("CIRS", "TABBS"))
    world.member(lead, "Kaya", Role.CODER, instruments=("TABBS",))
    with database.write() as db:
        add_frozen_sample(db, lead, N_SEQUENCES)
    with pytest.raises(Refused, match="CIRS and TABBS"), database.write() as db:
        rounds.allot_sample(db, lead, "Main coding", 0.25, 7)


def test_the_seed_and_the_list_of_codes_do_not_tell_the_subset(allot, lead, database):
    """A lead who codes may have chosen the seed, and seen codes and lengths before the allotment."""
    with database.read() as db:
        codes = sorted(db.scalars(select(Recording.code).where(Recording.study_id == lead.study_id)))
    allot(share=0.25, seed=7)
    with database.read() as db:
        drawn = db.scalars(
            select(Recording.code)
            .join(RoundRecording, RoundRecording.recording_id == Recording.id)
            .where(RoundRecording.in_subset)
        )
        assert set(drawn) != draw_subset(codes, 0.25, 7)
