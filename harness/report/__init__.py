"""What people read: text for terminals, made from values and never printed here."""
