"""What are a figure's values, as a table? For saving them as CSV. No Qt."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.figures import Bars, Contour, Curves, Figure, Matrix, Note, Points, Tiles
from nnstudio.gui.figures.words import name_at

Rows = Iterable[Sequence[Any]]


def table(figure: Figure) -> tuple[Sequence[str], Rows] | None:
    """(head, rows) of the figure's values; None for pictures."""
    match figure:
        case Curves():
            x_name, y_name = figure.x_label or "x", figure.y_label or "y"
            rows = (
                (line.label or line.key, x, y)
                for line in figure.lines
                for x, y in zip(np.asarray(line.x).tolist(), np.asarray(line.y).tolist(), strict=True)
            )
            return ("curve", x_name, y_name), rows
        case Matrix():
            head = ("", *(name_at(figure.columns, column) for column in range(figure.values.shape[1])))
            return head, ((name_at(figure.rows, row), *values) for row, values in enumerate(figure.values.tolist()))
        case Points():
            groups = (
                [""] * len(figure.x)
                if figure.groups is None
                else [name_at(figure.names, int(group)) for group in figure.groups]
            )
            rows = zip(np.asarray(figure.x).tolist(), np.asarray(figure.y).tolist(), groups, strict=True)
            return (figure.x_label or "x", figure.y_label or "y", "group"), rows
        case Contour():
            x0, x1, y0, y1 = figure.extent
            height, width = figure.values.shape
            x, y = np.linspace(x0, x1, width).tolist(), np.linspace(y0, y1, height).tolist()
            places = ((x[j], y[i], row[j]) for i, row in enumerate(figure.values.tolist()) for j in range(width))
            return (figure.x_label or "x", figure.y_label or "y", "height"), places
        case Bars():
            values = np.asarray(figure.values)
            columns = values if values.ndim == 2 else values[:, None]
            parts = figure.parts or ("value",)
            if figure.edges is not None:
                edges = np.asarray(figure.edges).tolist()
                return ("from", "to", *parts), (
                    (edges[i], edges[i + 1], *row) for i, row in enumerate(columns.tolist())
                )
            return ("name", *parts), ((name_at(figure.names, i), *row) for i, row in enumerate(columns.tolist()))
        case Note():
            return (figure.rows[0], figure.rows[1:]) if figure.rows else None
        case Tiles():
            return None


def write_csv(figure: Figure, path: Path) -> None:
    """The figure's table as UTF-8 CSV. Raises OSError where it cannot be written."""
    found = table(figure)
    assert found is not None
    head, rows = found
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
