"""The forms of a page, filled in as a person would, without knowing what they are for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from coder_app.leakaudit.side import Upload

_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
_DATE = "2026-03-02"
_FILLERS = {
    "number": "1", "range": "1", "date": _DATE, "datetime-local": f"{_DATE}T09:00", "time": "09:00",
    "password": "no password of anybody", "email": "audit@example.org", "search": "audit",
}  # fmt: skip
# Read by the import of participants and, as a file without the columns that are needed, by the one of scores.
CSV = Upload("audit.csv", b"dyad,session,informant,measure,score\nAudit-dyad,1,child,TASC,x\n")


@dataclass
class Form:
    """A form: where it is sent, how, and with what."""

    action: str
    method: str
    values: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def filled(self) -> dict[str, Any]:
        """Return a value for each field; of several choices the first."""
        first = {name: next((one for one in some if one), "") for name, some in self.choices.items()}
        return first | self.values


def forms_in(html: str) -> Iterator[Form]:
    """Yield the forms of a page."""
    for text in _FORM.findall(html):
        parser = _Parser()
        parser.feed(text)
        yield from parser.forms


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(of.get("action", ""), of.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form is None or "disabled" in of:
            return
        elif tag == "select":
            self._select = of.get("name", "")
        elif tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(of.get("value", ""))
        elif tag == "textarea" and "name" in of:
            self._form.values[of["name"]] = "Written by the audit"
        elif tag in ("input", "button") and "name" in of:
            self._add_input(self._form, of, tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _add_input(self, form: Form, of: dict[str, str], tag: str) -> None:
        kind, name, value = of.get("type", "text"), of["name"], of.get("value", "")
        if kind in ("radio", "checkbox") or tag == "button" or kind == "submit":
            form.choices.setdefault(name, []).append(value or "on")
        elif kind == "file":
            form.values[name] = CSV
        else:
            form.values[name] = value or of.get("min", "") or _FILLERS.get(kind, "Written by the audit")
