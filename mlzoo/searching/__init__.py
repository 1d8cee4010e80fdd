"""The search: which settings are tried, where they are fitted, and what is kept of them."""
