"""How a plugin declares parameters: a pydantic model whose fields carry range, unit and help.

From one declaration come the form, the validation, the saved file, the generated code's arguments and the manual.
"""

import math
import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nnstudio.arithmetic import evaluated
from nnstudio.problems import Problem

__all__ = ["Field", "FormField", "Ints", "Params", "Ui", "coerce", "form_fields", "validate"]

Ints = int | tuple[int, ...]
"""One whole number for all axes, or one for each: `3` or `(3, 5)`."""


@dataclass(frozen=True)
class Ui:
    """How a field is shown. Everything is optional: the type, default and range already make a form.

    scale: "linear" or "log" (what a slider, a scrub or a search moves along); unit: shown behind the number;
    symbol: the letter in the formula (η); help: one line below the field (the field's docstring serves as well);
    widget: "" (chosen from the type), "file", "folder", "text"; advanced: folded away until asked for;
    axes: its numbers count axes and are no sizes: `1, 2`, not `1 × 2`;
    refit: changing it changes which data or network there is.
    """

    scale: str = "linear"
    unit: str = ""
    symbol: str = ""
    help: str = ""
    label: str = ""
    widget: str = ""
    axes: bool = False
    advanced: bool = False


class Params(BaseModel):
    """Base of every plugin's parameters. The docstring of the subclass is what the inspector shows:

    first paragraph the sentence; a line that starts with `Formula:` the formula; one with `Source:` the source.
    The docstring under a field is its help. Instances are frozen; unknown names, NaN and infinities are refused.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, defer_build=True
    )


@dataclass(frozen=True)
class FormField:
    """One field of a form, derived from a declaration: all that an editor, the command line or the manual needs."""

    name: str
    kind: str  # int · float · bool · choice · text · ints · floats · points · file · folder
    default: Any
    required: bool = False
    low: float | None = None
    high: float | None = None
    low_open: bool = False  # True: the bound itself is excluded
    high_open: bool = False
    choices: tuple[Any, ...] = ()
    optional: bool = False  # None is allowed
    listed: bool = False  # of several numbers: one alone is a list, too
    ui: Ui = Ui()

    @property
    def label(self) -> str:
        return self.ui.label or self.name

    @property
    def range_text(self) -> str:
        """The allowed values in words: `> 0`, `0 … 1`, `one of zeros, reflect`; no bound that is only there to have one."""
        return self._range(_USUAL)

    @property
    def whole_range_text(self) -> str:
        """All bounds in words: for a value that lies beyond one."""
        return self._range(math.inf)

    def _range(self, largest: float) -> str:
        if self.choices:
            return "one of " + ", ".join(str(choice) for choice in self.choices)
        bounds = (None if bound is None or abs(bound) >= largest else bound for bound in (self.low, self.high))
        low, high = (None if bound is None else _bound(bound) for bound in bounds)
        if low is not None and high is not None and not (self.low_open or self.high_open):
            return f"{low} … {high}"
        parts = [f"{'>' if self.low_open else '≥'} {low}" if low is not None else ""]
        parts.append(f"{'<' if self.high_open else '≤'} {high}" if high is not None else "")
        return " and ".join(part for part in parts if part)


_USUAL = 1e6  # bounds from here on only keep machines from harm


def _bound(value: float) -> str:
    """`−8`, `65 536` with a thin space, `1e12`, `0.5`."""
    if abs(value) < 1e-3 or abs(value) >= 1e9:
        mantissa, _, exponent = f"{value:g}".partition("e")
        text = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    else:
        text = f"{value:,.10g}".replace(",", "\N{THIN SPACE}") if abs(value) >= 1e4 else f"{value:g}"
    return text.replace("-", "−")


def form_fields(params: type[Params]) -> tuple[FormField, ...]:
    """The fields of `params`, in the order they were declared."""
    return tuple(_form_field(name, info) for name, info in params.model_fields.items())


def _form_field(name: str, info: Any) -> FormField:
    ui = next((item for item in info.metadata if isinstance(item, Ui)), Ui())
    if not ui.help and info.description:
        ui = Ui(**{**ui.__dict__, "help": info.description})
    kind, choices, optional = _kind(info.annotation)
    if ui.widget in {"file", "folder"}:
        kind = ui.widget
    bounds: dict[str, Any] = {}
    for item in [*info.metadata, *_limits(info.annotation)]:
        if kind == "points":
            break  # both numbers of a pair have a range of their own
        for attribute, bound, is_open in (
            ("ge", "low", False),
            ("gt", "low", True),
            ("le", "high", False),
            ("lt", "high", True),
        ):
            value = getattr(item, attribute, None)
            if value is not None and bound not in bounds:
                bounds[bound] = float(value)
                bounds[f"{bound}_open"] = is_open
    required = info.is_required()
    default = None if required else info.default
    listed = _origin_or_self(info.annotation) is tuple
    return FormField(name, kind, default, required, choices=choices, optional=optional, listed=listed, ui=ui, **bounds)


def _limits(annotation: Any) -> list[Any]:
    """What bounds the single numbers inside a union or a tuple: of `Size | tuple[Size, ...]`, what bounds `Size`."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        found = [part for item in metadata for part in (getattr(item, "metadata", None) or [item])]
        return found + _limits(inner)
    if get_origin(annotation) in (Union, types.UnionType, tuple):
        return [limit for arm in get_args(annotation) for limit in _limits(arm)]
    return []


def _kind(annotation: Any) -> tuple[str, tuple[Any, ...], bool]:
    """(kind, choices, optional) of a field's annotation."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation), False
    if get_origin(annotation) in (Union, types.UnionType):
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        optional = len(arms) < len(get_args(annotation))
        if len(arms) == 1:
            kind, choices, _ = _kind(arms[0])
            return kind, choices, optional
        if any(_origin_or_self(arm) is tuple for arm in arms):
            inner = {_kind(item)[0] for arm in arms for item in get_args(arm) if item is not Ellipsis}
            return ("floats" if "float" in inner else "ints"), (), optional
        return "text", (), optional
    if _origin_or_self(annotation) is tuple:
        if any(_origin_or_self(item) is tuple for item in get_args(annotation)):
            return "points", (), False
        return ("floats" if float in get_args(annotation) else "ints"), (), False
    if isinstance(annotation, type):
        if issubclass(annotation, bool):
            return "bool", (), False
        if issubclass(annotation, Enum):
            return "choice", tuple(member.value for member in annotation), False
        if issubclass(annotation, int):
            return "int", (), False
        if issubclass(annotation, float):
            return "float", (), False
    return "text", (), False


def _origin_or_self(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _origin_or_self(get_args(annotation)[0])
    return get_origin(annotation) or annotation


def validate(
    params: type[Params], values: Mapping[str, Any], *, owner: str, node: str | None = None, place: str = "model"
) -> tuple[Params | None, tuple[Problem, ...]]:
    """`values` as an instance of `params`, or the problems that forbid it, each naming `owner`, the parameter, the value and the range."""
    try:
        return params.model_validate(dict(values)), ()
    except ValidationError as error:
        fields = {field.name: field for field in form_fields(params)}
        return None, tuple(_problem(item, fields, values, owner, node, place) for item in _one_per_field(error))


def _one_per_field(error: ValidationError) -> list[Any]:
    """A union reports each arm it tried; a person wants one sentence a field."""
    first: dict[Any, Any] = {}
    for item in error.errors(include_url=False):
        known = first.setdefault(item["loc"][:1], item)
        if item["type"] in _REASONED and known["type"] not in _REASONED:  # a declaration's own words say more
            first[item["loc"][:1]] = item
    return list(first.values())


_REASONED = frozenset({"value_error", "assertion_error"})
_BEYOND = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


def _problem(
    item: Any, fields: Mapping[str, FormField], values: Mapping[str, Any], owner: str, node: str | None, place: str
) -> Problem:
    name = str(item["loc"][0]) if item["loc"] else ""
    field = fields.get(name)
    if field is None and name:
        known = ", ".join(fields) or "none"
        return Problem(
            "param.unknown",
            f"{owner} has no parameter '{name}'.",
            remedy=f"Known parameters: {known}.",
            node=node,
            param=name,
            place=place,
        )
    if not name:
        return Problem(
            "param.invalid", f"{owner}: {item['msg'].removeprefix('Value error, ')}.", node=node, place=place
        )
    if item["type"] == "missing":
        return Problem(
            "param.missing",
            f"{owner} needs a value for '{name}'.",
            remedy="Type one.",
            node=node,
            param=name,
            place=place,
        )
    assert field is not None
    shown = _shown(values.get(name))
    expects = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "ints": "whole numbers" if field.listed or field.ui.axes else "whole numbers, one or one for each axis",
        "points": "pairs of numbers, x:y, x:y",
    }
    if item["type"] in _REASONED:
        reason = str(item["msg"].removeprefix("Value error, "))
        remedy = f"{reason[:1].upper()}{reason[1:]}."
    else:
        allowed = field.whole_range_text if item["type"] in _BEYOND else field.range_text
        wanted = f"{expects.get(field.kind, '')} {allowed}".strip() or item["msg"]
        remedy = f"Allowed: {wanted}."
    return Problem("param.invalid", f"{owner}: {name} is {shown}.", remedy=remedy, node=node, param=name, place=place)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def coerce(field: FormField, text: str) -> Any:
    """What a person typed into `field`, as a value: `0.1`, `1e-3`, `28*28`, `3×5`, `3, 5`, `0:1, 1:0.1`, `true`, `none`.

    Text that is no value of the kind comes back unchanged, so that validation can name it.
    """
    stripped = text.strip()
    if field.optional and stripped.lower() in {"", "none", "–", "-"}:
        return None
    match field.kind:
        case "bool":
            return {
                "true": True,
                "yes": True,
                "on": True,
                "1": True,
                "false": False,
                "no": False,
                "off": False,
                "0": False,
            }.get(stripped.lower(), text)
        case "int":
            return _number(stripped, whole=True)
        case "float":
            return _number(stripped, whole=False)
        case "ints" | "floats":
            parts = [
                part
                for part in stripped.strip("()[]").replace("×", ",").replace("x", ",").replace(" ", ",").split(",")
                if part
            ]
            numbers = [_number(part, whole=field.kind == "ints") for part in parts]
            if not numbers or any(isinstance(number, str) for number in numbers):
                return text
            return numbers[0] if len(numbers) == 1 and not field.listed else tuple(numbers)
        case "points":
            pairs = [[_number(number, whole=False) for number in pair.split(":")] for pair in stripped.split(",")]
            good = all(len(pair) == 2 and not any(isinstance(number, str) for number in pair) for pair in pairs)
            return tuple((pair[0], pair[1]) for pair in pairs) if good else text
        case "choice":
            return next((choice for choice in field.choices if str(choice) == stripped), text)
        case _:
            return text


def _number(text: str, *, whole: bool) -> int | float | str:
    try:
        number = float(text.replace(" ", "").replace("\N{THIN SPACE}", "").replace("−", "-"))
    except ValueError:
        worked_out = evaluated(text)
        if worked_out is None:
            return text
        number = worked_out
    if not math.isfinite(number):
        return text
    if whole:
        return int(number) if number.is_integer() else text
    return number


# annotated_types is what pydantic stores bounds as; naming it here keeps the dependency visible.
_ = annotated_types
