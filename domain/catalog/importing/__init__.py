"""Products from a table: a row is one variant, and rows with one code are one product.

A product is written when all its rows are good, by the path that the mutations take (its turn,
its audit row, its price history); otherwise nothing of it is. New products become drafts,
existing ones are edited: what a blank cell stands for and variants that are not in the table
stay. Rows are counted as a spreadsheet counts them, the header being row 1.

The work goes on from chunk to chunk. Each is one transaction with the results of its rows and
the progress, so a crash loses nothing and repeats nothing.

Rejected: one transaction for all (it would keep everybody from the catalogue for a minute, and
one bad row would refuse ten thousand), and one for each row (a product half written).
"""
