"""The program that runs at a station: fetches, keeps, plays and reports. It knows nothing of the server but its API."""
