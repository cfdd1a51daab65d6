// `cargo xtask figures`: the panel's figures, measured in the same Chromium as the tests, one after the other.
import config from "./playwright.config";

export default { ...config, testDir: "figures", workers: 1, timeout: 600_000 };
