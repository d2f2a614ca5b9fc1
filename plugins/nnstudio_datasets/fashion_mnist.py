"""Fashion-MNIST: the sample that ships with NNStudio, or the full set from where it can be had."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nnstudio.api import DataError, DataField, Dataset, resource
from nnstudio_datasets.params import FashionMnist

CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
SOURCE = "Fashion-MNIST, Xiao, Rasul & Vollgraf 2017, https://github.com/zalandoresearch/fashion-mnist"
LICENCE = "MIT, © 2017 Zalando SE"

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
URL = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
FILES = {  # MD5 sums as published in the project's README
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
UNSIGNED_BYTES = 0x08  # the type code in an IDX file's header
Bytes = npt.NDArray[np.uint8]


def load(params: FashionMnist) -> Dataset:
    if params.which == "sample":
        with np.load(resource("data/fashion_mnist/fashion_mnist_sample.npz"), allow_pickle=False) as arrays:
            parts = [arrays[name] for name in ("train_images", "train_labels", "test_images", "test_labels")]
        note = "A stratified sample: 6 000 of the 60 000 training pictures and 1 000 of the 10 000 test pictures."
        return _dataset(*parts, notes=(note,))
    folder = Path(params.folder).expanduser() if params.folder else find()
    return _dataset(*(read_idx(_file(folder, name)) for name in FILES), notes=(f"Read from {folder}.",))


def find() -> Path:
    """The folder with the full set: Debian's package, an earlier download, or a download now."""
    if DEBIAN.is_dir():
        return DEBIAN
    return download()


def download(folder: Path | None = None) -> Path:
    """Fetch the four files, unless they are there already; each must have the published checksum."""
    import pooch

    folder = folder or Path(pooch.os_cache("nnstudio")) / "fashion-mnist"
    quiet = pooch.HTTPDownloader(progressbar=False, timeout=30)
    try:
        for name, md5 in FILES.items():
            pooch.retrieve(URL + name, known_hash=f"md5:{md5}", fname=name, path=folder, downloader=quiet)
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong checksum is a ValueError
        raise DataError(
            f"The full Fashion-MNIST set could not be downloaded from {URL}: {error} "
            "Choose the sample; or install Debian's package dataset-fashion-mnist; or give the folder with its four files."
        ) from None
    return folder


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / name.removesuffix(".gz")):
        if path.is_file():
            return path
    raise DataError(
        f"There is no {name} in {folder}. The four files of Fashion-MNIST belong there: {', '.join(FILES)}."
    )


def read_idx(path: Path) -> Bytes:
    """The array of bytes in an IDX file, plain or gzipped. Raises DataError where it is none, or cut off."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            head = stream.read(4)
            axes = head[3] if len(head) == 4 and head[:3] == bytes([0, 0, UNSIGNED_BYTES]) else 0
            if not 1 <= axes <= 4:
                raise DataError(f"{path} is no IDX file of bytes. Fetch it again.")
            shape = tuple(int(size) for size in np.frombuffer(stream.read(4 * axes), dtype=">u4"))
            size = math.prod(shape) if len(shape) == axes else 0
            if not 0 < size <= 2**30:
                raise DataError(f"{path} says that it holds {' × '.join(map(str, shape))} values. Fetch it again.")
            values = stream.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}. Fetch it again.") from None
    if len(values) != size:
        raise DataError(
            f"{path} is cut off or too long: {' × '.join(map(str, shape))} values are promised. Fetch it again."
        )
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)


def _dataset(
    train_images: Bytes, train_labels: Bytes, test_images: Bytes, test_labels: Bytes, *, notes: tuple[str, ...]
) -> Dataset:
    for images, labels in ((train_images, train_labels), (test_images, test_labels)):
        if images.shape != (len(labels), 28, 28) or labels.ndim != 1:
            shape = " × ".join(map(str, images.shape))
            raise DataError(
                f"Fashion-MNIST has N pictures of 28 × 28 and N labels; here are {shape} and {len(labels)}."
            )
        if labels.max() >= len(CLASSES):
            row = int(np.argmax(labels >= len(CLASSES)))
            raise DataError(f"Fashion-MNIST has labels 0 … 9; picture {row} has {labels[row]}. Fetch the files again.")
    labels = np.concatenate([train_labels, test_labels]).astype(np.int64)
    fields = {
        "image": DataField(np.concatenate([train_images, test_images])[:, None], "image"),
        "label": DataField(labels, "label", classes=CLASSES),
    }
    return Dataset(fields, ("image",), "label", len(train_labels), SOURCE, LICENCE, notes)
