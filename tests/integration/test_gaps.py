"""The list of gaps: the widest first, only what everybody has submitted, first submissions, by code alone."""

import re
from collections import Counter, defaultdict

import pytest
from sqlalchemy import delete, event, insert, select, update

from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Membership, Rating, Submission
from coder_app.services import gaps
from coder_app.services.errors import NotFound
from coder_app.services.gaps import Wanted
from coder_app.services.selection import Selection
from tests.makers.coded import make_coded_study

EVERYTHING = Selection()
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def listed(study, wanted=Wanted(), selection=EVERYTHING, offset=0, limit=1000):  # noqa: B008 - frozen
    with study.world.database.read() as db:
        return gaps.list_gaps(db, study.lead, wanted, selection, offset=offset, limit=limit)


def expected(study, changed=()):
    """Every cell of the subset as it was rated, the widest gap first: (gap, item, recording, scores)."""
    scores = study.scores | dict(changed)
    cells = defaultdict(dict)
    for (code, coder, item), score in scores.items():
        cells[item, code][coder] = score
    found = []
    for (item, code), given in cells.items():
        numbers = [score for score in given.values() if score is not None]
        if len(given) == 3:
            gap = max(numbers) - min(numbers) if len(numbers) > 1 else None
            found.append((gap, item, code, given))
    return sorted(found, key=key_of)


def key_of(cell):
    gap, item, code, _ = cell
    return (gap is None, -(gap or 0), item, code)


def seen(study, found):
    labels = {}
    for scale in found.scales:
        labels |= {item.label: item.code for item in scale.instrument.items}
    return [
        (cell.gap, labels[cell.item], cell.recording, {name: mark.score for name, mark in cell.marks.items()})
        for cell in found.cells
    ]


def form_of(study, db, code, coder, item):
    return db.scalars(
        select(Assignment)
        .join(Rating, Rating.assignment_id == Assignment.id)
        .where(
            Assignment.recording_id == study.recordings[code],
            Assignment.user_id == study.coders[coder].user_id,
            Rating.item == item,
        )
    ).one()


def submit_again(study, code, coder, item, score):
    """Keep a form's first submission, and change one of its scores afterwards."""
    with study.world.database.write() as db:
        form = form_of(study, db, code, coder, item)
        rows = db.execute(
            select(Rating.item, Rating.score, Rating.reason).where(Rating.assignment_id == form.id)
        )
        ratings = [{"segment": 0, "item": r.item, "score": r.score, "reason": r.reason} for r in rows]
        known = {"study_id": form.study_id, "assignment_id": form.id, "heard_share": None, "ratings": ratings}
        db.execute(
            insert(Submission),
            [
                known
                | {"number": number, "why_less": None, "started_at": None, "submitted_at": study.lead.now()}
                for number in (1, 2)
            ],
        )
        db.execute(
            update(Rating).where(Rating.assignment_id == form.id, Rating.item == item).values(score=score)
        )


def test_every_cell_of_the_subset_is_listed_the_widest_gap_first(study):
    found = listed(study)
    wanted = expected(study)
    assert len(wanted) == 17 * 17
    assert seen(study, found) == wanted
    assert found.counts == Counter(gap for gap, *_ in wanted)
    assert (found.n_too_few, found.n_ready, found.n_allotted) == (0, 34, 34)
    assert found.count_from(3) == sum(gap >= 3 for gap, *_ in wanted)
    assert [scale.coders for scale in found.scales] == [("Ada", "Ben", "Cleo")] * 2


def test_pages_put_together_are_the_whole_list_also_where_a_form_was_submitted_twice(study):
    """The first submission counts; such recordings are read one by one and stand in their place."""
    study.mark_not_codable("s05", "Cleo", "cirs_02")
    for code, coder, item, score in (("s03", "Ben", "cirs_04", 5), ("s12", "Ada", "tabbs_01", 0)):
        submit_again(study, code, coder, item, score)
    wanted = expected(study)
    pages = [seen(study, listed(study, offset=at, limit=40)) for at in range(0, 320, 40)]
    assert [cell for page in pages for cell in page] == wanted
    assert listed(study).counts == Counter(gap for gap, *_ in wanted)


def test_the_list_is_narrowed_by_scale_item_recording_and_gap(study):
    wanted = [cell for cell in expected(study) if cell[1] == "tabbs_03" and cell[0] >= 1 and "1" in cell[2]]
    narrowed = Wanted(scale="TABBS", item="tabbs_03", recording="1", smallest=1)
    found = listed(study, narrowed)
    assert seen(study, found) == wanted
    assert found.n_listed(narrowed) == len(wanted)
    assert sum(found.counts.values()) == sum("1" in code for code in study.recordings if code <= "s17")
    for unknown in (Wanted(scale="WISC"), Wanted(item="cirs_99"), Wanted(scale="TABBS", item="cirs_01")):
        with pytest.raises(NotFound):
            listed(study, unknown)
    # What means something to the database's search means itself.
    assert listed(study, Wanted(recording="%")).cells == ()


@ON_SQLITE
def test_a_recording_that_somebody_still_rates_is_not_shown(study):
    study.open_again("s05", "Ada", "CIRS")
    found = listed(study)
    assert (found.n_ready, found.n_allotted) == (33, 34)
    assert "s05" not in {cell.recording for cell in found.cells if cell.scale == "CIRS"}
    assert "s05" in {cell.recording for cell in found.cells if cell.scale == "TABBS"}
    with study.world.database.write() as db:
        db.execute(
            delete(Membership).where(
                Membership.user_id == study.coders["Ada"].user_id, Membership.role == Role.CODER
            )
        )
    # Who codes no more keeps nobody waiting, and what was never submitted is nobody's score.
    cell = next(one for one in listed(study).cells if (one.recording, one.scale) == ("s05", "CIRS"))
    assert set(cell.marks) == {"Ben", "Cleo"}


@ON_SQLITE
def test_what_could_not_be_coded_has_its_reason_and_with_one_score_there_is_no_gap(study):
    for coder in ("Ben", "Cleo"):
        study.mark_not_codable("s05", coder, "cirs_02")
    found = listed(study)
    assert found.n_too_few == 1
    last = found.cells[-1]
    assert (last.recording, last.gap) == ("s05", None)
    assert {mark.reason for mark in last.marks.values()} == {None, "Cannot be heard well enough"}
    assert len(listed(study, Wanted(smallest=1)).cells) == found.count_from(1)


def test_days_of_first_submissions_narrow_the_list(study):
    day = study.lead.now().date()
    assert len(listed(study, selection=Selection(since=day, until=day)).cells) == 289
    assert listed(study, selection=Selection(since=day.replace(year=day.year + 1))).cells == ()


@ON_SQLITE
def test_a_longer_page_takes_no_more_statements_and_ratings_are_reached_by_their_forms(study):
    sent = []
    engine = study.world.database.engine

    def keep(connection, cursor, statement, parameters, *rest):
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        numbers = []
        for limit in (1, 100):
            sent.clear()
            listed(study, limit=limit)
            numbers.append(len(sent))
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    assert numbers[0] == numbers[1] <= 14
    # From the study alone each recording would read all ratings of the study.
    of_ratings = [one for one in sent if "JOIN rating" in one[0]]
    assert len(of_ratings) == 3
    with study.world.database.engine.connect() as connection:
        for statement, parameters in of_ratings:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            reached = [row[3] for row in plan if row[3].startswith("SEARCH rating ")]
            assert [("assignment_id=?" in way) for way in reached] == [True]


# --- the page ------------------------------------------------------------------------------------------


def rows_of(page):
    return re.findall(r'<tr><td class="c gap.*?</tr>', page, re.S)


@ON_SQLITE
def test_the_page_shows_the_widest_gaps_under_recording_codes_and_counts_them(study, browser_of):
    study.mark_not_codable("s05", "Cleo", "cirs_02")
    browser = browser_of(study.lead.viewer)
    page = browser.get(f"{study.address}/reliability/ratings").get_data(as_text=True)
    found = listed(study)
    wide = found.count_from(2)
    assert f"{wide} of 289 cells differ by 2 points or more." in page
    assert "289 listed, page 1 of 3" in page
    rows = rows_of(page)
    assert len(rows) == 100
    first = found.cells[0]
    assert f">{first.gap}</td>" in rows[0]
    assert first.recording in rows[0]
    for mark in first.marks.values():
        assert f">{mark.score}</td>" in rows[0]
    for dyad, _ in study.session_of.values():
        assert dyad not in page
    assert "mask-" not in page
    last = browser.get(f"{study.address}/reliability/ratings?page=99").get_data(as_text=True)
    assert "page 3 of 3" in last
    assert len(rows_of(last)) == 89
    one = browser.get(f"{study.address}/reliability/ratings?recording=S05&item=cirs_02").get_data(
        as_text=True
    )
    (row,) = rows_of(one)
    assert 'n.c.<span class="why">Cannot be heard well enough</span>' in row
    none = browser.get(f"{study.address}/reliability/ratings?recording=zzz&page=x&smallest=-1")
    assert "No recording and item is like that." in none.get_data(as_text=True)
    assert browser.get(f"{study.address}/reliability/ratings?scale=WISC").status_code == 404


@ON_SQLITE
def test_the_list_for_a_meeting_has_room_for_what_is_agreed_and_leaves_out_what_is_still_rated(
    study, browser_of
):
    study.open_again("s09", "Ada", "CIRS")
    browser = browser_of(study.lead.viewer)
    page = browser.get(f"{study.address}/reliability/ratings/meeting?scale=CIRS&smallest=3").get_data(
        as_text=True
    )
    wanted = {code for gap, item, code, _ in expected(study) if gap >= 3 and item.startswith("cirs")} - {
        "s09"
    }
    shown = set(re.findall(r'<h2 id="r\d+"><span class="mask" translate="no">(s\d+)</span>', page))
    assert shown == wanted
    assert page.count("Agreed, and why") == len(wanted)
    assert "1 recording of 17 is not shown" in page
    assert "must not be at the table" not in page
    study.open_again(min(wanted), "Ben", "TABBS")
    page = browser.get(f"{study.address}/reliability/ratings/meeting?scale=CIRS&smallest=3").get_data(
        as_text=True
    )
    assert page.count("not done on TABBS") == 1
