"""Answers to single items come in as they stand, and alpha is computed of them session by session."""

import csv
import io
import json
import re

import pandas as pd
import pingouin
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from coder_app.cli.stats import command as stats
from coder_app.models import Answers, Score
from coder_app.services import alphas
from coder_app.services.errors import Refused
from coder_app.services.import_record import get_import
from coder_app.services.staging import Staging
from coder_app.worker import run_next
from tests.makers.alliance import RUPTURE_STUDY, SCORES_LONG, import_csv

ITEMS = RUPTURE_STUDY / "alliance" / "items_long.csv"
ITEMS_MISSING = RUPTURE_STUDY / "alliance" / "items_long_missing_excel_nl.csv"
PAGE = "/reliability/questionnaires"


@pytest.fixture
def lead(world):
    """The lead of a study without anything."""
    return world.study()


@pytest.fixture
def staging(tmp_path, tools):
    """Where files wait."""
    return Staging(tmp_path / "staging", tools.token_bytes)


def compute(lead, database):
    """Collect and compute as the worker does."""
    with database.read() as db:
        inputs = alphas.collect(db, lead, {})
    content = alphas.compute(inputs, lambda done, total: None)
    return {group["informant"]: group for group in content["groups"]}


def count(database, model):
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(model))


def opened(lead, browser, database, tools, settings, path=PAGE):
    """Open the page once it is computed."""
    address = f"/studies/{lead.study_public_id}{path}"
    if browser.get(address).status_code == 202:
        while run_next(database, tools, settings):
            pass
    return browser.get(address)


def test_items_are_stored_as_they_stand_and_scored(lead, database, staging):
    import_csv(database, lead, staging, "scores", ITEMS)
    n_parts = 1847 + 3 * 925
    assert (count(database, Answers), count(database, Score)) == (1847, n_parts)
    with database.read() as db:
        assert set(db.scalars(select(Score.source))) == {"answers"}
    again = import_csv(database, lead, staging, "scores", ITEMS)
    assert count(database, Answers) == 1847
    with database.read() as db:
        summary = get_import(db, lead, again).summary
    assert (summary["layout"], summary["new"], summary["unchanged"]) == ("items long", 0, 1847)


def test_another_file_changes_what_it_says_and_keeps_what_it_lacks(lead, database, staging):
    header = "dyad,session,informant,measure,item_01,item_02,item_03\n"
    import_csv(database, lead, staging, "scores", (header + "D1,1,child,TASC,1,2,\n").encode())
    changed = import_csv(database, lead, staging, "scores", (header + "D1,1,child,TASC,,3,4\n").encode())
    with database.read() as db:
        assert db.scalars(select(Answers.answers)).one() == {"tasc_01": 1, "tasc_02": 3, "tasc_03": 4}
        summary = get_import(db, lead, changed).summary
    assert (summary["changed"], summary["added"], summary["overwritten_values"]) == (1, 1, 1)


def test_alpha_at_every_session_is_that_of_pingouin(lead, database, staging):
    import_csv(database, lead, staging, "scores", ITEMS)
    groups = compute(lead, database)
    table = pd.read_csv(ITEMS)
    for informant, group in groups.items():
        own = table[table["informant"] == informant]
        assert [one["session"] for one in group["sessions"]] == sorted(own["session"].unique())
        assert (group["against"], group["n_incomplete"]) == ([], 0)
        for one in group["sessions"]:
            answers = own[own["session"] == one["session"]].filter(like="item_")
            expected, limits = pingouin.cronbach_alpha(answers)
            assert one["n"] == len(answers)
            assert one["alpha"] == pytest.approx(expected, abs=1e-12)
            assert [one["lower"], one["upper"]] == pytest.approx(list(limits), abs=1e-3)


def test_questionnaires_with_a_gap_leave_and_totals_that_differ_are_counted(lead, database, staging):
    import_csv(database, lead, staging, "scores", ITEMS_MISSING)
    totals = import_csv(database, lead, staging, "scores", SCORES_LONG)
    with database.read() as db:
        summary = get_import(db, lead, totals).summary
    # What was filled in may differ from what the child or therapist would have answered.
    assert (summary["kept"], 0 < summary["differing_totals"] <= 17) == (1847, True)
    groups = compute(lead, database)
    therapist = groups["therapist"]
    table = pd.read_csv(ITEMS_MISSING, sep=";", encoding="utf-8-sig")
    gaps = table[table["informant"] == "therapist"].filter(like="item_").isna().any(axis=1)
    assert therapist["n_incomplete"] == gaps.sum() > 0
    # Totals that were computed from the answers are no second witness of them.
    assert [group["n_compared"] for group in groups.values()] == [0, 0]
    # One item the other way round in every file of the child: the totals are others, and it is named.
    turned = pd.read_csv(ITEMS)
    turned["item_04"] = 5 - turned["item_04"]
    turned = turned[turned["informant"] == "child"]
    again = import_csv(database, lead, staging, "scores", turned.to_csv(index=False).encode())
    assert compute(lead, database)["child"]["against"] == ["tasc_04"]
    with database.read() as db:
        assert get_import(db, lead, again).summary["computed_changed"] > 0.5 * len(turned)


def test_the_page_shows_alpha_by_session_with_n_and_names_what_is_left_out(
    lead, database, staging, browser_of, tools, settings, tmp_path
):
    browser = browser_of(lead.viewer)
    empty = opened(lead, browser, database, tools, settings)
    assert "There are no questionnaires yet" in empty.get_data(as_text=True)
    import_csv(database, lead, staging, "scores", SCORES_LONG)
    totals = opened(lead, browser, database, tools, settings).get_data(as_text=True)
    assert "The imported file has totals only" in totals
    assert "import a file with one column an item" in totals
    table = pd.read_csv(ITEMS)
    table.loc[(table["session"] == 3) & (table["informant"] == "child"), "item_05"] = 2
    few = table[(table["session"] != 12) | (table["dyad"] < "D010")]
    import_csv(database, lead, staging, "scores", few.to_csv(index=False).encode())
    page = opened(lead, browser, database, tools, settings).get_data(as_text=True)
    assert "TASC (child)" in page
    assert "totals only" not in page
    assert "without Item 5: all answers are the same" in page
    assert "complete cases: at least 10 are needed" in page
    assert "No alpha at session 12; see the table." in page
    answer = opened(lead, browser, database, tools, settings, f"{PAGE}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    third = next(row for row in rows if (row["informant"], row["session"]) == ("child", "3"))
    assert (third["items"], third["items_dropped"]) == ("11", "tasc_05")
    last = next(row for row in rows if (row["informant"], row["session"]) == ("child", "12"))
    assert last["alpha"] == ""
    assert "at least 10" in last["reason"]
    behind = f"/studies/{lead.study_public_id}{PAGE}/answers.csv?informant="
    (tmp_path / "answers.csv").write_bytes(browser.get(f"{behind}child&measure=TASC").data)
    command = CliRunner().invoke(stats, ["alpha", str(tmp_path / "answers.csv"), "--json"])
    second = json.loads(command.stdout)["sessions"][1]
    assert second["alpha"] == pytest.approx(float(rows[1]["alpha"]), abs=1e-12)
    assert browser.get(f"{behind}parent&measure=TASC").status_code == 404


def test_the_import_page_says_what_becomes_of_single_answers(lead, database, browser_of):
    browser = browser_of(lead.viewer)
    upload = f"/studies/{lead.study_public_id}/alliance/import/scores"
    sent = browser.post(upload, {"file": (io.BytesIO(ITEMS.read_bytes()), "items.csv")}, page=upload)
    preview = browser.get(sent.location).get_data(as_text=True)
    assert "Scores from the answers" in preview
    assert "a missing answer gets the mean of the person’s other answers" in preview
    assert "The answers are stored as they stand" in preview
    assert "Import 1,847 questionnaires of 89 dyads" in preview
    browser.post(f"{sent.location}/commit", {"seen": _seen(preview)}, page=sent.location)
    done = browser.get(sent.location).get_data(as_text=True)
    assert "Imported the single answers of 1,847 questionnaires of 89 dyads: 1,847 new" in done
    assert count(database, Answers) == 1847


def _seen(page):
    return re.search(r'name="seen" value="([0-9a-f]+)"', page)[1]


def test_an_unknown_setting_is_refused_and_a_file_with_errors_stays_out(lead, database, staging):
    with database.read() as db, pytest.raises(Refused, match="no setting k"):
        alphas.collect(db, lead, {"k": 1})
    bad = b"dyad,session,informant,measure,item_01\nD1,1,child,TASC,9\n"
    with pytest.raises(Refused, match="has errors"):
        import_csv(database, lead, staging, "scores", bad)
    assert count(database, Answers) == 0
