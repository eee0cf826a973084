"""Sound on its way: who hears it pass, where it is kept, the memory it takes, how two are joined."""
