"""What holds for one node: the recipe, or a rule that is nearer to it, and which one said so."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from nnstudio.project.flat import drawn
from nnstudio.project.graph import Node
from nnstudio.project.project import Entry, Recipe, Rule

RECIPE = "recipe"
"""The origin of what no rule says."""

SETTINGS = tuple(item.name for item in fields(Rule) if item.name not in {"match", "enabled"})
"""What a rule can say."""


@dataclass(frozen=True)
class Effective:
    """What holds for one node. origins: for each setting "recipe", or the `match` of the rule that said it.

    weight_decay None: the optimizer's own.
    """

    initializer: Entry
    regularizers: tuple[Entry, ...]
    constraints: tuple[Entry, ...]
    noise: tuple[Entry, ...]
    lr_factor: float
    weight_decay: float | None
    frozen: bool
    origins: Mapping[str, str]


def effective(recipe: Recipe, node: Node) -> Effective:
    """What holds for `node`: of the rules that match it, the nearest (for it alone, for an instance around it, a pattern), of these the last;

    where none says anything, the recipe.
    """
    said: dict[str, Any] = {
        "initializer": recipe.initializer,
        "regularizers": recipe.regularizers,
        "constraints": recipe.constraints,
        "noise": recipe.noise,
        "lr_factor": 1.0,
        "weight_decay": None,
        "frozen": False,
    }
    origins = dict.fromkeys(SETTINGS, RECIPE)
    fitting = [rule for rule in recipe.rules if rule.enabled and matches(rule.match, node)]
    for rule in sorted(fitting, key=lambda rule: nearness(rule.match)):  # stable: a later rule still comes later
        for name in SETTINGS:
            value = getattr(rule, name)
            if value is not None:
                said[name], origins[name] = value, rule.match
    return Effective(**said, origins=origins)


def matches(match: str, node: Node) -> bool:
    """Does a rule's `match` mean `node`? Case counts; `*` and `?` stand for any text and any letter."""
    if match.startswith("#"):
        return match[1:] == node.id or ("/" in node.id and _leads_to(match[1:], node.id))
    if match.startswith("type:"):
        return fnmatchcase(node.type, match.removeprefix("type:"))
    return fnmatchcase(node.label, match) or ("/" in node.id and fnmatchcase(drawn(node.id), match))


def _leads_to(way: str, id: str) -> bool:
    """Does `way` name the node of this flat id, or an instance around it? A part of `way` without a number means every repetition."""
    parts, steps = way.split("/"), id.split("/")
    return len(parts) <= len(steps) and all(
        part == step or ("[" in step and part == step.partition("[")[0])
        for part, step in zip(parts, steps, strict=False)
    )


def nearness(match: str) -> tuple[int, int]:
    """A rule of more of it comes before one of less; of equally near ones the later."""
    return (match.count("/") + 1, match.count("[")) if match.startswith("#") else (0, 0)


def with_setting(recipe: Recipe, node: Node, name: str, value: Any) -> tuple[Rule, ...]:
    """The recipe's rules, with the one for `node` alone saying `value` of `name` (None: no longer anything); a rule that says nothing goes."""
    own = f"#{node.id}"
    rules = list(recipe.rules)
    index = max((i for i, rule in enumerate(rules) if rule.match == own and rule.enabled), default=None)
    if index is None:
        rules.append(Rule(own))
        index = len(rules) - 1
    rules[index] = replace(rules[index], **{name: value})
    return tuple(rule for rule in rules if any(getattr(rule, setting) is not None for setting in SETTINGS))
