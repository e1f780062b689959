"""macOS: folders change places in one step; memory is told by psutil."""

from __future__ import annotations

from pathlib import Path

from zzgeo.system.posix import Posix, exchanged

#: ``renamex_np``: both names change places.
_RENAME_SWAP = 2


class MacOS(Posix):
    """What only macOS has."""

    name = "macOS"
    tells_case = False

    def has_screen(self) -> bool:
        """Know that there is one."""
        return True

    def browsers(self) -> tuple[str, ...]:
        """Look among the applications, too: none stands on the path."""
        programs = ("Google Chrome", "Chromium", "Microsoft Edge")
        return (*super().browsers(), *(f"/Applications/{one}.app/Contents/MacOS/{one}" for one in programs))

    def exchange(self, first: Path, other: Path) -> bool:
        """Ask the system for it (``renamex_np``)."""
        import ctypes

        swap = getattr(ctypes.CDLL(None, use_errno=True), "renamex_np", None)
        if swap is None:
            return False
        return exchanged(lambda one, two: int(swap(one, two, ctypes.c_uint(_RENAME_SWAP))), first, other)
