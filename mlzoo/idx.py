"""IDX files, the format of MNIST and its kin: images and labels in, a table out.

The format (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"): two zero bytes, a byte for the
type of the values, a byte for the number of dimensions, the length of each dimension as a big-endian 32-bit integer,
and the values, big-endian, the last dimension running fastest.
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from mlzoo.errors import DataError
from mlzoo.reading.files import find

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_DIMENSIONS = 64  # of an array of numpy's
CHUNK = 1 << 20  # bytes read at a time: no more memory is asked for than there is content, whatever a header says
GZIP = b"\x1f\x8b"
Array = np.ndarray[Any, Any]


def read_idx(images: str, labels: str, *, start_folder: str = ".", config_key: str | None = None) -> pd.DataFrame:
    """A table of the images and labels of two IDX files, a row for each image.

    Parameters
    ----------
    images, labels : str
        Paths, those in `.gz` compressed; relative to `start_folder`, or, below `data/`, to the shipped files.
    start_folder : str
        What relative paths are relative to.
    config_key : str, optional
        Where a config names these files, `data` or `test_data`, to be named in errors.

    Returns
    -------
    DataFrame
        The values as they are in the file, in columns named by their place in the image, `pixel_0_0`, `pixel_0_1`, …
        (row, column), and `label`.

    Raises
    ------
    DataError
        If a file is missing, is no IDX file or is damaged, or both do not belong together.
    """
    places = []
    for key, name in (("images", images), ("labels", labels)):
        kind = "data" if key == "images" else "labels"
        if Path(str(name)).name == "None":  # an interpolated null
            raise DataError(f"{key}={name}: files.train_{kind}, or files.test_{kind}, is missing: name the file.")
        part = "test" if config_key == "test_data" else "train"
        where = key if config_key is None else f"{config_key}.{key}, or files.{part}_{kind}"
        places.append(find(str(name), where=where, folder=start_folder))
    frame, classes = read_images(places[0]), read_array(places[1])
    if classes.ndim != 1:
        raise DataError(f"{places[1]}: holds {_shape(classes)} values, where one label for each row is expected.")
    if len(frame) != len(classes):
        raise DataError(
            f"{places[0]} holds {len(frame)} images, but {places[1]} holds {len(classes)} labels: they do not belong "
            "together."
        )
    frame["label"] = classes
    frame.attrs["source"] = str(places[0])
    return frame


def is_idx(path: Path) -> bool:
    """Whether a file, compressed or not, begins as an IDX file does, and no text."""
    try:
        with gzip.open(path, "rb") if _is_gzip(path) else path.open("rb") as opened:
            magic = opened.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] in TYPES


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP


def read_images(path: Path) -> pd.DataFrame:
    """A table of the images of an IDX file, without labels.

    Parameters
    ----------
    path : Path
        Of a file with two or more dimensions.

    Returns
    -------
    DataFrame
        As of `read_idx`.

    Raises
    ------
    DataError
        As of `read_array`; also if the file holds no images.
    """
    values = read_array(path)
    if values.ndim < 2:
        raise DataError(
            f"{path}: holds one number for each row, where images are expected: is this the file of labels?"
        )
    if not values.size:
        raise DataError(f"{path}: holds {_shape(values)} values, that is no image.")
    names = ["pixel_" + "_".join(map(str, place)) for place in np.ndindex(*values.shape[1:])]
    return pd.DataFrame(values.reshape(len(values), -1), columns=names)


def read_array(path: Path) -> Array:
    """The array of an IDX file, in this machine's order of bytes.

    Raises
    ------
    DataError
        If it is none: a wrong magic number, too few or too many bytes, not compressed as its name says.
    """
    try:
        compressed = _is_gzip(path)
        named = path.name.lower().endswith(".gz")
        if compressed and not named:
            raise DataError(f"{path}: is compressed by gzip; give it a name in .gz.")
        if named and not path.stat().st_size:
            raise DataError(f"{path}: is empty.")
        if named and not compressed:
            raise DataError(f"{path}: is not compressed by gzip, as its name says; unpacked already? Name it without.")
        with gzip.open(path, "rb") if named else path.open("rb") as opened:
            return _parse(opened, path)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error


def _parse(file: "IO[bytes] | gzip.GzipFile", path: Path) -> Array:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not magic[3]:
        raise DataError(
            f"{path}: is no IDX file. It begins with the bytes {magic.hex(' ') or '(none)'}; expected are 00 00, one "
            f"of {', '.join(f'{code:02x}' for code in TYPES)} for the type, and the number of dimensions, as in "
            "00 00 08 03 for images."
        )
    if magic[3] > MAX_DIMENSIONS:
        raise DataError(
            f"{path}: begins with {magic.hex(' ')}, which is an IDX file of {magic[3]} dimensions: at most "
            f"{MAX_DIMENSIONS} can be read, and images have three."
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise DataError(f"{path}: is truncated: its header ends within the {magic[3]} lengths of its dimensions.")
    shape = tuple(np.frombuffer(header, ">u4").tolist())
    kind = np.dtype(TYPES[magic[2]])
    expected = math.prod(shape) * kind.itemsize
    said = " × ".join(map(str, shape))
    content = _content(file, expected + 1)
    if len(content) != expected:
        state = "is truncated" if len(content) < expected else "goes on after its end"
        found = str(len(content)) if len(content) < expected else "more"
        raise DataError(f"{path}: {state}: {said} values are {expected} bytes, but there are {found}.")
    try:
        return np.frombuffer(content, kind).astype(kind.newbyteorder("=")).reshape(shape)
    except ValueError as error:  # one length is 0, and the others are more than an array has
        raise DataError(f"{path}: holds {said} values, that is none.") from error


def _content(file: "IO[bytes] | gzip.GzipFile", most: int) -> bytearray:
    """What is left of a file, but no more than so many bytes."""
    content = bytearray()
    while len(content) < most and (chunk := file.read(min(CHUNK, most - len(content)))):
        content += chunk
    return content


def _shape(values: Array) -> str:
    return " × ".join(map(str, values.shape))
