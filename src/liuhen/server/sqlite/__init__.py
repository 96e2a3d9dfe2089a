"""Django's SQLite backend in the settings that keep evidence safe (see base.py)."""
