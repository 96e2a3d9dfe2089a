"""The only floor with tables: a one-way corridor of rooms (see docs/house.md)."""
