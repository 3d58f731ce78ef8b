"""The pages that people see in a browser: plain HTML, which needs no script."""
