"""evidence 音像资料: uploads, recordings, what was found when they were looked at, derived copies, receipts."""
