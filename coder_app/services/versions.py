"""What computed a result."""

import platform
from importlib.metadata import version

import coder_app

_LIBRARIES = {"numpy": "NumPy", "pandas": "pandas", "scipy": "SciPy"}


def list_versions() -> dict[str, str]:
    """Return the versions of this program, of Python and of the libraries that compute."""
    libraries = {name: version(package) for package, name in _LIBRARIES.items()}
    return {"coder_app": coder_app.__version__, "Python": platform.python_version(), **libraries}
