"""Images in IDX files, the network trained by epochs, and what is told of its training."""

import csv
import gzip
import json
import logging
import pickle
import runpy
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from mlzoo import evaluate, idx, prediction, record, runner
from mlzoo.epochs import Epochs
from mlzoo.errors import ConfigError, DataError
from mlzoo.networks import NetworkClassifier
from mlzoo.preprocessing import scale_pixels
from mlzoo.tables import data
from mlzoo.tables.data import Data
from tests.conftest import ROOT, Program

param = pytest.param
Plain = Callable[..., dict[str, Any]]
NAMES = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
EXPERIMENT = ("+experiment=idx_digits", "params.lr=1e-2", "params.epoch_count=3", "models.type.hidden_layer_sizes=[32]")


def idx_bytes(values: Any, code: int = 8) -> bytes:
    """An IDX file, packed value by value."""
    values = np.asarray(values)
    mark = {8: "B", 9: "b", 11: "h", 12: "i", 13: "f", 14: "d"}[code]
    header = struct.pack(">BBBB", 0, 0, code, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + b"".join(struct.pack(f">{mark}", value) for value in values.ravel().tolist())


def scalars(folder: Path) -> dict[str, dict[int, float]]:
    """The points of TensorBoard's event files: tag -> step -> value."""
    from tensorboardX.proto.event_pb2 import Event

    found: dict[str, dict[int, float]] = {}
    for path in folder.glob("events.out.tfevents.*"):
        content, at = path.read_bytes(), 0
        while at < len(content):
            (length,) = struct.unpack_from("<Q", content, at)
            event = Event.FromString(content[at + 12 : at + 12 + length])
            for value in event.summary.value:
                found.setdefault(value.tag, {})[event.step] = value.simple_value
            at += 16 + length
    return found


def epochs_of(folder: Path) -> list[dict[str, float]]:
    with (folder / "epochs.csv").open(encoding="utf-8", newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [entry.getMessage() for entry in caplog.records if entry.name == "mlzoo.epochs"]


# -- the shipped files --------------------------------------------------------------------------------------------


def test_the_script_makes_the_shipped_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        monkeypatch.setattr(sys, "argv", ["make_idx.py", "--out", str(tmp_path / name)])
        runpy.run_path(str(ROOT / "data/make_idx.py"), run_name="__main__")
    assert sorted(path.name for path in (ROOT / "data/idx").iterdir()) == sorted(NAMES)
    for name in NAMES:
        made, shipped = tmp_path / "a" / name, ROOT / "data/idx" / name
        assert made.read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert gzip.decompress(made.read_bytes()) == gzip.decompress(
            shipped.read_bytes()
        )  # another zlib packs otherwise


def test_the_shipped_files_hold_the_digits_of_scikit_learn() -> None:
    train, test = (idx.read_idx(*(str(ROOT / "data/idx" / name) for name in names)) for names in (NAMES[:2], NAMES[2:]))
    assert (len(train), len(test)) == (1347, 450)
    digits = load_digits()
    both = pd.concat([train, test]).to_numpy(dtype=int)
    expected = np.column_stack([np.rint(digits.data * 255 / 16).astype(int), digits.target])
    assert sorted(both.tolist()) == sorted(expected.tolist())
    assert train["label"].value_counts().min() > 120


# -- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("code", "values"),
    [
        param(8, [0, 7, 255], id="ubyte"),
        param(9, [-128, 0, 127], id="byte"),
        param(11, [[-300, 2], [3, 300]], id="short"),
        param(12, [[[-70000], [70000]]], id="int"),
        param(13, [0.5, -2.25], id="float"),
        param(14, [[1 / 3, 1e300]], id="double"),
        param(8, np.zeros((0, 4)), id="empty"),
    ],
)
def test_every_type_and_shape(tmp_path: Path, code: int, values: Any, packed: bool) -> None:
    content = idx_bytes(np.asarray(values, dtype=int if code < 13 else float), code)
    path = tmp_path / f"x{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(content) if packed else content)
    found = idx.read_array(path)
    assert found.dtype.isnative
    assert found.dtype.itemsize == {8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8}[code]
    assert found.shape == np.shape(values)
    assert found.tolist() == np.asarray(values).tolist()


IMAGES = np.arange(24).reshape(3, 2, 4)


def test_a_table_of_images(tmp_path: Path) -> None:
    (tmp_path / "i").write_bytes(idx_bytes(IMAGES))
    (tmp_path / "l").write_bytes(idx_bytes([5, 0, 4]))
    found = idx.read_idx("i", "l", start_folder=str(tmp_path))
    assert list(found.columns) == [f"pixel_{row}_{column}" for row in (0, 1) for column in range(4)] + ["label"]
    assert found.loc[1].tolist() == [*range(8, 16), 0]
    assert found.loc[2, "pixel_1_0"] == IMAGES[2, 1, 0]


GOOD = idx_bytes(IMAGES)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        param("i", b"", ["no IDX file", "(none)"], id="no bytes"),
        param("i", b"PK\x08\3" + GOOD[4:], ["no IDX file", "50 4b 08 03", "00 00 08 03"], id="magic"),
        param("i", b"\0\0\x0a\3" + GOOD[4:], ["no IDX file", "00 00 0a 03", "08, 09, 0b, 0c, 0d, 0e"], id="type"),
        param("i", b"\0\0\x08\0" + GOOD[4:], ["no IDX file", "00 00 08 00"], id="no dimension"),
        param("i", GOOD[:9], ["truncated", "3 lengths"], id="header"),
        param("i", GOOD[:-5], ["truncated", "3 × 2 × 4", "24 bytes", "19"], id="truncated"),
        param("i", GOOD + b"!", ["goes on", "3 × 2 × 4", "24 bytes", "more"], id="trailing"),
        param(
            "i", b"\0\0\x08\xff" + 255 * struct.pack(">I", 1) + b"1", ["255 dimensions", "at most 64"], id="dimensions"
        ),
        param("i", b"\0\0\x08\x03" + struct.pack(">3I", 1 << 31, 1 << 20, 1 << 20), ["truncated", "are 0"], id="huge"),
        param(
            "i.gz",
            gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 10**6, 10**4, 10**4) + b"a" * 100),
            ["truncated", "100000000000000 bytes", "are 100"],
            id="large",
        ),
        param(
            "i", b"\0\0\x08\x05" + struct.pack(">5I", 0, *[2**32 - 1] * 4), ["0 × 4294967295", "is none"], id="lengths"
        ),
        param("i.gz", GOOD, ["not compressed by gzip"], id="not gzip"),
        param("i", gzip.compress(GOOD), ["name in .gz"], id="gzip unnamed"),
        param("i.gz", gzip.compress(GOOD)[:-20], ["cannot be read", "end"], id="gzip truncated"),
        param("i.gz", gzip.compress(GOOD)[:-8] + bytes(8), ["cannot be read", "CRC"], id="gzip damaged"),
        param("i", idx_bytes([1, 2, 3]), ["one number for each row", "file of labels"], id="labels for images"),
        param("i", idx_bytes(IMAGES[:2]), ["2 images", "3 labels"], id="counts"),
        param("i", idx_bytes(np.zeros((3, 0, 4), dtype=int)), ["3 × 0 × 4", "no image"], id="no pixel"),
    ],
)
def test_a_bad_file_of_images(tmp_path: Path, name: str, content: bytes, words: list[str]) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "l").write_bytes(idx_bytes([1, 2, 3]))
    with pytest.raises(DataError) as raised:
        idx.read_idx(name, "l", start_folder=str(tmp_path))
    assert str(tmp_path / name) in str(raised.value)
    assert [word for word in words if word not in str(raised.value)] == []


def test_a_file_of_labels_that_is_none_and_one_that_is_not_there(tmp_path: Path) -> None:
    for name in ("i", "l"):
        (tmp_path / name).write_bytes(GOOD)
    with pytest.raises(DataError, match=r"l: holds 3 × 2 × 4 values, where one label"):
        idx.read_idx("i", "l", start_folder=str(tmp_path))
    with pytest.raises(DataError, match=r"labels=gone.*no such file"):
        idx.read_idx("i", "gone", start_folder=str(tmp_path))


def test_where_the_files_are_looked_for(tmp_path: Path) -> None:
    from mlzoo.reading.files import find

    name = str(tmp_path / "data/idx" / NAMES[0])
    assert find(name, where="", folder=str(tmp_path)) == ROOT / "data/idx" / NAMES[0]
    assert find(f"data/idx/{NAMES[0]}", where="", folder=str(tmp_path)) == ROOT / "data/idx" / NAMES[0]
    with pytest.raises(DataError):
        find(str(tmp_path / "other/idx" / NAMES[0]), where="", folder=str(tmp_path))
    (tmp_path / "data/idx").mkdir(parents=True)  # one's own: it is not mixed with the shipped one
    with pytest.raises(DataError, match="no such file"):
        find(name, where="", folder=str(tmp_path))


# -- the network --------------------------------------------------------------------------------------------------


@parametrize_with_checks([NetworkClassifier(epoch_count=6, lr=0.05, hidden_layer_sizes=(20,))])
def test_scikit_learn_s_conventions(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def digits() -> tuple[Any, ...]:
    X, y = load_digits(return_X_y=True)  # noqa: N806
    X = X / 16  # noqa: N806
    return X[:400], y[:400], X[400:600], y[400:600]


def test_watching_changes_nothing_and_averages_over_batches(digits: tuple[Any, ...]) -> None:
    X, y, X_val, y_val = digits  # noqa: N806
    seen: list[tuple[dict[str, float], int]] = []
    watched = NetworkClassifier(3, 0.01, 64, [30], random_state=1)
    watched.fit(X, y, X_val=X_val, y_val=y_val, on_epoch=lambda epoch, total: seen.append((epoch, total)))
    alone = NetworkClassifier(3, 0.01, 64, [30], random_state=1).fit(X, y)
    assert watched.predict_proba(X_val).tolist() == alone.predict_proba(X_val).tolist()
    assert seen == [(epoch, 3) for epoch in watched.epochs_]
    assert [epoch["epoch"] for epoch in watched.epochs_] == [1, 2, 3]
    assert [{"epoch": e["epoch"], "train": e["train"]} for e in watched.epochs_] == alone.epochs_
    for name, (rows, labels) in {"train": (X, y), "test": (X_val, y_val)}.items():
        right = watched.predict(rows) == labels
        batches = [right[start : start + 64] for start in range(0, len(right), 64)]
        assert watched.epochs_[-1][name] == pytest.approx(sum(sum(b) / len(b) for b in batches) / len(batches))
    assert watched.epochs_[-1]["test"] > 0.6 > watched.epochs_[0]["test"] - 0.3


def test_its_parameters_are_those_of_scikit_learn_s_network(digits: tuple[Any, ...]) -> None:
    X, y, *_ = digits  # noqa: N806
    found = NetworkClassifier(5, 0.05, 400, [5], alpha=3.0, random_state=1).fit(X, y)
    seed = np.random.RandomState(1).randint(2**31 - 1)
    network = MLPClassifier([5], learning_rate_init=0.05, batch_size=400, alpha=3.0, random_state=seed)
    for _ in range(5):
        network.partial_fit(X, y, classes=np.unique(y))
    np.testing.assert_allclose(found.predict_proba(X), network.predict_proba(X), atol=1e-9)


def test_the_seed_decides(digits: tuple[Any, ...]) -> None:
    X, y, *_ = digits  # noqa: N806
    one, two, other = (NetworkClassifier(1, random_state=seed).fit(X, y).predict_proba(X) for seed in (1, 1, 2))
    assert (one == two).all()
    assert not np.allclose(one, other)


@pytest.mark.parametrize("wrong", [{"epoch_count": 0}, {"batch_size": 1.5}, {"lr": "abc"}, {"lr": 0}], ids=str)
def test_a_wrong_parameter(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=rf"{name} must be .*{value!r} \(models\.type\.{name}, .* params\.{name}\)"):
        NetworkClassifier(**wrong).fit([[0.0], [1.0]], [0, 1])


def test_what_is_offered_goes_to_models_that_ask_alone() -> None:
    offered = {"X_val": 1, "y_val": 2, "on_epoch": None}
    assert evaluate._asked_for(NetworkClassifier(), offered) == offered
    assert evaluate._asked_for(HistGradientBoostingClassifier(), offered) == {}  # which would stop by them
    assert evaluate._asked_for(object(), offered) == {}


# -- the experiment -----------------------------------------------------------------------------------------------


def test_its_keys(plain: Plain) -> None:
    from mlzoo.composition.composing import compose

    found = compose("+experiment=idx_digits")
    assert found.files == dict(zip(("train_data", "train_labels", "test_data", "test_labels"), NAMES, strict=True))
    assert found.params == {"epoch_count": 20, "lr": 5e-5, "batch_size": 128}
    assert isinstance(found.params.lr, float)
    assert dict(found.paths) == {"log": "./runs", "data": f"{Path.cwd()}/data/idx"}
    used = plain("+experiment=idx_digits", "params.batch_size=32", "files.train_data=a", "paths.data=/b", "paths.log=c")
    assert used["validation"] == {"name": "holdout"}
    assert used["data"]["images"] == "/b/a"
    assert used["test_data"]["labels"] == f"/b/{NAMES[3]}"
    assert (used["models"]["type"]["batch_size"], used["models"]["type"]["lr"]) == (32, 5e-5)
    assert used["models"]["log"] == "c"


@pytest.mark.parametrize("name", ["train_data", "test_labels"])
def test_a_file_s_name_that_is_missing(plain: Plain, name: str) -> None:
    with pytest.raises(DataError, match=r"/None: files\.train_.*files\.test_.*missing") as raised:
        data.load(plain("+experiment=idx_digits", f"files.{name}=null"))
    assert f"files.{name}" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "key"),
    [("train_data", "data.images"), ("test_data", "test_data.images"), ("test_labels", "test_data.labels")],
)
def test_a_file_that_is_not_there_is_named_by_its_key(plain: Plain, name: str, key: str) -> None:
    with pytest.raises(DataError, match=rf"^{key}, or files\.{name}=/.*/nix\.idx: there is no such file"):
        data.load(plain("+experiment=idx_digits", f"files.{name}=nix.idx"))


@pytest.fixture
def table(plain: Plain) -> Data:
    return data.load(plain(*EXPERIMENT))


def test_another_model_on_the_same_images(plain: Plain) -> None:
    used = plain("+experiment=idx_digits", "models=rf")
    assert used["models"]["type"]["n_estimators"] == 100
    assert "log" not in used["models"]
    alone = plain("+preprocess=simple", "+models=images/network")
    assert (alone["models"]["type"]["epoch_count"], alone["models"]["type"]["lr"]) == (20, 1e-3)
    assert alone["models"]["log"] is None


def test_pixels_are_numbers() -> None:
    made = scale_pixels(columns={"number": ["a"], "category": []})
    found = made.fit_transform(pd.DataFrame({"a": np.array([0, 51, 255], dtype=np.uint8)}, index=[3, 4, 5]))
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": np.float32([0, 0.2, 1])}, index=[3, 4, 5]))
    with pytest.raises(DataError, match="the column 'b' holds others"):
        scale_pixels(columns={"number": ["a"], "category": ["b"]})


def test_the_table(table: Data) -> None:
    assert (table.X_train.shape, table.X_test.shape) == ((1347, 64), (450, 64))
    assert table.classes == list(range(10))
    assert table.sources["train"]["source"] == str(ROOT / "data/idx" / NAMES[0])
    assert "source" not in table.X_train.attrs
    constant = [finding for finding in table.findings if finding["check"] == "constant"]
    assert [finding["message"] for finding in constant] == [
        "3 columns have one value in the train split: 'pixel_0_0', 'pixel_4_0', 'pixel_4_7'."
    ]


def test_a_run_tells_of_its_epochs(plain: Plain, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    config = plain(*EXPERIMENT, f"paths.log={tmp_path}/runs")
    made = runner.run(config, folder=tmp_path / "run")
    epochs = epochs_of(tmp_path / "run")
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3]
    assert epochs == made.pipeline[-1].epochs_
    assert epochs[-1]["test"] == pytest.approx(made["test"]["accuracy"], abs=0.02)
    assert epochs[-1]["test"] > 0.8
    lines = [f"epoch {e['epoch']:.0f}/3  train {e['train']:.3f}  test {e['test']:.3f}" for e in epochs]
    assert told(caplog) == [f"To see the epochs drawn: tensorboard --logdir {tmp_path}/runs", *lines]
    found = scalars(tmp_path / "runs" / (tmp_path / "run").relative_to("/"))
    assert set(found) == {"accuracy/train", "accuracy/test"}
    for name in ("train", "test"):
        expected = {int(epoch["epoch"]): epoch[name] for epoch in epochs}
        assert found[f"accuracy/{name}"] == pytest.approx(expected, abs=1e-6)
    assert (made["cell"], made["validation"]["optimistic"]) == ("pixels-network", True)


def test_folds_are_not_watched(plain: Plain, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    words = ("validation=cv", "validation.n_splits=2", "validation.n_repeats=1", "params.epoch_count=1", "n_jobs=1")
    made = runner.run(plain(*EXPERIMENT, *words, f"paths.log={tmp_path}/runs"), folder=tmp_path / "run")
    (epoch,) = epochs_of(tmp_path / "run")
    assert set(epoch) == {"epoch", "train"}  # of the final fit, which has not seen the test split
    assert told(caplog)[1:] == [f"epoch 1/1  train {epoch['train']:.3f}"]
    assert len(made["cv"]["accuracy"]) == 2


def test_epochs_of_another_process_are_told_at_the_end(
    plain: Plain, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = plain(*EXPERIMENT, "timeout_s=100", "models.log=null", "n_jobs=1")
    runner.run(config, folder=tmp_path / "run")
    assert [line[:9] for line in told(caplog)] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert not list(tmp_path.glob("runs"))


def test_a_context_that_is_sent_leaves_its_watcher_behind(plain: Plain, table: Data, tmp_path: Path) -> None:
    from mlzoo.folds import make_folds
    from mlzoo.searching.fits import Context

    config = plain(*EXPERIMENT)
    context = Context(config, table, make_folds(config["validation"], table), {}, 1)
    context.on_epoch = Epochs(config, tmp_path)
    assert pickle.loads(pickle.dumps(context)).on_epoch is None


def test_without_the_extra_it_says_so(
    plain: Plain, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("mlzoo.epochs.find_spec", lambda name: None)
    with Epochs(plain(*EXPERIMENT, f"paths.log={tmp_path}/runs"), tmp_path / "run") as epochs:
        epochs({"epoch": 1, "train": 0.5}, 1)
    assert len(told(caplog)) == 2
    assert "pip install 'mlzoo[tensorboard]'" in told(caplog)[0]
    assert not (tmp_path / "runs").exists()


def test_a_log_folder_that_cannot_be_written(plain: Plain, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = plain(*EXPERIMENT, f"paths.log={tmp_path}/file")
    with pytest.raises(ConfigError, match=r"models\.log=.*file: no event files can be written there"):
        runner.run(config, folder=tmp_path / "run")
    assert record.load(tmp_path / "run")["status"] == "failed"


@pytest.mark.long
def test_a_multirun_from_any_folder(zoo: Program, tmp_path: Path) -> None:
    words = (
        "-m",
        *EXPERIMENT[:2],
        EXPERIMENT[3],
        "params.epoch_count=2",
        "params.batch_size=32,128",
        "hydra.sweep.dir=sweep",
    )
    done = zoo(*words)
    for number, size in enumerate((32, 128)):
        made = json.loads((tmp_path / f"sweep/{number}/record.json").read_text())
        assert made["params"]["models.type.batch_size"] == size
        points = scalars(tmp_path / f"runs/sweep/{number}")
        assert points["accuracy/test"][2] == pytest.approx(epochs_of(tmp_path / f"sweep/{number}")[-1]["test"])
        assert f"pixels-network batch_size={size} (optimistic)" in done.stdout
    assert done.stdout.count("epoch 2/2  train 0.") == 2


@pytest.mark.parametrize("persist", ["joblib", pytest.param("skops", marks=pytest.mark.long)])
def test_new_images_are_predicted(plain: Plain, tmp_path: Path, persist: str) -> None:
    made = runner.run(plain(*EXPERIMENT, f"persist={persist}", "models.log=null"), folder=tmp_path / "run")
    images, labels = (ROOT / "data/idx" / name for name in NAMES[2:])
    found, notices = prediction.predict_rows(record.load(made.folder), str(images))
    assert notices == []
    assert (found["prediction"] == idx.read_array(labels)).mean() == pytest.approx(made["test"]["accuracy"])
    with pytest.raises(DataError, match="one number for each row"):
        prediction.predict_rows(made, str(labels))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        param(idx_bytes(IMAGES), True, id="plain"),
        param(gzip.compress(idx_bytes(IMAGES)), True, id="compressed"),
        param(b"a,b\n1,2\n", False, id="csv"),
        param(b"id\tb\n1\t2\n", False, id="tsv"),
        param(gzip.compress(b"a,b\n1,2\n"), False, id="compressed csv"),
        param("a,b\n1,2\n".encode("utf-16"), False, id="utf-16"),
        param(gzip.compress(idx_bytes(IMAGES))[:12], False, id="cut"),
        param(b"", False, id="empty"),
    ],
)
def test_what_is_an_idx_file(tmp_path: Path, content: bytes, expected: bool) -> None:
    (tmp_path / "file").write_bytes(content)
    assert idx.is_idx(tmp_path / "file") is expected
    assert not idx.is_idx(tmp_path / "nothing")
