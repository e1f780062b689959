"""The ways that are driven: a study's street file read a second time, by the one rule that asks (R13)."""

from __future__ import annotations

import geopandas as gpd

from zzgeo.intake import roles
from zzgeo.intake.rows import rows_of, through
from zzgeo.intake.study import Study
from zzgeo.intake.tables import read_input
from zzgeo.spec.study_file import read_study_file


def driving_ways(study: Study) -> gpd.GeoDataFrame | None:
    """Return the ways of a study's street file, motorways and links too, which nobody walks on.

    Returns
    -------
    GeoDataFrame or None
        LineStrings in the study's CRS, shape (n_lines, ...), with the columns of the file, cut where they cross if the
        study asks for that; None for a study that has no streets, was built by hand, or whose file holds no way that
        can be driven.

    Raises
    ------
    InputError
        If the file is no longer there or cannot be read.
    """
    if study.streets is None or not study.path.is_file():
        return None
    spec = read_study_file(study.path).streets
    if spec is None:
        return None
    steps = (*roles.driving(spec, study.crs), *roles.edges(spec))
    rows = through(rows_of(read_input(spec, study.path.parent, "driving")), steps)
    return None if rows.refused or not len(rows.table) else rows.table
