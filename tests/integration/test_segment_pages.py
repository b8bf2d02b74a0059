"""The pages of a form that is rated by segments, with the script and without it."""

import pytest

from tests.makers.segmented import ITEMS, change, make_segmented_form


@pytest.fixture
def form(world, database):
    """A form on a recording of 11 minutes, which has two segments."""
    return make_segmented_form(world, database)


@pytest.fixture
def browser(form, browser_of):
    """The coder's browser."""
    return browser_of(form.coder.viewer)


def text(browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_form_opens_at_the_segment_where_the_coder_stopped(browser, form):
    address = form.address
    assert browser.get(address).location.endswith(f"{address}/segments/1")
    form.save(change(segment=2))
    assert browser.get(address).location.endswith(f"{address}/segments/2")


def test_a_segments_page_says_which_it_is_and_binds_the_player_to_it(browser, form):
    form.save(change(segment=1))
    page = text(browser, f"{form.address}/segments/2")
    assert "Segment 2 of 2" in page
    assert "05:00–11:00" in page
    assert 'data-start="300.0" data-end="660.0"' in page
    assert "0 of 3" in page
    assert "1 of 6" in page
    assert page.count(' name="score-') == 3 * 7
    assert " checked" not in page


@pytest.mark.parametrize("number", [0, 3, 99999999999999999999])
def test_a_segment_that_is_not_there_is_not_found(browser, form, number):
    assert browser.get(f"{form.address}/segments/{number}").status_code == 404
    sent = {"segment": str(number), "score-mirs_01": "1"}
    page = f"{form.address}/segments/1"
    assert browser.post(f"{form.address}/form", sent, page=page).status_code == 404


@pytest.mark.parametrize("segment", [-1, "1", 1.5, True, None, 2**40])
def test_a_segment_that_is_no_number_is_refused(browser, form, segment):
    sent = {"item": ITEMS[0], "score": 1, "reason": None, "page": "p", "sequence": 1, "base": 0}
    page = f"{form.address}/segments/1"
    reply = browser.post_json(f"{form.address}/ratings", sent | {"segment": segment}, page=page)
    assert reply.status_code == 422
    assert form.stored() == {}


def test_a_save_answers_with_the_counts_of_segment_and_form(browser, form):
    form.save(change(segment=1))
    sent = {"item": ITEMS[0], "score": 0, "reason": None, "page": "p", "sequence": 1, "base": 0}
    page = f"{form.address}/segments/2"
    reply = browser.post_json(f"{form.address}/ratings", sent | {"segment": 2}, page=page).json
    assert (reply["answered"], reply["total"]) == (1, 3)
    assert reply["form"] == {"answered": 2, "total": 6}


def test_without_the_script_one_goes_from_segment_to_segment_to_the_check(browser, form):
    address = form.address
    for segment, goes_to in ((1, "segments/2"), (2, "check")):
        answers = {f"score-{item}": str(segment) for item in ITEMS}
        wanted = {"segment": str(segment), "next": "segment" if segment == 1 else "check"}
        answer = browser.post(f"{address}/form", answers | wanted, page=f"{address}/segments/{segment}")
        assert (answer.status_code, answer.location) == (303, f"{address}/{goes_to}")
    assert form.stored() == {(n, item): (n, None) for n in (1, 2) for item in ITEMS}
    assert "Submit ratings" in text(browser, f"{address}/check")


def test_a_mistake_in_a_plain_form_is_shown_in_its_segment(browser, form):
    address = form.address
    sent = {"segment": "2", "score-mirs_01": "9", "score-mirs_02": "4"}
    reply = browser.post(f"{address}/form", sent, page=f"{address}/segments/2")
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert "Segment 2 of 2" in page
    assert "9 is not on the scale" in page


def test_the_check_lists_what_is_missing_in_each_segment(browser, form):
    form.save(change(segment=1, item=ITEMS[0], score=0))
    form.save(change(segment=1, item=ITEMS[1], sequence=2))
    form.save(change(segment=1, item=ITEMS[2], score=None, reason="inaudible", sequence=3))
    form.save(change(segment=2, item=ITEMS[0], sequence=4))
    page = text(browser, f"{form.address}/check")
    assert "Segment 2: 2 items need a rating" in page
    assert "Segment 1:" not in page
    assert f"{form.address}/segments/2#item-{ITEMS[1]}" in page
    assert page.count("No rating yet") == 2
    assert "Not codable: Cannot be heard well enough" in page
    assert "Submit ratings" not in page


def test_submitted_answers_are_a_table_without_links(browser, form):
    form.rate_all()
    form.submit()
    page = text(browser, form.address)
    assert page.count("Clearly present") + page.count("Present a little") == 6
    assert "/segments/" not in page
    redirected = browser.get(f"{form.address}/segments/2")
    assert redirected.location.endswith(form.address)
