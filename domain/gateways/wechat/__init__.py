"""WeChat's servers as the mini-program needs them: one module for each thing that is asked.

Every call goes through the one `Transport` of the provider; those that act for the mini-program
itself carry its access token, which `access.py` adds and `tokens.py` keeps.
"""
