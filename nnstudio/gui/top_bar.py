"""The bar at the top: which project, which place, the run's buttons, how far it is, on what device."""

from PySide6.QtCore import QSize, Qt, QThread
from PySide6.QtGui import QAction, QFontMetrics, QIcon, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from nnstudio.gui.commands import Commands
from nnstudio.gui.skeleton import PLACES, place_title
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import duration, number, tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import action_button, button, column, label, row, set_role
from nnstudio.gui.widgets.painted import Elided
from nnstudio.project.edits import set_field
from nnstudio.replies import Hello
from nnstudio.resources import resource


class TopBar(QFrame):
    """A view of the commands and of the studio's state."""

    def __init__(self, studio: Studio, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setFixedHeight(theme.size("top_bar"))
        self._studio = studio
        self._commands = commands
        self._name = NameField(studio)
        self._edited = label("", "caption")
        self._places = QButtonGroup(self)
        self._progress = Progress(studio)
        self.train_button = button(tr("Train"), self._train_clicked, "accent", "play:filled", "on_accent")
        high = theme.size("control") + theme.size("space_xs")
        self.train_button.setMinimumSize(3 * theme.size("control") + theme.size("space_m"), high)
        self._device = button("", self._choose_device, "pill")
        layout = row(self, self._logo(), self._name, self._edited)
        layout.setContentsMargins(theme.size("space_l"), 0, theme.size("space_xl"), 0)
        layout.addSpacing(theme.size("space_xl"))
        for place in PLACES:
            layout.addWidget(self._place_button(place))
        layout.addStretch(1)
        layout.addWidget(self.train_button)
        for id in ("run.pause", "run.stop", "run.step"):
            tool = action_button(commands.action(id))
            tool.setFixedSize(high + theme.size("space_xs"), high)
            layout.addWidget(tool)
        layout.addSpacing(theme.size("space_s"))
        layout.addWidget(self._progress)
        layout.addSpacing(theme.size("space_s"))
        layout.addWidget(self._device)
        studio.project_opened.connect(self._show_name)
        studio.saved_changed.connect(self._show_name)
        studio.run_changed.connect(self._show_run)
        studio.project_changed.connect(self._show_device)
        studio.project_changed.connect(self._allow_train)
        studio.project_opened.connect(self._show_run)
        studio.hello_changed.connect(self._show_device)
        self._show_name()
        self._show_run()

    # ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _logo(self) -> QToolButton:
        logo = QToolButton()
        set_role(logo, "bare")
        logo.setIcon(QIcon(str(resource("icons/nnstudio.svg"))))
        side = theme.size("icon_size_large") + theme.size("space_s")
        logo.setIconSize(QSize(side, side))
        logo.setToolTip(tr("Menu"))
        logo.setAccessibleName(tr("Menu"))
        logo.clicked.connect(self.open_menu)
        self._logo_button = logo
        return logo

    def open_menu(self) -> None:
        menu = self._commands.menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._logo_button.mapToGlobal(self._logo_button.rect().bottomLeft()))

    def _place_button(self, place: str) -> QPushButton:
        action = self._commands.action(f"place.{place}")
        widget = button(place_title(place), action.trigger, "place")
        widget.setCheckable(True)
        widget.setToolTip(action.toolTip())
        self._places.addButton(widget, PLACES.index(place))
        return widget

    def show_place(self, place: str) -> None:
        if place in PLACES:
            self._places.button(PLACES.index(place)).setChecked(True)

    # ── state ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_name(self) -> None:
        document = self._studio.document
        self._edited.setText(tr("edited") if document.changed else "")

    def _train_clicked(self) -> None:
        self._commands.run("run.pause" if self._studio.run_state == "paused" else "run.train")

    def _show_run(self) -> None:
        state = self._studio.run_state
        busy = state in {"starting", "running"}
        words = {"starting": tr("Starting"), "running": tr("Training"), "paused": tr("Resume")}
        self.train_button.setText(" " + words.get(state, tr("Train")))
        self._allow_train()
        set_role(self.train_button, "busy" if busy else "accent")
        self._show_device()

    def _allow_train(self) -> None:
        """An empty canvas has nothing to train."""
        paused = self._studio.run_state == "paused"
        self.train_button.setEnabled(paused or self._commands["run.train"].enabled())

    def _show_device(self) -> None:
        chosen, hello = self._studio.project.recipe.device, self._studio.hello
        device = chosen if chosen != "auto" else (hello.devices[-1] if hello else "cpu")
        self._device.setText(device_title(device, hello))
        self._device.setToolTip(tr("Where it is trained. Click to choose."))

    def _choose_device(self) -> None:
        hello = self._studio.hello
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for device in ("auto", *(hello.devices if hello else ("cpu",))):
            action = QAction(tr("Automatic") if device == "auto" else device_title(device, hello), menu)
            action.setCheckable(True)
            action.setChecked(device == self._studio.project.recipe.device)
            action.triggered.connect(lambda _checked=False, device=device: self._set_device(device))
            menu.addAction(action)
        menu.popup(self._device.mapToGlobal(self._device.rect().bottomLeft()))

    def _set_device(self, device: str) -> None:
        self._studio.do(set_field(self._studio.project, "recipe", "device", device))


class NameField(QLineEdit):
    """The project's name, to be changed where it stands."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        set_role(self, "name")
        self.setAccessibleName(tr("Project name"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.updateGeometry)
        self.editingFinished.connect(self._rename)
        studio.project_opened.connect(self._show)
        studio.saved_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        document = self._studio.document
        self.setToolTip(str(document.path or tr("not saved to a file yet")))
        if not self.hasFocus() and self.text() != document.project.name:
            self.setText(document.project.name)
            self.setCursorPosition(0)

    def _rename(self) -> None:
        name = self.text().strip()
        if name and name != self._studio.project.name:
            self._studio.do(set_field(self._studio.project, "project", "name", name))
            self._studio.document.end_merge()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._studio.project.name)
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Where there is no room for all of it, it ends in …, until one types in it."""
        metrics, room = QFontMetrics(theme.font("title")), self.width() - theme.size("space_s")
        if self.hasFocus() or metrics.horizontalAdvance(self.text()) <= room:
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            painter.setFont(theme.font("title"))
            painter.setPen(theme.color("text"))
            shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                self.rect().adjusted(theme.size("space_xs"), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, shown
            )

    def sizeHint(self) -> QSize:
        text = QFontMetrics(theme.font("title")).horizontalAdvance(self.text())
        return QSize(min(text + theme.size("space_l"), 2 * theme.size("library")), theme.size("control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * theme.size("control"), theme.size("control"))


def device_title(device: str, hello: Hello | None) -> str:
    """`CPU · 2 cores`, or the name of the card."""
    if device == "cpu":
        return tr("CPU · {count} cores", count=QThread.idealThreadCount())
    return hello.device_names.get(device, device.upper()) if hello else device.upper()


class Progress(QWidget):
    """`epoch 7 / 20 · 1 214 step/s · 12 s left` over a thin bar."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._text = Elided("caption", "text", "semibold")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(theme.size("space_xs") + 1)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName(tr("Progress of the run"))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        layout = column(self, None, self._text, self._bar, None, gap="space_xs")
        layout.setContentsMargins(0, 0, 0, 0)
        studio.history_changed.connect(self._refresh)
        studio.run_changed.connect(self._refresh)
        studio.project_changed.connect(self._refresh)
        studio.plan_changed.connect(self._refresh)
        follow_theme(self, self._refresh)

    def sizeHint(self) -> QSize:
        return QSize(theme.size("library") - theme.size("space_l"), theme.size("control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(3 * theme.size("control"), theme.size("control"))

    def _refresh(self) -> None:
        history = self._studio.history
        share = history.step / history.total_steps if history.total_steps else 0.0
        self._bar.setValue(round(1000 * min(1.0, share)))
        self._text.set_text(progress_text(self._studio))


def progress_text(studio: Studio) -> str:
    """The run in a few words, or, before it, what Train will do."""
    history, state = studio.history, studio.run_state
    if state == "idle":
        info, recipe = studio.data_info, studio.project.recipe
        if info is None or not info.train:
            return tr("{epochs} epochs", epochs=number(recipe.epochs))
        steps = -(-info.train // recipe.batch_size) if recipe.batch_size else 1
        return tr("{epochs} epochs of {steps} steps", epochs=number(recipe.epochs), steps=number(steps))
    if state == "starting":
        return tr("starting …")
    epochs = history.started.epochs if history.started else 0
    epoch = tr("epoch {epoch} / {epochs}", epoch=number(min(history.epoch + 1, epochs)), epochs=number(epochs))
    if state == "running":
        left = history.seconds_left
        parts = [epoch, tr("{speed} step/s", speed=number(round(history.steps_per_second)))]
        return " · ".join(parts if left is None else [*parts, tr("{time} left", time=duration(left))])
    words = {
        "paused": tr("paused at step {step}"),
        "done": tr("done in {time}"),
        "early": tr("stopped early after {time}"),
        "stopped": tr("stopped at step {step}"),
        "failed": tr("failed at step {step}"),
        "crashed": tr("crashed at step {step}"),
    }[state]
    said = words.format(step=number(history.step), time=duration(history.seconds))
    return said if state == "failed" else f"{epoch} · {said}"
