// What somebody does on AWS by other means shows by itself, and Deploy sets it right.
import { Aws, expect, open, Panel, test } from "./fixtures";
import { allAre, apply, deployed, ended, nodes, plan } from "./steps";

/** Calls ECS as any other tool would. */
async function ecs(environment: Record<string, string>, action: string, input: object): Promise<void> {
  const answer = await fetch(environment.AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonEC2ContainerServiceV20141113.${action}`,
      authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=none",
    },
    body: JSON.stringify(input),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

test("a service scaled by somebody else is shown as changed within a minute, and Deploy sets it back", async ({ browser }) => {
  test.setTimeout(180_000);
  const aws = new Aws();
  const environment = await aws.start(200);
  const panel = new Panel(200, environment);
  try {
    await panel.start();
    const context = await browser.newContext({ baseURL: panel.url });
    const page = await context.newPage();
    await page.goto(panel.signInLink);
    await deployed(page, "adrift", "One service at the root");
    await ecs(environment, "UpdateService", { cluster: "adrift", service: "adrift-frontend", desiredCount: 3 });

    const service = nodes(page, /^Service frontend, changed$/);
    await expect(service).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText("1 part changed on AWS")).toBeVisible();
    const list = await context.newPage();
    await open(list);
    await expect(list.getByRole("row", { name: /adrift/ })).toContainText("1 part changed on AWS");
    await list.close();
    await service.click();
    const drawer = page.getByRole("complementary", { name: "Chosen part" });
    await expect(drawer.getByText("On AWS, tasks is 3; the stack file says 1.")).toBeVisible();
    await drawer.getByRole("button", { name: "Close drawer" }).click();
    await apply(await plan(page, "Deploy"));
    await ended(page, "Deploy: done");
    await allAre(page, "ready|healthy");

    // The other way: the stack file follows.
    await ecs(environment, "UpdateService", { cluster: "adrift", service: "adrift-frontend", desiredCount: 2 });
    await page.getByRole("button", { name: "Look again" }).click();
    await service.click();
    await drawer.getByRole("button", { name: "Take over" }).click();
    await expect(drawer.getByRole("button", { name: "Take over" })).toBeHidden();
    await expect(drawer.getByText("The stack file says the same as AWS now.")).toBeVisible();
    await drawer.getByRole("button", { name: "Close drawer" }).click();
    await apply(await plan(page, "Deploy"));
    await ended(page, "Deploy: done");
    await allAre(page, "ready|healthy");
    await page.getByRole("link", { name: "Services" }).click();
    await expect(page.getByRole("region", { name: "Service frontend" }).getByLabel("Tasks")).toHaveValue("2");
    await context.close();
  } finally {
    await panel.forget();
    await aws.stop();
  }
});
