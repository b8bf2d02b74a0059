"""The linkage: primary coders' sums joined to the frozen sequences, tested as the plan says."""

import csv
import io
import json
import re
from io import BytesIO
from zipfile import ZipFile

import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from coder_app.analysis.contrasts import contrast_pattern
from coder_app.analysis.permutation import permutation_test
from coder_app.cli.stats import command as stats
from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Hidden
from coder_app.models import Import, InstrumentVersion, Score, TreatmentSession
from coder_app.services import linkage
from coder_app.services.errors import Refused
from coder_app.services.linkage_scores import list_sums
from coder_app.services.linkage_tests import run_tests
from coder_app.web.lead import linkage_tests
from tests.makers.coded import SEQUENCES, make_coded_study
from tests.makers.linked import linked_inputs

CHILD_ITEMS = [f"cirs_0{n}" for n in range(1, 5)]
# What was computed, by what it was computed from: most tests ask about the same study.
_contents: dict[str, str] = {}


@pytest.fixture
def study(world, settings):
    """An unmasked study."""
    made = make_coded_study(world, settings)
    made.open_key()
    return made


def computed(study, database):
    """Collect and compute as the worker does."""
    with database.write() as db:
        inputs = linkage.join(db, study.lead, linkage.collect(db, study.lead, {}))
    asked = json.dumps(inputs, allow_nan=False)
    if asked not in _contents:
        _contents[asked] = json.dumps(linkage.compute(inputs, lambda done, total: None), allow_nan=False)
    return json.loads(_contents[asked])


def part(content, informant, subscale="positive_child_involvement"):
    return next(
        one
        for one in content["results"]
        if one["informant"] == informant and one["subscale"]["code"] == subscale
    )


def sum_of(study, dyad, session, items, scale="CIRS"):
    code = next(code for code, place in study.session_of.items() if place == (dyad, session))
    coder = study.primary_of[code, scale]
    return sum(study.scores[code, coder, item] for item in items)


def test_each_position_has_the_primary_coders_sum_of_its_session(study, database):
    content = computed(study, database)
    for informant, kinds in SEQUENCES.items():
        found = part(content, informant)
        assert (found["n_sequences"], found["n_positions"]) == (len(kinds), 3 * len(kinds))
        for row in found["rows"]:
            assert row["score"] == sum_of(study, row["dyad"], row["session"], CHILD_ITEMS)


def test_the_tests_are_those_of_the_analysis_on_the_same_rows(study, database):
    found = part(computed(study, database), "therapist")
    rows = pd.DataFrame(found["rows"])
    pre_central = rows[rows["position"] != "post"][["sequence", "position", "score"]]
    central_post = rows[rows["position"] != "pre"][["sequence", "position", "rupture_type", "score"]]
    for test, frame in zip(found["tests"], (pre_central, central_post), strict=False):
        expected = permutation_test(frame.reset_index(drop=True), 500, 1)
        assert test["design"] == expected.design
        for effect, other in zip(test["effects"], expected.effects, strict=True):
            assert effect["f"] == pytest.approx(other.f)
            assert effect["p_permutation"] == other.p_permutation
            assert effect["p_exact"] == other.p_exact
            assert effect["n_permutations"] == 500
    assert [test["design"] for test in found["tests"][:2]] == ["within", "mixed"]


def test_items_that_the_plan_drops_leave_the_sum(world, settings, database):
    study = make_coded_study(world, settings)
    study.plan(dropped_items=("cirs_02",))
    study.open_key()
    found = part(computed(study, database), "child")
    kept = ["cirs_01", "cirs_03", "cirs_04"]
    assert (found["subscale"]["items"], found["subscale"]["highest"]) == (kept, 15)
    for row in found["rows"]:
        assert row["score"] == sum_of(study, row["dyad"], row["session"], kept)


def test_a_sequence_that_lacks_an_item_is_listed_with_its_reason(world, settings, database):
    study = make_coded_study(world, settings)
    code = next(code for code, place in study.session_of.items() if place == ("D010", 5))
    study.mark_not_codable(code, study.primary_of[code, "CIRS"], "cirs_01")
    study.open_key()
    content = computed(study, database)
    found = part(content, "therapist")
    assert found["n_sequences"] == 12
    assert [(row["dyad"], row["missing"]) for row in found["incomplete"]] == [("D010", ["central"])]
    assert found["incomplete"][0]["reason"] == "central: session 5 has no score"
    assert part(content, "therapist", "positive_therapist_behavior")["n_sequences"] == 13


def test_a_dyad_with_two_sequences_is_a_warning_with_the_first_ones_beside(world, settings, database):
    study = make_coded_study(world, settings, twice=True)
    study.open_key()
    found = part(computed(study, database), "child")
    assert (found["n_sequences"], found["n_positions"], found["n_recordings"]) == (8, 24, 23)
    assert any("gives 2 sequences" in warning for warning in found["warnings"])
    assert any("occurs 2 times" in warning for warning in found["warnings"])
    first, by_dyad = found["lines"][:2]
    assert (first["name"], by_dyad["name"]) == ("first of each dyad", "permuted by dyad")
    assert [test["n_sequences"] for test in first["tests"]] == [7, 7]
    assert [test["n_sequences"] for test in by_dyad["tests"]] == [8, 8]
    # Seven dyads flip together in 2^7 ways; the plan's test has as many permutations as it asks for.
    assert by_dyad["tests"][0]["effects"][0]["n_permutations"] == 2**7
    assert found["tests"][0]["effects"][0]["n_permutations"] == 500
    names = [line["name"] for line in part(computed(study, database), "therapist")["lines"]]
    assert names == ["mean of all coders", "centred by coder"]


def test_a_session_has_the_sum_of_its_recording_and_none_where_an_item_lacks():
    given = {1: {"a": 1, "b": 1}, 2: {"a": 4, "b": 4}, 3: {"a": 1, "b": None}}
    assert list_sums(given, ["a", "b"]) == [[1, 2], [2, 8], [3, None]]


def test_each_type_is_tested_alone_when_the_interaction_asks_for_it():
    rows = []
    for number in range(12):
        kind = "repaired" if number < 6 else "unrepaired"
        noise = number % 3
        post = 10 + noise if kind == "repaired" else 1 + noise
        for position, score in (("pre", 6 + noise), ("central", 4 + number % 2), ("post", post)):
            rows.append((f"s{number}", f"D{number}", "child", kind, position, 5, float(score)))
    columns = ["sequence", "dyad", "informant", "rupture_type", "position", "session", "score"]
    plan = {"permutations": 500, "seed": 1, "method": "rd", "post_hoc_below": 0.05}
    tests = run_tests(plan, pd.DataFrame(rows, columns=columns), "child")
    ps = [(effect["p_permutation"], effect["p_holm"]) for test in tests[2:] for effect in test["effects"]]
    assert [holm for _, holm in sorted(ps)] == pytest.approx(
        [min(1, 2 * min(ps)[0]), max(min(1, 2 * min(ps)[0]), max(ps)[0])]
    )
    assert all(effect["p_holm"] is None for test in tests[:2] for effect in test["effects"])
    assert [test["name"] for test in tests] == [
        "pre vs central",
        "central vs post by rupture type",
        "central vs post, repaired only",
        "central vs post, unrepaired only",
    ]
    plan["post_hoc_below"] = 0.0
    assert len(run_tests(plan, pd.DataFrame(rows, columns=columns), "child")) == 2


def test_with_one_rupture_type_the_table_says_that_types_are_not_compared(study, database):
    tests = part(computed(study, database), "therapist")["tests"]
    compared = next(test for test in tests if test["name"] == linkage_tests.BY_TYPE)
    assert not any("not compared" in row.effect for row in linkage_tests.tests_of([compared], None))
    alone = {**compared, "effects": [one for one in compared["effects"] if one["effect"] == "position"]}
    *_, last = linkage_tests.tests_of([alone], None)
    assert last.effect == "Rupture type: not compared, there is one type only"
    assert (last.f, last.permutation, last.n) == ("–", "–", 13)


def test_without_a_complete_sequence_every_test_is_a_reason(world, settings, database):
    study = make_coded_study(world, settings)
    for (dyad, session), code in {place: code for code, place in study.session_of.items()}.items():
        if session == 5 and int(dyad[1:]) <= 7:
            study.mark_not_codable(code, study.primary_of[code, "CIRS"], "cirs_01")
    study.open_key()
    found = part(computed(study, database), "child")
    assert (found["n_sequences"], found["rows"], found["positions"]) == (0, [], [])
    assert all(test["reason"] and not test["effects"] for test in found["tests"])


def test_the_key_is_used_once_for_each_result_and_not_for_each_look_at_it(study, browser_of):
    browser, used = browser_of(study.lead.viewer), ("join by the key", "take away what the key joined")

    def uses() -> list[tuple]:
        return [(one.act, one.payload) for one in reversed(study.trail()) if one.act in used]

    joined = {"purpose": "linkage", "recordings": len(study.recordings)}
    for _ in range(3):
        assert study.opened(browser, "/linkage").status_code == 200
    assert uses() == [("join by the key", joined)]
    study.opened(browser, "/linkage?blind_only=1")
    study.opened(browser, "/blinding")
    for _ in range(2):
        study.opened(browser, "/export")
    expected = [("join by the key", one) for one in (joined, joined, joined | {"purpose": "blinding"})]
    assert uses() == expected
    assert browser.get(study.address + "/export/linkage-long.csv").status_code == 200
    assert browser.get(study.address + "/export/ruptures-list.csv").status_code == 200
    zipped = browser.get(study.address + "/export/everything.zip")
    names = ZipFile(BytesIO(zipped.data)).namelist()
    joined_files = [name for name in names if name.startswith(("linkage-", "blinding-"))]
    n_joined = sum(name.endswith((".csv", ".R")) for name in joined_files)
    assert uses() == [
        *expected,
        ("take away what the key joined", {"files": 1}),
        ("take away what the key joined", {"files": n_joined}),
    ]


def test_single_items_are_linked_as_sums_are_without_those_that_the_plan_drops(world, settings, database):
    study = make_coded_study(world, settings)
    study.plan(dropped_items=("cirs_02",))
    study.open_key()
    with database.write() as db:
        inputs = linkage.join(db, study.lead, linkage.collect(db, study.lead, linkage.ITEMS))
    content = linkage.compute(inputs, lambda done, total: None)
    codes = [one["subscale"]["code"] for one in content["results"] if one["informant"] == "child"]
    assert len(codes) == 16 and "cirs_02" not in codes
    found = part(content, "child", "cirs_05")
    for row in found["rows"]:
        assert row["score"] == sum_of(study, row["dyad"], row["session"], ["cirs_05"])


def test_what_each_coder_gives_on_the_whole_and_the_mean_of_all_are_lines_beside(study, database):
    found = part(computed(study, database), "therapist")
    rows = pd.DataFrame(found["rows"])
    code_of = {place: code for code, place in study.session_of.items()}
    places = list(zip(rows["dyad"], rows["session"], strict=True))
    primary = [study.primary_of[code_of[place], "CIRS"] for place in places]
    counts = pd.crosstab(primary, rows["position"])
    assert sorted(
        tuple(row["n"].get(p, 0) for p in ("pre", "central", "post")) for row in found["coders"]
    ) == (sorted(tuple(counts.loc[coder, p] for p in ("pre", "central", "post")) for coder in counts.index))

    def summed(code, coder):
        given = [study.scores.get((code, coder, item)) for item in CHILD_ITEMS]
        return None if None in given else sum(given)

    means, by_primary = [], {}
    for code in study.session_of:
        coder = study.primary_of[code, "CIRS"]
        by_primary.setdefault(coder, []).append(summed(code, coder))
    level = {coder: sum(scores) / len(scores) for coder, scores in by_primary.items()}
    for place in places:
        own = [score for coder in study.coders if (score := summed(code_of[place], coder)) is not None]
        means.append(sum(own) / len(own))
    expected = {
        "mean of all coders": means,
        "centred by coder": [s - level[c] for s, c in zip(rows["score"], primary, strict=True)],
    }
    for name, scores in expected.items():
        (line,) = [one for one in found["lines"] if one["name"] == name]
        frame = rows.assign(score=scores)[rows["position"] != "post"][["sequence", "position", "score"]]
        (effect,) = permutation_test(frame.reset_index(drop=True), 500, 1).effects
        assert line["tests"][0]["effects"][0]["f"] == pytest.approx(effect.f)
        assert line["tests"][0]["effects"][0]["p_permutation"] == effect.p_permutation


def test_sequences_whose_scores_have_changed_are_named_and_left_out_of_a_line():
    content = linkage.compute(linked_inputs(permutations=200), lambda done, total: None)
    found = part(content, "therapist")
    assert (
        "D001 therapist 5: its alliance scores have changed since the sample was frozen" in found["warnings"]
    )
    (line,) = [one for one in found["lines"] if one["name"].startswith("without sequences")]
    assert [test["n_sequences"] for test in line["tests"]] == [found["n_sequences"] - 1] * 2
    assert [row[0] for row in content["sequences"] if row[-1]] == ["D001 therapist 5"]
    assert not any("changed" in warning for warning in part(content, "child")["warnings"])


def test_codes_stand_beside_the_alliance_of_the_same_sessions(study, database):
    with database.write() as db:
        measure = db.scalars(select(InstrumentVersion).where(InstrumentVersion.name == "TASC")).one()
        brought = Import(
            study_id=study.lead.study_id, public_id="a" * 32, kind="scores", state="done", file_name="s.csv",
            summary={}, created_by=study.lead.user_id, created_at=study.lead.now(),
        )  # fmt: skip
        db.add(brought)
        db.flush()
        sessions = db.execute(
            select(TreatmentSession.id, TreatmentSession.number).order_by(TreatmentSession.id)
        ).all()
        for at, (session, number) in enumerate(sessions):
            db.add(
                Score(
                    study_id=study.lead.study_id,
                    treatment_session_id=session,
                    informant="child",
                    measure_id=measure.id,
                    score={4: 40, 5: 30, 6: 40}[number] + at % 4,
                    import_id=brought.id,
                    subscale="",
                    n_imputed=0,
                    source="file",
                )
            )
    content = computed(study, database)
    found = part(content, "child")
    assert [row["of"] for row in found["patterns"]] == ["Positive Child Involvement"] * 6 + ["TASC"] * 6
    rows = pd.DataFrame(found["rows"]).pivot(index="sequence", columns="position", values="score")
    codes = contrast_pattern(rows[["pre", "central", "post"]].to_numpy(), "high-low-high")
    shown = next(row for row in found["patterns"] if row["pattern"] == "high-low-high")
    assert (shown["t"], shown["p_exact"]) == (pytest.approx(codes.t), codes.p_exact)
    alliance = next(row for row in found["patterns"] if row["of"] == "TASC")
    assert alliance["mean"]["estimate"] > 5 and alliance["n_as_expected"] == alliance["n"] == 7
    assert part(content, "therapist")["alliance"] is None
    (row,) = [one for one in content["associations"] if one["subscale"] == "positive_child_involvement"]
    assert (row["informant"], row["measure"]) == ("child", "TASC")
    assert row["n_sessions"] == len(study.recordings) and row["within"]["estimate"] is not None


def test_the_linkage_has_no_settings_but_the_plan(study, database):
    with database.read() as db, pytest.raises(Refused, match="follows the recorded plan"):
        linkage.collect(db, study.lead, {"seed": 2})


def test_it_is_hidden_while_the_study_is_blind(world, settings, database, browser_of):
    study = make_coded_study(world, settings)
    for prepare in (lambda: None, study.lock, study.plan):
        prepare()
        with database.read() as db, pytest.raises(Hidden):
            linkage.collect(db, study.lead, {})
        closed = browser_of(study.lead.viewer).get(study.address + "/linkage")
        assert closed.status_code == 403
        assert "opens once the study is unmasked" in closed.get_data(as_text=True)


def test_coders_never_find_it_and_analysts_do(study, world, browser_of):
    coder = browser_of(study.coders["Ada"].viewer)
    assert coder.get(study.address + "/linkage").status_code == 404
    assert coder.get(study.address + "/export/linkage-long.csv").status_code == 404
    analyst = world.member(study.lead, "Ana", Role.ANALYST)
    page = study.opened(browser_of(analyst.viewer), "/linkage")
    assert page.status_code == 200


@pytest.mark.usefixtures("drawn_here")
def test_the_page_shows_one_informant_with_plan_counts_and_tests(study, database, browser_of):
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/linkage?informant=therapist").get_data(as_text=True)
    content = computed(study, database)
    assert content["plan_sha256"][:8] in page
    assert "13 sequences, 39 positions, 39 distinct recordings" in page
    assert "500 permutations" in page
    assert "seed 1" in page
    assert "Type III sums of squares" in page
    assert "all 8,192 sign flips" in page
    assert "9 repaired and 4 unrepaired sequences" in page
    effect = part(content, "therapist")["tests"][0]["effects"][0]
    assert f">{effect['f']:.2f}<" in page
    shown = [f"{effect[name]:.3f}".removeprefix("0") for name in ("p_permutation", "p_lower", "p_upper")]
    assert '>{} <span class="text-nowrap">[{}, {}]<'.format(*shown) in page
    assert "Mean of all coders" in page and "Centred by coder" in page
    pictures = re.findall(r'href="([^"]*/figures/linkage/[^"]*[.]svg)"', page)
    assert len(pictures) == 4
    used = [one for one in study.trail() if one.act == "take away what the key joined"]
    answer = browser.get(pictures[0].replace("&amp;", "&"))
    assert answer.status_code == 200 and answer.data.startswith(b"<?xml")
    took = [one for one in study.trail() if one.act == "take away what the key joined"]
    assert len(took) == len(used) + 1
    items = study.opened(browser, "/linkage?informant=therapist&items=1").get_data(as_text=True)
    assert "single item" in items and "Item Scores by Position" in items
    assert "7 sequences" in browser.get(study.address + "/linkage?informant=nobody").get_data(as_text=True)


def test_opening_the_page_adds_nothing_to_the_trail(study, browser_of):
    browser = browser_of(study.lead.viewer)
    study.opened(browser, "/linkage")
    before = study.trail()[0].seq
    browser.get(study.address + "/linkage")
    assert study.trail()[0].seq == before


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("linkage-therapist-positive-therapist-behavior-central-post-by-type.csv", 1),
        ("linkage-therapist-positive-therapist-behavior-pre-central.csv", 0),
    ],
)
def test_a_downloaded_contrast_gives_the_command_the_same_figures(
    study, database, browser_of, tmp_path, name, test
):
    browser = browser_of(study.lead.viewer)
    study.opened(browser, "/linkage")
    file = tmp_path / "contrast.csv"
    file.write_bytes(browser.get(f"{study.address}/export/{name}").data)
    header = file.read_text().splitlines()[0]
    assert header == ("sequence,position,rupture_type,score" if test else "sequence,position,score")
    run = CliRunner().invoke(stats, ["permutation", str(file), "--permutations", "500", "--json"])
    assert run.exit_code == 0, run.output
    shown = json.loads(run.output)["effects"]
    expected = part(computed(study, database), "therapist", "positive_therapist_behavior")["tests"][test]
    assert len(shown) == len(expected["effects"])
    for one, other in zip(shown, expected["effects"], strict=True):
        for figure in ("effect", "p_permutation", "p_exact", "df1", "df2"):
            assert one[figure] == other[figure]
        assert one["f"] == pytest.approx(other["f"])


def test_the_long_file_holds_every_linked_score(study, database, browser_of):
    browser = browser_of(study.lead.viewer)
    study.opened(browser, "/linkage")
    text = browser.get(f"{study.address}/export/linkage-long.csv").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2 * 3 * sum(len(kinds) for kinds in SEQUENCES.values())
    expected = {
        (one["subscale"]["code"], row["sequence"], row["position"]): row["score"]
        for one in computed(study, database)["results"]
        for row in one["rows"]
    }
    for row in rows:
        assert float(row["score"]) == expected[row["subscale"], row["sequence"], row["position"]]
