"""The pages of the dock, each put together in its own file."""
