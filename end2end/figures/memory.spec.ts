// Not a test: measures the panel's memory, with the sandbox, for the README's table.
import { readFile } from "node:fs/promises";
import { open, test } from "../tests/fixtures";
import { apply, ended, plan } from "../tests/steps";
import { tell } from "./tell";

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
