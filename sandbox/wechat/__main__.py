"""``python -m sandbox.wechat --port N``."""

from sandbox.wechat.server import command

if __name__ == "__main__":
    command()
