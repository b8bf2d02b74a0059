"""How blind the coders were, as CSV: every guess beside the truth, and the indices."""

from collections.abc import Iterator
from typing import Any

GUESSES = ("question", "target", "rater", "truth", "guess", "recognised", "reason")
INDEX = ("estimate", "lower", "upper", "method", "n_coders", "caution", "reason")
INDICES = (
    *("question", "index", "arm", "answers", "guessed", "right"),
    *("estimate", "lower", "upper", "method", "coders", "caution", "reason"),
)
ALL = "all"


def write_guesses(content: dict[str, Any]) -> str:
    """Return a row for every recording that a coder was asked about, and each question."""
    from coder_app.tables.writing import write_csv

    rows = [
        [question["question"], *(row[name] for name in GUESSES[1:])]
        for question in content["questions"]
        for row in question["rows"]
    ]
    return write_csv(GUESSES, rows)


def write_indices(content: dict[str, Any]) -> str:
    """Return James' index of each question and Bang's of each of its arms."""
    from coder_app.tables.writing import write_csv

    return write_csv(INDICES, [row for question in content["questions"] for row in _index_rows(question)])


def _index_rows(question: dict[str, Any]) -> Iterator[list[Any]]:
    name = question["question"]
    right = sum(arm["n_right"] for arm in question["arms"])
    yield [name, "James", ALL, question["n"], question["n_guessed"], right, *_figures(question["james"])]
    for arm in question["arms"]:
        yield [name, "Bang", arm["name"], arm["n"], arm["n_guessed"], arm["n_right"], *_figures(arm["bang"])]


def _figures(index: dict[str, Any]) -> list[Any]:
    return [index[name] for name in INDEX]
