// What every spec starts from: a panel on its own sandbox, and a browser that is signed in to it.
//
// `panel` lives as long as the worker (one spec file, unless files share their options); `page` is
// signed in. A spec that wants another pace or a fresh panel says so: `test.use({ speed: 200 })`.
// Signed out: `test.use({ storageState: { cookies: [], origins: [] } })`.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test as base, expect, type Browser, type BrowserContext, type Page } from "@playwright/test";

export { expect };

const doors = /load balancers: (http:\S+) is their port 80, (http:\S+) their port 443/;
const signInLink = /(http:\/\/127\.0\.0\.1:\d+)\/sign-in\?token=[^\s"']+/;

function binary(): string {
  const path = process.env.SLIPWAY_BIN;
  if (!path) throw new Error("SLIPWAY_BIN names the binary to test; `cargo xtask test --only browser` sets it");
  return path;
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(patience);
}

/** A running `slipway sandbox`: an AWS that outlives the panel. */
export class Aws {
  /** With which it is found, once it has started. */
  readonly environment: Record<string, string> = {};
  private child?: ChildProcess;

  async start(speed: number): Promise<void> {
    const words = ["sandbox", "--listen", "127.0.0.1:0", "--speed", String(speed)];
    const child = spawn(binary(), words, { stdio: ["ignore", "pipe", "ignore"] });
    this.child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      for (const [, name, value] of line.matchAll(/(AWS_\w+)=(\S+)/g)) this.environment[name] = value;
      if (this.environment.AWS_DEFAULT_REGION) break;
    }
  }

  /** Calls one of its services as any other tool would. */
  async call(service: string, target: string, input: object): Promise<void> {
    const answer = await fetch(this.environment.AWS_ENDPOINT_URL, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": target,
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
      },
      body: JSON.stringify(input),
    });
    expect(answer.status, await answer.text()).toBe(200);
  }

  async stop(): Promise<void> {
    if (this.child) await end(this.child, "SIGTERM");
  }
}

/** A running `slipway serve` with a data directory of its own, on its own sandbox or on `aws`. */
export class Panel {
  /** Everything that it has printed, for a test's own look or a failure's report. */
  readonly log: string[] = [];
  url = "";
  signInLink = "";
  private child?: ChildProcess;
  private dataDirectory = "";

  constructor(
    readonly speed: number,
    private readonly aws?: Record<string, string>,
  ) {}

  async start(): Promise<void> {
    this.dataDirectory ||= await mkdtemp(join(tmpdir(), "slipway-end2end-"));
    // The same port again after a restart, so that open pages find it.
    const port = this.url ? new URL(this.url).port : "0";
    const where = this.aws ? [] : ["--sandbox", "--speed", String(this.speed)];
    const words = ["serve", ...where, "--listen", `127.0.0.1:${port}`, "--data-dir", this.dataDirectory];
    const environment = { ...process.env, ...this.aws };
    const child = spawn(binary(), words, { stdio: ["ignore", "pipe", "pipe"], env: environment });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why}\n${this.log.join("\n")}`));
      const timer = setTimeout(() => fail("the panel printed no sign-in link within 30 s"), 30_000);
      child.once("error", (error) => fail(`can't start it: ${error.message}`));
      child.once("exit", (code, signal) => fail(`the panel ended early (${code ?? signal})`));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          this.log.push(line);
          const found = signInLink.exec(line);
          if (!found) return;
          [this.signInLink, this.url] = found;
          clearTimeout(timer);
          resolve();
        });
      }
    });
  }

  /** Where its sandbox's load balancers answer, as on port 80 and as on port 443. */
  async doors(): Promise<{ port80: string; port443: string }> {
    const found = () => doors.exec(this.log.join("\n"));
    await expect.poll(found, { message: "the panel says where the load balancers answer" }).not.toBeNull();
    const [, port80, port443] = found()!;
    return { port80, port443 };
  }

  /** Runs a command of the binary on the same AWS and the same data, as another process; returns once it has ended. */
  async command(...words: string[]): Promise<void> {
    const environment = { ...process.env, ...this.aws };
    const all = [...words, "--data-dir", this.dataDirectory];
    const child = spawn(binary(), all, { stdio: ["ignore", "ignore", "pipe"], env: environment });
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
    const status = await new Promise((resolve) => child.once("exit", resolve));
    expect(status, said.join("\n")).toBe(0);
  }

  get processId(): number | undefined {
    return this.child?.pid;
  }

  /** Ends it as an operator would (SIGTERM) or as a crash would (SIGKILL). */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (this.child) await end(this.child, signal);
  }

  async forget(): Promise<void> {
    await this.stop();
    await this.loseData();
  }

  /** As when the disk went; the next start begins with nothing. */
  async loseData(): Promise<void> {
    await rm(this.dataDirectory, { recursive: true, force: true });
  }
}

type Aboard = { aws: Aws; panel: Panel; context: BrowserContext; page: Page };

/** A panel on an AWS that outlives it, both the test's own, and a page that is signed in; all of it is gone at the end. */
export async function onAws(browser: Browser, speed: number, run: (aboard: Aboard) => Promise<void>): Promise<void> {
  const aws = new Aws();
  await aws.start(speed);
  const panel = new Panel(speed, aws.environment);
  try {
    await panel.start();
    const context = await browser.newContext({ baseURL: panel.url });
    const page = await context.newPage();
    await page.goto(panel.signInLink);
    await run({ aws, panel, context, page });
    await context.close();
  } finally {
    await panel.forget();
    await aws.stop();
  }
}

/** Waits until the page that was sent is the page that answers. */
export async function interactive(page: Page): Promise<void> {
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
}

/** Opens a page of the panel and waits until it answers. */
export async function open(page: Page, path = "/"): Promise<void> {
  await page.goto(path);
  await interactive(page);
}

type OwnerState = { cookies: Awaited<ReturnType<BrowserContext["cookies"]>>; origins: [] };
type WorkerFixtures = { speed: number; panel: Panel; owner: OwnerState };
type TestFixtures = { quietBrowser: void };

export const test = base.extend<TestFixtures, WorkerFixtures>({
  speed: [200, { option: true, scope: "worker" }],

  panel: [
    async ({ speed }, use) => {
      const panel = new Panel(speed);
      await panel.start();
      await use(panel);
      await panel.forget();
    },
    { scope: "worker" },
  ],

  // The link works once, so the worker signs in once and each test's browser gets the cookie.
  owner: [
    async ({ browser, panel }, use) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(panel.signInLink);
      await page.waitForURL((url) => url.pathname !== "/sign-in");
      const { cookies } = await context.storageState();
      await context.close();
      await use({ cookies, origins: [] });
    },
    { scope: "worker" },
  ],

  baseURL: async ({ panel }, use) => use(panel.url),
  storageState: async ({ owner }, use) => use(owner),

  // No test passes over an exception, a panic, a mismatch at hydration or a forbidden script.
  quietBrowser: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error" && /Content Security Policy|panicked|hydration|unreachable/i.test(message.text())) {
          complaints.push(message.text());
        }
      });
      await use();
      expect(complaints, "what the browser complained of").toEqual([]);
    },
    { auto: true },
  ],
});
