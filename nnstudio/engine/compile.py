"""Source → Module: executes exactly the text that the Code panel shows, and says which node an exception came from."""

import itertools
import linecache
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from torch import Tensor, nn

from nnstudio.data import DataInfo
from nnstudio.engine import memory
from nnstudio.engine.codegen import model_code
from nnstudio.engine.complaints import first_sentence
from nnstudio.engine.inspect import inspect_project
from nnstudio.engine.interface import Interface, LossTerm, interface
from nnstudio.plan import Code, NodePlan, Plan, shape_text
from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project.check_graph import check_graph, titled
from nnstudio.project.graph import Graph, Node, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Compiled:
    """A network ready to run.

    module: takes `input_fields` in order and returns what feeds the losses: one value, or a tuple (`outputs` says which);
    loss(*outputs, *targets) → their weighted sum, a scalar. losses: each term, with its spec, params, output and target.
    """

    module: nn.Module
    loss: Callable[..., Tensor]
    code: Code
    plan: Plan
    input_fields: tuple[str, ...]
    targets: tuple[str, ...]
    outputs: tuple[Source, ...]
    losses: tuple[LossTerm, ...]
    project: Project
    registry: Registry
    filename: str

    @property
    def graph(self) -> Graph:
        """What is computed, blocks opened: what the plan's ids are of."""
        return self.project.flat

    @cached_property
    def recording_forward(self) -> Callable[..., Any]:
        """`forward(module, *inputs, record)`: the same computation, that hands every value to `record(node, port, value)`."""
        code = model_code(self.project, self.plan, self.registry, record=True)
        namespace = _execute(code.text, _filename())
        return namespace[code.class_name].forward

    def node_of(self, error: BaseException) -> str | None:
        """The node whose line of the generated code `error` came through; in a block, of the very instance whose module stumbled."""
        for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
            if frame.f_code.co_filename == self.filename:
                nodes = self.code.nodes_at(line)
                within = self._names.get(id(frame.f_locals.get("self")), "")
                return next((node for node in nodes if self._name(node).rpartition(".")[0] == within), None) or next(
                    iter(nodes), None
                )
        return None

    @cached_property
    def _names(self) -> dict[int, str]:
        """What each module is called in the network, by identity."""
        parts = cast("Iterator[tuple[str, nn.Module]]", self.module.named_modules())
        return {id(part): name for name, part in parts}

    def _name(self, node: str) -> str:
        plan = self.plan.nodes.get(node) or self.plan.blocks.get(node)
        return plan.name if plan else ""

    def problem(self, error: BaseException) -> Problem:
        """An exception raised while the network ran, as a Problem that names the node and the shapes it was fed."""
        sentence = f"{type(error).__name__}: {first_sentence(error)}"
        id = self.node_of(error)
        if id is None:
            return Problem("run.failed", f"The network could not be run ({sentence}).", place="run")
        node, plan = self._drawn(id)
        fed = " and ".join(shape_text(shape) for shape in plan.inputs)
        message = f"{titled(node, self.registry.layer(node.type))} failed on {fed or 'its input'} ({sentence})."
        return Problem(
            "run.failed", message, remedy="Change its parameters, or look at the data.", node=id, place="run"
        )

    def _drawn(self, id: str) -> tuple[Node, NodePlan]:
        """A node and what is known of it, an instance of a block included."""
        if id in self.graph.nodes:
            return self.graph.nodes[id], self.plan.nodes[id]
        return self.project.flattened.folded[id], self.plan.blocks[id]


def compile_model(project: Project, registry: Registry, data: DataInfo) -> Compiled:
    """The project's network as a module with fresh weights, drawn from torch's global generator in the order of the code.

    Raises NNStudioError with all problems where the graph is not sound.
    """
    return compile_plan(project, registry, inspect_project(project, data, registry))


def compile_plan(project: Project, registry: Registry, plan: Plan) -> Compiled:
    """The same for a plan that is already known."""
    check_plan(project, registry, plan)
    if (problem := memory.too_large(plan)) is not None:
        raise NNStudioError(problem)
    face: Interface = interface(project.flat, plan, registry, project.flattened.carried)
    code = model_code(project, plan, registry)
    filename = _filename()
    namespace = _execute(code.text, filename)
    try:
        module = namespace[code.class_name]()
    except (RuntimeError, MemoryError) as error:
        message = f"The network could not be built ({first_sentence(error)})."
        raise NNStudioError(Problem("run.build", message, remedy="Choose smaller sizes.")) from error
    return Compiled(
        module, namespace["loss"], code, plan, face.inputs, face.targets, face.outputs, face.losses,
        project, registry, filename,
    )  # fmt: skip


def check_plan(project: Project, registry: Registry, plan: Plan) -> None:
    """Raises NNStudioError with all that forbids building the network."""
    wrong = errors(list(dict.fromkeys((*check_graph(project, registry), *plan.problems))))
    if wrong:
        raise NNStudioError(*wrong)


def _filename() -> str:
    return f"<nnstudio model {next(_numbers)}>"


def _execute(text: str, filename: str) -> dict[str, Any]:
    """Run the text as a module of its own; tracebacks show its lines."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": filename.strip("<>").replace(" ", "_")}
    exec(compile(text, filename, "exec"), namespace)
    return namespace
