"""How does one come back to a place? Bookmarks kept in the project, by number or from a list; and back to where one was."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QMenu

from nnstudio.gui.canvas.camera import Camera, level_of
from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.name_field import NameField
from nnstudio.project.bookmarks import NUMBERS, free_number, numbered, renamed, with_mark, without
from nnstudio.project.project import Bookmark

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

FIELD = (240.0, 28.0)


class Bookmarks:
    """Of one view: it sets them where it looks, and looks where they are."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self._renamed: Bookmark | None = None
        self.field = NameField(view)
        self.field.setAccessibleName(tr("Name of the bookmark"))
        self.field.named.connect(self._take_name)

    def set(self, number: int) -> None:
        """What is seen now, by this number (0: by none)."""
        view, studio = self._view, self._view.studio
        x, y = view.camera.to_plane(view.width() / 2, view.height() / 2)
        name = self._name(x, y) or (tr("Bookmark {number}", number=number) if number else tr("Bookmark"))
        path = "/".join(studio.scope.path)
        studio.do(with_mark(studio.project, Bookmark(name, path, round(x, 2), round(y, 2), view.camera.zoom, number)))
        keys = tr("Shift+{number} leads back here.", number=number) if number else ""
        studio.message.emit(" ".join(part for part in (tr("Bookmark set."), keys) if part), "info")

    def _name(self, x: float, y: float) -> str:
        """The title of the frame in the middle of what is seen, else of the block entered."""
        view = self._view
        titles = [view.frames.by_id[id].title for id in view.frames.within((x, y, x, y))]
        path = view.studio.scope.titles()
        return next((title for title in reversed(titles) if title), path[-1] if len(path) > 1 else "")

    def go(self, number: int) -> None:
        mark = numbered(self._view.studio.project, number)
        if mark is not None:
            self.go_to(mark)

    def go_to(self, mark: Bookmark) -> None:
        """There in a short flight, into the block that it lies in."""
        view = self._view
        path = tuple(part for part in mark.block.split("/") if part)
        camera = Camera(level=level_of(mark.zoom)).centred(mark.x, mark.y, view.width(), view.height())
        if not self._look(path, camera):
            said = tr("The block of the bookmark '{name}' is not there any more.", name=mark.name)
            view.studio.message.emit(said, "warning")

    def back(self) -> None:
        """To where one looked before the last jump; again: here."""
        if self._view.came_from is not None:
            self._look(*self._view.came_from)

    def _look(self, path: tuple[str, ...], camera: Camera) -> bool:
        view, scope = self._view, self._view.studio.scope
        here = (scope.path, view.camera)
        if not scope.show(path):
            return False
        view.animate_camera(camera)
        view.came_from = here
        return True

    # ── all of them ───────────────────────────────────────────────────────────────────────────────────────────────────

    def menu(self) -> QMenu:
        """Each to go to, to rename, to delete; and one more to set."""
        view = self._view
        menu = QMenu(view)
        menu.aboutToHide.connect(menu.deleteLater)
        for mark in sorted(
            view.studio.project.bookmarks, key=lambda mark: (mark.number or len(NUMBERS) + 1, mark.name)
        ):
            one = menu.addMenu(f"&{mark.number}  {mark.name}" if mark.number else mark.name)
            one.addAction(tr("Go there"), partial(self.go_to, mark))
            one.addAction(tr("Rename …"), partial(self.rename, mark))
            one.addAction(tr("Delete"), partial(self.delete, mark))
        if view.studio.project.bookmarks:
            menu.addSeparator()
        menu.addAction(tr("Set a bookmark here"), lambda: self.set(free_number(view.studio.project)))
        return menu

    def open_menu(self) -> None:
        view = self._view
        menu = self.menu()
        menu.popup(view.mapToGlobal(view.rect().center()))
        menu.setActiveAction(menu.actions()[0])

    def rename(self, mark: Bookmark) -> None:
        self._renamed = mark
        width, height = FIELD
        area = QRectF((self._view.width() - width) / 2, theme.size("space_l"), width, height)
        self.field.edit("bookmark", mark.name, tr("Name"), area)

    def _take_name(self, _id: str, name: str) -> None:
        mark, self._renamed = self._renamed, None
        if mark is not None and name:
            self._view.studio.do(renamed(self._view.studio.project, mark, name))

    def delete(self, mark: Bookmark) -> None:
        self._view.studio.do(without(self._view.studio.project, mark))


def commands(view: "CanvasView") -> list[Command]:
    marks = Bookmarks(view)

    def there(number: int) -> bool:
        return numbered(view.studio.project, number) is not None

    return [
        Command(
            "canvas.bookmarks", tr("Bookmarks …"), marks.open_menu, ("Ctrl+B",), "flag", words="places camera list"
        ),
        Command(
            "canvas.back",
            tr("Back to where I looked before"),
            marks.back,
            ("Shift+Home",),
            "undo-2",
            lambda: view.came_from is not None,
            words="camera previous view return",
        ),
        *(
            Command(
                f"canvas.go_{number}",
                tr("Go to bookmark {number}", number=number),
                partial(marks.go, number),
                (f"Shift+{number}",),
                "flag",
                partial(there, number),
                words="camera place jump",
            )
            for number in NUMBERS
        ),
        *(
            Command(
                f"canvas.set_{number}",
                tr("Set bookmark {number} here", number=number),
                partial(marks.set, number),
                (f"Ctrl+Shift+{number}",),
                "pin",
                words="camera place remember",
            )
            for number in NUMBERS
        ),
    ]
