"""The words inside the drawing of a series: which part of a sequence a point is, and where no score is."""

from collections.abc import Sequence

from coder_app.web.charts.boxes import Box
from coder_app.web.charts.scales import Scale
from coder_app.web.charts.series_parts import Rupture, Score, Word

LETTER = 6.8
NO_SCORE = "no score"
LEFT_OUT = "parent alone"
LINE = 15.0


def words_inside(
    ordered: Sequence[Score],
    ruptures: Sequence[Rupture],
    left_out: frozenset[int],
    x: Scale,
    y: Scale,
    box: Box,
) -> tuple[Word, ...]:
    """Name the points of every sequence, the stretches without a score and the sessions that are left out."""
    score_of = {session: score for session, score in ordered if score is not None}
    words = []
    for rupture in ruptures:
        if rupture.pre in score_of:
            words.append(Word(x.at(rupture.pre), y.at(score_of[rupture.pre]) - 14, "pre", "middle", "ink"))
        if rupture.central in score_of:
            words.append(
                _beside(x.at(rupture.central), y.at(score_of[rupture.central]) + 4, "central", box, "limit")
            )
        if rupture.post is not None and rupture.post in score_of:
            text = f"post, {rupture.kind}" if rupture.kind else "post"
            words.append(_beside(x.at(rupture.post), y.at(score_of[rupture.post]) + 19, text, box, "ink"))
    numbers = range(int(x.low), int(x.high) + 1)
    gaps = [session for session in numbers if session not in score_of and session not in left_out]
    out = [session for session in numbers if session in left_out]
    if len(ordered) > 1:
        words.extend(_gap_words(gaps, NO_SCORE, box.bottom - 8, x, box))
        # A line of their own, so that they never run into the gaps' words.
        words.extend(_gap_words(out, LEFT_OUT, box.bottom - 8 - LINE * bool(gaps), x, box))
    return tuple(words)


def _beside(at: float, y: float, text: str, box: Box, tone: str) -> Word:
    """To the right of a point, or to its left where the right has no room."""
    y = min(max(y, box.top + 10), box.bottom - 4)
    if at + 12 + LETTER * len(text) > box.width:
        return Word(at - 12, y, text, "end", tone)
    return Word(at + 12, y, text, "start", tone)


def _gap_words(gaps: Sequence[int], text: str, y: float, x: Scale, box: Box) -> list[Word]:
    """One word for each run of sessions, as far as the words do not run into each other."""
    runs: list[list[int]] = []
    for session in gaps:
        if runs and session == runs[-1][-1] + 1:
            runs[-1].append(session)
        else:
            runs.append([session])
    words: list[Word] = []
    half = LETTER * len(text) / 2
    for run in runs:
        at = round((x.at(run[0]) + x.at(run[-1])) / 2, 2)
        at = min(max(at, box.left + half), box.right - half)
        if not words or at - words[-1].x > 2 * half:
            words.append(Word(at, y, text, "middle", "quiet"))
    return words
