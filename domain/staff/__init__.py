"""The people who work for the mall, and what they changed.

Whatever a member of the staff changes leaves an entry in the audit trail, in the transaction of
the change: who, when, what, the values before and after, and why. The trail refuses to be
changed and is kept forever: a dispute over a price is older than any log.

Rejected: triggers that write the trail by themselves (they know neither who acts nor why), and
one audit table for each kind of thing (the question is mostly "what did she do that evening").
"""
