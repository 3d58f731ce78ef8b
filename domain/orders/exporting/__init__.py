"""Orders as a table for spreadsheets, written in the background.

A file is made of parts. Each chunk of orders is one part, kept as a private object, and then one
transaction that counts it and remembers where the next one begins; a part that was begun has its
row before its object, under an id of its own. So a worker that dies, or that was only slow, leaves
neither a gap nor a row twice, and whoever goes on begins behind the last part that counts. Nobody
ever holds more than a chunk in memory: whoever fetches the file gets its parts one after another.

Rejected: one object in the end (all of it would be in memory once), and a file on the worker's
disk (another worker could not go on with it).
"""
