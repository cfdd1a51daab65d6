// How a figure is told: a row of the README's table; over its target, it fails.
import { expect } from "@playwright/test";

export function tell(what: string, value: number, unit: string, target: number): void {
  console.log(`| ${what} | ${value.toFixed(value < 10 ? 2 : 0)} ${unit} | under ${target} ${unit} |`);
  expect.soft(value, what).toBeLessThan(target);
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
