"""Measures the mall on the machine at hand, as ratios to something plain in the same run."""
