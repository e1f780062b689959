"""The same study with its streets read anew for people who walk otherwise."""

from __future__ import annotations

import dataclasses

from zzgeo.errors import InputError
from zzgeo.intake.study import Study
from zzgeo.intake.tables import street_layer
from zzgeo.spec.walking_profile import WalkingProfile


def study_under(study: Study, profile: WalkingProfile) -> Study:
    """Return a study with its streets read again under another walking profile; all else stays as it is.

    Parameters
    ----------
    study
        A loaded study.
    profile
        How people walk: which ways they use, and their speeds.

    Returns
    -------
    Study
        With other ``streets`` and ``walking.profile``; without streets the profile alone is another.

    Raises
    ------
    InputError
        If the study file or its streets cannot be read again, or nobody of this profile walks on any of them.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> from zzgeo.spec.walking_profile import walking_profile
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> other = study_under(study, walking_profile("accessible"))
    >>> other.walking.profile.id, len(other.streets) == len(study.streets)
    ('accessible', True)
    """
    walking = dataclasses.replace(study.walking, profile=profile)
    if study.streets is None:
        return dataclasses.replace(study, walking=walking)
    spec, place = study.inputs
    assert spec.streets is not None
    built = street_layer(place, spec.streets, study.crs, profile)
    if built.refused:
        raise InputError([problem for problem in built.problems if problem.severity == "error"])
    return dataclasses.replace(study, streets=built.table, walking=walking)
