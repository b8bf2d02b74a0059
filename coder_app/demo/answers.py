"""The demo's answers to single items: they add up to its alliance scores, and hang together as items do."""

import random
from collections.abc import Iterator, Sequence
from itertools import groupby

from coder_app.demo.planting import InformantShape
from coder_app.demo.scores import ScoreRow

HIGHEST = {"TASC": 4, "WAI-S": 5}
# How far answers stray from what the total and the item together would give, in points.
STRAY = 0.2
# One in so many has a gap, of the questionnaires with an answer that is just their mean.
GAP_ONE_IN = 5


def draw_answers(
    rows: Sequence[ScoreRow], shapes: Sequence[InformantShape], seed: int
) -> tuple[list[str], list[list[str | int]]]:
    """Return the header and the rows of a file with one column an item."""
    n_items = max(shape.n_items for shape in shapes)
    header = ["dyad", "session", "date", "informant", "measure"]
    header += [f"item_{number:02}" for number in range(1, n_items + 1)]
    return header, list(_draw_rows(rows, {shape.measure: shape for shape in shapes}, seed))


def _draw_rows(
    rows: Sequence[ScoreRow], shapes: dict[str, InformantShape], seed: int
) -> Iterator[list[str | int]]:
    draw = random.Random(f"answers {seed}")
    # Some items are easier to agree with than others, for everybody alike.
    ease = {name: [draw.uniform(-0.9, 0.9) for _ in range(shape.n_items)] for name, shape in shapes.items()}
    for _, own in groupby(rows, key=lambda row: row.dyad):
        for row in own:
            shape = shapes[row.measure]
            total = round(row.score * (shape.n_items if shape.is_mean else 1))
            answers: list[str | int] = [*_spread(draw, total, ease[row.measure], HIGHEST[row.measure])]
            # The mean of the others is then the mean of all: no rupture hangs on how the gap is filled.
            typical = [place for place, answer in enumerate(answers) if answer * shape.n_items == total]
            if typical and draw.randrange(GAP_ONE_IN) == 0:
                answers[draw.choice(typical)] = ""
            yield [row.dyad, row.session, row.date, row.informant, row.measure, *answers]


def _spread(draw: random.Random, total: int, ease: Sequence[float], highest: int) -> list[int]:
    """Share a total out over the items: the easier ones first, with some straying, each from 1 to highest."""
    middle = total / len(ease)
    wanted = [middle + own + draw.gauss(0, STRAY) for own in ease]
    answers = [min(highest, max(1, round(one))) for one in wanted]
    while (left := total - sum(answers)) != 0:
        step = 1 if left > 0 else -1
        free = [place for place, answer in enumerate(answers) if 1 <= answer + step <= highest]
        # The answer that is farthest from what was wanted in this direction moves.
        place = max(free, key=lambda one: step * (wanted[one] - answers[one]))
        answers[place] += step
    return answers
