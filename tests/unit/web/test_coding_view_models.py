"""The coder's view models: what they hold and what they work out."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from coder_app.web.coding.about_part import AboutPart
from coder_app.web.coding.check_page import AnswerRow, CheckPage, SubmittedPage
from coder_app.web.coding.concern_page import ConcernPage, ReportRow
from coder_app.web.coding.guess_page import Choice, GuessesCard, GuessesPage, GuessPage, GuessRow
from coder_app.web.coding.heard_part import HeardPart, whole_per_cent
from coder_app.web.coding.notes_page import NoteRow, NotesView, PlainNote
from coder_app.web.coding.player import Known, Player
from coder_app.web.coding.queue_page import CurrentEntry, QueueEntry, QueuePage, QueueSection
from coder_app.web.coding.rating_page import ItemField, RatingPage
from coder_app.web.coding.reopening_part import ReopenedPart, ReopeningPart
from coder_app.web.coding.stopped_part import Stopped
from coder_app.web.coding.words import clock


def item(number: int, **changes: object) -> ItemField:
    blank = ItemField(f"item_{number}", number, "Label", "What it asks.", ((0, "low"), (1, ""), (2, "high")))
    return replace(blank, **changes)


def entry(**changes: object) -> QueueEntry:
    return replace(QueueEntry("velid-moru", "CIRS", "in progress", 3160.0, 0, 6, "/a/x"), **changes)


def rating_page(*items: ItemField) -> RatingPage:
    player = Player("/audio", "/peaks", "/heard", "token", 600.0, (1.0,), 0.0, 600.0, "x")
    urls = ("/url",) * 6
    return RatingPage("velid-moru", "CIRS", "A Scale", items, (), player, *urls, 0, 4, None, None, ())


def test_positions_are_written_as_on_a_player() -> None:
    assert [clock(seconds) for seconds in (0, 59.9, 1872, 3600, 5461)] == [
        "00:00",
        "00:59",
        "31:12",
        "1:00:00",
        "1:31:01",
    ]


def test_a_score_of_zero_counts_as_rated_and_an_open_item_does_not() -> None:
    page = rating_page(item(1, score=0), item(2, reason="other"), item(3, reason_missing=True), item(4))
    assert (page.answered, page.total) == (2, 4)
    assert page.next_item is not None
    assert page.next_item.number == 3


@pytest.mark.parametrize(("share", "shown"), [(0.8999, 89), (0.9, 90), (0.29, 29), (1.0, 100), (None, None)])
def test_a_share_below_the_minimum_never_looks_like_it(share: float | None, shown: int | None) -> None:
    assert whole_per_cent(share) == shown


def test_only_single_digits_are_announced_as_keys() -> None:
    assert item(1).keys == (0, 2)
    assert item(1, anchors=tuple((score, "") for score in range(-1, 11))).keys == (0, 9)
    assert item(1, anchors=((10, "low"), (20, "high"))).keys is None


@pytest.mark.parametrize(
    ("model", "known"),
    [
        (
            QueueEntry,
            "mask instrument state length answered n_items url with_masks heard last_worked round_name",
        ),
        (QueuePage, "submitted total week current to_do done"),
        (CurrentEntry, "entry others peaks_url stopped keys aria_keys"),
        (QueueSection, "name groups"),
        (Stopped, "next_words notes_words flags known part place"),
        (Player, "audio_url peaks_url heard_url token duration speeds start end place known"),
        (Known, "stretches position speed ago"),
        (ItemField, "code number label description anchors score reason revision reason_missing error"),
        (
            RatingPage,
            "mask instrument instrument_title items reasons player"
            " save_url state_url form_url check_url queue_url sign_in_url"
            " answered_in_form total_in_form go_on_at segments forms",
        ),
        (NoteRow, "note at_ms item item_label text revision"),
        (PlainNote, "note time item text error"),
        (NotesView, "rows items save_url form_url segment plain longest"),
        (AnswerRow, "number label score words url"),
        (
            CheckPage,
            "mask instrument rows table forms player rate_url submit_url queue_url concern_url heard tried",
        ),
        (AboutPart, "concern_url recognised how ways mark_url take_back_url segment"),
        (
            ConcernPage,
            "mask instrument forms queue_url back_url send_url player has_contact contact_name"
            " contact_reached reports text time fault longest",
        ),
        (ReportRow, "reference sent at text stage"),
        (SubmittedPage, "mask instrument rows table forms submitted queue_url number heard why_less"),
        (HeardPart, "share minimum unheard n_more needs_reason text fault longest"),
        (
            ReopeningPart,
            "state reason asked declined declined_at ask_url withdraw_url text fault longest",
        ),
        (ReopenedPart, "at answer"),
        (GuessesCard, "url answered total"),
        (GuessRow, "mask is_answered position outcome url"),
        (GuessesPage, "queue_url send_url next_url answered rows closed"),
        (Choice, "value label chosen"),
        (
            GuessPage,
            "mask instrument number total queue_url list_url save_url player start end"
            " positions outcomes no_position no_outcome forms",
        ),
    ],
)
def test_a_view_model_holds_what_a_coder_may_know_and_no_more(model: type, known: str) -> None:
    assert [field.name for field in fields(model)] == known.split()


def test_a_view_model_cannot_be_added_to_on_its_way_to_the_template() -> None:
    with pytest.raises(FrozenInstanceError):
        entry().mask = "other"  # type: ignore[misc]


def test_each_state_of_a_recording_has_its_verb() -> None:
    states = ("not started", "in progress", "reopened", "submitted")
    assert [entry(state=state).action for state in states] == ["Start", "Continue", "Open", "See ratings"]
