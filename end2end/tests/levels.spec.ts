// The main job's second half: park, wake, every level and back, tear down with a receipt.
import { expect, open, test } from "./fixtures";
import { activity, apply, deployed, ended, nodes, plan, planDialog } from "./steps";

test("Park lets the services rest, Wake brings them back", async ({ page }) => {
  await deployed(page, "parker");
  const wake = page.getByRole("button", { name: "Wake", exact: true });
  await expect(wake).toHaveAttribute("aria-disabled", "true");

  await apply(await plan(page, "Park"));
  await ended(page, "Park to doze: done");
  await expect(nodes(page, /^Service .+, resting$/)).toHaveCount(2);
  await expect(page.getByRole("radio", { name: "Doze" })).toBeChecked();
  await expect(page.getByText("Parked at doze")).toBeVisible();
  await expect(page.getByRole("button", { name: "Park", exact: true })).toHaveAttribute("aria-disabled", "true");

  await apply(await plan(page, "Wake"));
  await ended(page, "Wake: done");
  await expect(nodes(page, /^Service .+, healthy$/)).toHaveCount(2);
  await expect(page.getByRole("radio", { name: "Awake" })).toBeChecked();
});

test("the Uptime radios lead to every level and back", async ({ page }) => {
  await deployed(page, "levels", "One service at the root");
  for (const [level, ending] of [["Sleep", "Park to sleep: done"], ["Off", "Park to off: done"], ["Doze", "Wake: done"]]) {
    await page.getByRole("radio", { name: level }).check();
    await apply(await planDialog(page));
    await ended(page, ending);
    await expect(page.getByRole("radio", { name: level })).toBeChecked();
  }
  await expect(nodes(page, /^Load balancer .+, ready$/)).toBeVisible();
  await expect(nodes(page, /^Service .+, resting$/)).toBeVisible();
});

test("closing the plan of another level leaves the radio where the stack is", async ({ page }) => {
  await deployed(page, "undecided", "One service at the root");
  await page.getByRole("radio", { name: "Off" }).check();
  const dialog = await planDialog(page);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("radio", { name: "Awake" })).toBeChecked();
});

test("tear down asks for the name, and leaves a receipt", async ({ page }) => {
  await deployed(page, "goner");
  const dialog = await plan(page, "Tear down");
  const applies = dialog.getByRole("button", { name: "Apply" });
  await expect(applies).toHaveAttribute("aria-disabled", "true");
  await dialog.getByLabel("Type goner to confirm").fill("goner");
  await dialog.getByRole("checkbox", { name: /Delete the hosted zone too/ }).check();
  await expect(dialog.getByRole("region", { name: "Delete" }).getByText("Hosted zone")).toBeVisible();
  await apply(dialog);

  await ended(page, "Tear down: done");
  const receipt = activity(page).getByRole("group", { name: "Receipt" });
  await expect(receipt.getByText("0 left, $0.00 a day")).toBeVisible();
  await expect(page.getByText("This stack: $0.00 a month")).toBeVisible();
  await expect(page.getByText("Not deployed")).toBeVisible();
});

test("tear down keeps the hosted zone unless told otherwise, and the receipt says so", async ({ page }) => {
  await deployed(page, "keeper", "One service at the root");
  const dialog = await plan(page, "Tear down");
  await dialog.getByLabel("Type keeper to confirm").fill("keeper");
  await apply(dialog);
  await ended(page, "Tear down: done");
  const receipt = activity(page).getByRole("group", { name: "Receipt" });
  await expect(receipt.getByText("0 left, $0.00 a day")).toBeVisible();
  await expect(receipt.getByText(/^Hosted zone keeper\.example\.com kept/)).toBeVisible();
});

test("a zone that a tear down kept is told with its cost, and can still go", async ({ page }) => {
  await deployed(page, "leftover", "One service at the root");
  const first = await plan(page, "Tear down");
  await expect(first.getByText(/^Warning: Gone for good: 1 repository, with every image in it: /)).toBeVisible();
  await expect(first.getByText(/What stays: the hosted zone leftover\.example\.com \(\$0\.50 a month\)/)).toBeVisible();
  await first.getByLabel("Type leftover to confirm").fill("leftover");
  await apply(first);
  await ended(page, "Tear down: done");
  await expect(page.getByText("Only the hosted zone is left")).toBeVisible();
  await expect(page.getByText("This stack: $0.50 a month")).toBeVisible();
  await open(page);
  await expect(page.getByRole("row", { name: /leftover/ })).toContainText("Only the hosted zone is left");
  await expect(page.getByRole("row", { name: /leftover/ })).toContainText("$0.50");

  await open(page, "/stacks/leftover");
  const second = await plan(page, "Tear down");
  await expect(second.getByRole("checkbox", { name: /Delete the hosted zone too/ })).toBeChecked();
  await expect(second.getByText("$0.50 → $0.00")).toBeVisible();
  await second.getByLabel("Type leftover to confirm").fill("leftover");
  await apply(second);
  await expect(page.getByText("Not deployed")).toBeVisible();
  await expect(page.getByText("This stack: $0.00 a month")).toBeVisible();
  await expect(page.getByRole("button", { name: "Tear down", exact: true })).toHaveAttribute("aria-disabled", "true");
});
