"""What goes through a port of a scan? Chosen among what there is, by the names that people read."""

from collections.abc import Callable

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.painted import Choice
from nnstudio.project.block_definition import set_carry, set_gives
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, exits
from nnstudio.project.edits import Edit

PORTS = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})


class PortChoice(Choice):
    """Of an input: a sequence's value at each step, or an output of the step before; of an output: all steps' values or the last. `take` gets the
    edit, which is else done as one step."""

    def __init__(self, studio: Studio, block: str, port: str, take: Callable[[Edit], object] | None = None) -> None:
        super().__init__()
        self._studio, self._block, self._port = studio, block, port
        self._take = take or self._do
        self._entering = studio.project.blocks[block].graph.nodes[port].type == BLOCK_INPUT
        self._items: list[tuple[str, str]] = []
        self.activated.connect(self._choose)
        self.refresh()

    def refresh(self) -> None:
        block = self._studio.project.blocks.get(self._block)
        node = block.graph.nodes.get(self._port) if block is not None else None
        if block is None or node is None:
            return
        if self._entering:
            words, value = tr("What enters {port}", port=node.label), str(node.params.get("carry", ""))
            items = [(tr("the sequence, a step at a time"), "")]
            items += [(tr("{output} of the step before", output=each.label), each.id) for each in exits(block)]
        else:
            words, value = tr("What {port} gives", port=node.label), str(node.params.get("gives", "sequence"))
            items = [(tr("the values of all steps"), "sequence"), (tr("the value of the last step"), "last")]
        if value not in {item for _, item in items}:
            items.append((value, value))  # an output that is no more
        self.setAccessibleName(words)
        if items != self._items:
            self._items = items
            self.clear()
            for title, item in items:
                self.addItem(title, item)
        self.setCurrentIndex(self.findData(value))

    def _choose(self, index: int) -> None:
        project, chosen = self._studio.project, self.itemData(index)
        if self._entering:
            self._take(set_carry(project, self._block, self._port, chosen, self._studio.registry))
        else:
            self._take(set_gives(project, self._block, self._port, chosen))

    def _do(self, edit: Edit) -> None:
        self._studio.do(edit)
        self._studio.document.end_merge()
