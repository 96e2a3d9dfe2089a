"""retention 保存: how long each recording is kept at least, derived by the pack from facts, never entered by hand."""
