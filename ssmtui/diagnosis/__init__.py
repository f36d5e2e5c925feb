"""Why can I not connect: evidence is gathered side by side (``run``), judged by pure functions (``checks_*``), and told
as findings. AWS is only asked, nothing is changed. No screen and no boto3 here.
"""
