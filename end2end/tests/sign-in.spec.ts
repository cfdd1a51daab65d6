// Who comes in, and how: by a link that works once, and by nothing else.
import { expect, open, Panel, test } from "./fixtures";

test.describe("signed out", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("every page leads to the sign-in page, and nothing else answers", async ({ page, request }) => {
    for (const path of ["/", "/stacks/cruddur", "/stacks/cruddur/file", "/nowhere"]) {
      await page.goto(path);
      await expect(page).toHaveURL(/\/sign-in$/);
      await expect(page.getByRole("heading", { name: "Sign in with the one-time link" })).toBeVisible();
    }
    expect((await request.get("/events")).status()).toBe(401);
    const origin = new URL(page.url()).origin;
    const asked = await request.post("/api/stacks", { data: {}, headers: { origin } });
    expect(asked.status()).toBe(401);
  });

  test("a request that another site sends is refused", async ({ request }) => {
    const asked = await request.post("/api/stacks", { data: {}, headers: { origin: "https://elsewhere.example" } });
    expect(asked.status()).toBe(403);
  });

  test("the link that was used does not work again", async ({ page, panel, owner }) => {
    expect(owner.cookies).toHaveLength(1);
    const answer = await page.goto(panel.signInLink);
    expect(answer?.status()).toBe(403);
    await expect(page.getByRole("heading", { name: "Sign in with the one-time link" })).toBeVisible();
    await page.goto("/");
    await expect(page).toHaveURL(/\/sign-in$/);
  });
});

test("the session's cookie is out of a script's reach and stays on this site", async ({ owner }) => {
  expect(owner.cookies).toEqual([expect.objectContaining({ httpOnly: true, sameSite: "Strict" })]);
});

test("a link works in a fresh browser once, and signing out ends the session for good", async ({ browser }) => {
  const panel = new Panel(200);
  await panel.start();
  try {
    const context = await browser.newContext({ baseURL: panel.url });
    const page = await context.newPage();
    await page.goto(panel.signInLink);
    await expect(page.getByRole("heading", { name: "Stacks" })).toBeVisible();
    const kept = await context.cookies();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    // Whoever kept the cookie has nothing in it.
    await context.addCookies(kept);
    await page.goto("/");
    await expect(page).toHaveURL(/\/sign-in$/);
    await context.close();
  } finally {
    await panel.forget();
  }
});

test("a signed-in browser sees the list of stacks", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("heading", { name: "Stacks" })).toBeVisible();
  await expect(page.getByRole("link", { name: "cruddur" })).toBeVisible();
});
