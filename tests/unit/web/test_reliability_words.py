"""What the page of reliability says of what entered, and how it places words of both authors."""

import pytest

from coder_app.web.charts import forest_row, words_axis
from coder_app.web.lead.reliability_words import evidence_of

GIVEN_TO = "all of the coders whom they were given to"


def scale(entering, complete, each, coders=3, left_out=()):
    return {
        "n_subset": 17,
        "n_recordings": entering,
        "n_complete": complete,
        "coders_each": each,
        "coders": [{}] * coders,
        "left_out": list(left_out),
    }


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (scale(17, 17, [3, 3]), "17 of 17 recordings submitted by all 3 coders"),
        (scale(17, 8, [2, 3]), "17 of 17 recordings, 8 submitted by all 3 coders"),
        (scale(17, 17, [2, 2], 2), "17 of 17 recordings submitted by both coders"),
        (
            scale(17, 17, [2, 2], 4),
            "17 of 17 recordings submitted by all of the coders whom they were given to",
        ),
        (scale(0, 0, None), "0 of 17 recordings submitted by two coders or more"),
        (scale(0, 0, None, left_out=[["s01", "other days"]]), "0 of 17 recordings on these days"),
    ],
)
def test_what_entered_is_said_with_who_has_submitted_it(found, said):
    assert evidence_of(found) == said


def test_bands_and_labels_follow_the_words_and_the_confidence():
    usual, other = words_axis("cicchetti"), words_axis("koo_li")
    assert [band.word for band in usual.bands] == ["poor", "fair", "good", "excellent"]
    assert [band.word for band in other.bands] == ["poor", "moderate", "good", "excellent"]
    assert other.bands[1].x == other.scale.at(0.50)
    assert (
        forest_row(other, "Item", 0.7, 0.5, 0.8, confidence=0.9).label == "Item: ICC .70, 90% CI [.50, .80]"
    )
