"""What programs tell of sends and contacts, and how it is answered: the same in the fast lane and in the REST API."""
