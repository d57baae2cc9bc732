"""What every door over HTTP shares: the form of errors, files to take along, policies and the frame of a request."""
