"""Find plugins, check them, register what they bring. One that fails is listed with its reason and takes nothing else down."""

import importlib
import importlib.metadata
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pluggy

from nnstudio import hookspecs
from nnstudio.params import Params, form_fields
from nnstudio.registry import Registry
from nnstudio.specs import CATEGORIES, ExampleSpec, LayerSpec

NNSTUDIO_API = (1, 0)
"""(major, minor). A plugin says what it needs by `NNSTUDIO_API = (1, 0)` in its module: same major, minor no newer than ours."""

BUNDLED = (
    "nnstudio_layers",
    "nnstudio_normalization",
    "nnstudio_regularization",
    "nnstudio_losses",
    "nnstudio_optimizers",
    "nnstudio_schedules",
    "nnstudio_initializers",
    "nnstudio_augmentation",
    "nnstudio_training",
    "nnstudio_metrics",
    "nnstudio_datasets",
    "nnstudio_views",
    "nnstudio_gallery",
)

EDGES = frozenset({"nnstudio.input", "nnstudio.block_input", "nnstudio.block_output"})
"""Layers without code of their own: where values enter and leave a network or a block."""


class State(StrEnum):
    LOADED = "loaded"
    DISABLED = "disabled"
    INCOMPATIBLE = "incompatible"
    FAILED = "failed"


@dataclass(frozen=True)
class PluginInfo:
    """One plugin: where it is from, its state and the reason, what it brought ({kind: ids})."""

    name: str
    origin: str  # bundled · installed · folder
    state: State
    reason: str = ""
    traceback: str = ""
    version: str = ""
    location: str = ""
    brought: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True)
class Plugins:
    """The outcome of loading: what can be used, and what became of each plugin."""

    registry: Registry
    infos: tuple[PluginInfo, ...]


class _Refused(Exception):
    """A plugin's own fault, said in one sentence."""


@dataclass(frozen=True)
class _Found:
    name: str
    origin: str
    load: Any  # () -> module
    version: str = ""
    location: str = ""


def user_folder() -> Path:
    """Where a person's own plugins lie: any `*.py` file or package in it is one."""
    import platformdirs

    return Path(platformdirs.user_data_dir("nnstudio")) / "plugins"


def load(
    *,
    folders: Sequence[Path] = (),
    safe_mode: bool = False,
    disabled: Iterable[str] = (),
    bundled: Sequence[str] = BUNDLED,
) -> Plugins:
    """All plugins: bundled, then installed (entry points of group "nnstudio.plugins"), the user's folder, `folders`.

    safe_mode: bundled ones only. disabled: names not to load.
    """
    off = set(disabled)
    specs: dict[str, dict[str, Any]] = {kind: {} for kind, _ in hookspecs.HOOKS.values()}
    origins: dict[tuple[str, str], str] = {}
    infos: list[PluginInfo] = []
    for found in _find(folders, safe_mode, bundled):
        info = PluginInfo(found.name, found.origin, State.LOADED, version=found.version, location=found.location)
        if found.name in off:
            infos.append(replace(info, state=State.DISABLED, reason="switched off in the settings"))
            continue
        infos.append(_register(info, found, specs, origins))
    return Plugins(Registry(specs, origins), tuple(infos))


def _register(
    info: PluginInfo, found: _Found, specs: dict[str, dict[str, Any]], origins: dict[tuple[str, str], str]
) -> PluginInfo:
    """Import one plugin and take over what it brings: all of it or nothing."""
    try:
        module = found.load()
        wanted: tuple[int, int] = getattr(module, "NNSTUDIO_API", NNSTUDIO_API)
        if not _is_version(wanted):
            raise _Refused(f"has NNSTUDIO_API = {wanted!r}; two numbers are expected: NNSTUDIO_API = {NNSTUDIO_API}.")
        if wanted[0] != NNSTUDIO_API[0] or wanted > NNSTUDIO_API:
            mine, its = (".".join(map(str, version)) for version in (NNSTUDIO_API, wanted))
            reason = f"wants plugin API {its}; this NNStudio has {mine}. Update {'NNStudio' if wanted > NNSTUDIO_API else 'the plugin'}."
            return replace(info, state=State.INCOMPATIBLE, reason=reason)
        brought = _collect(module, found.name, specs, origins)
    except _Refused as refusal:
        return replace(info, state=State.FAILED, reason=str(refusal))
    except BaseException as error:  # a stranger's code: even SystemExit must not take the studio down
        if isinstance(error, KeyboardInterrupt):
            raise
        return replace(
            info, state=State.FAILED, reason=f"{type(error).__name__}: {error}", traceback=traceback.format_exc()
        )
    for kind, items in brought.items():
        for item in items:
            specs[kind][item.id] = item
            origins[kind, item.id] = found.name
    reason = ""
    if not brought:
        reason = "brings nothing: are its functions marked with @hookimpl, and named after the hooks?"
        if found.origin == "folder":
            reason += f" If it is a part of another plugin, call it '_{found.name}.py'."
    ids = {kind: tuple(item.id for item in items) for kind, items in brought.items()}
    return replace(info, brought=ids, reason=reason)


def _is_version(value: object) -> bool:
    return isinstance(value, tuple) and [type(part) for part in cast("tuple[object, ...]", value)] == [int, int]


def _collect(
    module: ModuleType, name: str, specs: dict[str, dict[str, Any]], origins: dict[tuple[str, str], str]
) -> dict[str, list[Any]]:
    manager = pluggy.PluginManager("nnstudio")
    manager.add_hookspecs(hookspecs)
    manager.register(module, name)
    _refuse_misspelt(module, manager, name)
    brought: dict[str, list[Any]] = {}
    for hook, (kind, wanted) in hookspecs.HOOKS.items():
        for results in getattr(manager.hook, hook)():
            for item in results or ():
                if not isinstance(item, wanted):
                    raise _Refused(f"{hook} returned {item!r}; a list of {wanted.__name__} is expected.")
                mine = brought.setdefault(kind, [])
                item = _checked(item, module)
                if item.id in specs[kind]:
                    raise _Refused(
                        f"declares the {kind} '{item.id}', which '{origins[kind, item.id]}' has already. Give it another id."
                    )
                if any(other.id == item.id for other in mine):
                    raise _Refused(f"declares the {kind} '{item.id}' twice.")
                mine.append(item)
    return brought


def _checked(item: Any, module: ModuleType) -> Any:
    """`item`, made sure that whoever looks through the registry later does not stumble over it."""
    if not isinstance(item.id, str) or not all(item.id.partition(".")):
        raise _Refused(f"declares the id {item.id!r}; ids are written 'package.name'.")
    params = getattr(item, "params", Params)
    if not (isinstance(params, type) and issubclass(params, Params)):
        raise _Refused(f"'{item.id}' has the params {params!r}; a class derived from nnstudio.api.Params is expected.")
    form_fields(params)
    if isinstance(item, LayerSpec):
        if item.category not in CATEGORIES:
            raise _Refused(f"layer '{item.id}' has the category '{item.category}'; there are {', '.join(CATEGORIES)}.")
        if not (item.module or item.call) and item.id not in EDGES:
            raise _Refused(f"layer '{item.id}' has neither `module` nor `call`.")
    if isinstance(item, ExampleSpec) and not item.package:
        return replace(item, package=module.__name__)
    return item


def _refuse_misspelt(module: ModuleType, manager: pluggy.PluginManager, name: str) -> None:
    """A hook that nobody calls is a misspelt one: say so, instead of silence."""
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        known = ", ".join(hookspecs.HOOKS)
        raise _Refused(f"implements a hook that does not exist ({error}). Known hooks: {known}.") from None


def _find(folders: Sequence[Path], safe_mode: bool, bundled: Sequence[str]) -> Iterable[_Found]:
    for name in bundled:
        yield _Found(name, "bundled", lambda name=name: importlib.import_module(name))
    if safe_mode:
        return
    for entry in importlib.metadata.entry_points(group="nnstudio.plugins"):
        dist = entry.dist
        yield _Found(entry.name, "installed", entry.load, dist.version if dist else "", dist.name if dist else "")
    for folder in (user_folder(), *folders):
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            is_module = path.suffix == ".py" and path.stem != "__init__"
            if not path.name.startswith((".", "_")) and (is_module or (path / "__init__.py").is_file()):
                yield _Found(path.stem, "folder", lambda path=path: _import_file(path), location=str(path))


def _import_file(path: Path) -> ModuleType:
    """A module or package by its path. Its folder goes onto sys.path's end, so that "name.modules:Class" is found, in the engine too."""
    folder = str(path.parent)
    _on_path.add(folder)
    if folder not in sys.path:
        sys.path.append(folder)
    file = path / "__init__.py" if path.is_dir() else path
    _refuse_taken_name(path.stem, file)
    spec = importlib.util.spec_from_file_location(path.stem, file)
    if spec is None or spec.loader is None:
        raise _Refused(f"{path} is no Python module.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _refuse_taken_name(name: str, file: Path) -> None:
    """A plugin called `random.py` would stand in for Python's own module wherever that is imported."""
    taken = importlib.util.find_spec(name)
    if taken is None or taken.origin is None:
        return
    origin = Path(taken.origin)  # or "built-in", or "frozen"
    if not (origin.exists() and origin.samefile(file)):
        raise _Refused(f"is called '{name}', as another module is ({taken.origin}). Rename the plugin.")


_on_path: set[str] = set()
"""The plugins folders that `_import_file` put onto sys.path."""


def source_in_folder(module: str) -> Path | None:
    """The file or package that `module` is of, where it lies in a plugins folder; else None."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin)
    source = file.parent if file.name == "__init__.py" else file
    return source if str(source.parent) in _on_path else None


def resolve(target: str) -> Any:
    """The object that "package.module:Name" names. Raises ImportError or AttributeError, naming it."""
    module_name, _, name = target.partition(":")
    value: Any = importlib.import_module(module_name)
    for part in name.split("."):
        value = getattr(value, part)
    return value
