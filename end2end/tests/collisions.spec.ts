// What has a name that the stack needs and is somebody else's stands in the way, and can be taken over.
import { Aws, expect, Panel, test } from "./fixtures";
import { allAre, apply, ended, newStack, plan } from "./steps";

type Environment = Record<string, string>;

/** Calls AWS as any other tool would. */
async function call(environment: Environment, service: string, target: string, input: object): Promise<void> {
  const answer = await fetch(environment.AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(input),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

test("a log group of somebody else's is offered in the plan, taken over after one question, and deployed with the rest", async ({ browser }) => {
  test.setTimeout(120_000);
  const aws = new Aws();
  const environment = await aws.start(200);
  const panel = new Panel(200, environment);
  try {
    await panel.start();
    const context = await browser.newContext({ baseURL: panel.url });
    const page = await context.newPage();
    await page.goto(panel.signInLink);
    await newStack(page, "moored", "One service at the root");
    await call(environment, "logs", "Logs_20140328.CreateLogGroup", { logGroupName: "/slipway/moored/frontend" });

    const shown = await plan(page, "Deploy");
    await expect(shown.getByText("It can be taken over")).toBeVisible();
    await expect(shown.getByRole("button", { name: "Apply" })).toHaveAttribute("aria-disabled", "true");
    const question = page.getByRole("dialog", { name: "Take over Log group frontend" });

    // Whoever thinks better of it is back at the plan.
    await shown.getByRole("button", { name: "Take over" }).click();
    await expect(question.getByText("Tear down deletes it with all that is in it")).toBeVisible();
    await question.getByRole("button", { name: "Leave it" }).click();
    await expect(question).toBeHidden();

    await shown.getByRole("button", { name: "Take over" }).click();
    await question.getByRole("button", { name: "Take it over" }).click();
    const dialog = page.getByRole("dialog", { name: "Deploy moored" });
    await expect(dialog.getByText("Cost a month")).toBeVisible();
    await expect(dialog.getByText("It can be taken over")).toBeHidden();
    await apply(dialog);
    await ended(page, "Deploy: done");
    await allAre(page, "ready|healthy");
    await context.close();
  } finally {
    await panel.forget();
    await aws.stop();
  }
});

test("the plan tab offers what is empty, and tells why what is in use cannot be taken over", async ({ browser }) => {
  test.setTimeout(120_000);
  const aws = new Aws();
  const environment = await aws.start(200);
  const panel = new Panel(200, environment);
  try {
    await panel.start();
    const context = await browser.newContext({ baseURL: panel.url });
    const page = await context.newPage();
    await page.goto(panel.signInLink);
    await newStack(page, "moored", "One service at the root");
    const ecs = (action: string, input: object) => call(environment, "ecs", `AmazonEC2ContainerServiceV20141113.${action}`, input);
    await ecs("CreateCluster", { clusterName: "moored" });
    await ecs("RegisterTaskDefinition", { family: "theirs", containerDefinitions: [{ name: "one", image: "nginx" }] });
    const theirs = { cluster: "moored", service: "theirs" };
    await ecs("CreateService", { cluster: "moored", serviceName: "theirs", taskDefinition: "theirs", desiredCount: 0 });

    await page.getByRole("link", { name: "Plan", exact: true }).click();
    const tab = page.getByRole("region", { name: "Plan" });
    await expect(tab.getByText("it is in use (services: 1)")).toBeVisible();
    await expect(tab.getByRole("button", { name: "Take over" })).toBeHidden();

    await ecs("DeleteService", { ...theirs, force: true });
    const again = tab.getByRole("button", { name: "Plan again" });
    await expect(async () => {
      await again.click();
      await expect(tab.getByRole("button", { name: "Take over" })).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await tab.getByRole("button", { name: "Take over" }).click();
    const question = page.getByRole("dialog", { name: "Take over Cluster moored" });
    // Escape leaves it, as any dialog.
    await page.keyboard.press("Escape");
    await expect(question).toBeHidden();
    await tab.getByRole("button", { name: "Take over" }).click();
    await question.getByRole("button", { name: "Take it over" }).click();
    await expect(tab.getByText("It can be taken over")).toBeHidden();
    await expect(tab.getByRole("button", { name: "Apply" })).not.toHaveAttribute("aria-disabled", "true");
    await context.close();
  } finally {
    await panel.forget();
    await aws.stop();
  }
});
