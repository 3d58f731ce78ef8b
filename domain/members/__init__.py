"""The people who buy: who they are to the mall.

The mall knows what a member chose to tell: a name, a picture, a birthday without its year.
"""
