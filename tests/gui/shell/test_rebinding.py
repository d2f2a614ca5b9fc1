"""Keys given by a person hold at once for keyboard, menus, tooltips and palette, are kept, and never belong to two commands."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.gui.key_press import FIRST_OF_ROW, pressed
from nnstudio.gui.keymap import Keymap, same
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.settings import Settings
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.shortcuts_sheet import CommandRow, Shortcuts
from nnstudio.gui.window import MainWindow

Key, Modifier = Qt.Key, Qt.KeyboardModifier
NONE, SHIFT, CONTROL = Modifier.NoModifier, Modifier.ShiftModifier, Modifier.ControlModifier


def opened(window: MainWindow) -> Shortcuts:
    window.commands.run("help.shortcuts")
    found = window.findChild(Shortcuts)
    assert found is not None
    return found


def record(row: CommandRow, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Enter on the keys of a command, then the new ones."""
    row.keys.setFocus()
    QTest.keyClick(row.keys, Key.Key_Return)
    assert row.keys.recording
    QTest.keyClick(row.keys, key, modifiers)


def close(window: MainWindow) -> None:
    for sheet in window.findChildren(Sheet):
        sheet.close()


def test_new_keys_hold_at_once_for_keyboard_menu_tooltip_and_palette(window: MainWindow, qtbot: QtBot) -> None:
    window.studio.open_example("xor")
    sheet = opened(window)
    record(sheet.rows["canvas.select_all"], Key.Key_J, Modifier.AltModifier)
    assert sheet.rows["canvas.select_all"].keys.text() == "Alt+J"
    record(sheet.rows["run.train"], Key.Key_F9)
    close(window)
    place = window.place_widget("model")
    assert isinstance(place, ModelPlace)
    view = place.canvas
    view.setFocus()
    QTest.keyClick(view, Key.Key_A, CONTROL)
    assert not window.studio.selection, "the old keys do nothing"
    QTest.keyClick(view, Key.Key_J, Modifier.AltModifier)
    assert len(window.studio.selection) == len(window.studio.project.graph.nodes)
    assert window.commands.action("canvas.select_all").shortcut().toString() == "Alt+J"
    assert "F9" in window.commands.action("run.train").toolTip()
    hints = {choice.title: choice.hint for choice in window._choices()}
    assert hints["Select all"] == "Alt+J" and hints["Train"] == "F9"
    told: list[str] = []
    window.studio.run.state_changed.connect(lambda: told.append(window.studio.run.state))
    QTest.keyClick(window, Key.Key_F9)
    assert told, "the key of a command of the window holds everywhere"


def test_a_conflict_is_told_and_settled_there(window: MainWindow) -> None:
    sheet = opened(window)
    row, other = sheet.rows["canvas.connect"], sheet.rows["canvas.layout"]
    record(row, Key.Key_L, CONTROL)
    assert sheet.commands["canvas.connect"].shortcuts == ("F",), "nothing is taken from anyone unasked"
    assert row.take_away.isVisible() and QApplication.focusWidget() is row.take_away
    QTest.keyClick(row.take_away, Key.Key_Space)
    assert sheet.commands["canvas.connect"].shortcuts == ("Ctrl+L",) and row.keys.text() == "Ctrl+L"
    assert "Ctrl+L" not in sheet.commands["canvas.layout"].shortcuts and other.keys.text() == "–"
    other.reset.click()
    assert sheet.commands["canvas.layout"].shortcuts == ("Ctrl+L",)
    assert sheet.commands["canvas.connect"].shortcuts == (), "keys belong to one command"
    sheet.reset_all.click()
    assert sheet.commands["canvas.connect"].shortcuts == ("F",) and not sheet.commands.keymap.any_given
    assert not sheet.reset_all.isEnabled()


def test_escape_gives_up_recording_and_then_closes_the_sheet(window: MainWindow, qtbot: QtBot) -> None:
    sheet = opened(window)
    row = sheet.rows["canvas.fit"]
    row.keys.click()
    QTest.keyClick(row.keys, Key.Key_Shift, SHIFT)
    assert row.keys.recording, "a modifier alone is no key"
    QTest.keyClick(row.keys, Key.Key_Escape)
    assert not row.keys.recording and sheet.commands["canvas.fit"].shortcuts == ("Home",)
    QTest.keyClick(row.keys, Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(Sheet))


def test_tab_return_and_keys_of_other_commands_are_recorded_not_obeyed(window: MainWindow) -> None:
    sheet = opened(window)
    before = window.place
    record(sheet.rows["canvas.fit"], Key.Key_2, CONTROL)
    assert window.place == before and sheet.rows["canvas.fit"].take_away.isVisible(), "Ctrl+2 is the Data place"
    record(sheet.rows["canvas.fit"], Key.Key_Return, SHIFT | CONTROL)
    assert sheet.commands["canvas.fit"].shortcuts == ("Ctrl+Shift+Return",)


def test_the_sheet_is_searched_by_name_and_by_key(window: MainWindow) -> None:
    sheet = opened(window)
    assert QApplication.focusWidget() is sheet.search
    for query, id in (
        ("knife", "canvas.knife"),
        ("ctrl+del", "canvas.delete_reconnect"),
        ("alt+drag", "canvas.duplicate_wired"),
    ):
        sheet.search.setText(query)
        shown = {name for name, row in sheet.rows.items() if not row.isHidden()}
        assert id in shown and len(shown) < 12, query
    sheet.search.clear()
    assert not any(row.isHidden() for row in sheet.rows.values())


def test_each_command_shows_one_key_and_names_the_others(window: MainWindow) -> None:
    sheet = opened(window)
    assert not [row.id for row in sheet.rows.values() if row.keys.text() == "–"], "each command of the app has one"
    row = sheet.rows["canvas.delete"]
    first, *others = sheet.commands["canvas.delete"].shortcuts
    assert row.keys.text() == first and others
    assert row.also.isVisible() and all(other in row.also.text() for other in others)
    assert sheet.rows["canvas.fit"].also.isHidden()
    record(row, Key.Key_F9)
    assert row.keys.text() == "F9" and row.also.isHidden()


GESTURES = (
    "double-click on empty canvas", "wire dropped", "drag from the library", "drop nodes on a wire", "drag from an output", "wire's end",
    "Ctrl+drag from a port", "Ctrl+right-drag", "Alt+click a wire", "double-click a wire", "rubber band: drag", "Shift+rubber band",
    "Alt+rubber band takes", "Alt+drag", "wheel or pinch", "middle button, Space+drag or two fingers", "double-click on a block",
)  # fmt: skip


def test_the_sheet_lists_every_gesture_of_the_mouse(window: MainWindow) -> None:
    told = " / ".join(window.commands[id].gesture for id in opened(window).rows)
    assert not [gesture for gesture in GESTURES if gesture not in told]


def test_what_was_given_is_kept_and_rubbish_in_the_settings_is_left_out(tmp_path: Path, window: MainWindow) -> None:
    file = tmp_path / "s.json"
    keymap, fit = Keymap(Settings(file)), window.commands.standard("canvas.fit")
    keymap.give(fit, ("Ctrl+9",))
    assert Keymap(Settings(file)).keys_of(fit) == ("Ctrl+9",)
    keymap.give(fit, fit.shortcuts)
    assert not keymap.any_given and not Keymap(Settings(file)).any_given
    file.write_text('{"keys": {"canvas.fit": ["", 3, "End"], "canvas.undo": "Ctrl+Z", "x": null}}')
    assert Keymap(Settings(file)).keys_of(fit) == ("End",)
    file.write_text('{"keys": ["Ctrl+Z"]}')
    assert Keymap(Settings(file)).keys_of(fit) == fit.shortcuts


def test_keys_given_in_two_windows_are_both_kept(tmp_path: Path, window: MainWindow) -> None:
    file = tmp_path / "s.json"
    here, there = Keymap(Settings(file)), Keymap(Settings(file))
    fit, knife = window.commands.standard("canvas.fit"), window.commands.standard("canvas.knife")
    here.give(fit, ("Ctrl+9",))
    there.give(knife, ("Ctrl+8",))
    kept = Keymap(Settings(file))
    assert kept.keys_of(fit) == ("Ctrl+9",) and kept.keys_of(knife) == ("Ctrl+8",)
    assert there.keys_of(fit) == ("Ctrl+9",), "else two commands here could be given the same keys"
    here.reset(fit.id)
    assert Keymap(Settings(file)).keys_of(knife) == ("Ctrl+8",)


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, scan: int = 0) -> QKeyEvent:
    """As a keyboard sends it; scan: which key it was, where the system says so."""
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, 0, 0)


def test_keys_are_written_as_one_reads_them() -> None:
    assert pressed(press(Key.Key_A)) == ("A",) and pressed(press(Key.Key_A, SHIFT)) == ("Shift+A",)
    assert pressed(press(Key.Key_Question, SHIFT)) == ("?",), "a sign that needs Shift is the sign"
    assert pressed(press(Key.Key_1, SHIFT)) == ("Shift+1",) and pressed(press(Key.Key_Backtab, SHIFT)) == ("Shift+Tab",)
    assert pressed(press(Key.Key_Left, CONTROL | Modifier.KeypadModifier)) == ("Ctrl+Left",)
    assert pressed(press(Key.Key_Control, CONTROL)) == ()
    assert pressed(press(Key.Key_Plus, CONTROL | SHIFT)) == ("Ctrl++",) and same("Ctrl++", "Ctrl+Shift++")
    assert not same("Ctrl+A", "Ctrl+Shift+A") and not same("Shift+1", "1")


LAYOUTS = {
    "US": "!@#$%^&*()", "British": '!"£$%^&*()', "German": '!"§$%&/()=', "Spanish": '!"·$%&/()=', "Italian": '!"£$%&/()=',
    "Swedish": '!"#¤%&/()=', "Portuguese": '!"#$%&/()=', "Polish": "!@#$%^&*()", "Swiss": '+"*ç%&/()=', "Japanese": "!\"#$%&'()",
}  # fmt: skip
"""What Shift and the keys 1 … 0 send."""


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("system", ["linux", "win32"])
def test_shift_and_a_digit_is_that_on_every_layout(layout: str, system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    for place, sign in enumerate(LAYOUTS[layout]):
        digit = "1234567890"[place]
        for modifiers, held in ((SHIFT, ""), (SHIFT | CONTROL, "Ctrl+")):
            keys = pressed(press(Key(ord(sign)), modifiers, FIRST_OF_ROW[system] + place))
            if sign.isascii():
                assert keys[0] == f"{held}Shift+{digit}" and same(keys[1], f"{held}{sign}"), (sign, keys)
    assert pressed(press(Key.Key_Slash, SHIFT, 61)) == ("/",), "no key of that row"


def test_without_a_scan_code_the_usual_pairs_hold() -> None:
    for digit, sign in zip("1234567890", LAYOUTS["US"], strict=True):
        assert pressed(press(Key(ord(sign)), SHIFT)) == (f"Shift+{digit}", sign)


def test_a_conflict_is_seen_though_the_keyboard_sends_the_sign(window: MainWindow) -> None:
    sheet = opened(window)
    bypass, mark = sheet.rows["canvas.bypass"], "canvas.go_1"
    assert sheet.commands[mark].shortcuts == ("Shift+1",)
    record(bypass, Key.Key_Exclam, SHIFT)
    assert sheet.commands["canvas.bypass"].shortcuts == ("M",) and bypass.take_away.isVisible()
    QTest.keyClick(bypass.take_away, Key.Key_Space)
    assert sheet.commands["canvas.bypass"].shortcuts == ("Shift+1",) and sheet.commands[mark].shortcuts == ()
    record(sheet.rows["canvas.connect"], Key.Key_Exclam, SHIFT | CONTROL)
    assert sheet.rows["canvas.connect"].take_away.isVisible(), "Ctrl+Shift+1 sets the bookmark"


def test_keys_that_two_commands_have_are_asked_for_one_after_the_other(window: MainWindow) -> None:
    """One press may set off `Shift+7` and, where that is the sign above it, `&`."""
    sheet = opened(window)
    sheet.give("canvas.fit", "&")
    row = sheet.rows["canvas.connect"]
    record(row, Key.Key_Ampersand, SHIFT)
    for _ in range(2):
        assert sheet.commands["canvas.connect"].shortcuts == ("F",)
        QTest.keyClick(row.take_away, Key.Key_Space)
    assert sheet.commands["canvas.connect"].shortcuts == ("Shift+7",)
    assert sheet.commands["canvas.fit"].shortcuts == () == sheet.commands["canvas.go_7"].shortcuts
