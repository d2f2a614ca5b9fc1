"""Which setting of the recipe holds for which parameters? The rules for nodes, seen from the network's side."""

from collections.abc import Mapping
from functools import cached_property

from torch import nn

from nnstudio.engine.compile import Compiled
from nnstudio.project.graph import Node
from nnstudio.project.project import Entry, Recipe
from nnstudio.project.rules import RECIPE, Effective, effective
from nnstudio.train.recipe import Group

Parameters = Mapping[str, nn.Parameter]
"""By their names in the module."""


class Settings:
    """What a recipe and its rules say of each parameter of a network. A parameter is its node's whose name in the code begins its own."""

    def __init__(self, recipe: Recipe, compiled: Compiled) -> None:
        self._recipe = recipe
        self._compiled = compiled
        self._parameters = dict(compiled.module.named_parameters())
        self._known: dict[str, Effective] = {}

    def holding(self, name: str) -> Effective:
        """What holds for the parameter or module called `name` in the network."""
        node = self._node(name)
        if node not in self._known:
            self._known[node] = effective(self._recipe, self._compiled.graph.nodes.get(node) or Node(node, ""))
        return self._known[node]

    def _node(self, name: str) -> str:
        """Id of the node that a parameter or module belongs to; what belongs to none goes by the beginning of its name."""
        return self._compiled.plan.node_of(name) or name.partition(".")[0]

    def initializer(self, name: str) -> Entry:
        return self.holding(name).initializer

    def freeze(self) -> None:
        """Let gradients reach those alone that are to learn."""
        for name, parameter in self._parameters.items():
            parameter.requires_grad_(not self.holding(name).frozen)

    @cached_property
    def trainable(self) -> Parameters:
        return {name: parameter for name, parameter in self._parameters.items() if not self.holding(name).frozen}

    @cached_property
    def weights(self) -> Parameters:
        """The trainable parameters of two axes or more."""
        return {name: parameter for name, parameter in self.trainable.items() if parameter.dim() >= 2}

    def groups(self) -> list[Group]:
        """The trainable parameters by how they learn; groups in the order of their first one."""
        found: dict[tuple[float, float | None], list[nn.Parameter]] = {}
        for name, parameter in self.trainable.items():
            holds = self.holding(name)
            found.setdefault((holds.lr_factor, holds.weight_decay), []).append(parameter)
        return [Group(parameters, factor, decay) for (factor, decay), parameters in found.items()]

    def uses(self, setting: str) -> list[tuple[Entry, Parameters]]:
        """The entries of `setting` ("regularizers", "constraints", "noise") that are on, each with the weights it is for.

        First the recipe's list, each entry over all nodes for which no rule says otherwise; then each node's own.
        """
        common: dict[str, nn.Parameter] = {}
        own: dict[str, dict[str, nn.Parameter]] = {}
        for name, weight in self.weights.items():
            by_recipe = self.holding(name).origins[setting] == RECIPE
            room = common if by_recipe else own.setdefault(self._node(name), {})
            room[name] = weight
        recipe: tuple[Entry, ...] = getattr(self._recipe, setting)
        found: list[tuple[Entry, Parameters]] = [(entry, common) for entry in recipe if common]
        for weights in own.values():
            found += [(entry, weights) for entry in getattr(self.holding(next(iter(weights))), setting)]
        return [(entry, weights) for entry, weights in found if entry.enabled]
