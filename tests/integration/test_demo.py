"""The demo as it is shipped: built once for all these tests, by the command that a visitor gives."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.app import create_app
from coder_app.cli import demo as demo_command
from coder_app.config import Settings, load_settings
from coder_app.db import Database
from coder_app.demo.accounts import PEOPLE
from coder_app.demo.build import WEEKLY_GOAL
from coder_app.demo.results import get_lead, get_results
from coder_app.demo.scripts import BEING_CODED, FINISHED
from coder_app.demo.stamp import EXPORT, is_built
from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Guess, Login, Rating, Recording, Round, Score, Study, User
from coder_app.services import audit, auth, doors
from coder_app.services.actor import Tools, get_actor
from coder_app.services.auth import as_viewer
from coder_app.services.folder_lock import FolderLock
from coder_app.services.queue import list_queue
from tests.browser_of import Browser

PROJECT = Path(__file__).resolve().parents[2]
ACCOUNT = re.compile(r"^  (\w+) +([a-z2-9]{4}(?:-[a-z2-9]{4}){3})  (lead|coder on \w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Built:
    """A built demo and what the command said."""

    settings: Settings
    output: str
    progress: str


def settings_in(base: Path) -> Settings:
    return load_settings(demo=True, environ={"CODER_APP_DATA": str(base)})


def run_demo(base: Path, *options: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "coder_app.cli", "demo", "--no-serve", *options],
        cwd=PROJECT,
        env={**os.environ, "CODER_APP_DATA": str(base)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the demo once, also when the tests run in several processes; or copy one that was just built."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    base = root / "shipped-demo"
    said, told = root / "shipped-demo.out", root / "shipped-demo.err"
    with FolderLock(root / "shipped-demo.lock") as lock:
        while not lock.acquire():
            time.sleep(0.5)
        if not said.exists() and (made := os.environ.get("CODER_APP_TEST_DEMO")):
            shutil.copytree(Path(made) / "demo", base / "demo")
            shutil.copy(Path(made) / "told", told)
            shutil.copy(Path(made) / "said", said)
        if not said.exists():
            output, progress = run_demo(base)
            told.write_text(progress, "utf-8")
            said.write_text(output, "utf-8")
    return Built(settings_in(base), said.read_text("utf-8"), told.read_text("utf-8"))


@pytest.fixture
def demo(built: Built):
    """The built demo's database, to be read."""
    database = Database(built.settings.database_url)
    yield database
    database.dispose()


@pytest.fixture
def copied(built: Built, tmp_path: Path) -> Path:
    """The folder of a demo that a test may change."""
    shutil.copytree(built.settings.data_dir, tmp_path / "demo")
    return tmp_path


def test_the_figures_are_printed_and_progress_stays_off_standard_output(built: Built):
    assert (
        "child (TASC): 13 of 70 series with a rupture; 15 ruptures, 8 repaired, 7 unrepaired" in built.output
    )
    assert "therapist (WAI-S): 18 of 56 series with a rupture; 20 ruptures, 16 repaired, 4" in built.output
    assert "CIRS: 17 recordings coded by each of 3 coders" in built.output
    assert re.search(r"Self-disclosure +\.\d\d, 95% CI \[\.\d\d, \.\d\d\]  \w+ +n 17", built.output)
    assert re.search(r"Positive Child Involvement, omega +\.\d\d, 95% CI", built.output)
    assert re.search(r"pre vs central, position: F\(1, \d+\) = \d+\.\d\d, p [=<] \.\d\d\d", built.output)
    assert "Rating" in built.progress
    assert "Rating" not in built.output


def test_everybody_gets_an_own_password_and_only_standard_output_has_it(built: Built):
    accounts = ACCOUNT.findall(built.output)
    assert [name for name, _, _ in accounts] == [person.user_name for person in PEOPLE]
    passwords = {password for _, password, _ in accounts}
    assert len(passwords) == len(PEOPLE)
    assert not any(password in built.progress for password in passwords)


def test_a_printed_password_opens_its_account(built: Built, demo: Database):
    name, password, _ = ACCOUNT.findall(built.output)[1]
    with demo.read() as db:
        credentials = auth.find_credentials(db, name)
    assert auth.verify_password(credentials, password)


def test_agreement_is_about_what_it_was_in_the_source_study(demo: Database):
    """ICC(A,1) by item: CIRS .61 to .93, TABBS .41 to .94; omega .86 and .61; two items hardly ever seen."""
    with demo.read() as db:
        content = get_results(db, get_lead(db, Tools())).reliability.content
    cirs, tabbs = content["instruments"]
    *common, one, other = tabbs["items"]
    for items, lowest, highest in ((cirs["items"], 0.45, 0.98), (common, 0.3, 0.98)):
        assert all(lowest < item["icc"]["estimate"] < highest for item in items)
    for item in (one, other):
        assert item["label"] in ("Not following through", "Inappropriate talk")
        assert item["counts"][0] > 45
    assert cirs["subscales"][0]["omega"]["omega_total"] == pytest.approx(0.86, abs=0.1)
    assert tabbs["subscales"][0]["omega"]["omega_total"] == pytest.approx(0.61, abs=0.2)


def test_each_coder_agrees_with_themselves_and_none_drifts(demo: Database):
    with demo.read() as db:
        results = get_results(db, get_lead(db, Tools()))
    for found in results.repeats.content["instruments"]:
        assert [one["n_recordings"] for one in found["coders"]] == [7, 7, 7]
        assert all(one["days"]["fewest"] > 14 and one["within_one"] > 0.85 for one in found["coders"])
        assert all(one["icc"]["estimate"] > 0.5 for one in found["subscales"][0]["coders"])
    assert results.drift.content["alarms"] == []
    assert results.drift.content["baseline"] == "first"


def test_the_linkage_has_as_many_sequences_as_the_source_study_coded(demo: Database):
    with demo.read() as db:
        results = get_results(db, get_lead(db, Tools())).linkage.content["results"]
    assert {result["informant"]: result["n_sequences"] + len(result["incomplete"]) for result in results} == {
        "child": 10,
        "therapist": 13,
    }
    assert all(test["reason"] is None for result in results for test in result["tests"])


def test_the_coders_were_asked_before_the_key_opened_and_did_no_better_than_chance(
    built: Built, demo: Database
):
    with demo.read() as db:
        lead = get_lead(db, Tools())
        content = get_results(db, lead).blinding.content
        answered = db.scalars(select(Guess.guessed_at).where(Guess.study_id == lead.study_id)).all()
        unmasked = db.scalars(select(Study.unmasked_at).where(Study.id == lead.study_id)).one()
    assert len(answered) == 60
    assert max(answered) < unmasked
    position, kind = content["questions"]
    assert 50 < position["n"] <= 60
    for index in (arm["bang"] for question in (position, kind) for arm in question["arms"]):
        assert index["lower"] < 0 < index["upper"]
    assert re.search(r"position \(n \d+\): James +\.\d\d, 95% CI", built.output)


def test_every_page_of_the_finished_study_opens_at_once(built: Built, demo: Database):
    """None of them waits for the worker, which would answer 202."""
    app = create_app(built.settings, database=demo)
    with demo.read() as db:
        lead = get_lead(db, Tools())
    with demo.write() as db:
        token = auth.open_login(db, Tools(), lead.user_id)
    browser = Browser(app, token)
    home = browser.get(f"/studies/{lead.study_public_id}")
    pages = set(re.findall(r'href="(/studies/[0-9a-f]{32}/[^"?#]+)"', home.get_data(as_text=True)))
    assert len(pages) > 5
    assert {page: browser.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_all_forms_of_the_finished_study_are_submitted_and_some_items_were_not_codable(demo: Database):
    with demo.read() as db:
        lead = get_lead(db, Tools())
        of_study = Assignment.study_id == lead.study_id
        states = db.scalars(select(Assignment.state).where(of_study)).all()
        n_ratings = db.scalar(select(func.count()).where(Rating.study_id == lead.study_id))
        n_reasons = db.scalar(
            select(func.count()).where(Rating.study_id == lead.study_id, Rating.score.is_(None))
        )
        chain = audit.check_chain(db, lead.study_id)
    # 67 recordings on two scales, 17 of them by three coders on each; seven came back to each of six coders.
    assert states == ["submitted"] * (202 + 42)
    assert n_ratings == (101 + 21) * 6 + (101 + 21) * 11
    assert 0 < n_reasons < 20
    assert chain.broken_at is None


def test_the_coders_door_leads_to_work_that_is_begun(demo: Database):
    with demo.read() as db:
        door = doors.find_door(db, Role.CODER)
        viewer = as_viewer(db.get(User, door.user_id))
        coder = get_actor(db, Tools(), viewer, door.study_public_id)
        states = [queued.state for queued in list_queue(db, coder)]
    assert coder.study_name == "Demo study, still being coded"
    assert states[:3] == ["submitted", "in progress", "not started"]


def test_the_study_being_coded_was_worked_on_lately(demo: Database):
    """So that its lead sees coders at work and not coders who have paused."""
    with demo.read() as db:
        door = doors.find_door(db, Role.CODER)
        study_id = db.scalars(select(Study.id).where(Study.public_id == door.study_public_id)).one()
        worked_at = select(func.max(Assignment.worked_at)).where(Assignment.study_id == study_id)
        age = datetime.now(UTC) - db.scalars(worked_at).one()
    assert timedelta(0) < age < timedelta(days=3)


def test_a_goal_for_the_week_is_set_in_the_study_being_coded_alone(demo: Database):
    with demo.read() as db:
        goals = db.execute(
            select(Study.name, Round.weekly_goal)
            .join(Round, Round.study_id == Study.id)
            .where(Round.purpose == "main")
        )
        assert dict(tuple(row) for row in goals) == {FINISHED.name: None, BEING_CODED.name: WEEKLY_GOAL}


def test_every_coder_has_something_to_rate_at_once(demo: Database):
    with demo.read() as db:
        open_forms = (
            select(User.user_name)
            .join(Assignment, Assignment.user_id == User.id)
            .where(Assignment.state != "submitted")
            .distinct()
        )
        names = set(db.scalars(open_forms))
    assert names == {person.user_name for person in PEOPLE if person.scale}


def test_both_studies_are_called_synthetic_and_one_recording_takes_ten_minutes(demo: Database):
    with demo.read() as db:
        rows = db.execute(select(Study.name, Study.synthetic, Study.phase).order_by(Study.id))
        studies = [tuple(row) for row in rows]
        door = doors.find_door(db, Role.CODER)
        study_id = db.scalars(select(Study.id).where(Study.public_id == door.study_public_id)).one()
        durations = _durations(db, study_id)
        short = _durations(db, study_id - 1)
    assert studies == [
        ("Demo study", True, "unmasked"),
        ("Demo study, still being coded", True, "coding"),
    ]
    assert sum(duration == pytest.approx(600, abs=0.2) for duration in durations) == 1
    assert all(14.9 < duration < 20.3 for duration in short)


def test_nothing_of_the_labs_folder_is_left(built: Built):
    """The names of the files tell dyad and session: they are neither on the disk nor in the database."""
    told = re.compile(rb"D\d{3}[_ ]session")
    files = [path for path in built.settings.data_dir.rglob("*") if path.is_file()]
    assert len(files) > 70
    assert not [path for path in files if told.search(path.name.encode()) or told.search(path.read_bytes())]
    assert not list(built.settings.incoming_dir.iterdir())
    assert not list(built.settings.staging_dir.iterdir())


def test_the_export_has_the_ratings_and_says_what_its_columns_mean(built: Built):
    export = built.settings.data_dir / EXPORT
    ratings = (export / "reliability-ratings-cirs.csv").read_text("utf-8").splitlines()
    assert ratings[0] == "target,rater,item,score"
    assert len(ratings) == 1 + 17 * 3 * 6
    assert "phase: unmasked" in (export / "README.txt").read_text("utf-8")


def test_a_second_start_keeps_what_is_there_and_sets_new_passwords(built: Built, copied: Path):
    settings = settings_in(copied)
    database = Database(settings.database_url)
    with database.write() as db:
        user_id = db.scalars(select(User.id).where(User.user_name == "ada")).one()
        auth.open_login(db, Tools(), user_id)
        n_scores = db.scalar(select(func.count()).select_from(Score))
    output, progress = run_demo(copied)
    assert progress == ""
    assert output.split("\nThe same as files:")[0] == built.output.split("\nThe same as files:")[0]
    new, old = ({password for _, password, _ in ACCOUNT.findall(text)} for text in (output, built.output))
    assert len(new) == len(PEOPLE)
    assert not new & old
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(Login)) == 0
        assert db.scalar(select(func.count()).select_from(Score)) == n_scores
        credentials = auth.find_credentials(db, "ada")
    database.dispose()
    assert auth.verify_password(credentials, dict(row[:2] for row in ACCOUNT.findall(output))["ada"])


def test_a_running_demo_is_not_touched_by_a_second_start(copied: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CODER_APP_DATA", str(copied))
    before = (copied / "demo" / "coder_app.sqlite").read_bytes()
    with FolderLock(copied / demo_command.LOCK) as lock:
        assert lock.acquire()
        result = CliRunner().invoke(demo_command.command, ["--fresh", "--no-serve"])
    assert result.exit_code != 0
    assert "is running already" in result.output
    assert (copied / "demo" / "coder_app.sqlite").read_bytes() == before
    assert is_built(copied / "demo")


def _durations(db: Session, study_id: int) -> list[float]:
    durations = db.scalars(select(Recording.duration_ms).where(Recording.study_id == study_id))
    return [duration / 1000 for duration in durations]
