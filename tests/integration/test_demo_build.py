"""Building the demo: the same in every build, in its place only when it is finished."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from coder_app.config import Settings, load_settings
from coder_app.db import Database
from coder_app.demo import build as builder
from coder_app.demo.accounts import create_accounts
from coder_app.demo.coding import answer_all, begin_only
from coder_app.demo.office import DemoError, Office
from coder_app.demo.scripts import BEING_CODED
from coder_app.demo.stamp import is_built
from coder_app.demo.study import StudyInMaking
from coder_app.migrations import upgrade
from coder_app.models import Assignment, Audit, Rating, Recording, User

SHORT = dataclasses.replace(BEING_CODED, long_seconds=None)


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def settings_in(base: Path) -> Settings:
    return load_settings(demo=True, environ={"CODER_APP_DATA": str(base)})


def make_study(base: Path, worker: ThreadPoolExecutor, share=begin_only) -> Database:
    """Build a small study without a long recording and return its database."""
    settings = settings_in(base)
    database = Database(settings.database_url)
    upgrade(database)
    begins = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
    office = Office(database, settings, worker, begins, "seed", lambda text: None)
    making = StudyInMaking(office, SHORT)
    with database.write() as db:
        viewers = create_accounts(db, office.tools)
    making.create(viewers)
    making.import_tables()
    office.wait(making.begin_ruptures())
    making.make_recordings()
    office.wait(making.begin_recordings())
    making.allot()
    making.rate(share)
    return database


def describe(database: Database) -> list:
    """Return codes and audio, masks with their order and answers, and the last link of the trail."""
    with database.read() as db:
        recordings = select(Recording.code, Recording.duration_ms, Recording.sha256).order_by(Recording.code)
        answers = (
            select(
                User.user_name,
                Assignment.mask,
                Assignment.place,
                Assignment.state,
                Rating.item,
                Rating.score,
                Rating.reason,
                Rating.rated_at,
            )
            .join(Assignment, Assignment.user_id == User.id)
            .outerjoin(Rating, Rating.assignment_id == Assignment.id)
            .order_by(User.user_name, Assignment.place, Rating.item)
        )
        head = select(Audit.hash).order_by(Audit.seq.desc()).limit(1)
        found = [[tuple(row) for row in db.execute(query)] for query in (recordings, answers, head)]
    database.dispose()
    return found


def test_two_builds_are_the_same_to_the_last_link_of_the_trail(tmp_path: Path, worker: ThreadPoolExecutor):
    one = describe(make_study(tmp_path / "one", worker))
    other = describe(make_study(tmp_path / "other", worker))
    assert len(one[0]) == 8
    assert one == other


def test_what_a_coder_answers_does_not_depend_on_codes_and_masks(
    tmp_path: Path, worker: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
):
    """The answers follow the sound: under other codes and masks the same sounds get the same answers."""
    one = answers_by_sound(make_study(tmp_path / "one", worker, answer_all))
    monkeypatch.setattr(Office, "__init__", _with_another_seed(Office.__init__))
    other = answers_by_sound(make_study(tmp_path / "other", worker, answer_all))
    shared = one.keys() & other.keys()
    assert len(shared) > 50
    assert [one[key] for key in sorted(shared)] == [other[key] for key in sorted(shared)]


def answers_by_sound(database: Database) -> dict:
    with database.read() as db:
        rows = db.execute(
            select(Recording.sha256, User.user_name, Rating.item, Rating.score, Rating.reason)
            .join(Assignment, Assignment.recording_id == Recording.id)
            .join(User, User.id == Assignment.user_id)
            .join(Rating, Rating.assignment_id == Assignment.id)
        )
        found = {(sha256, name, item): (score, reason) for sha256, name, item, score, reason in rows}
    database.dispose()
    return found


def _with_another_seed(begin):
    def begin_otherwise(self, database, settings, worker, begins, seed, tell):
        begin(self, database, settings, worker, begins, f"another {seed}", tell)

    return begin_otherwise


def test_what_is_wrong_with_a_folder_ends_the_build_in_its_own_words(
    tmp_path: Path, worker: ThreadPoolExecutor
):
    settings = settings_in(tmp_path)
    database = Database(settings.database_url)
    upgrade(database)
    office = Office(database, settings, worker, datetime(2025, 6, 2, tzinfo=UTC), "seed", lambda text: None)
    making = StudyInMaking(office, SHORT)
    with database.write() as db:
        viewers = create_accounts(db, office.tools)
    making.create(viewers)
    making.make_recordings()
    with pytest.raises(DemoError, match="no dyads yet"):
        making.begin_recordings()
    database.dispose()


def test_a_demo_is_built_only_when_its_building_came_to_its_end(tmp_path: Path, monkeypatch):
    settings = settings_in(tmp_path)
    (settings.data_dir / "old").touch()

    def break_off(new: Settings, tell) -> None:
        (new.data_dir / "half").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(builder, "build_in", break_off)
    with pytest.raises(KeyboardInterrupt):
        builder.build(settings, print)
    assert (settings.data_dir / "old").exists()
    assert not is_built(settings.data_dir)

    monkeypatch.setattr(builder, "build_in", lambda new, tell: (new.data_dir / "whole").touch())
    builder.build(settings, print)
    assert is_built(settings.data_dir)
    assert (settings.data_dir / "whole").exists()
    assert not (settings.data_dir / "half").exists()
    assert not (settings.data_dir / "old").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"recipe": 0}', "{}"])
def test_a_stamp_that_says_something_else_is_no_stamp(tmp_path: Path, text: str):
    (tmp_path / "demo.json").write_text(text, "utf-8")
    assert not is_built(tmp_path)
