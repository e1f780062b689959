"""A machine without internet: zzgeo is installed from a folder of wheels, and audits with every socket blocked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from files import write_study
from need import absent
from places import ROOT

#: Loaded by every Python that has it on its path: no socket reaches anything, and what tries is written down.
NO_NETWORK = """
import os, socket

def refused(*address, **named):
    with open(os.environ["ZZGEO_TRIED"], "a") as log:
        log.write(f"{address}\\n")
    raise OSError(101, "Network is unreachable")

class Unplugged(socket.socket):
    def connect(self, address):
        if self.family != getattr(socket, "AF_UNIX", None):
            refused(address)
        return super().connect(address)
    connect_ex = connect

socket.socket = Unplugged
socket.create_connection = socket.getaddrinfo = socket.gethostbyname = refused
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel of this source."""
    folder = tmp_path_factory.mktemp("house")
    source = tmp_path_factory.mktemp("source")  # what setuptools leaves in a source stays out of the clone
    for name in ("zzgeo", "data/zhengzhou-sample"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        absent("wheel", f"no wheel can be built here: {made.stderr.strip().splitlines()[-1:]}")
    return folder


@pytest.fixture(scope="module")
def unplugged(house: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a Python that has zzgeo from the wheel, its libraries, and no network."""
    place = tmp_path_factory.mktemp("unplugged")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*command, "--find-links", str(house), "--target", str(place / "site"), "zzgeo"], check=True)
    (place / "sitecustomize.py").write_text(NO_NETWORK)
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ZZGEO_FUZZ_SEED")}
    path = os.pathsep.join([str(place), str(place / "site")])
    return {**own, "PYTHONPATH": path, "ZZGEO_TRIED": str(place / "tried"), "PYTHONIOENCODING": "utf-8"}


def run(environment: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=folder, capture_output=True, encoding="utf-8", check=False
    )


def test_the_network_is_off(unplugged: dict[str, str], tmp_path: Path):
    tried = tmp_path / "tried"
    asked = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')"
    done = run({**unplugged, "ZZGEO_TRIED": str(tried)}, tmp_path, "-c", asked)
    assert "Network is unreachable" in done.stderr
    assert "127.0.0.1" in tried.read_text()


def test_an_audit_of_own_data_the_sample_and_the_doctor_need_no_network(unplugged: dict[str, str], tmp_path: Path):
    write_study(tmp_path / "own")
    told = run(unplugged, tmp_path, "-m", "zzgeo", "audit", "own", "--out", "out", "--files", "pages,tables")
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "out" / "index.html").stat().st_size > 10_000
    asked = (
        "import zzgeo; study = zzgeo.sample_study(); print(zzgeo.__file__, len(study.districts)); zzgeo.show_versions()"
    )
    told = run(unplugged, tmp_path, "-c", asked)
    assert told.returncode == 0, told.stderr
    where, districts = told.stdout.splitlines()[0].split()
    assert (Path(where).parent.parent.name, districts) == ("site", "12")
    assert "solver" in told.stdout.split()
    assert not Path(unplugged["ZZGEO_TRIED"]).exists()


def test_the_demo_needs_no_network(unplugged: dict[str, str], tmp_path: Path):
    told = run(unplugged, tmp_path, "-m", "zzgeo", "demo", "--out", "out", "--files", "tables")
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "out" / "findings.csv").stat().st_size > 10_000
    assert not Path(unplugged["ZZGEO_TRIED"]).exists()


@pytest.mark.skipif(
    "ZZGEO_OFFLINE" not in os.environ, reason="takes minutes: set ZZGEO_OFFLINE=1 to install everything"
)
def test_all_of_it_is_downloaded_and_installed_from_a_folder(house: Path, tmp_path: Path):
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(house), "--find-links", str(house)]
    if subprocess.run([*download, "zzgeo"], check=False).returncode:
        absent("index", "pip finds no index to download from")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "zz")], check=True)
    python = str(tmp_path / "zz" / ("Scripts" if os.name == "nt" else "bin") / "python")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(house), "zzgeo"]
    bare = {**environment, "PIP_CONFIG_FILE": os.devnull}
    subprocess.run(install, check=True, env=bare)
    for command in (["doctor"], ["demo", "--files", "tables", "--out", "out"]):
        subprocess.run([python, "-m", "zzgeo", *command], check=True, cwd=tmp_path, env=environment)


@pytest.fixture
def locked_in(unplugged: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return an environment in which neither the package nor the home can be written: files stand in the way."""
    site = Path(unplugged["PYTHONPATH"].split(os.pathsep)[1])
    beside = site / "zzgeo" / "network" / "__pycache__"
    if beside.is_dir():
        shutil.rmtree(beside)
    beside.touch()
    nowhere = tmp_path / "nowhere"
    nowhere.touch()
    places = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "APPDATA", "USERPROFILE"), str(nowhere))
    (tmp_path / "passing").mkdir()
    places |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path / "passing"))
    return {**unplugged, **places, "PYTHONDONTWRITEBYTECODE": "1"}


ASKED = "import warnings\n\
with warnings.catch_warnings(record=True, action='always') as heard:\n\
    from zzgeo.network import compiled\n\
    from zzgeo.network.kernels import *\n\
print(compiled.code_folder(), [str(one.message).split(' · ')[0] for one in heard])"


def test_without_a_home_compiled_code_is_kept_among_passing_files(locked_in: dict[str, str], tmp_path: Path):
    told = run(locked_in, tmp_path, "-c", ASKED)
    assert told.returncode == 0, told.stderr
    folder, said = told.stdout.split(maxsplit=1)
    assert Path(folder).is_relative_to(tmp_path / "passing")
    assert said.strip() == "[]"
    [own] = (tmp_path / "passing").iterdir()
    assert os.name != "posix" or own.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX systems")
def test_a_folder_that_others_may_write_to_is_not_run_from_and_that_is_said_once(
    locked_in: dict[str, str], tmp_path: Path
):
    run(locked_in, tmp_path, "-c", ASKED)
    [own] = (tmp_path / "passing").iterdir()
    own.chmod(0o777)
    told = run(locked_in, tmp_path, "-c", ASKED)
    assert told.stdout.split(maxsplit=1) == ["None", "['code.not_kept']\n"]
    told = run(locked_in, tmp_path, "-m", "zzgeo", "doctor")
    assert "made anew by each process" in told.stdout
