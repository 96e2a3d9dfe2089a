"""journal 台账：the one pen. `act()` opens the transaction and writes rows, the line and the jobs together.

Every change in the house happens inside `act`; what cannot be journalled does not happen. Lines hold digests and
identifiers, never names or contents. Sealing extends the Merkle log from the lines.
"""
