"""Points that the staff add or take by hand (R1 Manual adjust).

Each has a reason of a list, words for colleagues, and a ticket where there is one; what is added
says how long it is good. What one person adjusts of one member in a day counts together: up to the
limit of their role it is done at once, and beyond it waits until somebody else approves or rejects
it. It is done in the transaction of the approval, by the books of that moment, and once: the row
is locked first, and its table refuses a decision by who has asked.
"""
