import tomllib

import pytest

from coder_app.domain.entries import InstrumentError
from coder_app.domain.instruments import ALLIANCE, bundled_instruments, parse_instrument
from coder_app.domain.own_measures import Outline, build_measure, write_measure
from coder_app.domain.scoring import Rule, default_rule, part_name

PEI = Outline("PEI 7", "parent", "mean", 0, 6, 8, "4, 6-7", "Bond: 1-3\n\nTasks: 4;5, 6 - 8\n")


def test_a_few_words_make_a_questionnaire_with_codes_of_its_own():
    made = build_measure(PEI)
    assert (made.name, made.informant, made.scoring, made.kind) == ("PEI 7", "parent", "mean", ALLIANCE)
    assert (made.lowest_total, made.highest_total) == (0, 6)
    assert [item.code for item in made.items][:2] == ["pei_7_01", "pei_7_02"]
    assert [item.label for item in made.items][2:4] == ["Item 3 (bond)", "Item 4 (tasks)"]
    assert {one.name: len(one.items) for one in made.subscales} == {"Bond": 3, "Tasks": 5}
    assert default_rule(made) == Rule(frozenset({"pei_7_04", "pei_7_06", "pei_7_07"}))
    assert [part_name(made, code) for code in ("", "bond")] == ["PEI 7", "PEI 7, bond"]


def test_a_name_that_begins_with_a_digit_still_makes_codes():
    made = build_measure(Outline("7-item scale", "child", "sum", 1, 4, 2))
    assert [item.code for item in made.items] == ["m_7_item_scale_01", "m_7_item_scale_02"]
    assert made.subscales == ()


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"n_items": 0}, "n_items", "1 to 200 items"),
        ({"n_items": 201}, "n_items", "1 to 200 items"),
        ({"reversed": "9"}, "reversed", "numbered 1 to 8"),
        ({"reversed": "4-2"}, "reversed", "numbered 1 to 8"),
        ({"reversed": "four"}, "reversed", "“four” is no item number"),
        ({"reversed": "1-"}, "reversed", "“1-” is no item number"),
        ({"subscales": "1-3"}, "subscales", "write a name, a colon, and item numbers"),
        ({"subscales": "Bond: 1\nbond: 2"}, "subscales", "is there twice"),
        ({"subscales": "Bond: 1, 1"}, "subscales[0].items", "twice"),
        ({"highest": 0}, "highest", "must be above lowest"),
        ({"informant": "nurse"}, "informant", "must be one of"),
        ({"name": "PEI?"}, "name", "does not have the form"),
    ],
)
def test_what_no_questionnaire_can_be_is_named(changes, key, said):
    with pytest.raises(InstrumentError) as caught:
        build_measure(Outline(**(vars(PEI) | changes)))
    assert caught.value.key == key and said in str(caught.value)


@pytest.mark.parametrize("name", [n for n, one in bundled_instruments().items() if one.kind == ALLIANCE])
def test_the_file_of_a_questionnaire_is_read_as_the_questionnaire(name):
    instrument = bundled_instruments()[name]
    assert parse_instrument(tomllib.loads(write_measure(instrument))) == instrument


def test_words_with_quotes_and_line_breaks_come_back_from_the_file():
    mapping = build_measure(PEI).to_mapping()
    mapping["items"][0]["label"] = 'He said: "we\'re a team"\n\tand meant it – ça va \\o/'
    instrument = parse_instrument(mapping)
    assert parse_instrument(tomllib.loads(write_measure(instrument))) == instrument


def test_the_items_that_the_original_words_the_other_way_are_marked_and_not_turned():
    wai = bundled_instruments()["WAI-S"]
    assert [item.code for item in wai.items if item.pole == "negative"] == ["wai_s_04", "wai_s_10"]
    assert not [item for item in wai.items if item.reversed]
