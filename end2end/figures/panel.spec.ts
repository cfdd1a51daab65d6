// Not a test: measures the panel's speed for the README's table.
import { expect, open, Panel, test } from "../tests/fixtures";
import { apply, ended, plan } from "../tests/steps";
import { median, tell } from "./tell";

// The sandbox's default.
test.use({ speed: 20 });

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
    // A line that is moved comes into the document once more.
    const seen = new Set<string>();
    new MutationObserver((changes) => {
      for (const added of changes.flatMap((change) => [...change.addedNodes])) {
        const time = added instanceof Element ? added.querySelector("time") : null;
        if (!time?.dateTime || !(added instanceof HTMLLIElement)) continue;
        const line = `${time.dateTime} ${added.textContent}`;
        if (!seen.has(line)) late.push(Date.now() - Date.parse(time.dateTime));
        seen.add(line);
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
