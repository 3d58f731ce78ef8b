"""The staff over HTTP documents: accounts, their own account, the trail."""
