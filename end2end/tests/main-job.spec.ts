// The main job's first half: the seed stack, from the first page until every part is up.
import { expect, open, test } from "./fixtures";
import { activity, allAre, apply, ended, nodes, plan } from "./steps";

// The pace that a person sees, so that there is something to watch.
test.use({ speed: 20 });

test("the seed stack comes up from the first page on, and the page tells how", async ({ page }) => {
  await open(page);
  await page.getByRole("link", { name: "cruddur" }).click();
  await expect(page.getByText("This stack: $0.00 a month")).toBeVisible();
  await expect(nodes(page, /^Service frontend, not made$/)).toBeVisible();

  const dialog = await plan(page, "Deploy");
  await expect(dialog.getByText("$0.00 → $49.55")).toBeVisible();
  await expect(dialog.getByRole("region", { name: "Create" }).getByText("Load balancer", { exact: true })).toBeVisible();
  const yours = dialog.getByRole("region", { name: "Wait for you" });
  await expect(yours.getByText("seen once Hosted zone cruddur-dw.com is there")).toBeVisible();
  await apply(dialog);

  await expect(activity(page).getByRole("timer", { name: "Running for" })).toHaveText(/^\d+:\d\d$/);
  await expect(nodes(page, /, (creating|starting|queued)$/).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Deploy", exact: true })).toHaveAttribute("aria-disabled", "true");
  await ended(page, "Deploy: done");
  await allAre(page, "ready|healthy");
  await expect(nodes(page, /^Service (frontend|backend), healthy$/)).toHaveCount(2);
  await expect(page.getByText("This stack: $49.55 a month")).toBeVisible();
  await expect(page.getByRole("radiogroup", { name: "Uptime" }).getByRole("radio", { name: "Awake" })).toBeChecked();

  // A finished world plans to nothing.
  const again = await plan(page, "Deploy");
  await expect(again.getByText("Nothing to do", { exact: true })).toBeVisible();
  await expect(again.getByRole("button", { name: "Apply" })).toHaveAttribute("aria-disabled", "true");
});
