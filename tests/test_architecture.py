"""Imports go one way: a wrong arrow between layers, or a heavy library at the top, fails here."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "coder_app"

# layer: (our layers that it may import, other libraries that it may import)
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "domain": (set(), set()),
    "analysis": (set(), {"numpy", "pandas", "scipy", "matplotlib"}),
    "config": (set(), set()),
    "db": (set(), {"sqlalchemy", "pysqlite3"}),
    "audio": ({"domain"}, {"av", "numpy"}),
    "tables": ({"domain"}, {"pandas", "numpy", "openpyxl", "pyreadstat", "defusedxml", "docx"}),
    "models": ({"domain"}, {"sqlalchemy"}),
    "migrations": ({"models", "db"}, {"alembic", "sqlalchemy"}),
    "services": (
        {"models", "analysis", "audio", "tables", "domain", "db", "config"},
        {"sqlalchemy", "pandas", "numpy", "argon2"},
    ),
    "web": (
        {"services", "domain", "db", "config"},
        {"flask", "flask_babel", "babel", "wtforms", "werkzeug", "markupsafe", "sqlalchemy"},
    ),
    "worker": ({"services", "db", "config"}, set()),
    "app": ({"services", "audio", "domain", "db", "config", "web"}, {"flask"}),
    "cli": (
        {"services", "analysis", "tables", "domain", "db", "config", "migrations", "worker", "bootstrap",
         "app", "demo", "leakaudit", "web"},
        {"click", "waitress", "pandas"},
    ),
    "demo": (
        {"app", "services", "models", "domain", "db", "config", "worker", "audio", "migrations", "tables",
         "analysis"},
        {"numpy", "av", "sqlalchemy", "pandas"},
    ),
    "leakaudit": (
        {"app", "services", "models", "domain", "db", "config", "web", "worker", "migrations"},
        {"flask", "jinja2", "werkzeug", "sqlalchemy"},
    ),
    "bootstrap": ({"environment", "cli"}, set()),
    "environment": ({"bootstrap"}, set()),
    "__main__": ({"bootstrap"}, set()),
    "__init__": ({"app"}, set()),
}  # fmt: skip

# Imported inside functions only: the server must start fast, and only figures need their library.
LATE = {
    "analysis": {"matplotlib"},
    "services": {"pandas", "numpy", "argon2", "analysis", "tables", "av"},
    "web": {"argon2"},
    "cli": {"app", "demo", "leakaudit", "pandas", "web"},
}


def layer_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports_of(path: Path, text: str | None = None):
    """Yield (layer or library, is ours, stands at the top, line) of every import, relative ones too."""
    tree = ast.parse(text if text is not None else path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    package = ["coder_app", *path.relative_to(PACKAGE).with_suffix("").parts][:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "coder_app" else [module]
        else:
            continue
        for name in names:
            parts = name.split(".")
            ours = parts[0] == "coder_app"
            yield (parts[1] if ours and len(parts) > 1 else parts[0]), ours, id(node) in top, node.lineno


def faults_of(path: Path, text: str | None = None) -> list[str]:
    layer = layer_of(path)
    may_import, may_use = ALLOWED[layer]
    faults = []
    for name, ours, at_top, line in imports_of(path, text):
        where = f"{path.relative_to(PACKAGE)}:{line}"
        if ours and name not in may_import | {layer, "coder_app"}:
            faults.append(f"{where}: {layer} must not import {name}")
        elif not ours and name not in sys.stdlib_module_names | may_use:
            faults.append(f"{where}: {layer} must not use {name}")
        elif at_top and name in LATE.get(layer, set()) and name != layer:
            faults.append(f"{where}: {layer} imports {name} inside functions only")
    return faults


def test_no_layer_imports_against_the_arrows():
    faults = [fault for path in sorted(PACKAGE.rglob("*.py")) for fault in faults_of(path)]
    assert faults == []


@pytest.mark.parametrize(
    ("file", "planted"),
    [
        ("domain/phases.py", "import sqlalchemy"),
        ("domain/phases.py", "from coder_app.services import study"),
        ("analysis/icc.py", "from ..models import Study"),
        ("analysis/icc.py", "import flask"),
        ("analysis/icc.py", "import pingouin"),
        ("models/study.py", "from coder_app import services"),
        ("services/study.py", "from flask import g"),
        ("services/study.py", "import pandas"),
        ("web/rail.py", "from coder_app.models import Study"),
        ("web/rail.py", "from coder_app.audio.store import Store"),
    ],
)
def test_a_planted_wrong_import_is_found(file, planted):
    assert len(faults_of(PACKAGE / file, planted)) == 1


def test_only_one_service_knows_the_sealed_key():
    knowing = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "models.key" in path.read_text(encoding="utf-8")
        or "RecordingKey" in path.read_text(encoding="utf-8")
    ]
    assert sorted(knowing) == ["models/__init__.py", "models/key.py", "services/key.py"]


def test_starting_the_server_imports_no_statistics():
    script = (
        "import sys; from coder_app.app import create_app; import coder_app.cli.serve; "
        "heavy = {'pandas', 'pingouin', 'matplotlib', 'scipy', 'numpy', 'av', 'alembic', 'argon2'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_importing_the_analysis_loads_no_web_and_no_database():
    script = (
        "import sys; import coder_app.analysis.icc, coder_app.analysis.permutation; "
        "print(sorted({'flask', 'sqlalchemy', 'pingouin', 'matplotlib'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
