"""What the launcher runs inside the environment."""

import sys

from coder_app.cli import run

sys.exit(run(sys.argv[1:]))
