"""Where the project's own files lie, wherever in the tests they are asked for."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "zhengzhou-sample"
