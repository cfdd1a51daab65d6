"""What a stack file asks for, looked for on AWS with boto3.

It knows the stack file's format and what AWS calls things, and nothing of Slipway's code. Parts are found by the
tags `slipway:stack` and `slipway:id`, or by what they hang on; every part's name must begin with the stack's.

    agreement.py there ENDPOINT STACK.toml LEVEL    everything that the level needs is there, and no more
    agreement.py gone  ENDPOINT STACK.toml ZONE     nothing is left; ZONE is `kept` or `deleted`

Disagreements go to stdout, one a line, and make the exit status 1.
"""

import json
import re
import sys
import tomllib
from functools import cached_property

import boto3

LEVELS = ["awake", "doze", "sleep", "off"]
WORLD = {"0.0.0.0/0", "::/0"}


class Stack:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.file = tomllib.load(file)
        self.name = self.file["name"]
        self.domain = self.file["domain"]
        self.region = self.file["region"]
        self.services = self.file["services"]
        self.dedicated = self.file.get("network", {}).get("mode") == "dedicated"
        self.schedule = self.file.get("uptime", {}).get("schedule")

    def host(self, service):
        label = self.services[service]["host"]
        return self.domain if label == "@" else f"{label}.{self.domain}"

    @property
    def hosts(self):
        return {self.host(service) for service in self.services}

    @property
    def root(self):
        return next((name for name, service in self.services.items() if service["host"] == "@"), None)

    @staticmethod
    def is_public(image):
        first, slash, _ = image.partition("/")
        return bool(slash) and ("." in first or ":" in first or first == "localhost")

    @property
    def repositories(self):
        own = [service["image"] for service in self.services.values() if not self.is_public(service["image"])]
        return {image.rsplit(":", 1)[0] for image in own} | set(self.file.get("images", {}).get("base", []))


class World:
    """AWS as boto3 tells it."""

    def __init__(self, endpoint, region):
        session = boto3.Session("x", "x", region_name=region)
        self.client = lambda service: session.client(service, endpoint_url=endpoint)
        self.account = self.client("sts").get_caller_identity()["Account"]

    def all(self, service, operation, key, **arguments):
        client = self.client(service)
        if not client.can_paginate(operation):
            return getattr(client, operation)(**arguments)[key]
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page[key]]

    def __getattr__(self, service):
        return self.client(service.replace("_", "-"))


class Agreement:
    def __init__(self, world, stack):
        self.world, self.stack = world, stack
        self.disagreements = []
        self.ids = []

    # What is said.

    def expect(self, holds, what):
        if not holds:
            self.disagreements.append(what)
        return bool(holds)

    def equal(self, found, wanted, what):
        return self.expect(found == wanted, f"{what}: wanted {wanted!r}, found {found!r}")

    def tagged(self, tags, what):
        """The tags, however the service writes them, say whose it is."""
        if not isinstance(tags, dict):
            tags = {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value")) for tag in tags}
        self.equal(tags.get("slipway:stack"), self.stack.name, f"tag slipway:stack of {what}")
        if self.expect(tags.get("slipway:id"), f"{what} has no tag slipway:id"):
            self.ids.append(tags["slipway:id"])

    def named(self, name, what, limit=255):
        self.expect(name.startswith(self.stack.name) and len(name) <= limit, f"the name {name!r} of {what}")

    # What is looked at more than once.

    @cached_property
    def zones(self):
        zones = self.world.all("route53", "list_hosted_zones", "HostedZones")
        return [zone for zone in zones if zone["Name"] == f"{self.stack.domain}."]

    @cached_property
    def balancers(self):
        balancers = self.world.all("elbv2", "describe_load_balancers", "LoadBalancers")
        return [one for one in balancers if self.is_ours(self.elb_tags(one["LoadBalancerArn"]))]

    @cached_property
    def target_groups(self):
        """By the service whose port and path they have."""
        groups = self.world.all("elbv2", "describe_target_groups", "TargetGroups")
        return [group for group in groups if self.is_ours(self.elb_tags(group["TargetGroupArn"]))]

    @cached_property
    def security_groups(self):
        return self.ec2("describe_security_groups", "SecurityGroups")

    @cached_property
    def certificates(self):
        acm = self.world.acm
        arns = [one["CertificateArn"] for one in self.world.all("acm", "list_certificates", "CertificateSummaryList")]
        ours = [arn for arn in arns if self.is_ours(acm.list_tags_for_certificate(CertificateArn=arn)["Tags"])]
        return [acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in ours]

    @cached_property
    def records(self):
        return self.world.all(
            "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=self.zones[0]["Id"]
        )

    def ec2(self, operation, key):
        return self.world.all("ec2", operation, key, Filters=[{"Name": "tag:slipway:stack", "Values": [self.stack.name]}])

    def elb_tags(self, arn):
        return self.world.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]

    def zone_tags(self, zone):
        id = zone["Id"].rsplit("/", 1)[-1]
        tags = self.world.route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=id)
        return tags["ResourceTagSet"]["Tags"]

    def is_ours(self, tags):
        return any(
            tag.get("Key", tag.get("key")) == "slipway:stack" and tag.get("Value", tag.get("value")) == self.stack.name
            for tag in tags
        )

    # What has to be there.

    def check_there(self, level):
        at_least = lambda least: LEVELS.index(level) <= LEVELS.index(least)
        self.zone()
        self.repositories()
        self.certificate(at_least("sleep"))
        self.network(at_least("sleep"))
        self.groups_of_targets(at_least("sleep"))
        balancer = self.balancer(at_least("doze"))
        self.records_of(balancer, at_least("sleep"))
        self.containers(at_least("sleep"), awake=level == "awake", balancer=balancer)
        self.schedules(level)
        doubled = {id for id in self.ids if self.ids.count(id) > 1}
        self.equal(doubled, set(), "tags slipway:id that several parts have")

    def zone(self):
        if self.equal(len(self.zones), 1, "hosted zones of the domain"):
            self.expect(not self.zones[0]["Config"]["PrivateZone"], "the hosted zone is private")
            self.tagged(self.zone_tags(self.zones[0]), "the hosted zone")

    def repositories(self):
        ecr = self.world.ecr
        there = self.world.all("ecr", "describe_repositories", "repositories")
        self.expect(
            self.stack.repositories <= {one["repositoryName"] for one in there},
            f"repositories: wanted {self.stack.repositories}, found {[one['repositoryName'] for one in there]}",
        )
        public = {service["image"] for service in self.stack.services.values()} & {one["repositoryName"] for one in there}
        self.equal(public, set(), "repositories for public images")
        for one in there:
            name = one["repositoryName"]
            if name not in self.stack.repositories:
                continue
            self.equal(one["imageScanningConfiguration"]["scanOnPush"], True, f"scan on push of {name}")
            self.tagged(ecr.list_tags_for_resource(resourceArn=one["repositoryArn"])["tags"], f"repository {name}")
            rule = json.loads(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])["rules"][0]
            self.equal(rule["selection"]["tagStatus"], "untagged", f"what goes from {name}")
            self.equal(rule["action"]["type"], "expire", f"what the lifecycle policy of {name} does")

    def certificate(self, wanted):
        if not self.equal(len(self.certificates), int(wanted), "certificates") or not wanted:
            return
        one = self.certificates[0]
        names = {self.stack.domain, f"*.{self.stack.domain}"}
        self.equal({one["DomainName"], *one["SubjectAlternativeNames"]}, names, "the certificate's names")
        tags = self.world.acm.list_tags_for_certificate(CertificateArn=one["CertificateArn"])["Tags"]
        self.tagged(tags, "the certificate")

    def network(self, wanted):
        groups = {self.purpose(group): group for group in self.security_groups}
        kinds = {"balancer", "services"} if wanted else set()
        self.equal(set(groups), kinds, "security groups")
        self.equal(len(self.security_groups), len(kinds), "how many security groups there are")
        if not wanted:
            self.equal(self.ec2("describe_vpcs", "Vpcs"), [], "VPCs of the stack")
            return
        for group in self.security_groups:
            self.tagged(group["Tags"], f"security group {group['GroupName']}")
            self.named(group["GroupName"], "a security group")
            self.equal(group["VpcId"], self.vpc["VpcId"], f"VPC of {group['GroupName']}")
        if kinds <= set(groups):
            self.openings(groups)
        if self.stack.dedicated:
            self.dedicated_network()

    @cached_property
    def vpc(self):
        if self.stack.dedicated:
            return (self.ec2("describe_vpcs", "Vpcs") or [{"VpcId": None}])[0]
        return next(vpc for vpc in self.world.ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"])

    @staticmethod
    def purpose(group):
        opens = [permission.get("FromPort") for permission in group["IpPermissions"]]
        return "balancer" if 443 in opens and 80 in opens else "services"

    def openings(self, groups):
        """The world to the load balancer on 80 and 443, the load balancer to the services' ports, and nobody else."""
        found = set()
        for name, group in groups.items():
            for permission in group["IpPermissions"]:
                self.equal(permission["IpProtocol"], "tcp", f"protocol into {name}")
                ports = (permission["FromPort"], permission["ToPort"])
                ranges = [one["CidrIp"] for one in permission["IpRanges"]]
                ranges += [one["CidrIpv6"] for one in permission.get("Ipv6Ranges", [])]
                sources = ranges + [pair["GroupId"] for pair in permission["UserIdGroupPairs"]]
                found |= {(name, source, *ports) for source in sources}
        balancer = groups["balancer"]["GroupId"]
        wanted = {("balancer", source, port, port) for source in WORLD for port in (80, 443)}
        ports = {service["port"] for service in self.stack.services.values()}
        wanted |= {("services", balancer, port, port) for port in ports}
        self.equal(found, wanted, "what the security groups let in")

    def dedicated_network(self):
        vpc = self.vpc
        self.equal(vpc.get("CidrBlock"), self.stack.file["network"].get("cidr", "10.0.0.0/16"), "address range of the VPC")
        subnets = self.ec2("describe_subnets", "Subnets")
        self.equal(len({subnet["AvailabilityZone"] for subnet in subnets}), 2, "zones of the subnets")
        self.equal(len(subnets), 2, "subnets")
        self.expect(all(one["MapPublicIpOnLaunch"] for one in subnets), "a subnet gives no public addresses")
        gateways = self.ec2("describe_internet_gateways", "InternetGateways")
        attached = [one["VpcId"] for gateway in gateways for one in gateway["Attachments"]]
        self.equal(attached, [vpc["VpcId"]], "what the internet gateway is attached to")
        tables = self.ec2("describe_route_tables", "RouteTables")
        if self.equal(len(tables), 1, "route tables"):
            out = [route["GatewayId"] for route in tables[0]["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
            self.equal(out, [one["InternetGatewayId"] for one in gateways], "where the route out leads")
            uses = {one.get("SubnetId") for one in tables[0]["Associations"]}
            self.expect({one["SubnetId"] for one in subnets} <= uses, "a subnet does not use the route table")
        self.equal(self.world.ec2.describe_nat_gateways()["NatGateways"], [], "NAT gateways")
        for part in [vpc, *subnets, *gateways, *tables]:
            self.tagged(part["Tags"], f"a part of the network, {next(iter(part.values()))}")

    def groups_of_targets(self, wanted):
        count = len(self.stack.services) if wanted else 0
        self.equal(len(self.target_groups), count, "target groups")
        for service, group in self.group_of.items():
            asked = self.stack.services[service]
            found = {key: group[key] for key in ("TargetType", "Protocol", "Port", "VpcId", "HealthCheckPath")}
            path = asked["health"]["path"]
            self.equal(found, {"TargetType": "ip", "Protocol": "HTTP", "Port": asked["port"], "VpcId": self.vpc["VpcId"],
                               "HealthCheckPath": path}, f"target group of {service}")
            self.equal(group["Matcher"]["HttpCode"], "200-399", f"healthy answers of {service}")
            self.named(group["TargetGroupName"], "a target group", limit=32)
            arn = group["TargetGroupArn"]
            attributes = self.world.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
            delay = {one["Key"]: one["Value"] for one in attributes}["deregistration_delay.timeout_seconds"]
            self.expect(int(delay) <= 60, f"the targets of {service} drain for {delay} s")
            self.tagged(self.elb_tags(arn), f"target group of {service}")

    @cached_property
    def group_of(self):
        """The target group of each service, by the service that sends its tasks there, or else by what it checks."""
        by_arn = {group["TargetGroupArn"]: group for group in self.target_groups}
        found = {}
        for service in self.services_there:
            for balancer in service["loadBalancers"]:
                if balancer.get("targetGroupArn") in by_arn:
                    found[balancer["containerName"]] = by_arn[balancer["targetGroupArn"]]
        return {name: found[name] for name in self.stack.services if name in found}

    def balancer(self, wanted):
        if not self.equal(len(self.balancers), int(wanted), "load balancers") or not wanted:
            return None
        one = self.balancers[0]
        self.named(one["LoadBalancerName"], "the load balancer", limit=32)
        found = (one["Scheme"], one["Type"], one["VpcId"])
        self.equal(found, ("internet-facing", "application", self.vpc["VpcId"]), "the load balancer")
        self.expect(len(one["AvailabilityZones"]) >= 2, "the load balancer stands in fewer than two zones")
        groups = [group["GroupId"] for group in self.security_groups if self.purpose(group) == "balancer"]
        self.equal(one["SecurityGroups"], groups, "security groups of the load balancer")
        self.tagged(self.elb_tags(one["LoadBalancerArn"]), "the load balancer")
        self.listeners(one["LoadBalancerArn"])
        return one

    def listeners(self, balancer):
        listeners = self.world.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        by_port = {listener["Port"]: listener for listener in listeners}
        if not self.equal(set(by_port), {80, 443}, "listeners"):
            return
        for port, listener in by_port.items():
            self.tagged(self.elb_tags(listener["ListenerArn"]), f"listener {port}")
        plain, secure = by_port[80], by_port[443]
        action = plain["DefaultActions"][0]
        redirect = {key: action.get("RedirectConfig", {}).get(key) for key in ("Protocol", "Port", "StatusCode")}
        self.equal((plain["Protocol"], action["Type"]), ("HTTP", "redirect"), "listener 80")
        self.equal(redirect, {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}, "the redirect")
        self.equal(secure["Protocol"], "HTTPS", "protocol of listener 443")
        certificates = [one["CertificateArn"] for one in secure["Certificates"]]
        self.equal(certificates, [one["CertificateArn"] for one in self.certificates], "certificates of listener 443")
        self.expect("TLS13" in secure["SslPolicy"], f"the policy {secure['SslPolicy']} of listener 443")
        default = secure["DefaultActions"][0]
        if self.stack.root:
            self.equal(self.leads_to(default), self.stack.root, "where listener 443 leads by default")
        else:
            self.equal(default["Type"], "fixed-response", "what listener 443 does by default")
            self.equal(default["FixedResponseConfig"]["StatusCode"], "404", "what listener 443 answers by default")
        self.rules(secure["ListenerArn"])

    def leads_to(self, action):
        arn = action.get("TargetGroupArn")
        if arn is None:
            arn = action.get("ForwardConfig", {}).get("TargetGroups", [{}])[0].get("TargetGroupArn")
        return next((name for name, group in self.group_of.items() if group["TargetGroupArn"] == arn), arn)

    def rules(self, listener):
        rules = self.world.all("elbv2", "describe_rules", "Rules", ListenerArn=listener)
        rules = [rule for rule in rules if not rule["IsDefault"]]
        found = {}
        for rule in rules:
            conditions = rule["Conditions"]
            self.equal([one["Field"] for one in conditions], ["host-header"], "conditions of a rule")
            for host in conditions[0].get("HostHeaderConfig", {}).get("Values") or conditions[0]["Values"]:
                found[host] = self.leads_to(rule["Actions"][0])
            self.tagged(self.elb_tags(rule["RuleArn"]), f"rule for {', '.join(found)}")
        names = [name for name in self.stack.services if name != self.stack.root]
        self.equal(found, {self.stack.host(name): name for name in names}, "rules")
        priorities = [rule["Priority"] for rule in rules]
        self.equal(len(set(priorities)), len(names), f"different priorities among {priorities}")

    def records_of(self, balancer, has_certificate):
        found = {}
        for record in self.records:
            if record["Type"] in ("NS", "SOA"):
                self.equal(record["Name"], f"{self.stack.domain}.", f"name of the {record['Type']} record")
                continue
            found[(record["Name"].rstrip("."), record["Type"])] = self.leads(record)
        wanted = {}
        if balancer:
            target = (balancer["DNSName"].lower(), balancer["CanonicalHostedZoneId"])
            wanted |= {(host, kind): target for host in self.stack.hosts for kind in ("A", "AAAA")}
        if has_certificate and self.certificates:
            options = [one["ResourceRecord"] for one in self.certificates[0]["DomainValidationOptions"]]
            wanted |= {(one["Name"].rstrip("."), one["Type"]): one["Value"].rstrip(".") for one in options}
            self.equal(len([key for key in wanted if key[1] == "CNAME"]), 1, "records that prove the certificate")
        self.equal(found, wanted, "records")

    @staticmethod
    def leads(record):
        alias = record.get("AliasTarget")
        if alias:
            name = re.sub(r"^dualstack\.", "", alias["DNSName"].rstrip(".").lower())
            return name, alias["HostedZoneId"]
        return record["ResourceRecords"][0]["Value"].rstrip(".")

    # What runs containers.

    @cached_property
    def clusters(self):
        arns = self.world.all("ecs", "list_clusters", "clusterArns")
        clusters = self.world.ecs.describe_clusters(clusters=arns, include=["TAGS"])["clusters"] if arns else []
        return [one for one in clusters if one["status"] != "INACTIVE" and self.is_ours(one["tags"])]

    @cached_property
    def services_there(self):
        found = []
        for cluster in self.clusters:
            arns = self.world.all("ecs", "list_services", "serviceArns", cluster=cluster["clusterArn"])
            for start in range(0, len(arns), 10):
                some = self.world.ecs.describe_services(
                    cluster=cluster["clusterArn"], services=arns[start:start + 10], include=["TAGS"]
                )
                # One that was deleted is told for some time.
                found += [service for service in some["services"] if service["status"] != "INACTIVE"]
        return found

    def containers(self, wanted, awake, balancer):
        self.equal(len(self.clusters), int(wanted), "clusters")
        groups = self.world.all(
            "logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"/slipway/{self.stack.name}/"
        )
        self.equal(len(groups), len(self.stack.services) if wanted else 0, "log groups")
        for group in groups:
            self.expect(group.get("retentionInDays"), f"{group['logGroupName']} keeps its lines for ever")
        self.roles(wanted)
        services = {service["serviceName"]: service for service in self.services_there}
        self.equal(len(services), len(self.stack.services) if wanted else 0, "services")
        for cluster in self.clusters:
            self.named(cluster["clusterName"], "the cluster")
            self.tagged(cluster["tags"], "the cluster")
        for service in services.values():
            self.service(service, awake, {group["logGroupName"] for group in groups})
        self.task_definitions(services.values())

    def service(self, service, awake, log_groups):
        task = self.world.ecs.describe_task_definition(taskDefinition=service["taskDefinition"], include=["TAGS"])
        container = task["taskDefinition"]["containerDefinitions"][0]
        name = container["name"]
        if not self.expect(name in self.stack.services, f"a service {name} that nobody asks for"):
            return
        asked = self.stack.services[name]
        self.named(service["serviceName"], "a service")
        self.tagged(service["tags"], f"service {name}")
        self.equal(service["launchType"], "FARGATE", f"launch type of {name}")
        if not awake:
            self.equal(service["desiredCount"], 0, f"tasks of {name}")
        elif not self.stack.schedule:
            self.equal(service["desiredCount"], asked.get("count", 1), f"tasks of {name}")
        # moto takes it and does not tell it.
        if "deploymentConfiguration" in service:
            breaker = service["deploymentConfiguration"]["deploymentCircuitBreaker"]
            self.equal((breaker["enable"], breaker["rollback"]), (True, True), f"circuit breaker of {name}")
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        groups = [group["GroupId"] for group in self.security_groups if self.purpose(group) == "services"]
        self.equal(network["securityGroups"], groups, f"security groups of {name}")
        self.equal(network["assignPublicIp"], "ENABLED", f"public address of {name}")
        self.expect(len(network["subnets"]) >= 2, f"subnets of {name}")
        attached = [(one["containerName"], one["containerPort"]) for one in service["loadBalancers"]]
        self.equal(attached, [(name, asked["port"])], f"what of {name} the load balancer sends requests to")
        self.definition(name, asked, task["taskDefinition"], log_groups)
        self.tagged(task["tags"], f"task definition of {name}")

    def definition(self, name, asked, definition, log_groups):
        sizes = (definition["cpu"], definition["memory"])
        self.equal(sizes, (str(asked["cpu"]), str(asked["memory"])), f"size of {name}")
        self.equal(definition["networkMode"], "awsvpc", f"network mode of {name}")
        self.equal(definition["requiresCompatibilities"], ["FARGATE"], f"what {name} runs on")
        roles = {role["Arn"] for role in self.roles_there}
        self.expect({definition["executionRoleArn"], definition["taskRoleArn"]} <= roles, f"roles of {name}")
        self.expect(definition["executionRoleArn"] != definition["taskRoleArn"], f"{name} runs as ECS itself")
        self.equal(len(definition["containerDefinitions"]), 1, f"containers of {name}")
        container = definition["containerDefinitions"][0]
        image = asked["image"]
        if not self.stack.is_public(image):
            image = f"{self.world.account}.dkr.ecr.{self.stack.region}.amazonaws.com/{image}"
        self.equal(container["image"], image, f"image of {name}")
        ports = [one["containerPort"] for one in container["portMappings"]]
        self.equal(ports, [asked["port"]], f"ports of {name}")
        env = {one["name"]: one["value"] for one in container.get("environment", [])}
        self.equal(env, asked.get("env", {}), f"variables of {name}")
        secrets = {one["name"]: one["valueFrom"] for one in container.get("secrets", [])}
        self.equal(secrets, {key: self.secret(text) for key, text in asked.get("secrets", {}).items()}, f"secrets of {name}")
        check = container.get("healthCheck", {}).get("command")
        self.equal(check, asked["health"].get("command"), f"container's check of {name}")
        log = container["logConfiguration"]
        self.equal(log["logDriver"], "awslogs", f"log driver of {name}")
        self.equal(log["options"]["awslogs-region"], self.stack.region, f"region of the log of {name}")
        self.expect(log["options"]["awslogs-group"] in log_groups, f"the log group of {name} is not there")

    def secret(self, reference):
        service, _, name = reference.partition(":")
        where = f"arn:aws:{service}:{self.stack.region}:{self.world.account}"
        return f"{where}:parameter/{name.lstrip('/')}" if service == "ssm" else f"{where}:secret:{name}"

    def task_definitions(self, services):
        """Nothing is active that no service runs; an update leaves its predecessor behind for a roll back."""
        run = {service["taskDefinition"].rsplit(":", 1)[0] for service in services}
        active = self.world.all("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE")
        self.equal({arn.rsplit(":", 1)[0] for arn in active}, run, "families of active task definitions")

    @cached_property
    def roles_there(self):
        return self.world.all("iam", "list_roles", "Roles", PathPrefix=f"/slipway/{self.stack.name}/")

    def roles(self, wanted):
        count = 1 + len(self.stack.services) if wanted else 0
        self.equal(len(self.roles_there), count, "roles: ECS's own and one a service")
        policies = 0
        for role in self.roles_there:
            name = role["RoleName"]
            self.named(name, "a role", limit=64)
            self.tagged(self.world.iam.list_role_tags(RoleName=name)["Tags"], f"role {name}")
            who = [one["Principal"] for one in role["AssumeRolePolicyDocument"]["Statement"]]
            self.equal(who, [{"Service": "ecs-tasks.amazonaws.com"}], f"who may take the role {name}")
            self.equal(self.world.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"], [], f"policies of {name}")
            for policy in self.world.iam.list_role_policies(RoleName=name)["PolicyNames"]:
                policies += 1
                self.policy(self.world.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
        self.equal(policies, int(wanted), "policies: ECS's own")

    def policy(self, document):
        """ECS may pull images, write logs and read exactly the secrets that the file refers to."""
        as_list = lambda value: value if isinstance(value, list) else [value]
        readable = set()
        for statement in document["Statement"]:
            for action in as_list(statement["Action"]):
                self.expect("*" not in action, f"ECS's role may do {action}")
                if action in ("ssm:GetParameters", "secretsmanager:GetSecretValue"):
                    readable |= {re.sub(r"-\?+$", "", one) for one in as_list(statement["Resource"])}
                elif action != "ecr:GetAuthorizationToken":
                    self.expect("*" not in as_list(statement["Resource"]), f"ECS's role may do {action} on everything")
        wanted = {self.secret(text) for one in self.stack.services.values() for text in one.get("secrets", {}).values()}
        self.equal(readable, wanted, "secrets that ECS may read")

    def schedules(self, level):
        targets = self.world.all("application-autoscaling", "describe_scalable_targets", "ScalableTargets",
                                 ServiceNamespace="ecs")
        actions = self.world.all("application-autoscaling", "describe_scheduled_actions", "ScheduledActions",
                                 ServiceNamespace="ecs")
        # On AWS the actions go with their target; moto keeps them.
        there = {target["ResourceId"] for target in targets}
        actions = [action for action in actions if action["ResourceId"] in there]
        wanted = self.stack.services if self.stack.schedule and level != "off" else {}
        self.equal(len(targets), len(wanted), "scalable targets")
        self.equal(len(actions), 2 * len(wanted), "scheduled actions")
        counts = sorted(service.get("count", 1) if level == "awake" else 0 for service in wanted.values())
        self.equal(sorted(target["MinCapacity"] for target in targets), counts, "least tasks of the scalable targets")
        self.equal(sorted(target["MaxCapacity"] for target in targets), counts, "most tasks of the scalable targets")
        suspended = {target["SuspendedState"]["ScheduledScalingSuspended"] for target in targets}
        self.expect(suspended <= {level != "awake"}, "schedules rest while the stack is parked by hand, and only then")
        for action in actions:
            self.equal(action["Timezone"], self.stack.schedule["timezone"], "timezone of a scheduled action")
            self.expect(action["Schedule"].startswith("cron("), f"a scheduled action at {action['Schedule']}")

    # What must not be there.

    def check_gone(self, zone):
        self.repositories_gone()
        self.equal(self.balancers, [], "load balancers")
        self.equal(self.target_groups, [], "target groups")
        self.equal(self.world.all("elbv2", "describe_target_groups", "TargetGroups"), [], "target groups of anybody")
        self.equal(self.certificates, [], "certificates")
        self.equal(self.clusters, [], "clusters")
        self.equal(self.roles_there, [], "roles")
        self.task_definitions([])
        self.schedules("off")
        logs = self.world.all("logs", "describe_log_groups", "logGroups", logGroupNamePrefix="/slipway/")
        self.equal(logs, [], "log groups")
        for operation, key in [
            ("describe_security_groups", "SecurityGroups"),
            ("describe_vpcs", "Vpcs"),
            ("describe_subnets", "Subnets"),
            ("describe_internet_gateways", "InternetGateways"),
            ("describe_route_tables", "RouteTables"),
        ]:
            self.equal(self.ec2(operation, key), [], key)
        self.equal(len(self.zones), int(zone == "kept"), "hosted zones")
        for kept in self.zones:
            # That Slipway made the zone stays true.
            ours = {tag["Key"] for tag in self.zone_tags(kept) if tag["Key"].startswith("slipway:")}
            self.equal(ours - {"slipway:made"}, {"slipway:kept-by"}, "tags of the hosted zone")
            self.equal(sorted(record["Type"] for record in self.records), ["NS", "SOA"], "records")

    def repositories_gone(self):
        left = self.world.all("ecr", "describe_repositories", "repositories")
        self.equal([one["repositoryName"] for one in left], [], "repositories")


def main():
    what, endpoint, path, how = sys.argv[1:]
    stack = Stack(path)
    agreement = Agreement(World(endpoint, stack.region), stack)
    if what == "there":
        agreement.check_there(how)
    else:
        agreement.check_gone(how)
    for disagreement in agreement.disagreements:
        print(disagreement)
    sys.exit(1 if agreement.disagreements else 0)


main()
