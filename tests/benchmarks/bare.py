"""The complex-lr cell by hand: what one would write without mlzoo. Reads the files, fits once, prints the accuracy."""

import sys

import pandas as pd
from feature_engine.encoding import OneHotEncoder
from feature_engine.imputation import CategoricalImputer, MeanMedianImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

folder = sys.argv[1]
train, test = (pd.read_csv(f"{folder}/data-{part}-large.csv") for part in ("train", "test"))
X, y = train.drop(columns="Survived"), train["Survived"]
categories = ["Sex", "Embarked"]
pipeline = make_pipeline(
    MeanMedianImputer("mean", variables=[name for name in X.columns if name not in categories]),
    CategoricalImputer("frequent", variables=categories, ignore_format=True),
    OneHotEncoder(variables=categories, ignore_format=True),
    StandardScaler(),
    LogisticRegression(C=1.0, random_state=123),
)
pipeline.fit(X, y)
print(pipeline.score(test.drop(columns="Survived"), test["Survived"]))
