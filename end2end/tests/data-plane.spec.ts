// Is it up, and does `api.` reach the backend: asked over HTTP, at every level that a person can choose.
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { expect, test } from "./fixtures";
import { apply, deployed, ended, nodes, plan, planDialog } from "./steps";

type Reply = { status: number; headers: IncomingHttpHeaders; body: string };

/** Asks at `door` for `host`, which no resolver knows; follows nothing. */
function ask(door: string, host: string, path = "/"): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(`${door}${path}`, { headers: { Host: host }, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => (body += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("a stack answers as its level says", async ({ page, panel }) => {
  const { port80, port443 } = await panel.doors();
  const root = "visited.example.com";
  const api = `api.${root}`;
  expect((await ask(port443, root)).body).toContain("does not resolve");

  await deployed(page, "visited");
  const redirect = await ask(port80, root, "/cart?item=1");
  expect(redirect.status).toBe(301);
  expect(redirect.headers.location).toBe(`https://${root}:443/cart?item=1`);
  const frontend = await ask(port443, root);
  expect(frontend.status).toBe(200);
  expect(frontend.body).toMatch(/^visited-frontend answers\.[^]*\nport +3000\n/);
  const backend = await ask(port443, api, "/api/health-check");
  expect(backend.status).toBe(200);
  expect(backend.body).toMatch(/^visited-backend answers\.[^]*\nport +4567\n/);

  await apply(await plan(page, "Park"));
  await ended(page, "Park to doze: done");
  for (const host of [root, api]) expect((await ask(port443, host)).status).toBe(503);
  expect((await ask(port80, root)).status).toBe(301);

  await apply(await plan(page, "Wake"));
  await ended(page, "Wake: done");
  for (const host of [root, api]) expect((await ask(port443, host)).status).toBe(200);

  await page.getByRole("radio", { name: "Sleep" }).check();
  await apply(await planDialog(page));
  await ended(page, "Park to sleep: done");
  for (const host of [root, api]) {
    const gone = await ask(port443, host);
    expect(gone.status).toBe(502);
    expect(gone.body).toContain(`\`${host}\` does not resolve`);
  }
});

test("a service's drawer leads a browser to it", async ({ page, panel }) => {
  await deployed(page, "browsed");
  await nodes(page, /^Service .*backend, healthy$/).click();
  const link = page.getByRole("link", { name: "Visit api.browsed.example.com in the sandbox" });
  const opened = page.waitForEvent("popup");
  await link.click();
  const visit = await opened;
  await expect(visit.getByText("browsed-backend answers.")).toBeVisible();

  // From port 80 a browser is led to port 443, and does not leave this machine.
  const { port80, port443 } = await panel.doors();
  await visit.goto(`http://browsed.example.com.localhost:${new URL(port80).port}/`);
  await expect(visit.getByText("browsed-frontend answers.")).toBeVisible();
  expect(visit.url()).toBe(`http://browsed.example.com.localhost:${new URL(port443).port}/`);
});
