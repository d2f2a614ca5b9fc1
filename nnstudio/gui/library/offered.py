"""Which layers can be placed in the graph on show, and under which heading of the library do they stand?"""

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.project.block_follow import ring
from nnstudio.project.block_library import KEPT
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX
from nnstudio.specs import LayerSpec

EDGES = (BLOCK_INPUT, BLOCK_OUTPUT)
SECTIONS = (
    "data",
    "weights",
    "shape",
    "activation",
    "normalization",
    "regularization",
    "sequence",
    "output",
    "edges",
    "block",
    "own",
    "ready",
)


def offered(studio: Studio) -> list[LayerSpec]:
    """What may stand in the graph on show: the edges of a block only within one, and no block within itself."""
    project, block = studio.project, studio.scope.block
    return [
        spec
        for spec in studio.registry.layers.values()
        if not spec.hidden
        and (block or spec.id not in EDGES)
        and not (block and spec.id.startswith(PREFIX) and ring(project.blocks, spec.id.removeprefix(PREFIX), block))
    ]


def section(spec: LayerSpec) -> str:
    """One of SECTIONS: the layer's category; blocks by where they are kept."""
    if spec.id in EDGES:
        return "edges"
    return spec.id.removeprefix(KEPT).partition("/")[0] if spec.id.startswith(KEPT) else spec.category


def section_title(section: str) -> str:
    return {
        "data": tr("Data"),
        "weights": tr("Layers"),
        "shape": tr("Pooling & shape"),
        "activation": tr("Activation"),
        "normalization": tr("Normalization"),
        "regularization": tr("Regularization"),
        "sequence": tr("Sequence"),
        "output": tr("Losses"),
        "edges": tr("Edges of this block"),
        "block": tr("Blocks of this project"),
        "own": tr("My blocks"),
        "ready": tr("Ready-made blocks"),
    }.get(section, section)
