"""The frozen sample as CSV: what is in it and what is not, and what later scores make of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from coder_app.services.rupture_tables import SETTINGS
from coder_app.services.sample_changes import Addition, SampleChanges, SequenceChange, Today
from coder_app.services.sample_view import LeftOut, SampleSequence, SampleView

PLACE = ("informant", "measure", "dyad", "pre", "central", "post", "criterion", "type")
# Name in the stored scores: column.
SCORES = {
    "pre": "pre_score",
    "central": "central_score",
    "post": "post_score",
    "lower_half_median": "lower_fourth",
    "upper_fourth": "upper_fourth",
    "lower_limit": "lower_limit",
    "pooled_sd": "pooled_sd",
}
FROZEN = ("data_hash", "frozen_at")
SAMPLE = (*PLACE, "in_sample", "left_out_because", "left_out_reason", *SCORES.values(), *SETTINGS, *FROZEN)
TODAY = tuple(f"{name}_today" for name in ("pre", "post", "criterion", "type", *SCORES.values()))
CHANGES = (
    *PLACE,
    "in_sample",
    "change",
    "all_changes",
    "reason",
    *SCORES.values(),
    *TODAY,
    *SETTINGS,
    *FROZEN,
)


def write_sample(sample: SampleView) -> str:
    """Return every sequence of the sample and every rupture left out, with the settings that it has."""
    from coder_app.tables.writing import write_csv

    return write_csv(SAMPLE, [*_taken(sample), *_left_out(sample)])


def write_changes(sample: SampleView, changes: SampleChanges) -> str:
    """Return every frozen sequence beside what today's scores say of it, and what they would add."""
    from coder_app.tables.writing import write_csv

    rows = [[*_changed(one), *_frozen(sample)] for one in changes.rows]
    return write_csv(CHANGES, rows + [[*_new(one), *_frozen(sample)] for one in changes.added or ()])


def _taken(sample: SampleView) -> Iterator[list[Any]]:
    for one in sample.sequences:
        yield [*_place(one), True, None, None, *_scores(one.scores), *_frozen(sample)]


def _left_out(sample: SampleView) -> Iterator[list[Any]]:
    for one in sample.left_out or ():
        yield [*_place(one), False, one.because, one.left_out, *_scores(None), *_frozen(sample)]


def _changed(one: SequenceChange) -> list[Any]:
    now = one.today
    found = [now.pre, now.post, now.criterion, now.type] if now else [None] * 4
    return [
        *_place(one.frozen),
        *(True, one.state, "; ".join(one.states), one.reason),
        *_scores(one.frozen.scores),
        *found,
        *_scores(one.scores),
    ]


def _new(one: Addition) -> list[Any]:
    now = one.today
    found = [now.pre, now.post, now.criterion, now.type]
    return [
        *_place(now),
        False,
        one.state,
        one.state,
        one.reason,
        *_scores(None),
        *found,
        *_scores(now.scores),
    ]


def _place(one: SampleSequence | LeftOut | Today) -> list[Any]:
    return [getattr(one, name) for name in PLACE]


def _scores(scores: Mapping[str, float | None] | None) -> list[float | None]:
    return [(scores or {}).get(name) for name in SCORES]


def _frozen(sample: SampleView) -> list[Any]:
    settings = [sample.settings.get(name) for name in SETTINGS]
    return [*settings, sample.data_hash, sample.frozen_at.strftime("%Y-%m-%d %H:%M")]
