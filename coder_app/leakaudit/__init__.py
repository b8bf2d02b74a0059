"""The leak audit: opens everything a coder can reach and looks for anything a coder must not know."""
