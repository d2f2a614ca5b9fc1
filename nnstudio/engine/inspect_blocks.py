"""What do blocks add to a plan? Their own shapes and cost, the length of scans, weights used by two instances, and faults said where they belong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from nnstudio.plan import NodePlan, shape_text
from nnstudio.problems import Fix, Problem
from nnstudio.project.block_exposed import set_at
from nnstudio.project.block_follow import instances
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, block_of, carries, entries, exits
from nnstudio.project.check_graph import titled
from nnstudio.project.check_options import SHARE
from nnstudio.project.flat import SCAN_COLLECT, SCAN_LAST, SCAN_START, Instance, path_of, quoted
from nnstudio.project.graph import Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry

EDGES = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})
_ONCE = frozenset({SCAN_START, SCAN_COLLECT, SCAN_LAST})  # what a scan does before its first step and after its last

Nodes = Mapping[str, NodePlan]
Port = tuple[tuple[int, ...], str]
"""(shape, dtype) of what goes through."""
Cost = tuple[int, int, int]
"""(parameters, multiply-adds, memory)"""


class Inside:
    """A project's blocks, seen by `inspect`. names: in code, by flat id."""

    def __init__(self, project: Project, registry: Registry, names: Mapping[str, str]) -> None:
        self._project, self._flat, self._blocks = project, project.flattened, project.blocks
        self._registry, self._names = registry, names

    # ── weights ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def tied(self) -> dict[str, tuple[str, str]]:
        """Nodes with a module of their own kind within instances that use another's weights: node → (whose they are, the instance)."""
        if not any(instance.share for instance in self._flat.instances.values()):
            return {}
        found: dict[str, tuple[str, str]] = {}
        for id, node in self._flat.graph.nodes.items():
            spec = self._registry.layer(node.type)
            if spec is not None and spec.module:
                other, instance = self._owner(id)
                if instance:
                    found[id] = (other, instance)
        return found

    def _owner(self, id: str) -> tuple[str, str]:
        """(the node whose weights are used, the outermost instance that says so; "" where none does)."""
        instance, seen = "", set[str]()
        while id not in seen:
            seen.add(id)
            share = self._flat.graph.nodes[id].options.get(SHARE) if id in self._flat.graph.nodes else None
            tie = next((each for each in self._around(id) if each.share), None)
            if tie is not None:
                instance, id = instance or tie.owner, tie.share + id[len(tie.path) :]
            elif isinstance(share, str):
                id = share
        return id, instance

    def _around(self, id: str) -> Iterable[Instance]:
        """The instances that a node lies in, from outside in."""
        for place, letter in enumerate(id):
            if letter == "/" and (instance := self._flat.instances.get(id[:place])) is not None:
                yield instance

    # ── scans ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def over_time(self, nodes: dict[str, NodePlan]) -> None:
        """Multiply-adds and memory of a scan's nodes, which stand for one step, for the whole length of the sequence."""
        steps: dict[str, int] = {}  # by path
        for path, instance in self._flat.instances.items():
            steps[path] = steps.get(path_of(instance.owner)[0], 1) * self._length(instance, nodes)
        if all(count == 1 for count in steps.values()):
            return
        for id, plan in nodes.items():
            path = path_of(id)[0]
            if plan.type in _ONCE and path in self._flat.instances:
                path = path_of(self._flat.instances[path].owner)[0]
            count = steps.get(path, 1)
            if count > 1:
                nodes[id] = replace(plan, macs=plan.macs * count, memory=plan.memory * count)

    def _length(self, instance: Instance, nodes: Nodes) -> int:
        block = self._blocks[instance.block]
        sequences = [entry for entry in entries(block) if not carries(entry)] if block.kind == "scan" else []
        plan = nodes.get(f"{instance.path}/{sequences[0].id}") if sequences else None
        return plan.inputs[0][1] if plan is not None else 1

    def wrong_carries(self, nodes: Nodes) -> list[Problem]:
        """Carried values that come back otherwise than they began; the same once for each definition."""
        clashes: dict[tuple[str, str, Port, Port], list[str]] = {}  # → paths of the instances
        given: dict[tuple[str, str], set[Port]] = {}
        for path, instance in self._flat.instances.items():
            block = self._blocks[instance.block]
            for entry in entries(block) if block.kind == "scan" else ():
                began = self._port(nodes, Source(f"{path}/{entry.id}"))
                comes = self._port(nodes, self._back(path, entry))
                if not carries(entry) or began is None or comes is None:
                    continue
                given.setdefault((block.id, entry.id), set()).add(comes)
                if began != comes:
                    clashes.setdefault((block.id, entry.id, began, comes), []).append(path)
        problems: list[Problem] = []
        for (block, entry, began, comes), paths in clashes.items():
            alike = len(given[block, entry]) == 1
            problem = self._wrong_carry(self._flat.instances[paths[0]], entry, began, comes, alike=alike)
            problems.append(replace(problem, also=tuple(f"{path}/{entry}" for path in paths[1:])))
        return problems

    def _back(self, path: str, entry: Node) -> Source | None:
        """What comes back as carried value `entry` of a scan."""
        return self._flat.graph.wires.get(Slot(f"{path}/{entry.params.get('carry')}"))

    def _wrong_carry(self, instance: Instance, inner: str, began: Port, comes: Port, *, alike: bool) -> Problem:
        """alike: what comes back is the same wherever the block stands."""
        entry = f"{instance.path}/{inner}"
        node = self._flat.folded.get(entry) or self._flat.graph.nodes[entry]
        back = self._back(instance.path, self._blocks[instance.block].graph.nodes[inner])
        giver = self._flat.graph.nodes[back.node if back is not None else entry]
        me = f"The carried value {quoted(node)}"
        which = titled(giver, self._registry.layer(giver.type))
        if began[0] == comes[0]:
            message = f"{me} begins as {_KINDS[began[1]]}, but {which}, which comes back, gives {_KINDS[comes[1]]}."
            return Problem("scan.carry", message, remedy="Make both of the same kind.", node=entry)
        message = f"{me} begins as {shape_text(began[0])}, but {which} gives {shape_text(comes[0])}, which comes back as it at the next step."
        if entry in self._flat.folded:
            return Problem("scan.carry", message, remedy="Make both of the same shape.", node=entry)
        fix = self._size_cure(instance, node, comes[0][1:], alike=alike)
        return Problem("scan.carry", message, remedy=f"{fix.label}.", node=entry, param="size", fix=fix)

    def _size_cure(self, instance: Instance, node: Node, sizes: tuple[int, ...], *, alike: bool) -> Fix:
        """A carried value begins in another size: in this instance, where that can be, without harm to others; the words say what changes."""
        block = self._blocks[instance.block]
        value = sizes[0] if len(sizes) == 1 else list(sizes)
        said = " × ".join(map(str, sizes))
        at, name = set_at(self._project, node.id, "size")
        if at != node.id:
            label = f"Set {name} of {quoted(self._flat.folded[at])} to {said}"
            return Fix(label, "set_param", node=node.id, param="size", value=value)
        setting = next((name for name, given in instance.values.items() if given == value), "")
        if setting:
            label = f"Let '{setting}' set size of '{node.label}' as well"
            return Fix(label, "expose", node=node.id, param="size", value=setting)
        if not alike:
            label = f"Expose size of '{node.label}' on the block, so that each place has its own"
            return Fix(label, "expose", node=node.id, param="size")
        count = len(instances(self._project, block.id))
        where = f"in block '{block.title or block.id}'" + (f", for all {count} that stand for it" if count > 1 else "")
        label = f"Set size of '{node.label}' to {said} {where}"
        return Fix(label, "set_param", node=node.id, param="size", value=value)

    # ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def said_once(self, nodes: Nodes, problems: Iterable[Problem]) -> list[Problem]:
        """A fault of a definition is said at its first instance; one that is there only from the second repetition on, at the instance."""
        first: dict[tuple[str, ...], Problem] = {}
        places: dict[tuple[str, ...], list[str]] = {}
        for problem in problems:
            again = self._again(problem, nodes)
            path, id = path_of(problem.node or "")
            instance = self._flat.instances.get(path)
            if again is not None:
                key = ("block.repeat", again.node or "")
                problem = again
            elif instance is not None:
                key = (problem.code, instance.block, id, problem.param or "", problem.port or "")
            else:
                key = (str(len(first)), "")  # outside: always its own
            first.setdefault(key, problem)
            places.setdefault(key, []).append(problem.node or "")
        return [
            self._more(problem, places[key][1:]) if key[0] != "block.repeat" else problem
            for key, problem in first.items()
        ]

    @staticmethod
    def _more(problem: Problem, others: Sequence[str]) -> Problem:
        if not others:
            return problem
        words = "1 more place" if len(others) == 1 else f"{len(others)} more places"
        message = f"{problem.message} So it is in {words} where its block stands."
        return replace(problem, message=message, also=tuple(others))

    def _again(self, problem: Problem, nodes: Nodes) -> Problem | None:
        """The fault as one of repeating, where the same node was sound the first time."""
        id = problem.node or ""
        for instance in self._around(id):
            if not instance.index:
                continue
            earlier = f"{instance.owner}[0]{id[len(instance.path) :]}"
            if earlier not in nodes:
                return None
            node, block = self._flat.folded[instance.owner], self._blocks[instance.block]
            me = f"{block.title or block.id} {quoted(node)}"
            message = (
                f"{me} is repeated {instance.count} times, but cannot take what it gives itself: {problem.message}"
            )
            remedy = "Let its outputs have the shapes of its inputs, or set repeat to 1."
            return Problem("block.repeat", message, problem.severity, remedy, node=instance.owner, param="repeat")
        return None

    # ── what stands for others ────────────────────────────────────────────────────────────────────────────────────────

    def folded(self, nodes: Nodes) -> dict[str, NodePlan]:
        """The drawn nodes that are not computed themselves, as far as they are worked out."""
        found = {
            id: plan
            for id, node in self._flat.folded.items()
            if not node.type.startswith(PREFIX) or node.bypassed
            if (plan := self._joint(id, node, nodes)) is not None
        }
        costs, torn = self._costs(nodes), self._torn(nodes)
        for owner, instance in self._first.items():
            found[owner] = replace(self._instance(instance, nodes, costs[owner]), whole=owner not in torn)
        return found

    def _torn(self, nodes: Nodes) -> set[str]:
        """The instances within which something could not be worked out."""
        unknown = self._flat.graph.nodes.keys() - nodes.keys()
        return {each.owner for id in unknown for each in self._around(id)}

    @cached_property
    def _first(self) -> Mapping[str, Instance]:
        """By owner, its first (often only) time."""
        return {each.owner: each for each in self._flat.instances.values() if each.index == 0}

    def _joint(self, id: str, node: Node, nodes: Nodes) -> NodePlan | None:
        value = self._port(nodes, Source(id))
        if value is None:
            return None
        shape, dtype = value
        spec, block = self._registry.layer(node.type), block_of(node, self._blocks)
        ports = (
            [port.name for port in spec.outputs]
            if spec is not None
            else [leaving.id for leaving in exits(block)]
            if block
            else ()
        )
        inputs = () if node.type == BLOCK_INPUT else (shape,)
        return NodePlan(id, node.type, "", {}, inputs, dict.fromkeys(ports, shape), dict.fromkeys(ports, dtype))

    def _instance(self, instance: Instance, nodes: Nodes, cost: Cost) -> NodePlan:
        block, owner = self._blocks[instance.block], instance.owner
        fed = [
            self._port(nodes, instance.given.get(entry.id)) for entry in entries(block) if entry.id in instance.given
        ]
        known = [value for value in fed if value is not None]
        given = {leaving.id: self._port(nodes, Source(owner, leaving.id)) for leaving in exits(block)}
        outputs = {port: value for port, value in given.items() if value is not None}
        parameters, macs, memory = cost
        return NodePlan(
            owner,
            PREFIX + block.id,
            self._names[owner],
            inputs=tuple(shape for shape, _ in known) if len(known) == len(fed) else (),
            outputs={port: shape for port, (shape, _) in outputs.items()},
            dtypes={port: dtype for port, (_, dtype) in outputs.items()},
            parameters=parameters,
            macs=macs,
            memory=memory,
            shares=self._flat.instances[instance.share].owner if instance.share in self._flat.instances else "",
        )

    def _costs(self, nodes: Nodes) -> dict[str, Cost]:
        """By owner, (parameters, multiply-adds, memory) of all that lies within, all repetitions together."""
        inside: dict[str, Cost] = dict.fromkeys(self._flat.instances, (0, 0, 0))
        for id, plan in nodes.items():
            path = path_of(id)[0]
            if path in inside:
                inside[path] = _sum(inside[path], (plan.parameters, plan.macs, plan.memory))
        costs: dict[str, Cost] = {instance.owner: (0, 0, 0) for instance in self._flat.instances.values()}
        for path, instance in reversed(list(self._flat.instances.items())):
            costs[instance.owner] = _sum(costs[instance.owner], inside[path])
            around = path_of(instance.owner)[0]
            if around in inside:
                inside[around] = _sum(inside[around], inside[path])
        return costs

    def _port(self, nodes: Nodes, source: Source | None) -> Port | None:
        seen = self._flat.seen(source) if source is not None else None
        plan = nodes.get(seen.node) if seen is not None else None
        if plan is None or seen is None or seen.port not in plan.outputs:
            return None
        return plan.outputs[seen.port], plan.dtypes.get(seen.port, "")


_KINDS = {"float": "decimal numbers", "int": "whole numbers", "bool": "yes/no values"}


def _sum(one: Cost, other: Cost) -> Cost:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]
