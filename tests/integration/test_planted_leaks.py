"""Every way in which a masked recording can give itself away is planted once, and the audit finds it."""

import base64
import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response, request
from sqlalchemy import text

from coder_app.demo.speech import speech, write_recording
from coder_app.domain.permissions import Act
from coder_app.leakaudit.personas import CODER, CODING_LEAD, STRANGER
from coder_app.leakaudit.side import Plant
from coder_app.leakaudit.walk import Depth
from coder_app.services import queue as queues
from coder_app.web.access import allowed, assigned, public
from tests.makers.audited import FILE, THERAPIST, Audited, audited_study
from tests.makers.planted import (
    BAD_INPUT,
    EVERY_PAGE,
    FOREIGN,
    NOWHERE,
    PAGE,
    QUEUE,
    SOUND,
    Place,
    audit_planted,
)

DYAD, LEAD = "D001", "lead who does not code"

# Of the recording behind an assignment, :it.
ANY = " FROM assignment a JOIN recording r ON r.id = a.recording_id WHERE a.public_id = :it"
SOURCE = (
    " FROM assignment a JOIN recording r ON r.id = a.recording_id"
    " JOIN recording_key k ON k.recording_id = r.id JOIN treatment_session t ON t.id = k.treatment_session_id"
    " JOIN dyad d ON d.id = t.dyad_id JOIN sequence s ON t.id IN (s.pre_id, s.central_id, s.post_id)"
    " JOIN round_recording rr ON rr.recording_id = r.id JOIN round o ON o.id = rr.round_id"
    " WHERE a.public_id = :it"
)
OTHERS = (
    " FROM assignment a JOIN assignment o ON o.recording_id = a.recording_id AND o.user_id <> a.user_id"
    " LEFT JOIN rating g ON g.assignment_id = o.id LEFT JOIN note n ON n.assignment_id = o.id"
    " WHERE a.public_id = :it"
)
AGAIN = (
    " FROM assignment a JOIN assignment f ON f.recording_id = a.recording_id AND f.user_id = a.user_id"
    " AND f.instrument_version_id = a.instrument_version_id AND f.id <> a.id WHERE a.public_id = :it"
)
NOTES = "SELECT max(n.text) FROM note n JOIN assignment a ON a.id = n.assignment_id WHERE a.public_id <> :it"
POSITION = "SELECT CASE t.id WHEN s.pre_id THEN 'pre' WHEN s.post_id THEN 'post' ELSE 'central' END" + SOURCE
KEYED = " FROM recording r JOIN recording_key k ON k.recording_id = r.id"
JOINED = (
    "SELECT group_concat(r.code || ',' || d.code, char(10))" + KEYED + " JOIN treatment_session t"
    " ON t.id = k.treatment_session_id JOIN dyad d ON d.id = t.dyad_id"
)
IN_ORDER = "SELECT group_concat(code) FROM (SELECT r.code" + KEYED + " ORDER BY k.treatment_session_id)"
IS_THERE = "SELECT count(*) FROM assignment WHERE public_id = :it"


@dataclass(frozen=True)
class Leak:
    """A leak: how it is planted, whom it tells, how deep an audit must go to meet it, and where it shows."""

    plant: Plant
    depth: Depth = Depth.PAGES
    tells: str = CODER
    place: Place = PAGE


@pytest.fixture(scope="module")
def study(empty_sqlite, tmp_path_factory) -> Iterator[Audited]:
    """One study for all tests here: each audit works on copies of it."""
    with audited_study(empty_sqlite, tmp_path_factory.mktemp("study")) as ready:
        yield ready


def ask(app: Flask, query: str, **values) -> str:
    """Return what the database of the world answers."""
    with app.extensions["coder_app.database"].read() as db:
        return str(db.execute(text(query), values).scalar())


def after(change: Callable[[Flask, Response], None], of: str = "text/html") -> Plant:
    """Plant something in every answer of one type to a request about an assignment."""

    def plant(app: Flask) -> None:
        @app.after_request
        def add(response: Response) -> Response:
            if response.mimetype == of and request.view_args and "assignment" in request.view_args:
                response.direct_passthrough = False
                change(app, response)
            return response

    return plant


def page(template: str, query: str = "") -> Plant:
    """Plant a text in the pages of an assignment; {} is what the query finds out about it."""

    def change(app: Flask, response: Response) -> None:
        found = ask(app, query, it=request.view_args["assignment"]) if query else ""
        response.set_data(response.get_data() + template.replace("{}", found).encode())

    return after(change)


def header(name: str, template: str, query: str = "", of: str = "text/html") -> Plant:
    """Plant a header."""

    def change(app: Flask, response: Response) -> None:
        found = ask(app, query, it=request.view_args["assignment"]) if query else ""
        response.headers[name] = template.replace("{}", found)

    return after(change, of)


def sound(change: Callable[[bytes], bytes]) -> Plant:
    """Plant something in the sound."""

    def replace(_app: Flask, response: Response) -> None:
        if response.status_code == 200:
            response.set_data(change(response.get_data()))

    return after(replace, "audio/mp4")


def queue_by(order: str) -> Plant:
    """Plant another order of the queue."""

    def plant(app: Flask) -> None:
        view = app.view_functions["coding.queue"]
        original = queues.list_queue

        def sorted_queue(db, actor):
            entries = original(db, actor)
            return sorted(entries, key=lambda entry: ask_in(app, order, entry.public_id))

        def run(study: str):
            queues.list_queue = sorted_queue
            try:
                return view(study=study)
            finally:
                queues.list_queue = original

        run.access = view.access
        app.view_functions["coding.queue"] = run

    def ask_in(app: Flask, query: str, public_id: str):
        found = ask(app, query, it=public_id)
        # A recording to train with is of no sequence.
        return float(found) if found != "None" else 0.0

    return plant


def status_by(query: str) -> Plant:
    def change(app: Flask, response: Response) -> None:
        if ask(app, query, it=request.view_args["assignment"]) == "1":
            response.status_code = 203

    return after(change)


def cookie(value: str) -> Plant:
    return after(lambda app, response: response.set_cookie("coder_app_visit", value))


def title(template: str, query: str) -> Plant:
    def change(app: Flask, response: Response) -> None:
        found = template.replace("{}", ask(app, query, it=request.view_args["assignment"]))
        response.set_data(response.get_data().replace(b"<title>", b"<title>" + found.encode()))

    return after(change)


def error_page(more: str, status: int) -> Plant:
    def plant(app: Flask) -> None:
        @app.after_request
        def add(response: Response) -> Response:
            if response.status_code == status:
                response.set_data(response.get_data() + more.encode())
            return response

    return plant


def log(query: str) -> Plant:
    def change(app: Flask, response: Response) -> None:
        logging.getLogger("coder_app").info("opened %s", ask(app, query, it=request.view_args["assignment"]))

    return after(change)


def route(mark, answer: Callable[[Flask, dict], object], rule: str, method: str = "GET") -> Plant:
    """Plant a route of its own."""

    def plant(app: Flask) -> None:
        blueprint = Blueprint("planted", __name__)

        @blueprint.route(rule, methods=[method])
        @mark
        def planted(**values):
            return answer(app, values)

        app.register_blueprint(blueprint)

    return plant


def foreign(status: int = 0, more: str = "") -> Plant:
    """Answer another's assignment unlike one that does not exist."""

    def plant(app: Flask) -> None:
        @app.after_request
        def add(response: Response) -> Response:
            it = (request.view_args or {}).get("assignment")
            if response.status_code == 404 and it and ask(app, IS_THERE, it=it) == "1":
                response.status_code = status or response.status_code
                response.set_data(response.get_data() + more.encode())
            return response

    return plant


def tagged(_: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tagged.m4a"
        write_recording(path, speech(0.5, 2), {"title": "session 9"})
        return path.read_bytes()


def dated(data: bytes) -> bytes:
    at = data.index(b"mvhd") + 8
    return data[:at] + (3_600_000_000).to_bytes(4, "big") + data[at + 4 :]


def boxed(kind: bytes, content: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data + (8 + len(content)).to_bytes(4, "big") + kind + content


def data_of(query: str, kind: str = "text/csv") -> Callable[[Flask, dict], object]:
    return lambda app, values: (ask(app, query, it=values.get("assignment")), {"Content-Type": kind})


def planted_route(mark, query: str, rule: str, tells: str = CODER, method: str = "GET") -> Leak:
    return Leak(route(mark, data_of(query), rule, method), Depth.ROUTES, tells, (rule, method))


def in_sixteen_bits(_app: Flask, response: Response) -> None:
    response.set_data(response.get_data() + THERAPIST.encode("utf-16-le"))


def sounding(name: str, value: str) -> Leak:
    return Leak(header(name, value, of="audio/mp4"), place=SOUND)


AS_STAFF = (allowed(Act.SEE_STUDY), allowed(Act.SEE_PROGRESS))

LEAKS = {
    # How a file is sent.
    "a file name in Content-Disposition": sounding("Content-Disposition", "inline; filename=D001_s9.m4a"),
    "a file name that tells nothing": sounding("Content-Disposition", "inline; filename=a.m4a"),
    "an ETag": sounding("ETag", '"1"'),
    "the file's date in Last-Modified": sounding("Last-Modified", "Wed, 21 Feb 2018 07:28:00 GMT"),
    "the time that a query took": Leak(header("Server-Timing", "db;dur=3")),
    # What is in the sound.
    "tags in the sound": Leak(sound(tagged), place=SOUND),
    "a date in the sound": Leak(sound(dated), place=SOUND),
    "a box that is not needed": Leak(sound(boxed(b"uuid", b"recorder")), place=SOUND),
    "words in the free space of the sound": Leak(sound(boxed(b"free", b"session nine")), place=SOUND),
    "bytes after the sound": Leak(sound(lambda data: data + b"TAG"), place=SOUND),
    "a long name inside the sound": Leak(sound(boxed(b"mdat", THERAPIST.encode("utf-16-le"))), place=SOUND),
    # Numbers and names of the recording.
    "an assignment's running number in an address": Leak(
        page('<a href="/coding/x?n={}">', "SELECT a.id" + ANY)
    ),
    "a recording's running number": Leak(page('<i data-n="{}">', "SELECT r.id" + ANY)),
    "the key's running number": Leak(page("{}", "SELECT k.id" + SOURCE)),
    "the storage name": Leak(page('<i data-file="{}">', "SELECT r.storage_name" + ANY)),
    "the recording's code in a comment": Leak(page("<!-- {} -->", "SELECT r.code" + ANY)),
    "the recording's code in capitals": Leak(page("{}", "SELECT upper(r.code)" + ANY)),
    "the recording's code in the title": Leak(title("{} ", "SELECT r.code" + ANY)),
    "the mask in the title": Leak(title("{} ", "SELECT a.mask" + ANY)),
    "the recording's size": Leak(page("{}", "SELECT r.size" + ANY)),
    "when the recording was imported": Leak(page("{}", "SELECT r.imported_at" + ANY)),
    # Order.
    "the queue in the order of sessions": Leak(
        queue_by("SELECT t.number + 100 * d.id" + SOURCE), place=QUEUE
    ),
    "the queue in the order of import": Leak(queue_by("SELECT r.id" + ANY), place=QUEUE),
    "the queue with the subset first": Leak(queue_by("SELECT rr.in_subset" + SOURCE), place=QUEUE),
    # The reliability subset.
    "the subset as a class": Leak(page('<i class="set-{}">', "SELECT rr.in_subset" + SOURCE)),
    "the subset in the length of the page": Leak(page("{}", "SELECT substr('  ', 1, rr.in_subset)" + SOURCE)),
    "the subset in the status": Leak(status_by("SELECT rr.in_subset" + SOURCE)),
    "the subset in a header": Leak(header("X-Set", "{}", "SELECT rr.in_subset" + SOURCE)),
    "who is primary": Leak(page("{}", "SELECT a.is_primary" + ANY)),
    # What comes back to its coder.
    "that a recording came back, as a class": Leak(page('<i class="again-{}">', "SELECT count(*)" + AGAIN)),
    "the running number of the first time": Leak(header("X-First", "{}", "SELECT min(f.id)" + AGAIN)),
    # Others.
    "how many others code it": Leak(page("{} of 2 done", "SELECT count(DISTINCT o.id)" + OTHERS)),
    "when others worked": Leak(page("{}", "SELECT max(o.worked_at)" + OTHERS), place=EVERY_PAGE),
    "what others rated": Leak(page("{}", "SELECT sum(g.score)" + OTHERS), place=EVERY_PAGE),
    "another coder's mask": Leak(page("{}", "SELECT min(o.mask)" + OTHERS)),
    "another coder's name": Leak(page("Nora also codes this")),
    "another coder's note": Leak(page("{}", NOTES)),
    # Where the recording comes from.
    "a dyad in an attribute": Leak(page(f'<i data-x="{DYAD}">')),
    "the dyad of this very recording": Leak(page("{}", "SELECT d.code" + SOURCE)),
    "the session's number": Leak(page("{}", "SELECT t.number" + SOURCE)),
    "the informant": Leak(page("{}", "SELECT s.informant" + SOURCE)),
    "the position": Leak(page("{}", POSITION)),
    "the rupture type": Leak(page("{}", "SELECT s.type" + SOURCE)),
    "the therapist": Leak(page(THERAPIST)),
    "the imported file": Leak(page(FILE)),
    # Practice or study, and which round.
    "whether the recording is for practice": Leak(page('<body class="{}">', "SELECT r.use" + ANY)),
    "the purpose of the round": Leak(page("{}", "SELECT o.purpose" + SOURCE)),
    "the name of the round": Leak(page("{}", "SELECT o.name" + SOURCE)),
    # However it is written.
    "the dyad in a cookie": Leak(cookie(DYAD)),
    "the therapist in a cookie in base64": Leak(cookie(base64.b64encode(THERAPIST.encode()).decode())),
    "a cookie of its own": Leak(after(lambda app, response: response.set_cookie("seen", "1"))),
    "the dyad in base64": Leak(page(base64.b64encode(DYAD.encode()).decode())),
    "the therapist in hexadecimal": Leak(page(THERAPIST.encode().hex())),
    "the therapist in percent signs": Leak(page("".join(f"%{byte:02x}" for byte in THERAPIST.encode()))),
    "the therapist in HTML entities": Leak(page("".join(f"&#{ord(one)};" for one in THERAPIST))),
    "the therapist in JSON escapes": Leak(page("".join(f"\\u{ord(one):04x}" for one in THERAPIST))),
    "the therapist in sixteen bits": Leak(after(in_sixteen_bits)),
    # Error pages, the log, other servers.
    "a dyad on the page of what is not there": Leak(error_page(DYAD, 404), Depth.IDS, place=NOWHERE),
    "a dyad on the page of bad input": Leak(error_page(DYAD, 422), Depth.ROUTES, place=BAD_INPUT),
    "the dyad in the log": Leak(log("SELECT d.code" + SOURCE)),
    "the file's name in the log": Leak(log(f"SELECT '{FILE}'")),
    "something loaded from elsewhere": Leak(page('<img src="https://counter.example.org/1.png">')),
    # Exports, searches, counts.
    "an export with others' rows": planted_route(
        assigned, "SELECT group_concat(mask) FROM assignment", "/coding/<assignment>/rows.csv"
    ),
    "a search that counts all recordings": planted_route(
        allowed(Act.RATE), "SELECT count(*) FROM assignment", "/studies/<study>/found"
    ),
    "a change that answers with a code": planted_route(
        assigned, "SELECT r.code" + ANY, "/coding/<assignment>/change", method="POST"
    ),
    # Ids of others.
    "another's id that answers 403": Leak(foreign(status=403), Depth.IDS, place=FOREIGN),
    "another's id that answers with one space more": Leak(foreign(more=" "), Depth.IDS, place=FOREIGN),
    # Those who are no coders, or not only.
    "a study's name to a stranger": planted_route(
        public, "SELECT name FROM study WHERE id = 1", "/studies-there-are", STRANGER
    ),
    "a code beside its dyad to a lead": planted_route(AS_STAFF[0], JOINED, "/studies/<study>/rows", LEAD),
    "codes in the order of sessions to a lead": planted_route(
        AS_STAFF[0], IN_ORDER, "/studies/<study>/codes", LEAD
    ),
    "exact lengths of what coders have, by code, to a lead": planted_route(
        AS_STAFF[0],
        "SELECT group_concat(code || ' ' || duration_ms) FROM recording"
        " WHERE id IN (SELECT recording_id FROM assignment)",
        "/studies/<study>/exact-lengths",
        LEAD,
    ),
    "how much others have submitted by now to a lead who codes": planted_route(
        AS_STAFF[1],
        "SELECT count(*) FROM assignment WHERE state = 'submitted'",
        "/studies/<study>/by-now",
        CODING_LEAD,
    ),
    "lengths by session to a lead who codes": planted_route(
        AS_STAFF[1],
        "SELECT sum(r.duration_ms * k.treatment_session_id)" + KEYED,
        "/studies/<study>/lengths",
        CODING_LEAD,
    ),
    "the subset to a lead who codes": planted_route(
        AS_STAFF[1],
        "SELECT group_concat(in_subset) FROM round_recording",
        "/studies/<study>/set",
        CODING_LEAD,
    ),
    "others' ratings to a lead who codes": planted_route(
        AS_STAFF[1], "SELECT sum(score * id) FROM rating", "/studies/<study>/ratings-so-far", CODING_LEAD
    ),
}


@pytest.mark.parametrize("role", sorted({leak.tells for leak in LEAKS.values()}))
def test_each_planted_leak_is_found_where_it_shows_and_nothing_where_none_is(role, study):
    planted = {name: leak for name, leak in LEAKS.items() if leak.tells == role}
    found = audit_planted(study, study.find(role), [(leak.plant, leak.place) for leak in planted.values()])
    assert found.pop(-1, []) == []
    assert [name for number, name in enumerate(planted) if not found.get(number)] == []
    # What fails for another reason is no leak that was found.
    assert not [one for some in found.values() for one in some if "could not be audited" in one.what]


def test_an_audit_meets_leaks_on_its_own_way(study):
    """A page of one's own, another's id, bad input, a route that is named nowhere."""
    leaks = ("the therapist", "another's id that answers 403", "a dyad on the page of bad input")
    planted_at = "/coding/<assignment>/novelty/<recording>"

    def plant(app: Flask) -> None:
        for leak in leaks:
            LEAKS[leak].plant(app)
        route(public, lambda app, values: {"heard": values["assignment"]}, planted_at)(app)

    report = study.audit(study.find(CODER), plant, Depth.ROUTES)
    assert f"GET {planted_at}" in report.reached
    whats = {finding.what for finding in report.findings}
    for told in (THERAPIST, "another's id answers unlike one that does not exist", DYAD):
        assert any(told in what for what in whats), told


@pytest.mark.long
@pytest.mark.parametrize("leak", LEAKS)
def test_an_audit_meets_every_leak_on_its_own_way(leak, study):
    planted = LEAKS[leak]
    report = study.audit(study.find(planted.tells), planted.plant, planted.depth)
    assert report.findings
    assert not [finding for finding in report.findings if "could not be audited" in finding.what]
