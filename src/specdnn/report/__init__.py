"""What is written for readers: tables, figures, and the numbers that the pages quote."""
