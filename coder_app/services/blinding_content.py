"""Computing how blind the coders were: each guess beside the truth, James' and Bang's indices."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from coder_app.domain.guessing import Outcome, Position
from coder_app.services.job import Progress

UNKNOWN = "unknown"
# question: what can be true, and guessed
QUESTIONS = {
    "position": tuple(str(one) for one in Position if one is not Position.UNKNOWN),
    "type": tuple(str(one) for one in Outcome if one is not Outcome.UNKNOWN),
}
BOOTSTRAP, SEED, CONFIDENCE = 2000, 1, 0.95
NOT_ANSWERED = "not answered"
NO_SEQUENCE = "the recording is of no frozen sequence"
SEVERAL = {
    "position": "the recording stands in two sequences, at different positions",
    "type": "the recording stands in two sequences, of different types",
}


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return, by question, the guesses by what was true and both indices; the rows behind them too."""
    results = []
    for done, question in enumerate(QUESTIONS, start=1):
        results.append(_question(inputs["guesses"], question))
        progress(done, len(QUESTIONS))
    return {
        "asked": inputs["asked"],
        "coders": _count_by_coder(inputs["guesses"]),
        "n_recognised": sum(guess["recognised"] for guess in inputs["guesses"]),
        "settings": {"bootstrap": BOOTSTRAP, "seed": SEED, "confidence": CONFIDENCE},
        "questions": results,
    }


def _question(guesses: list[dict[str, Any]], question: str) -> dict[str, Any]:
    import pandas as pd

    from coder_app.analysis.blinding import DONT_KNOW, find_blinding

    rows = [_row(guess, question) for guess in guesses]
    used = [row for row in rows if row["reason"] is None]
    frame = pd.DataFrame(
        [
            (row["coder"], row["truth"], DONT_KNOW if row["guess"] == UNKNOWN else row["guess"])
            for row in used
        ],
        columns=["coder", "arm", "guess"],
    )
    found = find_blinding(frame, QUESTIONS[question], BOOTSTRAP, SEED, CONFIDENCE)
    return {
        "question": question,
        "answers": list(QUESTIONS[question]),
        "left_out": dict(Counter(row["reason"] for row in rows if row["reason"])),
        "rows": rows,
        **asdict(found),
    }


def _row(guess: dict[str, Any], question: str) -> dict[str, Any]:
    """Put one answer beside the truth; `reason` says why it does not count."""
    given, true = guess[question]["guess"], guess[question]["true"]
    truth = true[0] if len(true) == 1 else None
    reason = None
    if given is None:
        reason = NOT_ANSWERED
    elif not true:
        reason = NO_SEQUENCE
    elif truth is None:
        reason = SEVERAL[question]
    named = {name: guess[name] for name in ("coder", "rater", "target", "recognised")}
    return {**named, "truth": truth, "guess": given, "reason": reason}


def _count_by_coder(guesses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    drawn = Counter(guess["coder"] for guess in guesses)
    answered = Counter(guess["coder"] for guess in guesses if guess["position"]["guess"] is not None)
    return [{"coder": coder, "drawn": n, "answered": answered[coder]} for coder, n in sorted(drawn.items())]
