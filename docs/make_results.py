"""Write docs/results.md: the files of a result.

Run from the project's top folder: ``python docs/make_results.py``; a test says whether the page is up to date.
"""

from __future__ import annotations

from pathlib import Path

from zzgeo.reporting.outputs import Output, listed, outputs

PAGE = Path(__file__).parent / "results.md"

INTRODUCTION = """# The files of a result

`report.write(folder, files="pages,xlsx")` and `zzgeo audit STUDY.toml --files pages,xlsx` write what is named, `all`
writes all. A result takes the place of an earlier one as a whole: what that one's `audit.json` lists is taken away or
written anew, files of your own stay. This page is written by `docs/make_results.py` from `zzgeo/reporting/outputs/`, a
file per row.

| name | what it is | files | written |
|---|---|---|---|
"""

WHEN = {"always": "always", "lean": "at every level", "usual": "unless other names are given", "asked": "if named"}


AUDIT_FILE = """
## The audit file

`audit.json` holds a finding a line. What more than half of the findings of a clause say alike (limit, unit, parameters,
flags) stands once, under `usual` of the clause in `rules`; a finding says what it says otherwise. The whole of each:

```python
import json
import tempfile
from pathlib import Path

import zzgeo
from zzgeo.intake.example import write_example

folder = Path(tempfile.mkdtemp())
zzgeo.audit(zzgeo.load_study(write_example(folder)), profile="zz-2020").write(folder / "out", files="lean")
told = json.loads((folder / "out" / "audit.json").read_text("utf-8"))
usual = {rule["rule"]: rule["usual"] for rule in told["rules"]}
findings = [{**usual[finding["rule"]], **finding} for finding in told["findings"]]
print({finding["as_of"] for finding in findings})
```

`zzgeo.compare` reads it, and files of earlier versions, which repeat all in every line.
"""


def page() -> str:
    """Return the page."""
    return INTRODUCTION + "\n".join(map(_row, listed(outputs()))) + "\n" + AUDIT_FILE


def _row(output: Output) -> str:
    files = ", ".join(f"`{name}`" for name in output.names)
    needs = f'; needs `pip install "zzgeo[{output.extra}]"`' if output.needs else ""
    cells = (f"`{output.id}`", f"{output.label_zh}<br>{output.label_en}", files, WHEN[output.when] + needs)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
