"""Segments on a coder's pages: the row of links, and all answers as a table of items by segments."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from coder_app.domain.segments import WHOLE
from coder_app.services.assignment import CodingForm, GivenRating, SegmentForm
from coder_app.web.coding.words import clock
from coder_app.web.shortcuts import shortcut_words


@dataclass(frozen=True)
class SegmentLink:
    """One segment: where it lies in the recording, and how far its ratings are."""

    number: int
    start: str
    end: str
    answered: int
    total: int
    url: str | None

    @property
    def state(self) -> str:
        """Whether nothing, something or all of it is rated: open, in progress, done."""
        if self.answered == self.total:
            return "done"
        return "in progress" if self.answered else "open"


@dataclass(frozen=True)
class SegmentRow:
    """The segment of a page among all segments of the recording, with the keys to those beside it."""

    current: SegmentLink
    links: tuple[SegmentLink, ...]
    keys_before: str
    keys_after: str

    @property
    def before(self) -> SegmentLink | None:
        """The segment before this one."""
        place = self.links.index(self.current)
        return self.links[place - 1] if place else None

    @property
    def after(self) -> SegmentLink | None:
        """The segment after this one."""
        place = self.links.index(self.current)
        return self.links[place + 1] if place + 1 < len(self.links) else None


@dataclass(frozen=True)
class Cell:
    """One answer: what stands in the table, what it means, and where to change it."""

    text: str
    words: str
    missing: bool
    url: str | None


@dataclass(frozen=True)
class ItemRow:
    """One item's answers in all segments."""

    number: int
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class SegmentTable:
    """All answers of a form that is rated by segments."""

    segments: tuple[SegmentLink, ...]
    rows: tuple[ItemRow, ...]

    @property
    def missing(self) -> tuple[tuple[SegmentLink, int, str], ...]:
        """The segments that lack ratings, with how many they lack and where the first is."""
        return tuple(
            (segment, len(gaps), gaps[0].url or "")
            for place, segment in enumerate(self.segments)
            if (gaps := [row.cells[place] for row in self.rows if row.cells[place].missing])
        )


def segment_url(form: CodingForm, number: int, item: str | None = None) -> str:
    """Return where a segment is rated, or the whole recording with the number 0; `item` leads to one item."""
    anchor = f"item-{item}" if item else None
    if number == WHOLE:
        return url_for("coding.rate", assignment=form.public_id, _anchor=anchor)
    return url_for("coding.segment", assignment=form.public_id, number=number, _anchor=anchor)


def segment_row(form: CodingForm, segment: SegmentForm) -> SegmentRow | None:
    """Return the row of segments of a page about one of them; None where recordings are rated as a whole."""
    if segment.number == WHOLE:
        return None
    links = _links(form, with_urls=True)
    current = next(link for link in links if link.number == segment.number)
    return SegmentRow(current, links, shortcut_words("previous-segment"), shortcut_words("next-segment"))


def segment_table(form: CodingForm, *, with_urls: bool) -> SegmentTable | None:
    """Return all answers of a form; None for a recording that is rated as a whole."""
    if not form.instrument.segment_ms:
        return None
    rows = tuple(
        ItemRow(
            number,
            item.label,
            tuple(_cell(form, segment, item.code, with_urls=with_urls) for segment in form.segments),
        )
        for number, item in enumerate(form.instrument.items, start=1)
    )
    return SegmentTable(_links(form, with_urls=with_urls), rows)


def _links(form: CodingForm, *, with_urls: bool) -> tuple[SegmentLink, ...]:
    return tuple(
        SegmentLink(
            number=segment.number,
            start=clock(segment.start),
            end=clock(segment.end),
            answered=segment.answered,
            total=len(segment.items),
            url=segment_url(form, segment.number) if with_urls else None,
        )
        for segment in form.segments
    )


def _cell(form: CodingForm, segment: SegmentForm, code: str, *, with_urls: bool) -> Cell:
    url = segment_url(form, segment.number, code) if with_urls else None
    given = segment.ratings.get(code, GivenRating(None, None, 0))
    if given.score is not None:
        labels = {anchor.score: anchor.label for anchor in form.instrument.anchors}
        return Cell(str(given.score), labels[given.score], False, url)
    if given.reason is not None:
        reason = form.instrument.find_reason(given.reason)
        return Cell("×", _("Not codable: %(reason)s", reason=reason.label), False, url)
    return Cell("", _("No rating yet"), True, url)
