// What the page says of operations and images is of those very ones: not of another draft, nor of another process's past.
import { expect, onAws, open, test } from "./fixtures";
import { activity, apply, deployed, ended, newStack, nodes, plan } from "./steps";

test("each operation has a heading, and its lines name the images that it was about", async ({ page }) => {
  await deployed(page, "tagged", "One service at the root");
  await page.getByRole("link", { name: "Services" }).click();
  const image = page.getByRole("region", { name: "Service frontend" }).getByLabel("Image");
  const first = await image.inputValue();
  const second = first.replace(":latest", ":v2");
  await image.fill(second);
  await page.getByRole("link", { name: "Canvas" }).click();
  await apply(await plan(page, "Deploy"));
  await ended(page, "Deploy: done");
  await page.getByRole("link", { name: "Services" }).click();
  await image.fill(first.replace(":latest", ":v3"));
  await page.getByRole("link", { name: "Activity" }).click();

  const headings = activity(page).getByRole("heading", { level: 3 });
  await expect(headings).toHaveCount(2);
  await expect(headings.first()).toHaveText(/^Deploy, done by the panel .*UTC$/);
  const lines = activity(page).getByRole("log").getByRole("listitem");
  await expect(lines.filter({ hasText: `Image ${first}: ready` })).toHaveCount(1);
  await expect(lines.filter({ hasText: `Image ${second}: ready` })).toHaveCount(1);
  await expect(lines.filter({ hasText: ":v3" })).toHaveCount(0);
});

test("an operation that waits for a person says so, and the sandbox says who pushes", async ({ page }) => {
  await newStack(page, "patient", "One service at the root");
  await page.getByRole("link", { name: "Services" }).click();
  await page.getByRole("region", { name: "Service frontend" }).getByLabel("Image").fill("patient:missing");
  await page.getByRole("link", { name: "Canvas" }).click();
  await apply(await plan(page, "Deploy"));
  await expect(activity(page).getByText("waits for you", { exact: true })).toBeVisible();
  await nodes(page, /^Image patient:missing, waiting for you$/).click();
  const drawer = page.getByRole("complementary", { name: "Chosen part" });
  await expect(drawer.getByText("The sandbox plays your CI, and never pushes the tag missing")).toBeVisible();
  await expect(drawer.getByText("docker push")).toHaveCount(0);
  await drawer.getByRole("button", { name: "Close drawer" }).click();
  await activity(page).getByRole("button", { name: "Cancel" }).click();
  await ended(page, "Deploy: cancelled");

  // Of a tag that nobody has looked for, nothing is said; a plan looks.
  await page.getByRole("link", { name: "Images" }).click();
  const repository = page.getByRole("region", { name: "Repository patient" });
  await expect(repository.getByText("cancelled")).toBeVisible();
  await repository.getByLabel("Image").fill("patient:v9");
  await expect(repository.getByText("not looked for yet")).toBeVisible();
  await repository.getByText("Push an image").click();
  await expect(repository.getByText("it pushes the image by itself, in a few seconds")).toBeVisible();
  await expect(page.getByText("amazonaws.com/patient:")).toHaveCount(0);
  await apply(await plan(page, "Deploy"));
  await expect(repository.getByText("not looked for yet")).toBeHidden();
  await expect(repository.getByText("ready").last()).toBeVisible();
});

test("nobody is sent to visit what is parked", async ({ page }) => {
  await deployed(page, "callers", "One service at the root");
  await nodes(page, /^Service frontend/).click();
  const drawer = page.getByRole("complementary", { name: "Chosen part" });
  const visit = drawer.getByRole("link", { name: /^Visit / });
  await expect(visit).toBeVisible();
  await apply(await plan(page, "Park"));
  await ended(page, "Park to doze: done");
  await expect(visit).toHaveCount(0);
  await expect(drawer.getByText("It answers once the stack is awake.")).toBeVisible();
  await apply(await plan(page, "Wake"));
  await expect(visit).toBeVisible();
});

test("each price has its source, and AWS's own page beside it", async ({ page }) => {
  await open(page, "/stacks/cruddur/cost");
  const prices = page.getByRole("group", { name: "Prices, a table" });
  const balancer = prices.getByRole("row", { name: /An Application Load Balancer/ });
  await expect(balancer).toContainText("$0.0225 an hour");
  await expect(balancer).toContainText("cloud-horizons.com, 2026-05");
  const link = balancer.getByRole("link", { name: "aws.amazon.com/elasticloadbalancing/pricing" });
  await expect(link).toHaveAttribute("href", "https://aws.amazon.com/elasticloadbalancing/pricing/");
});

test("what another process does shows at once, here and in the list", async ({ browser }) => {
  // Slow enough that there is a middle.
  await onAws(browser, 20, async ({ panel, context, page }) => {
    await deployed(page, "elsewhere", "One service at the root");
    // A window of its own: a page that nobody sees hears nothing.
    const window = await browser.newContext({ baseURL: panel.url, storageState: await context.storageState() });
    const list = await window.newPage();
    await open(list);
    const row = list.getByRole("row", { name: /elsewhere/ });
    await expect(row).toContainText("Deployed");

    const gone = panel.command("destroy", "elsewhere", "--yes", "--delete-zone");
    await expect(activity(page).getByRole("timer", { name: "Running for" })).toBeVisible();
    await expect(row).toContainText("Tearing down");
    await expect(activity(page).getByRole("heading", { level: 3 }).first()).toHaveText(
      /^Tear down, running by the command line \(process \d+\)/,
    );
    await expect(page.getByRole("button", { name: "Deploy", exact: true })).toHaveAttribute("aria-disabled", "true");
    await gone;
    const atOnce = { timeout: 2_000 };
    await expect(activity(page).getByText("Tear down: done", { exact: true })).toBeVisible(atOnce);
    await expect(page.getByText("This stack: $0.00 a month")).toBeVisible(atOnce);
    await expect(row).toContainText("Not deployed", atOnce);
    await window.close();
  });
});
