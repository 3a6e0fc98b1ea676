"""What happened: event logs, mappings, readers, linking and the store."""
