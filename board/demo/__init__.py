"""The demo: a believable factory, its history, and people who keep it alive. Made-up data only."""
