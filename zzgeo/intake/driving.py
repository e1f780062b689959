"""The ways that are driven: a study's streets read a second time, by the one rule that asks (R13)."""

from __future__ import annotations

import geopandas as gpd

from zzgeo.intake import roles
from zzgeo.intake.rows import rows_of, through
from zzgeo.intake.study import Study
from zzgeo.intake.tables import read_input


def driving_ways(study: Study) -> gpd.GeoDataFrame | None:
    """Return the ways of a study's street file or table, motorways and links too, which nobody walks on.

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
    by_hand = study.frames is None and (study.path is None or not study.path.is_file())
    if study.streets is None or by_hand:
        return None
    spec, place = study.inputs
    if spec.streets is None:
        return None
    steps = (*roles.driving(spec.streets, study.crs), *roles.edges(spec.streets))
    rows = through(rows_of(read_input(spec.streets, place, "driving")), steps)
    return None if rows.refused or not len(rows.table) else rows.table
