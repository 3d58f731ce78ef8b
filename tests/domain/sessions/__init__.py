"""Sessions and what stands for them."""
