// Everything by keyboard alone: from the list to a deployed stack, through the canvas, into the drawer and out.
import { expect, open, test } from "./fixtures";
import { deployed, ended, newStack, nodes, planDialog } from "./steps";
import type { Locator, Page } from "@playwright/test";

/** Presses Tab until `target` has the focus, as somebody does who cannot point. */
async function tabTo(page: Page, target: Locator, most = 40): Promise<void> {
  for (let pressed = 0; pressed < most; pressed += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${target} was not reached by ${most} presses of Tab`);
}

test("a draft is deployed without a pointer", async ({ page }) => {
  await newStack(page, "keys", "One service at the root");
  await open(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("link", { name: "keys" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "keys", level: 1 })).toBeVisible();

  await tabTo(page, page.getByRole("button", { name: "Deploy", exact: true }));
  await page.keyboard.press("Enter");
  const dialog = await planDialog(page);
  await tabTo(page, dialog.getByRole("button", { name: "Apply" }));
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await ended(page, "Deploy: done");
});

test("a dialog is left by Escape, and the focus is where it was", async ({ page }) => {
  await newStack(page, "escape", "One service at the root");
  const deploy = page.getByRole("button", { name: "Deploy", exact: true });
  await deploy.focus();
  await page.keyboard.press("Enter");
  const dialog = await planDialog(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(deploy).toBeFocused();
});

test("arrow keys walk over the canvas, Enter opens the drawer, Escape leads back", async ({ page }) => {
  await newStack(page, "walker", "One service at the root");
  const first = nodes(page, /^Load balancer /);
  await first.focus();
  await page.keyboard.press("ArrowRight");
  await expect(nodes(page, /^Listener HTTPS 443/)).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(nodes(page, /^Target group /)).toBeFocused();
  await page.keyboard.press("ArrowRight");
  const service = nodes(page, /^Service /);
  await expect(service).toBeFocused();
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("complementary", { name: "Chosen part" });
  await expect(drawer.getByRole("button", { name: "Close drawer" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(service).toBeFocused();
  // One stop in the tab order, not thirty.
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Zoom out" })).toBeFocused();
});

test("the canvas is moved and zoomed by keys, and 0 shows everything again", async ({ page }) => {
  await newStack(page, "zoomer", "One service at the root");
  const canvas = page.getByRole("group", { name: /^Canvas/ });
  const service = nodes(page, /^Service /);
  const width = async () => (await service.boundingBox())!.width;
  const fitting = await width();
  await canvas.focus();
  await page.keyboard.press("+");
  await expect.poll(width).toBeGreaterThan(fitting * 1.2);
  await page.keyboard.press("0");
  await expect.poll(width).toBeCloseTo(fitting, 0);
});

test("levels are chosen by arrow keys", async ({ page }) => {
  await deployed(page, "arrows", "One service at the root");
  await page.getByRole("radio", { name: "Awake" }).focus();
  await page.keyboard.press("ArrowRight");
  const dialog = await planDialog(page);
  await expect(dialog.getByRole("heading", { name: "Take arrows to doze" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("radio", { name: "Awake" })).toBeChecked();
});
