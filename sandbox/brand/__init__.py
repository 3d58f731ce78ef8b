"""The demo brand: 屿光 YUGUANG, a skincare house that exists only here."""
