"""Turns what services return into the whitelist view models of the coder's pages."""

from collections.abc import Iterator
from datetime import datetime

from flask import url_for

from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm, GivenRating, QueuedAssignment
from coder_app.web.coding.pages import (
    AnswerRow,
    CheckPage,
    ItemField,
    Player,
    QueueEntry,
    QueuePage,
    RatingPage,
    SubmittedPage,
    speeds_up_to,
)
from coder_app.web.words import moment

SPEED_CAP = 1.25


def queue_page(actor: Actor, entries: list[QueuedAssignment], now: datetime) -> QueuePage:
    """Return the queue: what was last worked on first, then the rest in the stored order."""
    open_entries = [entry for entry in entries if entry.state != "submitted"]
    done = [entry for entry in entries if entry.state == "submitted"]
    started = [entry for entry in open_entries if entry.state == "in progress" and entry.worked_at]
    current = max(started, key=lambda entry: entry.worked_at, default=None)
    if current is None and open_entries:
        current = open_entries[0]
    rest = [entry for entry in open_entries if entry is not current]
    return QueuePage(
        submitted=len(done),
        total=len(entries),
        current=_entry(current, now) if current else None,
        to_do=tuple(_entry(entry, now) for entry in rest),
        done=tuple(_entry(entry, now) for entry in done),
    )


def rating_page(
    actor: Actor,
    form: CodingForm,
    errors: dict[str, str] | None = None,
    without_reason: frozenset[str] = frozenset(),
) -> RatingPage:
    """Return the form of one recording; `errors` and `without_reason` name by item what was not saved."""
    address = {"assignment": form.public_id}
    return RatingPage(
        mask=form.mask,
        instrument=form.instrument.name,
        instrument_title=form.instrument.title,
        items=tuple(_item_fields(form, errors or {}, without_reason)),
        reasons=tuple((reason.code, reason.label) for reason in form.instrument.not_codable_reasons),
        player=_player(form),
        save_url=url_for("coding.save", **address),
        form_url=url_for("coding.save_form", **address),
        check_url=url_for("coding.check", **address),
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        sign_in_url=url_for("auth.sign_in"),
    )


def check_page(actor: Actor, form: CodingForm, error: str | None = None) -> CheckPage:
    """Return all answers before they are submitted."""
    rate_url = url_for("coding.rate", assignment=form.public_id)
    return CheckPage(
        mask=form.mask,
        instrument=form.instrument.name,
        rows=_answer_rows(form, rate_url),
        player=_player(form),
        rate_url=rate_url,
        submit_url=url_for("coding.submit", assignment=form.public_id),
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        error=error,
    )


def submitted_page(actor: Actor, form: CodingForm) -> SubmittedPage:
    """Return the answers after they were submitted."""
    return SubmittedPage(
        mask=form.mask,
        instrument=form.instrument.name,
        rows=_answer_rows(form, None),
        submitted=moment(form.submitted_at) if form.submitted_at else None,
        queue_url=url_for("coding.queue", study=actor.study_public_id),
    )


def time_of_day(at: datetime) -> str:
    """Write a moment of today in the server's own time zone, as 14:06:32."""
    return at.astimezone().strftime("%H:%M:%S")


def _when(at: datetime, now: datetime) -> str:
    local = at.astimezone()
    days = (now.astimezone().date() - local.date()).days
    if days in (0, 1):
        return f"{('today', 'yesterday')[days]} {local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}"


def _entry(entry: QueuedAssignment, now: datetime) -> QueueEntry:
    return QueueEntry(
        mask=entry.mask,
        instrument=entry.instrument,
        state=entry.state,
        length=entry.duration,
        answered=entry.answered,
        n_items=entry.n_items,
        url=url_for("coding.rate", assignment=entry.public_id),
        peaks_url=url_for("coding.peaks", assignment=entry.public_id),
        last_worked=_when(entry.worked_at, now) if entry.worked_at else None,
    )


def _player(form: CodingForm) -> Player:
    return Player(
        audio_url=url_for("coding.audio", assignment=form.public_id),
        peaks_url=url_for("coding.peaks", assignment=form.public_id),
        duration=form.duration,
        speeds=speeds_up_to(SPEED_CAP),
    )


def _item_fields(
    form: CodingForm, errors: dict[str, str], without_reason: frozenset[str]
) -> Iterator[ItemField]:
    anchors = tuple((anchor.score, anchor.label) for anchor in form.instrument.anchors)
    for number, item in enumerate(form.instrument.items, start=1):
        given = form.ratings.get(item.code, GivenRating(None, None, 0))
        yield ItemField(
            code=item.code,
            number=number,
            label=item.label,
            description=item.description,
            anchors=anchors,
            score=given.score,
            reason=given.reason,
            revision=given.revision,
            reason_missing=item.code in without_reason,
            error=errors.get(item.code),
        )


def _answer_rows(form: CodingForm, rate_url: str | None) -> tuple[AnswerRow, ...]:
    labels = {anchor.score: anchor.label for anchor in form.instrument.anchors}
    rows = []
    for number, item in enumerate(form.instrument.items, start=1):
        given = form.ratings.get(item.code, GivenRating(None, None, 0))
        reason = form.instrument.find_reason(given.reason) if given.reason else None
        words = f"Not codable: {reason.label}" if reason else labels.get(given.score)
        url = f"{rate_url}#item-{item.code}" if rate_url else None
        rows.append(AnswerRow(number, item.label, given.score, words, url))
    return tuple(rows)
