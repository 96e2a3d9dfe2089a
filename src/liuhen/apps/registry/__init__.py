"""registry 名册：agencies, units, officers, roles with dates, packs in force, agency settings; `allow()` says who may.

Every room above asks here, once, before it acts; every list above is cut by `visible_to`.
"""
