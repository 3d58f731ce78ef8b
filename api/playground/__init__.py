"""The playground: GraphiQL with the mall's own sign-in and named operations, served by the mall.

The page is built from the sources in this folder by ``mall playground`` (``cli/playground.py``),
into ``build/playground`` under a digest of all that it is made from. Nothing of it comes from
another host. The API never waits for it: without a build it serves a page that says what is
missing.
"""
