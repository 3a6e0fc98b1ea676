"""`python -m polku.cli`: the command line without an installed script."""

import sys

from polku.cli import main

sys.exit(main())
