"""The ground floor: values without I/O that every other floor speaks in.

Import from the modules themselves (`liuhen.kernel.errors`, `liuhen.kernel.digests` …); nothing here
opens a file, reads a clock (but `clock.now`) or knows a database.
"""
