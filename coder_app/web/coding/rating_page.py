"""What the page of one recording may show: every field is the coder's own or the same for all coders."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for

from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm, GivenRating, SegmentForm
from coder_app.web.coding.player import Player, player_of
from coder_app.web.coding.segments import SegmentRow, segment_row
from coder_app.web.coding.together import FormTab, form_tabs

NOT_CODABLE = "not-codable"


@dataclass(frozen=True)
class ItemField:
    """One item as a radio group: a score, or a reason why there is none, or neither."""

    code: str
    number: int
    label: str
    description: str
    anchors: tuple[tuple[int, str], ...]
    score: int | None = None
    reason: str | None = None
    revision: int = 0
    reason_missing: bool = False
    error: str | None = None

    @property
    def answered(self) -> bool:
        """Whether the item counts as rated: a score of 0 does, the absence of a rating does not."""
        return self.score is not None or self.reason is not None

    @property
    def not_codable(self) -> bool:
        """Whether "Not codable" is the choice to show, its reason given or still missing."""
        return self.reason is not None or self.reason_missing

    @property
    def keys(self) -> tuple[int, int] | None:
        """The lowest and highest score that one digit can answer."""
        digits = [score for score, _ in self.anchors if 0 <= score <= 9]
        return (min(digits), max(digits)) if digits else None


@dataclass(frozen=True)
class RatingPage:
    """The form for one recording, or one segment of it, and one instrument; `go_on_at` names an item."""

    mask: str
    instrument: str
    instrument_title: str
    items: tuple[ItemField, ...]
    reasons: tuple[tuple[str, str], ...]
    player: Player
    save_url: str
    state_url: str
    form_url: str
    check_url: str
    queue_url: str
    sign_in_url: str
    answered_in_form: int
    total_in_form: int
    go_on_at: str | None
    segments: SegmentRow | None
    forms: tuple[FormTab, ...]

    @property
    def answered(self) -> int:
        """The number of items that count as rated."""
        return sum(item.answered for item in self.items)

    @property
    def total(self) -> int:
        """The number of items."""
        return len(self.items)

    @property
    def next_item(self) -> ItemField | None:
        """The first item that is still open."""
        return next((item for item in self.items if not item.answered), None)

    @property
    def errors(self) -> tuple[ItemField, ...]:
        """The items whose answer was refused."""
        return tuple(item for item in self.items if item.error)


def rating_page(
    actor: Actor,
    form: CodingForm,
    segment: SegmentForm,
    errors: dict[str, str] | None = None,
    without_reason: frozenset[str] = frozenset(),
) -> RatingPage:
    """Return the form of one segment; `errors` and `without_reason` name by item what was not saved."""
    address = {"assignment": form.public_id}
    return RatingPage(
        mask=form.mask,
        instrument=form.instrument.name,
        instrument_title=form.instrument.title,
        items=tuple(_item_fields(form, segment, errors or {}, without_reason)),
        reasons=tuple((reason.code, reason.label) for reason in form.instrument.not_codable_reasons),
        player=player_of(actor, form, segment.start, segment.end),
        save_url=url_for("coding.save", **address),
        state_url=url_for("coding.state", number=segment.number, **address),
        form_url=url_for("coding.save_form", **address),
        check_url=url_for("coding.check", **address),
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        sign_in_url=url_for("auth.sign_in"),
        answered_in_form=form.answered,
        total_in_form=form.n_items,
        go_on_at=_go_on_at(form, segment),
        segments=segment_row(form, segment),
        forms=form_tabs(form),
    )


def _go_on_at(form: CodingForm, segment: SegmentForm) -> str | None:
    """Name the item of this segment that is next; none at first, since listening comes first."""
    number, item = form.go_on_at
    if not form.answered:
        return None
    return item if number == segment.number else next(iter(segment.missing), None)


def _item_fields(
    form: CodingForm, segment: SegmentForm, errors: dict[str, str], without_reason: frozenset[str]
) -> Iterator[ItemField]:
    anchors = tuple((anchor.score, anchor.label) for anchor in form.instrument.anchors)
    for number, item in enumerate(form.instrument.items, start=1):
        given = segment.ratings.get(item.code, GivenRating(None, None, 0))
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
