"""Why can I not connect: evidence is gathered side by side (``run``), judged by pure functions (``checks_*``), and
reported as findings. Nothing is changed at AWS. No screen and no boto3 here.
"""
