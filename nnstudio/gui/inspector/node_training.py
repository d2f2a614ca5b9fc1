"""A node's own training settings: what holds for it, whether the recipe or a rule says so, and what is set here; its options too."""

from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.gui.inspector.training import Source, TrainingSettings
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import column, heading, label
from nnstudio.gui.widgets.painted import Choice
from nnstudio.project.edits import set_option
from nnstudio.project.graph import Graph, Node
from nnstudio.project.recipe_entries import change
from nnstudio.project.rules import RECIPE, Effective, effective, with_setting

TRAINED = frozenset({"weights", "normalization", "sequence"})
"""Categories of layers that usually have weights."""


class NodeTraining(QWidget):
    """Hidden where the node has no weights."""

    def __init__(self, studio: Studio, node: str) -> None:
        super().__init__()
        self._studio, self.node_id = studio, node
        self.settings = TrainingSettings(studio, Source(self._held, self._own, self._origin, self._put))
        self.reparametrize = self._option(tr("Weight computed from others"))
        self.share = self._option(tr("Weights of another node"))
        for title, value in (
            (tr("as they are"), ""),
            (tr("weight norm"), "weight_norm"),
            (tr("spectral norm"), "spectral_norm"),
        ):
            self.reparametrize.addItem(title, value)
        self.reparametrize.activated.connect(lambda: self._set("reparametrize", self.reparametrize))
        self.share.activated.connect(lambda: self._set("share", self.share))
        column(
            self,
            heading(tr("Training")),
            self.settings,
            column(None, label(tr("reparametrize"), "strong"), label(tr("weight norm, spectral norm"), "caption"), self.reparametrize, gap="space_xs"),
            column(None, label(tr("share"), "strong"), label(tr("uses the weights of a node of the same kind"), "caption"), self.share, gap="space_xs"),
            gap="space_m",
        )  # fmt: skip
        self.refresh()

    def _option(self, name: str) -> Choice:
        choice = Choice()
        choice.setAccessibleName(name)
        return choice

    @property
    def _node(self) -> Node | None:
        return self._studio.scope.graph.nodes.get(self.node_id)

    # ── what holds ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _held(self) -> Effective:
        return effective(self._studio.project.recipe, self._ruled)

    @property
    def _ruled(self) -> Node:
        """The node by the name that rules call it, which within a block tells this instance from the others."""
        return self._studio.scope.ruled(self._node or Node(self.node_id, ""))

    def _own(self, name: str) -> bool:
        return self._held().origins[name] == f"#{self._ruled.id}"

    def _origin(self, name: str) -> str:
        return origin_words(self._held().origins[name], self._ruled.id)

    def _put(self, name: str, value: Any) -> None:
        project, node = self._studio.project, self._node
        if node is not None:
            rules = with_setting(project.recipe, self._ruled, name, value)
            words = tr("Set {name} of {node}") if value is not None else tr("Reset {name} of {node}")
            edit = change(
                project,
                words.format(name=name.replace("_", " "), node=node.label),
                {"rules": rules},
                f"node:{self._ruled.id}:{name}",
            )
            self._studio.do(edit)

    # ── options ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _set(self, name: str, choice: Choice) -> None:
        value = choice.currentData() or None
        node = self._node
        if node is not None and node.options.get(name) != value:
            self._studio.scope.do(set_option(self._studio.scope.here, self.node_id, name, value))
            self._studio.document.end_merge()

    def refresh(self) -> None:
        node = self._node
        if node is None:
            return
        if not self._has_weights(node):
            self.hide()
        elif self.parentWidget() is not None:  # shown before it has a parent it would be a window for a moment
            self.show()
        self.settings.refresh()
        self.reparametrize.setCurrentIndex(max(0, self.reparametrize.findData(node.options.get("reparametrize", ""))))
        offered = [("", tr("its own")), *((other.id, other.label) for other in alike(self._studio.scope.graph, node))]
        if (kept := str(node.options.get("share", ""))) not in {id for id, _ in offered}:
            offered.append((kept, kept))
        if [self.share.itemData(index) for index in range(self.share.count())] != [id for id, _ in offered]:
            self.share.clear()
            for id, title in offered:
                self.share.addItem(title, id)
        self.share.setCurrentIndex(self.share.findData(kept))

    def _has_weights(self, node: Node) -> bool:
        plan, spec = self._studio.scope.planned(node.id), self._studio.registry.layer(node.type)
        said = node.options or self._held().origins != dict.fromkeys(self._held().origins, RECIPE)
        return bool(plan and plan.parameters) or bool(said) or (spec is not None and spec.category in TRAINED)


def origin_words(origin: str, node: str) -> str:
    """`from the recipe`, `from rule fc*`, `set here`."""
    if origin == RECIPE:
        return tr("from the recipe")
    return tr("set here") if origin == f"#{node}" else tr("from rule {match}", match=origin)


def alike(graph: Graph, node: Node) -> list[Node]:
    """The nodes whose weights `node` could use: of its type and arguments, and not themselves users of others' weights."""
    return [
        other
        for other in graph
        if other.id != node.id
        and other.type == node.type
        and other.params == node.params
        and not other.options.get("share")
    ]
