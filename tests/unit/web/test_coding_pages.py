"""What a coder's pages show, rendered from view models alone."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from coder_app.domain.goal import Week
from coder_app.web.coding.about_part import AboutPart
from coder_app.web.coding.check_page import AnswerRow, CheckPage, SubmittedPage
from coder_app.web.coding.concern_page import ConcernPage, ReportRow
from coder_app.web.coding.heard_part import HeardPart
from coder_app.web.coding.notes_page import NoteRow, NotesView, PlainNote
from coder_app.web.coding.player import Known, Player
from coder_app.web.coding.queue_page import CurrentEntry, QueueEntry, QueuePage, QueueSection
from coder_app.web.coding.rating_page import ItemField, RatingPage
from coder_app.web.coding.stopped_part import Stopped
from coder_app.web.words import figure

TEMPLATES = Path(__file__).parents[3] / "templates"
MASK = "velid-moru"
ANCHORS = ((0, "Not at all present"), (1, "Hardly present"), (2, "A great deal present"))
PLAYER = Player(
    audio_url="/a/x/audio",
    peaks_url="/a/x/peaks",
    heard_url="/a/x/heard",
    token="the-token",
    duration=600.0,
    speeds=(0.75, 1.0, 1.25),
    start=0.0,
    end=600.0,
    place="x",
    known=Known(((0, 5000),), 5000, 1.0, 60_000),
)
NOTES = NotesView(
    (NoteRow("b" * 32, 31_500, "item_1", "Label 1", "laughs", 2),),
    (("item_1", "Label 1"),),
    "/a/x/notes",
    "/a/x/notes/form",
    0,
    PlainNote("c" * 32),
)
ABOUT = AboutPart(
    "/a/x/concern", None, None, (("voice", "A voice"),), "/a/x/recognised", "/a/x/recognised/take-back", 0
)
RECOGNISED = replace(ABOUT, recognised="2 Mar 2026, 09:12", how="A voice", take_back_url=None)
TITLES = {
    "queue": "Your recordings · coder_app",
    "rate": "Rate a recording · coder_app",
    "check": "Check your ratings · coder_app",
    "submitted": "Submitted ratings · coder_app",
    "concern": "Report a concern · coder_app",
}


class Page(HTMLParser):
    """The elements of a page in order, each as (tag, attributes), and the words of its title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data
            self._inside = ""

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attrs
            for name, attrs in self.elements
            if name == tag and all(attrs.get(key) == value for key, value in wanted.items())
        ]


JINJA = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
JINJA.install_null_translations(newstyle=True)
JINJA.globals.update(static_url=lambda path: f"/static/{path}", url_for=lambda name, **_: f"/{name}")
JINJA.filters.update(figure=figure)


def render(template: str, page: object) -> str:
    viewer = {"name": "A Coder", "role_label": "coder"}
    study = {"name": "A study", "synthetic": False}
    return JINJA.get_template(f"coding/{template}.html").render(
        page=page,
        csrf_token="the-token",
        viewer=viewer,
        study=study,
        theme=None,
        # A page to rate has all that is needed to write notes, a submitted one has the notes alone.
        notes=NOTES.rows if template == "submitted" else NOTES,
        guidance={"item_1": "What counts."},
        about=RECOGNISED if template == "submitted" else ABOUT,
    )


def item(number: int, **changes: object) -> ItemField:
    blank = ItemField(f"item_{number}", number, f"Label {number}", "What it asks.", ANCHORS)
    return replace(blank, **changes)


def rating_page(*items: ItemField, **changes: object) -> RatingPage:
    urls = {"save_url": "/a/x/save", "form_url": "/a/x", "check_url": "/a/x/check", "queue_url": "/q"}
    urls["state_url"] = "/a/x/state/0"
    reasons = (("inaudible", "Cannot be heard"), ("other", "Another reason"))
    one_form = {"answered_in_form": 0, "total_in_form": len(items), "go_on_at": None, "segments": None}
    one_form["forms"] = ()
    page = RatingPage(
        MASK, "CIRS", "A Scale", items, reasons, PLAYER, sign_in_url="/sign-in", **urls, **one_form
    )
    return replace(page, **changes)


def entry(**changes: object) -> QueueEntry:
    return replace(QueueEntry(MASK, "CIRS", "not started", 3160.0, 0, 6, "/a/x"), **changes)


def check_page(*rows: AnswerRow, **changes: object) -> CheckPage:
    page = CheckPage(
        MASK, "CIRS", rows, None, (), PLAYER, "/a/x", "/a/x/submit", "/q", "/a/x/concern", ENOUGH
    )
    return replace(page, **changes)


ENOUGH = HeardPart(97, 90, ("00:00–00:02",), 0, False, "")
TOO_LITTLE = HeardPart(84, 90, ("16:20–17:25", "45:00–52:10"), 2, True, "typed")
NOT_KNOWN = HeardPart(None, 90, (), 0, True, "", fault="Say in a few words.")
RATED = AnswerRow(1, "Label 1", 0, "Not at all present", "/a/x#item-item_1")
MISSING = AnswerRow(2, "Label 2", None, None, "/a/x#item-item_2")
STOPPED = Stopped(
    "Next is item 3 of 6.",
    "4 notes.",
    (31.5,),
    Known(((0, 1_872_000),), 1_872_000, 1.0, 60_000),
    (0.0, 3160.0),
    "x",
)
BEGUN = entry(state="in progress", answered=2, heard=59, last_worked="today 14:06")
CURRENT = CurrentEntry(
    BEGUN, (entry(instrument="TABBS", with_masks=("velid-moru",)),), "/a/x/peaks", STOPPED, "Alt+R", "Alt+R"
)
LEFT = QueueSection(None, ((entry(state="reopened", answered=6, heard=96), entry()), (entry(),)))
QUEUE = QueuePage(1, 6, Week(3, 5), CURRENT, (LEFT,), ((entry(state="submitted", answered=6),),))
ANNOUNCED = QueueSection("First weeks", ((entry(),),))
SUBMITTED = SubmittedPage(
    MASK, "CIRS", (replace(RATED, url=None),), None, (), "today 14:31", "/q", 2, "84%", "The end is noise."
)
REPORTED = ReportRow("3F9A-21BC", "2 Mar 2026, 09:12", "31:07", "Somebody is afraid.", "Read")
CONCERN = ConcernPage(
    MASK, "CIRS", (), "/q", "/a/x", "/a/x/concern", PLAYER, True, "J. Vos", "+31 6 5550", (), "", "", None
)
EXAMPLES = [
    ("concern", CONCERN),
    ("concern", replace(CONCERN, player=None, has_contact=False, contact_name="", contact_reached="")),
    ("concern", replace(CONCERN, reports=(REPORTED,), text="typed", fault="This time is not one.")),
    ("queue", QUEUE),
    ("queue", replace(QUEUE, to_do=(ANNOUNCED, LEFT), week=Week(7, 5))),
    ("queue", replace(QUEUE, current=CurrentEntry(entry(), (), "/a/x/peaks", None))),
    ("queue", replace(QUEUE, current=replace(CURRENT, stopped=replace(STOPPED, known=None)))),
    ("queue", QueuePage(0, 0, None, None, (), ())),
    ("queue", QueuePage(1, 1, None, None, (), ((entry(state="submitted", answered=6),),))),
    ("rate", rating_page(item(1), item(2, score=0, revision=3), item(3, reason="other"))),
    ("rate", rating_page(item(1, reason_missing=True, error="Choose why item 1 cannot be coded"))),
    ("check", check_page(RATED, MISSING)),
    ("check", check_page(RATED)),
    ("check", check_page(RATED, heard=TOO_LITTLE)),
    ("check", check_page(RATED, heard=NOT_KNOWN, tried=True)),
    ("submitted", SUBMITTED),
]


@pytest.mark.parametrize(("template", "page"), EXAMPLES)
def test_every_page_obeys_the_content_security_policy(template: str, page: object) -> None:
    html = Page(render(template, page))
    assert not html.all("style")
    for tag, attrs in html.elements:
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
        assert tag != "script" or (attrs.get("src") or "").startswith("/static/")
        assert not re.match(r"(?:https?:)?//", attrs.get("src") or attrs.get("href") or "")


@pytest.mark.parametrize(("template", "page"), EXAMPLES)
def test_titles_are_the_same_for_every_recording(template: str, page: object) -> None:
    assert Page(render(template, page)).title == TITLES[template]


@pytest.mark.parametrize(("template", "page"), EXAMPLES)
def test_every_form_that_changes_something_carries_the_token(template: str, page: object) -> None:
    html = Page(render(template, page))
    forms = html.all("form", method="post")
    tokens = html.all("input", name="csrf_token", value="the-token")
    assert len(tokens) == len(forms) == len(html.all("form"))


@pytest.mark.parametrize(("template", "page"), EXAMPLES)
def test_no_id_stands_twice_and_every_label_has_its_field(template: str, page: object) -> None:
    html = Page(render(template, page))
    ids = [attrs["id"] for _, attrs in html.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    keys = ("for", "aria-labelledby", "aria-describedby")
    pointed = [(attrs.get(key) or "").split() for _, attrs in html.elements for key in keys]
    assert set().union(*pointed) <= set(ids)


def checked(page: Page) -> list[str | None]:
    return [attrs["value"] for attrs in page.all("input", type="radio") if "checked" in attrs]


def test_nothing_is_chosen_before_the_coder_chooses() -> None:
    html = Page(render("rate", rating_page(item(1), item(2))))
    assert checked(html) == []
    assert len(html.all("input", type="radio")) == 2 * (len(ANCHORS) + 1)


def test_a_score_of_zero_comes_back_as_chosen() -> None:
    assert checked(Page(render("rate", rating_page(item(1, score=0), item(2))))) == ["0"]


def test_not_codable_comes_back_with_its_reason() -> None:
    html = Page(render("rate", rating_page(item(1, reason="other"))))
    assert checked(html) == ["not-codable"]
    assert [attrs["value"] for attrs in html.all("option") if "selected" in attrs] == ["1", "other"]


def test_a_missing_reason_is_said_at_the_top_and_at_the_item() -> None:
    message = "Choose why item 1 cannot be coded"
    source = render("rate", rating_page(item(1, reason_missing=True, error=message), item(2)))
    assert source.count(message) == 2
    html = Page(source)
    assert html.all("a", href="#item-item_1")
    assert len(html.all("select", **{"aria-invalid": "true"})) == 1


def test_each_anchor_stands_beside_its_number() -> None:
    source = render("rate", rating_page(item(1)))
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", source))
    for score, label in ANCHORS:
        assert f"{score} {label}" in words


def test_enter_saves_and_never_clears_because_the_first_button_of_the_form_saves() -> None:
    html = Page(render("rate", rating_page(item(1, score=2), item(2))))
    form = next(place for place, (_, attrs) in enumerate(html.elements) if "data-save-url" in attrs)
    first = next(attrs for tag, attrs in html.elements[form:] if tag == "button")
    assert first["name"] == "save"
    assert [attrs["value"] for attrs in html.all("button", name="clear")] == ["item_1", "item_2"]


def test_the_form_posts_the_revision_that_each_item_was_shown_with() -> None:
    html = Page(render("rate", rating_page(item(1), item(2, score=1, revision=7))))
    assert html.all("input", type="hidden", name="revision-item_2", value="7")
    assert html.all("fieldset", **{"data-item": "item_2", "data-revision": "7"})


def test_an_instrument_of_the_labs_own_cannot_put_markup_into_the_page() -> None:
    source = render("rate", rating_page(item(1, label="<b>bold</b>", description="<script>1</script>")))
    assert "&lt;b&gt;bold" in source
    assert "<script>1" not in source


def test_speeds_above_the_cap_are_not_offered() -> None:
    html = Page(render("rate", rating_page(item(1), player=replace(PLAYER, speeds=(0.75, 1.0)))))
    assert [attrs["value"] for attrs in html.all("option")][:2] == ["0.75", "1"]
    assert not html.all("option", value="1.25")


def test_ratings_with_gaps_cannot_be_submitted_and_each_gap_is_a_link() -> None:
    source = render("check", check_page(RATED, MISSING))
    assert "Select a rating for item 2, Label 2" in source
    html = Page(source)
    assert len(html.all("a", href="/a/x#item-item_2")) == 3
    assert not html.all("form", action="/a/x/submit")


def test_complete_ratings_are_submitted_by_one_post() -> None:
    html = Page(render("check", check_page(RATED)))
    assert len(html.all("form", method="post", action="/a/x/submit")) == 1


def test_a_reason_is_asked_for_where_too_little_was_heard_and_what_was_typed_stays() -> None:
    source = render("check", check_page(RATED, heard=TOO_LITTLE))
    assert len(Page(source).all("textarea", name="why_less", form="submit-form")) == 1
    assert ">\ntyped</textarea>" in source
    assert "16:20–17:25, 45:00–52:10" in source and "and 2 more stretches" in source
    assert "why_less" not in render("check", check_page(RATED))
    assert "why_less" not in render("check", check_page(RATED, MISSING, heard=TOO_LITTLE))


def test_submitted_ratings_offer_no_change() -> None:
    html = Page(render("submitted", SUBMITTED))
    actions = {attrs.get("action") for attrs in html.all("form")}
    assert actions <= {"/auth.sign_out", "/settings.change_theme"}
    assert not html.all("input", type="radio")


def words_of(source: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", source))


def test_the_queue_leads_with_where_to_go_on() -> None:
    source = render("queue", QUEUE)
    words = words_of(source)
    assert "Stopped at 31:12 of 52:40, today 14:06. 59% heard. Next is item 3 of 6. 4 notes." in words
    assert "Continue at 31:07" in words
    assert source.index("data-resume") < source.index(">To do<")
    assert len(Page(source).all("a", **{"class": "btn btn-primary"})) == 1


def test_what_is_not_known_of_the_listening_is_not_said() -> None:
    words = words_of(
        render("queue", replace(QUEUE, current=replace(CURRENT, stopped=replace(STOPPED, known=None))))
    )
    assert "52:40 long. You last worked on it today 14:06. Next is item 3 of 6." in words
    assert "Stopped at" not in words and "Continue at" not in words


def test_going_on_starts_no_earlier_than_the_segment() -> None:
    assert replace(STOPPED, part=(1870.0, 1900.0)).starts_at == "31:10"
    assert replace(STOPPED, part=(1000.0, 1300.0)).starts_at == "21:40"


def test_forms_of_one_listening_are_one_group_of_rows() -> None:
    page = Page(render("queue", QUEUE))
    assert [attrs.get("class") for attrs in page.all("tbody")] == [
        "entries-together",
        "entries-alone",
        "entries-alone",
    ]


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        (Week(3, 5), "This week: 3 of the 5 that the lead asks for"),
        (Week(5, 5), "This week: 5 of the 5 that the lead asks for"),
        (Week(7, 5), "This week: 7, more than the 5 that the lead asks for"),
    ],
)
def test_the_goal_of_the_week_is_one_line(week: Week, shown: str) -> None:
    assert shown in words_of(render("queue", replace(QUEUE, week=week)))


def test_without_a_goal_nothing_is_said_of_the_week() -> None:
    assert "This week" not in render("queue", replace(QUEUE, week=None))


def test_only_an_announced_round_has_a_heading_of_its_own() -> None:
    words = words_of(render("queue", replace(QUEUE, to_do=(ANNOUNCED, LEFT))))
    assert words.index("First weeks") < words.index("Other recordings to do")
    assert "Other recordings" not in render("queue", QUEUE)


def test_a_queue_without_recordings_says_so() -> None:
    assert "Nothing to code yet" in render("queue", QueuePage(0, 0, None, None, (), ()))
    assert "All 1 are submitted" not in render("queue", QUEUE)
