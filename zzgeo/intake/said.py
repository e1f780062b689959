"""What a study file says of the study itself, beside its inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zzgeo.spec.study_file import StudySpec
from zzgeo.spec.walking import JOIN_M


def said_of_study(spec: StudySpec, folder: Path) -> dict[str, Any]:
    """Return the fields of `zzgeo.Study` that a study file tells; its own standards are files in `folder`."""
    return {
        "name": spec.name,
        "name_en": spec.name_en,
        "jurisdiction": spec.jurisdiction,
        "as_of": spec.as_of,
        "join_m": JOIN_M if spec.streets is None else spec.streets.join_m,
        "profile": spec.profile,
        "standards": tuple(folder / name for name in spec.standards),
        "notice": dict(spec.notice),
        "approval": spec.approval,
        "scenarios": spec.scenario,
    }
