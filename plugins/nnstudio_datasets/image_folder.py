"""Your own pictures: one folder a class, brought to one size."""

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from nnstudio.api import DataError, DataField, Dataset
from nnstudio_datasets.params import ImageFolder

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
MAX_BYTES = 4 * 2**30
Bytes = npt.NDArray[np.uint8]


def load(params: ImageFolder) -> Dataset:
    folder = _folder(params.folder)
    files = {child.name: _pictures(child) for child in sorted(folder.iterdir()) if _is_class(child)}
    notes = [f"'{name}' holds no pictures and is left out." for name, paths in files.items() if not paths]
    files = {name: paths for name, paths in files.items() if paths}
    channels = 3 if params.colour == "rgb" else 1
    _refuse_too_large(sum(map(len, files.values())), params.size, channels)
    images: list[Bytes] = []
    labels: list[int] = []
    broken: list[Path] = []
    for paths in files.values():
        read = [(path, _read(path, params, broken)) for path in paths]
        good = [image for _, image in read if image is not None]
        images += good
        labels += [len(set(labels))] * len(good)
    if broken:
        names = ", ".join(str(path.relative_to(folder)) for path in broken[:5])
        notes.append(f"{len(broken)} broken files left out: {names}{', …' if len(broken) > 5 else ''}.")
    classes = _classes(files, broken)
    if len(classes) < 2:
        found = f"only '{classes[0]}'" if classes else "none"
        raise DataError(f"{folder} needs two or more folders of pictures, one a class; there is {found}.")
    fields = {
        "image": DataField(np.stack(images), "image"),
        "label": DataField(np.array(labels), "label", classes=classes),
    }
    return Dataset(fields, ("image",), "label", source=str(folder), licence="your own", notes=tuple(notes))


def _folder(text: str) -> Path:
    if not text:
        raise DataError("No folder of pictures is chosen. Give one that holds a folder of pictures for each class.")
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Check the path.")
    return folder


def _is_class(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _classes(files: dict[str, list[Path]], broken: list[Path]) -> tuple[str, ...]:
    """The classes of which at least one picture could be read."""
    return tuple(name for name, paths in files.items() if set(paths) - set(broken))


def _refuse_too_large(count: int, size: int, channels: int) -> None:
    needed = count * size * size * channels
    if needed > MAX_BYTES:
        raise DataError(
            f"{count} pictures of {size} × {size} need {needed / 2**30:.1f} GiB of memory; "
            f"{MAX_BYTES // 2**30} GiB is the limit. Choose a smaller size, or grey."
        )


def _read(path: Path, params: ImageFolder, broken: list[Path]) -> Bytes | None:
    """C × size × size, or None for a broken file that may be skipped."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return _fitted(image, params)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        if params.broken == "refuse":
            raise DataError(
                f"{path} is no readable picture: {error}. Remove it, or set 'broken' to 'skip' to leave such files out."
            ) from None
        broken.append(path)
        return None


def _fitted(image: Image.Image, params: ImageFolder) -> Bytes:
    size = (params.size, params.size)
    upright = ImageOps.exif_transpose(image).convert("RGB" if params.colour == "rgb" else "L")
    resize = ImageOps.fit if params.fit == "crop" else Image.Image.resize
    values = np.asarray(resize(upright, size, Image.Resampling.LANCZOS), dtype=np.uint8)
    return values.transpose(2, 0, 1) if values.ndim == 3 else values[None]
