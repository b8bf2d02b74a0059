"""The coder's pages: a queue of masked recordings, and rating one of them."""
