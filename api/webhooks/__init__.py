"""What services outside post to the mall: plain routes, verified before anything is read."""
