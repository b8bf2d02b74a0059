"""Blinded coding of psychotherapy recordings.

Importing this package loads nothing else: analysts use ``coder_app.analysis`` without the web application,
and the launcher runs before any package is installed. No annotations here, so that a Python that is too old
gets as far as the line which says so.
"""

import os

# Read when numpy is loaded. Matrices here are small: several threads gain nothing and cost processor time,
# which the coders' saves would lack.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"


def __getattr__(name):
    """Load the application factory on first use."""
    if name == "create_app":
        from coder_app.app import create_app

        return create_app
    raise AttributeError("module " + repr(__name__) + " has no attribute " + repr(name))
