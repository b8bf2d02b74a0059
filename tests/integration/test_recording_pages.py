"""The pages that bring recordings in: what is sent in pieces arrives whole, and nobody else sees it."""

import pytest
from sqlalchemy import select

from coder_app.domain.permissions import Role
from coder_app.models import Import, Job, Recording
from coder_app.services import people
from coder_app.services.staging import CHUNK_BYTES
from tests.makers.coding import add_assignment, add_round
from tests.makers.recording import Imports, add_dyads, make_folder, write_manifest

ROWS = [("D001_s01.wav", "D001", 1), ("D001_s02.flac", "D001", 2)]
PIECE = 20_000


class Page:
    """The lead's browser on the pages of recordings."""

    def __init__(self, imports: Imports, browser) -> None:
        self.imports, self.browser = imports, browser
        self.list = f"/studies/{imports.lead.study_public_id}/recordings"
        self.token = browser.csrf_token(self.list)

    def json(self, address: str, data):
        return self.browser.client.post(address, json=data, headers={"X-CSRF-Token": self.token})

    def piece(self, address: str, offset: int, content: bytes):
        return self.browser.client.post(
            f"{address}?offset={offset}",
            data=content,
            content_type="application/octet-stream",
            headers={"X-CSRF-Token": self.token},
        )

    def post(self, address: str, **data):
        return self.browser.client.post(address, data={"csrf_token": self.token, **data})

    def text(self, address: str) -> str:
        return self.browser.get(address).get_data(as_text=True)

    def send(self, folder, begun=None, *, pieces: int | None = None):
        """Send a folder as the script does; with `pieces`, break off after so many."""
        begun = begun or self.json(f"{self.list}/imports", {}).json
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        told = [
            {"name": path.relative_to(folder).as_posix(), "size": path.stat().st_size, "modified": 1}
            for path in files
        ]
        answer = self.json(begun["files"], told)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        sent = 0
        for file in answer.json["files"]:
            content, at = (folder / file["name"]).read_bytes(), file["received"]
            while at < len(content):
                if sent == pieces:
                    return begun, sent
                at = self.piece(file["to"], at, content[at : at + PIECE]).json["received"]
                sent += 1
        assert self.post(answer.json["check"]).status_code == 303
        self.imports.work()
        return begun, sent


@pytest.fixture
def page(world, database, settings, browser_of) -> Page:
    lead = world.study()
    add_dyads(database, lead, {"D001": (1, 2, 3)})
    return Page(Imports(database, settings, lead), browser_of(lead.viewer))


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "telling D001", ROWS)


def test_a_folder_sent_in_pieces_is_checked_imported_and_leaves_no_name(page, folder, settings):
    begun, _ = page.send(folder)
    shown = page.text(begun["page"])
    assert "Import 2 recordings" in shown and "card-problem" not in shown
    assert not any("D001" in str(path) for path in settings.staging_dir.rglob("*"))

    assert page.post(begun["page"] + "/import").status_code == 303
    assert "data-job" in page.text(begun["page"])
    page.imports.work()
    assert "Imported 2 recordings" in page.text(begun["page"])
    for address in (begun["page"], page.list):
        assert "s01" not in page.text(address) and "telling" not in page.text(address)
    assert list(settings.staging_dir.iterdir()) == []


def test_sending_goes_on_where_it_broke_off(page, folder):
    begun, _ = page.send(folder, pieces=1)
    assert "Not all files have arrived" in page.text(begun["page"])
    _, n_rest = page.send(folder, begun)
    _, n_whole = page.send(folder)
    assert n_rest == n_whole - 1
    assert "Import 2 recordings" in page.text(begun["page"])
    again = page.json(begun["files"], [{"name": "D001_s01.wav", "size": 9, "modified": 2}]).json
    assert [file["received"] for file in again["files"]] == [0]


def test_a_check_of_files_that_have_not_arrived_names_them(page, folder):
    begun, _ = page.send(folder, pieces=1)
    page.post(begun["page"] + "/check")
    page.imports.work()
    shown = page.text(begun["page"])
    assert "has not arrived in full" in shown
    assert page.post(begun["page"] + "/import").status_code == 409


def test_a_piece_that_does_not_continue_the_file_changes_nothing(page, folder):
    begun = page.json(f"{page.list}/imports", {}).json
    told = [{"name": "a.wav", "size": 10, "modified": 1}]
    [file] = page.json(begun["files"], told).json["files"]
    assert page.piece(file["to"], 0, b"01234").json == {"received": 5}
    assert page.piece(file["to"], 0, b"xxxxx").json == {"received": 5}
    assert page.piece(file["to"], 7, b"789").json == {"received": 5}
    assert page.piece(file["to"], 5, b"567890").json == {"received": 5}
    assert page.piece(file["to"], 5, b"56789").json == {"received": 10}
    assert page.piece(file["to"], 0, bytes(CHUNK_BYTES + 1)).status_code == 400
    assert page.piece(file["to"][:-32] + "0" * 32, 0, b"x").status_code == 404


@pytest.mark.parametrize(
    "told", [{}, [1], [{"name": "a"}], [{"name": "a", "size": "x", "modified": 1}], "text", [None]]
)
def test_a_listing_that_no_script_sends_is_refused(page, told):
    begun = page.json(f"{page.list}/imports", {}).json
    assert page.json(begun["files"], told).status_code == 400
    assert page.json(begun["files"], [{"name": "a", "size": -1, "modified": 1}]).status_code == 409


def test_files_in_folders_within_the_folder_and_of_the_system_are_not_taken(page, folder):
    (folder / "old").mkdir()
    (folder / "old" / "x.wav").write_bytes(b"x")
    (folder / ".DS_Store").write_bytes(b"x")
    begun, _ = page.send(folder)
    shown = page.text(begun["page"])
    assert "old/x.wav" in shown and "Folders within the folder are left out" in shown
    assert "DS_Store" not in shown and "Import 2 recordings" in shown


def test_a_folder_on_the_server_is_imported_without_scripts_and_stays(page, folder, settings):
    settings.incoming_dir.mkdir(exist_ok=True)
    folder.rename(settings.incoming_dir / "spring")
    assert "spring" in page.text(page.list)
    assert page.post(f"{page.list}/imports", folder="../audio").status_code == 422
    started = page.post(f"{page.list}/imports", folder="spring")
    assert started.status_code == 303
    assert '<noscript><meta http-equiv="refresh"' in page.text(started.location)
    page.imports.work()
    page.post(started.location + "/import")
    page.imports.work()
    shown = page.text(started.location)
    assert "Imported 2 recordings" in shown and "still on the server" in shown
    assert len(list((settings.incoming_dir / "spring").iterdir())) == 3


def test_discarding_removes_what_was_sent(page, folder, settings, database):
    begun, _ = page.send(folder)
    assert page.post(begun["page"] + "/discard").status_code == 303
    assert list(settings.staging_dir.iterdir()) == []
    assert page.browser.get(begun["page"]).status_code == 404
    with database.read() as db:
        assert db.scalars(select(Import.state)).all() == ["discarded"]


def test_an_import_at_work_is_neither_discarded_nor_begun_twice_but_stopped(page, folder, database):
    begun, _ = page.send(folder)
    page.post(begun["page"] + "/import")
    assert page.post(begun["page"] + "/import").status_code == 409
    assert page.post(begun["page"] + "/discard").status_code == 409
    with database.read() as db:
        job_id = db.scalars(select(Job.public_id).where(Job.state == "waiting")).one()
    job = f"/studies/{page.imports.lead.study_public_id}/jobs/{job_id}"
    assert page.browser.get(job).json["state"] == "waiting"
    stopped = page.post(job + "/stop", back=begun["page"])
    assert (stopped.status_code, stopped.location) == (303, begun["page"])
    assert page.browser.get(job).json["is_open"] is False
    assert "Stopped" in page.text(begun["page"])
    assert page.post(job + "/stop", back="//elsewhere.example/").location == "/studies"


def test_the_preview_says_which_files_are_joined(page, tmp_path):
    folder = make_folder(tmp_path / "parts", [(f"{name}.wav", "D001", 1) for name in "abc"])
    write_manifest(folder, [f"{name}.wav,D001,1,study,{part}" for part, name in enumerate("abc", start=1)])
    begun, _ = page.send(folder)
    shown = page.text(begun["page"])
    assert "3 files are joined into 1 recording" in shown and "Import 1 recording<" in shown
    page.post(begun["page"] + "/import")
    page.imports.work()
    assert "Imported 1 recording" in page.text(begun["page"])
    assert ">under 5 min<" in page.text(page.list) and "0:03" not in page.text(page.list)


def test_others_get_the_answer_that_what_does_not_exist_gets(page, folder, world, browser_of):
    begun, _ = page.send(folder)
    coder = world.member(page.imports.lead, "Mara", Role.CODER, instruments=("CIRS",))
    analyst = world.member(page.imports.lead, "Ana", Role.ANALYST)
    for viewer in (coder.viewer, analyst.viewer, world.person("Stranger")):
        browser = browser_of(viewer)
        for address in (page.list, begun["page"], page.list + "/imports/" + "0" * 32):
            assert browser.get(address).status_code == 404
    other = world.study("Other", lead="Other")
    elsewhere = begun["page"].replace(page.imports.lead.study_public_id, other.study_public_id)
    assert browser_of(other.viewer).get(elsewhere).status_code == 404
    for bad in ("0" * 32, "..", "x"):
        assert page.browser.get(f"{page.list}/imports/{bad}").status_code == 404


def test_a_lead_who_codes_sees_counts_and_no_code_or_length(page, folder, database):
    page.imports.run(folder)
    lead = page.imports.lead
    with database.read() as db:
        codes = list(db.scalars(select(Recording.code)))
    shown = page.text(page.list)
    assert all(code in shown for code in codes) and "Together" in shown
    with database.write() as db:
        people.add_role(db, lead.tools, lead.study_id, lead.viewer, Role.CODER)
        recording_id = db.scalars(select(Recording.id)).first()
        add_assignment(db, lead, add_round(db, lead), recording_id, "CIRS", "m-m", 0)
    shown = page.text(page.list)
    assert not any(code in shown for code in codes)
    assert "Together" not in shown and "2 recordings" in shown
