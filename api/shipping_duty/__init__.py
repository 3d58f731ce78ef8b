"""What WeChat has to be told of shipping, for those of the staff who see to it."""
