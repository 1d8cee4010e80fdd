"""Write scikit-learn's handwritten digits as IDX files, the format of MNIST, with MNIST's names.

The 1797 images of 8 × 8 pixels come with scikit-learn (``load_digits``; E. Alpaydin, C. Kaynak (1998), "Optical
Recognition of Handwritten Digits", UCI Machine Learning Repository, CC BY 4.0). Their values, 0 to 16, are spread over
0 to 255. A quarter of them, drawn by a fixed seed from each digit's, is the test part.

Run ``python data/make_idx.py`` to write the four files into ``idx`` next to this script.
"""

import argparse
import gzip
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 1998
TEST_SHARE = 0.25
UNSIGNED_BYTES = 8  # IDX's code of the type

Bytes = npt.NDArray[np.uint8]


def idx_bytes(values: Bytes) -> bytes:
    """An array as the content of an IDX file."""
    return bytes([0, 0, UNSIGNED_BYTES, values.ndim]) + np.array(values.shape, dtype=">u4").tobytes() + values.tobytes()


def write_gzip(path: Path, content: bytes) -> None:
    """Write a compressed file without name and time in it, so that it is the same each time."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
            file.write(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def main() -> None:
    """Write the four files."""
    parser = argparse.ArgumentParser(description="Write scikit-learn's digits as IDX files.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "idx", help="folder for them")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    digits = load_digits()
    images, labels = np.rint(digits.images * 255 / 16).astype(np.uint8), digits.target.astype(np.uint8)
    parts = train_test_split(images, labels, test_size=TEST_SHARE, random_state=SEED, stratify=labels)
    names = ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte")
    for name, values in zip(names, parts, strict=True):
        path = out / f"{name}.gz"
        write_gzip(path, idx_bytes(values))
        print(f"wrote {path} ({' × '.join(map(str, values.shape))})")


if __name__ == "__main__":
    main()
