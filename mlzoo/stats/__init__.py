"""Statistics: plain functions of numbers and arrays, each with its source.

Of the scores of one pipeline (`single`), of pipelines on the same rows (`paired`) and over several data sets (`ranks`),
of the best of a search (`optimism`), on one scale (`scale`), of rare rows of large loss (`tails`), and metrics of many
resamples at once (`weighted`).
"""
