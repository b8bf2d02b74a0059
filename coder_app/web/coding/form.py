"""Reads answers from what a browser sends, as JSON or as a plain form."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from coder_app.domain.instruments import Instrument
from coder_app.domain.rating import Change
from coder_app.domain.segments import WHOLE
from coder_app.services.assignment import GivenRating, SegmentForm
from coder_app.web.coding.rating_page import NOT_CODABLE

_LARGEST = 2**31


def read_change(data: Any) -> Change | None:
    """Return the change that the page's script sent, None when it has not the agreed form."""
    if not isinstance(data, dict):
        return None
    item, page, reason = data.get("item"), data.get("page"), data.get("reason")
    score, sequence, base = data.get("score"), data.get("sequence"), data.get("base")
    segment = data.get("segment", WHOLE)
    texts = is_text(item) and is_text(page) and 0 < len(page) <= 32
    counts = all(is_count(number) for number in (sequence, base, segment))
    answer = (score is None or is_whole(score)) and (reason is None or is_text(reason))
    if not (texts and counts and answer):
        return None
    return Change(item, score, reason, page, sequence, base, segment)


@dataclass(frozen=True)
class SentForm:
    """What a plain form changes, what is wrong with it by item, and which items lack their reason."""

    changes: tuple[Change, ...]
    errors: dict[str, str]
    without_reason: frozenset[str]


def read_segment(data: MultiDict) -> int:
    """Return the number of the segment that a plain form is about, 0 for the whole recording."""
    return read_count(data.get("segment", "0"))


def read_form(data: MultiDict, instrument: Instrument, segment: SegmentForm, page: str) -> SentForm:
    """Compare a plain form with what is stored; the item that a "Clear" button names is cleared."""
    changes: list[Change] = []
    errors: dict[str, str] = {}
    without_reason: set[str] = set()
    for item in instrument.items:
        stored = segment.ratings.get(item.code, GivenRating(None, None, 0))
        cleared = data.get("clear") == item.code
        answer = (None, None) if cleared else _answer(data, item.code)
        if answer is None:
            errors[item.code] = _("Choose one of the ratings of %(item)s.", item=item.label)
        elif answer[1] == "":
            errors[item.code] = _("Choose a reason why %(item)s cannot be coded.", item=item.label)
            without_reason.add(item.code)
        elif cleared or (answer != (None, None) and answer != (stored.score, stored.reason)):
            base = read_count(data.get(f"revision-{item.code}", "0"))
            changes.append(Change(item.code, *answer, page, len(changes) + 1, base, segment.number))
    return SentForm(tuple(changes), errors, frozenset(without_reason))


def _answer(data: MultiDict, code: str) -> tuple[int | None, str | None] | None:
    chosen = data.get(f"score-{code}", "")
    if chosen == NOT_CODABLE:
        return None, data.get(f"reason-{code}", "")
    if chosen == "":
        return None, None
    try:
        score = int(chosen)
    except ValueError:
        return None
    return (score, None) if abs(score) < _LARGEST else None


def read_count(text: str) -> int:
    """Return the whole number that a field of a form holds, 0 where it holds none."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def is_text(text: Any) -> bool:
    """Whether this is a text of one line that can be stored."""
    # No database keeps half a character, and PostgreSQL no NUL.
    return isinstance(text, str) and text.isprintable()


def is_whole(number: Any) -> bool:
    """Whether this is a whole number that can be stored."""
    return isinstance(number, int) and not isinstance(number, bool) and abs(number) < _LARGEST


def is_count(number: Any) -> bool:
    """Whether this is a whole number from 0 on."""
    return is_whole(number) and number >= 0
