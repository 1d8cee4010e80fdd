"""What rows and their scores are called: no row whose score is optimistic is the best."""

from mlzoo.comparison import Comparison
from mlzoo.leaderboard import best


def ranked(comparison: Comparison) -> list[int]:
    """Places of the ranked rows, the first first."""
    places = [at for at, row in enumerate(comparison.rows) if row.get("rank")]
    return sorted(places, key=lambda at: int(comparison.rows[at]["rank"]))


def optimistic(comparison: Comparison) -> bool:
    """Whether all scores are: the test split was the objective (validation=holdout), and there are no folds."""
    return best(comparison.rows) is None and bool(ranked(comparison))


def first_of(optimistic: bool) -> str:
    """What the row of rank 1 is."""
    return "first (optimistic)" if optimistic else "best"


def scored(optimistic: bool) -> str:
    """What the score is that rows are ranked by."""
    return "score on the test split" if optimistic else "mean of folds"
