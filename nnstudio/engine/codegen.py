"""Plan → source: the model as an expert would write it. This text is the model: it is what trains and what is exported.

One class for each block that stands in the drawing, the model's own last; then the function `loss`. How each part is written says
`nnstudio.engine.code`, one file a question.
"""

from collections.abc import Mapping

from nnstudio.engine.code import docstrings
from nnstudio.engine.code.classes import Class, Classes, class_name
from nnstudio.engine.code.construct import constructor
from nnstudio.engine.code.forward import forward
from nnstudio.engine.code.imports import Imports
from nnstudio.engine.code.losses import loss_function
from nnstudio.engine.code.places import Drawing
from nnstudio.engine.code.scan import scan_forward
from nnstudio.engine.code.text import Text
from nnstudio.engine.interface import interface
from nnstudio.plan import Code, Plan
from nnstudio.project.flat import Flat
from nnstudio.project.graph import Graph
from nnstudio.project.project import Block, Project
from nnstudio.registry import Registry

_WITHIN = '''\
def within(record, path):
    """`record` for the nodes of a block."""
    return lambda node, port, value: record(f"{path}/{node}", port, value)'''


def model_code(project: Project, plan: Plan, registry: Registry, *, record: bool = False) -> Code:
    """The classes of the network, called as the project is, and, where it has losses, the function `loss`.

    A class's `forward` takes what enters the block, the model's the data's fields; that returns what feeds the losses (one value, or a
    tuple); `loss` takes these and the target fields. Nodes that could not be worked out are left out. record: every `forward` takes a function
    `record(node, port, value)` as its last argument and calls it for every value, nodes by their flat ids; within a scan at every
    step, so that the last one's values are what is kept. The classes have the same attributes: such a `forward` can be
    called with a network of the plain classes.
    """
    return _code(project.graph, project.blocks, project.flattened, plan, registry, project.name, record)


def module_code(
    graph: Graph, plan: Plan, registry: Registry, *, class_name: str = "Model", record: bool = False
) -> Code:
    """The same for a graph without blocks."""
    return _code(graph, {}, Flat(graph), plan, registry, class_name, record)


def _drawing(graph: Graph, blocks: Mapping[str, Block], flat: Flat, plan: Plan, registry: Registry) -> Drawing:
    return Drawing(graph, blocks, flat, plan, registry, interface(flat.graph, plan, registry, flat.carried))


def _code(
    graph: Graph, blocks: Mapping[str, Block], flat: Flat, plan: Plan, registry: Registry, title: str, record: bool
) -> Code:
    drawing = _drawing(graph, blocks, flat, plan, registry)
    name = class_name(title)
    classes = Classes(drawing, name)
    imports = Imports({"within", *(each.name for each in classes.ordered)})
    body = Text()
    if record and len(classes.ordered) > 1:
        for line in [*_WITHIN.splitlines(), "", ""]:
            body.add(line)
    for each in classes.ordered:
        body.append(_class(each, classes, imports, record=record), (place.prefix for place in each.places))
        if each is not classes.ordered[-1]:
            body.add()
            body.add()
    losses = loss_function(drawing, classes, imports)
    if losses.lines:
        body.add()
        body.add()
        body.append(losses)
    text = Text()
    for line in imports.head(body.lines):
        text.add(line)
    text.append(body)
    owners = {node: tuple(numbers) for node, numbers in text.owners.items()}
    return Code("\n".join(text.lines) + "\n", owners, name)


def _class(each: Class, classes: Classes, imports: Imports, *, record: bool) -> Text:
    text = Text()
    text.add(f"class {each.name}(nn.Module):")
    if each.place.block is None:
        text.add(f'    """{docstrings.of_model(each.place.drawing)}"""')
        lines = docstrings.left_out(each.place.drawing)
    else:
        lines = docstrings.of_block(each)
    for line in lines:
        text.add(line)
    write = scan_forward if each.place.scan else forward
    for part in (constructor(each, classes, imports), write(each, classes, record=record)):
        if part.lines:
            text.add()
            text.append(part)
    return text
