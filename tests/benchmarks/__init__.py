"""Measurements of what Loa exists for, as ratios against a stated limit or a peer in the same run."""
