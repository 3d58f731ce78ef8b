"""The staff at the edge: who they are, and what they may see of each other."""
