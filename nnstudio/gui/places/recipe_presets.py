"""The pill that names the preset nearest to the recipe, and its menu: what differs, apply, keep as, rename, delete."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column, label, row
from nnstudio.problems import Problem
from nnstudio.project import presets
from nnstudio.project.difference import Difference, recipes
from nnstudio.project.presets import Preset

MOST_LINES = 10


class NameEdit(QLineEdit):
    """Enter gives the name; Escape gives it up."""

    given = Signal(str)
    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.given.emit(self.text())
            case Qt.Key.Key_Escape:
                self.given_up.emit()
            case _:
                super().keyPressEvent(event)


class PresetPill(QWidget):
    """`preset: course default`, or `changed from course default`; a click opens the menu. `asked` is the field for a name, hidden by default."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._applied = ""  # the preset that was applied last, if any
        self.found: tuple[Preset, tuple[Difference, ...]] | None = None
        self.pill = button("", self.open_menu, "pill")
        self.pill.setAccessibleName(tr("Preset of the recipe"))
        row(self, self.pill, gap="")
        self.asked = QWidget()
        self.name = NameEdit()
        self.name.setPlaceholderText(tr("Name of the preset"))
        self.name.setAccessibleName(tr("Name of the preset"))
        self.name.given.connect(self._take_name)
        self.name.given_up.connect(self.asked.hide)
        self._wrong = label("", "bad", wrap=True)
        keep = button(tr("Keep"), lambda: self._take_name(self.name.text()))
        column(self.asked, row(None, self.name, keep), self._wrong, gap="space_xs")
        self.asked.hide()
        self._renaming: Preset | None = None

    @property
    def folder(self) -> Path:
        return self._studio.settings.path.parent / "recipes"

    def presets(self) -> tuple[Preset, ...]:
        """The bundled ones, then the person's own; what is wrong with a file is said once it is needed."""
        return (*presets.bundled(), *presets.own(self.folder)[0])

    def refresh(self) -> None:
        studio = self._studio
        known = self.presets()
        recent = [preset for preset in known if preset.name == self._applied]
        near = presets.nearest(studio.project.recipe, known, studio.registry)
        if near is not None and near[1] and recent:
            near = presets.nearest(studio.project.recipe, recent, studio.registry)
        self.found = near
        if near is None:
            return
        name, count = near[0].name, len(near[1])
        self.pill.setText(tr("changed from {name}", name=name) if count else tr("preset: {name}", name=name))
        self.pill.setToolTip("\n".join(shown(near[1])) or near[0].text)

    # ── the menu ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_menu(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.pill.mapToGlobal(self.pill.rect().bottomLeft()))

    def menu(self) -> QMenu:
        """What differs from the nearest preset; each preset with what it would change; keeping this recipe."""
        menu = QMenu(self)
        if self.found is not None and self.found[1]:
            say(menu, tr("Other than {name}", name=self.found[0].name), shown(self.found[1]))
            menu.addSeparator()
        studio = self._studio
        for preset in self.presets():
            would = recipes(studio.project.recipe, preset.applied(studio.project.recipe), studio.registry)
            inner = menu.addMenu(preset.name)
            inner.setToolTip(preset.text)
            apply = inner.addAction(theme.icon("check"), tr("Apply"))
            apply.setEnabled(bool(would))
            apply.triggered.connect(partial(self._do, preset, "apply"))
            say(inner, preset.text or tr("your own"), shown(would) or [tr("nothing would change")])
            if preset.path is not None:
                inner.addSeparator()
                for title, icon, what in (
                    (tr("Keep this recipe under it"), "save", "save"),
                    (tr("Rename …"), "pencil", "rename"),
                    (tr("Delete"), "trash-2", "delete"),
                ):
                    inner.addAction(theme.icon(icon), title).triggered.connect(partial(self._do, preset, what))
        menu.addSeparator()
        menu.addAction(theme.icon("save"), tr("Keep this recipe as a preset …")).triggered.connect(self._ask_new)
        return menu

    def _do(self, preset: Preset, what: str, _checked: bool = False) -> None:
        match what:
            case "apply":
                self.apply(preset)
            case "save":
                self._tell(presets.save(presets.of_recipe(preset.name, self._studio.project.recipe), self.folder))
            case "rename":
                self._ask(preset, preset.name)
            case _:
                self._tell(presets.delete(preset))

    def apply(self, preset: Preset) -> None:
        """Its recipe, as one step that undo takes back."""
        self._studio.document.end_merge()
        self._applied = preset.name
        self._studio.do(presets.apply(self._studio.project, preset))
        self._studio.document.end_merge()
        self.refresh()

    # ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask_new(self) -> None:
        self._ask(None, "")

    def _ask(self, renaming: Preset | None, name: str) -> None:
        self._renaming = renaming
        self.name.setText(name)
        self._wrong.hide()
        self.asked.show()
        self.name.selectAll()
        self.name.setFocus()

    def _take_name(self, name: str) -> None:
        if self._renaming is not None:
            problems = presets.rename(self._renaming, name, self.folder)
        else:
            problems = presets.save(presets.of_recipe(name, self._studio.project.recipe), self.folder)
        self._wrong.setText(str(problems[0]) if problems else "")
        self._wrong.setVisible(bool(problems))
        if not problems:
            self._applied = name.strip()
            self.asked.hide()
            self.refresh()

    def _tell(self, problems: Sequence[Problem]) -> None:
        self._studio.say_all(problems)
        self.refresh()


def shown(found: Sequence[Difference]) -> list[str]:
    """The first of them, and how many more there are."""
    lines = [str(difference) for difference in found[:MOST_LINES]]
    return [*lines, tr("and {count} more", count=len(found) - MOST_LINES)] if len(found) > MOST_LINES else lines


def say(menu: QMenu, title: str, lines: Sequence[str]) -> None:
    """Words in a menu, not to be clicked."""
    for text in (title, *(f"    {line}" for line in lines)):
        menu.addAction(text).setEnabled(False)
