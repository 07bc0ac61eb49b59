"""REST: records as JSON, and its OpenAPI description."""
