"""Search over this: a parameter is marked on its node, and compared with other values of it."""

from nnstudio.gui.inspector.form import FieldAction, Form
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.params import FormField
from nnstudio.project.graph import Node
from nnstudio.project.guide import Link
from nnstudio.project.several import all_searched, searched, set_searched

COMPARED = frozenset({"int", "float", "bool", "choice"})
"""Kinds of parameters that have other values to compare with."""


def search_actions(studio: Studio, node: str, field: FormField) -> list[FieldAction]:
    """Entries of a parameter's menu. Within a block a parameter is exposed first: then the instance's is searched over."""
    if field.kind not in COMPARED or studio.scope.path:
        return []
    on = field.name in searched(studio.scope.graph.nodes[node])

    def mark() -> None:
        studio.scope.do(set_searched(studio.scope.here, node, field.name, not on))
        studio.document.end_merge()

    def compare() -> None:
        if not on:
            mark()
        studio.asked.emit(Link("compare", values=dict.fromkeys(all_searched(studio.project), "")))

    return [
        FieldAction(tr("Search over this"), mark, "dices", on),
        FieldAction(tr("Compare values of it …"), compare, "chart-line"),
    ]


def show_searched(form: Form, node: Node) -> None:
    """A dice at the name of each marked parameter."""
    marked = searched(node)
    for name, field_row in form.rows.items():
        field_row.show_sign("dices" if name in marked else "", tr("Searched over"))
