"""``python3 -m coder_app COMMAND``: check the Python, then hand over to the launcher.

This file is written so that any Python, however old, can read it and print the one line that helps.
"""

import sys

OLDEST = (3, 11)
NEWEST = (3, 14)


def python_problem(version):
    """Say in one line why this Python cannot run the application, or return None."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    found = ".".join(str(part) for part in version[:3])
    return "coder_app needs Python 3.11, 3.12, 3.13 or 3.14; this is Python " + found + "."


if __name__ == "__main__":
    problem = python_problem(sys.version_info)
    if problem:
        sys.stderr.write(problem + "\n")
        sys.exit(2)
    from coder_app.bootstrap import main

    sys.exit(main(sys.argv[1:]))
