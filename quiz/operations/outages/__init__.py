"""An outage is given back: everybody who was answering gets the lost time, in one audited act."""
