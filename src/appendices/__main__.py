"""``python -m appendices``: the command, where no script of that name was installed."""

import sys

from appendices.cli import app

sys.exit(app())
