"""Write the table of codes at the end of docs/data.md anew: ``python docs/make_codes.py``."""

from __future__ import annotations

from pathlib import Path

from zzgeo.codes import CODES

PAGE = Path(__file__).with_name("data.md")


def main() -> None:
    """Replace the table under the last heading."""
    rows = [f"| `{code}` | {one.severity} | {one.zh} | {one.en} |" for code, one in sorted(CODES.items())]
    text = PAGE.read_text("utf-8").split("| code | | 含义 | meaning |")[0]
    PAGE.write_text(
        text + "\n".join(["| code | | 含义 | meaning |", "|---|---|---|---|", *rows]) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
