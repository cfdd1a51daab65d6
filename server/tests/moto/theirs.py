"""Makes by hand what has names that the seed stack needs: all of it unused, and as the stack needs it."""

import json
import sys

import boto3

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def client(service):
    return boto3.client(service, region_name="us-east-1", endpoint_url=sys.argv[1], aws_access_key_id="x",
                        aws_secret_access_key="x")


ec2 = client("ec2")
vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
ec2.create_security_group(GroupName="cruddur-services", Description="by hand", VpcId=vpc)
client("elbv2").create_target_group(Name="cruddur-backend", Protocol="HTTP", Port=4567, VpcId=vpc, TargetType="ip")
client("ecs").create_cluster(clusterName="cruddur")
client("logs").create_log_group(logGroupName="/slipway/cruddur/backend")
client("iam").create_role(Path="/slipway/cruddur/", RoleName="cruddur-task-backend",
                          AssumeRolePolicyDocument=json.dumps(TRUST))
client("ecr").create_repository(repositoryName="backend-flask")
