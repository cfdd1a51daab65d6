//! Services whose behaviour does not matter here, mounted as winterbaume has them: IAM, logs, STS.
//!
//! They know one account, fixed for the whole process; another account is written over it.

use winterbaume_cloudwatchlogs::CloudWatchLogsService;
use winterbaume_core::{DEFAULT_ACCOUNT_ID, MockRequest, MockResponse, MockService, xml_escape};
use winterbaume_iam::IamService;
use winterbaume_sts::StsService;

use crate::Settings;
use crate::http::Front;
use crate::refusal::{Answer, Refusal, refuse};
use crate::router::{Call, Service};
use crate::wire::Form;

/// Who every credential is.
const OWNER: &str = "user/sandbox";
/// Who winterbaume says that every credential is.
const WINTERBAUME: &str = "sts::123456789012:user/moto";
/// A policy, encoded for a form.
const EVERYTHING: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";

pub(crate) struct Mounted {
    iam: IamService,
    logs: CloudWatchLogsService,
    sts: StsService,
    account: String,
    region: String,
}

impl Mounted {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            iam: IamService::new(),
            logs: CloudWatchLogsService::new(),
            sts: StsService::new(),
            account: settings.account.clone(),
            region: settings.region.clone(),
        }
    }

    pub(crate) async fn answer(&self, front: &Front, call: &Call) -> Answer {
        check(call)?;
        let service: &dyn MockService = match call.service {
            Service::Iam => &self.iam,
            Service::Logs => &self.logs,
            _ => &self.sts,
        };
        let mut response = service.handle(self.inward(call)).await;
        if is_about_the_owner(call, &response) {
            response = service.handle(self.asking_for_the_owner(call)).await;
            response.body = replace(&response.body, "SimulateCustomPolicy", "SimulatePrincipalPolicy").into();
        }
        response.body = replace(&response.body, DEFAULT_ACCOUNT_ID, &self.account).into();
        if call.operation == "GetCallerIdentity" {
            response.body =
                replace(&response.body, WINTERBAUME, &format!("iam::{}:{OWNER}", self.account)).into();
        }
        if call.service == Service::Iam && response.status < 300 {
            note_role(front, call, &response);
            if matches!(call.operation.as_str(), "ListRoles" | "GetRole") {
                response.body = with_descriptions(front, &response.body).into();
            }
            if call.operation == "GetRole" {
                let tags = service.handle(self.asking_for_tags(call)).await;
                response.body = with_tags(&response.body, &tags.body).into();
            }
        }
        Ok(response)
    }

    /// `GetRole` made into a question for the same role's tags.
    fn asking_for_tags(&self, call: &Call) -> MockRequest {
        let mut request = self.inward(call);
        request.body = replace(&request.body, "Action=GetRole", "Action=ListRoleTags").into();
        request
    }

    /// `SimulatePrincipalPolicy` for the owner, made into a question about a policy that allows everything.
    fn asking_for_the_owner(&self, call: &Call) -> MockRequest {
        let mut request = self.inward(call);
        request.body =
            replace(&request.body, "Action=SimulatePrincipalPolicy", "Action=SimulateCustomPolicy").into();
        request.body =
            [&request.body[..], b"&PolicyInputList.member.1=", EVERYTHING.as_bytes()].concat().into();
        request
    }

    /// The request as if it had come to the service's own host, which is where it reads the region.
    fn inward(&self, call: &Call) -> MockRequest {
        let mut request = call.request.clone();
        let name = call.service.name();
        request.uri = match call.service {
            Service::Iam => format!("https://iam.amazonaws.com{}", request.uri),
            _ => format!("https://{name}.{}.amazonaws.com{}", self.region, request.uri),
        };
        request.body = replace(&request.body, &self.account, DEFAULT_ACCOUNT_ID).into();
        request
    }
}

/// Nobody has made the owner a user in IAM with policies of its own, to rehearse what it may not do.
fn is_about_the_owner(call: &Call, response: &MockResponse) -> bool {
    call.operation == "SimulatePrincipalPolicy"
        && response.status == 404
        && Form(&call.params).get("PolicySourceArn").is_some_and(|arn| arn.ends_with(OWNER))
}

fn replace(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    if from == to {
        return body.to_vec();
    }
    String::from_utf8_lossy(body).replace(from, to).into_bytes()
}

/// Refuses what winterbaume lets through: names that IAM would not take.
fn check(call: &Call) -> Result<(), Refusal> {
    if call.operation != "CreateRole" {
        return Ok(());
    }
    let name = Form(&call.params).get("RoleName").unwrap_or_default();
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
        return refuse(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{name}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64 and satisfy regular expression pattern: [\\w+=,.@-]+"
            ),
        );
    }
    Ok(())
}

/// That a role exists, and since when, is other services' affair too.
fn note_role(front: &Front, call: &Call, response: &MockResponse) {
    let form = Form(&call.params);
    let mut world = front.world();
    if matches!(call.operation.as_str(), "CreateRole" | "UpdateRole" | "UpdateRoleDescription")
        && let (Some(name), Some(description)) = (form.get("RoleName"), form.get("Description"))
    {
        world.roles.described(name, description);
    }
    match call.operation.as_str() {
        "CreateRole" | "CreateServiceLinkedRole" => {
            let body = String::from_utf8_lossy(&response.body);
            let rest = body.split_once("<Arn>").map(|(_, rest)| rest);
            if let Some((arn, _)) = rest.and_then(|rest| rest.split_once("</Arn>")) {
                let now = world.now;
                world.roles.made(arn, now);
            }
        }
        "DeleteRole" => {
            if let Some(name) = form.get("RoleName") {
                world.roles.deleted(name);
            }
        }
        _ => {}
    }
}

/// The role with its tags, which AWS gives with it and winterbaume only by themselves.
fn with_tags(role: &[u8], tags: &[u8]) -> Vec<u8> {
    let (role, tags) = (String::from_utf8_lossy(role), String::from_utf8_lossy(tags));
    let listed = tags.split_once("<Tags>").and_then(|(_, rest)| rest.split_once("</Tags>"));
    match listed {
        Some((listed, _)) => {
            role.replacen("</Role>", &format!("<Tags>{listed}</Tags></Role>"), 1).into_bytes()
        }
        None => role.into_owned().into_bytes(),
    }
}

/// The answer with each role's description, which AWS gives and winterbaume does not.
fn with_descriptions(front: &Front, body: &[u8]) -> Vec<u8> {
    const END: &str = "</Arn>";
    let world = front.world();
    let body = String::from_utf8_lossy(body);
    let mut described = String::with_capacity(body.len());
    for piece in body.split_inclusive(END) {
        described.push_str(piece);
        let arn = piece.strip_suffix(END).and_then(|piece| piece.rsplit_once("<Arn>")).map(|(_, arn)| arn);
        if let Some(description) = arn.and_then(|arn| world.roles.description(arn)) {
            described.push_str(&format!("<Description>{}</Description>", xml_escape(description)));
        }
    }
    described.into_bytes()
}
