"""The bar at the top: which project, which place, the run's buttons, how far it is, on what device."""

from PySide6.QtCore import QSize, Qt, QThread
from PySide6.QtGui import QAction, QFontMetrics, QIcon, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QLineEdit, QMenu, QSizePolicy, QSpacerItem, QToolButton, QWidget

from nnstudio.gui.commands import Commands
from nnstudio.gui.run_progress import Progress
from nnstudio.gui.skeleton import PLACES, place_title
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import ToolButton, action_button, label, row, set_role
from nnstudio.gui.widgets.folding import ElidedButton, FoldingButton
from nnstudio.project.edits import set_field
from nnstudio.project.lengths import MAX_NAME
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
        self.train_button = FoldingButton(
            tr("Train"), self._train_clicked, "accent", "play:filled", "on_accent", with_icon=True
        )
        high = theme.size("control") + theme.size("space_xs")
        self.train_button.setMinimumHeight(high)
        self._device = ElidedButton(self._choose_device, "pill")
        layout = row(self, self._logo(), self._name, self._edited)
        layout.setContentsMargins(theme.size("space_l"), 0, theme.size("space_l"), 0)
        layout.addSpacerItem(_gap("space_l"))
        self._tabs = [self._place_button(place) for place in PLACES]
        for tab in self._tabs:
            layout.addWidget(tab)
        layout.addStretch(1)
        layout.addWidget(self.train_button)
        for id in ("run.pause", "run.stop", "run.step"):
            tool = action_button(commands.action(id))
            tool.setFixedSize(high + theme.size("space_xs"), high)
            layout.addWidget(tool)
        layout.addSpacerItem(_gap("space_s"))
        layout.addWidget(self._progress)
        layout.addSpacerItem(_gap("space_s"))
        layout.addWidget(self._device)
        studio.project_opened.connect(self._show_name)
        studio.saved_changed.connect(self._show_name)
        studio.run.state_changed.connect(self._show_run)
        studio.project_changed.connect(self._show_device)
        studio.project_changed.connect(self._allow_train)
        studio.project_opened.connect(self._show_run)
        studio.hello_changed.connect(self._show_device)
        self._show_name()
        self._show_run()

    # ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _logo(self) -> QToolButton:
        logo = ToolButton()
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

    def _place_button(self, place: str) -> FoldingButton:
        command, action = self._commands[f"place.{place}"], self._commands.action(f"place.{place}")
        widget = FoldingButton(place_title(place), action.trigger, "place", command.icon, with_icon=False)
        widget.setCheckable(True)
        widget.setToolTip(action.toolTip())
        self._places.addButton(widget, PLACES.index(place))
        return widget

    def show_place(self, place: str) -> None:
        if place in PLACES:
            self._places.button(PLACES.index(place)).setChecked(True)

    # ── room ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Where there is no room for all words, less of the progress is told, then the places are icons, then Train is one, and names end earlier."""
        layout = self.layout()
        assert layout is not None
        for folded in range(4):
            self._progress.shorten(folded >= 1)
            for tab in self._tabs:
                tab.fold(folded >= 2)
            self.train_button.fold(folded >= 3)
            self._name.shorten(folded >= 3)
            self._device.shorten(folded >= 3)
            self._edited.setHidden(not self._edited.text() or folded >= 3)  # the window's title has a star
            layout.invalidate()
            if layout.minimumSize().width() <= self.width():
                return

    def minimumSizeHint(self) -> QSize:
        """It folds: no window is kept wide for its sake."""
        return QSize(0, self.height())

    # ── state ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_name(self) -> None:
        document = self._studio.document
        self._edited.setText(tr("edited") if document.changed else "")
        self._fold()

    def _train_clicked(self) -> None:
        self._commands.run("run.pause" if self._studio.run.state == "paused" else "run.train")

    def _show_run(self) -> None:
        state = self._studio.run.state
        busy = state in {"starting", "running"}
        words = {"starting": tr("Starting"), "running": tr("Training"), "paused": tr("Resume")}
        self.train_button.set_words(words.get(state, tr("Train")))
        self._allow_train()
        set_role(self.train_button, "busy" if busy else "accent")
        self._show_device()
        self._fold()

    def _allow_train(self) -> None:
        """An empty canvas has nothing to train."""
        paused = self._studio.run.state == "paused"
        self.train_button.setEnabled(paused or self._commands["run.train"].enabled())

    def _show_device(self) -> None:
        chosen, hello = self._studio.project.recipe.device, self._studio.hello
        device = chosen if chosen != "auto" else (hello.devices[-1] if hello else "cpu")
        title = device_title(device, hello)
        self._device.setText(title)
        self._device.setToolTip(tr("{device}: where it is trained. Click to choose.", device=title))

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


def _gap(token: str) -> QSpacerItem:
    """Room that is given up before anything else is."""
    return QSpacerItem(theme.size(token), 0, QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Minimum)


class NameField(QLineEdit):
    """The project's name, to be changed where it stands."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._short = False
        set_role(self, "name")
        self.setAccessibleName(tr("Project name"))
        self.setMaxLength(MAX_NAME)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.updateGeometry)
        self.editingFinished.connect(self._rename)
        studio.project_opened.connect(self._show)
        studio.saved_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        document = self._studio.document
        where = str(document.path or tr("not saved to a file yet"))
        self.setToolTip(f"{document.project.name}\n{where}")
        if not self.isModified() and self.text() != document.project.name:
            self.setText(document.project.name)
            self.setCursorPosition(0)

    def _rename(self) -> None:
        name = self.text().strip()
        if name and name != self._studio.project.name:
            self._studio.do(set_field(self._studio.project, "project", "name", name))
            self._studio.document.end_merge()
        self.setText(self._studio.project.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the name, Esc leaves the old one and is then heard by the window."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._studio.project.name)
        super().keyPressEvent(event)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.accept()
            self.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Where there is no room for all of it, it ends in …, until one types in it."""
        metrics, room = QFontMetrics(theme.font("title")), self.width() - theme.size("space_l")
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

    def shorten(self, short: bool) -> None:
        """Short: the beginning of the name will do."""
        if short != self._short:
            self._short = short
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        most = theme.size("control") * (2 if self._short else 6)
        return QSize(min(most, self.sizeHint().width()), theme.size("control"))


def device_title(device: str, hello: Hello | None) -> str:
    """`CPU · 2 cores`, or the name of the card."""
    if device == "cpu":
        return tr("CPU · {count} cores", count=QThread.idealThreadCount())
    return hello.device_names.get(device, device.upper()) if hello else device.upper()
