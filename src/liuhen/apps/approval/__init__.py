"""approval 审批: requests, the chain of steps the pack asks for, opinions that are only ever added.

Nobody decides twice in one chain, nobody on his own request.
"""
