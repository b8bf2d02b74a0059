"""The sample: what is in it, what is left out and why, frozen once and from the computed result only."""

import re

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Hidden
from coder_app.models import Audit, Score, Sequence, TreatmentSession
from coder_app.services import rupture, sample, snapshot, study
from coder_app.services.errors import NotFound, Refused
from coder_app.worker import run_next
from tests.makers.coding import add_assignment, add_recording, add_round
from tests.makers.scores import add_reference_study, add_scores

SETTINGS = rupture.DEFAULTS
DROP = [
    ("D1", session, "child", "TASC", score)
    for session, score in enumerate((40, 41, 40, 41, 31, 40, 41, 40), 1)
]
ALL_RECORDED = {("D1", session) for session in range(1, 9)}


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def computed(database, tools, settings, lead):
    """Compute the ruptures of the study as it is now and return what was found."""

    def computed(chosen=SETTINGS):
        with database.write() as db:
            snapshot.ask(db, lead, "ruptures", chosen)
        while run_next(database, tools, settings):
            pass
        with database.read() as db:
            return snapshot.find(db, lead, "ruptures", chosen)

    return computed


@pytest.fixture
def one_drop(database, lead):
    with database.write() as db:
        add_scores(db, lead, ["D1"], DROP, recorded=ALL_RECORDED)


def freeze(database, actor, settings=SETTINGS):
    with database.write() as db:
        return sample.freeze(db, actor, settings)


def propose(database, actor, content):
    with database.read() as db:
        return sample.propose(db, actor, content)


def view(database, actor):
    with database.read() as db:
        return sample.get_sample(db, actor)


def test_the_reference_study_gives_ten_child_and_thirteen_therapist_sequences(lead, database, computed):
    with database.write() as db:
        add_reference_study(db, lead)
    proposal = propose(database, lead, computed().content)
    assert proposal.n_sequences == {"child": 10, "therapist": 13}
    frozen = freeze(database, lead)
    assert frozen.n_sequences == {"child": 10, "therapist": 13}
    assert (frozen.n_positions, frozen.n_sessions, frozen.n_recorded_sessions) == (69, 67, 67)
    assert _types(frozen, "child") == {"repaired": 7, "unrepaired": 3}
    assert _types(frozen, "therapist") == {"repaired": 10, "unrepaired": 3}
    assert not frozen.scores_changed


def test_every_rupture_left_out_has_its_reason(lead, database, computed):
    with database.write() as db:
        add_reference_study(db, lead)
    proposal = propose(database, lead, computed().content)
    assert len(proposal.sequences) + len(proposal.left_out) == 16 + 24
    without_type = [one for one in proposal.left_out if one.type is None]
    assert len(without_type) == 5
    assert all(one.left_out.startswith("neither repaired nor unrepaired: ") for one in without_type)
    rest = [one for one in proposal.left_out if one.type is not None]
    assert all(one.not_recorded and one.left_out.startswith("no recording of session") for one in rest)


def test_a_sequence_names_the_sessions_that_lack_a_recording(lead, database, computed):
    with database.write() as db:
        add_scores(db, lead, ["D1"], DROP, recorded={("D1", 5)})
    (candidate,) = propose(database, lead, computed().content).left_out
    assert candidate.not_recorded == (4, 6)
    assert candidate.left_out == "no recording of sessions 4 and 6"


def test_a_frozen_sample_keeps_what_it_was_frozen_with(one_drop, lead, database, computed):
    chosen = SETTINGS | {"k": 1.5, "absolute": None}
    computed(chosen)
    frozen = freeze(database, lead, chosen)
    assert frozen.settings == chosen
    (sequence,) = frozen.sequences
    assert (sequence.dyad, sequence.pre, sequence.central, sequence.post) == ("D1", 4, 5, 6)
    assert (sequence.criterion, sequence.type) == ("control chart", "repaired")
    assert frozen.frozen_by == "Lead"


def test_freezing_needs_the_result_of_exactly_these_settings_and_scores(one_drop, lead, database, computed):
    with pytest.raises(Refused, match="have changed"):
        freeze(database, lead)
    computed()
    with pytest.raises(Refused, match="have changed"):
        freeze(database, lead, SETTINGS | {"k": 1.25})
    with database.write() as db:
        db.execute(update(Score).where(Score.score == 31.0).values(score=30.0))
    with pytest.raises(Refused, match="have changed"):
        freeze(database, lead)
    assert _stored(database) == []


def test_a_sample_is_frozen_once(one_drop, lead, database, computed):
    computed()
    freeze(database, lead)
    with pytest.raises(Refused, match="frozen already"):
        freeze(database, lead)
    assert len(_stored(database)) == 1


def test_a_sample_without_a_sequence_is_refused(lead, database, computed):
    with database.write() as db:
        add_scores(db, lead, ["D1"], DROP)
    computed()
    with pytest.raises(Refused, match="nothing to freeze"):
        freeze(database, lead)


def test_an_informant_with_ruptures_on_two_measures_is_refused(lead, database, computed):
    second = [(dyad, session, "child", "WAI-S", 4.0 - (session == 5) * 2) for dyad, session, *_ in DROP]
    with database.write() as db:
        add_scores(db, lead, ["D1"], DROP + second, recorded=ALL_RECORDED)
    computed()
    with pytest.raises(Refused, match="TASC and on WAI-S"):
        freeze(database, lead)


def test_a_released_sample_can_be_frozen_anew_and_both_acts_are_on_record(one_drop, lead, database, computed):
    computed()
    freeze(database, lead)
    with database.write() as db:
        sample.unfreeze(db, lead)
    with pytest.raises(NotFound):
        view(database, lead)
    assert _stored(database) == []
    freeze(database, lead)
    with database.read() as db:
        acts = list(db.scalars(select(Audit.act).order_by(Audit.seq)))
    assert acts[-3:] == ["freeze sample", "release sample", "freeze sample"]


def test_once_coding_has_begun_the_sample_stays(one_drop, lead, database, computed):
    computed()
    freeze(database, lead)
    with database.write() as db:
        study.move_to(db, lead, Phase.CODING)
    # The actor of a request that began before the move still says "setup".
    with database.write() as db, pytest.raises(Refused, match="coding has begun"):
        sample.unfreeze(db, lead)
    with database.write() as db, pytest.raises(Refused, match="coding has begun"):
        sample.freeze(db, lead, SETTINGS)
    assert len(view(database, lead).sequences) == 1


def test_scores_that_change_later_are_reported_and_the_sample_stays(one_drop, lead, database, computed):
    computed()
    frozen = freeze(database, lead)
    with database.write() as db:
        db.execute(update(TreatmentSession).where(TreatmentSession.number == 5).values(recorded=False))
    seen = view(database, lead)
    assert (seen.scores_changed, seen.n_recorded_sessions, seen.n_sessions) == (False, 2, 3)
    with database.write() as db:
        db.execute(update(Score).where(Score.score == 31.0).values(score=40.0))
    seen = view(database, lead)
    assert seen.scores_changed
    assert seen.sequences == frozen.sequences


def test_an_analyst_sees_the_sample_but_not_what_lacks_a_recording(one_drop, lead, world, database, computed):
    analyst = world.member(lead, "Ana", Role.ANALYST)
    content = computed().content
    with pytest.raises(Hidden):
        propose(database, analyst, content)
    with pytest.raises(NotAllowed):
        freeze(database, analyst)
    freeze(database, lead)
    assert len(view(database, analyst).sequences) == 1


def test_a_lead_freezes_the_sample_of_the_page_and_releases_it(
    one_drop, lead, database, computed, browser_of
):
    computed(SETTINGS | {"k": 1.25})
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/sample"
    entries = entries_of(browser.get(f"{address}?k=1.25").get_data(as_text=True))
    assert (entries["k"], entries["take"]) == ("1.25", ["child 5 TASC D1"])
    frozen = browser.post(f"{address}/freeze", entries, page=address)
    assert (frozen.status_code, frozen.headers["Location"]) == (303, address)
    assert view(database, lead).settings == SETTINGS | {"k": 1.25}
    assert "Release the sample" in browser.get(address).get_data(as_text=True)
    assert browser.post(f"{address}/freeze", entries, page=address).status_code == 409
    assert browser.post(f"{address}/release", page=address).status_code == 303
    assert _stored(database) == []


def test_looking_at_other_settings_leaves_the_frozen_sample_as_it_is(
    one_drop, lead, database, computed, browser_of
):
    computed()
    before = freeze(database, lead)
    computed(SETTINGS | {"k": 1.5})
    page = browser_of(lead.viewer).get(f"/studies/{lead.study_public_id}/ruptures?k=1.5")
    assert "A preview of other settings" in page.get_data(as_text=True)
    assert view(database, lead) == before


def test_a_list_of_sequences_sent_by_a_browser_is_not_read(one_drop, lead, database, computed, browser_of):
    computed()
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/sample"
    entries = entries_of(browser.get(address).get_data(as_text=True))
    invented = {
        **entries,
        "sequences": "D1 1 2 3",
        "central": "2",
        "take": [*entries["take"], "child 2 TASC D1"],
    }
    browser.post(f"{address}/freeze", invented, page=address)
    assert [one.central for one in view(database, lead).sequences] == [5]


def test_a_lead_who_codes_sees_the_sample_without_any_recording_code(
    one_drop, lead, world, database, computed, browser_of
):
    with database.write() as db:
        recording = add_recording(db, lead, "AMBER-FOX")
        round_id = add_round(db, lead)
        add_assignment(db, lead, round_id, recording, "CIRS", "quiet-owl", 1)
    computed()
    browser = browser_of(lead.viewer)
    assert world.again(lead).coding
    for path in ("ruptures", "sample", "ruptures/ruptures.csv", "ruptures/series.csv"):
        page = browser.get(f"/studies/{lead.study_public_id}/{path}")
        assert page.status_code == 200
        text = page.get_data(as_text=True)
        assert "D1" in text and "AMBER-FOX" not in text and "quiet-owl" not in text


def entries_of(page):
    """What a browser sends of the form as the page gives it: hidden entries and ticked boxes."""
    entries = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    boxes = r'<input type="checkbox" name="take" value="([^"]*)" checked>'
    offered = r'<input type="hidden" name="offered" value="([^"]*)">'
    return entries | {"offered": re.findall(offered, page), "take": re.findall(boxes, page)}


def _types(frozen, informant):
    types = [one.type for one in frozen.sequences if one.informant == informant]
    return {name: types.count(name) for name in set(types)}


def _stored(database):
    with database.read() as db:
        return list(db.scalars(select(Sequence.id)))
