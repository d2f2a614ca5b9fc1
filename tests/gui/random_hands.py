"""Someone who tries everything: random gestures by real mouse and keyboard events on a real window. Seeded, so that each can be had again."""

import random
from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QTextEdit, QWidget

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.library.panel import LAYER_MIME
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.window import MainWindow

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
CONTROL, SHIFT, ALT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)
Key = Qt.Key

MODIFIERS = (NONE, NONE, NONE, CONTROL, SHIFT, ALT, CONTROL | SHIFT, CONTROL | ALT)
WORDS = ("relu", "add", "conv", "linear", "encoder", "28*28", "7", "0.5", "zzz", "", "input", "ä ∂ 网")
LAYERS = ("torch.relu", "nnstudio.add", "torch.conv2d", "torch.mse", "nnstudio.input", "nnstudio.concat")
MANY_NODES = 90  # in one graph; copies of copies would fill the memory
MANY_BLOCKS = 12
KEYS = (Key.Key_Escape, Key.Key_Delete, Key.Key_Backspace, Key.Key_Return, Key.Key_Tab, Key.Key_Home, Key.Key_F2)
ARROWS = (Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down)

ELSEWHERE = (
    *("file.", "run.", "help.", "place.", "view.theme", "view.full_screen"),
    *("canvas.share_block", "canvas.take_in_block"),
)
"""Commands that leave the project, the window or the model, or ask for files: they are tested by themselves."""


class Hands:
    """`act` does one gesture and says which. `said`: all of them, for whoever looks for the reason of a failure."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window = window
        self.chance = random.Random(seed)
        self.said: list[str] = []
        model = window.place_widget("model")
        assert isinstance(model, ModelPlace)
        self.view: CanvasView = model.canvas
        self.inspector: QWidget = model.inspector

    def act(self) -> str:
        gestures: tuple[tuple[Callable[[], str], int], ...] = (
            (self._drag, 30),
            (self._click, 8),
            (self._double_click, 4),
            (self._key, 8),
            (self._command, 34),
            (self._menu, 5),
            (self._wheel, 2),
            (self._library, 4),
            (self._inspect, 5),
        )
        what = self._less if self._too_much() else self._one_of(gestures)
        said = what()
        self._answer()
        self.said.append(said)
        return said

    def _one_of(self, gestures: tuple[tuple[Callable[[], str], int], ...]) -> Callable[[], str]:
        return self.chance.choices([gesture for gesture, _ in gestures], [weight for _, weight in gestures])[0]

    # ── where ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _somewhere(self) -> QPoint:
        """A port, a node, a wire, or anywhere."""
        view, chance = self.view, self.chance
        scene = view.scene
        kind = chance.choice(("port", "port", "node", "node", "wire", "anywhere"))
        if kind == "wire" and scene.wire_row:
            return view.wire_position(chance.choice(list(scene.wire_row)))
        if kind == "anywhere" or not scene.row:
            return QPoint(chance.randrange(view.width()), chance.randrange(view.height()))
        id = chance.choice(list(scene.row))
        anchors = scene.anchors[scene.row[id]]
        ports = [*anchors.inputs, *anchors.outputs]
        if kind == "node" or not ports:
            return view.canvas_position_of(id)
        anchor = chance.choice(ports)
        return view.port_position(id, anchor.port, anchor.order)

    # ── mouse ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _drag(self) -> str:
        button = self.chance.choices((LEFT, MIDDLE, RIGHT), (16, 1, 3))[0]
        modifiers = self.chance.choice(MODIFIERS) if button != RIGHT else CONTROL
        start, end = self._somewhere(), self._somewhere()
        QTest.mousePress(self.view, button, modifiers, start)
        for share in (0.1, 0.4, 0.7, 1.0):
            self._move_to(QPointF(start) + share * QPointF(end - start), button, modifiers)
        escaped = self.chance.random() < 0.12
        if escaped:
            QTest.keyClick(self.view, Key.Key_Escape)
        QTest.mouseRelease(self.view, button, modifiers, end)
        return f"drag {start} → {end} {button} {modifiers}{' escaped' if escaped else ''}"

    def _move_to(self, at: QPointF, buttons: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> None:
        there = QPointF(self.view.mapToGlobal(at.toPoint()))
        move = QMouseEvent(QEvent.Type.MouseMove, at, there, Qt.MouseButton.NoButton, buttons, modifiers)
        QApplication.sendEvent(self.view, move)

    def _click(self) -> str:
        at, modifiers = self._somewhere(), self.chance.choice(MODIFIERS)
        QTest.mouseClick(self.view, LEFT, modifiers, at)
        return f"click {at} {modifiers}"

    def _double_click(self) -> str:
        at = self._somewhere()
        QTest.mouseDClick(self.view, LEFT, NONE, at)
        QTest.mouseRelease(self.view, LEFT, NONE, at)
        return f"double click {at}"

    def _wheel(self) -> str:
        at, turn = self._somewhere(), self.chance.choice((-240, -120, 120, 240))
        event = QWheelEvent(
            QPointF(at), QPointF(self.view.mapToGlobal(at)), QPoint(), QPoint(0, turn),
            Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.view, event)
        if self.chance.random() < 0.5:
            self.view.fit()
        return f"wheel {turn} at {at}"

    def _library(self) -> str:
        """A layer dragged from the library onto the canvas."""
        layer, at = self.chance.choice(LAYERS), self._somewhere()
        data = QMimeData()
        data.setData(LAYER_MIME, layer.encode())
        copy, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        QApplication.sendEvent(self.view, QDragEnterEvent(at, copy, data, none, NONE))
        QApplication.sendEvent(self.view, QDragMoveEvent(at, copy, data, none, NONE))
        QApplication.sendEvent(self.view, QDropEvent(QPointF(at), copy, data, none, NONE))
        return f"drop {layer} at {at}"

    def _menu(self) -> str:
        """An entry of the right button's menu."""
        at = self._somewhere()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, self.view.mapToGlobal(at))
        QApplication.sendEvent(self.view, event)
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            return f"menu at {at}: none"
        entries = [action for action in _entries(menu) if action.isEnabled()]
        if not entries:
            return f"menu at {at}: nothing"
        chosen = self.chance.choice(entries)
        words = chosen.text()
        while isinstance(popup := QApplication.activePopupWidget(), QMenu):
            popup.close()
        chosen.trigger()
        return f"menu at {at}: {words}"

    # ── keyboard ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _key(self) -> str:
        key = self.chance.choice((*KEYS, *ARROWS, *ARROWS))
        modifiers = self.chance.choice((NONE, NONE, SHIFT, CONTROL, ALT)) if key in ARROWS else NONE
        times = self.chance.randint(1, 3)
        for _ in range(times):
            QTest.keyClick(self.view, key, modifiers)
        return f"{times} × {key} {modifiers}"

    def _command(self) -> str:
        """Any that can be used now: by its key, where it has one."""
        commands = self.window.commands
        usable = [one for one in commands if not one.id.startswith(ELSEWHERE) and one.enabled()]
        command = self.chance.choice(usable)
        if command.shortcuts and self.chance.random() < 0.5:
            self.view.setFocus()
            pressed = QKeySequence(command.shortcuts[0])
            QTest.keySequence(self.view, pressed)
            return f"{command.id} by {pressed.toString()}"
        commands.run(command.id)
        return command.id

    def _inspect(self) -> str:
        """A value typed into a field of the inspector."""
        fields = [
            field
            for field in self.inspector.findChildren(QLineEdit)
            if field.isVisible() and field.isEnabled() and not field.isReadOnly()
        ]
        if not fields:
            return "no field"
        field = self.chance.choice(fields)
        said = f"field '{field.accessibleName() or field.placeholderText()}'"
        field.setFocus()
        field.selectAll()
        typed = self.chance.choice(WORDS)
        _type(field, typed)
        QTest.keyClick(field, Key.Key_Return)
        self.view.setFocus()
        return f"{said}: {typed}"

    # ── what opens by it ──────────────────────────────────────────────────────────────────────────────────────────────

    def _answer(self) -> None:
        """Fields that opened over the canvas are filled in, menus and sheets closed."""
        while isinstance(popup := QApplication.activePopupWidget(), QWidget):
            popup.close()
        for window in QApplication.topLevelWidgets():
            if window is not self.window and window.isVisible() and window.parentWidget() is not None:
                window.close()
        for _ in range(3):  # a field may open another
            field = next((field for field in self._fields() if field.hasFocus()), None)
            if field is None:
                break
            _type(field, self.chance.choice(WORDS))
            QTest.keyClick(field, self.chance.choice((Key.Key_Return, Key.Key_Return, Key.Key_Escape)))
            if field.hasFocus():
                QTest.keyClick(field, Key.Key_Escape)
        if self.window.place != "model":
            self.window.show_place("model")
        self.view.setFocus()

    def _fields(self) -> list[QWidget]:
        found: list[QWidget] = []
        for kind in (QLineEdit, QPlainTextEdit, QTextEdit):
            found += [field for field in self.view.findChildren(kind) if field.isVisible()]
        return found

    # ── not too much ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _too_much(self) -> bool:
        project = self.window.studio.project
        graphs = [project.graph, *(block.graph for block in project.blocks.values())]
        return max(len(graph.nodes) for graph in graphs) > MANY_NODES or len(project.blocks) > MANY_BLOCKS

    def _less(self) -> str:
        """Much of what is there is deleted, or undone."""
        view = self.view
        if self.chance.random() < 0.5 and len(view.scene) > MANY_NODES // 2:
            view.fit()
            corner = QPoint(view.width() - 2, self.chance.randrange(view.height() // 2, view.height()))
            QTest.mousePress(view, LEFT, NONE, QPoint(2, 2))
            self._move_to(QPointF(corner), LEFT, NONE)
            QTest.mouseRelease(view, LEFT, NONE, corner)
            QTest.keyClick(view, Key.Key_Delete)
            return "much deleted"
        for _ in range(6):
            QTest.keyClick(view, Key.Key_Z, CONTROL)
        return "six undone"


def _type(field: QWidget, text: str) -> None:
    """As a keyboard of any language does (QTest.keyClicks ends the process at what is not Latin)."""
    for character in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(field, QKeyEvent(kind, 0, NONE, character))


def _entries(menu: QMenu) -> list[QAction]:
    """All that can be chosen, in submenus too."""
    entries: list[QAction] = []
    for action in menu.actions():
        if action.isSeparator():
            continue
        inner = action.menu()
        entries += _entries(inner) if isinstance(inner, QMenu) else [action]
    return entries
