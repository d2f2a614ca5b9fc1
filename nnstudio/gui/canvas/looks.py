"""What does each node say? Title, the line that says what it does, its cost or live figure, its histogram, its worst problem."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nnstudio.gui.canvas.scene import UNKNOWN, Scene
from nnstudio.gui.canvas.wire_values import WireValues
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.params import validate
from nnstudio.plan import shape_text
from nnstudio.problems import Problem, Severity
from nnstudio.project.graph import Node
from nnstudio.project.rules import effective
from nnstudio.specs import LayerSpec, LossSpec

BARS = 8
LEVELS = 20  # heights a bar can have: fewer distinct pictures to keep
SEVERITIES = (None, Severity.INFO, Severity.WARNING, Severity.ERROR)  # by the scene's number


@dataclass(frozen=True)
class Look:
    """All that a node's picture depends on: equal looks share one picture. ports: (y, spare) of inputs and of outputs."""

    title: str
    kind: int
    height: float
    line: str = ""
    figure: str = ""
    severity: int = 0
    selected: bool = False
    frozen: bool = False  # its weights stay as they are: a lock
    bars: tuple[int, ...] = ()  # heights, 0 … LEVELS
    inputs: tuple[tuple[float, bool], ...] = ()
    outputs: tuple[tuple[float, bool], ...] = ()

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(value for name, value in self.__dict__.items() if name != "_hash"))

    def __hash__(self) -> int:
        return self._hash

    @property
    def unknown(self) -> bool:
        return self.kind == UNKNOWN

    @property
    def brief(self) -> "Look":
        """What is left of it when small: colour, title and badge."""
        return replace(self, line="", figure="", bars=(), inputs=(), outputs=())


class Looks:
    """The look of each row of the scene, worked out when first asked for."""

    def __init__(self, studio: Studio, scene: Scene) -> None:
        self._studio, self._scene = studio, scene
        self._known: dict[int, Look] = {}
        self.problems: dict[str, list[Problem]] = {}
        self.bad_slots: set[tuple[str, str]] = set()
        self.values = WireValues(studio)

    def forget(self, rows: Iterable[int] | None = None) -> None:
        """The look of these rows (None: of all) may have changed."""
        if rows is None:
            self._known.clear()
        else:
            for row in rows:
                self._known.pop(row, None)

    def of(self, row: int) -> Look:
        look = self._known.get(row)
        if look is None:
            look = self._known[row] = self._look(row)
        return look

    def take_problems(self, problems: Iterable[Problem]) -> None:
        """Sort the problems to their nodes; mark the severities in the scene."""
        scene = self._scene
        self.problems, self.bad_slots = {}, set()
        for problem in problems:
            if problem.node in scene.row:
                self.problems.setdefault(problem.node, []).append(problem)
                if problem.port and problem.severity is Severity.ERROR:
                    self.bad_slots.add((problem.node, problem.port))
        scene.severity[:] = 0
        for id, found in self.problems.items():
            scene.severity[scene.row[id]] = max(SEVERITIES.index(problem.severity) for problem in found)

    def message(self, row: int) -> str:
        """What is wrong with the node, in words."""
        node = self._scene.nodes[row]
        return "\n".join(str(problem) for problem in self.problems.get(node.id, ())) if node else ""

    def wire_text(self, row: int) -> str:
        """The shape that a wire carries, without the batch axis; or the value that wires are to show."""
        source, target = self._scene.wire(row)
        value = self.values.text(target.node)
        if value is not None:
            return value
        planned = self._studio.plan.nodes.get(source.node)
        shape = planned.outputs.get(source.port) if planned else None
        return shape_text(shape) if shape else ""

    def title(self, node: Node) -> str:
        spec = self._scene.registry.layer(node.type)
        return node.name or (spec.title if spec else node.type.rpartition(".")[2] or node.id)

    def _look(self, row: int) -> Look:
        scene = self._scene
        node, spec, anchors = scene.node(row), scene.spec(row), scene.anchors[row]
        return Look(
            title=self.title(node),
            kind=int(scene.kind[row]),
            height=anchors.height,
            line=self._line(node, spec),
            figure=self._figure(node, spec),
            severity=int(scene.severity[row]),
            selected=bool(scene.selected[row]),
            frozen=self._frozen(node),
            bars=self._bars(node.id),
            inputs=tuple((anchor.y, anchor.spare) for anchor in anchors.inputs),
            outputs=tuple((anchor.y, anchor.spare) for anchor in anchors.outputs),
        )

    def _frozen(self, node: Node) -> bool:
        recipe = self._studio.project.recipe
        return bool(recipe.rules) and effective(recipe, node).frozen

    def _line(self, node: Node, spec: LayerSpec | None) -> str:
        if spec is None:
            return tr("No plugin brings this")
        planned = self._studio.plan.nodes.get(node.id)
        if not spec.inputs and planned is not None and planned.outputs:
            return shape_text(next(iter(planned.outputs.values()))).replace("×", " × ")
        said = _summary(spec, node.params)
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
        history, planned = self._studio.history, self._studio.plan.nodes.get(node.id)
        stats = history.node_stats.nodes.get(node.id) if history.node_stats is not None else None
        if isinstance(spec, LossSpec):
            losses = history.steps("loss")[1]
            return number(float(losses[-1]), 3) if len(losses) else ""
        if stats is not None and "dead" in stats and spec.category == "activation":
            return tr("{share} % dead", share=number(round(100 * stats["dead"])))
        if planned is not None and planned.parameters:
            return tr("{count} params", count=number(planned.parameters))
        if not spec.inputs:
            size = self._studio.project.recipe.batch_size
            return tr("batch {size}", size=number(size)) if size else tr("batch: all samples")
        return ""

    def _bars(self, id: str) -> tuple[int, ...]:
        stats = self._studio.history.node_stats
        counts = stats.histograms.get(id) if stats is not None else None
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
