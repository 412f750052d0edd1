"""The product beside its limits: the bare server and the bare driver, in one run, as ratios."""
