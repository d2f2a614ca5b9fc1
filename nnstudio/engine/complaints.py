"""What is wrong with a node, in a person's words: who expects what, who gives what, and what to do.

A `Complaint` knows what is wrong but not yet with which node: the same layer fed with the same shapes goes wrong in the same
way wherever it stands, so `inspect` keeps the complaint and asks it for a `Problem` at each place.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudio.data import FieldInfo
from nnstudio.plan import shape_text
from nnstudio.problems import Fix, Problem
from nnstudio.specs import LayerSpec

LARGEST_PARAMETERS = 10**10
LARGEST_OUTPUT = 10**9

_AXES = {
    1: "one number for each sample",
    2: "a vector",
    3: "a sequence (2 axes)",
    4: "an image (3 axes)",
    5: "a volume (4 axes)",
}
_KINDS = {"float": "decimal numbers", "int": "whole numbers", "bool": "yes/no values"}


@dataclass(frozen=True)
class Value:
    """What a wire carries. shape: BATCH first; dtype: "float", "int" or "bool"; giver: in words ("Conv 2d 'conv2'").

    field, info: of the data, where it comes straight from there.
    """

    shape: tuple[int, ...]
    dtype: str
    node: str
    giver: str
    field: str = ""
    info: FieldInfo | None = None

    @property
    def text(self) -> str:
        return shape_text(self.shape)


@dataclass(frozen=True)
class Site:
    """Where something went wrong. me: in words; values: by port, in the order of the spec's; plugin: named in messages where it is a stranger's."""

    node: str
    me: str
    spec: LayerSpec
    params: Any
    values: tuple[tuple[Value, ...], ...]
    known_layers: frozenset[str] = frozenset()
    plugin: str = ""

    @property
    def flat(self) -> list[Value]:
        return [value for values in self.values for value in values]

    @property
    def given(self) -> str:
        """`Conv 2d 'conv2' gives 16×5×5`, for all inputs."""
        return " and ".join(f"{value.giver} gives {value.text}" for value in self.flat) or "nothing is given"

    def problem(self, code: str, message: str, remedy: str = "", **more: Any) -> Problem:
        return Problem(code, message, remedy=remedy, node=self.node, **more)

    def insertion(self, layer: str, title: str, port: str) -> Fix | None:
        """The offer to put `layer` on the wire into `port`; None where no plugin brings it."""
        if layer not in self.known_layers:
            return None
        return Fix(f"Insert {title}", "insert_before", node=self.node, port=port, type=layer)


Complaint = Callable[[Site], Problem]


def wrong_axes(site: Site, index: int, value: Value) -> Problem:
    """The input has a number of axes that the layer cannot take."""
    port, ranks, rank = site.spec.inputs[index], site.spec.ranks, len(value.shape)
    gives = f"{value.giver} gives {value.text}"
    if rank > max(ranks) and 2 in ranks:
        fix = None if port.many else site.insertion("nnstudio.flatten", "Flatten", port.name)
        remedy = "Insert Flatten before it."
        return site.problem("shape.axes", f"{site.me} expects a vector, but {gives}.", remedy, port=port.name, fix=fix)
    wanted = _joined([_AXES.get(allowed, f"{allowed - 1} axes") for allowed in ranks])
    remedy = (
        "Insert Flatten before it, or a pooling layer."
        if rank > max(ranks)
        else "Wire it to an earlier layer, or insert Reshape before it."
    )
    return site.problem("shape.axes", f"{site.me} expects {wanted}, but {gives}.", remedy, port=port.name)


def wrong_dtype(site: Site, index: int, value: Value) -> Problem:
    port, wanted = site.spec.inputs[index], site.spec.dtype
    message = f"{site.me} expects {_KINDS[wanted]}, but {value.giver} gives {_KINDS.get(value.dtype, value.dtype)}."
    if wanted == "float":
        fix = None if port.many else site.insertion("torch.embedding", "Embedding", port.name)
        return site.problem("dtype.mismatch", message, "Insert Embedding before it.", port=port.name, fix=fix)
    remedy = "Wire it to an Input that reads a field of whole numbers (tokens)."
    return site.problem("dtype.mismatch", message, remedy, port=port.name)


def too_large(what: str, count: int, limit: int) -> Complaint:
    """what: "weights" or "values for each sample"."""

    def complain(site: Site) -> Problem:
        message = f"{site.me} would have {big(count)} {what}; the limit is {big(limit)}."
        return site.problem("layer.too_large", message, "Choose smaller sizes.")

    return complain


def uncountable(site: Site) -> Problem:
    """Sizes beyond what torch can count."""
    limits = f"{big(LARGEST_PARAMETERS)} weights and {big(LARGEST_OUTPUT)} values for each sample"
    message = f"{site.me} would be larger than can be counted; the limits are {limits}."
    return site.problem("layer.too_large", message, "Choose smaller sizes.")


def big(number: int) -> str:
    """Thin spaces between thousands: 61 706."""
    return f"{number:,}".replace(",", "\N{THIN SPACE}")


def plugin_failed(where: str, error: BaseException) -> Complaint:
    """A declaration's own code (`arguments`, `infer`) or its module went wrong in a way no input explains."""
    sentence = f"{type(error).__name__}: {first_sentence(error)}"

    def complain(site: Site) -> Problem:
        owner = f"plugin '{site.plugin}'" if site.plugin else f"the layer '{site.spec.id}'"
        message = f"{site.me} failed: {where} of {owner} raised {sentence}."
        return site.problem("plugin.failed", message, "Report it to the plugin's author, or use another layer.")

    return complain


def bad_result(expected: str, got: str) -> Complaint:
    """The layer's code ran, but what it gave back is not what its declaration promises."""

    def complain(site: Site) -> Problem:
        owner = f" (plugin '{site.plugin}')" if site.plugin else ""
        message = f"{site.me}{owner} should give {expected}, but gave {got}."
        return site.problem("plugin.result", message, "Report it to the plugin's author, or use another layer.")

    return complain


def mixes_samples(site: Site) -> Problem:
    message = f"{site.me} does not keep the batch axis in front ({site.given}): samples would be mixed up."
    return site.problem("shape.batch", message, "Its sizes must multiply to those of one sample.")


def first_sentence(error: BaseException) -> str:
    """What an exception says, on one line and not endless."""
    text = " ".join(str(error).split())
    text = text if len(text) <= 300 else text[:299] + "…"
    return text.rstrip(".") or "no message"


# ── torch's sentences, in ours ────────────────────────────────────────────────────────────────────────────────────────

Translation = Callable[[Site, re.Match[str]], tuple[str, str, str]]
"""→ (code, message, remedy)"""


def _kernel(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    padded, kernel = _sizes(match["padded"]), _sizes(match["kernel"])
    inner = shape_text((0, *site.flat[0].shape[2:])) if site.flat else padded
    with_padding = f" ({padded} with its padding)" if padded != inner else ""
    message = f"{site.me} has a window of {kernel}, but {site.given}{with_padding}."
    return "shape.kernel", message, "Use a smaller kernel or more padding, or pool less before it."


def _shrinks_away(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} would leave nothing of what it gets: {site.given}."
    return "shape.empty", message, "Use a smaller window or more padding, or pool less before it."


def _concatenation(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} joins along axis {match['axis']}, so all other sizes must agree, but {site.given}."
    return "shape.join", message, "Make the other sizes equal, or join along another axis."


def _other_axes(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} joins values of equally many axes, but {site.given}."
    return "shape.join", message, "Insert Flatten before the one with more axes."


def _output_padding(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} has an output_padding that is not below its stride or dilation."
    return "shape.padding", message, "Use less output_padding or a larger stride."


def _broadcast(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} needs inputs of equal shape, but {site.given}."
    return "shape.equal", message, "Make the sizes equal, with a 1×1 convolution, Linear or padding on one branch."


def _count(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    value = site.flat[0]
    count = 1
    for size in value.shape[1:]:
        count *= size
    wanted = [int(size) for size in re.findall(r"-?\d+", match["shape"])][1:]
    shown = "×".join("?" if size == -1 else str(size) for size in wanted) or match["shape"]
    message = f"{site.me} cannot make {shown} of the {count} values that {value.giver} gives ({value.text})."
    return "shape.count", message, "The sizes must multiply to as many values; one of them may be −1."


def _axis(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} names axis {match['got']}, but {site.given}: behind the batch, which is axis 0, there are 1 … {match['high']}."
    return "shape.axis", message, "Choose one of those, or −1 for the last."


def _slice(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} reaches beyond what it gets: {site.given}."
    return "shape.slice", message, f"Choose start and length within the {match['size']} that axis has."


def _place(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} reaches beyond what it gets: {site.given}."
    return "shape.slice", message, "Choose an index within that axis."


def _product(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} needs as many columns on the left as there are rows on the right, but {site.given}."
    return "shape.product", message, "Insert Transpose before one of them."


def _order(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    value = site.flat[0]
    message = f"{site.me} orders another number of axes than it gets: {value.giver} gives {value.text}."
    return "shape.order", message, f"Name each of 1 … {len(value.shape) - 1} once."


def _divisible(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    names = [name.replace("num_channels", "channels").replace("in_channels", "channels in") for name in match.groups()]
    message = f"{site.me}: {names[0]} must be divisible by {names[1]}, but {site.given}."
    return "shape.divisible", message, f"Change {match[2]}, or the layer before."


def _one_position(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} needs more than one position to take a mean over, but {site.given}."
    return "shape.positions", message, "Put it before the layer that pools everything away, or remove it."


def _half(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    return "shape.padding", f"{site.me} has a padding above half of its window.", "Use less padding or a larger window."


def _border(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} has more padding than there is to copy from: {site.given}."
    return "shape.padding", message, "Use less padding, or padding_mode zeros."


def _one_for_each_axis(site: Site, match: re.Match[str]) -> tuple[str, str, str]:
    message = f"{site.me} has sizes for another number of axes than it gets: {site.given}."
    return "shape.sizes", message, "Give one number, or one for each axis behind the channels."


_NAME = r"(\w+)(?: \(\d+\))?"
_TRANSLATIONS: tuple[tuple[re.Pattern[str], Translation], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), translation)
    for pattern, translation in (
        (r"padded input size per channel: \((?P<padded>[^)]*)\)\. Kernel size: \((?P<kernel>[^)]*)\)", _kernel),
        (r"Calculated output size|Invalid computed output size|smaller than kernel size", _shrinks_away),
        (r"output padding must be smaller than either stride or dilation", _output_padding),
        (r"Sizes of tensors must match except in dimension (?P<axis>\d+)", _concatenation),
        (r"Number of dimensions of tensors must match", _other_axes),
        (r"The size of tensor a \(\d+\) must match the size of tensor b", _broadcast),
        (r"not broadcastable|could not be broadcast|Attempting to broadcast", _broadcast),
        (r"shape '\[(?P<shape>[^\]]*)\]' is invalid for input of size", _count),
        (r"Dimension out of range \(expected to be in range of \[-?\d+, (?P<high>\d+)\], but got (?P<got>-?\d+)", _axis),
        (r"start \(\d+\) \+ length \(\d+\) exceeds dimension size \((?P<size>\d+)\)", _slice),
        (r"start out of range \(expected to be in range of \[-?\d+, (?P<size>\d+)\]", _slice),
        (r"index -?\d+ out of range for tensor of size|^tuple index out of range$", _place),
        (r"Expected size for first two dimensions of batch2|must have same reduction dim", _product),
        (r"number of dimensions in the tensor input does not match the length of the desired ordering", _order),
        (_NAME + r" must be divisible by " + _NAME, _divisible),
        (r"Expected more than 1 (?:spatial element|value per channel)", _one_position),
        (r"pad should be at most half|padding should be at most half", _half),
        (r"Padding size should be less than the corresponding input dimension|Padding value causes wrapping", _border),
        (r"a single int, or a tuple of|output_size must be \d|output_size\.size\(\) must be", _one_for_each_axis),
    )
)  # fmt: skip

_TOO_LARGE = re.compile(r"overflow|too large|can't allocate|not enough memory", re.IGNORECASE)


def from_torch(error: BaseException) -> Complaint:
    """torch's complaint about shapes as ours; its own sentence stands at the end only where we have nothing better."""
    sentence = first_sentence(error)
    if isinstance(error, OverflowError) or _TOO_LARGE.search(sentence):
        return uncountable

    def complain(site: Site) -> Problem:
        for pattern, translation in _TRANSLATIONS:
            match = pattern.search(sentence)
            if match:
                try:
                    code, message, remedy = translation(site, match)
                except (IndexError, KeyError, ValueError):
                    continue  # the sentence is like one we know, but this is not the case it is about
                return site.problem(code, message, remedy)
        owner = f" (plugin '{site.plugin}')" if site.plugin else ""
        message = f"{site.me}{owner} cannot take what it gets: {site.given}. ({sentence}.)"
        return site.problem("shape.mismatch", message, "Change its parameters or what feeds it.")

    return complain


def _sizes(text: str) -> str:
    """`5 x 5` or `6x0x0` → `5×5`."""
    return "×".join(re.findall(r"-?\d+", text))


def _joined(words: Iterable[str]) -> str:
    items: Sequence[str] = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"
