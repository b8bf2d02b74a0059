"""What every page of reliability gives as figures: all of the content, coders by number, a caption."""

import random
from dataclasses import asdict

import pytest

from coder_app.analysis.figures import render
from coder_app.services import agreement, alphas, drift, projection, reliability
from coder_app.services.planning_content import CURVES, RECORDINGS
from coder_app.web.lead.drawings.agreement import draw_agreement
from coder_app.web.lead.drawings.alphas import draw_alphas
from coder_app.web.lead.drawings.drift import draw_drift
from coder_app.web.lead.drawings.planning import draw_plan, draw_projection
from coder_app.web.lead.drawings.reliability import draw_reliability
from coder_app.web.lead.drawings.repeats import draw_repeats
from tests.makers.agreeing import CODERS, complete, inputs_of, instrument

QUICK = {"bootstrap": 50}


def computed(service, inputs):
    return service.compute(inputs, lambda done, total: None)


def over_time() -> dict:
    """Forty recordings submitted by three coders; the third rates higher from the 20th on."""
    rng = random.Random(4)
    forms = []
    for number in range(40):
        level = rng.gauss(2.5, 1.0)
        for place, coder in enumerate(CODERS):
            shift = 1.6 if place == 2 and number >= 20 else 0.0
            scores = [min(5, max(0, round(level + shift + rng.gauss(0, 0.4)))) for _ in range(3)]
            forms.append(
                [f"r{number:02}", coder, f"2026-03-{1 + number // 2:02}T{9 + place:02}:00:00", scores]
            )
    rows = [["r00", coder, item, 0.0] for coder in CODERS for item in ("one", "two", "three")]
    made = instrument("Steps", rows, {"all_three": ["one", "two", "three"]})
    made |= {"main": forms, "training": []}
    return {"settings": drift.SETTINGS, "dropped_items": [], "instruments": [made]}


def questionnaires() -> dict:
    """Two sessions of four items from fourteen dyads, and a third that too few answered."""
    rng = random.Random(8)
    rows = []
    for dyad in range(14):
        level = rng.gauss(2.5, 1.0)
        for session in (1, 2, *((4,) if dyad < 3 else ())):
            answers = [min(4, max(1, round(level + rng.gauss(0, 0.7)))) for _ in range(4)]
            rows.append([f"D{dyad:03}", session, None, answers])
    items = [{"code": f"i{n}", "label": f"Item {n}", "reversed": False} for n in range(4)]
    group = {"informant": "child", "measure": "TASC", "scoring": "sum", "lowest": 1, "highest": 4}
    group |= {"items": items, "n_totals": 0, "rows": rows}
    return {"settings": alphas.SETTINGS, "groups": [group]}


def a_plan() -> dict:
    settings = {"icc": 0.7, "width": 0.2, "confidence": 0.95, "bias": 0.05, "least": 0.4, "power": 0.8}
    curves = [
        {"coders": k, "recordings": list(RECORDINGS), "bonett": widths, "simulated": widths}
        for k in CURVES
        for widths in [[None, *(2 / (n * k) ** 0.5 for n in RECORDINGS[1:])]]
    ]
    return {"settings": settings, "samples": 4000, "seed": 1, "curves": curves}


def came_back() -> dict:
    icc = {"estimate": 0.8, "lower": 0.4, "upper": 0.93, "reason": None}
    none = {"estimate": None, "lower": None, "upper": None, "reason": "no variation: all scores are the same"}
    coders = [{"rater": label, "icc": figures} for label, figures in zip(CODERS, (icc, none), strict=False)]
    one = {"name": "Complete", "version": "1", "items": []}
    one |= {"coders": [{"label": label, "alias": f"coder {n}"} for n, label in enumerate(CODERS, start=1)]}
    one |= {"subscales": [{"code": "first", "name": "First", "coders": coders}]}
    return {"settings": {"confidence": 0.95}, "instruments": [one, one | {"name": "Other", "subscales": []}]}


DRAWN = {
    "reliability": (
        lambda: draw_reliability(computed(reliability, inputs_of(complete(), **QUICK))),
        ["forest-complete", "deviations-complete"],
        ["no variation", ".88 [.76, .95]", "coder 3"],
    ),
    "agreement": (
        lambda: draw_agreement(computed(agreement, inputs_of(complete(), **QUICK))),
        ["coefficients-complete", "pairs-complete"],
        ["item17", "AC2", "coder 2"],
    ),
    "drift": (
        lambda: draw_drift(computed(drift, over_time())),
        ["drift-steps-all-three", "windows-steps-all-three"],
        ["coder 3", "alarm: higher", "EWMA"],
    ),
    "repeats": (
        lambda: draw_repeats(came_back()),
        ["forest-complete"],
        ["First, coder 1", "First, coder 2", "no variation: all scores are the same", ".80 [.40, .93]"],
    ),
    "projection": (
        lambda: draw_projection(computed(projection, inputs_of(complete()))),
        ["means-complete"],
        ["first", "second", ".80"],
    ),
    "plan": (lambda: draw_plan(a_plan()), ["widths"], ["3 coders", "With coder bias of 5%", "wanted: .20"]),
    "alphas": (lambda: draw_alphas(computed(alphas, questionnaires())), ["alphas"], ["Child (TASC)"]),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_each_result_gives_its_figures_with_coders_by_number(kind):
    make, names, texts = DRAWN[kind]
    drawings = make()
    assert [one.name for one in drawings] == names
    words = []
    for one in drawings:
        assert one.title and one.caption.endswith(".")
        svg = render(asdict(one), "svg").decode()
        words.append(svg)
        assert not any(coder in svg for coder in CODERS)
        assert "nan" not in one.caption
    for text in texts:
        assert any(text in svg for svg in words), text


def test_words_and_bands_are_those_of_the_settings():
    content = computed(reliability, inputs_of(complete(), words="koo_li", confidence=0.9, **QUICK))
    forest = draw_reliability(content)[0]
    assert forest.data["words"] == ["poor", "moderate", "good", "excellent"]
    assert forest.data["cuts"] == [0.5, 0.75, 0.9]
    assert "Koo and Li (2016)" in forest.caption
    assert "90%" in forest.data["axis"]


def test_nothing_computed_gives_no_figure():
    empty = instrument("Empty", [], {"all": []})
    assert draw_reliability(computed(reliability, inputs_of(empty, **QUICK))) == []
    assert draw_agreement(computed(agreement, inputs_of(empty, **QUICK))) == []
    assert draw_projection(computed(projection, inputs_of(empty))) == []
    assert draw_alphas({"settings": alphas.SETTINGS, "groups": []}) == []
