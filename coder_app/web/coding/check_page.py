"""The answers to one recording, before they are submitted and after."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm, GivenRating
from coder_app.services.submission import Submitted
from coder_app.web.coding.heard_part import HeardPart, per_cent, whole_per_cent
from coder_app.web.coding.player import Player, player_of
from coder_app.web.coding.segments import SegmentTable, segment_table
from coder_app.web.coding.together import FormTab, form_tabs
from coder_app.web.words import moment


@dataclass(frozen=True)
class AnswerRow:
    """One item's answer as it stands; `url` leads to the item in the form."""

    number: int
    label: str
    score: int | None
    words: str | None
    url: str | None = None

    @property
    def missing(self) -> bool:
        """Whether neither a score nor a reason stands here."""
        return self.score is None and self.words is None


@dataclass(frozen=True)
class CheckPage:
    """All answers before they are submitted: as rows, or as a table of items by segments.

    `tried` says that the coder has just submitted them, with something missing.
    """

    mask: str
    instrument: str
    rows: tuple[AnswerRow, ...]
    table: SegmentTable | None
    forms: tuple[FormTab, ...]
    player: Player
    rate_url: str
    submit_url: str
    queue_url: str
    concern_url: str
    heard: HeardPart
    tried: bool = False

    @property
    def missing(self) -> tuple[AnswerRow, ...]:
        """The items that still need a rating."""
        return tuple(row for row in self.rows if row.missing)

    @property
    def complete(self) -> bool:
        """Whether nothing needs a rating any more."""
        return not self.missing and not (self.table and self.table.missing)


@dataclass(frozen=True)
class SubmittedPage:
    """The answers after they were submitted, to read only; `other` is a form of the same listening to do.

    `number` counts the submissions of this form, `heard` is the share heard and `why_less` the reason for it.
    """

    mask: str
    instrument: str
    rows: tuple[AnswerRow, ...]
    table: SegmentTable | None
    forms: tuple[FormTab, ...]
    submitted: str | None
    queue_url: str
    number: int = 1
    heard: str | None = None
    why_less: str | None = None

    @property
    def other(self) -> FormTab | None:
        """The next form of the same listening that is not submitted."""
        return next((tab for tab in self.forms if not tab.submitted), None)


def check_page(actor: Actor, form: CodingForm, heard: HeardPart, *, tried: bool = False) -> CheckPage:
    """Return all answers before they are submitted; `tried` after the coder did so in vain."""
    rate_url = url_for("coding.rate", assignment=form.public_id)
    return CheckPage(
        mask=form.mask,
        instrument=form.instrument.name,
        rows=_answer_rows(form, rate_url),
        table=segment_table(form, with_urls=True),
        forms=form_tabs(form),
        player=player_of(actor, form),
        rate_url=rate_url,
        submit_url=url_for("coding.submit", assignment=form.public_id),
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        concern_url=url_for("coding.concern", assignment=form.public_id),
        heard=heard,
        tried=tried,
    )


def submitted_page(actor: Actor, form: CodingForm, submitted: Submitted | None) -> SubmittedPage:
    """Return the answers after they were submitted, with what is kept of that submission."""
    share = whole_per_cent(submitted.heard) if submitted else None
    return SubmittedPage(
        mask=form.mask,
        instrument=form.instrument.name,
        rows=_answer_rows(form, None),
        table=segment_table(form, with_urls=False),
        forms=form_tabs(form),
        submitted=moment(form.submitted_at) if form.submitted_at else None,
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        number=submitted.number if submitted else 1,
        heard=per_cent(share) if share is not None else None,
        why_less=submitted.why_less if submitted else None,
    )


def _answer_rows(form: CodingForm, rate_url: str | None) -> tuple[AnswerRow, ...]:
    if form.instrument.segment_ms:
        return ()
    labels = {anchor.score: anchor.label for anchor in form.instrument.anchors}
    rows = []
    for number, item in enumerate(form.instrument.items, start=1):
        given = form.segments[0].ratings.get(item.code, GivenRating(None, None, 0))
        reason = form.instrument.find_reason(given.reason) if given.reason else None
        words = _("Not codable: %(reason)s", reason=reason.label) if reason else labels.get(given.score)
        url = f"{rate_url}#item-{item.code}" if rate_url else None
        rows.append(AnswerRow(number, item.label, given.score, words, url))
    return tuple(rows)
