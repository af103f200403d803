"""Getting back into an account, and showing whose an e-mail address is: secrets that are mailed and used once."""
