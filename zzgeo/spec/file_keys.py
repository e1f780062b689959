"""What every table of a configuration file shares: keys it does not know are refused, and what was read stays so."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FileKeys(BaseModel):
    """Keys of a table in a file; each model of one is a subclass.

    How a model is read is made out when the first file is: a command reads few of the tables there are, and to make it
    out for all of them takes a twentieth of the time of `zzgeo check`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
