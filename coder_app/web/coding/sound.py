"""The sound of a coder's recording and its waveform."""

from flask import Response, request

from coder_app.services import assignment as assignments
from coder_app.services import sound
from coder_app.web.access import actor, assigned, database, store
from coder_app.web.coding.blueprint import blueprint


@blueprint.get("/coding/<assignment>/audio")
@assigned
def audio(assignment: str):
    """Send a stretch of the recording: never a name, a date or a tag, and never much at once."""
    reply = sound.read_audio(store(), _storage_name(assignment), request.headers.get("Range"))
    return Response(reply.chunks, reply.status, reply.headers, direct_passthrough=True)


@blueprint.get("/coding/<assignment>/peaks")
@assigned
def peaks(assignment: str):
    """Send the waveform as numbers from 0 to 255."""
    return sound.read_peaks(store(), _storage_name(assignment))


def _storage_name(assignment: str) -> str:
    with database().read() as db:
        return assignments.get_audio(db, actor(), assignment).storage_name
