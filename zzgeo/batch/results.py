"""Results as tables: of one study, or of all studies of a batch."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzgeo.batch.data import PART, STUDIES
from zzgeo.errors import InputError, Problem
from zzgeo.reporting.desk.data_columns import COLUMNS, STUDY_COLUMNS, Column
from zzgeo.reporting.outputs import outputs
from zzgeo.reporting.outputs.audit import NAME as AUDIT_FILE
from zzgeo.reporting.outputs.data import FOLDER, TABLES

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import pyarrow as pa

_KEY = "study="
_REMEDY = "name the folder of a result, or of a batch, that was written with --files lean, usual, all or data"


class Results:
    """What audits found, as tables; each is read when it is first asked for.

    ``study`` is the first column of each: the id of the study in its batch; of a single result the name of its folder.
    The other columns are those of docs/data-set.md. `read_results` makes it.

    Parameters
    ----------
    path
        The folder of a result, or of a batch.
    parts
        By id of a study and name of a table, its file.
    batch
        Whether it is the folder of a batch.
    """

    def __init__(self, path: Path, parts: dict[str, dict[str, Path]], batch: bool) -> None:
        self.path, self.batch = path, batch
        self._parts = parts

    @property
    def ids(self) -> list[str]:
        """Return the ids of the studies, sorted."""
        return sorted(self._parts)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Return a row per clause and unit, district, city and zone."""
        return self.table("findings")

    @cached_property
    def gaps(self) -> gpd.GeoDataFrame:
        """Return the patches of land where missed people live, in EPSG:4490."""
        return self.table("gaps")

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """Return the places where one more facility reaches most people who are missed, in EPSG:4490."""
        return self.table("sites")

    @cached_property
    def warnings(self) -> pd.DataFrame:
        """Return what to know of the data, and the rows set aside by file, column and code."""
        return self.table("warnings")

    @cached_property
    def districts(self) -> gpd.GeoDataFrame:
        """Return the districts, simplified to about 50 m, in EPSG:4490."""
        return self.table("districts")

    @cached_property
    def served(self) -> pd.DataFrame:
        """Return who is covered and missed, by clause, district and group of people."""
        return self.table("served")

    @cached_property
    def studies(self) -> pd.DataFrame:
        """Return the studies, also those that failed; of a batch with the seconds and bytes its ledger knows."""
        import pandas as pd

        if not self.batch:
            return _single(self.path, self.ids[0])
        table = self.table(STUDIES)
        known = pd.DataFrame([_ledger(self.path, study) for study in table["study"]], index=table.index)
        return table.assign(seconds=known.get("seconds"), peak_bytes=known.get("peak_bytes"))

    def table(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        studies: Collection[str] | None = None,
        levels: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Return a table, or some of its columns, of all studies or some; a GeoDataFrame where it has shapes.

        Parameters
        ----------
        name
            ``findings``, ``gaps``, ``sites``, ``warnings``, ``districts``, ``served``, or, of a batch, ``studies``.
        columns
            Only these, beside ``study``; all if left out.
        studies
            Only those of these ids; all if left out.
        levels
            Of findings, only those of these levels (``unit``, ``district``, ``city``, ``zone``); all if left out.

        Returns
        -------
        DataFrame or GeoDataFrame in EPSG:4490, shape (n_rows, 1 + n_columns)
            The rows of all studies, by id, with ``study`` in front.

        Raises
        ------
        InputError
            If there is no such table or column, or a file is damaged.
        """
        own = STUDY_COLUMNS if name == STUDIES else COLUMNS.get(name, ())
        unknown = [one for one in columns or () if one not in {column.name for column in own}]
        if not own or unknown:
            known = ", ".join(column.name for column in own) or ", ".join((*TABLES, STUDIES))
            why = "there is no such column" if own else "there is no such table"
            raise InputError([Problem("results.unknown", str(self.path), ", ".join(unknown) or name, why, known)])
        taken = [column for column in own if columns is None or column.name in columns]
        wanted = [study for study in self.ids if studies is None or study in studies]
        files = [(one, self._parts[one][name]) for one in wanted if name in self._parts[one]]
        return _frame(files, taken, None if name != "findings" else levels)

    def __repr__(self) -> str:
        return f"<Results of {len(self.ids)} {'study' if len(self.ids) == 1 else 'studies'} in {self.path}>"


def read_results(folder: str | Path) -> Results:
    """Return the results in a folder as tables.

    Parameters
    ----------
    folder
        The folder of a result (``zzgeo audit --out``), or of a batch (``zzgeo batch --out``).

    Returns
    -------
    Results
        ``findings``, ``gaps``, ``sites``, ``warnings``, ``districts``, ``served`` and ``studies``; docs/data-set.md
        lists their columns.

    Raises
    ------
    InputError
        ``results.none`` if no such tables stand there; when a table is asked for, ``file.corrupt`` if one is damaged.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> folder = tempfile.mkdtemp() + "/littleton"
    >>> files = report.write(folder, files="lean")
    >>> results = zzgeo.read_results(folder)
    >>> results.served.query("group == 'residents' and level == 'district'")[["study", "district", "missed"]]
           study district  missed
    0  littleton        E  2000.0
    1  littleton        W     0.0
    """
    path = Path(folder)
    data = path / FOLDER
    try:
        single = {table: data / f"{table}.parquet" for table in TABLES if (data / f"{table}.parquet").is_file()}
        if single:
            return Results(path, {Path(os.path.realpath(path)).name or "study": single}, batch=False)
        parts: dict[str, dict[str, Path]] = {}
        for table in (STUDIES, *TABLES):
            for file in (data / table).glob(f"{_KEY}*/{PART}"):
                id = file.parent.name.removeprefix(_KEY)
                # without its row a study is about to change, or a batch was killed meanwhile
                if table == STUDIES or id in parts:
                    parts.setdefault(id, {})[table] = file
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError([Problem("results.none", str(folder), "", why, _REMEDY)]) from None
    if not parts:
        why = "no tables of results stand there" if path.is_dir() else "there is no such folder"
        raise InputError([Problem("results.none", str(folder), "", why, _REMEDY)])
    return Results(path, parts, batch=True)


def _frame(
    files: Sequence[tuple[str, Path]], columns: Sequence[Column], levels: Collection[str] | None = None
) -> pd.DataFrame:
    """Return the rows of files, with the id of their study in front."""
    import geopandas as gpd
    import pandas as pd
    import pyarrow as pa

    from zzgeo.reporting.desk.data_tables import CRS, schema_of

    schema = schema_of(columns).remove_metadata()
    parts = [_part(study, file, schema, levels) for study, file in files]
    whole = schema.insert(0, pa.field("study", pa.string()))
    rows = pa.concat_tables(parts) if parts else whole.empty_table()
    frame: pd.DataFrame = rows.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if "geometry" not in schema.names:
        return frame
    shapes = gpd.GeoSeries.from_wkb(frame["geometry"], crs=CRS)
    shaped: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=shapes)
    return shaped


def _part(study: str, file: Path, schema: pa.Schema, levels: Collection[str] | None) -> pa.Table:
    """Return the rows of a file; a column that an earlier version did not write is null."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, memory_map=False) as opened:
            there = [name for name in schema.names if name in opened.schema_arrow.names]
            asked = there if levels is None or "level" in there else [*there, "level"]
            rows = opened.read(columns=asked, use_threads=False)
        if levels is not None:
            rows = rows.filter(pc.is_in(rows["level"], pa.array(sorted(levels))))
        columns = [
            rows[name].cast(schema.field(name).type) if name in there else pa.nulls(len(rows), schema.field(name).type)
            for name in schema.names
        ]
    except (pa.ArrowException, OSError) as error:
        why, remedy = str(error).splitlines()[0], "audit the study again"
        raise InputError([Problem("file.corrupt", str(file), "", why, remedy)]) from None
    ids = pa.array([study] * len(rows), pa.string())
    return pa.Table.from_arrays([ids, *columns], schema=schema.insert(0, pa.field("study", pa.string())))


def _single(path: Path, study: str) -> pd.DataFrame:
    """Return the one study of a result, as its audit file tells of it."""
    import pandas as pd

    audit = _json_of(path / AUDIT_FILE)
    day = audit.get("as_of")
    front = next((output.opens for output in outputs() if output.opens and (path / output.opens).is_file()), None)
    row = {
        "study": study,
        "id": study,
        "name": audit.get("study"),
        "as_of": None if day is None else pd.Timestamp(day).date(),
        "state": "done",
        "exit_code": 0,
        "message": None,
        "opens": front,
    }
    return pd.DataFrame([row])


def _ledger(out: Path, study: str) -> dict[str, Any]:
    """Return the seconds and bytes of a study, as far as the ledger of its batch knows them."""
    entry = _json_of(out / "ledger" / f"{study}.json")
    return {"seconds": entry.get("seconds"), "peak_bytes": entry.get("peak_bytes")}


def _json_of(file: Path) -> dict[str, Any]:
    content: object = {}
    with contextlib.suppress(OSError, ValueError, RecursionError):
        content = json.loads(file.read_bytes())
    return content if isinstance(content, dict) else {}
