"""Write docs/data-set.md: the tables and columns of the data set.

Run from the project's top folder: ``python docs/make_data_set.py``; a test says whether the page is up to date.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zzgeo.reporting.desk.data_columns import COLUMNS, STUDY_COLUMNS, TABLES, Column

PAGE = Path(__file__).parent / "data-set.md"

INTRODUCTION = """# The data set

Parquet tables of what audits found, for pandas, DuckDB, R and QGIS. This page is written by `docs/make_data_set.py`
from `zzgeo/reporting/desk/data_columns.py`.

A result has them under `data/`, a file a table (`data/findings.parquet`); they are written at every level of `--files`
(docs/results.md), and by `--files data`. A batch has them over all its studies, partitioned by study:
`OUT/data/findings/study=ID/part.parquet`. The table `studies` only a batch has; it names the studies that failed too.

- Text is text: codes keep their zeros. Read the partitions as text too: `study` may look like a number.
- Numbers are numbers, in the unit that is told; `inf` is a distance that no walk covers. A day is a date.
- What is missing, or empty, is null; never 0.
- `geometry` is GeoParquet (WKB) in EPSG:4490, longitude first, on a grid of a centimetre.
- The same study gives the same bytes, whoever runs it, in whatever order.

```sh
mkdir counties
cp -r my-city counties/zhongyuan
zzgeo batch counties --out OUT --files lean
```

```python
import zzgeo

results = zzgeo.read_results("OUT")  # of a batch, or of one result
results.findings, results.gaps, results.studies  # DataFrames and GeoDataFrames
results.table("findings", columns=["rule", "district", "verdict", "missed"])
```

```python
import pyarrow as pa
import pyarrow.dataset as ds

by_study = ds.partitioning(pa.schema([("study", pa.string())]), flavor="hive")
ds.dataset("OUT/data/findings", partitioning=by_study).to_table().to_pandas()
```

```text
SELECT * FROM read_parquet('OUT/data/findings/*/*.parquet', hive_partitioning = true,
                           hive_types = {'study': VARCHAR});
```

QGIS, and every tool on a GDAL with the Parquet driver, opens `gaps`, `sites` and `districts` as layers.

## What `--json` prints

`zzgeo audit --json` and `zzgeo batch --json` print one JSON document on standard output, and nothing else there, also
where they fail. Every command that takes `--json` does so where it fails.

| key | what it is |
|---|---|
| `exit_code` | as the command returns it |
| `problems` | a list of `code`, `severity` (`error` or `warning`), `where`, `value`, `why`, `remedy` |
| `study`, `as_of` | of an audit: the study, the day |
| `result`, `opens` | the folder of the result, and its file to open first (empty: none) |
| `verdicts` | by level (`unit`, `district`, `city`, `zone`) how many findings have which verdict |
| `clauses` | how many clauses were `judged`, `nodata`, `not-applicable`, `recorded`, `left-out` |
| `changes` | with `--against`: how many findings changed in which way; else null |
"""


def page() -> str:
    """Return the page."""
    tables = {**COLUMNS, "studies": STUDY_COLUMNS}
    return INTRODUCTION + "".join(_table(name, columns) for name, columns in tables.items())


def _table(name: str, columns: Sequence[Column]) -> str:
    zh, en = TABLES[name]
    rows = [f"| `{one.name}` | {one.kind} | {one.unit} | {one.zh} | {one.en} |" for one in columns]
    head = f"\n## {name}\n\n{zh}<br>{en}\n\n| column | | unit | 含义 | meaning |\n|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
