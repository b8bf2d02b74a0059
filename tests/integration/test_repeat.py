"""Recordings that come back to their coder: drawn by seed, due after weeks, unseen, in no other figure."""

from collections import Counter

import pytest
from sqlalchemy import select, update

from coder_app import worker
from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.permissions import Role
from coder_app.domain.repeating import count_repeats, draw_repeats
from coder_app.domain.visibility import Hidden, Thing
from coder_app.models import Assignment, Audit, Membership, Note, Rating, Recording, Round, Study
from coder_app.services import (
    flagged,
    frames,
    guess_asking,
    home,
    listening,
    lock,
    progress,
    repeat_giving,
    repeat_making,
    repeat_progress,
    round_settings,
)
from coder_app.services.assignment import get_form
from coder_app.services.errors import NotFound, Refused
from coder_app.services.forms import list_submitted
from coder_app.services.round_settings import RoundSettings
from coder_app.services.selection import list_rounds
from coder_app.worker import GIVE_OUT_EVERY, give_out_repeats
from tests.makers.repeated import Repeated, make_allotted, make_returning

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def study(world) -> Repeated:
    """A study in which all is submitted, set up for repeats of a tenth after 14 days."""
    return make_returning(world)


def test_a_share_comes_back_and_three_at_the_least():
    assert [count_repeats(n, 0.1) for n in (2, 3, 12, 34, 35, 80)] == [2, 3, 3, 3, 4, 8]
    forms = dict.fromkeys(range(40), ("CIRS",))
    drawn = draw_repeats(forms, 0.25, 1, "a")
    assert len(drawn) == 10
    assert drawn == draw_repeats(forms, 0.25, 1, "a")
    assert drawn != draw_repeats(forms, 0.25, 1, "b")
    assert drawn != draw_repeats(forms, 0.25, 2, "a")


def test_a_recording_is_drawn_on_all_scales_of_its_coder_and_each_scale_gets_its_share():
    both = dict.fromkeys(range(30), ("CIRS", "TABBS"))
    assert len(draw_repeats(both, 0.1, 1, "a")) == 3
    some = both | dict.fromkeys(range(30, 60), ("TABBS",))
    drawn = draw_repeats(some, 0.1, 1, "a")
    assert len(drawn) >= 6
    assert sum("CIRS" in some[one] for one in drawn) >= 3


def test_what_is_due_comes_back_under_a_new_mask_and_once(study, database):
    assert study.give() == 0
    study.wait(days=14)
    before = study.forms()
    assert study.give() == 12
    assert study.give() == 0
    forms, repeats = study.forms(), study.repeats()
    assert Counter(form.user_id for form in repeats) == {coder.user_id: 3 for coder in study.coders.values()}
    firsts = {(form.user_id, form.recording_id): form for form in before}
    for form in repeats:
        first = firsts[form.user_id, form.recording_id]
        assert form.instrument_version_id == first.instrument_version_id
        assert (form.state, form.is_primary, form.listening_id) == ("not started", False, None)
    assert len({form.mask for form in forms}) == len({form.public_id for form in forms}) == len(forms)
    with database.read() as db:
        trail = db.scalars(select(Audit).where(Audit.act == repeat_giving.GIVE)).all()
    assert [link.actor for link in trail] == [None]


@on_sqlite
def test_they_come_among_what_waits_and_are_not_due_before_their_own_time(world):
    study = make_allotted(world)
    study.set_up(share=0.5)
    own = [one.public_id for one in study.queue("Mara")]
    for one in own[:4]:
        study.submit("Mara", one)
    study.wait(days=13)
    study.submit("Mara", own[4])
    study.wait(days=1)
    study.give()
    repeats = study.repeats()
    codes = {form.recording_id for form in study.forms("Mara") if form.public_id in own[:4]}
    assert repeats and {form.recording_id for form in repeats} <= codes
    waiting = [one.public_id for one in study.queue("Mara") if one.state == "not started"]
    left = [one for one in waiting if one in own]
    assert left == own[5:]
    assert set(waiting) - set(own) == {form.public_id for form in repeats}


@on_sqlite
def test_a_repeat_stands_in_the_queue_as_a_form_of_the_main_round(study, database):
    with database.write() as db:
        main = db.scalars(select(Round.public_id).where(Round.purpose == "main")).one()
        round_settings.change_round(db, study.lead, main, RoundSettings(5, announced=True))
    study.wait(days=14)
    study.give()
    rounds = {(one.round.number, one.round.name, one.round.weekly_goal) for one in study.queue("Mara")}
    assert len(rounds) == 1
    assert {name for _, name, _ in rounds} == {"Main coding"}


@on_sqlite
def test_nothing_of_the_first_time_is_there(study, database):
    first = {form.recording_id: form for form in study.forms("Mara")}
    study.wait(days=14)
    study.give()
    again = study.repeats("Mara")[0]
    with database.write() as db:
        form = first[again.recording_id]
        note = {"item": None, "at_ms": 5, "text": "loud", "revision": 1, "page": "p", "sequence": 1}
        note |= {"created_at": study.lead.now(), "changed_at": study.lead.now(), "removed_at": None}
        db.add(Note(study_id=form.study_id, public_id="n", assignment_id=form.id, **note))
    with database.read() as db:
        mara = study.coders["Mara"]
        assert listening.find_heard(db, mara, again.public_id) is None
        form = get_form(db, mara, again.public_id)
        assert form.answered == 0 and not form.others
        assert not db.scalars(select(Rating.id).where(Rating.assignment_id == again.id)).all()


@on_sqlite
def test_who_listens_once_for_two_scales_gets_both_back_together(world, database):
    study = make_allotted_for_both(world, database)
    for one in study.queue("Mara"):
        study.submit("Mara", one.public_id)
    study.set_up()
    study.wait(days=14)
    study.give()
    repeats = study.repeats("Mara")
    assert len(repeats) == 6
    assert set(Counter(form.recording_id for form in repeats).values()) == {2}
    assert len({form.listening_id for form in repeats}) == 3


def make_allotted_for_both(world, database) -> Repeated:
    """A study with one coder, who rates on both scales while listening once."""
    from tests.makers.sample import add_frozen_sample

    lead = world.study()
    mara = world.member(lead, "Mara", Role.CODER, instruments=("CIRS", "TABBS"))
    with database.write() as db:
        add_frozen_sample(db, lead, 4)
        db.execute(
            update(Study)
            .where(Study.id == lead.study_id)
            .values(coding_settings=CodingSettings(one_listening=True).to_mapping())
        )
    made = Repeated(world, world.again(lead), {"Mara": mara})
    made.allot()
    return made


def test_no_other_figure_has_repeats_in_it(study, database):
    def known():
        with database.read() as db:
            return (
                [(one.n_recordings, one.rows) for one in frames.list_subset_ratings(db, study.lead)],
                list_submitted(db, study.lead),
                [one.n_forms for one in progress.list_rounds(db, study.lead)],
                [one.name for one in list_rounds(db, study.lead)],
                home.get_overview(db, study.lead).standing.main,
                sorted(guess_asking._list_coded(db, study.lead).items()),
            )

    before = known()
    study.wait(days=14)
    study.give()
    with database.read() as db:
        repeats = home.get_overview(db, study.lead).standing.repeats
    assert (repeats.submitted, repeats.total) == (0, 12)
    for name in study.coders:
        for form in study.repeats(name):
            study.rate(name, form.public_id, lambda number: 0)
    study.refresh()
    assert known() == before
    with database.read() as db:
        # Their listening is looked at like anybody's.
        masks = {one.mask for one in flagged.list_flagged(db, study.lead)}
    assert {form.mask for form in study.repeats()} <= masks


@on_sqlite
def test_an_open_repeat_keeps_the_coding_open(study, database):
    study.wait(days=14)
    study.give()
    with pytest.raises(Refused, match="12 of"), database.write() as db:
        lock.lock_coding(db, study.lead)
    for name in study.coders:
        for form in study.repeats(name):
            study.rate(name, form.public_id, lambda number: 1)
    with database.write() as db:
        lock.lock_coding(db, study.lead)
    study.wait(days=60)
    assert study.give() == 0


@on_sqlite
def test_it_is_set_up_once_there_is_something_to_draw_and_changed_until_something_came_back(world, database):
    study = make_allotted(world)
    for share, days in ((0, 14), (0.6, 14), (0.1, 0), (0.1, 400)):
        with pytest.raises(Refused, match="goes from"):
            study.set_up(share, days)
    made = study.set_up()
    assert study.set_up(0.2, 21, 8) == made
    with database.read() as db:
        found = repeat_progress.find_repeats(db, study.lead)
    assert (found.share, found.least_days, found.seed) == (0.2, 21, 8)
    assert (found.drawn, found.given, found.submitted) == (12, 0, 0)
    # What coders read of rounds is never of this one.
    with pytest.raises(NotFound), database.write() as db:
        round_settings.change_round(db, study.lead, made, RoundSettings(None, announced=True))
    study.submit_all()
    study.wait(days=21)
    assert study.give() == 12
    with pytest.raises(Refused, match="come back already"):
        study.set_up()
    other = world.study("Other", "Other lead")
    with pytest.raises(Refused, match="Allot the recordings first"), database.write() as db:
        repeat_making.set_up(db, other, 0.1, 14)


@on_sqlite
def test_a_lead_who_codes_learns_neither_the_draw_nor_whether_anything_came_back(study, database):
    with database.write() as db:
        member = {"study_id": study.lead.study_id, "role": Role.LEAD, "created_at": study.lead.now()}
        db.add(Membership(user_id=study.coders["Mara"].user_id, **member))
    study.wait(days=14)
    study.give()
    mara = study.coders["Mara"]
    assert mara.coding and not mara.sees(Thing.SUBSET)
    with database.read() as db:
        found = repeat_progress.find_repeats(db, mara)
        assert (found.seed, found.coders, found.drawn, found.given) == (None, None, 0, 0)
    with pytest.raises(Hidden), database.write() as db:
        repeat_making.set_up(db, mara, 0.1, 14)


@on_sqlite
def test_who_is_no_coder_any_more_gets_nothing_back(study, database):
    with database.write() as db:
        jon = study.coders["Jon"].user_id
        row = db.scalars(select(Membership).where(Membership.user_id == jon)).one()
        db.delete(row)
    study.wait(days=14)
    with database.write() as db:
        repeat_giving.give_due(db, study.world.tools, study.lead.study_id)
    assert jon not in {form.user_id for form in study.repeats()}


@on_sqlite
def test_the_worker_gives_out_once_a_day(study, database):
    clock, tools = study.world.tools.clock, study.world.tools
    study.wait(days=14)
    now = clock.now
    following = give_out_repeats(database, tools, now)
    assert following - now >= GIVE_OUT_EVERY
    assert len(study.repeats()) == 12
    assert give_out_repeats(database, tools, following) == following


@on_sqlite
def test_giving_out_that_fails_is_tried_again_soon_and_logged_without_words(
    study, database, monkeypatch, capsys
):
    def fail(db, tools, study_id):
        raise OSError("mask-of-somebody")

    monkeypatch.setattr(repeat_giving, "give_due", fail)
    now = study.world.tools.clock.now
    again = worker._give_out(database, study.world.tools, now)
    assert now < again < now + GIVE_OUT_EVERY / 10
    said = capsys.readouterr().err
    assert "giving out repeats failed: OSError" in said and "mask-of-somebody" not in said


@on_sqlite
def test_the_draw_ignores_what_a_recording_is_called_and_in_which_order_it_came(study, database):
    def drawn():
        with database.read() as db:
            made = repeat_making.find_round(db, study.lead)
            return {(one.user_id, one.recording_id) for one in repeat_making.list_drawn(db, study.lead, made)}

    before = drawn()
    with database.write() as db:
        for row in db.scalars(select(Recording)):
            row.code, row.duration_ms = row.code[::-1] + "x", row.duration_ms + row.id
        db.execute(update(Assignment).values(is_primary=False))
    assert drawn() == before
