"""The staff in the schema: their accounts, what they change about their own, and the trail."""
