"""Who is signed in: clients, sessions and what stands for them.

A session is what OAuth calls a family: one sign-in of one member (or member of the staff, or
partner system) by one client. Refresh tokens keep it alive, each used once; access tokens name it
and are checked without the database, so the sessions that have ended are copied into each process.
"""
