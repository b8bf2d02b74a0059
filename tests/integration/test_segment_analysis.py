"""What becomes of ratings by segments: means over those that could be coded, agreement, files."""

import csv
import io

import pytest
from sqlalchemy import update

from coder_app.domain.permissions import Role
from coder_app.models import Recording
from coder_app.services import export, frames, queue, reliability
from coder_app.services import round as rounds
from coder_app.services.snapshot import Snapshot
from coder_app.worker import run_next
from tests.makers.sample import add_frozen_sample
from tests.makers.segmented import (
    ITEMS,
    MINUTE,
    NAME,
    SegmentedForm,
    add_segmented_scale,
    drop_other_scales,
)

SCORES = {
    "Mara": {1: (1, 2, 0), 2: (4, None, None)},
    "Jon": {1: (2, 2, None), 2: (3, 5, None)},
}


@pytest.fixture
def rated(world, database):
    """The lead of a study with three recordings of two segments, rated alike by each of two coders."""
    lead = world.study()
    with database.write() as db:
        add_segmented_scale(db, lead)
        drop_other_scales(db, lead, NAME)
    coders = {name: world.member(lead, name, Role.CODER, instruments=(NAME,)) for name in SCORES}
    with database.write() as db:
        add_frozen_sample(db, lead, 1)
        db.execute(update(Recording).values(duration_ms=11 * MINUTE))
    with database.write() as db:
        rounds.allot_sample(db, lead, "Main coding", 1.0, 7)
    for name, coder in coders.items():
        with database.read() as db:
            entries = queue.list_queue(db, coder)
        for entry in entries:
            form = SegmentedForm(database, lead, coder, entry.public_id)
            form.rate_all(lambda segment, item, given=SCORES[name]: given[segment][ITEMS.index(item)])
            form.submit()
    return world.again(lead)


def test_a_recordings_score_is_the_mean_over_its_codable_segments(rated, database):
    with database.read() as db:
        (found,) = frames.list_subset_ratings(db, rated)
    means = {(rater, item): score for _, rater, item, score in found.rows}
    assert means["Mara", ITEMS[0]] == 2.5
    assert means["Mara", ITEMS[1]] == 2
    assert means["Mara", ITEMS[2]] == 0
    assert means["Jon", ITEMS[1]] == 3.5
    assert means["Jon", ITEMS[2]] is None
    assert len(found.rows) == 3 * 2 * 3
    assert len(found.segment_rows) == 2 * len(found.rows)


def test_agreement_is_of_segments_and_the_icc_of_recordings(rated, database):
    with database.read() as db:
        inputs = reliability.collect(db, rated, {"bootstrap": 0})
    (found,) = reliability.compute(inputs, lambda done, total: None)["instruments"]
    first = found["items"][0]
    assert found["n_ratings"] == 3 * 2 * 2 * 3
    assert first["counts"] == [0, 3, 3, 3, 3, 0]
    assert (first["percent_agreement"], first["within_one"]) == (0, 1)
    assert (first["n_targets"], first["n_scores"]) == (3, 6)
    assert found["items"][2]["n_not_codable"] == 3 + 6


def test_files_hold_the_means_and_beside_them_the_segments(rated, database):
    with database.read() as db:
        inputs = reliability.collect(db, rated, {"bootstrap": 0})
        content = reliability.compute(inputs, lambda done, total: None)
        files = {
            one.name: list(csv.DictReader(io.StringIO(one.text)))
            for one in export.list_files(Snapshot(content, "", rated.now(), inputs), "reliability")
        }
        forms = list(csv.DictReader(io.StringIO(export.get_forms_file(db, rated).text)))
    ratings = files["reliability-ratings-mirs.csv"]
    assert list(ratings[0]) == ["target", "rater", "item", "score"]
    assert sorted({row["score"] for row in ratings}) == ["", "0.0", "2.0", "2.5", "3.5"]
    segments = files["reliability-segments-mirs.csv"]
    assert list(segments[0]) == ["target", "rater", "segment", "item", "score"]
    assert {row["segment"] for row in segments} == {"1", "2"}
    assert {row["score"] for row in segments} == {"", "0", "1", "2", "3", "4", "5"}
    assert [(row["segments"], row["listened_together"]) for row in forms] == [("2", "false")] * 6


def test_the_page_says_what_a_recordings_score_is(rated, browser_of, database, settings):
    browser = browser_of(rated.viewer)
    address = f"/studies/{rated.study_public_id}/reliability"
    if browser.get(address).status_code == 202:
        while run_next(database, rated.tools, settings):
            pass
    page = browser.get(address).get_data(as_text=True)
    assert "mean over its segments of 5 minutes that could be coded" in page
    assert "2.50" in page
