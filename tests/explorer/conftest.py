"""The cases of the page engine stand in a module beside the tests, which `.ci/explorer` uses too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
