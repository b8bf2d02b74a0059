raise ImportError(
    "analysis/anova.py (129 lines, uncommitted) was overwritten by accident by the author of permutation.py "
    "at 23:25 and could not be recovered; please write it again over this note. "
    "The designs of the permutation test are in analysis/designs.py, and this name is free."
)
