"""Points that a bank would accept: accounts, lots, holds and a journal of every movement (R1).

A member has an account for each wallet: SPEND, which is spent, and GROWTH, which counts towards
tiers and never is. An account says how many points are pending, available, held and owed.
Points come in lots: what one line of an order earned, what one event or one person granted. A lot
knows how many of its points remain, are held, were consumed, expired or were revoked, and always
adds up to what was granted.

Nothing changes but by a movement from one bucket to another, and each is a row of the journal:
with its reason, the business fact that caused it, the lot, and the balances after it. A row is
a pair, so that one that does not balance cannot be written. The same fact moves the same account
once for each reason.

- earn: a pending lot. It settles when the goods were received, the refund window has passed and
  nothing defers it; upper contexts say so, and points never ask.
- hold: an order reserves points of the lots that expire first. Capture: it was paid. Release: it
  ended without them; each point goes back to its lot.
- give back: spent points of a refund return to their lots, the last that was consumed first.
- claw back: what a refunded order had earned is revoked; what is not there any more is waived,
  owed or deducted in money, by policy. Debt is paid by what settles next.

Every use case has one shape: `posting.lock` the accounts (by member, in ascending order, once in
a transaction), decide on the books that it answers with (`domain.points.rules`, pure), and
`posting.write` them. Millions of lots settle and expire set-wise (`sweeping`). `mall audit`
replays the journal against accounts and lots.

Rejected: a balance summed from the journal (a scan for each read), a state column of lots (it
could contradict the dates), and points taken lot by lot with SKIP LOCKED (it breaks the order).
"""
