"""What a dataset looks like: a preview → figures. No Qt."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.figures import Bars, Figure, Note, Points, Tiles
from nnstudio.gui.figures.ticks import number_text
from nnstudio.gui.text import tr
from nnstudio.replies import PARTS, Preview

Array = npt.NDArray[np.generic]

SHOWN_ROWS = 40
SHOWN_COLUMNS = 8


def samples(preview: Preview) -> Figure:
    """Some samples: pictures, points of the plane, or the rows of a table."""
    info = preview.info
    if info is None:
        return Note(tr("The samples appear here as soon as the data can be read."))
    name = next((name for name in info.inputs if info.fields[name].kind == "image"), "")
    if name:
        return _pictures(preview, info, preview.samples[name])
    first = info.inputs[0] if info.inputs else ""
    if first and info.fields[first].kind in {"vector", "value"} and info.fields[first].shape == (2,):
        return _plane(preview, info, first)
    return _rows(preview, info)


def _pictures(preview: Preview, info: DataInfo, values: Array) -> Tiles:
    images = values
    if images.dtype != np.uint8:
        known = images.astype(np.float64)
        low, high = float(known.min()), float(known.max())
        images = ((known - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
    images = images.transpose(0, 2, 3, 1)[..., :3] if images.shape[1] >= 3 else images[:, 0]
    return Tiles(images.astype(np.uint8), labels=_labels(preview, info), caption=_shown(preview, info))


def _plane(preview: Preview, info: DataInfo, name: str) -> Points:
    values = preview.samples[name].astype(np.float64)
    target = info.fields.get(info.target)
    classes = target.classes if target else ()
    names = info.fields[name].names or ("x₁", "x₂")
    groups = preview.samples[info.target].reshape(-1).astype(np.int64) if _is_class(target) else None
    return Points(
        values[:, 0], values[:, 1], groups, classes, x_label=names[0], y_label=names[1], caption=_shown(preview, info)
    )


def _rows(preview: Preview, info: DataInfo) -> Note:
    """The columns of all inputs, the target last."""
    columns: list[tuple[str, list[str]]] = []
    for name in (*info.inputs, info.target):
        if name in preview.samples:
            columns += _columns(name, info.fields[name], preview.samples[name])
    if len(columns) > SHOWN_COLUMNS:
        left_out = len(columns) - SHOWN_COLUMNS
        dots = ("…", ["…"] * len(preview.indices))
        columns = [*columns[: SHOWN_COLUMNS - 1], dots, columns[-1]]
        caption = tr("{shown}, {count} columns left out", shown=_shown(preview, info), count=left_out)
    else:
        caption = _shown(preview, info)
    rows: list[Sequence[str]] = [("", *(name for name, _ in columns))]
    rows += [
        (str(index), *(texts[place] for _, texts in columns))
        for place, index in enumerate(preview.indices[:SHOWN_ROWS].tolist())
    ]
    return Note(rows=rows, caption=caption)


def _columns(name: str, info: FieldInfo, values: Array) -> list[tuple[str, list[str]]]:
    flat = values.reshape(len(values), -1)
    if _is_class(info) and flat.shape[1] == 1:
        return [(name, [_class_name(info.classes, int(value)) for value in flat[:, 0].tolist()])]
    names = (
        info.names
        if len(info.names) == flat.shape[1]
        else [name]
        if flat.shape[1] == 1
        else [f"{name} {i}" for i in range(flat.shape[1])]
    )
    return [(names[i], [number_text(float(value), 4) for value in flat[:, i].tolist()]) for i in range(flat.shape[1])]


def _labels(preview: Preview, info: DataInfo) -> list[str]:
    """What is said of each sample under the pointer."""
    target = info.fields.get(info.target)
    words: list[str] = []
    for place, index in enumerate(preview.indices.tolist()):
        said = ""
        if target is not None and info.target in preview.samples:
            value = preview.samples[info.target].reshape(len(preview.indices), -1)[place, 0].item()
            said = _class_name(target.classes, int(value)) if _is_class(target) else number_text(float(value))
        part = PARTS[int(preview.parts[place])] if place < len(preview.parts) else ""
        words.append(tr("{said}\nsample {index} ({part})", said=said, index=index, part=part).strip())
    return words


def _shown(preview: Preview, info: DataInfo) -> str:
    return tr("{some} of {all}", some=number_text(len(preview.indices)), all=number_text(info.samples))


def classes(preview: Preview) -> Figure:
    """How many samples of each class are in each part; for a regression, the target in figures."""
    info = preview.info
    if info is None:
        return Note(tr("How many samples of each class there are appears here."))
    if preview.class_counts is None:
        return Note(rows=_range_rows(info, preview, (info.target,)), title=tr("Target"))
    counts = np.asarray(preview.class_counts, np.float64)
    target = info.fields[info.target]
    totals = counts.sum(axis=1)
    known = totals[totals > 0]
    even = len(known) and known.max() - known.min() <= 0.02 * known.max()
    caption = tr("{count} classes", count=len(counts)) + (", " + tr("evenly") if even else "")
    names = [_class_name(target.classes, index) for index in range(len(counts))]
    used = [part for part in range(counts.shape[1]) if counts[:, part].any()] or [0]
    return Bars(counts[:, used], names, caption=caption, parts=[tr(PARTS[part]) for part in used], title=tr("Classes"))


def features(preview: Preview) -> Figure:
    """Lowest, mean, highest value and standard deviation of each input column, and how many values its source lacked."""
    info = preview.info
    if info is None:
        return Note(tr("The range of each feature appears here: very different ranges call for standardising."))
    rows = _range_rows(info, preview, info.inputs)
    if len(rows) == 1:
        return Note(tr("These inputs only name things: they have no range."))
    return Note(rows=rows, caption=tr("before standardising"))


def _range_rows(info: DataInfo, preview: Preview, fields: Sequence[str]) -> list[Sequence[str]]:
    gaps = any(info.fields[name].missing for name in fields if name in info.fields)
    words = (tr("lowest"), tr("mean"), tr("highest"), tr("std dev"), *((tr("missing"),) if gaps else ()))
    rows: list[Sequence[str]] = [("", *words)]
    for name in fields:
        ranges = preview.ranges.get(name)
        if ranges is None:
            continue
        names = info.fields[name].names
        for index, figures in enumerate(np.asarray(ranges, np.float64).tolist()):
            named = names[index] if len(names) == len(ranges) else name if len(ranges) == 1 else f"{name} {index}"
            missing = info.fields[name].missing
            lacking = (str(missing[index]) if index < len(missing) else "0",) if gaps else ()
            rows.append((named, *(number_text(value) for value in figures), *lacking))
    return rows


def _is_class(info: FieldInfo | None) -> bool:
    return info is not None and info.kind in {"label", "binary"}


def _class_name(names: Sequence[str], index: int) -> str:
    return names[index] if 0 <= index < len(names) else str(index)
