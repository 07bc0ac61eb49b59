"""Trying a configuration without a company's data: `crm eval`, and the tests of a pack, in memory."""
