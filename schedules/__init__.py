"""WHEN: months, sessions, slots, airtime rules, planning and exports, as arithmetic over values."""
