"""access 调阅: who may look at what for how long, and the record of each look."""
