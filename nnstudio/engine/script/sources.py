"""What plugins bring, written into the script: a function or class with all that it uses of its own module, each once."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nnstudio.engine import expression, naming
from nnstudio.engine.script.text import differing
from nnstudio.plugins import BUNDLED, resolve

_SHORT = {"torch.optim": "torch.optim", "torch.nn.init": "nn.init"}
_CHECKER_NOTES = re.compile(r"[ \t]*# (type: ignore|pyright:|noqa).*$", re.MULTILINE)


@dataclass(frozen=True)
class Call:
    """A function of the script, and what it is called with behind the values."""

    name: str
    arguments: str = ""

    def __call__(self, *values: str) -> str:
        return f"{self.name}({', '.join(values)}{self.arguments})" if values else f"{self.name}({self.arguments[2:]})"


@dataclass
class Sources:
    """taken: names that the script has already; imports: lines that the pasted texts need."""

    taken: set[str]
    imports: set[str]
    texts: list[str] = field(default_factory=list[str])
    _known: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def call(self, target: str, params: Mapping[str, Any]) -> Call:
        """The function or class that `target` names, written into the script, to be called with `params`."""
        name = self.reach(target) if target.partition(".")[0].partition(":")[0] == "torch" else self.add(target)
        return Call(name, differing(target, params))

    def add(self, target: str, name: str = "") -> str:
        """Write what `target` names into the script; gives the name it has there (`name`, where that is given)."""
        thing = resolve(target)
        return self._take(str(thing.__module__), str(thing.__qualname__), name)

    def reach(self, target: str) -> str:
        """The name in the script of "package.module:Name": torch's own as it is, ours written in, all else imported."""
        module = target.partition(":")[0]
        if is_bundled(module):
            return self.add(target)
        if module in _SHORT:
            return f"{_SHORT[module]}.{target.partition(':')[2]}"
        line, name = expression.import_of(target)
        if line:
            self.imports.add(line)
        return name

    def _take(self, module: str, name: str, wanted: str = "") -> str:
        if (module, name) in self._known:
            return self._known[module, name]
        free = wanted or naming.unique({"": name}, self.taken)[""]
        self.taken.add(free)
        self._known[module, name] = free
        parts = _parts(module)
        definition = parts.definitions.get(name)
        if definition is None:  # made inside a function: it is taken as it stands
            self.texts.append(inspect.cleandoc(inspect.getsource(resolve(f"{module}:{name}"))))
            return free
        renamed: dict[str, str] = {name: free}
        for used in sorted(_used(definition) - {name}):
            if used in parts.definitions:
                renamed[used] = self._take(module, used)
            elif used in parts.imports:
                other, original, line = parts.imports[used]
                if original and is_bundled(other):
                    renamed[used] = self._take(other, original)
                else:
                    self.imports.add(line)
        self.texts.append(_CHECKER_NOTES.sub("", _renamed(parts.lines, definition, renamed)))
        return free


def is_bundled(module: str) -> bool:
    """Does the module come with the studio? Then who runs the script may not have it."""
    return module.partition(".")[0] in BUNDLED


def _used(definition: ast.stmt) -> set[str]:
    """The names that a definition reads and does not bind itself: arguments and variables may be called as something of the module is."""
    names = [node for node in ast.walk(definition) if isinstance(node, ast.Name)]
    bound = {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)}
    if isinstance(definition, ast.FunctionDef | ast.ClassDef):
        bound |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return {node.id for node in names} - bound


@dataclass(frozen=True)
class _Parts:
    """A module, taken apart. imports: name → (module, name there, "" for a whole module; the line that imports it)."""

    lines: list[str]
    definitions: Mapping[str, ast.stmt]
    imports: Mapping[str, tuple[str, str, str]]


@lru_cache(maxsize=64)
def _parts(module: str) -> _Parts:
    text = inspect.getsource(importlib.import_module(module))
    definitions: dict[str, ast.stmt] = {}
    imports: dict[str, tuple[str, str, str]] = {}
    for statement in ast.parse(text).body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                definitions[name] = statement
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                definitions[name] = statement
            case ast.Import() | ast.ImportFrom():
                imports |= dict(_imported(statement))
            case _:
                pass
    return _Parts(text.splitlines(), definitions, imports)


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, tuple[str, str, str]]]:
    for alias in statement.names:
        name = alias.asname or alias.name.partition(".")[0]
        if isinstance(statement, ast.Import):
            yield name, (alias.name, "", ast.unparse(ast.Import([alias])))
        else:
            source = statement.module or ""
            yield name, (source, alias.name, ast.unparse(ast.ImportFrom(source, [alias], statement.level)))


def _renamed(lines: list[str], definition: ast.stmt, names: Mapping[str, str]) -> str:
    """The text of `definition`, with other names where the script has these already."""
    decorators = getattr(definition, "decorator_list", [])
    first = min([definition.lineno, *(decorator.lineno for decorator in decorators)])
    assert definition.end_lineno is not None
    text = [line.encode() for line in lines[first - 1 : definition.end_lineno]]  # ast counts bytes
    free = _used(definition) if isinstance(definition, ast.FunctionDef | ast.ClassDef) else set(names)
    places = [
        (node.lineno - first, node.col_offset, node.id)
        for node in ast.walk(definition)
        if isinstance(node, ast.Name) and node.id in free and names.get(node.id, node.id) != node.id
    ]
    for row, column, old in sorted(places, reverse=True):
        line = text[row]
        text[row] = line[:column] + names[old].encode() + line[column + len(old.encode()) :]
    if isinstance(definition, ast.FunctionDef | ast.ClassDef):
        head = definition.lineno - first
        text[head] = re.sub(rb"^(def|class) \w+", rb"\1 " + names[definition.name].encode(), text[head])
    return b"\n".join(text).decode()
