"""The people who work for the mall, and what they changed.

Whatever a member of the staff changes leaves an entry in the audit trail, in the transaction of
the change: who, when, what, the values before and after, and why. The trail refuses to be
changed and is kept forever: a dispute over a price is older than any log.

Accounts are the owners': nobody changes their own role, blocks or resets themselves, and an owner
who can sign in always remains. Guides and store managers work in at least one store, all others in
none. A login is of one person for good. Whatever somebody else has chosen as a password is changed
first; nobody is ever told a secret twice, and none of them stands in the trail, in a log or in an
answer that is kept.

Rejected: triggers that write the trail by themselves (they know neither who acts nor why), and
one audit table for each kind of thing (the question is mostly "what did she do that evening").
"""
