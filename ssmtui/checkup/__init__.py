"""The checkup of this side, which ``ssmtui doctor`` and its view show: configuration, network, credentials,
permissions, terminal, files. It works when nothing else does: each area finds out for itself, and AWS need not be
reached. Nothing is changed anywhere. No screen and no boto3 here.
"""
