"""What people see, built from the events alone."""
