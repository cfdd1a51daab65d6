"""Changes what no bulk call tells of the seed stack, as somebody would in the console.

    out_of_sight.py ENDPOINT
"""

import json
import sys

import boto3

session = boto3.Session("x", "x", region_name="us-east-1")


def client(service):
    return session.client(service, endpoint_url=sys.argv[1])


elb = client("elbv2")
[group] = elb.describe_target_groups(Names=["cruddur-backend"])["TargetGroups"]
delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "300"}
elb.modify_target_group_attributes(TargetGroupArn=group["TargetGroupArn"], Attributes=[delay])

iam = client("iam")
policy = iam.get_role_policy(RoleName="cruddur-execution", PolicyName="slipway")["PolicyDocument"]
policy["Statement"].append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
iam.put_role_policy(RoleName="cruddur-execution", PolicyName="slipway", PolicyDocument=json.dumps(policy))

rule = {
    "rulePriority": 1,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
    "action": {"type": "expire"},
}
client("ecr").put_lifecycle_policy(
    repositoryName="backend-flask", lifecyclePolicyText=json.dumps({"rules": [rule]})
)
