// How the browser tests run: one Chromium, a panel of its own for each worker (tests/fixtures.ts).
import { defineConfig, devices } from "@playwright/test";

const flags = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
// Chromium refuses to start as root with its sandbox on; the tests show it nothing but our own pages.
if (process.getuid?.() === 0) flags.push("--no-sandbox");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // A deploy on the sandbox takes half a minute at its default speed.
  timeout: 240_000,
  expect: { timeout: 15_000 },
  workers: 2,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    locale: "en-US",
    timezoneId: "UTC",
  },
  projects: [
    {
      name: "chromium",
      use: {
        ...devices["Desktop Chrome"],
        viewport: { width: 1440, height: 900 },
        launchOptions: { executablePath: process.env.SLIPWAY_CHROMIUM || undefined, args: flags },
      },
    },
  ],
});
