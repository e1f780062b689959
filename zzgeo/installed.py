"""What is installed: the version of zzgeo, and its sample study."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from zzgeo.errors import EnvironmentFault, Problem

NAME = "zhengzhou-sample"


def sample_study_path() -> Path:
    """Return the path of the sample study's ``study.toml``.

    Raises
    ------
    EnvironmentFault
        If the package was installed without its sample.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "sample_data", package.parent / "data" / NAME):
        if (folder / "study.toml").is_file():
            return folder / "study.toml"
    raise EnvironmentFault(Problem("file.missing", NAME, "", "the sample study is not installed", "reinstall zzgeo"))


def zzgeo_version() -> str:
    """Return the version of the installed package, "unknown" when zzgeo runs from a bare folder."""
    try:
        return version("zzgeo")
    except PackageNotFoundError:
        return "unknown"
