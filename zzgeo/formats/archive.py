"""ZIP archives with one layer in them; members are copied under names of our own, never unpacked by their paths."""

from __future__ import annotations

import codecs
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from zzgeo.formats import format_named, formats, read_layer, refuse_if_unread
from zzgeo.formats.parts.base import Format, Options, RawLayer, file_sha256, read_as, refuse
from zzgeo.formats.parts.contents import ZIP


@dataclass(frozen=True)
class _Member:
    """A file of the archive, or a folder that is a layer: what it is called, and where the archive keeps it."""

    name: PurePosixPath
    info: zipfile.ZipInfo
    folder: bool = False
    #: The ending of a folder that is told by a file in it, not by its name.
    told: str = ""

    @property
    def suffix(self) -> str:
        return self.name.suffix.lower()

    @property
    def stem(self) -> str:
        return str(self.name.with_suffix("")).casefold()

    @property
    def ending(self) -> str:
        """Return the ending that makes it a layer; empty where nothing does."""
        if self.told:
            return self.told
        name = self.name.name.lower()
        owner = format_named(name)
        if owner is not None and owner.folder:
            return owner.suffix(name) if self.folder else ""
        return max((end for end in _packed() if name.endswith(end)), key=len, default="")


def _packed() -> dict[str, tuple[str, ...]]:
    """Return the endings a layer may have in an archive, and those of the files that go with it."""
    return {
        end: one.sidecars for one in formats().values() for end in (one.suffixes if one.packed is None else one.packed)
    }


def read_archive(path: Path, options: Options) -> RawLayer:
    """Read the only layer of an archive, or the one ``options.layer`` names by its file name, with or without ending.

    Raises
    ------
    InputError
        ``layer.empty``, ``layer.ambiguous``, ``layer.missing``; what the layer's own format raises.
    """
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="zzgeo-") as folder:
        members = [_Member(PurePosixPath(_named(info)), info) for info in archive.infolist() if not info.is_dir()]
        members = [one for one in members if "__MACOSX" not in one.name.parts and not one.name.name.startswith(".")]
        pages = _pages(archive, members) if options.layer is None else []
        if pages:
            layer, label = Path(folder) / f"layer{pages[0].suffix}", path.name
            with layer.open("wb") as target:
                target.writelines(archive.read(one.info).removeprefix(codecs.BOM_UTF8) + b"\n" for one in pages)
        else:
            chosen, options = _chosen([*members, *_folders(members)], path.name, options)
            layer, label = Path(folder) / f"layer{chosen.ending}", str(PurePosixPath(path.name) / chosen.name.name)
            _copy(archive, _copies(chosen, members, layer))
        raw = read_as(label, layer, read_layer, options)
    return replace(raw, sha256=file_sha256(path))


def _copy(archive: zipfile.ZipFile, copies: list[tuple[_Member, Path]]) -> None:
    for member, copy in copies:
        with archive.open(member.info) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)


def _folders(members: list[_Member]) -> list[_Member]:
    """Return the folders of an archive that are layers, each with one of its files for the archive's own entry."""
    inside = {one.name.parent: one.info for one in members}
    folders = [_Member(path, info, folder=True) for path, info in inside.items()]
    named = [one for one in folders if one.ending]
    signs = {one.sign: min(one.suffixes) for one in formats().values() if one.sign}
    told = {one.name.parent: signs[name] for one in members if (name := one.name.name.lower()) in signs}
    told = {path: end for path, end in told.items() if all(path != other.name for other in named)}
    return [*named, *(_Member(path, inside[path], folder=True, told=end) for path, end in told.items())]


def _pages(archive: zipfile.ZipFile, members: list[_Member]) -> list[_Member]:
    """Return the files of an archive, by their names, if all that may be layers are pages of one."""
    layers = sorted((one for one in members if one.ending), key=lambda one: _by_number(str(one.name)))
    if len(layers) < 2:
        return []
    claims = [one.claims for one in formats().values() if one.pages and one.claims is not None]
    for one in layers:
        with archive.open(one.info) as source:
            head = source.read(1 << 16)
        if not any(claim(one.name.name.lower(), head) for claim in claims):
            return []
    return layers


def _by_number(name: str) -> list[tuple[int, str]]:
    """Return what sorts page 10 behind page 9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _copies(chosen: _Member, members: list[_Member], layer: Path) -> list[tuple[_Member, Path]]:
    """Return the files of a layer and where each is copied to; the parts of a folder keep their plain names."""
    if not chosen.folder:
        beside = [one for one in members if one.stem == chosen.stem and one.suffix in _packed()[chosen.ending]]
        return [(chosen, layer), *((one, layer.with_suffix(one.suffix)) for one in beside if one is not chosen)]
    layer.mkdir()
    parts = [one for one in members if one.name.parent == chosen.name]
    return [(one, layer / one.name.name) for one in parts if re.fullmatch(r"[\w.-]+", one.name.name, re.ASCII)]


def _named(info: zipfile.ZipInfo) -> str:
    """Return a member's name; old Chinese packers write GBK and do not say so, and ZIP then means code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


def _chosen(members: list[_Member], name: str, options: Options) -> tuple[_Member, Options]:
    """Return the member to read, and what its own format is told."""
    layers = [one for one in members if one.ending]
    if not layers:
        refuse_if_unread(*(one.name.name for one in members))
        known = ", ".join(_packed())
        shown = ", ".join(one.name.name for one in members[:5])
        raise refuse("layer.empty", name, shown, "the archive holds no layer", f"pack one of {known}")
    if options.layer is not None:
        spoken = options.layer.casefold()
        fits = [
            one
            for one in layers
            if spoken in (str(one.name).casefold(), one.name.name.casefold(), one.name.stem.casefold())
        ]
        if len(fits) == 1:
            return fits[0], replace(options, layer=None)
        if len(layers) > 1 or fits:
            shown = ", ".join(str(one.name) for one in fits or layers)
            code = "layer.ambiguous" if fits else "layer.missing"
            raise refuse(code, name, options.layer, "no single layer has this name", f"the layers are: {shown}")
    if len(layers) > 1:
        remedy = f'say which: layer = "{layers[0].name}"'
        shown = ", ".join(str(one.name) for one in layers[:10])
        raise refuse("layer.ambiguous", name, shown, "the archive holds several layers", remedy)
    return layers[0], options


FORMAT = Format(
    "archive",
    "ZIP 压缩包",
    "ZIP archive",
    {".zip": ZIP},
    read_archive,
    packed=(),
    instead=dict.fromkeys((".rar", ".7z"), "unpack it, and send the file or a ZIP of it"),
)
