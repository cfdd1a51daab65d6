"""Makes what a deploy of the seed stack leaves behind when it is cut off in its first moments.

    half_made.py ENDPOINT
"""

import sys

import boto3

session = boto3.Session("x", "x", region_name="us-east-1")
client = lambda service: session.client(service, endpoint_url=sys.argv[1])

# A zone that nobody has noted the stack on, as registering the domain makes one too.
client("route53").create_hosted_zone(Name="cruddur-dw.com", CallerReference="cut off")

# Two repositories without their lifecycle policies.
for name in ("backend-flask", "cruddur-python"):
    tags = {"slipway:stack": "cruddur", "slipway:id": f"repository/{name}"}
    client("ecr").create_repository(
        repositoryName=name,
        imageScanningConfiguration={"scanOnPush": True},
        tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )

# A log group that keeps its lines for ever.
client("logs").create_log_group(
    logGroupName="/slipway/cruddur/backend",
    tags={"slipway:stack": "cruddur", "slipway:id": "log-group/backend"},
)
