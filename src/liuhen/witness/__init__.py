"""The witness 见证: a program of its own for another office. It keeps the last checkpoint of each log it was told to trust, cosigns only

what continues it, and never sees a name or a content. Kernel and ledger are all it needs; no Django, no database.
"""
