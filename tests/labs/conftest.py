"""The recipes of a lab lie beside its page."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "labs/particle_discovery"))
