"""The sample study that comes with zzgeo: real counties and totals, all else synthetic."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.installed import sample_study_path

if TYPE_CHECKING:
    from zzgeo.intake.study import Study


def sample_study(folder: str | Path | None = None) -> Study:
    """Load the sample study, wherever zzgeo is installed and whichever folder you stand in; no internet is needed.

    Parameters
    ----------
    folder
        A folder, made if it is not there, to copy its files to first, so that they can be looked into and changed. They
        are read where they are installed if it is left out.

    Returns
    -------
    Study
        Zhengzhou: county boundaries and totals are real; streets, units, people's places and facilities are synthetic,
        which `Study.notice` says on everything that is made from it. EPSG:4547, metres.

    Raises
    ------
    EnvironmentFault
        If zzgeo was installed without its sample, a file of it is already in the folder (nothing is overwritten), or
        the folder cannot be written.
    InputError
        If the files were changed so that they cannot be read.

    Examples
    --------
    >>> import zzgeo
    >>> zzgeo.sample_study().name
    '郑州市'
    """
    from zzgeo.intake.study import load_study

    path = sample_study_path()
    return load_study(path if folder is None else _copied(path.parent, Path(folder)) / path.name)


def _copied(source: Path, folder: Path) -> Path:
    files = sorted(path for path in source.iterdir() if path.is_file() and path.suffix != ".py")
    there = [path.name for path in files if (folder / path.name).exists()]
    if there:
        why, remedy = "nothing is overwritten", "name a new folder"
        raise EnvironmentFault(Problem("output.exists", str(folder), ", ".join(there)[:120], why, remedy))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copyfile(path, folder / path.name)
    except OSError as error:
        why, remedy = error.strerror or str(error), "name a folder you may write to"
        raise EnvironmentFault(Problem("output.not_writable", str(folder), "", why, remedy)) from None
    return folder
