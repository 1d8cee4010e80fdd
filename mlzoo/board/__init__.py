"""The leaderboard: rows that are ranked and tested, what to expect of the best, and the answer in words."""
