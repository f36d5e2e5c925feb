"""What a session document asks of the person who starts it: checks, facts to show, the AWS CLI's line.

Pure: no I/O, no clock.
"""
