"""AWS calls behind a protocol. The only room that imports boto3 and botocore, and only when first needed."""
