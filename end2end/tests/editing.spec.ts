// The form and the text are two views of one stack file; what is wrong is said while it is typed.
import { expect, open, test } from "./fixtures";
import { activity, apply, deployed, ended, newStack, nodes, plan } from "./steps";

test("an image changed in the form is in the text, in the plan, and then on AWS", async ({ page }) => {
  await deployed(page, "by-form", "One service at the root");
  await page.getByRole("link", { name: "Services" }).click();
  const service = page.getByRole("region", { name: "Service frontend" });
  const image = service.getByLabel("Image");
  const next = (await image.inputValue()).replace(":latest", ":v2");
  await image.fill(next);
  await expect(page.getByText("Draft saved")).toBeVisible();

  await page.getByRole("link", { name: "File" }).click();
  await expect(page.getByLabel("Stack file")).toHaveValue(new RegExp(`image\\s*= "${next}"`));

  await page.getByRole("link", { name: "Canvas" }).click();
  const dialog = await plan(page, "Deploy");
  await expect(dialog.getByText(next).first()).toBeVisible();
  await apply(dialog);
  await ended(page, "Deploy: done");
  await expect(nodes(page, new RegExp(`^Image ${next}, ready$`))).toBeVisible();
  await expect(nodes(page, /^Service frontend, healthy$/)).toBeVisible();
});

test("an image changed in the text is in the form, in the plan, and then on AWS", async ({ page }) => {
  await deployed(page, "by-text", "One service at the root");
  await page.getByRole("link", { name: "File" }).click();
  const text = page.getByLabel("Stack file");
  const before = await text.inputValue();
  await text.fill(`# A note of ours.\n${before.replace(":latest", ":v3")}`);
  await expect(page.getByText("No problems")).toBeVisible();
  await expect(page.getByText("Differs from what is deployed")).toBeVisible();

  await page.getByRole("link", { name: "Images" }).click();
  await expect(page.getByRole("group", { name: "Service frontend" }).getByLabel("Image")).toHaveValue(/:v3$/);

  await page.getByRole("link", { name: "Plan", exact: true }).click();
  const shown = page.getByRole("region", { name: "Plan" });
  await expect(shown.getByText("Task definition", { exact: true })).toBeVisible();
  await expect(shown.getByText("follows Task definition frontend")).toBeVisible();
  await shown.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("link", { name: "Activity" }).click();
  await ended(page, "Deploy: done");
  await page.getByRole("link", { name: "File" }).click();
  await expect(page.getByText("As deployed")).toBeVisible();
  await expect(page.getByLabel("Stack file")).toHaveValue(/^# A note of ours\./);
});

test("a bad text tells its problems as it is typed, and Deploy says why it waits", async ({ page }) => {
  await newStack(page, "bad-text");
  await page.getByRole("link", { name: "File" }).click();
  const text = page.getByLabel("Stack file");
  const good = await text.inputValue();
  await text.fill(good.replace("port   = 3000", "port   = 70000").replace("memory = 512", "memroy = 512"));
  const problems = page.getByRole("region", { name: "Problems" });
  await expect(problems.getByText(/\d problems/)).toBeVisible();
  await expect(problems.getByText("services.frontend.port")).toBeVisible();
  await expect(problems.getByText("memory", { exact: true })).toBeVisible();

  const deploy = page.getByRole("button", { name: "Deploy", exact: true });
  await expect(deploy).toHaveAttribute("aria-disabled", "true");
  await expect(deploy).toHaveAttribute("title", "The stack file has problems; mend them first.");
  // A person can press it all the same; nothing comes of it.
  await deploy.click({ force: true });
  await expect(page.getByRole("dialog")).toBeHidden();

  // A problem leads to its line.
  await problems.getByRole("button", { name: /^Line \d+$/ }).first().click();
  await expect(text).toBeFocused();

  await text.fill(good);
  await expect(problems.getByText("No problems")).toBeVisible();
  await expect(deploy).not.toHaveAttribute("aria-disabled", "true");
});

test("a text that is no TOML is told of, and the form waits for it", async ({ page }) => {
  await newStack(page, "no-toml", "One service at the root");
  await page.getByRole("link", { name: "File" }).click();
  await page.getByLabel("Stack file").fill("name = \n");
  await expect(page.getByRole("region", { name: "Problems" }).getByText("Line 1").first()).toBeVisible();
  await page.getByRole("link", { name: "Settings" }).click();
  await expect(page.getByText("The text cannot be read as a stack, so the form waits.")).toBeVisible();
  await expect(page.getByLabel("Domain")).toBeDisabled();
});

test("a bad value in the form is told of below its field, and in the text", async ({ page }) => {
  await newStack(page, "bad-form", "One service at the root");
  await page.getByRole("link", { name: "Services" }).click();
  const service = page.getByRole("region", { name: "Service frontend" });
  const port = service.getByLabel("Port");
  await port.fill("70000");
  await expect(port).toHaveAttribute("aria-invalid", "true");
  await expect(port).toHaveAccessibleDescription(/65535/);
  await expect(page.getByRole("button", { name: "Deploy", exact: true })).toHaveAttribute("aria-disabled", "true");

  // What is no number at all cannot stand in the file; the field says so, and the last number stays there.
  await port.fill("eighty");
  await expect(port).toHaveAccessibleDescription(/whole number/);
  await expect(port).toHaveValue("eighty");

  await port.fill("8080");
  await expect(port).not.toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("button", { name: "Deploy", exact: true })).not.toHaveAttribute("aria-disabled", "true");
});

test("one more service, and then one less, are in the plan and on the canvas", async ({ page }) => {
  await deployed(page, "grower", "One service at the root");
  await page.getByRole("link", { name: "Services" }).click();
  await page.getByLabel("New service").fill("worker");
  await page.getByRole("button", { name: "Add service" }).click();
  await expect(page.getByRole("region", { name: "Service worker" })).toBeVisible();
  await page.getByRole("link", { name: "Canvas" }).click();
  await expect(nodes(page, /^Service worker, not made$/)).toBeVisible();
  await apply(await plan(page, "Deploy"));
  await ended(page, "Deploy: done");
  await expect(nodes(page, /^Service worker, healthy$/)).toBeVisible();

  await page.getByRole("link", { name: "Services" }).click();
  await page.getByRole("button", { name: "Remove service worker" }).click();
  await page.getByRole("link", { name: "Canvas" }).click();
  const dialog = await plan(page, "Deploy");
  await expect(dialog.getByRole("region", { name: "Delete" }).getByText("Service")).toBeVisible();
  await apply(dialog);
  await expect(nodes(page, /^Service worker/)).toHaveCount(0, { timeout: 60_000 });
  await expect(nodes(page, /^Service frontend, healthy$/)).toBeVisible();
});

test("a draft is kept: a reload shows what was typed", async ({ page }) => {
  await newStack(page, "kept", "One service at the root");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Base images").fill("base-one\nbase-two");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await open(page, "/stacks/kept/settings");
  await expect(page.getByLabel("Base images")).toHaveValue("base-one\nbase-two");
});

test("whoever leaves the plan tab while its operation starts is not troubled by late answers", async ({ page }) => {
  await newStack(page, "leaves-early", "One service at the root");
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  const apply = page.getByRole("region", { name: "Plan" }).getByRole("button", { name: "Apply" });
  await expect(apply).not.toHaveAttribute("aria-disabled", "true");
  let leave = () => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  await page.route("**/api/stack", async (route) => {
    await left;
    await route.continue();
  });
  const asked = page.waitForRequest("**/api/stack");
  const answered = page.waitForResponse("**/api/stack");
  await apply.click();
  await asked;
  await page.getByRole("link", { name: "Activity" }).click();
  await expect(activity(page)).toBeVisible();
  leave();
  await answered;
  await ended(page, "Deploy: done");
});
