"""The demonstration: five invented agencies, one under each regulation, and a working week of theirs.

Everything goes through the same actions as in a real office; only the clock of each act lies in the past week.
All names, numbers and places are invented.
"""
