"""How intrusions go over time in different people: latent classes of trajectories beside the published rules."""
