"""The whole seed topology by hand: made, refused where AWS refuses, changed, and taken down.

Usage: boto3_seed_topology.py ENDPOINT

It speaks to the endpoint only through boto3. Each refusal that a person would meet on the way is
provoked first, and its code checked; then the thing is done in the right order.
"""

import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
REGION = "us-east-1"
DOMAIN = "cruddur-dw.com"
STACK = "cruddur"
TAGS = [{"Key": "slipway:stack", "Value": STACK}]
SERVICES = {
    "frontend": {"image": "frontend-react-js", "port": 3000, "host": DOMAIN},
    "backend": {"image": "backend-flask", "port": 4567, "host": "api." + DOMAIN},
}


def client(name):
    return boto3.client(
        name,
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "max_attempts": 8}),
    )


ec2, elb, acm, r53 = client("ec2"), client("elbv2"), client("acm"), client("route53")
ecs, ecr, iam, logs = client("ecs"), client("ecr"), client("iam"), client("logs")
scaling, sts = client("application-autoscaling"), client("sts")
STARTED = time.monotonic()


def say(text):
    print(f"{time.monotonic() - STARTED:6.2f} s  {text}", flush=True)


def refused(code, call, **arguments):
    """The call is refused with this code; anything else is an error of the sandbox."""
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"expected {code}, got {found}: {error}"
        assert error.response["Error"]["Message"], error.response
        say(f"refused as it should be: {code}: {error.response['Error']['Message'][:90]}")
        return
    raise AssertionError(f"{call.__name__} should have been refused with {code}")


def until(what, condition, limit=60):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        found = condition()
        if found:
            say(what)
            return found
        time.sleep(0.05)
    raise AssertionError(f"not reached in {limit} s: {what}")


def retried(codes, call, **arguments):
    """Calls until the refusals with these codes stop, as one must on AWS."""

    def attempt():
        try:
            return [call(**arguments)]
        except ClientError as error:
            if error.response["Error"]["Code"] not in codes:
                raise
            return None

    return until(f"{call.__name__} accepted", attempt)[0]


# --- who and where ---------------------------------------------------------------------------

ACCOUNT = sts.get_caller_identity()["Account"]
assert ACCOUNT == "123456789012", ACCOUNT
vpc = ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
assert len({s["AvailabilityZone"] for s in subnets}) >= 3
SUBNETS = [s["SubnetId"] for s in subnets]
assert len(ec2.describe_availability_zones()["AvailabilityZones"]) == 3

# --- zone and certificate --------------------------------------------------------------------

made = r53.create_hosted_zone(Name=DOMAIN, CallerReference="seed")
ZONE = made["HostedZone"]["Id"].split("/")[-1]
assert len(made["DelegationSet"]["NameServers"]) == 4
assert made["ChangeInfo"]["Status"] == "PENDING"
refused("HostedZoneAlreadyExists", r53.create_hosted_zone, Name=DOMAIN, CallerReference="seed")
r53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=ZONE, AddTags=TAGS)
refused(
    "InvalidInput",
    r53.change_tags_for_resource,
    ResourceType="hostedzone",
    ResourceId=ZONE,
    AddTags=[{"Key": f"k{i}", "Value": "v"} for i in range(11)],
)
assert r53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=ZONE)["ResourceTagSet"]["Tags"] == TAGS
many = r53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[ZONE])["ResourceTagSets"]
assert many[0]["ResourceId"] == ZONE and many[0]["Tags"] == TAGS
kinds = [r["Type"] for r in r53.list_resource_record_sets(HostedZoneId=ZONE)["ResourceRecordSets"]]
assert sorted(kinds) == ["NS", "SOA"], kinds

request = dict(
    DomainName=DOMAIN,
    SubjectAlternativeNames=["*." + DOMAIN],
    ValidationMethod="DNS",
    IdempotencyToken="seed",
    Tags=TAGS,
)
CERTIFICATE = acm.request_certificate(**request)["CertificateArn"]
assert acm.request_certificate(**request)["CertificateArn"] == CERTIFICATE


def options():
    detail = acm.describe_certificate(CertificateArn=CERTIFICATE)["Certificate"]
    found = detail["DomainValidationOptions"]
    return found if all("ResourceRecord" in option for option in found) else None


records = {o["ResourceRecord"]["Name"]: o["ResourceRecord"] for o in until("CNAME readable", options)}
assert len(records) == 1, "root and wildcard share one CNAME"
cname = list(records.values())[0]
assert acm.list_tags_for_certificate(CertificateArn=CERTIFICATE)["Tags"] == TAGS


def change(action, record):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    return r53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=batch)["ChangeInfo"]["Id"]


def change_refused(action, record):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    refused("InvalidChangeBatch", r53.change_resource_record_sets, HostedZoneId=ZONE, ChangeBatch=batch)


validation = {
    "Name": cname["Name"],
    "Type": "CNAME",
    "TTL": 300,
    "ResourceRecords": [{"Value": cname["Value"]}],
}
first_change = change("UPSERT", validation)
change_refused("CREATE", validation)
change_refused("DELETE", dict(validation, TTL=60))

# --- roles, logs, repositories ---------------------------------------------------------------

for name in ("ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"):
    iam.create_service_linked_role(AWSServiceName=name)
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
ROLE = iam.create_role(
    Path="/slipway/", RoleName="cruddur-execution", AssumeRolePolicyDocument=TRUST, Tags=TAGS
)["Role"]["Arn"]
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}'
iam.put_role_policy(RoleName="cruddur-execution", PolicyName="pull", PolicyDocument=POLICY)
assert [r["Arn"] for r in iam.list_roles(PathPrefix="/slipway/")["Roles"]] == [ROLE]
assert iam.list_role_tags(RoleName="cruddur-execution")["Tags"] == TAGS
logs.create_log_group(logGroupName="/slipway/cruddur", tags={"slipway:stack": STACK})
logs.put_retention_policy(logGroupName="/slipway/cruddur", retentionInDays=14)
groups = logs.describe_log_groups(logGroupNamePrefix="/slipway/")["logGroups"]
assert [g["logGroupName"] for g in groups] == ["/slipway/cruddur"] and groups[0]["retentionInDays"] == 14

LIFECYCLE = '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}'
for service in SERVICES.values():
    repository = ecr.create_repository(
        repositoryName=service["image"],
        imageScanningConfiguration={"scanOnPush": True},
        tags=TAGS,
    )["repository"]
    assert ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"] == TAGS
    service["uri"] = repository["repositoryUri"]
    ecr.put_lifecycle_policy(repositoryName=service["image"], lifecyclePolicyText=LIFECYCLE)
    refused("RepositoryAlreadyExistsException", ecr.create_repository, repositoryName=service["image"])
    wanted = dict(repositoryName=service["image"], imageIds=[{"imageTag": "latest"}])
    refused("ImageNotFoundException", ecr.describe_images, **wanted)
refused("RepositoryNotFoundException", ecr.describe_images, repositoryName="nobody")

# --- network and load balancer ---------------------------------------------------------------


def group(name):
    made = ec2.create_security_group(
        GroupName=name,
        Description=name,
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": TAGS}],
    )
    return made["GroupId"]


alb_group, task_group = group("cruddur-alb"), group("cruddur-services")
refused("InvalidGroup.Duplicate", ec2.create_security_group, GroupName="cruddur-alb", Description="x", VpcId=vpc)
world = [{"CidrIp": "0.0.0.0/0"}]
ingress = [{"IpProtocol": "tcp", "FromPort": p, "ToPort": p, "IpRanges": world} for p in (80, 443)]
ec2.authorize_security_group_ingress(GroupId=alb_group, IpPermissions=ingress)
refused("InvalidPermission.Duplicate", ec2.authorize_security_group_ingress, GroupId=alb_group, IpPermissions=ingress)
from_alb = [
    {
        "IpProtocol": "tcp",
        "FromPort": s["port"],
        "ToPort": s["port"],
        "UserIdGroupPairs": [{"GroupId": alb_group}],
    }
    for s in SERVICES.values()
]
ec2.authorize_security_group_ingress(GroupId=task_group, IpPermissions=from_alb)
seen = ec2.describe_security_groups(Filters=[{"Name": "tag:slipway:stack", "Values": [STACK]}])["SecurityGroups"]
assert {g["GroupId"] for g in seen} == {alb_group, task_group}
rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [task_group]}])
assert len([r for r in rules["SecurityGroupRules"] if not r["IsEgress"]]) == 2

refused("ValidationError", elb.create_load_balancer, Name="x" * 33, Subnets=SUBNETS[:2])
refused("ValidationError", elb.create_load_balancer, Name="one", Subnets=SUBNETS[:1])
balancer = dict(Name="cruddur-alb", Subnets=SUBNETS[:2], SecurityGroups=[alb_group], Tags=TAGS)
alb = elb.create_load_balancer(**balancer)["LoadBalancers"][0]
ALB = alb["LoadBalancerArn"]
assert alb["State"]["Code"] == "provisioning"
assert elb.create_load_balancer(**balancer)["LoadBalancers"][0]["LoadBalancerArn"] == ALB
refused("DuplicateLoadBalancerName", elb.create_load_balancer, **dict(balancer, Subnets=SUBNETS[1:]))
elb.modify_load_balancer_attributes(
    LoadBalancerArn=ALB, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "90"}]
)
attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=ALB)["Attributes"]
assert {"Key": "idle_timeout.timeout_seconds", "Value": "90"} in attributes

for name, service in SERVICES.items():
    settings = dict(
        Name=f"cruddur-{name}",
        Protocol="HTTP",
        Port=service["port"],
        VpcId=vpc,
        TargetType="ip",
        HealthCheckIntervalSeconds=10,
        HealthyThresholdCount=2,
        Tags=TAGS,
    )
    service["group"] = elb.create_target_group(**settings)["TargetGroups"][0]["TargetGroupArn"]
    assert elb.create_target_group(**settings)["TargetGroups"][0]["TargetGroupArn"] == service["group"]
    refused("DuplicateTargetGroupName", elb.create_target_group, **dict(settings, Port=1))
    elb.modify_target_group_attributes(
        TargetGroupArn=service["group"],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "10"}],
    )

front, back = SERVICES["frontend"], SERVICES["backend"]
REDIRECT = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]
HTTP = elb.create_listener(LoadBalancerArn=ALB, Protocol="HTTP", Port=80, DefaultActions=REDIRECT, Tags=TAGS)
HTTP = HTTP["Listeners"][0]["ListenerArn"]
https = dict(
    LoadBalancerArn=ALB,
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": CERTIFICATE}],
    DefaultActions=[{"Type": "forward", "TargetGroupArn": front["group"]}],
)
refused("UnsupportedCertificate", elb.create_listener, **https)
unknown = [{"CertificateArn": CERTIFICATE[:-4] + "0000"}]
refused("CertificateNotFound", elb.create_listener, **dict(https, Certificates=unknown))

until(
    "certificate issued",
    lambda: acm.describe_certificate(CertificateArn=CERTIFICATE)["Certificate"]["Status"] == "ISSUED",
)
HTTPS = elb.create_listener(**https)["Listeners"][0]["ListenerArn"]
refused("DuplicateListener", elb.create_listener, **dict(https, DefaultActions=REDIRECT))
users = acm.describe_certificate(CertificateArn=CERTIFICATE)["Certificate"]["InUseBy"]
assert users == [ALB], users
refused("ResourceInUseException", acm.delete_certificate, CertificateArn=CERTIFICATE)
assert r53.get_change(Id=first_change)["ChangeInfo"]["Status"] == "INSYNC"

# --- cluster, definitions, services ----------------------------------------------------------

cluster = ecs.create_cluster(clusterName="cruddur", tags=[{"key": "slipway:stack", "value": STACK}])
assert cluster["cluster"]["status"] == "ACTIVE"
refused("ClusterNotFoundException", ecs.list_tasks, cluster="nobody")


def definition(name, tag="latest", **changes):
    service = SERVICES[name]
    container = {
        "name": name,
        "image": f"{service['uri']}:{tag}",
        "portMappings": [{"containerPort": service["port"]}],
        "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 10, "retries": 2},
    }
    arguments = dict(
        family=f"cruddur-{name}",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=ROLE,
        containerDefinitions=[container],
    )
    return dict(arguments, **changes)


refused("ClientException", ecs.register_task_definition, **definition("frontend", memory="4096"))
refused(
    "ClientException",
    ecs.register_task_definition,
    **definition("frontend", executionRoleArn=ROLE + "-nobody"),
)
YOUNG = iam.create_role(RoleName="young", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
refused("AccessDeniedException", ecs.register_task_definition, **definition("frontend", taskRoleArn=YOUNG))
iam.delete_role(RoleName="young")

for name, service in SERVICES.items():
    until(
        f"image of {name} pushed",
        lambda: ecr.batch_get_image(repositoryName=service["image"], imageIds=[{"imageTag": "latest"}])["images"],
    )
    registered = ecs.register_task_definition(**definition(name))["taskDefinition"]
    service["definition"] = registered["taskDefinitionArn"]
    assert registered["revision"] == 1


def service_arguments(name):
    service = SERVICES[name]
    return dict(
        cluster="cruddur",
        serviceName=name,
        taskDefinition=service["definition"],
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": SUBNETS,
                "securityGroups": [task_group],
                "assignPublicIp": "ENABLED",
            }
        },
        loadBalancers=[
            {"targetGroupArn": service["group"], "containerName": name, "containerPort": service["port"]}
        ],
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        tags=[{"key": "slipway:stack", "value": STACK}],
    )


refused("InvalidParameterException", ecs.create_service, **service_arguments("backend"))
rule = dict(
    ListenerArn=HTTPS,
    Priority=10,
    Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": [back["host"]]}}],
    Actions=[{"Type": "forward", "TargetGroupArn": back["group"]}],
    Tags=TAGS,
)
RULE = elb.create_rule(**rule)["Rules"][0]["RuleArn"]
refused("PriorityInUse", elb.create_rule, **rule)
refused("ResourceInUse", elb.delete_target_group, TargetGroupArn=back["group"])
listed = elb.describe_rules(ListenerArn=HTTPS)["Rules"]
assert [r["Priority"] for r in listed] == ["10", "default"], listed
assert listed[0]["Conditions"][0]["HostHeaderConfig"]["Values"] == [back["host"]]
tags = elb.describe_tags(ResourceArns=[ALB, HTTP, HTTPS, RULE, front["group"]])["TagDescriptions"]
assert [len(t["Tags"]) for t in tags] == [1, 1, 0, 1, 1], tags

for name in SERVICES:
    made = ecs.create_service(**service_arguments(name))["service"]
    assert made["status"] == "ACTIVE" and made["deployments"][0]["rolloutState"] == "IN_PROGRESS"
refused("InvalidParameterException", ecs.create_service, **service_arguments("frontend"))


def described(name):
    return ecs.describe_services(cluster="cruddur", services=[name])["services"][0]


def health(name):
    found = elb.describe_target_health(TargetGroupArn=SERVICES[name]["group"])
    return [t["TargetHealth"]["State"] for t in found["TargetHealthDescriptions"]]


def active():
    return elb.describe_load_balancers(LoadBalancerArns=[ALB])["LoadBalancers"][0]["State"]["Code"] == "active"


until("load balancer active", active)
for name in SERVICES:
    until(f"{name} deployed", lambda: described(name)["deployments"][0]["rolloutState"] == "COMPLETED")
    assert health(name) == ["healthy"], health(name)
    assert described(name)["runningCount"] == 1

running = ecs.list_tasks(cluster="cruddur", serviceName="frontend")["taskArns"]
task = ecs.describe_tasks(cluster="cruddur", tasks=running)["tasks"][0]
assert (task["lastStatus"], task["healthStatus"]) == ("RUNNING", "HEALTHY"), task
interface = {d["name"]: d["value"] for d in task["attachments"][0]["details"]}["networkInterfaceId"]
interface = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
assert interface["Association"]["PublicIp"] and interface["Groups"][0]["GroupId"] == task_group

for host in (DOMAIN, back["host"]):
    for kind in ("A", "AAAA"):
        target = {
            "HostedZoneId": alb["CanonicalHostedZoneId"],
            "DNSName": "dualstack." + alb["DNSName"],
            "EvaluateTargetHealth": False,
        }
        change("UPSERT", {"Name": host, "Type": kind, "AliasTarget": target})
lost = {"HostedZoneId": alb["CanonicalHostedZoneId"], "DNSName": "gone.us-east-1.elb.amazonaws.com", "EvaluateTargetHealth": False}
change_refused("UPSERT", {"Name": "lost." + DOMAIN, "Type": "A", "AliasTarget": lost})
say("the seed topology is up")

# --- an update, a broken image and its roll back -----------------------------------------------

ecs.update_service(cluster="cruddur", service="backend", forceNewDeployment=True)
assert len(described("backend")["deployments"]) == 2
until("backend redeployed", lambda: [d["rolloutState"] for d in described("backend")["deployments"]] == ["COMPLETED"])
broken = ecs.register_task_definition(**definition("backend", "broken"))["taskDefinition"]["taskDefinitionArn"]
until(
    "the broken image pushed",
    lambda: ecr.batch_get_image(repositoryName=back["image"], imageIds=[{"imageTag": "broken"}])["images"],
)
ecs.update_service(cluster="cruddur", service="backend", taskDefinition=broken)


def rolled_back():
    deployments = described("backend")["deployments"]
    states = [(d["status"], d["rolloutState"]) for d in deployments]
    return states == [("PRIMARY", "COMPLETED")] and deployments[0]["taskDefinition"] == back["definition"]


until("the breaker rolled back", rolled_back)
messages = " ".join(e["message"] for e in described("backend")["events"])
assert "deployment failed: tasks failed to start" in messages and "rolling back to" in messages
past = ecs.list_service_deployments(cluster="cruddur", service="backend")["serviceDeployments"]
assert past[0]["status"] == "ROLLBACK_SUCCESSFUL", past
stopped = ecs.list_tasks(cluster="cruddur", serviceName="backend", desiredStatus="STOPPED")["taskArns"]
reasons = [t["stoppedReason"] for t in ecs.describe_tasks(cluster="cruddur", tasks=stopped)["tasks"]]
assert any("health checks" in reason for reason in reasons), reasons

# --- doze and wake ------------------------------------------------------------------------------

resource = "service/cruddur/backend"
target = dict(ServiceNamespace="ecs", ResourceId=resource, ScalableDimension="ecs:service:DesiredCount")
scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=0)
assert described("backend")["desiredCount"] == 0
until("backend dozes", lambda: described("backend")["runningCount"] == 0 and health("backend") == [])
scaling.put_scheduled_action(
    **target,
    ScheduledActionName="awake",
    Schedule="cron(0 9 ? * MON-FRI *)",
    Timezone="Europe/Berlin",
    ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 1},
)
refused(
    "ValidationException",
    scaling.put_scheduled_action,
    **target,
    ScheduledActionName="bad",
    Schedule="cron(every day)",
    ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 1},
)
actions = scaling.describe_scheduled_actions(ServiceNamespace="ecs", ResourceId=resource)["ScheduledActions"]
assert actions[0]["Timezone"] == "Europe/Berlin"
scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=1)
until("backend awake", lambda: health("backend") == ["healthy"])

# --- down again ---------------------------------------------------------------------------------

refused("RepositoryNotEmptyException", ecr.delete_repository, repositoryName=front["image"])
refused("HostedZoneNotEmpty", r53.delete_hosted_zone, Id=ZONE)
refused("ClusterContainsServicesException", ecs.delete_cluster, cluster="cruddur")
refused("DependencyViolation", ec2.delete_security_group, GroupId=alb_group)
refused("DeleteConflict", iam.delete_role, RoleName="cruddur-execution")
refused("InvalidParameterException", ecs.delete_service, cluster="cruddur", service="frontend")

scaling.deregister_scalable_target(**target)
assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []
for name in SERVICES:
    ecs.update_service(cluster="cruddur", service=name, desiredCount=0)
    ecs.delete_service(cluster="cruddur", service=name, force=True)
assert described("frontend")["status"] == "DRAINING"
assert ecs.list_services(cluster="cruddur")["serviceArns"] == []
refused("InvalidParameterException", ecs.create_service, **service_arguments("frontend"))
for name in SERVICES:
    until(f"{name} inactive", lambda: described(name)["status"] == "INACTIVE")

for record in r53.list_resource_record_sets(HostedZoneId=ZONE)["ResourceRecordSets"]:
    if record["Type"] not in ("NS", "SOA"):
        change("DELETE", record)

protection = "deletion_protection.enabled"
elb.modify_load_balancer_attributes(LoadBalancerArn=ALB, Attributes=[{"Key": protection, "Value": "true"}])
refused("OperationNotPermitted", elb.delete_load_balancer, LoadBalancerArn=ALB)
elb.modify_load_balancer_attributes(LoadBalancerArn=ALB, Attributes=[{"Key": protection, "Value": "false"}])
elb.delete_load_balancer(LoadBalancerArn=ALB)
refused("LoadBalancerNotFound", elb.describe_load_balancers, LoadBalancerArns=[ALB])
elb.delete_load_balancer(LoadBalancerArn=ALB)
for service in SERVICES.values():
    elb.delete_target_group(TargetGroupArn=service["group"])
refused("ResourceInUseException", acm.delete_certificate, CertificateArn=CERTIFICATE)
retried(["ResourceInUseException"], acm.delete_certificate, CertificateArn=CERTIFICATE)
refused("ResourceNotFoundException", acm.describe_certificate, CertificateArn=CERTIFICATE)

refused("DependencyViolation", ec2.delete_security_group, GroupId=alb_group)
description = "ELB " + ALB.split(":loadbalancer/")[1]
by_owner = [
    {"Name": "attachment.instance-owner-id", "Values": ["amazon-elb"]},
    {"Name": "description", "Values": [description]},
]
assert len(ec2.describe_network_interfaces(Filters=by_owner)["NetworkInterfaces"]) == 2
retried(["DependencyViolation"], ec2.delete_security_group, GroupId=task_group)
retried(["DependencyViolation"], ec2.delete_security_group, GroupId=alb_group)
until("interfaces gone", lambda: not ec2.describe_network_interfaces(Filters=by_owner)["NetworkInterfaces"])

for definition_arn in [front["definition"], back["definition"], broken]:
    refused_delete = ecs.delete_task_definitions(taskDefinitions=[definition_arn])
    assert refused_delete["failures"], refused_delete
    ecs.deregister_task_definition(taskDefinition=definition_arn)
gone = ecs.delete_task_definitions(taskDefinitions=[front["definition"], back["definition"], broken])
assert [d["status"] for d in gone["taskDefinitions"]] == ["DELETE_IN_PROGRESS"] * 3, gone
retried(["ClusterContainsTasksException"], ecs.delete_cluster, cluster="cruddur")
assert ecs.describe_clusters(clusters=["cruddur"])["clusters"][0]["status"] == "INACTIVE"
again = ecs.register_task_definition(**definition("backend"))["taskDefinition"]
assert again["revision"] == 3, "a family's revisions never start anew"

iam.delete_role_policy(RoleName="cruddur-execution", PolicyName="pull")
iam.delete_role(RoleName="cruddur-execution")
logs.delete_log_group(logGroupName="/slipway/cruddur")
for service in SERVICES.values():
    ecr.delete_repository(repositoryName=service["image"], force=True)
r53.delete_hosted_zone(Id=ZONE)
refused("NoSuchHostedZone", r53.get_hosted_zone, Id=ZONE)

# --- nothing left -------------------------------------------------------------------------------

assert elb.describe_load_balancers()["LoadBalancers"] == []
assert elb.describe_target_groups()["TargetGroups"] == []
assert acm.list_certificates()["CertificateSummaryList"] == []
assert r53.list_hosted_zones()["HostedZones"] == []
assert ecr.describe_repositories()["repositories"] == []
assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
assert len(ec2.describe_security_groups()["SecurityGroups"]) == 1
assert iam.list_roles(PathPrefix="/slipway/")["Roles"] == []

# --- a network of its own ------------------------------------------------------------------------


def tagged(kind):
    return [{"ResourceType": kind, "Tags": TAGS}]


own = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=own, EnableDnsHostnames={"Value": True})
assert ec2.describe_vpc_attribute(VpcId=own, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
zones = [z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]]
own_subnets = [
    ec2.create_subnet(VpcId=own, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=zones[i], TagSpecifications=tagged("subnet"))["Subnet"]["SubnetId"]
    for i in range(2)
]
refused("InvalidSubnet.Conflict", ec2.create_subnet, VpcId=own, CidrBlock="10.0.0.0/24")
refused("InvalidSubnet", elb.create_load_balancer, Name="own", Subnets=own_subnets)
gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=own)
table = ec2.create_route_table(VpcId=own, TagSpecifications=tagged("route-table"))["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
associations = [ec2.associate_route_table(RouteTableId=table, SubnetId=s)["AssociationId"] for s in own_subnets]
for subnet in own_subnets:
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
own_alb = elb.create_load_balancer(Name="own", Subnets=own_subnets)["LoadBalancers"][0]["LoadBalancerArn"]
refused("DependencyViolation", ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=own)
refused("DependencyViolation", ec2.delete_subnet, SubnetId=own_subnets[0])
refused("DependencyViolation", ec2.delete_internet_gateway, InternetGatewayId=gateway)
refused("DependencyViolation", ec2.delete_route_table, RouteTableId=table)
elb.delete_load_balancer(LoadBalancerArn=own_alb)
retried(["DependencyViolation"], ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=own)
ec2.delete_internet_gateway(InternetGatewayId=gateway)
for association in associations:
    ec2.disassociate_route_table(AssociationId=association)
ec2.delete_route_table(RouteTableId=table)
refused("DependencyViolation", ec2.delete_vpc, VpcId=own)
for subnet in own_subnets:
    ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=own)
refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[own])
say("everything came up, was refused where it should be, and is gone")
