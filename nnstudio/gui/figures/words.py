"""What does a figure say? In words, for those who do not see it. No Qt widgets."""

from collections.abc import Iterator, Sequence

import numpy as np

from nnstudio.figures import Bars, Contour, Curves, Figure, Line, Matrix, Note, Points, Tiles
from nnstudio.gui.figures.ticks import number_text
from nnstudio.gui.text import number, tr

MOST = 20  # rows, bars and groups; the values as a table can be saved


def figure_words(figure: Figure) -> str:
    """Its newest values first, as over its picture; then what the picture shows."""
    return ". ".join(part for part in (figure.caption.strip(), *_shown(figure)) if part)


def _shown(figure: Figure) -> Iterator[str]:
    match figure:
        case Curves():
            lines = [line for line in figure.lines if len(line.x) and not line.faint]
            yield from (_line(line, figure.x_label or "x", percent=figure.percent) for line in lines)
        case Matrix():
            yield from _rows(figure) if figure.diagonal_good else _size(figure)
        case Bars():
            yield from _bars(figure)
        case Points():
            yield tr("{count} points", count=number(len(figure.x)))
            yield from _groups(figure)
        case Tiles():
            yield tr("{count} pictures", count=number(len(figure.images)))
            if figure.good is not None:
                yield tr("{count} wrong", count=number(int((~np.asarray(figure.good, bool)).sum())))
        case Contour():
            yield figure.title
            yield ", ".join(path.label for path in figure.paths)
        case Note():
            yield "\n".join([figure.text, *("  ".join(row) for row in figure.rows)]).strip()


def _line(line: Line, x_label: str, *, percent: bool) -> str:
    """`train: 2.3 at step 1, 0.31 at step 80`"""
    ends = {0, len(line.x) - 1}
    values = [100 * float(line.y[index]) if percent else float(line.y[index]) for index in sorted(ends)]
    unit = " %" if percent else ""
    places = [
        tr("{value} at {axis} {x}", value=number_text(value) + unit, axis=x_label, x=number_text(float(line.x[index])))
        for index, value in zip(sorted(ends), values, strict=True)
    ]
    return f"{line.label or line.role}: {', '.join(places)}"


def _size(figure: Matrix) -> Iterator[str]:
    rows, columns = figure.values.shape
    yield tr("{rows} × {columns} values", rows=rows, columns=columns)
    if figure.values.size:
        low, high = (number_text(float(end)) for end in (figure.values.min(), figure.values.max()))
        yield tr("from {low} to {high}", low=low, high=high)


def _rows(figure: Matrix) -> Iterator[str]:
    """`Shirt: 73 % right, 12 % taken for Pullover`"""
    values = np.asarray(figure.values, np.float64)
    for row, counts in enumerate(values[:MOST]):
        total = counts.sum()
        if not total:
            continue
        said = tr("{name}: {share} % right", name=name_at(figure.rows, row), share=number(100 * counts[row] / total, 3))
        others = counts.copy()
        others[row] = 0
        if others.any():
            guess = int(others.argmax())
            share = number(100 * others[guess] / total, 3)
            said += ", " + tr("{share} % taken for {name}", share=share, name=name_at(figure.columns, guess))
        yield said
    yield from _rest(len(values))


def _bars(figure: Bars) -> Iterator[str]:
    values = np.asarray(figure.values)
    columns = values if values.ndim == 2 else values[:, None]
    if figure.edges is not None:
        if len(columns) and columns[:, 0].any():
            highest = int(columns[:, 0].argmax())
            low, high = (number_text(float(figure.edges[edge])) for edge in (highest, highest + 1))
            yield tr("most between {low} and {high}", low=low, high=high)
        return
    for index, parts in enumerate(columns[:MOST].tolist()):
        said = [
            f"{figure.parts[place]} {number_text(value)}" if place < len(figure.parts) else number_text(value)
            for place, value in enumerate(parts)
        ]
        yield f"{name_at(figure.names, index)}: {', '.join(said)}"
    yield from _rest(len(columns))


def _groups(figure: Points) -> Iterator[str]:
    if figure.groups is None:
        return
    groups, counts = np.unique(np.asarray(figure.groups), return_counts=True)
    for group, count in zip(groups[:MOST].tolist(), counts[:MOST].tolist(), strict=True):
        yield f"{name_at(figure.names, int(group))}: {number(count)}"
    yield from _rest(len(groups))


def _rest(count: int) -> Iterator[str]:
    if count > MOST:
        yield tr("{count} more", count=count - MOST)


def name_at(names: Sequence[str], index: int) -> str:
    """Of a row, a column or a group; its number where it has none."""
    return names[index] if index < len(names) else str(index)
