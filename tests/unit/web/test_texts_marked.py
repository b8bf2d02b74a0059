"""Every text that a coder meets is marked for translation, in templates, views, rules and scripts."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_javascript
from babel.messages.jslexer import tokenize, unquote_string
from jinja2 import Environment, nodes

PROJECT = Path(__file__).resolve().parents[3]
JINJA = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)

TEMPLATES = sorted(
    path
    for pattern in (
        "base.html", "auth/*.html", "coding/*.html", "errors/*.html",
        "layouts/coder.html", "layouts/recording.html",
        "macros/forms.html", "macros/alerts.html", "lead/studies.html", "lead/new_study_elsewhere.html",
    )
    for path in (PROJECT / "templates").glob(pattern)
)  # fmt: skip
VIEWS = sorted(
    [
        *(PROJECT / "coder_app/web/coding").glob("*.py"),
        *(PROJECT / "coder_app/web/auth").glob("*.py"),
        *(
            PROJECT / f"coder_app/web/{name}.py"
            for name in ("context", "csrf", "errors", "shortcuts", "words")
        ),
    ]
)
# Where rules and services refuse something to a coder.
REFUSING = [
    PROJECT / f"coder_app/{name}.py"
    for name in (
        "domain/rating", "domain/shortcuts", "domain/note", "domain/submission", "domain/concern",
        "services/auth", "services/rating", "services/note", "services/submission",
        "services/reopening", "services/concern", "services/recognition", "services/guess",
    )
]  # fmt: skip
OF_LEADS = {"copy.js", "job.js", "upload.js", "mutes.js"}
SCRIPTS = sorted(path for path in (PROJECT / "static/js").glob("*.js") if path.name not in OF_LEADS)

MARKS = {"_", "gettext", "ngettext", "lazy_gettext", "say", "code"}
SHOWN = {"alt", "aria-label", "aria-valuetext", "aria-description", "placeholder", "title"}
# Names that are the same in every language.
NAMES = {
    "coder_app",
    "coder_app · coder_app",
    "Tab",
    "Esc",
    "Escape",
    "Alt",
    "Shift",
    "Range",
    "Lax",
    "in progress",
    "not started",
    "too late",
}
KEYS = {
    "Arrow",
    "ArrowUp",
    "ArrowLeft",
    "ArrowDown",
    "ArrowRight",
    "PageUp",
    "PageDown",
    "Enter",
    "Comma",
    "Period",
    "Key",
    "play pause",
}
SENTENCE = re.compile(r"[A-Z“][a-z’]+( .*)?|.*[a-z,.:] [a-z]+.*", re.DOTALL)


class Shown(HTMLParser):
    """The words that a template shows by itself: text, and attributes that are read aloud or pop up."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        self._silent += tag in ("code", "kbd", "script", "style")
        self.words += [value or "" for name, value in attrs if name in SHOWN]

    def handle_endtag(self, tag):
        self._silent -= tag in ("code", "kbd", "script", "style")

    def handle_data(self, data):
        if not self._silent:
            self.words.append(data)


def bare_words(source: str) -> list[str]:
    """Return the words that stand in a template itself, outside its expressions."""
    bare = "".join(
        value if kind == "data" else " "
        for _, kind, value in JINJA.lex(source)
        if kind in ("data", "variable_begin", "block_begin")
    )
    parser = Shown()
    parser.feed(bare)
    words = (" ".join(word.split()) for word in parser.words)
    return [word for word in words if re.search(r"[A-Za-z]{2}", word) and not _is_code(word)]


def bare_constants(source: str) -> list[str]:
    """Return the sentences in a template's expressions that no mark stands around."""
    tree = JINJA.parse(source)
    marked = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in MARKS
        for argument in call.args
        for constant in [argument, *argument.find_all(nodes.Const)]
    }
    constants = [node for node in tree.find_all(nodes.Const) if id(node) not in marked]
    return [
        node.value
        for node in constants
        if isinstance(node.value, str) and SENTENCE.fullmatch(node.value) and not _is_code(node.value)
    ]


def unmarked_in_python(source: str) -> list[str]:
    """Return the sentences of a module that are neither documentation nor marked."""
    tree = ast.parse(source)
    aside = set(_documentation(tree)) | {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) in MARKS
        for argument in call.args
        for part in ast.walk(argument)
    }
    said = [text for node, text in _texts(tree) if id(node) not in aside and SENTENCE.fullmatch(text)]
    return [text for text in said if not _is_code(text)]


def refusals_in_python(source: str) -> list[str]:
    """Return the sentences, which end in a full stop, that a rule or a service says without a mark."""
    return [text for text in unmarked_in_python(source) if text.rstrip().endswith(".")]


def _is_code(text: str) -> bool:
    return text in NAMES or re.fullmatch(r"[a-z]+(-[a-z]+)+|([a-z]+ )?[a-z]+(-[a-z]+)+", text) is not None


def _documentation(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _texts(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def unmarked_in_script(source: str) -> list[str]:
    """Return the sentences of a script that are handed neither to t() nor to tn()."""
    marked = set()
    for _, _, texts, _ in extract_javascript(BytesIO(source.encode()), ["t", "tn"], [], {}):
        marked |= {texts} if isinstance(texts, str) else set(texts)
    said = [
        unquote_string(token.value) if token.type == "string" else token.value.strip("`")
        for token in tokenize(source, jsx=False)
        if token.type in ("string", "template_string")
    ]
    plain = (re.sub(r"\$\{[^}]*\}", "…", text) for text in said)
    return [text for text in plain if _is_said(text) and text not in marked]


def _is_said(text: str) -> bool:
    code = re.search(r"[\[#{]|^[a-z-]+$|://|:not|^--|^\.|^\(|[A-Z][a-z]+(Error|[A-Z-])|[a-z]-[a-z]+ ", text)
    return SENTENCE.fullmatch(text) is not None and not code and text not in NAMES | KEYS


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_template_shows_no_word_that_is_not_marked(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert bare_words(source) + bare_constants(source) == []


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_view_says_no_sentence_that_is_not_marked(path: Path) -> None:
    assert unmarked_in_python(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", REFUSING, ids=lambda path: "/".join(path.parts[-2:]))
def test_a_refusal_that_coders_meet_is_marked(path: Path) -> None:
    assert refusals_in_python(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_no_sentence_that_is_not_marked(path: Path) -> None:
    assert refusals_in_python('raise Refused("It is late.")\nraise Refused(say("It is early."))') == [
        "It is late."
    ]
    assert unmarked_in_script(path.read_text(encoding="utf-8")) == []


def test_what_is_not_marked_is_found() -> None:
    template = (
        '<p title="Your name">{{ name }} was here</p>{{ _("Save") }}{{ "One item" if a else _("Two") }}'
    )
    assert bare_words(template) == ["Your name", "was here"]
    assert bare_constants(template) == ["One item"]
    assert unmarked_in_python('"""Says."""\nx = f"Hello {name}"\ny = _("Good day")\nz = "Good night"') == [
        "Good night",
        "Hello ",
    ]
    assert refusals_in_python('raise Refused("It is late.")\nraise Refused(say("It is early."))') == [
        "It is late."
    ]
    assert unmarked_in_script(
        't("Saved {time}"); say(`Saved ${time}`); find("[data-p] a"); other("Not saved")'
    ) == [
        "Saved …",
        "Not saved",
    ]
