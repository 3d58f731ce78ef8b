"""What members are told: in the mall itself, and outside it where they let us.

Whoever has news for a member calls `telling.tell` in the transaction of what has happened. The
inbox keeps each as a kind and its parameters, never as text: a reader is told in their own
language, and a sentence can be mended for what was told long ago. One fact tells a member once,
by the key of its source.

Outside the mall WeChat's subscribe messages are sent. Each acceptance of a member (a permit) buys
one message, so a permit is taken in the transaction that makes a message "sending", before WeChat
is called, under the lock of its member. An answer that got lost may stand for a message that came:
it is never sent again. Everything else is decided at the moment of sending and not of telling:
quiet hours, how many a day, whether the member wants to be told outside, whether the consent to
offers stands, whether they are blocked.

Locks: messages that are due, then their members, then permits.
"""
