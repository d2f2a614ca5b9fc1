"""How the script gets its data: loaded, standardized as `nnstudio.train.scale` does, to the bit."""

import numpy as np

from nnstudio.engine.script.context import Context
from nnstudio.engine.script.text import tupled
from nnstudio.train import recipe
from nnstudio.train.scale import WHITEN_EPS, mode_for

DATA_FILE = "data.npz"


def scaling(context: Context) -> list[str]:
    """The functions that find out what the training part is like."""
    used = {_statistics(context, name) for name in context.fields}
    functions = [text for name, text in _STATISTICS.items() if name in used]
    if any(_mode(context, name) == "whiten" for name in context.fields):
        functions.append(_WHITENING)
    return functions


def loading(context: Context) -> str:
    face, fields = context.face, context.fields
    pictures = raw_pictures(context)
    given = "(inputs, targets, rows of each part{}); inputs are scaled by what the training part is like."
    more = ", inputs as they are, what scales these" if pictures else ""
    lines = [
        "def load(device):",
        f'    """{given.format(more)}"""',
        f'    data = np.load(Path(__file__).with_name("{DATA_FILE}"))',
        '    rows = {part: torch.from_numpy(data[f"{part}_rows"]).to(device) for part in ("train", "validation", "test")}',
    ]
    for name in fields:
        lines += _loaded(context, name)
    inputs, targets = (tupled(fields[name] for name in names) for names in (face.inputs, face.targets))
    more = ""
    if pictures:
        raw = tupled(f"raw_{fields[name]}" if name in pictures else fields[name] for name in face.inputs)
        more = (
            f", {raw}, {tupled(tupled(scale_names(context, name)) for name in pictures if scale_names(context, name))}"
        )
    lines.append(f"    return {inputs}, {targets}, rows{more}")
    return "\n".join(lines)


def raw_pictures(context: Context) -> list[str]:
    """The input fields that are augmented before they are standardized."""
    return [
        name
        for name in context.face.inputs
        if context.data.dataset.fields[name].kind == "image"
        and context.data.scales.get(name) is not None
        and any(
            "image" in recipe.find("augmentation", entry, context.registry)[0].kinds
            for entry in context.entries(context.recipe.augmentations)
        )
    ]


def scale_names(context: Context, name: str) -> list[str]:
    """What a field is standardized with, as the script calls it."""
    mode, variable = _mode(context, name), context.fields[name]
    if mode in {"bytes", "float", "int"}:
        return []
    return [f"{variable}_{part}" for part in ("mean", "std", *(["matrix"] if mode == "whiten" else []))]


def standardizing(context: Context, name: str, values: str) -> list[str]:
    """Statements that make `values`, which are in units, what the network wants."""
    parts = scale_names(context, name)
    if not parts:
        return []
    lines = [f"{values} = ({values} - {parts[0]}) / {parts[1]}"]
    if len(parts) == 3:
        lines.append(f"{values} = ({values}.flatten(1) @ {parts[2]}).view_as({values})")
    return lines


def is_bytes(context: Context, name: str) -> bool:
    return context.data.dataset.fields[name].values.dtype == np.uint8


def _mode(context: Context, name: str) -> str:
    """How a field is scaled: "channel", "feature", "whiten", "bytes" (0…255 → 0…1), "float" or "int"."""
    if context.data.info.fields[name].dtype == "int":
        return "int"
    if context.data.scales.get(name) is None:
        return "float"
    mode = mode_for(context.data.dataset.fields[name], context.project.data.standardize)
    return "bytes" if mode == "none" else mode


def _statistics(context: Context, name: str) -> str:
    """The function that finds mean and standard deviation of a field."""
    mode = _mode(context, name)
    axis = {"channel": "channel", "feature": "feature", "whiten": "feature"}.get(mode, "")
    return f"{axis}_statistics_of_{'bytes' if is_bytes(context, name) else 'floats'}"


def _loaded(context: Context, name: str) -> list[str]:
    variable = context.fields[name]
    array = f'data["{variable}"]'
    mode = _mode(context, name)
    if mode == "int":
        return [f"    {variable} = torch.from_numpy({array}).long().to(device)"]
    units = ".float().div(255)" if is_bytes(context, name) and mode != "float" else ".float()"
    lines: list[str] = []
    if name in raw_pictures(context):
        lines.append(f"    raw_{variable} = torch.from_numpy({array}).to(device)")
    scale = scale_names(context, name)
    if not scale:
        return [*lines, f"    {variable} = torch.from_numpy({array}){units}.to(device)"]
    lines.append(f'    {", ".join(scale[:2])} = {_statistics(context, name)}({array}, data["train_rows"])')
    if mode == "whiten":
        bytes_ = ", 255" if is_bytes(context, name) else ""
        lines.append(f'    {scale[2]} = whitening({array}[data["train_rows"]]{bytes_})')
    scaled = f"torch.from_numpy({array}){units}.sub({scale[0]}).div({scale[1]})"
    if mode == "whiten":
        lines.append(f"    {variable} = {scaled}")
        scaled = f"({variable}.flatten(1) @ {scale[2]}).view_as({variable})"
    lines.append(f"    {variable} = {scaled}.to(device)")
    if name in raw_pictures(context):
        lines.append(f"    {', '.join(scale)} = {', '.join(f'{part}.to(device)' for part in scale)}")
    return lines


_STATISTICS = {
    "channel_statistics_of_bytes": '''\
def channel_statistics_of_bytes(images, rows):
    """Mean and standard deviation of each channel in `rows`, in units of 255."""
    levels = np.arange(256)
    means, stds = [], []
    for channel in range(images.shape[1]):
        counts = np.bincount(images[rows, channel].ravel(), minlength=256)
        mean = counts @ levels / counts.sum()
        means.append(mean)
        stds.append(np.sqrt(counts @ (levels - mean) ** 2 / counts.sum()) or 255)
    shape = (-1, *(1 for _ in images.shape[2:]))
    return (torch.tensor(np.array(each) / 255, dtype=torch.float32).reshape(shape) for each in (means, stds))''',
    "channel_statistics_of_floats": '''\
def channel_statistics_of_floats(images, rows):
    """Mean and standard deviation of each channel in `rows`."""
    chosen = [images[rows, channel] for channel in range(images.shape[1])]
    means = np.array([each.mean(dtype=np.float64) for each in chosen])
    stds = np.array([each.std(dtype=np.float64) for each in chosen])
    stds = np.where(stds > 1e-12 * np.maximum(np.abs(means), 1e-300), stds, 1)
    shape = (-1, *(1 for _ in images.shape[2:]))
    return (torch.tensor(each, dtype=torch.float32).reshape(shape) for each in (means, stds))''',
    "feature_statistics_of_bytes": '''\
def feature_statistics_of_bytes(values, rows):
    """Mean and standard deviation of each feature in `rows`, in units of 255; one that never varies is only centred."""
    mean, std = values[rows].mean(axis=0, dtype=np.float64), values[rows].std(axis=0, dtype=np.float64)
    std = np.where(std > 1e-12 * np.maximum(mean, 1e-300), std, 255)
    return torch.tensor(mean / 255, dtype=torch.float32), torch.tensor(std / 255, dtype=torch.float32)''',
    "feature_statistics_of_floats": '''\
def feature_statistics_of_floats(values, rows):
    """Mean and standard deviation of each feature in `rows`; one that never varies is only centred."""
    mean, std = values[rows].mean(axis=0, dtype=np.float64), values[rows].std(axis=0, dtype=np.float64)
    std = np.where(std > 1e-12 * np.maximum(np.abs(mean), 1e-300), std, 1)
    return torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)''',
}
"""The script's own functions, as text."""

_WHITENING = f'''\
def whitening(values, unit=1):
    """The matrix that makes standardized features uncorrelated with variance 1, and turns them no further than it must (ZCA)."""
    mean, std = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    std = np.where(std > 1e-12 * np.maximum(np.abs(mean), 1e-300), std, unit)
    values = ((values - mean) / std).reshape(len(values), -1).astype(np.float64, copy=False)
    correlations = values.T @ values / len(values)
    still = np.flatnonzero(np.diag(correlations) < 0.5)  # else 1, but for rounding: these never vary
    correlations[still, still] = 1.0
    eigenvalues, vectors = np.linalg.eigh(correlations)
    matrix = (vectors / np.sqrt(np.maximum(eigenvalues, 0) + {WHITEN_EPS})) @ vectors.T
    return torch.tensor(matrix, dtype=torch.float32)'''
