// What has a name that the stack needs and is somebody else's stands in the way, and can be taken over.
import { expect, onAws, test } from "./fixtures";
import { allAre, apply, ended, newStack, plan } from "./steps";

test("a log group of somebody else's is offered in the plan, taken over after one question, and deployed with the rest", async ({ browser }) => {
  test.setTimeout(120_000);
  await onAws(browser, 200, async ({ aws, page }) => {
    await newStack(page, "moored", "One service at the root");
    await aws.call("logs", "Logs_20140328.CreateLogGroup", { logGroupName: "/slipway/moored/frontend" });

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
  });
});

test("the plan tab offers what is empty, and tells why what is in use cannot be taken over", async ({ browser }) => {
  test.setTimeout(120_000);
  await onAws(browser, 200, async ({ aws, page }) => {
    await newStack(page, "moored", "One service at the root");
    const ecs = (action: string, input: object) => aws.call("ecs", `AmazonEC2ContainerServiceV20141113.${action}`, input);
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
  });
});
