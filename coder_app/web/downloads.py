"""Files to take away."""

from flask import Response

_TYPES = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "R": "text/plain",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "zip": "application/zip",
}


def attached(name: str, data: str | bytes) -> Response:
    """Return a file under a name whose ending says what it is."""
    response = Response(data, mimetype=_TYPES[name.rsplit(".", 1)[-1]])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
