// Watching: reload in the middle, two browsers at once, the drawer, addresses that can be shared.
import { expect, interactive, open, test } from "./fixtures";
import { activity, allAre, apply, deployed, ended, newStack, nodes, plan } from "./steps";

// Slow enough that there is a middle.
test.use({ speed: 10 });

test("a reload in the middle shows the same operation, and it goes on", async ({ page }) => {
  await newStack(page, "reloader");
  await apply(await plan(page, "Deploy"));
  await expect(nodes(page, /^Cluster .+, ready$/)).toBeVisible();
  // The server draws it, before any script has run.
  await page.reload({ waitUntil: "commit" });
  await expect(activity(page).getByRole("progressbar", { name: "Steps done" })).toBeVisible();
  await expect(nodes(page, /^Cluster .+, ready$/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Deploy", exact: true })).toHaveAttribute("aria-disabled", "true");
  await ended(page, "Deploy: done");
  await allAre(page, "ready|healthy");
});

test("two browsers at once see the same, and one that acts moves the other", async ({ page, browser, panel, owner }) => {
  await newStack(page, "shared", "One service at the root");
  const context = await browser.newContext({ baseURL: panel.url, storageState: owner });
  const other = await context.newPage();
  await open(other, "/stacks/shared");
  await expect(nodes(other, /^Cluster .+, not made$/)).toBeVisible();

  await apply(await plan(page, "Deploy"));
  await expect(activity(other).getByRole("progressbar", { name: "Steps done" })).toBeVisible();
  await expect(other.getByRole("button", { name: "Deploy", exact: true })).toHaveAttribute("aria-disabled", "true");
  for (const browserPage of [page, other]) {
    await ended(browserPage, "Deploy: done");
    await allAre(browserPage, "ready|healthy");
  }
  await context.close();
});

test("a plan that the world has overtaken is not applied; the new one is shown", async ({ page, browser, panel, owner }) => {
  await deployed(page, "overtaken", "One service at the root");
  const dialog = await plan(page, "Park");
  const context = await browser.newContext({ baseURL: panel.url, storageState: owner });
  const other = await context.newPage();
  await open(other, "/stacks/overtaken");
  await apply(await plan(other, "Park"));
  await ended(other, "Park to doze: done");
  await context.close();

  await dialog.getByRole("button", { name: "Apply" }).click();
  await expect(dialog.getByText("The world has changed since the plan was made.")).toBeVisible();
  await expect(dialog.getByText("Nothing to do", { exact: true })).toBeVisible();
});

test("the list of stacks follows an operation", async ({ page, browser, panel, owner }) => {
  await newStack(page, "listed", "One service at the root");
  const context = await browser.newContext({ baseURL: panel.url, storageState: owner });
  const list = await context.newPage();
  await open(list);
  const row = list.getByRole("row", { name: /listed/ });
  await expect(row).toContainText("Not deployed");
  await apply(await plan(page, "Deploy"));
  // Neither awake nor at its price before it is there.
  const cell = (place: number) => row.getByRole("cell").nth(place);
  const [state, level, month] = [cell(0), cell(1), cell(5)];
  await expect(state).toHaveText("Deploying");
  await expect(level).toHaveText("To awake");
  await expect(month).toHaveText("–");
  await ended(page, "Deploy: done");
  await expect(state).toHaveText("Deployed");
  await expect(level).toHaveText("Awake");
  await expect(month).toHaveText(/^\$\d+\.\d\d$/);
  await context.close();
});

test("the drawer says what a part is on AWS, and its address can be shared", async ({ page }) => {
  await deployed(page, "drawers", "One service at the root");
  await nodes(page, /^Load balancer/).click();
  const drawer = page.getByRole("complementary", { name: "Chosen part" });
  await expect(drawer.getByRole("heading", { level: 2 })).toHaveText("drawers-alb");
  await expect(drawer.getByText(/^arn:aws:elasticloadbalancing:/)).toBeVisible();
  await expect(drawer.getByRole("region", { name: "Cost" })).toContainText(/\$\d+\.\d\d a month/);
  await expect(drawer.getByRole("region", { name: "Last events" })).toContainText("Ready");
  await expect(page).toHaveURL(/\/stacks\/drawers\?node=load-balancer$/);

  await page.reload();
  await expect(drawer.getByText(/^arn:aws:elasticloadbalancing:/)).toBeVisible();
  await expect(nodes(page, /^Load balancer/)).toHaveAttribute("aria-pressed", "true");
  await interactive(page);
  await page.goBack();
  await expect(drawer).toBeHidden();
});

test("a cancelled deploy stops, says so, and can be taken up again", async ({ page }) => {
  await newStack(page, "hesitant", "One service at the root");
  await apply(await plan(page, "Deploy"));
  await activity(page).getByRole("button", { name: "Cancel" }).click();
  await ended(page, "Deploy: cancelled");
  await apply(await plan(page, "Deploy"));
  await ended(page, "Deploy: done");
  await allAre(page, "ready|healthy");
});
