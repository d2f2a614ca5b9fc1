"""What calls nodes by their way through the instances (rules of the recipe, bookmarks), and how it follows when nodes come into a block or out of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from nnstudio.project.blocks import block_of
from nnstudio.project.edits import Change
from nnstudio.project.project import Bookmark, Project, Rule
from nnstudio.project.rules import nearness

Moved = Callable[[Sequence[str]], list[list[str]]]
"""The rest of a way, from the graph that is edited inwards → what it becomes there: one way, several (copies), or none."""


def below(project: Project, block: str, way: Sequence[str]) -> int | None:
    """How many instances of `way` lead into definition `block` ("": none); None where it does not lead there."""
    graph, at = project.graph, ""
    for depth, part in enumerate(way):
        if at == block:
            return depth
        node = graph.nodes.get(part.partition("[")[0])
        found = block_of(node, project.blocks) if node is not None else None
        if found is None:
            return None
        graph, at = found.graph, found.id
    return len(way) if at == block else None


def moved_paths(project: Project, block: str, moved: Moved) -> list[Change]:
    """The rules and bookmarks of `project` after nodes in the graph of `block` went elsewhere.

    A rule for a whole instance may become one for each of its nodes, as near as others then: so the changed ones are put in the order of how near they were.
    """
    found = [(rule, list(_moved_rule(project, block, moved, rule))) for rule in project.recipe.rules]
    changed = sorted(((rule, new) for rule, new in found if new != [rule]), key=lambda pair: nearness(pair[0].match))
    in_turn = iter(changed)
    rules = tuple(each for rule, new in found for each in (new if new == [rule] else next(in_turn)[1]))
    marks = tuple(_moved_mark(project, block, moved, mark) for mark in project.bookmarks)
    changes: list[Change] = []
    if rules != project.recipe.rules:
        changes.append(Change(("recipe", "rules"), project.recipe.rules, rules))
    if marks != project.bookmarks:
        changes.append(Change(("project", "bookmarks"), project.bookmarks, marks))
    return changes


def _moved_rule(project: Project, block: str, moved: Moved, rule: Rule) -> Iterator[Rule]:
    way = rule.match.removeprefix("#").split("/")
    depth = below(project, block, way) if rule.match.startswith("#") else None
    if depth is None or depth == len(way):
        yield rule
        return
    for rest in moved(way[depth:]):
        yield replace(rule, match="#" + "/".join([*way[:depth], *rest]))


def _moved_mark(project: Project, block: str, moved: Moved, mark: Bookmark) -> Bookmark:
    way = mark.block.split("/") if mark.block else []
    depth = below(project, block, way)
    if depth is None or depth == len(way):
        return mark
    ways = moved([*way[depth:], ""])  # a place within what the way leads to
    rest = ways[0][:-1] if ways else []
    return replace(mark, block="/".join([*way[:depth], *rest]))
