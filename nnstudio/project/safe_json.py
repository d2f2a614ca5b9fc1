"""JSON from strangers: refused with a reason and a place where it is broken, hostile or too big; never an exception.

What is read may have been cut off, merged badly, or made to exhaust memory or the stack: limits are checked before a tree
is built.
"""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from nnstudio.problems import Problem

MAX_BYTES = 64 * 2**20
"""The largest file that is read (a project of 200 000 nodes has about 40 MB)."""
MAX_MARKS = 8_000_000
"""The most `{`, `[` and `,` in a text: they bound how many objects reading it can make."""
INDENT = 2  # of the texts we write
MAX_DEPTH = 64
"""How deep objects and lists may stand in one another."""

Path = tuple[Any, ...]
"""(path of the parent, key or index); () is the whole."""


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice: reading goes on, and `faults` names it with its place."""

    key = ""


def is_table(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """A list, or the tuple that will become one."""
    return isinstance(value, list | tuple)


def parse(raw: bytes) -> tuple[Any, tuple[Problem, ...]]:
    """The value that `raw` (UTF-8) holds, or the one problem that forbids reading it."""
    if len(raw) > MAX_BYTES:
        return None, (too_big(),)
    if sum(raw.count(mark) for mark in (b"{", b"[", b",")) > MAX_MARKS:
        return None, (fault("too_big", f"It holds more than {MAX_MARKS} values.", "Divide it into smaller projects."),)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (
            fault("not_text", f"It is not text in UTF-8 (byte {error.start}).", "Is it another kind of file?"),
        )
    try:
        return json.loads(text, object_pairs_hook=_object), ()
    except json.JSONDecodeError as error:
        return None, (_not_json(text, error),)
    except RecursionError:
        return None, (too_deep(()),)
    except ValueError as error:  # a number of more than 4 300 digits
        return None, (fault("not_json", f"It holds a number that cannot be read: {error}.", "Mend that number."),)


def _not_json(text: str, error: json.JSONDecodeError) -> Problem:
    where = f"line {error.lineno}, column {error.colno}"
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>"), error.pos):
        return fault(
            "conflict", f"It holds a merge conflict that was not solved ({where}).", "Keep one of the two sides."
        )
    what = "It ends too early" if error.pos >= len(text.rstrip()) else f"It is not JSON: {error.msg}"
    return fault("not_json", f"{what} ({where}).", "Restore it from a copy, or mend that line.")


def render(value: Any) -> bytes:
    """`value` as text that diffs and merges well: sorted keys, one value a line, a newline at the end.

    Raises ValueError where `value` is nothing that `faults` lets pass.
    """
    text = json.dumps(value, indent=INDENT, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold only escaped
        return (json.dumps(value, indent=INDENT, sort_keys=True, allow_nan=False) + "\n").encode()


def faults(value: Any, depth: int = 0) -> Iterator[Problem]:
    """What no project may hold, wherever it stands: a key twice, NaN, infinities, what JSON cannot hold, too deep nesting.

    depth: how deep `value` itself stands in what it is a part of.
    """
    stack: list[tuple[Path, int, Any]] = [((), depth, value)]
    while stack:
        path, depth, item = stack.pop()
        children: Iterable[tuple[Any, Any]]
        if is_table(item):
            if type(item) is not dict or not _TEXT.issuperset(map(type, item)):
                yield from _repeated(path, item)
            children = item.items()
        elif is_list(item):
            children = enumerate(item)
        else:
            yield from _scalar(path, item)
            continue
        if depth >= MAX_DEPTH:
            yield too_deep(path)
            continue
        for key, child in children:
            if type(child) in _PLAIN or (type(child) is float and math.isfinite(child)):
                continue
            stack.append(((path, key), depth + 1, child))


_PLAIN = {str, int, bool, type(None)}
_TEXT = frozenset({str})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    repeated = _Repeated(table)
    seen: set[str] = set()
    repeated.key = next(key for key, _ in pairs if key in seen or seen.add(key))
    return repeated


def _repeated(path: Path, item: dict[Any, Any]) -> Iterator[Problem]:
    if isinstance(item, _Repeated):
        yield fault("duplicate_key", f"{place(path)} has '{item.key}' twice.", "Keep one of them.")
    for key in item:
        if not isinstance(key, str):
            yield fault("wrong_type", f"{place(path)} has the key {shown(key)}; only text can be one.")


def _scalar(path: Path, item: Any) -> Iterator[Problem]:
    if isinstance(item, float):
        if not math.isfinite(item):
            yield fault(
                "not_finite", f"{place(path)} is {item}; NaN and infinities are no values here.", "Give it a number."
            )
    elif type(item) not in _PLAIN:
        yield fault("wrong_type", f"{place(path)} is {shown(item)}, which JSON cannot hold.")


def place(path: Path) -> str:
    """`graph.nodes[3].position`; "It" for the whole."""
    keys: list[Any] = []
    while path:
        path, key = path
        keys.append(key)
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in reversed(keys))
    return short(text.removeprefix("."), 120) if text else "It"


def shown(value: Any) -> str:
    """`value` for a message: at most 60 characters, however big it is."""
    if is_table(value):
        return f"an object of {len(value)}"
    if is_list(value):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return json.dumps(short(value, 60), ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) and value.bit_length() > 200:
        return "a whole number of more than 60 digits"
    return short(repr(value), 60)


def short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def fault(code: str, message: str, remedy: str = "") -> Problem:
    return Problem(f"file.{code}", message, remedy=remedy, place="file")


def too_big() -> Problem:
    return fault("too_big", f"It is larger than {MAX_BYTES // 2**20} MB.", "Divide it into smaller projects.")


def too_deep(path: Path) -> Problem:
    where = f" at {place(path)}" if path else ""
    return fault(
        "too_deep",
        f"Objects and lists stand more than {MAX_DEPTH} deep in one another{where}.",
        "No project needs that.",
    )
