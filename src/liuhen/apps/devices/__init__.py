"""devices 设备: the ledger of recording devices, hand-outs with their check, returns, and docking stations."""
