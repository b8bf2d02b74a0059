"""How a result was computed, in words: what its page says under its figures."""

from typing import Any

from coder_app.services.snapshot import Snapshot
from coder_app.web.numbers import percent

How = tuple[tuple[str, str], ...]


def explain_reliability(found: Snapshot) -> How:
    """Return what stands behind the figures of items and subscales, as pairs of a head and a text."""
    content = found.content
    settings = content["settings"]
    sure = percent(settings["confidence"])
    entries = [
        (
            "ICC(A,1), all ratings there",
            "(MSR − MSE) / (MSR + (k − 1) MSE + k (MSC − MSE)/n), from the mean squares of n recordings "
            "(MSR), k coders (MSC) and the residual (MSE) of a two-way analysis of variance: the share of "
            "the variance of a single coder’s score that recordings make, coders’ levels counting as error. "
            f"Negative values stay. {sure} intervals from F with Satterthwaite’s degrees of freedom (McGraw "
            "& Wong 1996, tables 4 and 7). Equal to psych::ICC(lmer = FALSE) and irr.",
        ),
        (
            "ICC(A,1), ratings missing",
            "vs / (vs + vr + ve), the variances of recordings, coders and residual by restricted maximum "
            f"likelihood from all ratings. {sure} intervals from a parametric bootstrap (ten Hove, Jorgensen "
            "& van der Ark 2022). Equal to lme4.",
        ),
        (
            "Agreement",
            "Exact and within 1: mean over recordings of the share of pairs of coders. AC2: Gwet (2014), "
            "quadratic weights over every point of the scale, used or not.",
        ),
        (
            "Sums",
            "ICC(A,1) as above, of each coder’s sum. SEM = √(vr + ve), the variance of coders at least 0; "
            "SDC = 1.96 √2 SEM (de Vet et al. 2006).",
        ),
        (
            "Omega total",
            "1 − Σu² / ΣR, one minres factor of the pairwise correlations R over recordings × coders, u² the "
            f"uniquenesses (McDonald 1999; psych::omega with nfactors = 1). {sure} intervals: percentiles of "
            f"{settings['bootstrap']:,} bootstrap samples of recordings, seed {settings['seed']}. Alpha: "
            "raw, complete rows.",
        ),
        ("To compute it again", "The export holds the ratings and an R script that compares every figure."),
    ]
    if versions := content.get("versions"):
        entries.append(("Versions", ", ".join(f"{name} {number}" for name, number in versions.items())))
    return (*_without(entries, content), *_stamp(found))


def explain_drift(found: Snapshot) -> How:
    """Return what stands behind the charts of drift."""
    return (
        ("Order", "each coder’s own first submissions"),
        ("A recording enters", "once two coders have submitted it; a sum that lacks an item is missing"),
        (
            "Sources",
            "EWMA: Roberts (1959); CUSUM: Page (1954); limits for an estimated baseline: Jones, Champ & "
            "Rigdon (2001)",
        ),
        *_stamp(found),
    )


def explain_repeats(found: Snapshot) -> How:
    """Return what stands behind the agreement of coders with themselves."""
    return (
        (
            "Enters",
            "both first submissions of every recording that came back; no other figure has the second",
        ),
        (
            "ICC(A,1)",
            "two-way, absolute agreement; the times stand where coders stand elsewhere, so a shift counts "
            "against it (Shrout & Fleiss 1979; McGraw & Wong 1996)",
        ),
        *_stamp(found),
    )


def explain_alphas(found: Snapshot) -> How:
    """Return what stands behind alpha by session."""
    return (
        ("Alpha", "raw, of the complete questionnaires of one session (Cronbach 1951)"),
        ("Intervals", "from F (Feldt 1965)"),
        (
            "To compute it again",
            "“stats alpha” reads the answers of each questionnaire, which are files here.",
        ),
        *_stamp(found, "answers"),
    )


def explain_projection(found: Snapshot) -> How:
    """Return what stands behind the reliability of the mean of several coders."""
    return (
        ("ICC(A,1) and variances", "those of the page of agreement, from the same ratings"),
        ("Φ of k coders", "k ICC / (1 + (k − 1) ICC), for both ends of the interval too"),
        *_stamp(found),
    )


def _stamp(found: Snapshot, data: str = "ratings") -> How:
    return ((f"Hash of {data} and settings", found.input_hash),)


def _without(entries: list[tuple[str, str]], content: dict[str, Any]) -> How:
    """Leave out what nothing on the page was computed by."""
    designs = {item["design"] for found in content["instruments"] for item in found["items"]}
    designs |= {one.get("design") for found in content["instruments"] for one in found["subscales"]}
    unused = {"ICC(A,1), ratings missing"} if "incomplete" not in designs else set()
    if not any(found["subscales"] for found in content["instruments"]):
        unused |= {"Sums", "Omega total"}
    return tuple(entry for entry in entries if entry[0] not in unused)
