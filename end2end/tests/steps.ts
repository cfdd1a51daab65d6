// What a person does again and again, by role and label; each step waits for what it leads to.
import { expect, type Locator, type Page } from "@playwright/test";
import { open } from "./fixtures";

/** The node buttons of the canvas: "<kind> <name>, <state>". */
export function nodes(page: Page, name: RegExp = /^.+ .+, [a-z ]+$/): Locator {
  return page.getByRole("region", { name: "Topology" }).getByRole("button", { name });
}

export function activity(page: Page): Locator {
  return page.getByRole("region", { name: "Activity" });
}

/** A new stack, made by its dialog; ends on its canvas. */
export async function newStack(page: Page, name: string, template = "Frontend at the root, backend at api."): Promise<void> {
  await open(page);
  await page.getByRole("button", { name: "New stack" }).click();
  const dialog = page.getByRole("dialog", { name: "New stack" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Domain").fill(`${name}.example.com`);
  await dialog.getByLabel("Begin with").selectOption(template);
  await dialog.getByRole("button", { name: "Create draft" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  await expect(nodes(page).first()).toBeVisible();
}

/** Presses a verb of the stack's head and waits for its plan. */
export async function plan(page: Page, verb: "Deploy" | "Park" | "Wake" | "Tear down"): Promise<Locator> {
  await page.getByRole("button", { name: verb, exact: true }).click();
  return planDialog(page);
}

/** The dialog with a plan that is there to be read. */
export async function planDialog(page: Page): Promise<Locator> {
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("Cost a month")).toBeVisible();
  return dialog;
}

export async function apply(dialog: Locator): Promise<void> {
  await dialog.getByRole("button", { name: "Apply" }).click();
  await expect(dialog).toBeHidden();
}

/** Waits until the operation that was started says how it ended. */
export async function ended(page: Page, how: string): Promise<void> {
  await expect(activity(page).getByText(how, { exact: true })).toBeVisible({ timeout: 60_000 });
}

/** Every node of the canvas is in one of `states`, and there are some. */
export async function allAre(page: Page, states: string): Promise<void> {
  await expect(nodes(page).first()).toBeVisible();
  const is = new RegExp(`, (${states})$`);
  await expect.poll(async () => (await names(page)).filter((name) => !is.test(name)), { timeout: 30_000 }).toEqual([]);
  expect(await nodes(page).count()).toBeGreaterThan(5);
}

async function names(page: Page): Promise<string[]> {
  return nodes(page).evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label") ?? ""));
}

/** A new stack that is up. */
export async function deployed(page: Page, name: string, template?: string): Promise<void> {
  await newStack(page, name, template);
  await apply(await plan(page, "Deploy"));
  await ended(page, "Deploy: done");
}
