"""Choosing a sample: what is left out says why, what was offered must still be there, both stay visible."""

import csv
import io

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.models import Audit, AuditPayload, Dyad, Sample, Score, Sequence, TreatmentSession
from coder_app.services import audit, rupture, sample, snapshot
from coder_app.services.errors import Refused
from coder_app.services.sample_changes import compare
from coder_app.services.sample_news import find_news
from coder_app.worker import run_next
from tests.integration.test_sample import entries_of
from tests.makers.coded import make_coded_study
from tests.makers.scores import add_scores

SETTINGS = rupture.DEFAULTS
FALL = (40, 41, 40, 41, 31, 40, 41, 40)
ENDS = (40, 41, 40, 41, 40, 41, 40, 31)
# Five dyads: three that can be coded, one without a recording, one whose last session is the rupture.
ROWS = [
    (dyad, session, "child", "TASC", score)
    for dyad, scores in (("D1", FALL), ("D2", FALL), ("D3", FALL), ("D4", FALL), ("D5", ENDS))
    for session, score in enumerate(scores, 1)
]
RECORDED = {(dyad, session) for dyad in ("D1", "D2", "D3", "D5") for session in range(1, 9)}
FIRST = "child 5 TASC D1"


@pytest.fixture
def lead(world, database, tools, settings):
    """A lead of a study whose ruptures are computed."""
    lead = world.study()
    with database.write() as db:
        add_scores(db, lead, ["D1", "D2", "D3", "D4", "D5"], ROWS, recorded=RECORDED)
        snapshot.ask(db, lead, "ruptures", SETTINGS)
    while run_next(database, tools, settings):
        pass
    return lead


def freeze(database, lead, reasons=None, offered=None):
    with database.write() as db:
        return sample.freeze(db, lead, SETTINGS, reasons, offered)


def test_what_is_left_out_by_choice_is_kept_with_its_reason_beside_what_could_not_be_taken(lead, database):
    frozen = freeze(database, lead, {FIRST: "  The child asked not to be coded. "})
    assert [one.dyad for one in frozen.sequences] == ["D2", "D3"]
    assert [(one.dyad, one.because, one.left_out) for one in frozen.left_out] == [
        ("D1", "by choice", "The child asked not to be coded."),
        ("D4", "not recorded", "no recording of sessions 4, 5 and 6"),
        ("D5", "not classifiable", "neither repaired nor unrepaired: session 8 is the last one"),
    ]
    assert (frozen.n_positions, frozen.n_sessions) == (6, 6)
    one = frozen.sequences[0]
    assert (one.measure, one.scores["pre"], one.scores["central"], one.scores["post"]) == ("TASC", 41, 31, 40)
    assert one.scores["lower_limit"] < one.scores["lower_half_median"]
    with database.read() as db:
        payload = db.scalars(
            select(AuditPayload.payload)
            .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
            .where(Audit.act == "freeze sample")
        ).one()
    assert payload["left_out_by_choice"] == [
        ["child", "D1", 5, "repaired", "The child asked not to be coded."]
    ]


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ({FIRST: "  "}, "Say why the sequence of child, D1, session 5"),
        ({FIRST: "x" * 301}, "more than 300 characters"),
        ({"child 5 TASC D4": "not recorded anyway"}, "Not among what can be chosen"),
        ({f"child 5 TASC {dyad}": "no" for dyad in ("D1", "D2", "D3")}, "could be coded is left out"),
    ],
)
def test_a_choice_without_a_reason_or_of_what_cannot_be_chosen_is_refused(lead, database, reasons, said):
    with pytest.raises(Refused, match=said):
        freeze(database, lead, reasons)


def test_a_recording_that_went_while_the_page_was_open_is_noticed(lead, database):
    offered = {f"child 5 TASC {dyad}" for dyad in ("D1", "D2", "D3")}
    with database.write() as db:
        db.execute(update(TreatmentSession).where(TreatmentSession.number == 6).values(recorded=False))
    with pytest.raises(Refused, match="Recordings have come or gone"):
        freeze(database, lead, offered=offered)


def test_a_lead_unticks_counts_is_asked_for_the_reason_and_freezes(lead, world, database, browser_of):
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/sample"
    page = browser.get(address).get_data(as_text=True)
    assert "5 ruptures, 3 complete with recordings, 3 taken" in page
    assert "no recording of sessions 4, 5 and 6" in page and "session 8 is the last one" in page
    entries = entries_of(page)
    entries["take"].remove(FIRST)
    counted = browser.post(f"{address}/freeze", entries | {"act": "count"}, page=address)
    assert counted.status_code == 200
    assert "6 (pre, central and post of each)" in counted.get_data(as_text=True)
    refused = browser.post(f"{address}/freeze", entries | {"act": "freeze"}, page=address)
    assert refused.status_code == 422
    assert "one sequence is left out without a reason" in refused.get_data(as_text=True)
    given = entries | {"act": "freeze", f"why {FIRST}": "=2+2 sound is <b>poor</b>"}
    assert browser.post(f"{address}/freeze", given, page=address).status_code == 303
    frozen = browser.get(address).get_data(as_text=True)
    assert "=2+2 sound is &lt;b&gt;poor&lt;/b&gt;" in frozen and "by choice" in frozen
    rows = _rows(browser, f"{address}/sample.csv")
    assert [row["in_sample"] for row in rows] == ["true", "true", "false", "false", "false"]
    assert rows[2]["left_out_reason"] == "'=2+2 sound is <b>poor</b>"
    analyst = browser_of(world.member(lead, "Ana", Role.ANALYST).viewer)
    assert [row["left_out_because"] for row in _rows(analyst, f"{address}/sample.csv")][2:] == [
        "by choice",
        "not classifiable",
    ]
    assert "1 more had no recording" in analyst.get(address).get_data(as_text=True)


def _rows(browser, path):
    return list(csv.DictReader(io.StringIO(browser.get(path).get_data(as_text=True))))


def test_every_frozen_sequence_says_what_later_scores_make_of_it(lead, database, tools, settings, browser_of):
    with database.write() as db:
        frozen = sample.freeze(db, lead, SETTINGS)
        assert find_news(db, lead) is None
        _rescore(db, "D1", {5: 30})
        _rescore(db, "D2", {5: 40})
        _rescore(db, "D3", {6: 35})
        # What could not be classified has a next session now, and a dyad comes after all.
        late = [("D6", session, "child", "TASC", score) for session, score in enumerate(FALL, 1)]
        add_scores(db, lead, ["D6"], [*late, ("D5", 9, "child", "TASC", 41)])
        audit.record(db, lead, "import scores", file_name="later.csv")
        assert find_news(db, lead).n_changed is None
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}"
    waiting = browser.get(f"{address}/sample")
    assert waiting.headers["Refresh"] and "are being computed" in waiting.get_data(as_text=True)
    while run_next(database, tools, settings):
        pass
    with database.read() as db:
        now = sample.get_sample(db, lead)
        changes = compare(now, snapshot.find(db, lead, "ruptures", SETTINGS).content)
        news = find_news(db, lead)
    assert now.sequences == frozen.sequences
    assert {one.frozen.dyad: one.state for one in changes.rows} == {
        "D1": "scores changed",
        "D2": "no longer a rupture",
        "D3": "another type",
    }
    assert {one.frozen.dyad: one.reason for one in changes.rows}["D2"] == "no criterion is met any more"
    assert {(one.today.dyad, one.state) for one in changes.added} == {
        ("D5", "can be classified now"),
        ("D6", "new rupture"),
    }
    assert (news.n_changed, news.n_other, news.n_added) == (3, 2, 2)
    page = browser.get(f"{address}/sample").get_data(as_text=True)
    assert "Central 31 → 30." in page and "Frozen as repaired; now unrepaired." in page
    rows = {row["dyad"]: row for row in _rows(browser, f"{address}/sample/sample-changes.csv")}
    assert (rows["D1"]["central_score"], rows["D1"]["central_score_today"]) == ("31.0", "30.0")
    assert (rows["D3"]["type"], rows["D3"]["type_today"]) == ("repaired", "unrepaired")
    assert rows["D3"]["all_changes"] == "another type; scores changed; limits changed"
    assert rows["D6"]["in_sample"] == "false"
    home = browser.get(address).get_data(as_text=True)
    assert "The scores have changed since the sample was frozen" in home
    assert "3 of 3 frozen sequences with other scores or limits now; 2 would not be found as frozen." in home
    for name in ("sample", "sample-changes"):
        alone = browser.get(f"{address}/sample/{name}.csv").get_data(as_text=True)
        assert browser.get(f"{address}/export/ruptures-{name}.csv").get_data(as_text=True) == alone


def test_a_sample_of_an_older_program_is_compared_as_far_as_it_can_be(lead, database, tools, settings):
    with database.write() as db:
        sample.freeze(db, lead, SETTINGS)
        db.execute(update(Sequence).values(measure=None, scores=None))
        db.execute(update(Sample).values(left_out=None))
        found = snapshot.find(db, lead, "ruptures", SETTINGS)
        old = sample.get_sample(db, lead)
    changes = compare(old, found.content)
    assert {one.state for one in changes.rows} == {"unchanged"}
    assert changes.added is None and old.left_out is None


def _rescore(db, dyad, scores):
    for number, score in scores.items():
        session = (
            select(TreatmentSession.id)
            .join(Dyad, Dyad.id == TreatmentSession.dyad_id)
            .where(Dyad.code == dyad, TreatmentSession.number == number)
        )
        db.execute(
            update(Score).where(Score.treatment_session_id == session.scalar_subquery()).values(score=score)
        )


def test_the_linkage_warns_when_scores_came_in_after_the_sample_was_frozen(
    world, settings, database, browser_of
):
    study = make_coded_study(world, settings)
    study.open_key()
    browser, words = browser_of(study.lead.viewer), "The scores have changed since the sample was frozen"
    assert words not in study.opened(browser, "/linkage").get_data(as_text=True)
    with database.write() as db:
        audit.record(db, study.lead, "import scores", file_name="later.csv")
    page = study.opened(browser, "/linkage").get_data(as_text=True)
    assert words in page and "These figures are of the sequences and types as frozen." in page
