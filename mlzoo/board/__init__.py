"""The leaderboard: rows that are ranked and tested, what to expect of the best, and the answer in words.

`overall` is where it begins: records of one data set, or of several, with a `comparison` of each. Below it

- `leaderboard` makes the rows and ranks them, `rownames` names them;
- `expectation` says what the best is worth on new rows, by `resampling` what runs have kept (`oof`), and `floor`
  whether it is shown to be better than guesses;
- `sentence` is the answer in words, and `notes` what must be known beside it;
- `table` and `export` write it, for a terminal and as a file of its own.
"""
