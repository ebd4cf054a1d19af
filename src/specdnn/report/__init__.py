"""What people read: tables, figures, and the numbers in README and docs."""
