"""What computes a result, as one hash: what was kept or done by other code is not taken for ours."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cache
from pathlib import Path

import zzgeo
from zzgeo.auditing.provenance import package_versions
from zzgeo.installed import zzgeo_version

#: What zzgeo's own files are called among the parts.
FILES = "files of zzgeo"


@cache
def code_parts() -> dict[str, str]:
    """Return what computes a result, by name: versions, and the SHA-256 of zzgeo's own files, shipped standards too."""
    package = Path(zzgeo.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and "sample_data" not in path.parts:
            digest.update(f"{path.relative_to(package).as_posix()} ".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    versions = {"zzgeo": zzgeo_version(), "python": platform.python_version(), **package_versions()}
    return {**versions, FILES: digest.hexdigest()}


@cache
def code_hash() -> str:
    """Return the SHA-256 of all that computes a result (`code_parts`)."""
    return hashlib.sha256(json.dumps(code_parts(), sort_keys=True).encode()).hexdigest()
