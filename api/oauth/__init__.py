"""The OAuth 2 and OpenID Connect server: Authlib's core, driven from Starlette and asyncpg.

Authlib decides what a request may have; it does no I/O. What it asks of us runs inside one
transaction for each request, and that is committed on its errors too: a token that came twice
ends its session although (because) the answer is a refusal (integrations 9.4).
"""
