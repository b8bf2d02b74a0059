"""What the page about blinding shows: guesses by truth, indices in words and as a figure, cautions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coder_app.domain.guessing import EXCERPT_MS
from coder_app.web.charts import forest_axis, forest_row
from coder_app.web.charts.forest import ForestAxis, ForestRow
from coder_app.web.numbers import coefficient, count, interval

QUESTIONS = {"position": "Position in the sequence", "type": "What became of the rupture"}
NAMES = {
    "pre": "Before the rupture",
    "central": "At the rupture",
    "post": "After the rupture",
    "repaired": "Repaired",
    "unrepaired": "Not repaired",
}
HEADS = NAMES | {"pre": "Before", "central": "At", "post": "After"}
DONT_KNOW = "Don’t know"
CHANCE_OF_JAMES = 0.5


@dataclass(frozen=True)
class CountsRow:
    """How often one answer was given, by what was true."""

    answer: str
    cells: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class IndexRow:
    """One index: what it is of, how many answers it rests on, and what it says."""

    name: str
    n: int
    guessed: int
    right: int
    estimate: str
    interval: str
    words: str
    forest: ForestRow | None


@dataclass(frozen=True)
class Question:
    """One question: the table of guesses, James' index over all, Bang's by arm."""

    code: str
    title: str
    truths: tuple[str, ...]
    counts: tuple[CountsRow, ...]
    totals: tuple[int, ...]
    n: int
    left_out: tuple[str, ...]
    james: IndexRow
    bang: tuple[IndexRow, ...]


@dataclass(frozen=True)
class BlindingPage:
    """The whole page; None stands for coders who were not asked."""

    questions: tuple[Question, ...]
    coders: tuple[dict[str, Any], ...]
    drawn: int
    answered: int
    cautions: tuple[str, ...]
    axis: ForestAxis


def show(content: dict[str, Any]) -> BlindingPage | None:
    """Return the page, None when the coders were not asked."""
    if content["asked"] is None:
        return None
    # Two words only: no value of Bang's index is good or bad in itself.
    axis = forest_axis(
        -1.0, 1.0, (0.0,), ("wrong more often", "right more often"), (-1.0, -0.5, 0.0, 0.5, 1.0)
    )
    coders = tuple(content["coders"])
    return BlindingPage(
        questions=tuple(_question(axis, question) for question in content["questions"]),
        coders=coders,
        drawn=sum(coder["drawn"] for coder in coders),
        answered=sum(coder["answered"] for coder in coders),
        cautions=tuple(_cautions(content)),
        axis=axis,
    )


def bang_words(arm: dict[str, Any]) -> str:
    """Say what Bang's index of an arm tells, and no more."""
    bang = arm["bang"]
    if bang["estimate"] is None:
        return bang["reason"]
    if not arm["n_guessed"]:
        return "nobody guessed"
    if bang["lower"] is None:
        return bang["reason"]
    if bang["lower"] > 0:
        return "right more often than by chance"
    if bang["upper"] < 0:
        return "wrong more often than by chance"
    return "random guessing cannot be ruled out"


def james_words(question: dict[str, Any]) -> str:
    """Say what James' index of a question tells, and no more."""
    james = question["james"]
    if james["estimate"] is None:
        return james["reason"]
    if not question["n_guessed"]:
        return "complete blinding: nobody guessed"
    if james["lower"] is None:
        return james["reason"]
    if james["upper"] < CHANCE_OF_JAMES:
        return "less blind than by random guessing"
    if james["lower"] > CHANCE_OF_JAMES:
        return "more blind than by random guessing"
    return "random guessing cannot be ruled out"


def _question(axis: ForestAxis, question: dict[str, Any]) -> Question:
    counts = question["counts"]
    labels = [*(NAMES[answer] for answer in question["answers"]), DONT_KNOW]
    return Question(
        code=question["question"],
        title=QUESTIONS[question["question"]],
        truths=tuple(HEADS[answer] for answer in question["answers"]),
        counts=tuple(
            CountsRow(label, tuple(row), sum(row)) for label, row in zip(labels, counts, strict=True)
        ),
        totals=tuple(sum(column) for column in zip(*counts, strict=True)),
        n=question["n"],
        left_out=tuple(f"{n:,} left out: {reason}" for reason, n in sorted(question["left_out"].items())),
        james=_james_row(question),
        bang=tuple(_bang_row(axis, arm) for arm in question["arms"]),
    )


def _james_row(question: dict[str, Any]) -> IndexRow:
    james = question["james"]
    return IndexRow(
        name="All",
        n=question["n"],
        guessed=question["n_guessed"],
        right=sum(arm["n_right"] for arm in question["arms"]),
        estimate=coefficient(james["estimate"]),
        interval=interval(james["lower"], james["upper"]),
        words=james_words(question),
        forest=None,
    )


def _bang_row(axis: ForestAxis, arm: dict[str, Any]) -> IndexRow:
    bang, name = arm["bang"], NAMES[arm["name"]]
    words = bang_words(arm)
    # In the figure there is room for few words; the row has them all.
    said = (
        None if bang["lower"] is not None else "not computable" if bang["estimate"] is None else "no interval"
    )
    return IndexRow(
        name=name,
        n=arm["n"],
        guessed=arm["n_guessed"],
        right=arm["n_right"],
        estimate=coefficient(bang["estimate"]),
        interval=interval(bang["lower"], bang["upper"]),
        words=words,
        forest=forest_row(axis, name, bang["estimate"], bang["lower"], bang["upper"], said, "Bang’s index"),
    )


def _cautions(content: dict[str, Any]) -> Iterator[str]:
    yield (
        "“Random guessing cannot be ruled out” does not show that coders were blind: the interval includes "
        "chance, and as wide as it is it may include much knowledge too. Look at both its ends."
    )
    yield (
        "A right guess need not come from a leak. Coders had heard the sessions, and what is on the tape can "
        "itself tell. The indices say whether coders could tell, not how."
    )
    yield (
        f"Coders answered after an excerpt of at most {EXCERPT_MS // 1000} seconds, some time after they had "
        "rated, so they may have known more or less while rating."
    )
    silent = [coder for coder in content["coders"] if coder["answered"] < coder["drawn"]]
    if silent:
        missing = sum(coder["drawn"] - coder["answered"] for coder in silent)
        yield (
            f"{count(missing, 'recording was', 'recordings were')} not answered about, by "
            f"{count(len(silent), 'coder')}; whoever does not answer may differ from those who do."
        )
    if content["n_recognised"]:
        yield (
            f"Of the recordings asked about, {content['n_recognised']:,} had been marked as recognised by "
            "the coder; they are counted here."
        )
    yield from dict.fromkeys(
        f"{QUESTIONS[question['question']]}: {index['caution']}."
        for question in content["questions"]
        for index in (question["james"], *(arm["bang"] for arm in question["arms"]))
        if index["caution"]
    )
