"""Failed attempts to prove who one is: counted before they are made, answered with growing delays."""
