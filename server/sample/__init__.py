"""The sample province: everything here is made up for trying Loa out, except the units, which are the state's own."""
