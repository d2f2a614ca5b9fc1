"""A block: on an instance, what it stands for and what can be done with it; inside one with nothing selected, the definition itself."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from nnstudio.gui.canvas.block_actions import BlockActions
from nnstudio.gui.inspector.entry_form import title_row
from nnstudio.gui.inspector.exposing import ExposedList, done
from nnstudio.gui.inspector.name_edit import NameEdit
from nnstudio.gui.inspector.port_choice import PortChoice
from nnstudio.gui.library.block_menu import add_deletions
from nnstudio.gui.library.kept import save_block
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, column, heading, icon_button, label, row
from nnstudio.gui.widgets.facts import Fact, FactSheet
from nnstudio.gui.widgets.painted import Choice
from nnstudio.gui.widgets.text_edit import TextEdit
from nnstudio.problems import Problem
from nnstudio.project.block_definition import (
    add_port,
    move_port,
    remove_port,
    rename_port,
    set_field,
    set_kind,
)
from nnstudio.project.block_follow import instances, wires_at
from nnstudio.project.block_ungroup import refusal
from nnstudio.project.blocks import block_of, carried_from, carries, entries, exits
from nnstudio.project.edits import Edit
from nnstudio.project.graph import Node
from nnstudio.project.project import Block, Project


def uses(studio: Studio, block: str) -> str:
    """ "used 3 times" """
    count = len(instances(studio.project, block))
    return tr("used once") if count == 1 else tr("used {count} times", count=count) if count else tr("not used")


def _times(studio: Studio, block: str) -> str:
    """The same where "used" stands before it."""
    count = len(instances(studio.project, block))
    return tr("once") if count == 1 else tr("{count} times", count=count) if count else tr("nowhere")


def show_unrolled(studio: Studio, widget: QWidget) -> None:
    """The selected scan, else the one on show, written out in a sheet over the window."""
    from nnstudio.gui.places.unrolled import open_unrolled  # its form is the inspector's

    open_unrolled(studio, widget.window())


class BlockSection(QWidget):
    """On the page of an instance: its definition, and what can be done with it."""

    def __init__(self, studio: Studio, node: str) -> None:
        super().__init__()
        self._studio, self._node = studio, node
        actions = BlockActions(studio)
        layout = column(self, gap="space_s")
        layout.addWidget(heading(tr("Definition")))
        self.title = NameEdit(tr("Title of the block"), self._rename)
        layout.addLayout(row(None, label(tr("title"), "strong"), None, self.title))
        self._facts = FactSheet()
        layout.addWidget(self._facts)
        self.ungroup = button(tr("Ungroup"), actions.ungroup, "", "split")
        enter = button(tr("Enter"), actions.enter, "primary", "corner-down-right")
        unique = button(tr("Make unique"), actions.make_unique, "", "copy")
        save = button(tr("Save to my blocks"), lambda: save_block(studio, self._block.id), "", "save")
        layout.addLayout(row(None, enter, unique, None))
        layout.addLayout(row(None, self.ungroup, save, None))  # the two widest together would widen the page
        self.kind = button("", actions.run_over_time)
        layout.addLayout(row(None, self.kind, None))
        self._steps = button(tr("Show it step by step"), partial(show_unrolled, studio, self), "", "repeat")
        layout.addLayout(row(None, self._steps, None))
        self.refresh()

    @property
    def _block(self) -> Block:
        block = block_of(self._studio.scope.graph.nodes[self._node], self._studio.project.blocks)
        assert block is not None  # else this section is not shown
        return block

    def _rename(self, title: str) -> None:
        if title:
            self._studio.do(set_field(self._studio.project, self._block.id, "title", title))
            self._studio.document.end_merge()

    def refresh(self) -> None:
        node = self._studio.scope.graph.nodes.get(self._node)
        if node is None or block_of(node, self._studio.project.blocks) is None:
            return
        block = self._block
        self.title.show_text(block.title)
        self.title.setPlaceholderText(block.id)
        self._facts.show_facts(_facts(self._studio, block))
        refused = refusal(self._studio.project, self._node, self._studio.scope.block)
        self.ungroup.setEnabled(refused is None)
        self.ungroup.setToolTip(str(refused or ""))
        self.kind.setText(tr("Compute it once") if block.kind == "scan" else tr("Run it over time (scan)"))
        self._steps.setVisible(block.kind == "scan")


def _facts(studio: Studio, block: Block) -> list[Fact]:
    kind = tr("scan: once for each step of a sequence") if block.kind == "scan" else tr("block")
    inputs, outputs = (
        ", ".join(_said(block, node) for node in ports) or "–" for ports in (entries(block), exits(block))
    )
    return [
        (tr("kind"), kind, tr("A block is computed once, or repeated; a scan runs over the time axis")),
        (tr("used"), _times(studio, block.id), tr("In the network and in other blocks")),
        (tr("inputs"), inputs, tr("In the order of the ports")),
        (tr("outputs"), outputs, tr("In the order of the ports")),
    ]


def _said(block: Block, port: Node) -> str:
    """ "x", or of what a scan brings back "h ← h_new" """
    return f"{port.label} ← {carried_from(block.graph, port)}" if carries(port) and block.kind == "scan" else port.label


class DefinitionPage(QWidget):
    """Inside a block with nothing selected: what it is called, its kind, its ports, what it exposes."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.block = studio.scope.block
        self._shown: Block | None = None
        layout = column(self, gap="space_m")
        self._head = column(None)
        layout.addLayout(self._head)
        self.title = NameEdit(tr("Title of the block"), lambda text: self._set("title", text or self.block))
        layout.addLayout(row(None, label(tr("title"), "strong"), None, self.title))
        self.kind = Choice()
        self.kind.setAccessibleName(tr("Kind of the block"))
        self.kind.addItem(tr("block: computed once, or repeated"), "block")
        self.kind.addItem(tr("scan: once a step, over the time axis"), "scan")
        self.kind.activated.connect(self._set_kind)
        kind = row(None, label(tr("kind"), "strong"), self.kind)
        kind.setStretch(1, 1)
        layout.addLayout(kind)
        self._steps = button(tr("Show it step by step"), partial(show_unrolled, studio, self), "", "repeat")
        layout.addLayout(row(None, self._steps, None))
        self.ports = column(None, gap="space_xs")
        layout.addLayout(self.ports)
        self.exposed = ExposedList(studio, self._edit)
        layout.addWidget(self.exposed)
        layout.addWidget(heading(tr("Note")))
        self.note = _NoteEdit(self._write_note)
        layout.addWidget(self.note)
        self._uses = button("", self._open_uses, "link")
        layout.addLayout(row(None, self._uses, None))
        self.refresh()

    @property
    def _definition(self) -> Block:
        return self._studio.project.blocks[self.block]

    def refresh(self) -> None:
        if self.block not in self._studio.project.blocks:
            return
        block = self._definition
        self._uses.setText(uses(self._studio, self.block))
        if block is self._shown:
            return
        shown, self._shown = self._shown, block
        self.title.show_text(block.title)
        self.note.show_text(block.note)
        self.kind.setCurrentIndex(self.kind.findData(block.kind))
        self._steps.setVisible(block.kind == "scan")
        if shown is None or shown.title != block.title:
            clear(self._head)
            self._head.addWidget(title_row(block.title or block.id, tr("definition"), "category.block"))
        if shown is None or _listed(shown) != _listed(block):
            clear(self.ports)
            self._list_ports(block)
            self.exposed.show_block(block)

    # ── ports ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _list_ports(self, block: Block) -> None:
        for title, ports, output in (
            (tr("Inputs"), entries(block), False),
            (tr("Outputs"), exits(block), True),
        ):
            add = icon_button("plus", tr("Add output") if output else tr("Add input"), partial(self._add_port, output))
            self.ports.addLayout(row(None, heading(title), None, add))
            for index, node in enumerate(ports):
                self.ports.addLayout(self._port_row(node, index, len(ports)))
                if block.kind == "scan":
                    self.ports.addWidget(PortChoice(self._studio, self.block, node.id, self._edit))

    def _port_row(self, node: Node, index: int, count: int) -> QHBoxLayout:
        name = NameEdit(tr("Name of the port {port}", port=node.label), partial(self._rename_port, node.id))
        name.setText(node.name)
        name.setPlaceholderText(node.id)
        up = icon_button("chevron-up", tr("Earlier"), partial(self._move_port, node.id, -1))
        down = icon_button("chevron-down", tr("Later"), partial(self._move_port, node.id, 1))
        up.setAccessibleName(tr("Earlier: {port}", port=node.label))
        down.setAccessibleName(tr("Later: {port}", port=node.label))
        up.setEnabled(index > 0)
        down.setEnabled(index < count - 1)
        lost = wires_at(self._studio.project, self.block, node.id)
        tip = tr("Delete; this breaks {wires}", wires=", ".join(lost[:4])) if lost else tr("Delete; no wire is lost")
        gone = icon_button("x", tip, partial(self._remove_port, node.id))
        gone.setAccessibleName(f"{tip}: {node.label}")
        return row(None, name, up, down, gone, gap="space_xs")

    @property
    def _project(self) -> Project:
        return self._studio.project

    def _edit(self, edit: Edit | Problem | tuple[Edit, str]) -> None:
        if not done(self._studio, edit):
            self._shown = None  # what was typed is not what is
            self.refresh()
        self._studio.document.end_merge()

    def _add_port(self, output: bool) -> None:
        self._edit(add_port(self._project, self.block, output=output))

    def _rename_port(self, port: str, name: str) -> None:
        self._edit(rename_port(self._project, self.block, port, name))

    def _move_port(self, port: str, by: int) -> None:
        self._edit(move_port(self._project, self.block, port, by))

    def _remove_port(self, port: str) -> None:
        self._edit(remove_port(self._project, self.block, port))

    # ── the definition ────────────────────────────────────────────────────────────────────────────────────────────────

    def _set(self, name: str, text: str) -> None:
        self._edit(set_field(self._project, self.block, name, text))

    def _write_note(self, text: str) -> None:
        self._studio.do(set_field(self._project, self.block, "note", text))

    def _set_kind(self, index: int) -> None:
        kind = self.kind.itemData(index)
        if kind != self._definition.kind:
            self._edit(set_kind(self._project, self.block, kind))

    def _open_uses(self) -> None:
        """Where it is used, and how to be rid of it."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        add_deletions(self._studio, self.block, menu)
        menu.popup(self._uses.mapToGlobal(self._uses.rect().bottomLeft()))


def _listed(block: Block) -> object:
    """What the lists of ports and exposed parameters show."""
    ports = [(node.id, node.name, sorted(node.params.items(), key=repr)) for node in (*entries(block), *exits(block))]
    nodes = block.graph.nodes
    return (
        repr(ports),
        block.kind,
        block.exposed,
        [nodes[item.node].label for item in block.exposed if item.node in nodes],
    )


class _NoteEdit(TextEdit):
    """The block's note, taken when one leaves the field."""

    def __init__(self, take: Callable[[str], object]) -> None:
        super().__init__()
        self._take = take
        self.setAccessibleName(tr("Note"))
        self.setPlaceholderText(tr("What is this block for? Shown wherever it is used."))
        self.setFixedHeight(2 * theme.size("control"))

    def show_text(self, text: str) -> None:
        if (self.untouched or not self.hasFocus()) and self.toPlainText() != text:
            self.setPlainText(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._take(self.toPlainText())
