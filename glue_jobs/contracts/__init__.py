"""What goes in and what comes out: one file for each event, its rules and its tables."""
