"""What computes prepared networks: programs, and an engine for each kind of device."""
