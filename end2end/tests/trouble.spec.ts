// When things go wrong: a version that never becomes healthy, a wrong address, a panel that is killed.
import { expect, interactive, onAws, test } from "./fixtures";
import { activity, allAre, apply, deployed, ended, newStack, nodes, plan } from "./steps";

test("a broken image fails with its cause, and the old version stays", async ({ page }) => {
  await deployed(page, "unlucky", "One service at the root");
  await page.getByRole("link", { name: "Services" }).click();
  const image = page.getByRole("region", { name: "Service frontend" }).getByLabel("Image");
  const good = await image.inputValue();
  await image.fill(good.replace(":latest", ":broken"));
  await page.getByRole("link", { name: "Canvas" }).click();
  await apply(await plan(page, "Deploy"));

  await ended(page, "Deploy: failed");
  const service = nodes(page, /^Service frontend, failed$/);
  await expect(service).toBeVisible();
  await expect(page.getByText("1 part not well")).toBeVisible();
  await service.click();
  const drawer = page.getByRole("complementary", { name: "Chosen part" });
  await expect(drawer.getByRole("alert")).toContainText("health checks");
  // What ran before still runs.
  const onAws = drawer.getByRole("region", { name: "On AWS" });
  await expect(async () => {
    await page.getByRole("button", { name: "Look again" }).click();
    await expect(onAws.getByText("task-definition/unlucky-frontend:1")).toBeVisible({ timeout: 1000 });
  }).toPass();

  await page.getByRole("link", { name: "Services" }).click();
  await image.fill(good);
  await page.getByRole("link", { name: "Canvas" }).click();
  await apply(await plan(page, "Deploy"));
  await ended(page, "Deploy: done");
  await allAre(page, "ready|healthy");
});

test("an address that leads nowhere says so, also to machines", async ({ page }) => {
  for (const path of ["/nowhere", "/stacks/nobody", "/stacks/cruddur/nonsense"]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.getByRole("link", { name: "All stacks" })).toBeVisible();
  }
});

test("killed in the middle of a deploy, the panel finishes it after a restart, and the open page follows", async ({ browser }) => {
  // Slow enough that there is a middle to be killed in.
  await onAws(browser, 20, async ({ panel, page }) => {
    await newStack(page, "survivor", "One service at the root");
    await apply(await plan(page, "Deploy"));
    await expect(nodes(page, /^Load balancer .+, starting$/)).toBeVisible();
    await panel.stop("SIGKILL");
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    await panel.start();
    await expect(activity(page).getByText(/^Taken up again after a restart/)).toBeVisible({ timeout: 30_000 });
    await ended(page, "Deploy: done");
    await allAre(page, "ready|healthy");
  });
});

test("after the database was lost, a stack is found on AWS and adopted", async ({ browser }) => {
  await onAws(browser, 200, async ({ panel, context, page: before }) => {
    await deployed(before, "lost", "One service at the root");
    await context.close();
    await panel.stop("SIGKILL");
    await panel.loseData();

    await panel.start();
    const second = await browser.newContext({ baseURL: panel.url });
    const page = await second.newPage();
    await page.goto(panel.signInLink);
    await interactive(page);
    const row = page.getByRole("row", { name: /^lost / });
    await expect(row.getByText("Found on AWS")).toBeVisible();
    await row.getByRole("button", { name: "Adopt" }).click();
    await expect(row.getByText("Found on AWS")).toBeHidden();
    await row.getByRole("link", { name: "lost" }).click();
    await allAre(page, "ready|healthy");
    await page.getByRole("link", { name: "File" }).click();
    await expect(page.getByText("As deployed")).toBeVisible();
    await second.close();
  });
});
