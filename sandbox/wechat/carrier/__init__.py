"""A Kuaidi100 on this machine: parcels go their way on a clock that runs faster than ours.

It knows every number that it is asked for, and lets its journey begin at the first question.
"""
