"""Named data sets: the files of `conf/dataset`, and tables of openml.org, from a server and from the cache."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import _openml

from mlzoo import datasets
from mlzoo.composition import config
from mlzoo.composition.composing import compose
from mlzoo.errors import ConfigError, DataError
from mlzoo.tables import data

Plain = Callable[..., dict[str, Any]]
CELL = ("+preprocess=complex", "+models=lr")
SETS = {  # task, metric, rows, columns
    "breast_cancer": ("classification", "roc_auc", 569, 30),
    "diabetes": ("regression", "r2", 442, 10),
    "digits": ("classification", "accuracy", 1797, 64),
    "iris": ("classification", "accuracy", 150, 4),
    "titanic": ("classification", "roc_auc", 891, 7),
    "wine": ("classification", "accuracy", 178, 13),
}


# -- the shipped sets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_data_target_and_metric(plain: Plain, name: str) -> None:
    found = plain(f"+dataset={name}", *CELL)
    table = data.load(found)
    rows = len(table.y_train) + len(table.y_test)
    columns = {column for kind in table.columns.values() for column in kind}
    assert (table.task, found["metric"], rows) == SETS[name][:3]
    assert table.X_train.shape[1] == SETS[name][3]
    assert found["target"] not in columns
    assert "PassengerId" not in columns
    assert config.dataset_name(found) == name


def test_titanic_is_the_large_shipped_pair(plain: Plain) -> None:
    ours, shipped = (
        data.load(plain("+dataset=titanic", *CELL)),
        data.load(plain(*CELL, "preprocess.drop=[PassengerId]")),
    )
    pd.testing.assert_frame_equal(ours.X_train, shipped.X_train)
    pd.testing.assert_frame_equal(ours.X_test, shipped.X_test)
    assert np.array_equal(ours.y_test, shipped.y_test)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["+dataset=wine"], {"metric": "accuracy"}, id="plus"),
        pytest.param(["dataset=wine"], {"metric": "accuracy"}, id="no plus"),
        pytest.param(
            ["metric=f1_macro", "+dataset=wine"], {"metric": "f1_macro"}, id="a metric wins, wherever it stands"
        ),
        pytest.param(["+dataset=wine", "target=alcohol"], {"target": "alcohol"}, id="a target wins"),
        pytest.param(["+dataset=wine", "data=a.csv"], {"data": "a.csv"}, id="a file wins"),
        pytest.param(
            ["+experiment=tuned_forest", "+dataset=wine"], {"n_trials": 40, "metric": "accuracy"}, id="an experiment"
        ),
        pytest.param(
            ["+dataset=wine", "+experiment=tuned_forest"],
            {"n_trials": 40, "metric": "roc_auc"},
            id="of two files the later wins",
        ),
    ],
)
def test_what_wins(words: list[str], expected: dict[str, Any]) -> None:
    found = config.plain(compose(*([] if any("experiment" in word for word in words) else CELL), *words))
    wine = {"data": {"_target_": "sklearn.datasets.load_wine"}, "target": "target"}
    assert {key: found[key] for key in {**wine, **expected}} == {**wine, **expected}
    assert config.dataset_name(found) == "wine"


@pytest.mark.parametrize("words", [["+dataset=iris", "+experiment=own"], ["+experiment=own", "dataset=iris"]])
def test_another_set_than_that_of_an_experiment(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    lines = ["# @package _global_", "defaults:", *(f"  - /{one}" for one in ("dataset: wine", "preprocess: complex"))]
    (tmp_path / "experiment" / "own.yaml").write_text("\n".join([*lines, "  - /models: lr", "  - _self_"]))
    assert config.dataset_name(config.plain(compose("+experiment=own", config_dir=tmp_path))) == "wine"
    found = config.plain(compose(*words, config_dir=tmp_path))
    assert (config.dataset_name(found), found["data"]) == ("iris", {"_target_": "sklearn.datasets.load_iris"})


def test_a_set_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "shop.yaml").write_text("# @package _global_\ndata: shop.csv\ntarget: churn\n")
    found = config.plain(compose("+dataset=shop", *CELL, config_dir=tmp_path))
    assert (config.dataset_name(found), found["data"], found["target"]) == ("shop", "shop.csv", "churn")


@pytest.mark.parametrize("group", ["dataset", "experiment"])
def test_an_option_without_its_first_line_is_refused(group: str, tmp_path: Path) -> None:
    (tmp_path / group).mkdir()
    (tmp_path / group / "shop.yaml").write_text("data: shop.csv\ntarget: churn\n")
    with pytest.raises(ConfigError, match=rf"{group}/shop\.yaml: its first line must be `# @package _global_`"):
        compose(*CELL, f"+{group}=shop", config_dir=tmp_path)
    found = compose(*CELL, f"+{group}@_global_=shop", config_dir=tmp_path)
    assert found["data"] == "shop.csv"


def test_a_set_may_fill_another_one_s_keys(tmp_path: Path) -> None:
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "credit.yaml").write_text("defaults: [openml, _self_]\nname: credit-g\nversion: 1\n")
    assert compose(*CELL, "+dataset=credit", config_dir=tmp_path)["dataset"]["name"] == "credit-g"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["+dataset=wien"], "no such option. Did you mean 'wine'?", id="no such set"),
        pytest.param(["+dataset=openml"], "dataset.name has no value", id="openml without a name"),
        pytest.param(
            ["dataset.name=x"],
            "dataset.name: no dataset option is chosen. Add +dataset=OPTION",
            id="a name without openml",
        ),
        pytest.param(["+dataset=openml", "dataset.nam=x"], "Did you mean 'dataset.name'?", id="a key"),
    ],
)
def test_refused(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        config.plain(compose(*CELL, *words))


# -- openml.org ---------------------------------------------------------------------------------------------------

ROWS = [(i / 10 if i % 9 else "?", "uv"[i % 3 > 0], i, "good" if i % 5 else "bad") for i in range(60)]
FEATURES = {"a": "numeric", "b": "nominal", "number": "numeric", "class": "nominal"}
Features = dict[str, str]


class Server:
    """Answers like openml.org, as long as it is open; what it does not know is its error 412."""

    def __init__(self) -> None:
        files = self.files = dict[str, str]()
        asked = self.asked = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                known = self.path in files
                self.send_response(200 if known else 404 if "gone" in self.path else 412)
                self.end_headers()
                self.wfile.write(files.get(self.path, "{}").encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def add(
        self, name: str, *, features: Features = FEATURES, targets: tuple[str, ...] = ("class",), **about: str
    ) -> None:
        """Put a set there, with every file that scikit-learn asks for."""
        did = len(self.files) + 1
        kinds = [kind if kind == "numeric" else "{u,v,good,bad}" for kind in features.values()]
        attributes = [f"@attribute {column} {kind}" for column, kind in zip(features, kinds, strict=True)]
        lines = [",".join(map(str, row)) for row in ROWS]
        arff = "\n".join(["@relation made", *attributes, "@data", *lines, ""])
        listed = {"did": did, "name": name, "version": 1, "status": "active", "format": "ARFF"}
        url = f"{self.address}/data/v1/download/{did}/{name}.arff"
        info = {"id": str(did), "name": name, "version": "1", "description": "made", "format": "ARFF", "url": url}
        info |= {"status": "active", "md5_checksum": hashlib.md5(arff.encode()).hexdigest(), **about}
        held = [
            {
                "name": column,
                "data_type": kind,
                "is_target": str(column in targets).lower(),
                "is_ignore": "false",
                "is_row_identifier": str(column == "number").lower(),
                "number_of_missing_values": "0",
            }
            for column, kind in features.items()
        ]
        api = "/api/v1/json/data"
        self.files |= {
            f"{api}/list/data_name/{name}/limit/2/data_version/1": json.dumps({"data": {"dataset": [listed]}}),
            f"{api}/{did}": json.dumps({"data_set_description": info}),
            f"{api}/features/{did}": json.dumps({"data_features": {"feature": held}}),
            f"{api}/qualities/{did}": json.dumps({"data_qualities": {"quality": []}}),
            f"/data/v1/download/{did}/{name}.arff": arff,
        }


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    made = Server()
    for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
        monkeypatch.setattr(_openml, name, getattr(_openml, name).replace("https://www.openml.org", made.address))
    monkeypatch.setattr(_openml.time, "sleep", lambda _: None)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "cache"))
    yield made
    made.close()


def test_a_table_is_fetched_once_and_then_read_from_the_cache(server: Server, plain: Plain, tmp_path: Path) -> None:
    server.add("made-up")
    found = plain("+dataset=openml", "dataset.name=Made-Up", *CELL)
    first = data.load(found)
    assert config.dataset_name(found) == "Made-Up v1"
    assert len(server.asked) == 5
    server.close()
    table = data.load(found)
    assert len(server.asked) == 5
    assert sorted(path.name for path in (tmp_path / "cache").rglob("*.arff.gz")) == ["made-up.arff.gz"]
    pd.testing.assert_frame_equal(table.X_train, first.X_train)
    assert table.columns == {"number": ["a"], "category": ["b"]}  # without the column that numbers the rows
    assert table.classes == ["bad", "good"]
    assert table.X_train["a"].isna().sum() + table.X_test["a"].isna().sum() == 7
    truth = [ROWS[at][3] for at in table.rows_train]
    assert table.y_train.tolist() == truth
    assert table.X_train["b"].tolist() == [ROWS[at][1] for at in table.rows_train]


def test_another_target(server: Server, plain: Plain) -> None:
    server.add("made-up")
    table = data.load(plain("+dataset=openml", "dataset.name=made-up", "target=b", *CELL))
    assert table.classes == ["u", "v"]
    assert table.columns == {"number": ["a"], "category": ["class"]}


@pytest.mark.parametrize(
    ("target", "about", "said"),
    [
        pytest.param(
            "target", {"targets": ("b", "class")}, r"has 2 default targets: .* one of b, class\.", id="several"
        ),
        pytest.param("target", {"targets": ()}, r"no default target: .* one of a, b, class\.", id="none"),
        pytest.param("clas", {}, "target=clas: made has no such column. Did you mean 'class'", id="no such column"),
        pytest.param("target", {"format": "Sparse_ARFF"}, "stored as a sparse table", id="sparse"),
        pytest.param("target", {"md5_checksum": "0"}, "md5 checksum .* does not match", id="another file"),
        pytest.param(
            "target",
            {"features": {"target": "numeric", "b": "nominal", "number": "numeric", "class": "nominal"}},
            "column 'target' beside its default target 'class': .* target=class for that",
            id="a feature called target",
        ),
    ],
)
def test_a_table_that_cannot_be_taken(server: Server, target: str, about: dict[str, Any], said: str) -> None:
    server.add("made", **about)
    with pytest.raises(DataError, match=said):
        datasets.openml("made", 1, target)


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        pytest.param("made", 2, r"dataset.version=2: Dataset made with version 2 not found; https://", id="no version"),
        pytest.param("made", 0, r"must be an int in the range \[1, inf\) or a str among \{'active'\}", id="no number"),
        pytest.param("gone", 1, "cannot be asked .HTTP Error 404", id="an error of the server"),
    ],
)
def test_a_set_that_is_not_there(server: Server, name: str, version: int, said: str) -> None:
    server.add("made")
    with pytest.raises(DataError, match=said):
        datasets.openml(name, version)


def test_no_network(server: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    server.close()
    with pytest.raises(DataError, match=r"cannot be asked \(.*refused.*cache \(SCIKIT_LEARN_DATA\) holds no copy"):
        datasets.openml("made")
    assert "A network error occurred" in caplog.text


def test_a_withdrawn_version_is_said_not_raised(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.add("made", status="deactivated")
    assert len(datasets.openml("made")) == len(ROWS)
    assert "openml.org, made: Version 1 of dataset made is inactive" in caplog.text


def test_the_cache_cannot_be_named_in_a_config(plain: Plain) -> None:
    with pytest.raises(ConfigError, match="has no argument 'data_home'"):
        plain("+dataset=openml", "dataset.name=made", "data.data_home=/tmp", *CELL)
