"""Sensitivity lines beside the plan's tests: other scores of the same recordings, and dyads as the unit."""

from typing import TYPE_CHECKING, Any

from coder_app.services.linkage_tests import CONTRASTS, run_test

if TYPE_CHECKING:
    import pandas as pd

FIRST_ONLY, BY_DYAD, MEAN, CENTRED, AS_FROZEN, PAIRS = (
    "first of each dyad",
    "permuted by dyad",
    "mean of all coders",
    "centred by coder",
    "without sequences whose scores have changed",
    "every complete pair",
)
# What scores belong to which treatment session.
Place = tuple[str, int]


def list_lines(
    inputs: dict[str, Any],
    subscale: dict[str, Any],
    linked: Any,
    own: list[dict[str, Any]],
    informant: str,
    changed: frozenset[str],
) -> list[dict[str, Any]]:
    """Return each line that says something else than the main tests: its name, n and tests."""
    plan, long = inputs["plan"], linked.long
    lines = []
    if linked.warnings:
        first = long[long["sequence"].isin(_find_first(long))]
        lines.append(_line(plan, FIRST_ONLY, first, informant))
        lines.append(_line(plan, BY_DYAD, long, informant, method="restricted", unit="dyad"))
    means = {(dyad, session): mean for dyad, session, mean, _ in subscale["means"]}
    n_several = sum(n > 1 for *_, n in subscale["means"])
    if n_several:
        about = f"{n_several} recordings have the mean of several coders, the others their only coder’s score"
        lines.append(_line(plan, MEAN, _with_scores(long, means), informant, about))
    lines += _list_centred(plan, subscale, long, informant)
    if n_changed := int(long.loc[long["sequence"].isin(changed), "sequence"].nunique()):
        about = f"{n_changed} sequences lie on alliance scores that have changed since the sample was frozen"
        lines.append(_line(plan, AS_FROZEN, long[~long["sequence"].isin(changed)], informant, about))
    if linked.incomplete:
        lines.append(_list_pairs(plan, subscale, own, informant))
    return lines


def _line(
    plan: dict[str, Any],
    name: str,
    long: "pd.DataFrame",
    informant: str,
    about: str | None = None,
    **how: str,
) -> dict[str, Any]:
    from coder_app.analysis.linkage import select_contrast

    keep = ("dyad",) if "unit" in how else ()
    tests = [
        run_test(plan, contrast, select_contrast(long, informant, *wanted, keep=keep), sizes=False, **how)
        for contrast, wanted in CONTRASTS.items()
    ]
    return {"name": name, "about": about, "tests": tests}


def _find_first(long: "pd.DataFrame") -> "pd.Series":
    """Each dyad's first sequence."""
    central = long[long["position"] == "central"].sort_values(["dyad", "session"])
    return central.drop_duplicates("dyad")["sequence"]


def _with_scores(long: "pd.DataFrame", scores: dict[Place, float | None]) -> "pd.DataFrame":
    places = zip(long["dyad"], long["session"], strict=True)
    return long.assign(score=[scores[place] for place in places]).astype({"score": float})


def _list_centred(
    plan: dict[str, Any], subscale: dict[str, Any], long: "pd.DataFrame", informant: str
) -> list[dict[str, Any]]:
    """Without what each coder gives on the whole."""
    import pandas as pd

    coder_of = {(dyad, session): coder for dyad, session, coder in subscale["coders"]}
    codes = pd.DataFrame(subscale["codes"], columns=["dyad", "session", "score"]).astype({"score": float})
    codes["coder"] = [coder_of[place] for place in zip(codes["dyad"], codes["session"], strict=True)]
    if codes["coder"].nunique() < 2:
        return []
    means = codes.groupby("coder")["score"].mean()
    centred = codes["score"] - codes["coder"].map(means)
    scores = dict(zip(zip(codes["dyad"], codes["session"], strict=True), centred, strict=True))
    about = "each score minus the mean of all recordings that its coder was the primary coder of"
    return [_line(plan, CENTRED, _with_scores(long, scores), informant, about)]


def _list_pairs(
    plan: dict[str, Any], subscale: dict[str, Any], own: list[dict[str, Any]], informant: str
) -> dict[str, Any]:
    """Each contrast with all sequences that have its two positions, whatever the third one lacks."""
    import pandas as pd

    from coder_app.analysis.linkage import link_codes, select_contrast

    codes = pd.DataFrame(subscale["codes"], columns=["dyad", "session", "score"]).astype({"score": float})
    tests = []
    for contrast, (positions, by_type) in CONTRASTS.items():
        long = link_codes(codes, pd.DataFrame(own), positions).long
        frame = select_contrast(long, informant, positions, by_type)
        tests.append(run_test(plan, contrast, frame, sizes=False))
    return {"name": PAIRS, "about": "sequences need the two positions of a test only", "tests": tests}
