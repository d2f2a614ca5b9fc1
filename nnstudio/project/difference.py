"""Two recipes compared in words: entries added, removed, changed and moved, with their values. No torch, no Qt."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any, cast

from nnstudio.project.node_at import called
from nnstudio.project.project import Entry, Project, Recipe, Rule
from nnstudio.project.recipe_entries import RULES, SEVERAL, SINGLE, words
from nnstudio.project.rules import SETTINGS
from nnstudio.registry import Registry

ABSENT = ""
"""`before` of what was added, `after` of what was removed."""

PLAIN = {"lr_factor": "learning-rate factor", "reshuffle": "reshuffle each epoch", "warmup_steps": "warm-up steps"}


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same. place: where in the recipe, in words ("optimizer lr"); before, after: in words."""

    place: str
    before: str
    after: str

    def __str__(self) -> str:
        if self.before == ABSENT:
            return f"{self.place}: added {self.after}"
        return (
            f"{self.place}: {self.before} removed"
            if self.after == ABSENT
            else f"{self.place}: {self.before} → {self.after}"
        )


def recipes(
    before: Recipe, after: Recipe, registry: Registry, projects: Sequence[Project] = ()
) -> tuple[Difference, ...]:
    """All that differs, in the order of the recipe. Parameters that are the default in both are not listed.

    projects: in which the nodes are that rules mean; these are called by their names.
    """
    found: list[Difference] = []
    for item in fields(Recipe):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if old == new:
            continue
        if item.name in SINGLE:
            found += _single(item.name, old, new, registry)
        elif item.name in SEVERAL:
            found += _several(words(item.name), SEVERAL[item.name], old, new, registry)
        elif item.name == RULES:
            found += _rules(old, new, registry, projects)
        else:
            found.append(Difference(PLAIN.get(item.name, item.name.replace("_", " ")), shown(old), shown(new)))
    return tuple(found)


def _single(field: str, old: Entry, new: Entry, registry: Registry) -> Iterator[Difference]:
    kind, place = SINGLE[field], words(field)
    if old.type != new.type:
        yield Difference(place, entry_words(old, kind, registry), entry_words(new, kind, registry))
    else:
        yield from _changed(place, kind, old, new, registry)


def _several(
    place: str, kind: str, old: Sequence[Entry], new: Sequence[Entry], registry: Registry
) -> Iterator[Difference]:
    """Entries of one type are taken for the same entry, changed; another order of the same types is told as such."""
    old_types, new_types = [entry.type for entry in old], [entry.type for entry in new]
    if old_types != new_types and sorted(old_types) == sorted(new_types):
        yield Difference(
            f"order of {place}s",
            *(", ".join(title(id, kind, registry) for id in ids) for ids in (old_types, new_types)),
        )
        old = [old[index] for index in sorted(range(len(old)), key=lambda index: old_types[index])]
        new = [new[index] for index in sorted(range(len(new)), key=lambda index: new_types[index])]
        old_types, new_types = sorted(old_types), sorted(new_types)
    for step, a, b, c, d in SequenceMatcher(None, old_types, new_types, autojunk=False).get_opcodes():
        if step == "equal":
            for before, after in zip(old[a:b], new[c:d], strict=True):
                yield from _changed(f"{place} {title(before.type, kind, registry)}", kind, before, after, registry)
            continue
        for entry in old[a:b]:
            yield Difference(place, entry_words(entry, kind, registry), ABSENT)
        for entry in new[c:d]:
            yield Difference(place, ABSENT, entry_words(entry, kind, registry))


def _changed(place: str, kind: str, old: Entry, new: Entry, registry: Registry) -> Iterator[Difference]:
    """Two entries of one type: their parameters, and whether they are used."""
    defaults = _defaults(kind, old.type, registry)
    for name in dict.fromkeys((*defaults, *old.params, *new.params)):
        values = [entry.params.get(name, defaults.get(name)) for entry in (old, new)]
        if shown(values[0]) != shown(values[1]):
            yield Difference(f"{place} {name}", shown(values[0]), shown(values[1]))
    if old.enabled != new.enabled:
        yield Difference(place, *("on" if entry.enabled else "off" for entry in (old, new)))


def _rules(
    old: Sequence[Rule], new: Sequence[Rule], registry: Registry, projects: Sequence[Project]
) -> Iterator[Difference]:
    """Rules are known by what they match, the first of that match with the first, the second with the second."""
    olds, news = _numbered(old), _numbered(new)
    for key in dict.fromkeys((*olds, *news)):
        before, after = olds.get(key), news.get(key)
        place = f"rule for {_meant(key[0], projects)}"
        if before is None or after is None:
            texts = (rule_words(rule, registry) if rule else ABSENT for rule in (before, after))
            yield Difference(place, *texts)
            continue
        for name in SETTINGS:
            values = [getattr(rule, name) for rule in (before, after)]
            if values[0] != values[1]:
                yield Difference(
                    f"{place} {name.replace('_', ' ')}", *(_said(name, value, registry) for value in values)
                )
        if before.enabled != after.enabled:
            yield Difference(place, *("on" if rule.enabled else "off" for rule in (before, after)))
    both = [[key for key in side if key in olds and key in news] for side in (olds, news)]
    if both[0] != both[1]:
        yield Difference("order of rules", *(", ".join(_meant(key[0], projects) for key in side) for side in both))


def _meant(match: str, projects: Iterable[Project]) -> str:
    """`memory/gate` for "#lstm_cell1/fc1"; a pattern, and what is nowhere, as it is written."""
    if match.startswith("#"):
        return next(filter(None, (called(project, match[1:]) for project in projects)), match)
    return match


def _numbered(rules: Sequence[Rule]) -> dict[tuple[str, int], Rule]:
    found: dict[tuple[str, int], Rule] = {}
    for rule in rules:
        found[rule.match, sum(match == rule.match for match, _ in found)] = rule
    return found


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def title(id: str, kind: str, registry: Registry) -> str:
    spec = registry.get(kind, id)
    return spec.title if spec is not None else id or "none"


def entry_words(entry: Entry, kind: str, registry: Registry) -> str:
    """`L2 (strength 1e-4)`, `Adam (lr 0.002), off`."""
    values = ", ".join(f"{name} {shown(value)}" for name, value in entry.params.items())
    text = title(entry.type, kind, registry) + (f" ({values})" if values else "")
    return text if entry.enabled or not entry.type else f"{text}, off"


def rule_words(rule: Rule, registry: Registry) -> str:
    said = [
        f"{name.replace('_', ' ')} {_said(name, value, registry)}"
        for name in SETTINGS
        if (value := getattr(rule, name)) is not None
    ]
    return ", ".join(said) or "nothing"


def _said(name: str, value: Any, registry: Registry) -> str:
    """A rule's setting, in words."""
    if value is None:
        return "as the recipe"
    if name in SINGLE:
        return entry_words(value, SINGLE[name], registry)
    if name in SEVERAL:
        return ", ".join(entry_words(entry, SEVERAL[name], registry) for entry in value) or "none"
    return shown(value)


def shown(value: Any) -> str:
    """`1e-4`, `yes`, `3 × 5`, `none`: equal values look equal, whether they come from a file or a default."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}".replace("e-0", "e-")
    if isinstance(value, list | tuple):
        return " × ".join(shown(item) for item in cast(Sequence[Any], value)) or "none"
    return str(value)


def _defaults(kind: str, id: str, registry: Registry) -> Mapping[str, Any]:
    spec = registry.get(kind, id)
    if spec is None:
        return {}
    return {name: field.get_default() for name, field in spec.params.model_fields.items() if not field.is_required()}
