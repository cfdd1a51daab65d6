// What somebody does on AWS by other means shows by itself, and Deploy sets it right.
import { type Aws, expect, onAws, open, test } from "./fixtures";
import { allAre, apply, deployed, ended, nodes, plan } from "./steps";

/** Scales the service of the stack `adrift`. */
async function scale(aws: Aws, desiredCount: number): Promise<void> {
  const input = { cluster: "adrift", service: "adrift-frontend", desiredCount };
  await aws.call("ecs", "AmazonEC2ContainerServiceV20141113.UpdateService", input);
}

/** Lets every image of the stack's repository stay, which no bulk look tells. */
async function keepImages(aws: Aws): Promise<void> {
  const input = { repositoryName: "adrift/frontend" };
  await aws.call("ecr", "AmazonEC2ContainerRegistry_V20150921.DeleteLifecyclePolicy", input);
}

test("a service scaled by somebody else is shown as changed within a minute, and Deploy sets it back", async ({ browser }) => {
  test.setTimeout(180_000);
  await onAws(browser, 200, async ({ aws, context, page }) => {
    await deployed(page, "adrift", "One service at the root");
    await scale(aws, 3);

    const service = nodes(page, /^Service frontend, changed$/);
    await expect(service).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText("1 part changed on AWS")).toBeVisible();
    const list = await context.newPage();
    await open(list);
    await expect(list.getByRole("row", { name: /adrift/ })).toContainText("1 part changed on AWS");
    await list.close();
    await service.click();
    const drawer = page.getByRole("complementary", { name: "Chosen part" });
    await expect(drawer.getByText("On AWS, the number of tasks is 3; the stack file says 1.")).toBeVisible();
    await drawer.getByRole("button", { name: "Close drawer" }).click();
    await apply(await plan(page, "Deploy"));
    await ended(page, "Deploy: done");
    await allAre(page, "ready|healthy");

    // The other way: the stack file follows.
    await scale(aws, 2);
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

    // What no bulk look tells is seen at once where somebody asks, and by the plan.
    await keepImages(aws);
    await page.getByRole("link", { name: "Canvas" }).click();
    await page.getByRole("button", { name: "Look again" }).click();
    const repository = nodes(page, /^Repository adrift\/frontend, changed$/);
    await repository.click();
    const lifecycle = "On AWS, its lifecycle policy is none; it should be untagged images go after 14 days.";
    await expect(drawer.getByText(lifecycle)).toBeVisible();
    await drawer.getByRole("button", { name: "Close drawer" }).click();
    const dialog = await plan(page, "Deploy");
    await expect(dialog.getByText("lifecycle policy: none → untagged images go after 14 days")).toBeVisible();
    await apply(dialog);
    await ended(page, "Deploy: done");
    await allAre(page, "ready|healthy");

    // The plan tab's own button reads in full too.
    await keepImages(aws);
    await page.getByRole("link", { name: "Plan", exact: true }).click();
    await page.getByRole("button", { name: "Plan again" }).click();
    await expect(page.getByText("lifecycle policy: none → untagged images go after 14 days")).toBeVisible();
  });
});
