"""Parts of calibration: what a log tells of arrivals, ways, durations, staff, hours and waiting."""
