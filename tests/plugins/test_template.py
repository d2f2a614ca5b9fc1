"""A stranger's package, installed beside an installed NNStudio in a fresh environment, brings parts that train: the core is untouched.

What NNStudio depends on (torch, gigabytes) is lent from the environment that runs the tests; NNStudio and the plugin are built and
installed for real.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "examples" / "plugin_template"
pytestmark = [
    pytest.mark.install,
    pytest.mark.skipif(not (TEMPLATE / "pyproject.toml").is_file(), reason="not a source checkout"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the programs of an environment that has NNStudio and the plugin, as installed from their sources."""
    folder = tmp_path_factory.mktemp("fresh")
    sources = folder / "sources"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "dist", "build", "*.runs", "docs", "tests", "benchmarks")
    shutil.copytree(ROOT, sources / "nnstudio", ignore=ignored)
    shutil.copytree(TEMPLATE, sources / "plugin", ignore=ignored)
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = str(programs / "python")
    site = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", python, "install"]
    _run(*pip, "--no-deps", "--no-build-isolation", str(sources / "nnstudio"), str(sources / "plugin"))
    shutil.rmtree(sources)  # nothing may be read from there any more
    yield programs


def _run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_it_is_found_and_runs_from_where_it_was_installed(fresh: Path, tmp_path: Path) -> None:
    infos = {
        info["name"]: info
        for info in _lines(_run(str(fresh / "nnstudio"), "plugins", "list", "--json", cwd=tmp_path).stdout)
    }
    ours = infos["fourier"]
    assert (ours["state"], ours["origin"], ours["version"], ours["location"]) == (
        "loaded",
        "installed",
        "0.1.0",
        "nnstudio-fourier",
    )
    assert set(ours["brought"]) == {"layer", "optimizer", "dataset", "view", "example"}
    assert all(info["state"] == "loaded" for info in infos.values()), infos
    where = _run(
        str(fresh / "python"),
        "-c",
        "import nnstudio, nnstudio_fourier as f; print(nnstudio.__file__, f.__file__)",
        cwd=tmp_path,
    )
    assert all(str(fresh.parent) in file for file in where.stdout.split())


def test_a_project_of_its_parts_trains_from_the_command_line(fresh: Path, tmp_path: Path) -> None:
    project = tmp_path / "waves.nns"
    shutil.copy(TEMPLATE / "nnstudio_fourier" / "waves.nns", project)
    before = project.read_bytes()
    trained = _lines(
        _run(str(fresh / "nnstudio"), "train", str(project), "--json", "--threads", "1", cwd=tmp_path).stdout
    )
    assert trained[-1]["reason"] == "done"
    assert trained[-1]["values"]["test/accuracy"] >= 0.95
    assert project.read_bytes() == before
    assert list(tmp_path.glob("waves.runs/*/run.json"))


def test_its_own_tests_pass_there(fresh: Path, tmp_path: Path) -> None:
    shutil.copytree(TEMPLATE / "tests", tmp_path / "tests")
    _run(str(fresh / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "tests"), cwd=tmp_path)


def test_without_the_plugin_the_project_opens_with_placeholders(tmp_path: Path) -> None:
    project = tmp_path / "waves.nns"
    shutil.copy(TEMPLATE / "nnstudio_fourier" / "waves.nns", project)
    command = [sys.executable, "-m", "nnstudio", "check", "--json", "--safe-mode", str(project)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "no loaded plugin brings 'fourier.swish'" in checked.stdout
