"""Is a figure one that can be painted? What a plugin returned is looked at before a painter gets it. No Qt."""

from typing import Any

import numpy as np

from nnstudio.figures import Bars, Contour, Curves, Matrix, Note, Points, Tiles


def fault(figure: Any) -> str:
    """What is wrong with `figure`, in a sentence; "" where nothing is."""
    match figure:
        case Curves():
            return _curves(figure)
        case Tiles():
            return _tiles(figure)
        case Matrix():
            return (
                ""
                if np.ndim(figure.values) == 2
                else f"Matrix.values has {np.ndim(figure.values)} axes; 2 are needed: rows × columns."
            )
        case Points():
            return _points(figure)
        case Contour():
            return _contour(figure)
        case Bars():
            return _bars(figure)
        case Note():
            return ""
        case _:
            return f"It returned {type(figure).__name__}; a figure is one of Curves, Tiles, Matrix, Points, Contour, Bars, Note."


def _curves(figure: Curves) -> str:
    for line in figure.lines:
        x, y = np.shape(line.x), np.shape(line.y)
        if len(x) != 1 or x != y:
            return f"Line '{line.label}' has x of shape {x} and y of shape {y}; one axis of the same length is needed."
    return ""


def _tiles(figure: Tiles) -> str:
    images = np.asarray(figure.images)
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        return f"Tiles.images is {images.dtype} of shape {images.shape}; uint8 of shape N × H × W or N × H × W × 3 is needed."
    if len(images) and not images[0].size:
        return f"Tiles.images has pictures without pixels: shape {images.shape}."
    if figure.good is not None and len(figure.good) != len(images):
        return f"Tiles.good has {len(figure.good)} values for {len(images)} pictures."
    return ""


def _points(figure: Points) -> str:
    lengths = {"x": len(figure.x), "y": len(figure.y)}
    if figure.groups is not None:
        lengths["groups"] = len(figure.groups)
    if len(set(lengths.values())) > 1:
        return f"Points differ in length: {lengths}."
    if figure.field is not None and np.ndim(figure.field) != 2:
        return f"Points.field has {np.ndim(figure.field)} axes; 2 are needed: rows along y × columns along x."
    x0, x1, y0, y1 = figure.extent
    if figure.field is not None and not (x0 < x1 and y0 < y1):
        return f"Points.extent is {figure.extent}; (x0, x1, y0, y1) with x0 < x1 and y0 < y1 is needed."
    return ""


def _contour(figure: Contour) -> str:
    if np.ndim(figure.values) != 2 or min(np.shape(figure.values)) < 2:
        return f"Contour.values has the shape {np.shape(figure.values)}; rows along y × columns along x are needed, two or more of each."
    x0, x1, y0, y1 = figure.extent
    if not (x0 < x1 and y0 < y1):
        return f"Contour.extent is {figure.extent}; (x0, x1, y0, y1) with x0 < x1 and y0 < y1 is needed."
    for path in figure.paths:
        if np.ndim(path.x) != 1 or np.shape(path.x) != np.shape(path.y):
            return f"Path '{path.label}' has x of shape {np.shape(path.x)} and y of shape {np.shape(path.y)}; one axis of the same length is needed."
    return ""


def _bars(figure: Bars) -> str:
    if np.ndim(figure.values) not in (1, 2):
        return f"Bars.values has {np.ndim(figure.values)} axes; 1 (bars) or 2 (bars × parts) are needed."
    if figure.edges is not None and len(figure.edges) != len(figure.values) + 1:
        return f"Bars.edges has {len(figure.edges)} values for {len(figure.values)} bars; one more than bars is needed."
    return ""
