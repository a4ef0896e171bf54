"""What a run came to, for people: tables and pictures made of its records."""
