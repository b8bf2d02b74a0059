import copy
import json

import pytest

from coder_app.domain.instruments import Instrument, InstrumentError, bundled_instruments, parse_instrument

ALL = bundled_instruments()


def definition(name: str = "CIRS") -> dict:
    return copy.deepcopy(ALL[name].to_mapping())


def test_the_two_coding_scales_and_the_two_questionnaires_ship_with_the_package():
    assert {name: instrument.kind for name, instrument in ALL.items()} == {
        "CIRS": "coding",
        "TABBS": "coding",
        "TASC": "alliance",
        "WAI-S": "alliance",
    }


def test_cirs_has_six_items_from_0_to_5_of_which_the_four_positive_ones_are_summed():
    cirs = ALL["CIRS"]
    assert [item.label for item in cirs.items] == [
        "Initiating discussion",
        "Demonstrating enthusiasm",
        "Self-disclosure",
        "Demonstrating understanding",
        "Withdrawal or passivity",
        "Inhibition or avoidance",
    ]
    assert list(cirs.scores) == [0, 1, 2, 3, 4, 5]
    assert cirs.scoring == "sum"
    assert [subscale.name for subscale in cirs.subscales] == ["Positive Child Involvement"]


def test_tabbs_has_eleven_items_from_0_to_4_of_which_the_seven_positive_ones_are_summed():
    tabbs = ALL["TABBS"]
    assert [item.label for item in tabbs.items if item.pole == "negative"] == [
        "Pushing the child",
        "Formality",
        "Not following through",
        "Inappropriate talk",
    ]
    assert len(tabbs.items) == 11
    assert list(tabbs.scores) == [0, 1, 2, 3, 4]
    assert [subscale.name for subscale in tabbs.subscales] == ["Positive Therapist Behavior"]


@pytest.mark.parametrize("name", ["CIRS", "TABBS"])
def test_the_subscale_of_a_coding_scale_is_its_positive_items(name):
    instrument = ALL[name]
    positive = tuple(item.code for item in instrument.items if item.pole == "positive")
    assert [subscale.items for subscale in instrument.subscales] == [positive]


@pytest.mark.parametrize("name", ["CIRS", "TABBS"])
def test_every_point_of_a_coding_scale_has_words_of_its_own(name):
    instrument = ALL[name]
    assert [anchor.score for anchor in instrument.anchors] == list(instrument.scores)
    assert len({anchor.label for anchor in instrument.anchors}) == len(instrument.anchors)
    assert all(item.description for item in instrument.items)


def test_a_tasc_total_is_a_sum_by_the_child_and_a_wai_s_total_a_mean_by_the_therapist():
    tasc, wai_s = ALL["TASC"], ALL["WAI-S"]
    assert (tasc.informant, tasc.lowest_total, tasc.highest_total) == ("child", 12, 48)
    assert (wai_s.informant, wai_s.lowest_total, wai_s.highest_total) == ("therapist", 1, 5)
    assert len(tasc.items) == len(wai_s.items) == 12


def test_the_subscales_of_the_wai_s_share_its_twelve_items_out():
    wai_s = ALL["WAI-S"]
    assert {subscale.code for subscale in wai_s.subscales} == {"bond", "goals", "tasks"}
    assert sorted(code for s in wai_s.subscales for code in s.items) == [item.code for item in wai_s.items]


@pytest.mark.parametrize("name", list(ALL))
def test_no_reversal_is_guessed(name):
    assert not any(item.reversed for item in ALL[name].items)


@pytest.mark.parametrize("name", list(ALL))
def test_an_instrument_stored_as_json_comes_back_the_same(name):
    stored = json.dumps(ALL[name].to_mapping())
    assert parse_instrument(json.loads(stored)) == ALL[name]


@pytest.mark.parametrize("text", ["WAI-S", "wais", "wai_s", "Wai S", "wai"])
def test_a_measure_is_known_by_its_name_and_aliases_whatever_case_and_punctuation(text):
    assert [name for name, instrument in ALL.items() if instrument.answers_to(text)] == ["WAI-S"]


def test_items_and_reasons_are_found_by_code_and_subscales_have_one():
    cirs = ALL["CIRS"]
    assert cirs.find_item("cirs_03").label == "Self-disclosure"
    names = {subscale.code: subscale.name for subscale in cirs.subscales}
    assert names["positive_child_involvement"] == "Positive Child Involvement"
    assert cirs.find_reason("inaudible").label
    assert cirs.find_item("x") is cirs.find_reason("x") is None


def change(path: str, value: object):
    """Return a function that sets the entry at a path such as items.2.code."""

    def apply(mapping: dict) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            mapping = mapping[step]
        mapping[last] = value

    return apply


@pytest.mark.parametrize(
    ("apply", "key"),
    [
        (change("name", ""), "name"),
        (change("name", "a/b"), "name"),
        (change("title", 3), "title"),
        (change("version", None), "version"),
        (change("kind", "diary"), "kind"),
        (change("informant", "child"), "informant"),
        (change("scoring", "median"), "scoring"),
        (change("lowest", 0.5), "lowest"),
        (change("lowest", True), "lowest"),
        (change("highest", 0), "highest"),
        (change("highest", 1000), "highest"),
        (change("anchors", "none"), "anchors"),
        (change("anchors", []), "anchors"),
        (change("anchors.1.score", 0), "anchors[1].score"),
        (change("anchors.1.score", 9), "anchors[1].score"),
        (change("anchors.1.label", " "), "anchors[1].label"),
        (change("items", []), "items"),
        (change("items.2", "text"), "items[2]"),
        (change("items.2.code", "cirs_01"), "items[2].code"),
        (change("items.2.code", "Item 3"), "items[2].code"),
        (change("items.2.description", 3), "items[2].description"),
        (change("items.2.pole", "both"), "items[2].pole"),
        (change("items.2.reversed", "no"), "items[2].reversed"),
        (change("items.2.weight", 2), "items[2].weight"),
        (change("subscales.0.items", []), "subscales[0].items"),
        (change("subscales.0.items", ["cirs_01", "cirs_99"]), "subscales[0].items"),
        (change("subscales.0.items", ["cirs_01", "cirs_01"]), "subscales[0].items"),
        (change("not_codable_reasons", []), "not_codable_reasons"),
        (change("not_codable_reasons.1.code", "inaudible"), "not_codable_reasons[1].code"),
        (change("aliases", ["--"]), "aliases[0]"),
        (change("aliases", "cirs"), "aliases"),
        (change("author", "someone"), "author"),
        (change("segment_minutes", 0), "segment_minutes"),
        (change("segment_minutes", 61), "segment_minutes"),
        (change("segment_minutes", 2.5), "segment_minutes"),
        (change("segment_minutes", True), "segment_minutes"),
        (change("segment_minutes", "5"), "segment_minutes"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused_by_the_name_of_its_key(apply, key):
    mapping = definition()
    apply(mapping)
    with pytest.raises(InstrumentError) as caught:
        parse_instrument(mapping)
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key}: ")


def test_a_definition_that_is_no_table_is_refused():
    with pytest.raises(InstrumentError, match="must be a table"):
        parse_instrument(["CIRS"])


def test_a_questionnaire_needs_an_informant_but_no_anchor_for_every_point():
    mapping = definition("TASC")
    mapping["anchors"] = mapping["anchors"][:1]
    assert isinstance(parse_instrument(mapping), Instrument)
    del mapping["informant"]
    with pytest.raises(InstrumentError) as caught:
        parse_instrument(mapping)
    assert caught.value.key == "informant"


def test_a_lab_can_change_the_range_of_a_questionnaire_without_code():
    mapping = definition("WAI-S") | {"highest": 7, "scoring": "sum"}
    changed = parse_instrument(mapping)
    assert (changed.lowest_total, changed.highest_total) == (12, 84)


def test_the_bundled_scales_are_rated_on_whole_recordings():
    assert {instrument.segment_ms for instrument in ALL.values()} == {0}


def test_a_coding_scale_can_be_rated_by_segments_and_keeps_their_length_when_stored():
    by_segments = parse_instrument(definition() | {"segment_minutes": 5})
    assert by_segments.segment_ms == 300_000
    assert parse_instrument(json.loads(json.dumps(by_segments.to_mapping()))) == by_segments


def test_a_definition_stored_before_there_were_segments_is_still_read():
    mapping = definition()
    del mapping["segment_minutes"]
    assert parse_instrument(mapping) == ALL["CIRS"]


def test_a_questionnaire_has_no_segments():
    with pytest.raises(InstrumentError, match="only a coding scale") as caught:
        parse_instrument(definition("TASC") | {"segment_minutes": 5})
    assert caught.value.key == "segment_minutes"
