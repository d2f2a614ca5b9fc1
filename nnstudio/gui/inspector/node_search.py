"""Search over this: a parameter is marked on its node, and compared with other values of it; within a block, for all of its instances."""

from nnstudio.gui.inspector.form import FieldAction, Form
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.params import FormField
from nnstudio.project.graph import Node
from nnstudio.project.guide import Link
from nnstudio.project.searching import all_searched, refusal
from nnstudio.project.several import searched, set_searched

COMPARED = frozenset({"int", "float", "bool", "choice", "ints", "floats"})
"""Kinds of parameters that have other values to compare with."""


def search_actions(studio: Studio, node: str, field: FormField) -> list[FieldAction]:
    """Entries of a parameter's menu. Of a node within a block the definition's value is meant; one that no instance follows is refused."""
    if field.kind not in COMPARED:
        return []
    on = field.name in searched(studio.scope.graph.nodes[node])

    def mark() -> bool:
        problem = refusal(studio.project, studio.scope.block, node, field.name)
        if problem is not None and not on:
            studio.say_all((problem,))
            return False
        studio.scope.do(set_searched(studio.scope.here, node, field.name, not on))
        studio.document.end_merge()
        return True

    def compare() -> None:
        if on or mark():
            marked = all_searched(studio.project, studio.registry)
            studio.asked.emit(Link("compare", values=dict.fromkeys(marked, "")))

    return [
        FieldAction(tr("Search over this"), mark, "dices", on),
        FieldAction(tr("Compare values of it …"), compare, "chart-line"),
    ]


def show_searched(studio: Studio, form: Form, node: Node) -> None:
    """A dice at the name of each marked parameter; in its words, whose value it is, or why it would change nothing."""
    block = studio.project.blocks.get(studio.scope.block)
    said = tr("Searched over, in every '{title}'", title=block.title or block.id) if block else tr("Searched over")
    for name in searched(node):
        if name in form.rows:
            problem = refusal(studio.project, studio.scope.block, node.id, name)
            words = said if problem is None else tr("Searched over in vain: {why}", why=str(problem))
            form.sign(name, "dices", words)
