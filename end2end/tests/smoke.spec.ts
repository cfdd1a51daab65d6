// The whole chain from binary to browser: it starts, signs in, and the page becomes interactive.
import { expect, open, test } from "./fixtures";

test("the panel becomes interactive from its own hashed files", async ({ page }) => {
  const served: string[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/pkg/")) {
      served.push(`${response.status()} ${response.headers()["cache-control"]}`);
    }
  });
  await open(page);
  await expect(page).toHaveTitle(/Slipway/);
  expect(served.length).toBeGreaterThanOrEqual(3);
  expect(new Set(served)).toEqual(new Set(["200 public, max-age=31536000, immutable"]));
});
