"""What rows and their scores are called, and what these words mean: no row whose score is optimistic is the best."""

from mlzoo import text
from mlzoo.board import rownames
from mlzoo.board.comparison import Comparison
from mlzoo.board.leaderboard import best, by_rank
from mlzoo.board.overall import Overall
from mlzoo.errors import listed
from mlzoo.stats.paired import ALPHA

NO_PROOF = "It is no proof that they are equal."
OPTIMISTIC = ("optimistic", "chosen by its score on the test split, which says too much of it therefore")
TWO_ANSWERS = (
    "The interval is for the one pair of rows alone, p is adjusted for all pairs: an interval that leaves zero out may "
    f"stand beside a p above {ALPHA:g}, as if one contradicted the other. Rows are tied, or not, by p."
)
NESTED = (
    "what the cell that promised most in the inner searches scored on rows that these had not seen: nothing is left to "
    "be corrected for the choice."
)
CORRECTED = (  # see mlzoo/stats/optimism.py
    "what choosing the best of all these rows and their trials is worth on new rows, corrected for the choice: the "
    "best of several is partly so by luck. It is shown without a search too, as to take the best row is a choice. "
    "Uncorrected is the best score of all out-of-fold rows at once, which is not the mean of folds where these differ "
    "in size, or the metric is no mean over rows. The estimate is careful: in simulation its 95 % interval holds the "
    "truth 97 to 100 times in 100 (of 5 groups of rows 93; fewer of squared errors of skewed targets, and of rows in "
    "time that are alike far apart), and where "
    "settings differ it is itself a little low, an accuracy by 0.006 to 0.010."
)


def ranked(comparison: Comparison) -> list[int]:
    """Places of the ranked rows, the first first."""
    places = {row["row"]: at for at, row in enumerate(comparison.rows)}
    return [places[row["row"]] for row in by_rank(comparison.rows)]


def labels(comparison: Comparison | Overall) -> dict[str, str]:
    """What each row is called in every chart: see `rownames.labels`."""
    return rownames.labels([row["row"] for row in comparison.rows])[0]


def named_by(comparison: Comparison | Overall) -> str:
    """What a chart says of labels that are not the rows' names: whose their values are, or what numbers mean."""
    named, left_out = rownames.labels([row["row"] for row in comparison.rows])
    if left_out:
        return f" Rows are named by {listed(left_out)}."
    numbered = any(label.startswith("1: ") for label in named.values())
    return " Numbers before names are places in the table." if numbered else ""


def optimistic(comparison: Comparison) -> bool:
    """Whether all scores are: the test split was the objective (validation=holdout), and there are no folds."""
    return best(comparison.rows) is None and bool(ranked(comparison))


def first_of(optimistic: bool) -> str:
    """What the row of rank 1 is."""
    return "first (optimistic)" if optimistic else "best"


def scored(optimistic: bool) -> str:
    """What the score is that rows are ranked by."""
    return "score on the test split" if optimistic else "mean of folds"


def glossary(comparison: Comparison) -> list[tuple[str, str]]:
    """The words of the page that are no column, each with what it means."""
    found, first = [], best(comparison.rows)
    if first is not None:
        above = "not known of one fold" if first["cv_sd"] is None else f"above {ALPHA:g}"
        found += [
            ("best", f"of the highest mean of {comparison.metric} over the folds"),
            ("tied", f"not shown to differ from the best: p, adjusted for all pairs, is {above}. {NO_PROOF}"),
            ("worse, same, better in practice", _in_practice(comparison)),
        ]
    if comparison.pairs is not None and len(comparison.names) > 2:
        found.append(("95 % of a difference, and p", TWO_ANSWERS))
    if comparison.expected:
        found.append(("expected of the whole search", NESTED if comparison.expected["nested"] else CORRECTED))
    if any(row.get("optimistic") for row in comparison.rows):
        found.append(OPTIMISTIC)
    return found


def _in_practice(comparison: Comparison) -> str:
    if comparison.rope <= 0:
        return "worse or better than the best by however little (rope=0): none but equal rows are the same"
    span = text.width(comparison.rope)
    return (
        f"worse or better than the best by more than {span} (rope), the same from -{span} to +{span}, "
        f"in {comparison.metric}: three probabilities, which add up to 100 %"
    )
