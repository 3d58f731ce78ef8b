"""The mall's world on one machine: engines, and stand-ins for what lies outside it."""
