"""Sentences that can be translated where they are shown."""

import json

from coder_app.domain.sentences import say


def test_a_sentence_reads_as_english_and_remembers_what_it_was_made_from():
    said = say("%(n)s of %(total)s", n=3, total=6)
    assert said == "3 of 6"
    assert (said.template, said.values) == ("%(n)s of %(total)s", {"n": 3, "total": 6})
    assert json.dumps({"why": said}) == '{"why": "3 of 6"}'


def test_a_sentence_without_places_may_have_a_per_cent_sign():
    assert say("100% of it") == "100% of it"
