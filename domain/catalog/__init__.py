"""What the mall sells: categories, products and their variants.

A product is what people look at, a variant is what they buy and what has a price. Names exist
in Chinese and English. Lists run from the newest product to the oldest, by key: ids are in
order of age, so a page stays right while products are being added above it.
"""
