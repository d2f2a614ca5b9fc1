"""Set an entry, a list of entries or the rules of a recipe by what stands behind their field in a dotted name.

"enabled" · "lr" (a parameter) · "0.strength", "l2.strength" (of a list: by place, or by the plugin's id or its last part) ·
"fc*.lr_factor", "#conv1.frozen", "0.regularizers.0.strength" (of the rules: by what they match, or by place).
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from nnstudio.finding import did_you_mean, find_id
from nnstudio.params import FormField, coerce, form_fields, validate
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import NOTHING, Entry, Rule
from nnstudio.project.rules import SETTINGS
from nnstudio.project.safe_json import is_list, is_table
from nnstudio.registry import Registry

Item = TypeVar("Item", Entry, Rule)

IN_RULES = {"initializer": "initializer", "regularizers": "regularizer", "constraints": "constraint", "noise": "noise"}
"""The settings of a rule that name plugins → their kind."""


def entry(registry: Registry, kind: str, name: str, params: Mapping[str, Any], *, place: str = "model") -> Entry:
    """The plugin that `name` names, with `params`; both are checked. Raises NNStudioError."""
    spec = registry.get(kind, find_id(registry, kind, name, place=place))
    assert spec is not None
    values = {key: read(spec.params, key, value) for key, value in params.items()}
    validated(spec.params, values, spec.title, place)
    return Entry(spec.id, values)


def entry_at(old: Entry, registry: Registry, kind: str, rest: str, value: Any, place: str) -> Entry:
    """`old` with what `rest` names ("" is all of it) set to `value`."""
    if not rest:
        return _whole_entry(registry, kind, value, place)
    if rest == "enabled":
        return replace(old, enabled=plain(f"{kind}.enabled", True, value, place))
    if not old.type:
        message = f"No {kind.replace('_', ' ')} is chosen, so it has no '{rest}'."
        raise NNStudioError(Problem("setting.unknown", message, remedy="Choose one first.", param=rest, place=place))
    return replace(old, params=entry(registry, kind, old.type, {**old.params, rest: value}, place=place).params)


def _whole_entry(registry: Registry, kind: str, value: Any, place: str) -> Entry:
    if is_table(value):
        value = Entry(str(value.get("type", "")), value.get("params") or {}, value.get("enabled", True) is True)
    given = value if isinstance(value, Entry) else Entry("" if value is None else str(value))
    if given.type in {"", "none"} and kind in {"average", "batch_schedule"}:
        return NOTHING
    found = entry(registry, kind, given.type, given.params, place=place)
    return replace(found, enabled=given.enabled)


def entries_at(
    old: tuple[Entry, ...], registry: Registry, kind: str, rest: str, value: Any, place: str
) -> tuple[Entry, ...]:
    """`old` with all of it (`rest` is ""), or one entry or a parameter of it, set to `value`."""
    if not rest:
        items: Sequence[Any] = (
            [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
        )
        return tuple(_whole_entry(registry, kind, item, place) for item in items)
    index, inner = _which_entry(old, rest, kind, place)
    return _put(old, index, entry_at(old[index], registry, kind, inner, value, place))


def _which_entry(entries: Sequence[Entry], rest: str, kind: str, place: str) -> tuple[int, str]:
    """(the place of the entry that `rest` begins with, what comes behind it)"""
    for index, item in enumerate(entries):
        for name in (item.type, item.type.rpartition(".")[2]):
            if rest == name or rest.startswith(f"{name}."):
                return index, rest[len(name) + 1 :]
    which, _, inner = rest.partition(".")
    return _index(entries, which, f"{kind.replace('_', ' ')} entries", place), inner


def rules_at(old: tuple[Rule, ...], registry: Registry, rest: str, value: Any, place: str) -> tuple[Rule, ...]:
    """`old` with all of it (a list of rules), or a setting of one rule, set to `value`; a rule that is not there yet is made."""
    if not rest:
        given = value if is_list(value) else [value]
        return tuple(_whole_rule(registry, item, place) for item in given)
    which, name, inner = _rule_path(rest, place)
    if not which.isdecimal():
        found = next((index for index, rule in enumerate(old) if rule.match == which), None)
        if found is None:
            old, found = (*old, Rule(which)), len(old)
        which = str(found)
    index = _index(old, which, "rules", place)
    return _put(old, index, _rule_with(old[index], registry, name, inner, value, place))


def _rule_path(rest: str, place: str) -> tuple[str, str, str]:
    """(which rule, which of its settings, what comes behind it)"""
    parts = rest.split(".")
    known = {*SETTINGS, "match", "enabled"}
    at = next((place for place, part in enumerate(parts) if place and part in known), None)
    if at is None:
        message = f"'{rest}' names nothing that a rule can say."
        remedy = f"Write what it matches and one of {', '.join(SETTINGS)}: recipe.rules.fc*.lr_factor."
        raise NNStudioError(Problem("setting.unknown", message, remedy=remedy, param="rules", place=place))
    return ".".join(parts[:at]), parts[at], ".".join(parts[at + 1 :])


def _rule_with(rule: Rule, registry: Registry, name: str, inner: str, value: Any, place: str) -> Rule:
    if not inner and (value is None or value == "none"):
        return replace(rule, **{name: None}) if name in SETTINGS else rule
    kind = IN_RULES.get(name)
    if name == "initializer":
        return replace(
            rule, initializer=entry_at(rule.initializer or NOTHING, registry, "initializer", inner, value, place)
        )
    if kind is not None:
        return replace(rule, **{name: entries_at(getattr(rule, name) or (), registry, kind, inner, value, place)})
    default: Any = {"match": "", "enabled": True, "frozen": False}.get(name, 0.0)
    return replace(rule, **{name: plain(f"rules.{name}", default, value, place)})


def _whole_rule(registry: Registry, value: Any, place: str) -> Rule:
    if isinstance(value, Rule):
        value = {item.name: getattr(value, item.name) for item in fields(value)}
    if not is_table(value) or not isinstance(value.get("match"), str):
        message = f"{value!r:.60} is no rule."
        raise NNStudioError(
            Problem("setting.invalid", message, remedy="Give match and what it says.", param="rules", place=place)
        )
    rule = Rule(str(value["match"]))
    for name, said in value.items():
        if said is not None and name != "match":
            rule = _rule_with(rule, registry, name, "", said, place)
    return rule


def _index(items: Sequence[Any], which: str, words: str, place: str) -> int:
    if which.isdecimal() and int(which) < len(items):
        return int(which)
    there = ", ".join(getattr(item, "type", "") or getattr(item, "match", "") for item in items) or "none"
    message = f"There is no '{which}' among the {words}."
    raise NNStudioError(Problem("setting.unknown", message, remedy=f"There are: {there}.", place=place))


def _put(items: tuple[Item, ...], index: int, item: Item) -> tuple[Item, ...]:
    return (*items[:index], item, *items[index + 1 :])


# ── what they are ─────────────────────────────────────────────────────────────────────────────────────────────────────


def value_in(old: Any, registry: Registry, kind: str, rest: str, place: str) -> Any:
    """What `rest` names in an entry, a list of them or the rules; None for what was never said. Raises NNStudioError."""
    if not rest:
        return old
    if isinstance(old, Entry):
        return old.enabled if rest == "enabled" else value_of_param(registry.get(kind, old.type), old.params, rest)
    if kind != "rule":
        index, inner = _which_entry(old or (), rest, kind, place)
        return value_in(old[index], registry, kind, inner, place)
    which, name, inner = _rule_path(rest, place)
    rules = [rule for rule in old if rule.match == which]
    rule: Rule | None = next(iter(rules), None)
    if which.isdecimal():
        rule = old[_index(old, which, "rules", place)]
    return None if rule is None else value_in(getattr(rule, name), registry, IN_RULES.get(name, ""), inner, place)


def value_of_param(spec: Any, given: Mapping[str, Any], name: str) -> Any:
    """A parameter as it was set, else its default."""
    field = spec.params.model_fields.get(name) if spec is not None else None
    return given.get(name, field.default if field is not None else None)


# ── single values ─────────────────────────────────────────────────────────────────────────────────────────────────────


def plain(name: str, default: Any, value: Any, place: str) -> Any:
    """`value` as the sort of thing that `default` is; its range is `check`'s to judge."""
    kind = {"bool": "bool", "int": "int", "float": "float"}.get(type(default).__name__, "text")
    given = coerce(FormField(name, kind, default), value) if isinstance(value, str) else value
    if kind == "float" and type(given) is int:
        given = float(given)
    if type(given) is not type(default):
        wanted = {"bool": "true or false", "int": "a whole number", "float": "a number", "text": "a text"}[kind]
        message = f"{place}.{name} cannot be {value!r}."
        param = name.rpartition(".")[2]
        raise NNStudioError(Problem("setting.invalid", message, remedy=f"Give {wanted}.", param=param, place=place))
    return given


def read(params: Any, name: str, value: Any) -> Any:
    """A parameter's text as its kind; anything else, and a name that is none, as it is: validation judges.

    A path is meant from where one is, but the project may be opened from elsewhere: it is kept whole.
    """
    field = next((field for field in form_fields(params) if field.name == name), None)
    if field is not None and field.kind in {"file", "folder"} and isinstance(value, (str, Path)) and str(value):
        return str(Path(value).expanduser().absolute())
    if field is not None and isinstance(value, str):
        value = coerce(field, value)
    return _listed(value)


def _listed(value: Any) -> Any:
    """Tuples as lists, as a file would bring them."""
    if not isinstance(value, tuple | list):
        return value
    return [_listed(item) for item in cast("tuple[Any, ...] | list[Any]", value)]


def validated(params: Any, values: Mapping[str, Any], owner: str, place: str, node: str | None = None) -> None:
    problems = validate(params, values, owner=owner, node=node, place=place)[1]
    if problems:
        raise NNStudioError(*problems)


def unknown(place: str, name: str, known: Sequence[str]) -> NNStudioError:
    message = f"{place} has no '{name}'."
    return NNStudioError(Problem("setting.unknown", message, remedy=did_you_mean(name, known), place=place))
