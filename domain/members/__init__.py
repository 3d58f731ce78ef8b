"""The people who buy: who they are to the mall, and what they agreed to.

A member is made when somebody signs in for the first time: by WeChat (the openid of one app, and
the unionid where WeChat tells it, which may be later) or by a phone number and a code. People who
sign in for the first time twice at once become one member: whoever signs in takes turns by the
keys of the person. A phone is bound with a consent of its own and lost with it. What a member
agreed to is a journal; the latest word on each purpose stands.

Two members who turn out to have one unionid or one phone stay two: a merge request is recorded for
each such pair, and settling it is a later issue. Until then the openid's own member signs in.

Phone numbers are sealed, are found by a keyed digest, and are shown masked to everybody; staff in
charge may have one told, which leaves an audit entry. Codes are kept as digests. Openids and
unionids are shown to nobody.

Rejected: one row for each member with an openid in it (a brand has several apps), and consents
as columns (the proof is what was said when, and to which text).
"""
