"""What is wrong with blocks: definitions that are missing, endless or without ends, ports, exposed parameters, scans."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from nnstudio.params import validate
from nnstudio.problems import Problem, Severity
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, REPEAT, carries
from nnstudio.project.flat import MAX_DEPTH, MAX_FLAT, Flat, Instance, joined, path_of, placed, quoted
from nnstudio.project.graph import Graph, Node
from nnstudio.project.natural import natural
from nnstudio.project.project import Block, Exposed, Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, LossSpec

EDGES = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})
_INPUT = "nnstudio.input"


@dataclass(frozen=True)
class Level:
    """One drawn graph as it is checked: the project's own, or that of `block` where it first stands, at `path`, with flat ids."""

    graph: Graph
    block: Block | None = None
    path: str = ""

    @cached_property
    def entries(self) -> set[str]:
        return {node.id for node in self.graph if node.type == BLOCK_INPUT}

    @cached_property
    def exits(self) -> set[str]:
        return {node.id for node in self.graph if node.type == BLOCK_OUTPUT}

    @property
    def title(self) -> str:
        return f"'{_title(self.block)}'" if self.block else ""


_kept: dict[str, tuple[Graph, tuple[str, ...], Graph]] = {}
"""By path: the drawn graph, the labels around it, and what was made of them: most edits touch one graph of several."""


def levels(project: Project) -> list[Level]:
    """The project's own graph, then each definition in use once, at its first instance."""
    global _kept
    flat, kept = project.flattened, {"": _level(project.graph, None, ())}
    found = [Level(kept[""][2])]
    seen: set[str] = set()
    for path, instance in flat.instances.items():
        if instance.block not in seen:
            seen.add(instance.block)
            node, block = flat.folded[instance.owner], project.blocks[instance.block]
            kept[path] = _level(block.graph, instance, (*getattr(node, "within", ()), node.label))
            found.append(Level(kept[path][2], block, path))
    _kept = kept
    return found


def _level(graph: Graph, instance: Instance | None, labels: tuple[str, ...]) -> tuple[Graph, tuple[str, ...], Graph]:
    old = _kept.get(instance.path if instance else "")
    if old is not None and old[0] is graph and old[1] == labels:
        return old
    bare = joined(graph)
    return graph, labels, placed(bare, instance, labels) if instance else bare


def everywhere(level: Level, project: Project, problems: Iterable[Problem]) -> Iterator[Problem]:
    """`problems` of a drawn graph; what is wrong with a node of a definition is so in each of its instances."""
    block = level.block.id if level.block is not None else ""
    found = project.flattened.instances
    others = [path for path, each in found.items() if block and each.block == block and each.index == 0][1:]
    for problem in problems:
        inner = (problem.node or "").removeprefix(f"{level.path}/")
        within = level.path and inner != problem.node
        yield replace(problem, also=tuple(f"{path}/{inner}" for path in others)) if within and others else problem


def check_block(level: Level, specs: Mapping[str, LayerSpec]) -> Iterator[Problem]:
    """What only concerns blocks in one drawn graph."""
    yield from _ids(level.graph)
    block = level.block
    if block is None:
        for id in level.entries | level.exits:
            title = specs[id].title if id in specs else level.graph.nodes[id].type
            message = f"{title} '{level.graph.nodes[id].label}' only works within a block."
            remedy = "Delete it, or move it into a block: group the nodes it belongs to."
            yield Problem("block.edge_outside", message, remedy=remedy, node=id)
        return
    if not level.exits:
        message = f"The block {level.title} has no output: nothing of what it computes can be used."
        yield Problem("block.no_output", message, remedy="Add a Block output to it.", node=level.path)
    for node in level.graph:
        if node.type == _INPUT or isinstance(specs.get(node.id), LossSpec):
            yield _foreign(node, specs[node.id], level)
    yield from _ports(level)
    yield from _exposed(block, level, specs)
    if block.kind == "scan":
        yield from _scan(level)


def _ids(graph: Graph) -> Iterator[Problem]:
    for node in graph:
        id = node.id.rpartition("/")[2] if getattr(node, "within", ()) else node.id
        if "/" in id or "[" in id:
            message = f"The id '{id}' of a node has / or [ in it, which stand for blocks."
            remedy = "Delete the node and place it anew, or give it another id in the file."
            yield Problem("graph.bad_id", message, remedy=remedy, node=node.id)


def _foreign(node: Node, spec: LayerSpec, level: Level) -> Problem:
    me = f"{spec.title} '{node.label}'"
    if isinstance(spec, LossSpec):
        remedy = "Move it out of the block, behind what the block gives."
        return Problem(
            "block.loss_inside", f"{me} is a loss within the block {level.title}.", remedy=remedy, node=node.id
        )
    remedy = "Put a Block input in its place, and wire the Input to the block from outside."
    return Problem(
        "block.input_inside", f"{me} reads data within the block {level.title}.", remedy=remedy, node=node.id
    )


def _ports(level: Level) -> Iterator[Problem]:
    """Ports that people could not tell apart."""
    for ids, word in ((level.entries, "inputs"), (level.exits, "outputs")):
        counts = Counter(level.graph.nodes[id].label for id in ids)
        for label in sorted(label for label, count in counts.items() if count > 1):
            last = max((id for id in ids if level.graph.nodes[id].label == label), key=natural)
            message = f"{counts[label]} {word} of the block {level.title} are called '{label}'."
            yield Problem("block.duplicate_port", message, Severity.WARNING, "Rename all but one.", node=last)


def _exposed(block: Block, level: Level, specs: Mapping[str, LayerSpec]) -> Iterator[Problem]:
    for item in block.exposed:
        fault = _fault(item, block, specs.get(f"{level.path}/{item.node}"))
        if fault:
            message = f"The block {level.title} exposes '{item.name}', {fault}"
            yield Problem("block.exposed", message, remedy="Take it away, or mend it.", node=level.path)


def _fault(item: Exposed, block: Block, spec: LayerSpec | None) -> str:
    """spec: of the inner node; None where it is not known, or the node is bypassed."""
    if item.name == REPEAT or not item.name.isidentifier() or item.name.startswith("_"):
        return "which cannot be the name of a parameter."
    if item.node not in block.graph.nodes:
        return f"a parameter of its node '{item.node}', which is not there."
    if spec is not None and item.param not in spec.params.model_fields:
        return f"the parameter '{item.param}' of its node '{item.node}', which has no such parameter."
    return ""


def _scan(level: Level) -> Iterator[Problem]:
    entering = [level.graph.nodes[id] for id in sorted(level.entries, key=natural)]
    if all(carries(node) for node in entering):
        message = f"The scan {level.title} has no input that is a sequence: nothing says how long it runs."
        remedy = "Add a Block input that carries nothing, and wire a sequence to it."
        yield Problem("scan.no_sequence", message, remedy=remedy, node=level.path)
    known = {path_of(id)[1] for id in level.exits}
    for node in entering:
        if carries(node) and node.params["carry"] not in known:
            message = f"The scan {level.title} is to bring back '{node.params['carry']}' as its input '{node.label}', and has no such output."
            labels = [level.graph.nodes[id].label for id in sorted(level.exits, key=natural)]
            remedy = f"Outputs: {', '.join(labels) or 'none'}."
            yield Problem("scan.carry", message, remedy=remedy, node=node.id, param="carry")


# ── the whole ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_blocks(project: Project) -> Iterator[Problem]:
    """Instances that could not be opened: each missing definition, each ring of definitions, each other reason once."""
    flat = project.flattened
    said: set[object] = set()
    for id in flat.closed:
        node = flat.graph.nodes[id]
        block, around = node.type.removeprefix(PREFIX), _around(flat, id)
        if block not in project.blocks:
            key: object = block
            problem = _missing(node, block)
        elif block in around:
            ring = around[around.index(block) :]
            key = frozenset(ring)
            problem = _ring(id, [_title(project.blocks[other]) for other in (*ring, block)])
        else:
            key = ""
            problem = _too_much(id, len(around))
        if key not in said:
            said.add(key)
            yield problem


def _around(flat: Flat, id: str) -> list[str]:
    """The definitions that a node lies in, from outside in."""
    found: list[str] = []
    path = path_of(id)[0]
    while path:
        instance = flat.instances[path]
        found.insert(0, instance.block)
        path = path_of(instance.owner)[0]
    return found


def _missing(node: Node, block: str) -> Problem:
    message = f"Node '{node.label}' stands for the block '{block}', which this project does not have."
    remedy = "Undo its deletion, bring it from the library, or delete the node."
    return Problem("block.missing", message, remedy=remedy, node=node.id)


def _ring(id: str, titles: Sequence[str]) -> Problem:
    path = " → ".join(f"'{title}'" for title in titles)
    message = f"A block contains itself: {path}."
    return Problem("block.ring", message, remedy="Delete one of these instances.", node=id)


def _too_much(id: str, depth: int) -> Problem:
    if depth >= MAX_DEPTH:
        message = f"Blocks lie in one another more than {MAX_DEPTH} deep."
        return Problem("block.too_deep", message, remedy="Ungroup some of them.", node=id)
    message = f"With its blocks opened the network has more than {MAX_FLAT} nodes."
    return Problem("block.too_many", message, remedy="Repeat its blocks less often.", node=id)


def wrong_values(project: Project, registry: Registry, bad: set[str]) -> Iterator[Problem]:
    """Values that instances set and that do not go together with the rest of the inner node. bad: nodes that are known to be wrong themselves."""
    flat = project.flattened
    said: set[tuple[str, str]] = set()
    for path, instance in flat.instances.items():
        if not instance.values or instance.index or instance.owner in bad:
            continue
        block = project.blocks[instance.block]
        for item in block.exposed:
            id = f"{path}/{item.node}"
            node = flat.graph.nodes.get(id) or flat.folded.get(id)
            spec = registry.layer(node.type) if node is not None else None
            if (
                item.name not in instance.values
                or node is None
                or spec is None
                or id in bad
                or (path, item.node) in said
            ):
                continue
            said.add((path, item.node))
            owner = f"{spec.title} {quoted(node)}"
            for problem in validate(spec.params, node.params, owner=owner, node=instance.owner)[1]:
                yield replace(problem, also=(id,))


def _title(block: Block | None) -> str:
    return (block.title or block.id) if block else ""
