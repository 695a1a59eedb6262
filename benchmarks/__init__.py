"""`make bench`: the knowledge base beside its peers on the same data, and how its answers grow with the data."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"  # Everything that a run makes: databases, logs, plans. Nobody's own data are here.
