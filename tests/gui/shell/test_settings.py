"""What is remembered: whatever stands in the file, the window comes up; whoever else writes it, nothing is lost."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.gui.app import mode_of
from nnstudio.gui.canvas.gliding import motion_allowed
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.settings import (
    EVERY,
    GRID_SNAP,
    GUIDES,
    KEYS,
    MAX_BYTES,
    RECENT,
    RECENT_FILES,
    SPLITTERS,
    THEME,
    WINDOW,
    Settings,
)  # fmt: skip
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.gui.window import MainWindow
from nnstudio.plugins import Plugins

NAMES = [setting.name for setting in EVERY]
INNER = ["middle", "upper", "right", "all", "canvas.fit", "file.save", "edit.undo"]
"""Names that stand within settings."""
scalars = (
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats()
    | st.text(st.characters(exclude_categories=())) | st.sampled_from([*INNER, "library", "Ctrl+Z", "light", "/", "a" * 5000])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(INNER) | st.text(), inner, max_size=4),
    max_leaves=12,
)


def dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


@contextmanager
def settings_of(value: Any) -> Iterator[Settings]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        dump(path, value)
        yield Settings(path)


def comes_up(plugins: Plugins, settings: Settings) -> None:
    """As the app does it, up to a project on the canvas; then what is remembered at closing and changed by hand is written and kept."""
    assert mode_of(settings.get(THEME)) in {"dark", "light", "system"}
    window = MainWindow(title="xor", settings=settings)
    window.show()
    studio = Studio(settings=settings)
    window.fill(studio)
    studio.set_plugins(plugins)
    studio.open_example("xor")
    window.build()
    QApplication.processEvents()
    place = window.places["model"]
    assert isinstance(place, ModelPlace) and place.canvas.isVisible()
    assert len(place.canvas.scene.row) == len(studio.project.graph.nodes) > 0
    assert isinstance(motion_allowed(settings), bool) and place.dashboard.shows_last_run in {True, False}
    place.canvas.setFocus()
    QTest.keyClick(place.canvas, Qt.Key.Key_Tab)
    assert place.canvas.finder.popup.isVisible() or studio.keymap.any_given
    window.show_place("labs")
    studio.settings.add_recent(Path(__file__))
    window.close()
    studio.close()
    window.deleteLater()
    assert Settings(settings.path).recent[:1] == [Path(__file__).resolve()]
    assert Settings(settings.path).get(SPLITTERS).keys() == {"middle", "upper", "right", "all"}


@pytest.fixture
def dressed(qapp: QApplication) -> None:
    theme.install(qapp)


# ── whatever it holds ─────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(), values, max_size=len(NAMES)))
def test_every_value_has_its_type_whatever_stands_there(value: dict[str, Any]) -> None:
    with settings_of(value) as kept:
        for setting in EVERY:
            found = kept.get(setting)
            assert type(found) is type(setting.usual) or (setting.usual is None and isinstance(found, bool))
            assert setting.read(found) == (None if found is None else found), "what was read once is read again"
        assert all(isinstance(path, Path) for path in kept.recent)
        assert all(size >= 0 for sizes in kept.get(SPLITTERS).values() for size in sizes)
        assert all(isinstance(key, str) for keys in kept.get(KEYS).values() for key in keys)
        kept.get(WINDOW).encode()


@pytest.mark.usefixtures("dressed")
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries(dict.fromkeys(NAMES, values)))
@example(dict.fromkeys(NAMES, 5))
@example(dict.fromkeys(NAMES, None))
@example(dict.fromkeys(NAMES, "\ud800"))
@example({name: [[1], {}, "x", -1, 10**400, float("nan")] for name in NAMES})
@example({name: {key: [7] for key in INNER} for name in NAMES})
@example({name: {key: ["a", -5, 10**12, None] for key in INNER} for name in NAMES})
def test_the_window_comes_up_whatever_the_settings_hold(plugins: Plugins, value: dict[str, Any]) -> None:
    with settings_of(value) as kept:
        comes_up(plugins, kept)


DEEP = b'{"theme": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", DEEP, b'{"theme": "' + b"a" * MAX_BYTES + b'"}', b'{"window": 1' + b"0" * 5000 + b"}"],
    ids=["empty", "cut", "list", "bytes", "deep", "big", "number"],
)  # fmt: skip
def test_the_window_comes_up_whatever_the_file_is(tmp_path: Path, plugins: Plugins, raw: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(raw)
    comes_up(plugins, Settings(path))


def test_a_folder_in_its_place_costs_the_memory_only(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.mkdir()
    kept = Settings(path)
    kept.set(THEME, "light")
    kept.add_recent(Path(__file__))
    assert kept.get(THEME) == "light" and kept.recent == [Path(__file__).resolve()], "for this session"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="no folder is read-only there")
def test_a_read_only_folder_costs_the_memory_only(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    dump(folder / "settings.json", {"theme": "dark"})
    folder.chmod(0o500)
    try:
        holds_for_this_session(Settings(folder / "settings.json"))
    finally:
        folder.chmod(0o700)


def test_a_full_disk_costs_the_memory_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dump(tmp_path / "settings.json", {"theme": "dark"})

    def full(*_: Any, **__: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    holds_for_this_session(Settings(tmp_path / "settings.json"))
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"], "no part is left"


def holds_for_this_session(kept: Settings) -> None:
    kept.set(THEME, "light")
    for name in "abc":
        kept.change(RECENT_FILES, lambda files, name=name: [name, *files])
    assert kept.get(THEME) == "light" and kept.get(RECENT_FILES) == ["c", "b", "a"]
    assert Settings(kept.path).get(THEME) == "dark"


# ── several windows ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_windows_keep_what_the_other_wrote(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    one, other = Settings(path), Settings(path)
    one.set(KEYS, {"edit.undo": ["F9"]})
    other.set(THEME, "light")
    one.set(GRID_SNAP, False)
    other.set(GUIDES, False)
    kept = Settings(path)
    assert (kept.get(KEYS), kept.get(THEME)) == ({"edit.undo": ["F9"]}, "light")
    assert (kept.get(GRID_SNAP), kept.get(GUIDES)) == (False, False)
    assert list(tmp_path.iterdir()) == [path]


def test_a_choice_made_again_is_written_though_this_window_knew_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    one, other = Settings(path), Settings(path)
    one.set(THEME, "dark")
    other.set(THEME, "light")
    one.set(THEME, "dark")
    assert Settings(path).get(THEME) == "dark"


def test_what_a_later_version_wrote_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    dump(path, {"of_tomorrow": [1, {"a": 2}]})
    Settings(path).set(THEME, "light")
    assert json.loads(path.read_text()) == {"of_tomorrow": [1, {"a": 2}], "theme": "light"}


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"

    def work(name: int) -> None:
        kept = Settings(path)
        for count in range(4):
            kept.change(KEYS, lambda keys: {**keys, f"{name}.{count}": ["F1"]})  # noqa: B023

    windows = [Thread(target=work, args=(name,)) for name in range(3)]
    for each in windows:
        each.start()
    for each in windows:
        each.join()
    assert len(Settings(path).get(KEYS)) == 12


def test_recent_files_of_two_windows_are_all_there(tmp_path: Path) -> None:
    one, other = Settings(tmp_path / "s.json"), Settings(tmp_path / "s.json")
    files = [tmp_path / f"{name}.nns" for name in "abc"]
    for file, window in zip(files, (one, other, one), strict=True):
        file.touch()
        window.add_recent(file)
    assert Settings(tmp_path / "s.json").recent == [files[2], files[1], files[0]] == one.recent


# ── recent files ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_recent_files_are_few_newest_first_and_exist(tmp_path: Path) -> None:
    kept = Settings(tmp_path / "settings.json")
    files = [tmp_path / f"{index}.nns" for index in range(RECENT + 3)]
    for file in files:
        file.touch()
        kept.add_recent(file)
    kept.add_recent(files[5])
    files[6].unlink()
    recent = kept.recent
    assert recent[0] == files[5]
    assert files[6] not in recent
    assert len(recent) == RECENT - 1


@pytest.mark.parametrize(
    "error", [PermissionError(errno.EACCES, ""), OSError(errno.EIO, ""), OSError(errno.ESTALE, "")]
)
def test_a_recent_file_that_cannot_be_asked_for_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    there, file = tmp_path / "there.nns", tmp_path / "closed" / "net.nns"
    there.touch()
    dump(tmp_path / "s.json", {"recent": ["/" + "a" * 4000, "/" + "a" * 5000, "a\0b", str(file), str(there)]})
    kept, ask = Settings(tmp_path / "s.json"), Path.is_file

    def is_file(path: Path) -> bool:
        if path == file:
            raise error
        return ask(path)

    monkeypatch.setattr(Path, "is_file", is_file)
    assert kept.recent == [there]
    kept.add_recent(there)
    monkeypatch.undo()
    file.parent.mkdir()
    file.touch()
    assert kept.recent == [there, file], "a drive may come back"
