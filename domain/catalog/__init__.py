"""What the mall sells: shelves, products, their variants, and what they cost since when.

A product is what people look at, a variant is what they buy. Texts that operators write exist in
Chinese and English. A product begins as a draft, is published with a window, and is archived, never
deleted: orders and ledgers go on naming it. One condition decides what can be seen (published,
within the window, on a shelf that is not hidden), and every public path has it, so that what is
hidden looks like what does not exist.

Products are written whole and in sets, by one path for the mutations and the import: what differs
is worked out first, and each product that does gets a new revision and an audit row. Operators take
turns at writing, by one lock; readers never wait for them.

Every change of a price is an entry in the variant's history with a number, a moment and whether the
variant was on offer. The lowest price of the seven days before now, which a discount has to be
measured against (integrations 6.5), is read from it and can be proven by it. A price that stood
only in a draft was offered to nobody and does not count.

Lists go by the moment that a product became visible, or by its least price, with the key behind it:
pages stay right while products are being added. A search finds any part of a word, through pairs of
neighbouring characters, because Chinese is written without spaces.

Rejected: a price with a validity of its own (two truths about what it costs now), deleting (see
above), and full-text search of PostgreSQL (it wants words).
"""
