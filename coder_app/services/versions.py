"""What computed a result."""

import platform
from importlib.metadata import version

import coder_app

_LIBRARIES = {"numpy": "NumPy", "pandas": "pandas", "scipy": "SciPy"}
_WRITERS = ("matplotlib", "openpyxl", "pyreadstat")


def list_versions() -> dict[str, str]:
    """Return the versions of this program, of Python and of the libraries that compute."""
    libraries = {name: version(package) for package, name in _LIBRARIES.items()}
    return {"coder_app": coder_app.__version__, "Python": platform.python_version(), **libraries}


def list_package_versions() -> dict[str, str]:
    """Return the same, and the versions of the libraries that write figures, workbooks and SPSS files."""
    return list_versions() | {name: version(name) for name in _WRITERS}
