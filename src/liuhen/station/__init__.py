"""The docking station's program: from a camera's card to a receipt. Runs alone, without Django."""
