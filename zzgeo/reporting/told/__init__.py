"""What is said of a report, in words and numbers, before it becomes a page or a file."""
