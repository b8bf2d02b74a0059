"""Computing the course of the alliance: means, growth and agreement of informants, as JSON knows them."""

from dataclasses import asdict
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress
from coder_app.services.rupture_content import make_frame

if TYPE_CHECKING:
    import numpy as np

    from coder_app.analysis.course import Course
    from coder_app.analysis.informants import Agreement

CONFIDENCE = 0.95


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Describe the course of each informant and measure, and each two informants beside each other."""
    from coder_app.analysis.course import LEAST, read_courses
    from coder_app.analysis.informants import compare_informants

    courses = sorted(read_courses(make_frame(inputs)), key=lambda one: (one.informant, one.measure))
    pairs = [(one, other) for one, other in combinations(courses, 2) if one.informant != other.informant]
    described = []
    for done, course in enumerate(courses):
        progress(done, len(courses) + len(pairs))
        described.append(_course(course, inputs["groups"]))
    agreements = []
    for done, (one, other) in enumerate(pairs):
        progress(len(courses) + done, len(courses) + len(pairs))
        agreements.append(_agreement(compare_informants(one, other, CONFIDENCE)))
    return {
        "settings": {"group": inputs["group"], "confidence": CONFIDENCE, "least": LEAST},
        "n_dyads": len(inputs["dyads"]),
        "n_ungrouped": len(inputs["dyads"]) - len(inputs["groups"]) if inputs["group"] else 0,
        "n_alone": _count_alone(inputs, courses),
        "courses": described,
        "pairs": agreements,
    }


def _count_alone(inputs: dict[str, Any], courses: "list[Course]") -> int:
    """Number of scores that belong to sessions of a parent alone and so leave."""
    return len(inputs["scores"]) - sum(course.n_scores for course in courses)


def _course(course: "Course", groups: dict[str, str]) -> dict[str, Any]:
    import numpy as np

    of_dyad = [groups.get(dyad) for dyad in course.dyads]
    parts = [_part(None, course, np.ones(len(course.dyads), dtype=bool))]
    for name in sorted({group for group in of_dyad if group is not None}):
        parts.append(_part(name, course, np.array([group == name for group in of_dyad])))
    given = course.scores[np.isfinite(course.scores)]
    return {
        "informant": course.informant,
        "measure": course.measure,
        "n_dyads": len(course.dyads),
        "n_scores": course.n_scores,
        "mean": float(given.mean()),
        "sd": float(given.std(ddof=1)) if len(given) > 1 else None,
        "numbers": [int(number) for number in course.numbers],
        "dyads": list(course.dyads),
        "of_group": of_dyad,
        "scores": _rows(course.scores),
        "standardised": _standardised(course),
        "parts": parts,
    }


def _part(name: str | None, course: "Course", rows: "np.ndarray") -> dict[str, Any]:
    from coder_app.analysis.course import mean_by_number
    from coder_app.analysis.growth import fit_growth

    points = [
        {"number": one.number, "n": one.n, "sd": one.sd, **_estimate(one.mean, "mean")}
        for one in mean_by_number(course, rows, CONFIDENCE)
    ]
    growth = asdict(fit_growth(course.numbers, course.scores[rows], CONFIDENCE))
    return {"group": name, "n_dyads": int(rows.sum()), "points": points, "growth": growth}


def _standardised(course: "Course") -> list[dict[str, Any]]:
    """Means in SD of the measure, to be drawn on one scale; none where the scores do not vary."""
    import numpy as np

    from coder_app.analysis.course import Course, mean_by_number

    z = course.standardised()
    if not np.isfinite(z).any():
        return []
    same = Course(course.informant, course.measure, course.dyads, course.numbers, z)
    return [
        {"number": one.number, "n": one.n, **_estimate(one.mean, "mean")}
        for one in mean_by_number(same, None, CONFIDENCE)
    ]


def _agreement(found: "Agreement") -> dict[str, Any]:
    described = asdict(found)
    described["first"], described["second"] = list(found.first), list(found.second)
    described["by_number"] = [{"number": number, **asdict(one)} for number, one in found.by_number]
    return described


def _estimate(one: Any, name: str) -> dict[str, Any]:
    return {name: one.estimate, "lower": one.lower, "upper": one.upper, "reason": one.reason}


def _rows(table: "np.ndarray") -> list[list[float | None]]:
    return [[None if isnan(value) else value for value in row] for row in table.tolist()]
