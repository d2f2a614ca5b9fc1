"""Freezing many nodes is one edit of the recipe; doing it again lets them learn, whatever said that they do not."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.project.edits import apply
from nnstudio.project.freezing import toggled
from nnstudio.project.graph import Node
from nnstudio.project.project import Project, Recipe, Rule
from nnstudio.project.rules import effective

NODES = [Node(id, "torch.linear") for id in ("fc1", "fc2", "conv1")]


def frozen(project: Project) -> list[bool]:
    return [effective(project.recipe, node).frozen for node in NODES]


def test_frozen_and_back_leaves_no_rule() -> None:
    once = apply(Project(), toggled(Project(), NODES))
    assert [rule.match for rule in once.recipe.rules] == ["#fc1", "#fc2", "#conv1"]
    assert frozen(once) == [True] * 3
    again = apply(once, toggled(once, NODES))
    assert again == Project()


def test_some_frozen_freezes_the_rest_and_keeps_what_else_a_rule_says() -> None:
    project = Project(recipe=Recipe(rules=(Rule("#fc1", frozen=True, lr_factor=0.1),)))
    after = apply(project, toggled(project, NODES))
    assert frozen(after) == [True] * 3
    back = apply(after, toggled(after, NODES))
    assert frozen(back) == [False] * 3
    assert back.recipe.rules == (Rule("#fc1", lr_factor=0.1),)


def test_what_a_pattern_freezes_learns_again_by_a_rule_of_its_own() -> None:
    project = Project(recipe=Recipe(rules=(Rule("fc*", frozen=True),)))
    after = apply(project, toggled(project, NODES[:2]))
    assert frozen(after) == [False, False, False]
    assert after.recipe.rules == (Rule("fc*", frozen=True), Rule("#fc1", frozen=False), Rule("#fc2", frozen=False))


matches = st.sampled_from(["#fc1", "#fc2", "fc*", "*", "type:torch.*"])
rules = st.builds(Rule, matches, st.booleans(), frozen=st.none() | st.booleans(), lr_factor=st.none() | st.just(0.5))


@given(st.lists(rules, max_size=5).map(tuple))
@settings(max_examples=40, deadline=None)
def test_whatever_the_rules_say_it_goes_the_other_way_and_touches_nothing_else(said: tuple[Rule, ...]) -> None:
    project = Project(recipe=Recipe(rules=said))
    before = frozen(project)[:2]
    after = apply(project, toggled(project, NODES[:2]))
    assert frozen(after)[:2] == [not all(before)] * 2
    assert frozen(after)[2] == frozen(project)[2]
    unsaid = [replace(rule, frozen=None) for rule in after.recipe.rules if rule.lr_factor is not None]
    assert unsaid == [replace(rule, frozen=None) for rule in said if rule.lr_factor is not None]
