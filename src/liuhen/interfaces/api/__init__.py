"""api: REST under /api/v1, one file of routes a room. A route parses, asks once and answers; pages are composed beside.

Wording, labels and tones are decided here; the pages in `frontend/` show what they are given and decide nothing.
"""
