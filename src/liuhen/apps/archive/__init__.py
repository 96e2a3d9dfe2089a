"""archive 归档: fixity re-reading of originals and their reconciliation with the rows."""
