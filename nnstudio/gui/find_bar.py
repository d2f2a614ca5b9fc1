"""Find, over the canvas: a field, a live list of what fits with where it lies, and one edit for all of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QLineEdit,
    QListView,
    QWidget,
)

from nnstudio.gui.announce import tell_current
from nnstudio.gui.commands import Command
from nnstudio.gui.found_list import MOST, FoundDelegate, FoundModel
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column, icon_button, label, row
from nnstudio.gui.widgets.painted import Toggle
from nnstudio.problems import Problem
from nnstudio.project.edits import Edit
from nnstudio.project.find import Found, find, with_param, with_type

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

ROWS = 8


class FindBar(QFrame):
    """Lies over the upper edge of a canvas. Enter and F3 go to the next, with Shift to the one before; Esc closes."""

    def __init__(self, view: "CanvasView") -> None:
        super().__init__(view)
        self.setProperty("role", "overlay")
        self.setAccessibleName(tr("Find"))
        self._view = view
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find: names, type:conv, kernel_size=3, p>0.2, note:, problem: …"))
        self.field.setAccessibleName(tr("Find"))
        self.field.setClearButtonEnabled(True)
        self.count = label("", "caption")
        self.model = FoundModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(FoundDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(tr("Found"))
        self.list.clicked.connect(self._go)
        tell_current(self.list, self.field, tr("Nothing is found"))
        self.what = QComboBox()
        self.what.setAccessibleName(tr("What is replaced"))
        self.value = QLineEdit()
        self.value.setAccessibleName(tr("By what it is replaced"))
        self.value.returnPressed.connect(self.replace)
        self.inside = Toggle()
        self.inside.setAccessibleName(tr("Only in the selection"))
        self.inside.setToolTip(tr("Only in what is selected now (Alt+S)"))
        self.inside.toggled.connect(self._limit)
        self._chosen: frozenset[tuple[str, str]] = frozenset()  # (definition, id), as it was selected when this was set
        self._limits = label("", "caption")
        self.outside = button("", self._look_everywhere, "link")  # what is found beyond the limit, and the way there
        self.do = button(tr("Replace"), self.replace, "suggestion")
        self.said = label("", "caption", wrap=True)
        tools = (
            icon_button("arrow-up", tr("The one before (Shift+F3)"), lambda: self.step(-1), role="bare"),
            icon_button("arrow-down", tr("The next (F3)"), lambda: self.step(1), role="bare"),
            icon_button("scan", tr("Select all found"), self.select_all, role="bare"),
            icon_button("x", tr("Close (Esc)"), self.close_bar, role="bare"),
        )
        self._replacing = QWidget()
        row(self._replacing, self.what, self.value, self.do, gap="space_xs").setStretch(1, 1)
        head = row(None, self.field, self.count, *tools, gap="space_xs")
        limit = row(None, self.inside, self._limits, self.outside, gap="space_xs")
        limit.setStretch(1, 1)
        column(self, head, limit, self.list, self._replacing, self.said, margin="space_s", gap="space_xs")
        self.field.textChanged.connect(self.refresh)
        self.what.currentIndexChanged.connect(self._preview)
        self.value.textChanged.connect(self._preview)
        for widget in (self.field, self.value, self.what, self.inside, self.outside):
            widget.installEventFilter(self)
        view.installEventFilter(self)
        studio = view.studio
        studio.project_opened.connect(lambda: self._take(frozenset()))
        for changed in (studio.project_changed, studio.problems_changed):
            changed.connect(self._outdated)
        self.hide()

    # ── opening and finding ───────────────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """With several nodes selected it looks among these."""
        chosen = self._selected()
        if len(chosen) > 1:
            self._take(chosen)
        elif not self.isVisible():
            self._take(frozenset())
        self.show()
        self.raise_()
        self.refresh()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_bar(self) -> None:
        self.hide()
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _outdated(self) -> None:
        if self.isVisible():
            self.refresh()

    def _selected(self) -> frozenset[tuple[str, str]]:
        view, scope = self._view, self._view.studio.scope
        return frozenset((scope.block, id) for id in (*view.studio.selection, *view.frames.selected))

    def _limit(self, on: bool) -> None:
        """Only what is selected now, or everything."""
        chosen = self._selected() if on else frozenset[tuple[str, str]]()
        if on and not chosen:
            self._view.studio.message.emit(tr("Nothing is selected in which to find something."), "info")
        self._take(chosen)

    def _look_everywhere(self) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)  # the button goes
        self._take(frozenset())

    def _take(self, chosen: frozenset[tuple[str, str]]) -> None:
        """Look among these alone; none: everywhere."""
        self._chosen = chosen
        self.inside.blockSignals(True)
        self.inside.setChecked(bool(chosen))
        self.inside.blockSignals(False)
        everywhere = tr("Only in the selection")
        self._limits.setText(tr("Only in the selection: {count}", count=len(chosen)) if chosen else everywhere)
        self._outdated()

    def refresh(self) -> None:
        """Look again; the list stays at what was current."""
        studio = self._view.studio
        current = self.current
        rows = find(studio.project, studio.registry, self.field.text(), studio.problems, self._chosen or None)
        self.model.show(rows)
        at = next((place for place, item in enumerate(rows[:MOST]) if current and _same(item, current)), 0)
        if rows:
            self.list.setCurrentIndex(self.model.index(at, 0))
        self._fill_choices(rows)
        self._say_count()
        self._say_outside()
        self.list.setVisible(bool(rows))
        self._replacing.setVisible(bool(rows))
        self._preview()
        self._place()

    @property
    def current(self) -> Found | None:
        index = self.list.currentIndex()
        return self.model.rows[index.row()] if index.isValid() and index.row() < len(self.model.rows) else None

    def _say_count(self) -> None:
        total, at = len(self.model.rows), self.list.currentIndex().row() + 1
        asked = bool(self.field.text().strip())
        self.count.setText(tr("{at} of {count}", at=at, count=total) if total else tr("none") if asked else "")

    def _say_outside(self) -> None:
        """Where nothing of the selection fits: how many elsewhere do. "None" would seem to say that there are none."""
        studio, limited = self._view.studio, bool(self._chosen) and not self.model.rows
        found = find(studio.project, studio.registry, self.field.text(), studio.problems) if limited else ()
        self.outside.setText(tr("none in the selection; {count} outside: show", count=len(found)))
        self.outside.setVisible(bool(found))

    def _place(self) -> None:
        view, gap = self._view, theme.size("space_m")
        self.list.setFixedHeight(max(1, min(ROWS, self.model.rowCount())) * theme.size("row") + 4)
        self.setFixedWidth(max(240, min(round(1.5 * theme.size("inspector")), view.width() - 2 * gap)))
        self.adjustSize()
        self.move(view.width() - self.width() - gap, gap)

    # ── going there ───────────────────────────────────────────────────────────────────────────────────────────────────

    def step(self, by: int) -> None:
        """To the next that fits, or the one before; round at the end."""
        rows = self.model.rowCount()
        if rows:
            index = self.model.index((self.list.currentIndex().row() + by) % rows, 0)
            self.list.setCurrentIndex(index)
            self._go(index)

    def _go(self, index: QModelIndex) -> None:
        """Into its block, select it, bring it into view."""
        found = self.model.rows[index.row()]
        self._say_count()
        view, scope = self._view, self._view.studio.scope
        if found.path is None:
            words = tr("No node stands for the block '{block}', so it cannot be entered.", block=found.where)
            self._view.studio.message.emit(words, "info")
            return
        scope.show(found.path)
        if found.frame:
            view.studio.select(())
            view.select_frames([found.id])
            frame = scope.graph.frames[found.id]
            (x, y), (width, height) = frame.position, frame.size
            view.look_at(x + width / 2, y + height / 2)
        else:
            view.studio.select([found.id])
            view.show_node(found.id)

    def select_all(self) -> None:
        """All found that are on show; the bar stays."""
        scope = self._view.studio.scope
        here = [found.id for found in self.model.rows if found.block == scope.block]
        graph = scope.graph
        self._view.studio.select([id for id in here if id in graph.nodes])
        self._view.select_frames([id for id in here if id in graph.frames])
        elsewhere = len(self.model.rows) - len(here)
        if elsewhere:
            words = tr("{count} selected; {more} more lie in other blocks.", count=len(here), more=elsewhere)
            self._view.studio.message.emit(words, "info")

    # ── replacing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _fill_choices(self, rows: Iterable[Found]) -> None:
        """The type, and each parameter that one of them has."""
        studio, kept = self._view.studio, self.what.currentData()
        names: dict[str, None] = {}
        for found in rows:
            graph = studio.project.inside(found.block).graph
            spec = studio.registry.layer(graph.nodes[found.id].type) if found.id in graph.nodes else None
            names |= dict.fromkeys(spec.params.model_fields if spec else ())
        self.what.blockSignals(True)
        self.what.clear()
        self.what.addItem(tr("type"), "")
        for name in names:
            self.what.addItem(name, name)
        self.what.setCurrentIndex(max(0, self.what.findData(kept)))
        self.what.blockSignals(False)

    def _made(self) -> tuple[Edit, int] | Problem | None:
        """The edit that "Replace" would do."""
        text, name = self.value.text().strip(), self.what.currentData()
        if not text or not self.model.rows:
            return None
        studio = self._view.studio
        if name:
            return with_param(studio.project, studio.registry, self.model.rows, name, text)
        specs = studio.registry.layers.values()
        wanted = text.casefold()
        type = next((spec.id for spec in specs if wanted in (spec.id.casefold(), spec.title.casefold())), text)
        return with_type(studio.project, studio.registry, self.model.rows, type)

    def _preview(self) -> None:
        made = self._made()
        self.value.setPlaceholderText(tr("a layer, such as ReLU") if not self.what.currentData() else tr("a value"))
        if isinstance(made, Problem):
            self.said.setText(str(made))
        elif made is not None:
            words = tr("changes {count} of {total}", count=made[1], total=len(self.model.rows))
            self.said.setText(words + self._elsewhere(made[0]))
        self.said.setVisible(made is not None)
        self.do.setEnabled(made is not None and not isinstance(made, Problem) and made[1] > 0)
        self._place()

    def replace(self) -> None:
        """As one undoable step; what is refused changes nothing and says why."""
        made = self._made()
        if made is not None and not isinstance(made, Problem) and made[0]:
            self._view.studio.document.end_merge()
            elsewhere = self._elsewhere(made[0])
            self._view.studio.do(made[0])
            self._view.studio.message.emit(tr("{count} nodes changed", count=made[1]) + elsewhere + ".", "info")

    def _elsewhere(self, edit: Edit) -> str:
        """How many of the changed nodes lie on another level, and where."""
        studio = self._view.studio
        here, blocks = studio.scope.block, studio.project.blocks
        nodes = [change.block for change in edit.changes if change.place[0] == "node" and change.block != here]
        if not nodes:
            return ""
        titles = {block: (blocks[block].title or block) if block else studio.project.name for block in nodes}
        return tr(", {count} of them in {places}", count=len(nodes), places=", ".join(titles.values()))

    # ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._view:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event, watched)
        return False

    def _key(self, event: QKeyEvent, watched: QObject) -> bool:
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        match event.key():
            case Qt.Key.Key_Escape:
                self.close_bar()
            case Qt.Key.Key_S if event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self.inside.toggle()
            case Qt.Key.Key_F3:
                self.step(-1 if back else 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if watched is self.field:
                self._enter(back=back)
            case Qt.Key.Key_Down | Qt.Key.Key_Up if watched is self.field and self.model.rows:
                self.step(1 if event.key() == Qt.Key.Key_Down else -1)
            case _:
                return False
        return True

    def _enter(self, *, back: bool) -> None:
        """The first Enter goes to what is current, the next ones on."""
        current, studio = self.current, self._view.studio
        there = current is not None and current.path == studio.scope.path and studio.selection == (current.id,)
        if current is not None and not there and not back:
            self._go(self.list.currentIndex())
        else:
            self.step(-1 if back else 1)


def _same(one: Found, other: Found) -> bool:
    return (one.id, one.block) == (other.id, other.block)


def find_bar(view: "CanvasView") -> FindBar:
    """The bar of this canvas, made when first asked for."""
    return view.findChild(FindBar) or FindBar(view)


def commands(view: "CanvasView") -> list[Command]:
    def step(by: int) -> None:
        bar = find_bar(view)
        if bar.model.rows:
            bar.step(by)
        else:
            bar.open()

    return [
        Command(
            "canvas.find",
            tr("Find and replace …"),
            lambda: find_bar(view).open(),
            ("Ctrl+F",),
            "search",
            words="search names types parameters problems notes",
        ),
        Command("canvas.find_next", tr("Find the next"), lambda: step(1), ("F3",), "arrow-down"),
        Command("canvas.find_previous", tr("Find the one before"), lambda: step(-1), ("Shift+F3",), "arrow-up"),
    ]
