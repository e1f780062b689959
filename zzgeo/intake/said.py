"""What a study file says of the study itself, beside its inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zzgeo.intake.estimates import Estimate, notice_with
from zzgeo.spec.study_file import StudySpec
from zzgeo.spec.walking import JOIN_M


def said_of_study(spec: StudySpec, folder: Path, estimates: tuple[Estimate, ...]) -> dict[str, Any]:
    """Return the fields of `zzgeo.Study` that a study file tells, and what of its people is estimated, in its notice.

    Its own standards are files in `folder`.
    """
    return {
        "name": spec.name,
        "name_en": spec.name_en,
        "jurisdiction": spec.jurisdiction,
        "as_of": spec.as_of,
        "join_m": JOIN_M if spec.streets is None else spec.streets.join_m,
        "profile": spec.profile,
        "standards": tuple(folder / name for name in spec.standards),
        "notice": notice_with(spec.notice, estimates),
        "estimates": estimates,
        "approval": spec.approval,
        "scenarios": spec.scenario,
    }
