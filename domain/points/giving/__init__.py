"""Points that a member gives to another (R1 Transfer); off unless the mall says otherwise.

Who is to get points shows a code that holds for some minutes: their id, sealed. Nobody can find
out by it who is a member, or give points to who does not want them, and no row is kept for it. The
points keep the end that they have. Limits count what the giver has given that day, from the rows
and under the lock of the account, so that no two at once pass them together.
"""
