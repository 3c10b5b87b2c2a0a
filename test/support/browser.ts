/** A headless Chromium (Debian's) that looks at pages from disk. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { launch, type Browser } from "puppeteer-core";

const path = "/usr/bin/chromium";

/** For `skip`: why nothing can be looked at. */
export const noBrowser: string | false = existsSync(path) ? false : "no Chromium here: scripts/setup test, as root";

export function open(): Promise<Browser> {
  return launch({ executablePath: path, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

/** How a page looks in a window of that width. */
export interface Seen {
  /** Whether the page is wider than the window; a picture may scroll within it. */
  readonly overflows: boolean;
  readonly background: string;
  /** The colour of the first text of the picture. */
  readonly ink: string;
  /** What the page asked for beside itself, and what it complained of. */
  readonly asked: readonly string[];
  /** Texts of the picture that leave it. */
  readonly outside: readonly string[];
}

/** Looks at a file; `shot` is where to put a picture of it, "" for none. */
export async function look(
  browser: Browser,
  file: string,
  mode: "light" | "dark",
  width: number,
  shot = "",
): Promise<Seen> {
  const page = await browser.newPage();
  const asked: string[] = [];
  const url = pathToFileURL(file).href;
  page.on("request", (r) => {
    if (r.url() !== url) asked.push(r.url());
  });
  page.on("console", (m) => void asked.push(m.text()));
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: mode }]);
  await page.goto(url);
  const seen = (await page.evaluate(`(() => {
    const svg = document.querySelector("svg");
    const box = svg.getBoundingClientRect();
    const out = [...svg.querySelectorAll("text")].filter((t) => {
      const b = t.getBoundingClientRect();
      return b.left < box.left - 1 || b.right > box.right + 1 || b.bottom > box.bottom + 1;
    });
    return {
      overflows: document.documentElement.scrollWidth > innerWidth,
      background: getComputedStyle(svg.querySelector(".ground")).fill,
      ink: getComputedStyle(svg.querySelector("text.title")).fill,
      outside: out.map((t) => t.textContent),
    };
  })()`)) as Omit<Seen, "asked">;
  if (shot !== "") await page.screenshot({ path: shot });
  await page.close();
  return { ...seen, asked };
}
