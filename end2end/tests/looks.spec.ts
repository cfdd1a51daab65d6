// For every eye and every window: no violation that axe knows of, light and dark; nothing wider than a phone.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, open, test } from "./fixtures";
import { activity, apply, deployed, ended, newStack, nodes, plan } from "./steps";

const tabs = ["", "/plan", "/services", "/images", "/cost", "/uptime", "/activity", "/settings", "/file"];

/** What axe finds, in light and in dark. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, nodes } of violations) {
      found.push(...nodes.map((node) => `${colorScheme} ${id}: ${node.target} ${node.failureSummary}`));
    }
  }
  return found;
}

/** By how many pixels the page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

test("axe finds nothing on the list, the dialogs and the lone pages", async ({ page }) => {
  await open(page);
  expect(await violations(page), "list").toEqual([]);
  await page.getByRole("button", { name: "New stack" }).click();
  await page.getByRole("button", { name: "Create draft" }).click();
  expect(await violations(page), "new stack, with errors").toEqual([]);
  await page.goto("/nowhere");
  expect(await violations(page), "not found").toEqual([]);
  await page.goto("/sign-in");
  expect(await violations(page), "sign in").toEqual([]);
});

test("axe finds nothing on any tab of a draft, nor in its plan", async ({ page }) => {
  await newStack(page, "draft-look");
  for (const tab of tabs) {
    await open(page, `/stacks/draft-look${tab}`);
    if (tab === "/plan") await expect(page.getByText("Cost a month")).toBeVisible();
    expect(await violations(page), tab).toEqual([]);
  }
  await page.getByLabel("Stack file").fill("name = 1\nnonsense = 2\n");
  await expect(page.getByRole("region", { name: "Problems" }).getByText(/problems?$/)).toBeVisible();
  expect(await violations(page), "a file with problems").toEqual([]);
});

test("axe finds nothing on any tab of a deployed stack, in the drawer, the dialogs and the receipt", async ({ page }) => {
  await deployed(page, "look");
  for (const tab of tabs) {
    await open(page, `/stacks/look${tab}`);
    if (tab === "/plan") await expect(page.getByText("Nothing to do", { exact: true })).toBeVisible();
    expect(await violations(page), tab).toEqual([]);
  }
  await open(page, "/stacks/look");
  await nodes(page, /^Service frontend/).click();
  await expect(page.getByRole("complementary", { name: "Chosen part" })).toBeVisible();
  expect(await violations(page), "drawer").toEqual([]);
  await apply(await plan(page, "Park"));
  await ended(page, "Park to doze: done");
  expect(await violations(page), "dozing").toEqual([]);
  const dialog = await plan(page, "Tear down");
  expect(await violations(page), "tear down").toEqual([]);
  await dialog.getByLabel("Type look to confirm").fill("look");
  await apply(dialog);
  await ended(page, "Tear down: done");
  expect(await violations(page), "receipt").toEqual([]);
});

test("what waits for a person can be read in full on its card", async ({ page }) => {
  await newStack(page, "waiter", "One service at the root");
  await page.getByRole("link", { name: "Services" }).click();
  const image = "a-repository-with-a-long-name:missing";
  await page.getByRole("region", { name: "Service frontend" }).getByLabel("Image").fill(image);
  await page.getByRole("link", { name: "Canvas" }).click();
  await apply(await plan(page, "Deploy"));
  const card = nodes(page, new RegExp(`^Image ${image}, waiting for you$`));
  await expect(card).toBeVisible();
  // Each letter lies inside the card.
  const cut = await card.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element.querySelector(".sl-card-name")!);
    const [text, what, all] = [range, element.querySelector(".sl-card-what")!, element].map((part) => part.getBoundingClientRect());
    return { right: text.right > what.right + 1, bottom: text.bottom > what.bottom + 1, card: what.bottom > all.bottom };
  });
  expect(cut).toEqual({ right: false, bottom: false, card: false });
  await activity(page).getByRole("button", { name: "Cancel" }).click();
  await ended(page, "Deploy: cancelled");
});

test.describe("in a narrow window", () => {
  test.use({ viewport: { width: 1024, height: 768 } });

  test("the chosen part can be read beside its drawer, and the canvas can be moved", async ({ page }) => {
    await open(page, "/stacks/cruddur");
    const image = nodes(page, /^Image frontend-react-js/);
    await image.click();
    const drawer = page.getByRole("complementary", { name: "Chosen part" });
    await expect(drawer).toBeVisible();
    await expect.poll(async () => (await image.boundingBox())!.width).toBeGreaterThan(120);
    const [card, beside] = [(await image.boundingBox())!, (await drawer.boundingBox())!];
    expect(card.x + card.width).toBeLessThanOrEqual(beside.x);
    const canvas = page.getByRole("group", { name: /^Canvas/ });
    const balancer = nodes(page, /^Load balancer/);
    await canvas.focus();
    await page.keyboard.press("0");
    await expect(balancer).toBeInViewport({ ratio: 0.95 });
    await expect(image).toBeInViewport({ ratio: 0.95 });
    await balancer.click();
    await page.keyboard.press("Escape");
    await expect(drawer).toBeHidden();
    await expect(balancer).toBeFocused();
  });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the bar of tabs shows the one that is open", async ({ page }) => {
    const tab = (name: string) =>
      page.getByRole("navigation", { name: "Parts of the stack's page" }).getByRole("link", { name, exact: true });
    await open(page, "/stacks/cruddur/file");
    await expect(tab("File")).toBeInViewport({ ratio: 0.95 });
    await tab("Settings").tap();
    await tab("Uptime").tap();
    await expect(tab("Uptime")).toHaveAttribute("aria-current", "page");
    // With its neighbours, so that there is a way on.
    await expect(tab("Cost")).toBeInViewport({ ratio: 0.95 });
    await expect(tab("Activity")).toBeInViewport({ ratio: 0.95 });
  });

  test("no page is wider than the window, and the main job can be done", async ({ page }) => {
    await open(page);
    expect(await overflow(page), "list").toBe(0);
    await newStack(page, "phone");
    const dialog = await plan(page, "Deploy");
    expect(await overflow(page), "plan").toBe(0);
    await apply(dialog);
    await ended(page, "Deploy: done");
    for (const tab of tabs) {
      await open(page, `/stacks/phone${tab}`);
      expect(await overflow(page), tab).toBe(0);
    }
    await open(page, "/stacks/phone");
    await nodes(page, /^Hosted zone/).tap();
    const drawer = page.getByRole("complementary", { name: "Chosen part" });
    await expect(drawer).toBeVisible();
    expect(await overflow(page), "drawer").toBe(0);
    await drawer.getByRole("button", { name: "Close drawer" }).tap();
    await expect(drawer).toBeHidden();
  });
});
