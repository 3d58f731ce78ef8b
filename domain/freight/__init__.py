"""How an order reaches its member: what delivery costs where, and which stores hand orders out.

Freight goes by region and weight. A rule names regions by the beginnings of their codes (two
digits of a province, four of a city, six of a district); the longest beginning that an address
has decides, and one rule is for everywhere else. A rule delivers, for a price of the first grams
and of each further step that is begun, or it says that nothing is delivered there. From a value
of the goods on it may cost nothing.

The rules are arranged as a whole, and each arrangement is a version with a number, never changed
or deleted: the one with the highest number is in force, and an order keeps the number that it was
priced by, so that its freight can be worked out again for good. Before the first was arranged,
version 0 is in force: everything is delivered everywhere for nothing, so that a new mall can sell.

Stores offer pick-up when operators say so, with their address and opening hours in both languages.

Rejected: rules that are edited one by one (between two edits a region has two prices or none), and
regions by id (freight would have to know the regions; a code that no region has matches nobody).
"""
