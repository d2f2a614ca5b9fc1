"""Why does a fault arise within a scan? Often because no axis is left for one step: a scan in a scan, which takes a sequence's only one away."""

from collections.abc import Iterable, Mapping

from nnstudio.plan import NodePlan, shape_text
from nnstudio.problems import Problem
from nnstudio.project.blocks import entries
from nnstudio.project.flat import SCAN_STEP, Instance, quoted
from nnstudio.project.project import Project

Nodes = Mapping[str, NodePlan]


def explained(project: Project, nodes: Nodes, problems: Iterable[Problem]) -> list[Problem]:
    """`problems`, and in place of those of nodes that are given single numbers by a scan around them, the cause, said at what takes the step."""
    bare = _bare(project, nodes)
    return [_explained(project, nodes, bare, problem) for problem in problems] if bare else list(problems)


def _bare(project: Project, nodes: Nodes) -> dict[str, NodePlan]:
    """The scans, by path, of which a step has no axis but the batch's; and what takes that step."""
    found: dict[str, NodePlan] = {}
    for path, instance in project.flattened.instances.items():
        for entry in entries(project.blocks[instance.block]):
            plan = nodes.get(f"{path}/{entry.id}")
            if plan is not None and plan.type == SCAN_STEP and len(plan.outputs["output"]) == 1:
                found.setdefault(path, plan)
    return found


def _explained(project: Project, nodes: Nodes, bare: Mapping[str, NodePlan], problem: Problem) -> Problem:
    flat, node = project.flattened, problem.node or ""
    within = [path for path in bare if node.startswith(f"{path}/")]
    read = [(nodes.get(wire.source.node), wire.source.port) for wire in flat.graph.wires_into(node)]
    if not within or all(plan is None or len(plan.outputs.get(port, ())) != 1 for plan, port in read):
        return problem
    path = max(within, key=len)
    instance, given = flat.instances[path], bare[path].inputs[0]
    outer = [each for start, each in flat.instances.items() if path.startswith(f"{start}/") and _scans(project, each)]
    cause = f"{_called(project, instance)} takes its steps along axis 1 of what it is given, {shape_text(given, batch=True)}, and then each is a single number."
    remedy = "Give it a sequence of vectors: Reshape what it gets to steps × features."
    if outer:
        around = _called(project, outer[-1])
        cause += f" It lies in a scan itself: {around} has taken one step of the sequence already."
        remedy = "Take it out of the scan around it, or give that one a sequence of sequences."
    return Problem("scan.no_axis", f"{cause} {problem.message}", problem.severity, remedy, node=bare[path].id)


def _scans(project: Project, instance: Instance) -> bool:
    return project.blocks[instance.block].kind == "scan"


def _called(project: Project, instance: Instance) -> str:
    block = project.blocks[instance.block]
    return f"{block.title or block.id} {quoted(project.flattened.folded[instance.owner])}"
