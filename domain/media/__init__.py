"""Files that people send: pictures of products and of members, evidence, tables to import.

An upload is promised first: the row says what is to come (purpose, media type, bytes) and until
when, and its ticket holds an address that is good for this one upload only. The bytes go to that
address, never through GraphQL: to `PUT /uploads/…` where the media folder is the store, to an
S3-compatible store otherwise. What arrived is not trusted until the upload is completed:

- A picture is what its bytes are, not what its header says. It is decoded within limits, turned
  as its EXIF says, brought to sRGB, made no larger than anybody sees, and encoded anew, which
  leaves everything else behind: the place where it was taken, scripts, whatever was appended.
  Two thumbnails are made.
- A table is text without NUL, in UTF-8 or GB18030.

Only pictures of products and of members become public; evidence and tables never lie where the
public part of the store is. An object's key follows from its upload, so that work repeated after a
crash writes the same objects again, and a sweep knows what to delete. The result is written last
and once; the object that arrived is deleted after it, so nothing is lost in between.

Rejected: a signature in place of the stored digest (a second secret to keep, and "once only"
needs the row anyway); SVG (it may hold a script); animations (what was looked at is not what is
shown); resizing on request (a door to costly work for anyone).
"""
