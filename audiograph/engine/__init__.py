"""What runs: a Run plays outputs of a plan, region by region, on one thread or several."""
