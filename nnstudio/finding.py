"""Which one did they mean? Short ids ("conv2d" for "torch.conv2d"), and near names where there is none."""

import difflib
from collections.abc import Iterable
from typing import Any

from nnstudio.problems import NNStudioError, Problem
from nnstudio.registry import Registry

NEAR = 4


def find_id(registry: Registry, kind: str, name: str, *, place: str = "model") -> str:
    """The id of the spec of `kind` that `name` names: its id, its id's last part, its title or an alias, in any case.

    Raises NNStudioError where there is none or more than one, listing those that come near.
    """
    specs = registry.of(kind)
    if name in specs:
        return name
    wanted = name.casefold()
    for names in (_last_part, _titles, _aliases):
        found = [id for id, spec in specs.items() if wanted in names(spec)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NNStudioError(_ambiguous(kind, name, found, place))
    short = {_short(id): id for id in specs}
    known = [short[match] for match in near(name, short)] or near(name, specs) or sorted(specs)[:NEAR]
    remedy = f"Near it: {', '.join(known)}." if known else ""
    raise NNStudioError(Problem(f"{kind}.unknown", f"There is no {kind} '{name}'.", remedy=remedy, place=place))


def near(name: str, known: Iterable[str]) -> list[str]:
    """Those of `known` that `name` may be a slip of, the nearest first."""
    return difflib.get_close_matches(name, list(known), n=NEAR, cutoff=0.6)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'epochs'?`, or all that is known where nothing comes near."""
    known = list(known)
    close = near(name, known)
    return f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(known) or 'none'}."


def _ambiguous(kind: str, name: str, found: Iterable[str], place: str) -> Problem:
    message = f"'{name}' names more than one {kind}."
    return Problem(f"{kind}.ambiguous", message, remedy=f"Write one of {', '.join(sorted(found))}.", place=place)


def _short(id: str) -> str:
    return id.rpartition(".")[2]


def _last_part(spec: Any) -> set[str]:
    return {_short(spec.id).casefold()}


def _titles(spec: Any) -> set[str]:
    return {spec.title.casefold()}


def _aliases(spec: Any) -> set[str]:
    return {alias.casefold() for alias in getattr(spec, "aliases", ())}
