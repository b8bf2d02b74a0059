"""A coder who chooses before the page's script has started: the choice is saved all the same."""

import pytest

from coder_app.services import assignment
from tests.browser.desk import sitting_at, until

pytestmark = pytest.mark.browser


def test_a_choice_made_before_the_script_runs_is_saved_once_it_runs(coding_room, chromium):
    with sitting_at(coding_room[0], chromium, *coding_room[1:]) as desk:
        page = desk.open()
        held = []
        page.route("**/js/rating.js*", lambda route: held.append(route))
        page.reload(wait_until="commit")
        page.locator("#item-cirs_01 input[type=radio][value='3']").check()
        until(page, "true")
        while not held:
            page.wait_for_timeout(50)
        held[0].continue_()
        until(page, "document.querySelector('[data-save-state]').dataset.state === 'saved'")
        with desk.room.database.read() as db:
            form = assignment.get_form(db, desk.coder, desk.page_address.rpartition("/")[2])
        assert form.segments[0].ratings["cirs_01"].score == 3
