"""The blinding report: every statement from what is stored, and nothing that its reader must not know."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, func, insert, select, update

import coder_app
from coder_app.config import PROJECT
from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing, sees
from coder_app.leakaudit.installation import ACT
from coder_app.leakaudit.report import Finding, Report, Result
from coder_app.models import (
    Assignment,
    Audit,
    Dyad,
    Membership,
    Plan,
    Rating,
    Recording,
    RoundRecording,
    Segment,
    User,
)
from coder_app.services import audit, guess_asking, hearing, key, lock, plan, unmask
from coder_app.services import blinding_report as reports
from coder_app.services import round as rounds
from coder_app.services.blinding_report_audits import list_audits
from coder_app.services.blinding_report_check import Outcome
from coder_app.services.blinding_report_limits import LIMITS
from coder_app.services.blinding_report_trail import AUDIT, STATE, read_trail
from coder_app.web.lead.blinding_report_matrix import VIEWPOINTS, make_matrix
from tests.makers.sample import add_frozen_sample

SOUND = {"codec": "AAC", "hertz": 32000}
CODERS = {"Mara": "CIRS", "Jon": "CIRS", "Kaya": "TABBS", "Ivan": "TABBS"}
REASON = "All forms are in and the plan stands."


class Course:
    """A study that is taken through its phases by its services; what coders do is put into its trail."""

    def __init__(self, world, database) -> None:
        self.world, self.database = world, database
        self.lead = world.study()
        self.coders = {
            name: world.member(self.lead, name, Role.CODER, instruments=(scale,))
            for name, scale in CODERS.items()
        }
        with database.write() as db:
            add_frozen_sample(db, self.lead, 4)
            audit.record(db, self.lead, "import recordings", "x", imported=12, practice=0, sound=SOUND)
        with database.write() as db:
            rounds.allot_sample(db, self.lead, "Main coding", 0.25)
        self.lead = world.again(self.lead)

    @property
    def address(self) -> str:
        return f"/studies/{self.lead.study_public_id}"

    def code(self, but: str = "") -> None:
        """Have every form submitted, but those of one coder."""
        with self.database.write() as db:
            for name, coder in self.coders.items():
                if name == but:
                    continue
                mine = Assignment.user_id == coder.user_id
                for form in db.scalars(select(Assignment).where(mine)).all():
                    audit.record(db, coder, "rate", form.public_id, score=1)
                    audit.record(db, coder, "submit ratings", form.public_id, number=1)
                    form.state, form.submitted_at = "submitted", coder.now()

    def lock(self) -> None:
        with self.database.write() as db:
            lock.lock_coding(db, self.lead)
        self.lead = self.world.again(self.lead)

    def open_key(self) -> None:
        with self.database.write() as db:
            plan.record_plan(db, self.lead, plan.PlanChoices())
            guess_asking.ask_coders(db, self.lead, 5)
        with self.database.write() as db:
            unmask.unmask(db, self.lead, REASON)
        self.lead = self.world.again(self.lead)

    def acts(self, db) -> dict[str, int]:
        """Return the number of the last act of each kind."""
        rows = db.execute(
            select(Audit.act, func.max(Audit.seq))
            .where(Audit.study_id == self.lead.study_id)
            .group_by(Audit.act)
        )
        return dict(tuple(row) for row in rows)


@pytest.fixture
def course(world, database) -> Course:
    """A study whose recordings are allotted."""
    return Course(world, database)


@pytest.fixture
def finished(course) -> Course:
    """A study whose key is open."""
    course.code()
    course.lock()
    course.open_key()
    return course


def text(reply) -> str:
    assert reply.status_code == 200, reply.status_code
    return reply.get_data(as_text=True)


def checks_of(db, lead) -> dict[str, tuple[Outcome, str, tuple[int, ...]]]:
    found = reports.get_report(db, lead).checks
    return {check.statement: (check.outcome, check.evidence, check.numbers) for check in found}


def find(checks: dict, words: str):
    (found,) = (check for statement, check in checks.items() if words in statement)
    return found


def test_every_check_of_a_study_that_went_as_it_should_holds_with_its_numbers(finished, database, browser_of):
    with database.read() as db:
        checks, acts = checks_of(db, finished.lead), finished.acts(db)
    assert {outcome for outcome, _, _ in checks.values()} == {Outcome.HELD}
    key_at, plan_at, lock_at = acts["unmask"], acts["record plan"], acts["lock coding"]
    assert find(checks, "plan was on record before the key")[2] == (plan_at, key_at)
    assert find(checks, "locked before the key")[2] == (lock_at, key_at)
    assert find(checks, "after the lock")[2] == (acts["submit ratings"], lock_at)
    assert find(checks, "rated after the key")[2] == (acts["submit ratings"], key_at)
    assert "3 of 12 recordings" in find(checks, "every coder codes were drawn")[1]
    assert "The server drew the seed." in find(checks, "every coder codes were drawn")[1]
    page = text(browser_of(finished.lead.viewer).get(finished.address + "/audit/report"))
    assert f"Of {len(checks)} checks: {len(checks)} held, 0 did not hold." in page
    assert "The chain" not in page and "Whole: every entry is joined" in page
    assert REASON in page


def _record(act: str, **payload):
    """Plant an act of a coder, Mara, at the end of the trail."""
    return lambda db, course: audit.record(db, course.coders["Mara"], act, "x", **payload)


def _rate_late(db, course) -> None:
    form = db.scalars(select(Assignment)).first()
    segment = Segment(study_id=form.study_id, recording_id=form.recording_id, number=9, start_ms=0, end_ms=1)
    db.add(segment)
    db.flush()
    late = {"rated_at": course.lead.now(), "item": "cirs_01", "score": 1, "revision": 1, "sequence": 1}
    row = {"study_id": form.study_id, "assignment_id": form.id, "segment_id": segment.id, "page": "x"} | late
    db.execute(insert(Rating), row)


def _change_plan(db, course) -> None:
    stored = db.scalars(select(Plan)).one()
    stored.content = stored.content | {"seed": 99}
    db.flush()


def _make_lead(db, course) -> None:
    mara = course.coders["Mara"]
    row = {"study_id": mara.study_id, "user_id": mara.user_id, "role": "lead", "created_at": mara.now()}
    db.execute(insert(Membership), row)


def _hear_and_rate(db, course) -> None:
    _record(hearing.LISTEN)(db, course)
    _record("rate")(db, course)


def _name_a_mask_like_a_code(db, course) -> None:
    code, form = db.scalars(select(Recording.code)).first(), db.scalars(select(Assignment)).first()
    form.mask = code
    db.flush()


def _swap_the_subset(db, course) -> None:
    db.execute(update(RoundRecording).values(in_subset=~RoundRecording.in_subset))


def _give_a_form_to_another(db, course) -> None:
    alone = select(RoundRecording.recording_id).where(~RoundRecording.in_subset)
    mara, jon = course.coders["Mara"].user_id, course.coders["Jon"].user_id
    mine = (Assignment.user_id == mara, Assignment.recording_id.in_(alone))
    form = db.scalars(select(Assignment).where(*mine)).first()
    form.user_id, form.place = jon, 999
    db.flush()


PLANTS = {
    "plan after key": (_record("record plan", sha256="0"), "plan was on record", Outcome.FAILED),
    "another plan stored": (_change_plan, "The plan that is stored", Outcome.FAILED),
    "rating after lock, in the trail": (_record("rate"), "after the lock", Outcome.FAILED),
    "rating after lock, in the rows": (_rate_late, "after the lock", Outcome.FAILED),
    "reopened after lock": (_record("reopen form"), "after the lock", Outcome.FAILED),
    "rating after key": (_record("submit ratings"), "after the key", Outcome.FAILED),
    "coder is lead": (_make_lead, "No coder was ever", Outcome.FAILED),
    "heard, then coded": (_hear_and_rate, "Nobody coded who", Outcome.FAILED),
    "coded, then heard": (_record(hearing.LISTEN), "Nobody coded who", Outcome.HELD),
    "mask like a code": (_name_a_mask_like_a_code, "mask of its own", Outcome.FAILED),
    "not imported": (_record("import recordings", imported=5, sound=SOUND), "encoded anew", Outcome.FAILED),
    "other settings": (_record("mute stretches", sound={"codec": "MP3"}), "encoded anew", Outcome.FAILED),
    "settings not kept": (_record("mute stretches"), "encoded anew", Outcome.UNKNOWN),
    "subset by hand": (_swap_the_subset, "every coder codes were drawn", Outcome.FAILED),
    "form by hand": (_give_a_form_to_another, "Who codes what", Outcome.FAILED),
}  # fmt: skip


def test_each_planted_fault_is_found_by_the_check_that_is_for_it(finished, database):
    for name, (plant, words, expected) in PLANTS.items():
        with database.read() as db:  # rolled back
            plant(db, finished)
            outcome, evidence, _ = find(checks_of(db, finished.lead), words)
        assert outcome is expected, (name, evidence)
        assert "Mara" not in evidence


def test_before_anything_is_locked_checks_say_not_yet(course, database):
    with database.read() as db:
        checks = checks_of(db, course.lead)
    assert find(checks, "plan was on record")[:2] == (
        Outcome.NOT_YET,
        "So far there is neither a recorded plan nor an opening of the key.",
    )
    assert find(checks, "after the lock")[0] is find(checks, "rated after")[0] is Outcome.NOT_YET
    assert find(checks, "Who codes what")[0] is Outcome.HELD


def test_the_file_has_the_same_bytes_for_the_same_trail_and_needs_nothing_else(finished, browser_of, tools):
    browser = browser_of(finished.lead.viewer)
    first = browser.get(finished.address + "/export/blinding-report.html")
    tools.clock.now += timedelta(days=400)
    browser = browser_of(finished.lead.viewer)
    second = browser.get(finished.address + "/export/blinding-report.html")
    assert first.data == second.data
    assert first.headers["Content-Disposition"] == 'attachment; filename="blinding-report.html"'
    html = text(first)
    assert not re.search(r'(src|href)="|@import|url\(', html)
    assert "<script" not in html and "csrf" not in html
    assert "<dt>Made</dt>" not in html
    assert "<dt>Made</dt>" in text(browser.get(finished.address + "/audit/report"))
    with finished.database.read() as db:
        chain = audit.check_chain(db, finished.lead.study_id)
    assert f"python3 -m coder_app check --noted {chain.length}:{chain.head}" in html


def test_names_stand_beside_aliases_where_a_lead_asks_and_never_in_the_file(course, browser_of):
    browser = browser_of(course.lead.viewer)
    page = text(browser.get(course.address + "/audit/report"))
    named = text(browser.get(course.address + "/audit/report?names=1"))
    file = text(browser.get(course.address + "/export/blinding-report.html?names=1"))
    for name in CODERS:
        assert name not in page and name not in file
        assert f"<td>{name}</td>" in named
    for alias in ("lead 1", "coder 1", "coder 4"):
        assert alias in page and alias in file and alias in named


def test_nobody_but_a_lead_gets_it(course, browser_of, world):
    analyst = world.member(course.lead, "Ana", Role.ANALYST)
    other = world.study("Other", "Other lead")
    for viewer in (course.coders["Mara"].viewer, analyst.viewer, other.viewer):
        browser = browser_of(viewer)
        for path in ("/audit/report", "/audit/report/lab", "/export/blinding-report.html"):
            assert browser.get(course.address + path).status_code == 404
        assert browser.post(course.address + "/audit/report/lab").status_code == 404


def test_before_unmasking_it_names_no_mask_no_dyad_and_no_code_but_of_what_was_opened(course, browser_of):
    course.code()
    with course.database.write() as db:
        opened = db.scalars(select(Recording).order_by(Recording.id)).first()
        key.open_one(db, course.lead, opened.id, reason="The mother hits him.", concern="c" * 32)
        code, public_id = opened.code, opened.public_id
        secret = [*db.scalars(select(Assignment.mask)), *db.scalars(select(Dyad.code))]
        secret += [*db.scalars(select(Recording.code)), *db.scalars(select(Recording.public_id))]
    html = text(browser_of(course.lead.viewer).get(course.address + "/export/blinding-report.html"))
    assert [name for name in secret if re.search(rf"\b{re.escape(name)}\b", html)] == [code]
    assert public_id not in html and "The mother hits him." not in html
    assert "for a report of concern about a child" in html


def test_a_lead_who_still_codes_reads_what_the_trail_shows_such_a_lead(course, database, browser_of, world):
    course.code(but="Mara")
    with database.write() as db:
        _make_lead(db, course)
        audit.record(db, course.lead, STATE, "x", said={"talk": "We agreed on silence."})
        audit.record(db, course.lead, AUDIT, "x", version="9.9", findings=0, roles=[])
    mara = world.again(course.coders["Mara"])
    assert mara.coding
    browser = browser_of(mara.viewer)
    with database.read() as db:
        hashes = list(db.scalars(select(Audit.hash)))
        last = db.scalars(select(func.max(Audit.seq))).one()
        report = reports.get_report(db, mara)
    assert not any(step.payload or step.subject for step in report.trail.steps)
    assert not any(check.numbers for check in report.checks)
    assert not {act for act, _ in report.trail.spans} & {"rate", "submit ratings"}
    for path in ("/audit/report", "/audit/report?names=1", "/export/blinding-report.html"):
        html = text(browser.get(course.address + path))
        assert "not shown to you yet" in html
        for hidden in ("We agreed on silence.", "9.9", "Forms submitted", "; seed", *hashes):
            assert hidden not in html, (path, hidden)
        assert not re.search(rf"\b{last}\b", html)
    for answer in (
        browser.get(course.address + "/audit/report/lab"),
        browser.post(course.address + "/audit/report/lab", {"said_talk": "x"}),
    ):
        assert answer.status_code == 403


def test_a_lead_who_codes_is_shown_as_closed_out_from_allotment_to_the_last_own_form(course, database):
    with database.write() as db:
        _make_lead(db, course)
    course.code()
    with database.read() as db:
        (mara,) = (
            member for member in reports.get_report(db, course.lead).members if member.has(Role.LEAD)
            if member.has(Role.CODER)
        )  # fmt: skip
        last = db.scalars(
            select(func.max(Assignment.submitted_at)).where(
                Assignment.user_id == course.coders["Mara"].user_id
            )
        ).one()
    assert mara.alias == "coder 1"
    assert mara.forms.last_submitted_at == last
    assert mara.forms.given_at < last


def test_the_matrix_is_the_table_that_every_query_asks(course, database):
    with database.read() as db:
        matrix = make_matrix(reports.get_report(db, course.lead))
    for phase, rows in zip(Phase, matrix.phases, strict=True):
        assert [row.name for row in rows.rows] == [str(thing) for thing in Thing]
        for thing, row in zip(Thing, rows.rows, strict=True):
            for viewpoint, cell in zip(VIEWPOINTS, row.cells, strict=True):
                assert cell == sees(thing, viewpoint.roles, phase, coding=viewpoint.coding)
    assert matrix.people == (4, 0, 0, 1, 0, 0)
    assert matrix.seen_by_coders == ()


def test_audits_are_told_as_the_trail_has_them(course, database, browser_of):
    assert ACT == AUDIT
    page = browser_of(course.lead.viewer)
    assert "Not run on this study yet" in text(page.get(course.address + "/audit/report"))
    study = course.lead.study_public_id
    common = {"study_name": "Ruptures", "person": "x", "phase": "coding", "hidden": (), "out_of_reach": {}}
    common |= {"whole": True, "too_common": 0, "foreign": 7, "seconds": 1.0, "study": study, "pairs": 5}
    coder = Report(
        role="coder", reached=("a", "b", "c"), not_reached={"d": "?"}, pages=20, answers=200, bytes=12_345,
        secrets=99, compared=200, findings=(Finding("here", "a dyad"),), **common,
    )  # fmt: skip
    lead = Report(
        role="lead", reached=("a",), not_reached={}, pages=30, answers=300, bytes=700_000, secrets=50,
        compared=None, findings=(), **common,
    )  # fmt: skip
    result = Result(course.lead.now(), 12.0, (coder, coder, lead))
    with database.write() as db:
        audit.record_in(db, course.lead.tools, course.lead.study_id, None, ACT, **result.figures_of(study))
    with database.read() as db:
        (run,) = list_audits(read_trail(db, course.lead))
    assert (run.version, run.findings, run.least_reached) == (coder_app.__version__, 2, 0.75)
    assert (run.total("people"), run.total("pages"), run.total("bytes")) == (3, 70, 724_690)
    assert [(role.role, role.people, role.compared) for role in run.roles] == [
        ("coder", 2, 400),
        ("lead", 1, None),
    ]
    html = text(page.get(course.address + "/audit/report"))
    assert "724,690" in html and "75.0%" in html and "all is open" in html and "a dyad" not in html


def test_what_the_lab_says_stands_in_the_report_and_in_the_trail(course, database, browser_of):
    browser = browser_of(course.lead.viewer)
    address = course.address + "/audit/report/lab"
    for said in ("<b>We</b> agreed on silence.", "<b>We</b> agreed on silence."):
        assert browser.post(address, {"said_talk": said, "said_voices": " "}).status_code == 303
    assert "&lt;b&gt;We&lt;/b&gt; agreed on silence." in text(browser.get(course.address + "/audit/report"))
    assert "&lt;b&gt;We&lt;/b&gt; agreed on silence." in text(browser.get(address))
    too_long = browser.post(address, {"said_voices": "x" * 1001})
    assert too_long.status_code == 422 and "At most 1,000 characters." in too_long.get_data(as_text=True)
    with database.read() as db:
        steps = read_trail(db, course.lead).of(STATE)
    assert [step.payload for step in steps] == [{"said": {"talk": "<b>We</b> agreed on silence."}}]


def test_a_long_trail_takes_as_many_statements_as_a_short_one(finished, database):
    def count() -> int:
        statements = []

        def note(*of) -> None:
            statements.append(of[2])

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            with database.read() as db:
                reports.get_report(db, finished.lead)
        finally:
            event.remove(database.engine, "before_cursor_execute", note)
        return len(statements)

    before = count()
    with database.write() as db:
        for number in range(150):
            audit.record(db, finished.coders["Mara"], "rate", "x", number=number)
            audit.record(db, finished.lead, AUDIT, "x", version="1", findings=0, roles=[])
    assert count() == before <= 30
    with database.read() as db:
        trail = read_trail(db, finished.lead)
    assert trail.count(AUDIT) == 150
    assert len(trail.of(AUDIT)) == 100
    assert len(trail.steps) < 150


def test_guesses_say_why_there_are_no_indices_until_they_are_computed(course, browser_of):
    browser = browser_of(course.lead.viewer)

    def page() -> str:
        return text(browser.get(course.address + "/audit/report"))

    assert "Coders are asked once coding is locked" in page()
    course.code()
    course.lock()
    assert "The coders have not been asked yet" in page()
    course.open_key()
    assert "The indices are not computed yet." in page()


def test_a_study_in_which_nothing_happened_yet_has_a_report(world, browser_of):
    lead = world.study("New")
    html = text(browser_of(lead.viewer).get(f"/studies/{lead.study_public_id}/audit/report"))
    assert "since 2 Mar 2026" in html
    assert "Nothing is allotted." in html and "No recording is imported." in html


def test_all_that_the_guide_says_stays_open_stands_in_the_report():
    guide = (PROJECT / "docs" / "blinding.md").read_text("utf-8")
    part = guide.partition("## What cannot be closed")[2].partition("\n## ")[0]
    titles = {title.rstrip(".") for title in re.findall(r"^\| \*\*(.+?)\*\*", part, re.M)}
    assert len(titles) > 10
    assert titles <= set(LIMITS.values())


def test_an_account_that_was_closed_is_said_to_be(course, database, browser_of):
    with database.write() as db:
        jon = User.id == course.coders["Jon"].user_id
        db.execute(update(User).where(jon).values(disabled_at=course.lead.now()))
    page = text(browser_of(course.lead.viewer).get(course.address + "/audit/report"))
    assert page.count("account closed 2 Mar 2026") == 1
