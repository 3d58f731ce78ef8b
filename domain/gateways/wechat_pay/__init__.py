"""WeChat Pay (APIv3) for one merchant and one mini-program, as `domain.payments.ports` wants it.

Every request is signed with the merchant's key, and nothing that comes back or is posted to us is
believed before its signature is verified. `gateway.py` is what the mains make; below it lie
`calls.py` (ask and verify), `requests.py` (sign and send), `keys.py` (whom to believe),
`notices.py` (what WeChat posts by itself) and `facts.py` (what of it all the mall takes).
"""
