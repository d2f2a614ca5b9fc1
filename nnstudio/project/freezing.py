"""Which weights stay as they are? Rules for many nodes at once, as one edit."""

from collections.abc import Sequence
from dataclasses import replace

from nnstudio.project.edits import Edit
from nnstudio.project.graph import Node
from nnstudio.project.project import Project, Rule
from nnstudio.project.recipe_entries import change
from nnstudio.project.rules import SETTINGS, effective


def toggled(project: Project, nodes: Sequence[Node]) -> Edit:
    """All of `nodes` (called as rules call them) frozen; where they are that already, learning again. A rule that then says nothing goes."""
    recipe = project.recipe
    off = all(effective(recipe, node).frozen for node in nodes)
    rules: dict[int, Rule] = dict(enumerate(recipe.rules))
    own = {rule.match: index for index, rule in rules.items() if rule.enabled}  # the last one of each
    for node in nodes:
        index = own.get(f"#{node.id}", len(rules))
        rules[index] = replace(rules.get(index, Rule(f"#{node.id}")), frozen=None if off else True)
    said = tuple(rule for rule in rules.values() if _says(rule))
    if off:  # a pattern, or a block around them, may say so too: these nodes say otherwise
        rest = replace(recipe, rules=said)
        still = {f"#{node.id}" for node in nodes if effective(rest, node).frozen}
        for index, rule in list(rules.items()):
            if rule.enabled and rule.match in still:
                rules[index] = replace(rule, frozen=False)
                still.discard(rule.match)
        said = tuple(rule for rule in rules.values() if _says(rule))
    return change(project, "Learn again" if off else "Freeze weights", {"rules": said})


def _says(rule: Rule) -> bool:
    return any(getattr(rule, setting) is not None for setting in SETTINGS)
