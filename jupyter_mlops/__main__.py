"""``python -m jupyter_mlops`` is the CLI."""

import sys

from jupyter_mlops.cli import main

if __name__ == "__main__":
    sys.exit(main())
