"""What would happen: scenarios, calibration, the simulation engine, fidelity."""
