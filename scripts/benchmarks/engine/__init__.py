"""The engine measured on real servers: scaling, kills, poison, urgency, many papers, several hosts."""
