"""The only place that puts parts together: settings, URLs, wiring, worker, start."""
