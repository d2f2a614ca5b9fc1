"""Small helpers for text that is Python."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nnstudio.engine import expression


def indented(lines: Iterable[str], levels: int = 1) -> list[str]:
    return [f"{'    ' * levels}{line}" if line else "" for line in lines]


def tupled(names: Iterable[str]) -> str:
    """`(image,)`, `(left, right)`"""
    items = list(names)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def unpacked(names: Iterable[str]) -> str:
    """What stands left of `=`: `(image,)`, `left, right`"""
    items = list(names)
    return tupled(items) if len(items) == 1 else ", ".join(items)


def listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def keywords(arguments: Mapping[str, Any]) -> str:
    """`, name=value` for each."""
    return "".join(f", {name}={expression.literal(value)}" for name, value in arguments.items())


def differing(target: str, arguments: Mapping[str, Any], *, always: str = "") -> str:
    """`, name=value` for each argument that is not what `target` takes anyway."""
    known = expression.signature(target)
    return keywords(
        {
            name: value
            for name, value in arguments.items()
            if name == always or name not in known or not _same(known[name].default, value)
        }
    )


def _same(default: Any, value: Any) -> bool:
    return type(default) is type(value) and default == value


def belongs_to(nodes: Sequence[str]) -> str:
    """Is the parameter or module `name` one of these nodes'? `stem == "fc1"`; within blocks, `f"{name}.".startswith("res1.conv1.")`."""
    if any("." in node for node in nodes):
        starts = [f"{node}." for node in nodes]
        return f'f"{{name}}.".startswith({expression.literal(tuple(starts) if len(starts) > 1 else starts[0])})'
    one_of = f"== {expression.literal(nodes[0])}" if len(nodes) == 1 else f"in {expression.literal(tuple(nodes))}"
    return f'name.partition(".")[0] {one_of}'


def quotable(text: str) -> str:
    """What a person called the project, harmless in a docstring."""
    plain = "".join(char if char.isprintable() and char not in '"\\' else " " for char in text)
    return " ".join(plain.split())[:100] or "A network"
