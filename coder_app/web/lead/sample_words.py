"""What has become of a frozen sample, in words: for its own page, and for those that rest on it."""

from collections.abc import Iterable, Mapping

from coder_app.services.sample_changes import (
    GONE,
    MOVED,
    REFOUND,
    RELIMITED,
    RESCORED,
    RETYPED,
    UNCHANGED,
    SampleChanges,
    SequenceChange,
)
from coder_app.services.sample_news import SampleNews
from coder_app.web.charts.scales import number
from coder_app.web.numbers import NONE, count
from coder_app.web.words import in_words

_SCORES = {"pre": "pre", "central": "central", "post": "post"}
_LIMITS = {"lower_half_median": "lower fourth", "lower_limit": "lower limit"}


def summary(changes: SampleChanges) -> str:
    """Say in one sentence what today's scores make of the sample."""
    counts = changes.counts
    said = in_words(f"{n} {_STATE_WORDS[state]}" for state, n in counts.items())
    sentence = f"Of {count(len(changes.rows), 'frozen sequence')}: {said}."
    if changes.added is None:
        return sentence
    return f"{sentence} {_added_words(len(changes.added))}"


def news_words(news: SampleNews) -> str:
    """Say on other pages that scores have changed since the sample was frozen, with what is counted."""
    if news.n_changed is None:
        return (
            f"What they say of the {count(news.n_sequences, 'frozen sequence')} is computed when the sample "
            "is opened."
        )
    added = "" if news.n_added is None else f" {_added_words(news.n_added)}"
    return (
        f"{news.n_changed} of {count(news.n_sequences, 'frozen sequence')} with other scores or limits now; "
        f"{news.n_other} would not be found as frozen.{added} The sample stays as it is."
    )


_STATE_WORDS = {
    GONE: "no longer a rupture",
    RETYPED: "of another type",
    MOVED: "with other sessions before or after",
    REFOUND: "found by another criterion",
    RESCORED: "with other scores, otherwise as frozen",
    RELIMITED: "with other limits, otherwise as frozen",
    UNCHANGED: "unchanged",
}


def _added_words(n: int) -> str:
    if not n:
        return "Today’s scores would add none."
    return f"Today’s scores would add {count(n, 'rupture')}, which may or may not have recordings."


def say_change(one: SequenceChange) -> Iterable[str]:
    """Yield a sentence for each thing that is not as it was frozen."""
    frozen, now = one.frozen, one.today
    if GONE in one.states:
        yield f"No longer a rupture: {one.reason}."
    if RETYPED in one.states:
        why = f" ({now.reason})" if now.type is None else ""
        yield f"Frozen as {frozen.type}; now {now.type or 'not classifiable'}{why}."
    if MOVED in one.states:
        post = NONE if now.post is None else now.post
        before = f"{frozen.pre}, {frozen.central}, {frozen.post}"
        yield f"Frozen as sessions {before}; now {now.pre}, {now.central}, {post}."
    if REFOUND in one.states:
        yield f"Found by {frozen.criterion} when frozen; now by {now.criterion}."
    for names in (_SCORES, _LIMITS):
        if moved := list(_moved(one, names)):
            yield f"{in_words(moved)}.".capitalize()


def _moved(one: SequenceChange, names: Mapping[str, str]) -> Iterable[str]:
    if one.frozen.scores is None:
        return
    for name, words in names.items():
        before, after = one.frozen.scores.get(name), one.scores.get(name)
        if before != after:
            yield f"{words} {_number(before)} → {_number(after)}"


def _number(value: float | None) -> str:
    return "none" if value is None else number(value)
