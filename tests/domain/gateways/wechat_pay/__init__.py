"""Our client of WeChat Pay, beside an independent one."""
