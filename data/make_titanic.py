"""Write the synthetic Titanic example files.

Class, sex, age group and survival of each passenger are drawn together, without replacement, from the published
counts of the 1316 Titanic passengers (crew left out), so survival depends on them as it did on the ship. All other
columns are invented: they are drawn from distributions that depend on class, sex and age group but never on survival.
No row describes a real person.

Source of the counts: British Board of Trade (1912), "Report on the Loss of the 'Titanic' (S.S.)", inquiry report, as
tabulated by R. J. MacG. Dawson (1995), "The 'Unusual Episode' Data Revisited", Journal of Statistics Education 3(3),
and shipped with R as ``datasets::Titanic``.

Run ``python data/make_titanic.py`` to write the four CSV files next to this script.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

SEED = 1912
N_TRAIN = 668
N_TEST = 223
CHILD_AGE_LIMIT = 13
MAX_AGE = 80.0
SHARE_AGE_MISSING = 0.2
# Both parts get gaps, so that filling in has to be learnt from train and applied to test.
N_EMBARKED_MISSING = {"train": 2, "test": 1}

COLUMNS = {
    "small": ["PassengerId", "Survived", "Age", "SibSp", "Parch", "Fare"],
    "large": ["PassengerId", "Survived", "Pclass", "Sex", "Age", "SibSp", "Parch", "Fare", "Embarked"],
}

# (class, sex, child) -> (survived, died)
COUNTS = {
    (1, "male", True): (5, 0),
    (1, "female", True): (1, 0),
    (1, "male", False): (57, 118),
    (1, "female", False): (140, 4),
    (2, "male", True): (11, 0),
    (2, "female", True): (13, 0),
    (2, "male", False): (14, 154),
    (2, "female", False): (80, 13),
    (3, "male", True): (13, 35),
    (3, "female", True): (14, 17),
    (3, "male", False): (75, 387),
    (3, "female", False): (76, 89),
}

# From here on everything is made up to look plausible; the keys are the classes.
ADULT_AGE_GAMMA = {1: (3.4, 7.6), 2: (2.5, 7.2), 3: (2.2, 6.6)}  # shape, scale, in years above the child limit
AGE_MISSING_WEIGHT = {1: 1.0, 2: 0.7, 3: 1.8}
FARE_LOGNORMAL = {1: (46.0, 0.6), 2: (11.3, 0.35), 3: (7.0, 0.25)}  # median of a lone traveller in pounds, sigma
FARE_PER_RELATIVE = 0.35
PORTS = ["S", "C", "Q"]
PORT_SHARES = {1: [0.59, 0.40, 0.01], 2: [0.89, 0.09, 0.02], 3: [0.70, 0.14, 0.16]}
CHILD_SIBLING_SHARES = {
    1: [0.50, 0.35, 0.15],
    2: [0.40, 0.40, 0.15, 0.05],
    3: [0.25, 0.30, 0.13, 0.12, 0.15, 0.05],
}
CHILD_PARENT_SHARES = [0.05, 0.45, 0.50]
ACCOMPANIED_SHARE = {
    (1, "male"): 0.40,
    (1, "female"): 0.60,
    (2, "male"): 0.28,
    (2, "female"): 0.52,
    (3, "male"): 0.16,
    (3, "female"): 0.42,
}
ADULT_SIBSP_SHARES = [0.25, 0.63, 0.09, 0.03]
ADULT_PARCH_SHARES = [0.50, 0.25, 0.18, 0.03, 0.02, 0.02]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def draw_passengers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw class, sex, age group and survival together.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n : int
        Number of passengers, at most the 1316 of the table.

    Returns
    -------
    pandas.DataFrame
        Columns ``PassengerId``, ``Pclass``, ``Sex``, ``Child`` and ``Survived``, in random order of the cells.
    """
    people = [
        (pclass, sex, child, survived)
        for (pclass, sex, child), (n_survived, n_died) in COUNTS.items()
        for survived, count in ((1, n_survived), (0, n_died))
        for _ in range(count)
    ]
    # Without replacement the shares stay closer to the table than with independent draws.
    picked = rng.permutation(len(people))[:n]
    frame = pd.DataFrame([people[i] for i in picked], columns=["Pclass", "Sex", "Child", "Survived"])
    frame.insert(0, "PassengerId", np.arange(1, n + 1))
    return frame


def draw_ages(rng: np.random.Generator, passengers: pd.DataFrame) -> FloatArray:
    """Draw ages in years that respect the age group.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    passengers : pandas.DataFrame
        Result of `draw_passengers`.

    Returns
    -------
    numpy.ndarray
        Whole years, but months as a fraction (two decimals) below the first birthday.
    """
    ages = np.empty(len(passengers))
    for i, (pclass, child) in enumerate(zip(passengers["Pclass"], passengers["Child"], strict=True)):
        if child:
            years = rng.uniform(0.0, CHILD_AGE_LIMIT)
            # An age of zero would look like a missing value, so infants are at least two months old.
            ages[i] = np.floor(years) if years >= 1.0 else round(max(2.0, np.floor(years * 12.0)) / 12.0, 2)
        else:
            shape, scale = ADULT_AGE_GAMMA[pclass]
            ages[i] = min(CHILD_AGE_LIMIT + np.floor(rng.gamma(shape, scale)), MAX_AGE)
    return ages


def draw_relatives(rng: np.random.Generator, passengers: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Draw the numbers of relatives on board.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    passengers : pandas.DataFrame
        Result of `draw_passengers`.

    Returns
    -------
    sibsp : numpy.ndarray
        Siblings and spouses.
    parch : numpy.ndarray
        Parents and children.
    """
    sibsp = np.zeros(len(passengers), dtype=np.int64)
    parch = np.zeros(len(passengers), dtype=np.int64)
    groups = zip(passengers["Pclass"], passengers["Sex"], passengers["Child"], strict=True)
    for i, (pclass, sex, child) in enumerate(groups):
        if child:
            sibsp[i] = rng.choice(len(CHILD_SIBLING_SHARES[pclass]), p=CHILD_SIBLING_SHARES[pclass])
            parch[i] = rng.choice(len(CHILD_PARENT_SHARES), p=CHILD_PARENT_SHARES)
        elif rng.random() < ACCOMPANIED_SHARE[pclass, sex]:
            sibsp[i] = rng.choice(len(ADULT_SIBSP_SHARES), p=ADULT_SIBSP_SHARES)
            parch[i] = rng.choice(len(ADULT_PARCH_SHARES), p=ADULT_PARCH_SHARES)
            if sibsp[i] + parch[i] == 0:
                # Somebody accompanied needs a companion, and a spouse is the most common one.
                sibsp[i] = 1
    return sibsp, parch


def draw_fares(rng: np.random.Generator, pclass: pd.Series, relatives: IntArray) -> FloatArray:
    """Draw ticket prices; a ticket that covers a family costs more.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    pclass : pandas.Series
        Class of each passenger.
    relatives : numpy.ndarray
        Number of relatives on board of each passenger.

    Returns
    -------
    numpy.ndarray
        Fares in pounds, rounded to four decimals.
    """
    median = pclass.map({key: value[0] for key, value in FARE_LOGNORMAL.items()}).to_numpy(dtype=np.float64)
    sigma = pclass.map({key: value[1] for key, value in FARE_LOGNORMAL.items()}).to_numpy(dtype=np.float64)
    fares: FloatArray = rng.lognormal(np.log(median), sigma) * (1.0 + FARE_PER_RELATIVE * relatives)
    return fares.round(4)


def make_table(rng: np.random.Generator) -> pd.DataFrame:
    """Make all passengers, train and test together.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    pandas.DataFrame
        One row per passenger; ages are missing in part, ports are complete.
    """
    table = draw_passengers(rng, N_TRAIN + N_TEST)
    table["Age"] = draw_ages(rng, table)
    sibsp, parch = draw_relatives(rng, table)
    table["SibSp"] = sibsp
    table["Parch"] = parch
    table["Fare"] = draw_fares(rng, table["Pclass"], sibsp + parch)
    table["Embarked"] = [str(rng.choice(PORTS, p=PORT_SHARES[pclass])) for pclass in table["Pclass"]]

    # The weights depend on class alone: gaps that depended on survival would give the target away.
    weights = table["Pclass"].map(AGE_MISSING_WEIGHT).to_numpy(dtype=np.float64)
    n_missing = round(SHARE_AGE_MISSING * len(table))
    missing = rng.choice(len(table), size=n_missing, replace=False, p=weights / weights.sum())
    table.loc[missing, "Age"] = np.nan
    return table


def split(rng: np.random.Generator, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split into train and test, stratified by survival, and drop some ports in each.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    table : pandas.DataFrame
        Result of `make_table`.

    Returns
    -------
    dict of str to pandas.DataFrame
        The parts ``train`` and ``test``, each sorted by ``PassengerId``.
    """
    survived = table["Survived"].to_numpy() == 1
    n_survived = round(N_TEST * float(survived.mean()))
    is_test = np.zeros(len(table), dtype=bool)
    for stratum, size in ((survived, n_survived), (~survived, N_TEST - n_survived)):
        is_test[rng.choice(np.flatnonzero(stratum), size=size, replace=False)] = True
    parts = {"train": table[~is_test].copy(), "test": table[is_test].copy()}
    for name, part in parts.items():
        part.loc[rng.choice(part.index.to_numpy(), size=N_EMBARKED_MISSING[name], replace=False), "Embarked"] = None
    return parts


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a CSV file so that the path never holds half a file.

    Parameters
    ----------
    frame : pandas.DataFrame
        Table to write, without its index.
    path : pathlib.Path
        Where the file goes.
    """
    # The temporary file has to be in the same folder: a rename across file systems is not atomic.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def main() -> None:
    """Write the four files."""
    parser = argparse.ArgumentParser(description="Write the synthetic Titanic example files.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder for the files")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    rng = np.random.default_rng(SEED)
    for part_name, part in split(rng, make_table(rng)).items():
        for size_name, columns in COLUMNS.items():
            path = out / f"data-{part_name}-{size_name}.csv"
            write_csv(part[columns], path)
            print(f"wrote {path} ({len(part)} rows, {len(columns)} columns)")


if __name__ == "__main__":
    main()
