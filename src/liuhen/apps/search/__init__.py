"""search 检索：where is it. One index of everything that has a number, a name or a text, each entry with its scope.

Rooms above write to it inside their own act, so that the index never runs behind the rows; reading asks for the
reader's scopes first and filters in the query. It knows no room: what a thing says of itself comes as `Words`.
"""
