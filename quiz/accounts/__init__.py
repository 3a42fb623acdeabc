"""Users, sign-in, roles held at places in the tree, login slips, roster import."""
