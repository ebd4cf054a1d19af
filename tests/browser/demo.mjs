// Uses the demo as a person would, in a real browser, and prints what it saw as JSON:
//   node demo.mjs SCENARIO URL FOLDER-OF-THE-PAGE FOLDER-FOR-SCREENSHOTS
// What has to be true of it is said in tests/workflow/test_demo.py.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { contrasts } from "./contrast.mjs";

const [scenario, url, site, folder] = process.argv.slice(2);
const origin = new URL(url).origin;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const requests = [];

/** The page; `requests` and `errors` fill as it is used. */
async function open(options = {}, prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(error.message));
  await context.route("**", (route) => {
    requests.push(route.request().url());
    return requests.at(-1).startsWith(`${origin}/`) ? route.continue() : route.abort();
  });
  await prepare(page);
  await page.goto(url);
  return page;
}

/** The page, and all networks answer. */
async function opened(options, prepare) {
  const page = await open(options, prepare);
  await page.waitForSelector("#page:not([hidden])");
  await complete(page);
  return page;
}

const settled = (page) => page.waitForSelector('#answers[aria-busy="false"]');
async function complete(page) {
  await settled(page);
  await page.waitForSelector("#coming", { state: "hidden" });
  await settled(page);
}
const models = (page) => page.$$eval("#models input", (inputs) => inputs.map((input) => input.value));
const text = (page, selector) => page.textContent(selector);

async function choose(page, model) {
  await page.locator(`#models label:has([value="${model}"])`).click();
  await page.waitForSelector(`#answers[data-model="${model}"]`);
  await complete(page);
}

/** Draw on the pad: points in 0..1 of its width and height. */
async function draw(page, points) {
  const box = await page.locator("#pad").boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 2 });
  await page.mouse.up();
  await settled(page);
}

const linked = (all) =>
  all.map(({ download, href, textContent }) => ({ name: download, path: new URL(href).pathname, says: textContent }));

const turn = Array.from({ length: 17 }, (_, k) => (k * Math.PI) / 8);
const ZERO = turn.map((angle) => [0.5 + 0.2 * Math.sin(angle), 0.5 - 0.3 * Math.cos(angle)]);
const ONE = [[0.55, 0.15], [0.45, 0.85]];

/** What stands in the column of the specialists, or of the dense network. */
const column = (page, who) => page.$$eval(`#rows td.${who}`, (cells) => cells.map((cell) => cell.textContent));

const scenarios = {
  /** What the table shows for every picture of the gallery. */
  async answers() {
    const page = await opened();
    const found = {};
    for (const model of await models(page)) {
      await choose(page, model);
      found[model] = await page.evaluate(async () => {
        const section = document.querySelector("#answers");
        const probabilities = (who) =>
          [...document.querySelectorAll(`#rows td.${who}`)].map((cell) => Number(cell.dataset.probability ?? "NaN"));
        const seen = [];
        for (const input of document.querySelectorAll("#gallery input")) {
          input.click();
          while (section.ariaBusy === "true") await new Promise((resolve) => setTimeout(resolve));
          const yes = [...document.querySelectorAll("#rows tr:has(td.specialist.wins) input")].map((row) => row.value);
          const largest = document.querySelector("#rows tr:has(td.dense.wins) input").value;
          const [verdict, whose] = ["#verdict", "#whose"].map((id) => document.querySelector(id).textContent);
          const answers = { specialist: probabilities("specialist"), dense: probabilities("dense") };
          seen.push({ ...answers, yes, largest, verdict, whose });
        }
        return seen;
      });
    }
    return { found };
  },

  /** For each drawing, milliseconds from its end, as the browser stamps it, until its answer is in the page. */
  async drawing() {
    const page = await opened();
    await page.evaluate(() => {
      window.took = [];
      let ended;
      document.querySelector("#pad").addEventListener("pointerup", (event) => (ended = event.timeStamp), true);
      new MutationObserver(() => {
        if (ended !== undefined) window.took.push(performance.now() - ended);
        ended = undefined;
      }).observe(document.querySelector("#status"), { childList: true });
    });
    const seen = [];
    for (const model of await models(page)) {
      await choose(page, model);
      for (const points of [ONE, ZERO, ONE, ZERO]) {
        await page.click("#clear");
        await draw(page, points);
        seen.push({ model, verdict: await text(page, "#verdict") });
      }
    }
    await page.click("#clear");
    return { took: await page.evaluate(() => window.took), seen, cleared: await text(page, "#verdict") };
  },

  /** Everything that was asked for, and what the page's policy forbids. */
  async requests() {
    const page = await opened();
    for (const model of await models(page)) await choose(page, model);
    await draw(page, ZERO);
    const refused = await page.evaluate(async () => {
      const directives = [];
      addEventListener("securitypolicyviolation", (event) => directives.push(event.effectiveDirective));
      await fetch("https://elsewhere.example/").catch(() => {});
      await import("https://elsewhere.example/module.js").catch(() => {});
      const image = new Image();
      const failed = new Promise((resolve) => (image.onerror = resolve));
      image.src = "https://elsewhere.example/image.png";
      await failed;
      const script = document.createElement("script");
      script.textContent = "window.inlined = true";
      document.body.append(script);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { directives, inlined: Boolean(window.inlined) };
    });
    return { requests, refused };
  },

  /** A phone: width of the page, and a digit drawn with a finger. */
  async phone() {
    const page = await opened({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    const widths = [];
    for (const width of [390, 360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      for (const model of await models(page)) {
        await choose(page, model);
        widths.push(await page.evaluate(() => document.documentElement.scrollWidth));
      }
    }
    const box = await page.locator("#pad").boundingBox();
    const touch = await page.context().newCDPSession(page);
    const at = ([x, y]) => [{ x: box.x + x * box.width, y: box.y + y * box.height }];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(ONE[0]) });
    for (let k = 1; k <= 10; k++) {
      const point = ONE[0].map((value, axis) => value + ((ONE[1][axis] - value) * k) / 10);
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(point) });
    }
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await settled(page);
    const targets = await page.$$eval("#gallery label, #rows tr, #models label, button, a", (all) =>
      all.map((element) => element.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height)),
    );
    await page.screenshot({ path: `${folder}/phone.png`, fullPage: true });
    const scrolled = await page.evaluate(() => scrollY);
    return { widths, scrolled, smallest: Math.min(...targets), verdict: await text(page, "#verdict") };
  },

  /** Where the verdict is when an image far below is picked, by click and by arrow keys: on phones, on a low screen. */
  async verdicts() {
    const seen = [];
    for (const viewport of [{ width: 360, height: 640 }, { width: 320, height: 568 }, { width: 1280, height: 600 }]) {
      const page = await opened({ viewport, hasTouch: viewport.width < 400 });
      const images = page.locator("#gallery label");
      await images.last().scrollIntoViewIfNeeded();
      const before = await page.evaluate(() => scrollY);
      const tell = () =>
        page.evaluate(() => {
          const inView = (element) => {
            const { bottom, left, top } = element.getBoundingClientRect();
            const there = document.elementFromPoint(left + 5, (top + bottom) / 2);
            return top >= 0 && bottom <= innerHeight && element.parentElement.contains(there);
          };
          const image = document.querySelector("#gallery :checked");
          const [verdict, picked] = [document.querySelector("#verdict"), image.parentElement].map(inView);
          return { verdict, picked, says: document.querySelector("#verdict").textContent, label: image.ariaLabel };
        });
      await images.nth(93).click();
      await settled(page);
      const scrolled = (await page.evaluate(() => scrollY)) - before;
      seen.push({ ...(await tell()), scrolled });
      for (let k = 0; k < 9; k++) await page.keyboard.press("ArrowUp");
      await settled(page);
      seen.push({ ...(await tell()), scrolled: 0 });
    }
    return { seen };
  },

  /** What is there while ONNX Runtime is on its way; when it has come; and where it never does. */
  async runtime() {
    let come;
    const coming = new Promise((resolve) => (come = resolve));
    const answered = []; // specialists that had answered when a file of the runtime was asked for
    const late = await open({}, (page) =>
      page.route("**/runtime/**", async (route) => {
        answered.push(await page.locator("#rows td.specialist[data-probability]").count());
        await coming;
        await route.continue();
      }),
    );
    await late.waitForSelector("#coming");
    await settled(late);
    const told = async (page) => ({
      specialists: await column(page, "specialist"),
      dense: await column(page, "dense"),
      verdict: await text(page, "#verdict"),
      why: await text(page, "#lack"),
    });
    const loading = await told(late);
    await late.screenshot({ path: `${folder}/loading.png` });
    come();
    await complete(late);
    const loaded = await told(late);
    const never = await opened({}, (page) => page.route("**/runtime/**", (route) => route.abort()));
    const without = await told(never);
    await draw(never, ZERO);
    return { answered, loading, loaded, without, drawn: await told(never), status: await text(never, "#status") };
  },

  /** Every link to a file: where it leads, what it says, the name to save it under; and one file, saved. */
  async downloads() {
    const page = await opened();
    const links = [];
    for (const model of await models(page)) {
      await choose(page, model);
      for (const row of await page.locator("#rows tr:has(input:enabled)").all()) {
        await row.click();
        links.push(...(await page.$$eval("#keeps a", linked)));
      }
      links.push(...(await page.$$eval("#dense a", linked)));
    }
    const [saved] = await Promise.all([page.waitForEvent("download"), page.locator("#keeps a").nth(1).click()]);
    const others = await page.$$eval("footer a", (all) => all.map((link) => link.href));
    return { links, others, saved: saved.suggestedFilename(), kept: readFileSync(await saved.path(), "utf8") };
  },

  /** No mouse: where Tab stops and whether that shows, and what the arrow keys do. */
  async keyboard() {
    const page = await opened();
    const stops = [];
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        const holders = [element, element.closest("label"), element.closest("tr")].filter(Boolean);
        const shows = holders.some((holder) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(holder);
          return outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
        });
        const label = element.ariaLabel ?? element.closest("label")?.textContent ?? element.textContent;
        return { name: element.name || element.id || element.tagName, label, shows };
      });
    for (let k = 0; k < 20; k++) {
      await page.keyboard.press("Tab");
      const stop = await focused();
      if (stop.name === "BODY") break;
      stops.push(stop);
    }
    const press = async (place, key, selector) => {
      await page.locator(`${place} input:checked`).focus();
      await page.keyboard.press(key);
      await settled(page);
      return text(page, selector);
    };
    const first = await text(page, "#verdict");
    const picked = [];
    for (const key of ["ArrowLeft", "ArrowRight"]) picked.push(await press("#gallery", key, "#verdict"));
    const place = () => page.$$eval("#gallery input", (inputs) => inputs.findIndex((input) => input.checked));
    const before = await place();
    await press("#gallery", "ArrowDown", "#verdict");
    const below = (await place()) - before;
    const whose = [await text(page, "#whose"), await press("#rows", "ArrowDown", "#whose")];
    const sizes = [await text(page, "#dense")];
    const abouts = [await text(page, "#about")];
    for (let k = 0; k < 2; k++) {
      const shown = await page.getAttribute("#answers", "data-model");
      await page.locator("#models input:checked").focus();
      await page.keyboard.press("ArrowRight");
      await page.waitForFunction((old) => document.querySelector("#answers").dataset.model !== old, shown);
      abouts.push(await text(page, "#about"));
    }
    return { stops, first, picked, below, whose, abouts, sizes: [...sizes, await text(page, "#dense")] };
  },

  /** Both colour schemes: a picture of each, and the contrast of every piece of text. */
  async schemes() {
    const seen = {};
    for (const colorScheme of ["light", "dark"]) {
      const page = await opened({ colorScheme });
      seen[colorScheme] = { texts: [] };
      for (const model of await models(page)) {
        await choose(page, model);
        await page.screenshot({ path: `${folder}/${colorScheme}_${model.replace("/", "_")}.png`, fullPage: true });
        seen[colorScheme].texts.push(...(await page.evaluate(contrasts)));
      }
      seen[colorScheme].paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      seen[colorScheme].ink = await page.evaluate(() => getComputedStyle(document.querySelector("#seen")).filter);
      await page.context().close();
    }
    return seen;
  },

  /** How far things jump while the page loads and is used, and whether bars move for those who want no motion. */
  async steadiness() {
    const watch = (page) =>
      page.addInitScript(() => {
        window.shifts = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.shifts += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
      });
    const page = await opened({}, watch);
    for (const model of await models(page)) {
      await choose(page, model);
      for (const row of await page.locator("#rows tr:has(input:enabled)").all()) await row.hover();
      await draw(page, ZERO);
      await page.locator("#gallery label").nth(3).click();
      await settled(page);
    }
    const transition = (of) => of.$eval(".bars i", (bar) => getComputedStyle(bar).transitionDuration);
    const still = await opened({ reducedMotion: "reduce" });
    const shifts = await page.evaluate(() => window.shifts);
    return { shifts, moving: await transition(page), still: await transition(still) };
  },

  /** What is said where something is missing, and where the page was opened as a file. */
  async broken() {
    const without = (name) => (page) => page.route(`**/${name}`, (route) => route.fulfill({ status: 404 }));
    const dense = await text(await opened({}, without("dense.onnx")), "#lack");
    const missing = await open({}, without("class0.mjs"));
    await missing.waitForFunction(() => !document.querySelector("#status").textContent.startsWith("Loading"));
    const specialist = await text(missing, "#status");
    const file = await (await browser.newContext()).newPage();
    await file.goto(`file://${site}/index.html`);
    await file.waitForFunction(() => getComputedStyle(document.querySelector("#unserved")).visibility === "visible");
    return { dense, specialist, file: await text(file, "#unserved") };
  },
};

try {
  const seen = await scenarios[scenario]();
  const elsewhere = requests.filter((request) => !request.startsWith(`${origin}/`));
  console.log(JSON.stringify({ ...seen, elsewhere }));
} finally {
  await browser.close();
}
