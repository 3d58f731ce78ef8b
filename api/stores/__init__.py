"""Places at the edge: the warehouse and the stores."""
