"""Problems that are known by a name."""
