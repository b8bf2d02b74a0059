"""Code names: random, readable, never twice."""

import random
import re
from collections import Counter

import pytest

from coder_app.domain.masking import draw_below, draw_mask, draw_masks, draw_order


@pytest.fixture
def token_bytes():
    return random.Random(4).randbytes


def test_a_mask_is_two_words_of_two_syllables(token_bytes):
    for _ in range(200):
        assert re.fullmatch(
            r"([b-df-hj-np-tv-z]{1,2}[aeiou]){2}[lmnrstk]?-([b-df-hj-np-tv-z]{1,2}[aeiou]){2}[lmnrstk]?",
            draw_mask(token_bytes),
        )


def test_masks_are_all_different_and_none_is_taken(token_bytes):
    taken = set(draw_masks(500, (), token_bytes))
    masks = draw_masks(500, taken, token_bytes)
    assert len(set(masks)) == 500
    assert taken.isdisjoint(masks)


def test_a_taken_mask_is_drawn_again():
    repeated = draw_mask(random.Random(4).randbytes)
    assert draw_masks(1, {repeated}, random.Random(4).randbytes) != [repeated]


def test_masks_depend_on_the_randomness_alone():
    assert draw_masks(20, (), random.Random(4).randbytes) == draw_masks(20, (), random.Random(4).randbytes)


def test_an_order_holds_every_number_once(token_bytes):
    assert sorted(draw_order(50, token_bytes)) == list(range(50))


def test_every_order_of_three_is_about_equally_likely(token_bytes):
    seen = Counter(tuple(draw_order(3, token_bytes)) for _ in range(6000))
    assert len(seen) == 6
    assert all(850 < count < 1150 for count in seen.values())


def test_a_limit_below_one_is_an_error(token_bytes):
    with pytest.raises(ValueError, match="at least 1"):
        draw_below(0, token_bytes)


def test_a_number_past_the_last_whole_multiple_is_drawn_again():
    answers = iter([b"\xff" * 8, b"\x00" * 7 + b"\x05"])
    assert draw_below(3, lambda _: next(answers)) == 2
