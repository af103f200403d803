"""What happened to accounts, who did it and from where; rows are added and never changed."""
