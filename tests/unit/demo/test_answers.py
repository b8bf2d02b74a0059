"""The demo's single answers lie on their scale, add up to its scores and hang together as items do."""

import pandas as pd

from coder_app.analysis.alpha import alpha_by_session, item_rest_correlations
from coder_app.demo.answers import HIGHEST, draw_answers
from coder_app.demo.participants import draw_participants
from coder_app.demo.scores import draw_scores
from coder_app.demo.scripts import FINISHED


def make_table():
    script = FINISHED
    dyads = [one.dyad for one in draw_participants(script.n_dyads, script.n_therapists, script.seed)]
    scores = draw_scores(dyads, script.shapes, script.n_shared, script.seed)
    header, rows = draw_answers(scores.rows, script.shapes, script.seed)
    assert (header, rows) == draw_answers(scores.rows, script.shapes, script.seed)
    return scores.rows, pd.DataFrame(rows, columns=header)


def test_answers_lie_on_their_scale_add_up_to_the_scores_and_hang_together():
    scores, table = make_table()
    assert len(table) == len(scores)
    items = [column for column in table.columns if column.startswith("item_")]
    for row, (_, answers) in zip(scores, table.iterrows(), strict=True):
        assert (answers["dyad"], answers["session"], answers["measure"]) == (
            row.dyad,
            row.session,
            row.measure,
        )
        given = [one for one in answers[items] if one != ""]
        assert set(given) <= set(range(1, HIGHEST[row.measure] + 1))
        # What is missing is the mean of the rest, so that filling it in changes no total.
        assert 12 * sum(given) == len(given) * round(row.score * (12 if row.measure == "WAI-S" else 1))
    assert 5 <= int((table[items] == "").sum().sum()) <= 80
    for _, own in table.groupby("measure"):
        long = own.rename(columns={"dyad": "target"}).melt(["target", "session"], items, "item", "score")
        long["score"] = pd.to_numeric(long["score"], errors="coerce")
        found = [one for one in alpha_by_session(long).values() if one.alpha is not None]
        assert len(found) >= 10
        assert all(0.6 < one.alpha < 0.95 for one in found)
        assert min(item_rest_correlations(long).values()) > 0
