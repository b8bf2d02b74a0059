"""Who sees what and when, read off the one table."""

import pytest

from coder_app.domain.permissions import ALLOWED, Act, NotAllowed, Role, check_can
from coder_app.domain.phases import Phase, PhaseError, check_moves
from coder_app.domain.visibility import SEEN, Hidden, Thing, check_sees, sees

BEFORE_UNMASKING = [Phase.SETUP, Phase.CODING, Phase.LOCKED]


def test_a_coder_sees_nothing_of_the_table_in_any_phase():
    assert not any(sees(thing, {Role.CODER}, phase, coding=False) for thing in Thing for phase in Phase)


@pytest.mark.parametrize("phase", BEFORE_UNMASKING)
def test_the_key_and_the_linkage_are_closed_before_unmasking_for_everybody(phase):
    for thing in (Thing.KEY, Thing.LINKAGE):
        assert not sees(thing, set(Role), phase, coding=False)


def test_a_lead_who_still_codes_sees_no_ratings_recordings_or_subset():
    roles = {Role.LEAD, Role.CODER}
    for thing in (Thing.RATINGS, Thing.RECORDINGS, Thing.SUBSET, Thing.KEY, Thing.LINKAGE):
        for phase in Phase:
            assert not sees(thing, roles, phase, coding=True)
    assert sees(Thing.RATINGS, roles, Phase.CODING, coding=False)


def test_progress_in_counts_is_open_to_a_lead_who_codes():
    assert sees(Thing.PROGRESS, {Role.LEAD, Role.CODER}, Phase.CODING, coding=True)


def test_a_lead_who_is_a_coder_too_hears_no_recording_under_its_code_before_the_lock():
    both = {Role.LEAD, Role.CODER}
    for phase in Phase:
        assert sees(Thing.SOUND, {Role.LEAD}, phase, coding=False)
        closed = phase in (Phase.SETUP, Phase.CODING)
        assert sees(Thing.SOUND, both, phase, coding=False) is not closed
    with pytest.raises(Hidden, match="A lead who does not code"):
        check_sees(Thing.SOUND, both, Phase.SETUP, coding=False)


def test_every_thing_has_its_row():
    assert set(SEEN) == set(Thing)
    assert set(ALLOWED) == set(Act)


def test_what_is_hidden_says_when_it_opens():
    with pytest.raises(Hidden, match="unmasked"):
        check_sees(Thing.LINKAGE, {Role.LEAD}, Phase.LOCKED, coding=False)
    with pytest.raises(Hidden, match="submitted all"):
        check_sees(Thing.RATINGS, {Role.LEAD}, Phase.CODING, coding=True)
    with pytest.raises(Hidden, match="role"):
        check_sees(Thing.RATINGS, {Role.CODER}, Phase.CODING, coding=False)


def test_only_a_coder_rates_and_only_a_lead_unmasks():
    assert ALLOWED[Act.RATE] == {Role.CODER}
    assert ALLOWED[Act.UNMASK] == {Role.LEAD}
    with pytest.raises(NotAllowed):
        check_can({Role.CODER, Role.ANALYST}, Act.UNMASK)


def test_a_study_moves_one_phase_at_a_time_and_never_back():
    check_moves(Phase.SETUP, Phase.CODING)
    for phase, target in [
        (Phase.CODING, Phase.SETUP),
        (Phase.SETUP, Phase.LOCKED),
        (Phase.CODING, Phase.UNMASKED),
        (Phase.UNMASKED, Phase.SETUP),
    ]:
        with pytest.raises(PhaseError):
            check_moves(phase, target)
