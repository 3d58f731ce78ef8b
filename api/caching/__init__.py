"""Public answers, kept in this process for a second at most, so that a crowd costs one reading.

- `reads` tells which requests are alike: those for a trusted document whose root fields are all
  for anybody, with the same variables in the same language. Who asks does not matter, because it
  is answered as for nobody.
- `answers` keeps what was answered, makes it once for all who ask meanwhile, and never keeps an
  answer with errors.
- `known` remembers what a crowd's GET asks for, so that it is not read each time.
- `shelf` bounds what is kept, `encoded` is a body as it travels.
- `epochs` counts what has changed, as far as this process has heard (`domain.kernel.epochs`).

An answer is served while nothing was heard to have changed of what it tells, and for
`LONGEST_SECONDS` after its reading began at the longest: that is how old stock may be, windows in
which products are seen, what somebody writes into the database by hand, and anything else of which
nothing is told, or was told while this process was away from PostgreSQL.
"""
