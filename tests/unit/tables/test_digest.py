"""What is kept of a large table says the same of its columns as the whole of it."""

import json

from coder_app.tables.digest import MOST_TEXTS, digest, digest_as_json, digest_from_json
from coder_app.tables.files import open_table_file
from coder_app.tables.mapping_guess import guess


def table(n: int):
    rows = [f"K{at // 20:05};{1 + at % 20};k;tasc;{12 + at % 4900 / 100:.2f}" for at in range(n - 1)]
    text = "\n".join(["koppelnr;sessienr;invuller;vragenlijst;punten", *rows, "K0;1;kind;tasc;40"])
    return open_table_file(text.encode(), "file.csv")


def test_a_digest_is_guessed_at_as_the_whole_table_is_down_to_a_word_in_the_last_row(measures):
    whole = table(30_000)
    small = digest(whole)
    assert guess(small, measures) == guess(whole, measures)
    assert guess(small, measures).words["informant"] == {"k": "child", "kind": "child"}
    assert small.n_rows == 30_000
    kept = list(small.iter_rows())
    assert kept[-1][0] == 30_001
    assert len(kept) < 5_000 + len(whole.columns) * 2 * MOST_TEXTS


def test_a_digest_that_was_written_down_is_the_same_table():
    small = digest(table(300))
    again = digest_from_json(json.loads(json.dumps(digest_as_json(small))))
    assert again == small
    assert list(again.iter_rows()) == list(small.iter_rows())
    assert again.n_rows == small.n_rows == 300
