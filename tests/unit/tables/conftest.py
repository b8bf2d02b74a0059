from pathlib import Path

import pytest

from coder_app.domain.instruments import bundled_instruments

STUDY = Path(__file__).parents[2] / "reference" / "rupture_study"


@pytest.fixture(scope="session")
def study_bytes():
    """Return the bytes of a file of the synthetic study."""
    return lambda name: (STUDY / name).read_bytes()


@pytest.fixture(scope="session")
def measures():
    return {name: m for name, m in bundled_instruments().items() if m.kind == "alliance"}


@pytest.fixture(scope="session")
def said():
    """Return each problem as (row, column, severity), which is what a person needs to find it."""
    return lambda problems: [(p.row, p.column, p.severity) for p in problems]
