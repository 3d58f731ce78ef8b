"""The products that members like, newest first.

A product is in the list once, however often it is added; adding it again leaves it where it is.
Only what can be seen may be added. What cannot be seen any more stays in the list with its id and
without the product, because it may come back, and because its member must be able to remove it.

Every change takes the member's row first (FOR NO KEY UPDATE), which bounds how many there are.
"""
