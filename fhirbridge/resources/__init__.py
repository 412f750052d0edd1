"""One small file per resource type: what it can do, how it is searched, whose it is."""
