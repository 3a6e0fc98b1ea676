"""What should happen: the service path as one BPMN 2.0 file."""
