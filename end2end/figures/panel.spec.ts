// Not a test: measures the panel, and prints the figures of the README's table. A figure over its target fails.
import { readFile } from "node:fs/promises";
import { expect, open, Panel, test } from "../tests/fixtures";
import { apply, ended, plan } from "../tests/steps";

// The sandbox's default.
test.use({ speed: 20 });

function tell(what: string, value: number, unit: string, target: number): void {
  console.log(`| ${what} | ${value.toFixed(value < 10 ? 2 : 0)} ${unit} | under ${target} ${unit} |`);
  expect.soft(value, what).toBeLessThan(target);
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

test("start to first HTML, and to a page that answers", async ({ browser }) => {
  const html: number[] = [];
  const hydrated: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    const panel = new Panel(20);
    const start = performance.now();
    await panel.start();
    const page = await fetch(`${panel.url}/sign-in`);
    await page.text();
    html.push((performance.now() - start) / 1000);

    const context = await browser.newContext();
    const tab = await context.newPage();
    await tab.goto(panel.signInLink);
    const opened = performance.now();
    await open(tab, `${panel.url}/stacks/cruddur`);
    hydrated.push((performance.now() - opened) / 1000);
    await context.close();
    await panel.forget();
  }
  tell("start to first HTML", median(html), "s", 0.3);
  tell("a stack's page, opened to hydrated", median(hydrated), "s", 1.5);
});

test("the seed stack, from click to all healthy; how soon an event is on screen", async ({ page }) => {
  await open(page, "/stacks/cruddur");
  // Each event's line carries the moment at which it happened; the page notes when the line is there.
  await page.evaluate(() => {
    const late: number[] = [];
    (window as unknown as { late: number[] }).late = late;
    new MutationObserver((changes) => {
      for (const added of changes.flatMap((change) => [...change.addedNodes])) {
        const time = added instanceof Element ? added.querySelector("time") : null;
        if (time?.dateTime && added instanceof HTMLLIElement) late.push(Date.now() - Date.parse(time.dateTime));
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
  const dialog = await plan(page, "Deploy");
  const start = performance.now();
  await apply(dialog);
  await ended(page, "Deploy: done");
  tell("seed stack at speed 20, click to all healthy", (performance.now() - start) / 1000, "s", 30);
  const late = await page.evaluate(() => (window as unknown as { late: number[] }).late);
  expect(late.length, "events seen").toBeGreaterThan(50);
  tell("event to screen, the slowest of a deploy", Math.max(...late) / 1000, "s", 1);
});

test.describe("ten deploys and tear downs", () => {
  test.use({ speed: 500 });

  test("memory, with the sandbox, and whether it grows", async ({ page, panel }) => {
    const resident = async (): Promise<number> => {
      const status = await readFile(`/proc/${panel.processId}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    };
    await open(page, "/stacks/cruddur");
    const after: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await apply(await plan(page, "Deploy"));
      await ended(page, "Deploy: done");
      const dialog = await plan(page, "Tear down");
      await dialog.getByLabel(/to confirm/).fill("cruddur");
      await apply(dialog);
      await ended(page, "Tear down: done");
      after.push(await resident());
    }
    tell("memory after ten deploys and tear downs", after[9], "MiB", 150);
    tell("growth from the fifth to the tenth", after[9] - after[4], "MiB", 5);
  });
});
