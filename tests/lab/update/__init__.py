"""Updates on real nodes: a release that is well, one that is not, a cut at each step, a full disk."""
