"""Floor 0, the words: pure values and functions that every other floor may use and that use none of them."""
