"""What does each node say? Title, the line that says what it does, its cost or live figure, its histogram, its worst problem."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nnstudio.gui.canvas.anchors import Form, form_of
from nnstudio.gui.canvas.builds import UNKNOWN, category_name
from nnstudio.gui.canvas.scene import (
    BYPASSED,
    FROZEN,
    INSTANCE,
    NO_TAG,
    NOTED,
    SEARCHED,
    Scene,
)
from nnstudio.gui.canvas.wire_values import WireValues
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.params import validate
from nnstudio.plan import shape_text
from nnstudio.problems import Problem, Severity
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, REPEAT, block_of, carried_from, carries
from nnstudio.project.check_graph import PASTED
from nnstudio.project.flat import path_of
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Rule
from nnstudio.project.rules import effective, matches
from nnstudio.specs import LayerSpec, LossSpec

BARS = 8
LEVELS = 20  # heights a bar can have: fewer distinct pictures to keep
SIGNS = ((FROZEN, "lock"), (SEARCHED, "dices"), (NOTED, "message-square"))
"""Flags of the scene, and the icon that tells each."""
EXPOSED = "sliders-horizontal"
"""The sign of a node that is set from outside of its block."""
SEVERITIES = (None, Severity.INFO, Severity.WARNING, Severity.ERROR)  # by the scene's number


FEW_LOOKS = 1000
DERIVED = ("_hash", "brief")  # kept with a look, no part of it


@dataclass(frozen=True)
class Look:
    """All that a node's picture depends on: equal looks share one picture. ports: (y, spare) of inputs and of outputs.

    tag: the kind whose colour a person gave it; instance: it stands for a block, computed `times` times, or (scan) once a step;
    signs: names of icons, for what else is to be known of it.
    """

    title: str
    kind: int
    width: float
    height: float
    form: Form = "card"
    line: str = ""
    figure: str = ""
    severity: int = 0
    selected: bool = False
    tag: int = NO_TAG
    bypassed: bool = False
    instance: bool = False
    scan: bool = False
    times: int = 1
    leaving: bool = False  # of a pill: a value leaves the block here
    signs: tuple[str, ...] = ()
    bars: tuple[int, ...] = ()  # heights, 0 … LEVELS
    inputs: tuple[tuple[float, bool], ...] = ()
    outputs: tuple[tuple[float, bool], ...] = ()

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(value for name, value in self.__dict__.items() if name not in DERIVED))

    def __hash__(self) -> int:
        return self._hash

    @property
    def unknown(self) -> bool:
        return self.kind == UNKNOWN

    @property
    def category(self) -> str:
        return category_name(self.kind)

    @property
    def color_name(self) -> str:
        """The category whose colour its bar has."""
        return category_name(self.kind if self.tag == NO_TAG else self.tag)

    @cached_property
    def brief(self) -> "Look":
        """What is left of it when small: colour, title, signs and badge."""
        return replace(self, line="", figure="", bars=(), inputs=(), outputs=())


class Looks:
    """The look of each row of the scene, worked out when first asked for."""

    def __init__(self, studio: Studio, scene: Scene) -> None:
        self._studio, self._scene = studio, scene
        self._known: dict[int, Look] = {}
        self._alike: dict[Look, Look] = {}  # one object for all that look the same: its picture is found at once
        self.problems: dict[str, list[Problem]] = {}
        self.bad_slots: set[tuple[str, str]] = set()
        self.values = WireValues(studio)
        self._frozen_by: tuple[tuple[Rule, ...], Graph] | None = None  # what the locks were worked out from

    def forget(self, rows: Iterable[int] | None = None) -> None:
        """The look of these rows (None: of all) may have changed."""
        if rows is None:
            self._known.clear()
            self._alike.clear()
        else:
            for row in rows:
                self._known.pop(row, None)

    def of(self, row: int) -> Look:
        look = self._known.get(row)
        if look is None:
            if len(self._alike) > 2 * len(self._scene) + FEW_LOOKS:  # live figures make new ones all the time
                self._alike.clear()
            look = self._look(row)
            look = self._known[row] = self._alike.setdefault(look, look)
        return look

    def take_problems(self, problems: Iterable[Problem]) -> None:
        """Sort the problems to the nodes on show, those within a block to its instance; mark the severities in the scene."""
        scene, scope = self._scene, self._studio.scope
        self.problems, self.bad_slots = {}, set()
        for problem in problems:
            for here in scope.problem_here(problem):
                if here not in scene.row:
                    continue
                self.problems.setdefault(here, []).append(problem)
                depth = len(path_of(problem.node or "")[0].split("/")) if "/" in (problem.node or "") else 0
                if problem.port and problem.severity is Severity.ERROR and depth == len(scope.path):
                    self.bad_slots.add((here, problem.port))
        scene.severity[:] = 0
        for id, found in self.problems.items():
            scene.severity[scene.row[id]] = max(SEVERITIES.index(problem.severity) for problem in found)

    def take_rules(self) -> None:
        """Mark the nodes whose weights stay as they are."""
        scene, studio = self._scene, self._studio
        said = tuple(rule for rule in studio.project.recipe.rules if rule.enabled and rule.frozen is not None)
        if self._frozen_by is not None and self._frozen_by[0] == said and self._frozen_by[1] is scene.graph:
            return
        self._frozen_by = (said, scene.graph)
        scene.flags &= ~FROZEN
        if not said:
            return
        recipe = replace(studio.project.recipe, rules=said)
        for id, row in scene.row.items():
            node = studio.scope.ruled(scene.graph.nodes[id])
            if any(matches(rule.match, node) for rule in said) and effective(recipe, node).frozen:
                scene.flags[row] |= FROZEN

    def message(self, row: int) -> str:
        """What is wrong with the node, in words."""
        node = self._scene.nodes[row]
        if node is None:
            return ""
        return "\n".join(dict.fromkeys(str(problem) for problem in self.problems.get(node.id, ())))

    def wire_text(self, row: int) -> str:
        """The shape that a wire carries, without the batch axis; or the value that wires are to show."""
        source, target = self._scene.wire(row)
        value = self.values.text(target.node)
        if value is not None:
            return value
        shape, _ = self._studio.scope.carried(source)
        return shape_text(shape) if shape else ""

    def title(self, node: Node) -> str:
        if node.type in (BLOCK_INPUT, BLOCK_OUTPUT):
            return node.label  # the name of the block's port
        spec = self._scene.registry.layer(node.type)
        return node.name or (spec.title if spec else node.type.rpartition(".")[2] or node.id)

    def _look(self, row: int) -> Look:
        scene = self._scene
        node, spec, anchors = scene.node(row), scene.spec(row), scene.anchors[row]
        flags = int(scene.flags[row])
        block = block_of(node, self._studio.project.blocks)
        scan = block is not None and block.kind == "scan"
        times = self._studio.scope.in_force(node).get(REPEAT, 1) if block is not None and not scan else 1
        return Look(
            title=self.title(node),
            kind=int(scene.kind[row]),
            width=float(scene.widths[row]),
            height=anchors.height,
            form=form_of(node),
            line=self._line(node, spec),
            figure=tr("bypassed") if flags & BYPASSED else self._figure(node, spec),
            severity=int(scene.severity[row]),
            selected=bool(scene.selected[row]),
            tag=int(scene.tag[row]),
            bypassed=bool(flags & BYPASSED),
            instance=bool(flags & INSTANCE),
            scan=scan,
            times=times if type(times) is int else 1,
            leaving=node.type == BLOCK_OUTPUT,
            signs=(*(icon for flag, icon in SIGNS if flags & flag), *([EXPOSED] if self.exposed(node) else [])),
            bars=self._bars(node.id),
            inputs=tuple((anchor.y, anchor.spare) for anchor in anchors.inputs),
            outputs=tuple((anchor.y, anchor.spare) for anchor in anchors.outputs),
        )

    def exposed(self, node: Node) -> list[str]:
        """By which parameters of the block on show the node's own are set, and to what in the instance entered."""
        scope = self._studio.scope
        if not scope.block:
            return []
        own = scope.set_outside(node.id)
        items = [item for item in self._studio.project.blocks[scope.block].exposed if item.node == node.id]
        return [
            f"{item.param} ← {item.name}" + (f" = {own[item.param][1]}" if item.param in own else "") for item in items
        ]

    def _line(self, node: Node, spec: LayerSpec | None) -> str:
        if spec is None:
            code = node.note.partition("\n")[0] if node.type.startswith(PASTED) else ""
            return code or tr("No plugin brings this")
        planned = self._studio.scope.planned(node.id)
        if not spec.inputs and node.type != BLOCK_INPUT and planned is not None and planned.outputs:
            return shape_text(next(iter(planned.outputs.values()))).replace("×", " × ")
        if node.type == BLOCK_INPUT and carries(node):
            return f"← {carried_from(self._scene.graph, node)}"
        values = self._studio.scope.in_force(node)
        said = "" if node.type.startswith(PREFIX) else _summary(spec, values)  # how often stands beside its title
        if isinstance(spec, LossSpec) and not self._scene.graph.wires_into(node.id, "target"):
            info = self._studio.data_info
            compared = node.params.get("target") or (info.target if info is not None else "")
            target = tr("target: {field}", field=compared) if compared else ""
            return " · ".join(part for part in (target, said) if part)
        if said or planned is None or not planned.outputs:
            return said
        return shape_text(next(iter(planned.outputs.values())))

    def _figure(self, node: Node, spec: LayerSpec | None) -> str:
        """The live figure, where the run has one, else the cost."""
        if spec is None:
            return node.type
        history, scope = self._studio.run.history, self._studio.scope
        planned = scope.planned(node.id)
        stats = history.node_stats.nodes.get(scope.flat_id(node.id)) if history.node_stats is not None else None
        if isinstance(spec, LossSpec):
            losses = history.steps("loss")[1]
            return number(float(losses[-1]), 3) if len(losses) else ""
        if stats is not None and "dead" in stats and spec.category == "activation":
            return tr("{share} % dead", share=number(round(100 * stats["dead"])))
        if planned is not None and planned.parameters and planned.whole:
            return tr("{count} params", count=number(planned.parameters))
        if not spec.inputs and node.type != BLOCK_INPUT:
            size = self._studio.project.recipe.batch_size
            return tr("batch {size}", size=number(size)) if size else tr("batch: all samples")
        return ""

    def _bars(self, id: str) -> tuple[int, ...]:
        stats = self._studio.run.history.node_stats
        counts = stats.histograms.get(self._studio.scope.flat_id(id)) if stats is not None else None
        if counts is None or not len(counts):
            return ()
        sums = np.array([float(part.sum()) for part in np.array_split(np.asarray(counts, np.float64), BARS)])
        highest = sums.max()
        return tuple(int(np.ceil(LEVELS * value / highest)) for value in sums) if highest > 0 else ()


def _summary(spec: LayerSpec, values: Mapping[str, object]) -> str:
    params, _ = validate(spec.params, values, owner=spec.title)
    if params is None or spec.summary is None:
        return ""
    try:
        return str(spec.summary(params))
    except Exception:  # a plugin's own code: its fault must not stop the painting
        return ""
