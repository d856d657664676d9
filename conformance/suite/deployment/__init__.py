"""What an operator relies on: the variables, what is shared and what is not, what leaves."""
