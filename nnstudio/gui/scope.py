"""Which graph is on show: the project's own, or the definition of a block that was entered? What the canvas and the inspector edit is here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from nnstudio.plan import NodePlan
from nnstudio.problems import Problem
from nnstudio.project.block_follow import followed, nested_in_itself
from nnstudio.project.block_library import brought_in
from nnstudio.project.blocks import block_of
from nnstudio.project.edits import Edit
from nnstudio.project.flat import Instance, drawn
from nnstudio.project.graph import Graph, Node, Source
from nnstudio.project.project import Project

if TYPE_CHECKING:
    from nnstudio.gui.studio import Studio


class Scope(QObject):
    """path: the instances entered, from outside in, each by its id in its own graph; block: the definition on show ("": the project)."""

    changed = Signal()  # another graph is on show
    revealed = Signal(str)  # a node on show (its id here) that a person wants to see

    def __init__(self, studio: "Studio") -> None:
        super().__init__(studio)
        self._studio = studio
        self.path: tuple[str, ...] = ()
        self.block = ""

    # ── what there is ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def here(self) -> Project:
        """The project with the graph on show in place of its own: what makers of edits are given."""
        return self._studio.project.inside(self.block)

    @property
    def graph(self) -> Graph:
        project = self._studio.project
        return project.blocks[self.block].graph if self.block else project.graph

    def flat_id(self, node: str) -> str:
        """How plan, problems and statistics call this node: "res1/conv1"; of a block that is repeated, the first time: "res1[0]/conv1"."""
        return "/".join([*self._computed_path(), node]) if self.path else node

    def ruled(self, node: Node) -> Node:
        """The node as rules of the recipe name it: by its path, the same for every repetition."""
        return replace(node, id="/".join([*self.path, node.id]), name=node.label) if self.path else node

    def set_outside(self, node: str) -> dict[str, tuple[str, Any]]:
        """Of a node on show, the parameters that the instance entered sets, each with the exposed parameter's name and the value."""
        instance = self._instance
        if instance is None:
            return {}
        exposed = self._studio.project.blocks[self.block].exposed
        values = instance.values
        return {
            item.param: (item.name, values[item.name]) for item in exposed if item.node == node and item.name in values
        }

    def in_force(self, node: Node) -> Mapping[str, Any]:
        """The parameters of a node on show as they are computed in the instance entered."""
        own = self.set_outside(node.id)
        return {**node.params, **{param: value for param, (_, value) in own.items()}} if own else node.params

    @property
    def entered_label(self) -> str:
        """What the instance whose inside is on show is called, as messages call it; "" outside."""
        instance = self._instance
        return self._studio.project.flattened.folded[instance.owner].label if instance is not None else ""

    @property
    def _instance(self) -> Instance | None:
        return self._studio.project.flattened.instances.get("/".join(self._computed_path())) if self.path else None

    def planned(self, node: str) -> NodePlan | None:
        """What is known of a node on show, an instance of a block included."""
        plan, id = self._studio.plan, self.flat_id(node)
        return plan.nodes.get(id) or plan.blocks.get(id)

    def entered(self) -> NodePlan | None:
        """What is known of the instance whose inside is on show."""
        blocks = self._studio.plan.blocks
        return blocks.get("/".join([*self._computed_path()[:-1], *self.path[-1:]]))

    def carried(self, source: Source) -> tuple[tuple[int, ...] | None, str]:
        """(shape, "float", "int" or "bool") of what leaves an output of a node on show, as far as it is known: of bypassed nodes, reroute points
        and instances too."""
        planned = self.planned(source.node)
        if planned is None or source.port not in planned.outputs:
            seen = self._studio.project.flattened.seen(source._replace(node=self.flat_id(source.node)))
            if seen is None:
                return None, ""
            planned, source = self._studio.plan.nodes.get(seen.node), seen
        if planned is None:
            return None, ""
        return planned.outputs.get(source.port), planned.dtypes.get(source.port, "")

    def node_here(self, flat_id: str) -> str | None:
        """The node on show that a flat id belongs to: itself, or the instance that it lies in; None where it is elsewhere."""
        if not self.path and "/" not in flat_id:
            return flat_id if flat_id in self.graph.nodes else None
        parts = tuple(drawn(flat_id).split("/"))
        depth = len(self.path)
        if parts[:depth] != self.path or len(parts) <= depth:
            return None
        return parts[depth] if parts[depth] in self.graph.nodes else None

    def problem_here(self, problem: Problem) -> tuple[str, ...]:
        """The nodes on show that a problem is about: one within an instance is about the node in all instances where it is so, or where it may be
        so: where that node could not be worked out."""
        ids = [id for id in (problem.node, *problem.also) if id]
        found = [self.node_here(id) for id in ids]
        if not any(found) and ids:
            found = [self._twin(ids[0])]
        return tuple(dict.fromkeys(id for id in found if id is not None))

    def _twin(self, flat_id: str) -> str | None:
        """The node on show that is the same one of the same definition as a node in another instance, and of which less than all is known."""
        instances = self._studio.project.flattened.instances
        parts = flat_id.split("/")
        for depth in range(1, len(parts)):
            instance = instances.get("/".join(parts[:depth]))
            if self.path and instance is not None and instance.block == self.block:
                node = drawn(parts[depth])
                plan = self.planned(node)
                return node if node in self.graph.nodes and (plan is None or not plan.whole) else None
        return None

    def titles(self) -> tuple[str, ...]:
        """The breadcrumb: the project's name, then the title of each instance entered, as it stands on the canvas."""
        project, graph, said = self._studio.project, self._studio.project.graph, [self._studio.project.name]
        for id in self.path:
            node = graph.nodes[id]
            block = block_of(node, project.blocks)
            assert block is not None  # `settle` has seen to it
            said.append(node.name or block.title or id)
            graph = block.graph
        return tuple(said)

    # ── going in and out ──────────────────────────────────────────────────────────────────────────────────────────────

    def enter(self, node: str) -> bool:
        """Show the definition of an instance on show; False for any other node."""
        return self.show((*self.path, node))

    def leave(self) -> bool:
        return bool(self.path) and self.show(self.path[:-1])

    def show(self, path: tuple[str, ...]) -> bool:
        """Show what is found by entering these instances one after another; False where there is no such way."""
        found = self._block_at(path)
        if found is None:
            return False
        if path != self.path:
            self._studio.document.end_merge()
            self._studio.select(())
            self.path, self.block = path, found
            self.changed.emit()
        return True

    def reveal(self, flat_id: str) -> bool:
        """Show the node that a flat id belongs to, within the blocks it lies in, and select it; False where it is not there any more."""
        *path, node = drawn(flat_id).split("/")
        if not self.show(tuple(path)) or node not in self.graph.nodes:
            return False
        self._studio.select([node])
        self.revealed.emit(node)
        return True

    def settle(self) -> None:
        """The project is another one, or what was entered may be gone: out as far as need be."""
        path = self.path
        while self._block_at(path) is None:
            path = path[:-1]
        found = self._block_at(path) or ""
        if (path, found) != (self.path, self.block):
            self.path, self.block = path, found
            self.changed.emit()

    def reset(self) -> None:
        """Another project: outside, said by `project_opened`."""
        self.path, self.block = (), ""

    def do(self, edit: Edit, select: Iterable[str] | None = None) -> None:
        """An edit that was made for `here`, as one step of the project, with what instances lose by it; not one that puts a block into itself.

        select: the nodes that are selected then.
        """
        if not edit:
            return
        self.do_whole(edit.inside(self.block))
        if select is not None:
            self._studio.select(select)

    def do_whole(self, edit: Edit) -> bool:
        """The same for an edit that was made for the whole project; False, with the reason said, where it cannot be.

        Definitions of kept blocks that it places come along.
        """
        edit = brought_in(self._studio.project, edit, self._studio.library)
        problem = nested_in_itself(self._studio.project, edit)
        if problem is not None:
            self._studio.message.emit(str(problem), "warning")
            return False
        self._studio.do(followed(self._studio.project, edit))
        return True

    def _block_at(self, path: tuple[str, ...]) -> str | None:
        project = self._studio.project
        graph, block = project.graph, ""
        for id in path:
            node = graph.nodes.get(id)
            found = block_of(node, project.blocks) if node is not None else None
            if found is None:
                return None
            graph, block = found.graph, found.id
        return block

    def _computed_path(self) -> list[str]:
        instances = self._studio.project.flattened.instances
        path: list[str] = []
        for id in self.path:
            whole = "/".join([*path, id])
            path.append(id if whole in instances or f"{whole}[0]" not in instances else f"{id}[0]")
        return path
