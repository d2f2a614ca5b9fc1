"""Draw the Fashion-MNIST sample that ships with NNStudio from the four files of the full set.

    python tools/make_fashion_mnist_sample.py /usr/share/datasets/fashion-mnist

Every class gives 600 training and 100 test images, picked with a fixed seed and kept in the order of the full set,
so the same folder always gives the same file.
"""

from __future__ import annotations

import argparse
import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "resources" / "data" / "fashion_mnist" / "fashion_mnist_sample.npz"
SEED = 2017
CLASSES = 10


def read_idx(path: Path) -> np.ndarray:
    """Read one (optionally gzipped) IDX file of unsigned bytes."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    zero, kind, dims = struct.unpack(">HBB", data[:4])
    if zero != 0 or kind != 8:
        raise SystemExit(f"{path} is not an IDX file of unsigned bytes.")
    shape = struct.unpack(f">{dims}I", data[4 : 4 + 4 * dims])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dims).reshape(shape)


def find(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise SystemExit(f"{folder} has neither {name}.gz nor {name}.")


def pick(labels: np.ndarray, per_class: int, rng: np.random.Generator) -> np.ndarray:
    chosen = [rng.choice(np.flatnonzero(labels == k), per_class, replace=False) for k in range(CLASSES)]
    return np.sort(np.concatenate(chosen))


def make(folder: Path, train_per_class: int = 600, test_per_class: int = 100) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(SEED)
    arrays: dict[str, np.ndarray] = {}
    for ours, theirs, count in (("train", "train", train_per_class), ("test", "t10k", test_per_class)):
        images = read_idx(find(folder, f"{theirs}-images-idx3-ubyte"))
        labels = read_idx(find(folder, f"{theirs}-labels-idx1-ubyte"))
        index = pick(labels, count, rng)
        arrays[f"{ours}_images"] = images[index]
        arrays[f"{ours}_labels"] = labels[index]
    return arrays


def save(arrays: dict[str, np.ndarray], target: Path) -> None:
    """An .npz that `numpy.load` reads, without time stamps, so that the same arrays give the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, buffer.getvalue(), compresslevel=9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the four IDX files of Fashion-MNIST are")
    parser.add_argument("--to", type=Path, default=TARGET, help="the file to write (default: %(default)s)")
    args = parser.parse_args()
    arrays = make(args.folder)
    save(arrays, args.to)
    print(f"{args.to}: {args.to.stat().st_size / 1e6:.2f} MB")
    for name, array in arrays.items():
        print(f"  {name}: {array.dtype} {array.shape}")


if __name__ == "__main__":
    main()
