"""Which fields does a block hand to its instances? In the menu of each inner field, and as a list on the block's page."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QLabel, QWidget

from nnstudio.gui.inspector.field_row import show_value
from nnstudio.gui.inspector.form import FieldAction, Form
from nnstudio.gui.inspector.name_edit import NameEdit
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import clear, column, heading, icon_button, label, row
from nnstudio.params import FormField
from nnstudio.problems import Problem
from nnstudio.project.block_exposed import (
    InnerField,
    bind,
    binding_words,
    default_of,
    expose,
    fields_of,
    name_of,
    names_of,
    rename_exposed,
    renaming_words,
    said,
    take_apart,
    takers,
    unexpose,
    values_set,
)
from nnstudio.project.edits import Edit
from nnstudio.project.project import Block

Take = Callable[[Edit | Problem | tuple[Edit, str]], object]


def done(studio: Studio, edit: Edit | Problem | tuple[Edit, str]) -> bool:
    """Do it, or say why it cannot be."""
    edit = edit[0] if isinstance(edit, tuple) else edit
    if isinstance(edit, Problem):
        studio.say_all((edit,))
        return False
    studio.do(edit)
    return True


def expose_actions(studio: Studio, node: str, field: FormField) -> list[FieldAction]:
    """Entries of a parameter's menu within a block: the instances get it, or have it no longer; one that they have sets it too."""
    project, registry, block = studio.project, studio.registry, studio.scope.block
    if not block:
        return []
    definition, inner = project.blocks[block], InnerField(node, field.name)
    name = name_of(definition, *inner)

    def toggle() -> None:
        done(studio, unexpose(project, block, *inner) if name else expose(project, registry, block, *inner))

    def let(other: str) -> None:
        words = binding_words(project, registry, block, [inner], other)
        if done(studio, bind(project, registry, block, [inner], other)):
            studio.message.emit(words, "info")

    actions = [FieldAction(tr("Expose on the block"), toggle, "sliders-horizontal", bool(name))]
    for other in takers(project, registry, block, *inner):
        value = default_of(project, registry, block, other)
        words = {"name": other, "fields": said(definition, fields_of(definition, other)), "value": value}
        title = tr("Let '{name}' set it, with {fields} (= {value})", **words)
        actions.append(FieldAction(title, partial(let, other), "link"))
    if len(fields_of(definition, name)) > 1:
        apart = partial(_apart, studio, inner)
        actions.append(FieldAction(tr("Expose it apart from '{name}'", name=name), apart, "unlink"))
    return actions


def _apart(studio: Studio, inner: InnerField) -> None:
    done(studio, take_apart(studio.project, studio.scope.block, *inner))


def set_together(studio: Studio, node: str, param: str) -> bool:
    """Does an exposed parameter of the block on show set this field and others?"""
    block = studio.project.blocks.get(studio.scope.block)
    return block is not None and len(fields_of(block, name_of(block, node, param))) > 1


def show_exposed(studio: Studio, form: Form, node: str) -> None:
    """At each field of an inner node that is exposed: under which name, what holds in the instance entered, and what is edited here."""
    scope = studio.scope
    block = studio.project.blocks.get(scope.block)
    outside, entered = scope.set_outside(node), scope.entered_label
    for param, field_row in form.rows.items():
        name = name_of(block, node, param) if block is not None else ""
        if not name:
            field_row.show_exposed("")
        elif param in outside:
            value = show_value(field_row.field, outside[param][1])
            words = tr(
                "{name} = {value} in '{instance}'. Edited here is the default of the block.",
                name=name,
                value=value,
                instance=entered,
            )
            field_row.show_exposed(words)
        else:
            words = tr(
                "'{instance}' does not set {name}, so this holds: the default of the block.",
                name=name,
                instance=entered,
            )
            field_row.show_exposed(words)


class ExposedList(QWidget):
    """The exposed parameters of the block on show: renamed, bound together, taken apart and taken away. `take` gets the edits."""

    def __init__(self, studio: Studio, take: Take) -> None:
        super().__init__()
        self._studio, self._take = studio, take
        self._block = Block("")
        self._rows = column(self, gap="space_xs")

    def show_block(self, block: Block) -> None:
        self._block = block
        clear(self._rows)
        self._rows.addWidget(heading(tr("Exposed parameters")))
        if not block.exposed:
            words = tr("None. Select a node, then choose “Expose on the block” in the menu of one of its parameters.")
            self._rows.addWidget(label(words, "muted", wrap=True))
        for name in names_of(block):
            self._list(name, fields_of(block, name))

    def _list(self, name: str, fields: list[InnerField]) -> None:
        """The name, and the fields that it sets; what another name would do is said while it is typed."""
        edit = NameEdit(tr("Name of the parameter {name}", name=name), partial(self._rename, name))
        edit.setText(name)
        words = label("", "caption", wrap=True)
        words.hide()
        edit.textEdited.connect(partial(self._say_renaming, words, name))
        if len(fields) == 1:
            gone = self._gone(fields[0], values_set(self._studio.project, self._block.id, name))
            self._rows.addLayout(row(None, edit, self._said(fields[0]), gone, gap="space_xs"))
            self._rows.addWidget(words)
            return
        self._rows.addWidget(edit)
        self._rows.addWidget(words)
        for field in fields:
            tip = tr("Expose it apart from '{name}'", name=name)
            apart = icon_button("unlink", tip, partial(self._take_apart, field))
            apart.setAccessibleName(f"{tip}: {self._words(field)}")
            self._rows.addLayout(row(None, self._said(field), None, apart, self._gone(field, []), gap="space_xs"))

    def _words(self, field: InnerField) -> str:
        node = self._block.graph.nodes.get(field.node)
        return f"{node.label if node else field.node} · {field.param}"

    def _said(self, field: InnerField) -> QLabel:
        return label(self._words(field), "caption")

    def _gone(self, field: InnerField, lost: list[str]) -> QWidget:
        tip = tr("Expose it no longer")
        if lost:
            tip = tr("Expose it no longer; lost are {values}", values=", ".join(lost[:4]))
        gone = icon_button("x", tip, partial(self._unexpose, field))
        gone.setAccessibleName(f"{tip}: {self._words(field)}")  # there are several of them
        return gone

    def _say_renaming(self, words: QLabel, old: str, new: str) -> None:
        found = renaming_words(self._studio.project, self._studio.registry, self._block.id, old, new.strip())
        words.setText(found)
        words.setVisible(bool(found))

    def _rename(self, old: str, new: str) -> None:
        if new != old:
            self._take(rename_exposed(self._studio.project, self._studio.registry, self._block.id, old, new))

    def _unexpose(self, field: InnerField) -> None:
        self._take(unexpose(self._studio.project, self._block.id, *field))

    def _take_apart(self, field: InnerField) -> None:
        self._take(take_apart(self._studio.project, self._block.id, *field))
