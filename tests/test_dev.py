"""dev.py: what it decides. That it builds an environment is seen by every start of these tests through it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

DEV = Path(__file__).resolve().parent.parent / "dev.py"
pytestmark = pytest.mark.skipif(not DEV.is_file(), reason="not a source checkout")


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", DEV)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt", "dev.py"):
        (tmp_path / name).write_bytes((DEV.parent / name).read_bytes())
    venv = tmp_path / ".venv"
    python = venv / module.PYTHON.relative_to(module.VENV)
    for name, value in {"ROOT": tmp_path, "VENV": venv, "PYTHON": python, "STAMP": venv / "stamp"}.items():
        monkeypatch.setattr(module, name, value)
    return module


def test_a_changed_pyproject_makes_the_stamp_stale(dev: ModuleType) -> None:
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.touch()
    assert not dev.ready()
    dev.STAMP.write_text(dev.stamp(), "utf-8")
    assert dev.ready()
    with (dev.ROOT / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert not dev.ready()


def test_pips_settings_are_handed_to_uv(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("UV_FIND_LINKS", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "SSL_CERT_FILE", "ALL_PROXY", "UV_NO_INDEX")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    env = dev.uv_environment(
        {
            "find-links": "/wheels\nhttps://example.org/wheels",
            "index-url": "https://mirror.example.org/simple",
            "extra-index-url": "file:///local/simple https://more.example.org/simple",
            "cert": "/etc/cert.pem",
        }
    )
    assert env["UV_FIND_LINKS"] == "/wheels https://example.org/wheels"
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.example.org/simple"
    assert env["UV_EXTRA_INDEX_URL"] == "https://more.example.org/simple"
    assert env["SSL_CERT_FILE"] == "/etc/cert.pem"
    assert "UV_NO_INDEX" not in env


def test_what_uv_was_told_already_stays(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", "/mine")
    assert dev.uv_environment({"find-links": "/theirs"})["UV_FIND_LINKS"] == "/mine"


def test_missing_system_libraries_name_their_packages(dev: ModuleType) -> None:
    missing = dev.parse_ldd(
        "/x/QtGui.abi3.so:\n\tlibEGL.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n"
        "/x/QtWidgets.abi3.so:\n\tlibEGL.so.1 => not found\n\tlibstrange.so.9 => not found\n"
    )
    assert missing == ["libEGL.so.1", "libstrange.so.9"]
    text = dev.advice(missing)
    assert "sudo apt install libegl1\n" in text
    assert "libstrange.so.9 with your system's package manager" in text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a Linux matter")
@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "w"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
    ],
)
def test_display(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], expected: bool) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert dev.has_display() is expected


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a Linux matter")
def test_run_without_a_display_trains_and_says_how_to_get_a_window(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(dev, "call", lambda *command, env=None: calls.append(command) or 0)
    assert dev.run([]) == 0
    assert calls == [("-m", "nnstudio", "train", "gallery:fashion_mnist_lenet")]
    assert "xvfb-run python dev.py run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("Failed to establish a new connection: [Errno 111]", "cannot be reached"),
        ("SSL: CERTIFICATE_VERIFY_FAILED", "certificate"),
        ("OSError: [Errno 28] No space left on device", "full"),
        ("ERROR: No matching distribution found for torch==2.13.0", "has no build"),
        ("???", "could not be installed"),
    ],
)
def test_a_failed_installation_is_explained(dev: ModuleType, output: str, expected: str) -> None:
    assert expected in dev.why_it_failed(output)


def test_help_and_unknown_commands() -> None:
    shown = subprocess.run([sys.executable, str(DEV), "--help"], capture_output=True, text=True, check=True, timeout=60)
    assert "python dev.py run" in shown.stdout
    wrong = subprocess.run([sys.executable, str(DEV), "fly"], capture_output=True, text=True, check=False, timeout=60)
    assert wrong.returncode == 2
