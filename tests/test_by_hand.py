"""What mlzoo scores is, to the last digit, what the same pipeline written by hand scores on the same files."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from feature_engine.encoding import OneHotEncoder
from feature_engine.imputation import CategoricalImputer, MeanMedianImputer
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, make_scorer, roc_auc_score
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import mlzoo
from mlzoo.board import comparison
from mlzoo.record import Record
from mlzoo.report import misses
from mlzoo.report.files import read_predictions

ROOT = Path(__file__).resolve().parents[1]
CONF = Path(__file__).with_name("conf")
QUICK = ("validation.n_splits=2", "validation.n_repeats=1")
TREES = {"rf": ("models.type.n_estimators=20",)}
MODELS = {
    "lr": LogisticRegression(C=1, random_state=123),
    "rf": RandomForestClassifier(n_estimators=20, max_depth=5, min_samples_split=10, random_state=123),
}


@dataclass
class Files:
    """A pair of files and the overrides that name them to mlzoo; none of either for the shipped ones."""

    train: Path
    test: Path
    target: str
    overrides: tuple[str, ...]

    def frames(self, kind: str) -> tuple[pd.DataFrame, Any, pd.DataFrame, Any]:
        parts: list[Any] = []
        for path in (self.train, self.test):
            frame = pd.read_csv(path)
            features = frame.drop(columns=self.target)
            parts += [features.select_dtypes("number") if kind == "simple" else features, frame[self.target]]
        return parts[0], parts[1], parts[2], parts[3]


def shipped(kind: str, folder: Path) -> Files:
    size = {"simple": "small", "complex": "large"}[kind]
    train, test = (ROOT / "data" / f"data-{part}-{size}.csv" for part in ("train", "test"))
    return Files(train, test, "Survived", ())


def own(kind: str, folder: Path) -> Files:
    """Customers: other names, a target of three texts, numbers and texts with missing values, an unseen category."""
    rng = np.random.default_rng(5)
    paths = []
    for name, rows in (("kunden", 180), ("neue", 70)):
        months = rng.gamma(2, 10, rows)
        plan = rng.choice(["basic", "plus", "pro"], rows, p=[0.6, 0.3, 0.1])
        score = months / 20 + (plan == "pro") + rng.normal(0, 0.5, rows)
        frame = pd.DataFrame(
            {
                "plan": plan,
                "months": months.round(1),
                "opened at": rng.choice(["12:30", "1st/2nd", "2020-01-01"], rows, p=[0.7, 0.2, 0.1]),
                "größe": rng.integers(1, 9, rows),
                "left": np.select([score < 0.8, score < 1.5], ["early", "late"], "never"),
            }
        )
        frame.loc[rng.random(rows) < 0.2, "months"] = np.nan
        frame.loc[rng.random(rows) < 0.1, "plan"] = None
        if name == "neue":
            frame.loc[3, "plan"] = "gold"
        paths.append(folder / f"{name}.csv")
        frame.to_csv(paths[-1], index=False)
    drop = ("preprocess.drop=[plan,opened at]",) if kind == "simple" else ()
    words = (f"data={paths[0]}", f"test_data={paths[1]}", "target=left", *drop)
    return Files(paths[0], paths[1], "left", words)


def by_hand(features: pd.DataFrame, model: Any) -> Pipeline:
    numbers = list(features.select_dtypes("number"))
    texts = [name for name in features if name not in numbers]
    steps: list[Any] = [MeanMedianImputer("mean", variables=numbers)]
    if texts:
        steps.append(CategoricalImputer("frequent", variables=texts, ignore_format=True))
        steps.append(OneHotEncoder(variables=texts, ignore_format=True))
    return make_pipeline(*steps, StandardScaler(), clone(model))


@contextmanager
def bare() -> Iterator[None]:
    """Around the pipeline by hand: feature-engine's encoder meets a deprecation of pandas 3.1."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The inplace keyword in DataFrame.drop is deprecated")
        yield


@dataclass
class Both:
    """A run of mlzoo, and the pipeline by hand with its data."""

    record: Record
    pipeline: Pipeline
    parts: tuple[pd.DataFrame, Any, pd.DataFrame, Any]


def cases() -> Iterator[Any]:
    """Each cell with each pair of files; of the forests, which take seconds, one is no long test."""
    for cell in ("simple-lr", "simple-rf", "complex-lr", "complex-rf"):
        for files in (shipped, own):
            long = cell.endswith("rf") and (cell, files) != ("complex-rf", shipped)
            marks = pytest.mark.long if long else ()
            yield pytest.param((cell, files), id=f"{cell}-{files.__name__}", marks=marks)


@pytest.fixture(scope="module", params=cases())
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    cell, files = request.param
    kind, model = cell.split("-")
    folder = tmp_path_factory.mktemp(cell)
    used = files(kind, folder)
    config = mlzoo.compose(f"+preprocess={kind}", f"+models={model}", *TREES.get(model, ()), *used.overrides)
    record = mlzoo.run(config, folder=folder / "run")
    assert record["cell"] == cell
    parts = used.frames(kind)
    pipeline = by_hand(parts[0], MODELS[model])
    with bare():
        pipeline.fit(parts[0], parts[1])
    return Both(record, pipeline, parts)


def test_the_test_score(both: Both) -> None:
    _, _, X, y = both.parts  # noqa: N806
    with bare():
        expected = accuracy_score(y, both.pipeline.predict(X))
    assert both.record["test"]["accuracy"] == expected


def test_the_fold_scores(both: Both) -> None:
    X, y, _, _ = both.parts  # noqa: N806
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=123)
    with bare():
        expected = cross_val_score(both.pipeline, X, y, cv=folds, error_score="raise")
    assert both.record["cv"]["accuracy"] == expected.tolist()


def test_the_predictions(both: Both) -> None:
    _, _, X, y = both.parts  # noqa: N806
    with bare():
        label, proba = both.pipeline.predict(X), both.pipeline.predict_proba(X)
    written = pd.read_csv(both.record.folder / "predictions.csv")
    assert written["row"].tolist() == list(range(len(X)))
    assert written["truth"].tolist() == y.tolist()
    assert written["prediction"].tolist() == label.tolist()
    names = [f"proba_{name}" for name in both.pipeline.classes_]
    np.testing.assert_array_equal(written[names].to_numpy(), proba)


def test_the_pipeline_that_was_kept(both: Both) -> None:
    _, _, X, _ = both.parts  # noqa: N806
    with bare():
        expected = both.pipeline.predict_proba(X)
    np.testing.assert_array_equal(both.record.pipeline.predict_proba(X), expected)


# -- other metrics and tasks --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def numbers() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(90, 2)).round(4)
    y = (x[:, 0] + rng.normal(0, 0.7, 90) > 0.3).astype(int)
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y})


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(["no", "yes"], id="text"),
        pytest.param(["yes", "zero"], id="last-in-order-is-positive"),
        pytest.param([False, True], id="boolean"),
        pytest.param([0.0, 1.0], id="float"),
        pytest.param([1, 2], id="1-2"),
        pytest.param([3, 7], id="3-7"),
    ],
)
def test_metrics_of_two_classes(numbers: pd.DataFrame, tmp_path: Path, labels: list[Any]) -> None:
    frame = numbers.assign(y=numbers["y"].map(dict(enumerate(labels))))
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = [f"data={tmp_path / 'my.csv'}", "target=y", "metric=f1", "metrics=[roc_auc,accuracy]", "persist=none"]
    record = mlzoo.run(mlzoo.compose("+preprocess=simple", "+models=lr", *QUICK, *words), folder=tmp_path / "run")

    X, y = frame[["a", "b"]], frame["y"].to_numpy()  # noqa: N806
    train, test = (np.sort(p) for p in train_test_split(range(90), test_size=0.25, random_state=123, stratify=y))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1)).fit(X.iloc[train], y[train])
    assert record["test"] == {
        "f1": f1_score(y[test], pipeline.predict(X.iloc[test]), pos_label=labels[1]),
        "roc_auc": roc_auc_score(y[test] == labels[1], pipeline.predict_proba(X.iloc[test])[:, 1]),
        "accuracy": pipeline.score(X.iloc[test], y[test]),
    }
    folds = RepeatedStratifiedKFold(n_splits=2, n_repeats=1, random_state=123)
    scorer = make_scorer(f1_score, pos_label=labels[1])
    expected = cross_val_score(pipeline, X.iloc[train], y[train], cv=folds, scoring=scorer)
    assert record["cv"]["f1"] == expected.tolist()


def test_the_first_class_as_the_positive_one(numbers: pd.DataFrame, tmp_path: Path) -> None:
    """All that is said of it is what is said where the labels are called so that it is the last."""
    boards, records = [], []
    fewer = ("persist=none", "n_trials=6", "validation.n_repeats=1")
    for name, labels, words in (("first", ["b", "a"], ["positive=a"]), ("last", ["a", "b"], [])):
        frame = numbers.assign(y=numbers["y"].map(dict(enumerate(labels))))
        for part, rows in (("train", frame[:60]), ("test", frame[60:])):
            rows.to_csv(tmp_path / f"{name}-{part}.csv", index=False)
        words += [f"data={tmp_path / name}-train.csv", f"test_data={tmp_path / name}-test.csv", "target=y", "metric=f1"]
        config = mlzoo.compose("+preprocess=simple", "+models=lr", *words, *fewer)
        records.append(mlzoo.run(config, folder=tmp_path / name))
        boards.append(comparison.make([records[-1]]))
    first, last = (one.content for one in records)
    assert (first["data"]["positive"], last["data"]["positive"]) == ("a", "b")
    found, expected = ([*one["cv"]["f1"], one["test"]["f1"], *one["test_interval"]] for one in (first, last))
    assert found == pytest.approx(expected, abs=1e-9)
    assert boards[0].expected is not None
    assert boards[0].expected == pytest.approx(boards[1].expected, abs=1e-9)
    meant = ", the last in order; where the other one is meant, pass positive=a."
    assert [text for text in boards[1].notes if "positive" in text] == [f"f1 is of the positive class 'b'{meant}"]
    assert [text for text in boards[0].notes if "positive" in text] == ["f1 is of the positive class 'a'."]


@pytest.mark.parametrize("metric", ["r2", "neg_mean_absolute_error"])
def test_regression(tmp_path: Path, metric: str) -> None:
    words = ["data={_target_: sklearn.datasets.load_diabetes}", "target=target", f"metric={metric}", "persist=none"]
    config = mlzoo.compose("+preprocess=simple", "+models=ridge", *QUICK, *words, config_dir=CONF)
    record = mlzoo.run(config, folder=tmp_path)
    assert (record["task"], record["data"]["classes"]) == ("regression", None)

    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)  # noqa: N806
    train, test = (np.sort(part) for part in train_test_split(range(len(y)), test_size=0.25, random_state=123))
    pipeline = by_hand(X, Ridge(random_state=123))
    folds = RepeatedKFold(n_splits=2, n_repeats=1, random_state=123)
    expected = cross_val_score(pipeline, X.iloc[train], y.iloc[train], cv=folds, scoring=metric)
    assert record["cv"][metric] == expected.tolist()
    prediction = pipeline.fit(X.iloc[train], y.iloc[train]).predict(X.iloc[test])
    written = pd.read_csv(tmp_path / "predictions.csv")
    assert written["row"].tolist() == test.tolist()
    np.testing.assert_array_equal(written["prediction"], prediction)
    assert list(written) == ["row", "truth", "prediction"]
    low, high = record["test_interval"]
    assert low < record["test"][metric] < high


@pytest.mark.parametrize("name", ["load_breast_cancer", "load_wine"])
def test_data_of_scikit_learn(tmp_path: Path, name: str) -> None:
    import sklearn.datasets

    words = [f"data={{_target_: sklearn.datasets.{name}}}", "target=target", "persist=none"]
    record = mlzoo.run(mlzoo.compose("+preprocess=simple", "+models=lr", *QUICK, *words), folder=tmp_path)
    made = getattr(sklearn.datasets, name)(as_frame=True)
    y = made.target_names[made.target]
    train, test = (np.sort(p) for p in train_test_split(range(len(y)), test_size=0.25, random_state=123, stratify=y))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1)).fit(made.data.iloc[train], y[train])
    assert record["test"]["accuracy"] == pipeline.score(made.data.iloc[test], y[test])
    assert record["data"]["classes"] == sorted(made.target_names)
    assert record["data"]["train"]["source"] == f"sklearn.datasets.{name}"


def test_decision_values_are_not_written_as_probabilities(numbers: pd.DataFrame, tmp_path: Path) -> None:
    frame = numbers.assign(y=np.select([numbers["a"] < -0.5, numbers["a"] < 0.5], ["low", "mid"], "high"))
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = [f"data={tmp_path / 'my.csv'}", "target=y", "persist=none", "models.type._target_=sklearn.svm.LinearSVC"]
    mlzoo.run(mlzoo.compose("+preprocess=simple", "+models=lr", *QUICK, *words), folder=tmp_path / "run")
    written = pd.read_csv(tmp_path / "run" / "predictions.csv")
    assert list(written) == ["row", "truth", "prediction", "score_high", "score_low", "score_mid"]
    scores = written.filter(like="score_")
    assert scores.idxmax(axis=1).str.removeprefix("score_").tolist() == written["prediction"].tolist()
    shown = read_predictions(tmp_path / "run" / "predictions.csv", ["high", "low", "mid"])
    assert shown is not None
    assert not shown.probabilities
    wrong = misses.most_wrong(shown, ["high", "low", "mid"])
    margins = [float(one["far"]) for one in wrong]
    assert margins == sorted(margins)
    assert margins[0] < 0
    assert misses.far(shown, ["high", "low", "mid"]) == "margin of the truth"


def test_decision_values_of_pairs_of_classes_are_those_of_none(numbers: pd.DataFrame, tmp_path: Path) -> None:
    frame = numbers.assign(y=np.select([numbers["a"] < -0.5, numbers["a"] < 0.5], ["low", "mid"], "high"))
    frame.to_csv(tmp_path / "my.csv", index=False)
    words = [f"data={tmp_path / 'my.csv'}", "target=y", "persist=none", "metrics=[top_k_accuracy]"]
    shape = "+models.type.decision_function_shape=ovo"
    model = ["models.type._target_=sklearn.svm.SVC", "~models.type.fit_intercept", "~models.space.fit_intercept", shape]
    made = mlzoo.run(mlzoo.compose("+preprocess=simple", "+models=lr", *QUICK, *words, *model), folder=tmp_path / "run")
    assert list(pd.read_csv(tmp_path / "run" / "predictions.csv")) == ["row", "truth", "prediction"]
    assert np.isnan(made["test"]["top_k_accuracy"])


@pytest.mark.parametrize("metric", ["roc_auc", "precision", "f1"])
def test_a_rare_class_raises_no_warning(numbers: pd.DataFrame, tmp_path: Path, metric: str) -> None:
    """Resamples of the interval, and shuffled columns, may hold one class alone."""
    numbers.head(40).assign(y=[1] * 8 + [0] * 32).to_csv(tmp_path / "my.csv", index=False)
    words = [f"data={tmp_path / 'my.csv'}", "target=y", f"metric={metric}", "persist=none"]
    record = mlzoo.run(mlzoo.compose("+preprocess=simple", "+models=lr", *QUICK, *words), folder=tmp_path / "run")
    assert record["status"] == "done"
