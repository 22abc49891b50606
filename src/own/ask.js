// Requests pages from the server, bypassing workers and caches: where each is after redirects, and the assets and words
// of its document. What differs between two responses is left out.
async (paths) => {
  const local = (url) => (url.origin === location.origin ? url.pathname + url.search : url.href);
  const ask = async (path) => {
    const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const answer = await fetch(path, { cache: "no-store", headers, signal: AbortSignal.timeout(20000) });
    const html = (answer.headers.get("content-type") ?? "").includes("html");
    const text = html ? (await answer.text()).slice(0, 4_000_000) : "";
    const document = new DOMParser().parseFromString(text, "text/html");
    const base = new URL(document.querySelector("base[href]")?.getAttribute("href") ?? "", answer.url);
    const named = [
      ...[...document.querySelectorAll("script[src]")].map((one) => one.getAttribute("src")),
      ...[...document.querySelectorAll("link[href]")]
        .filter((one) => /\b(stylesheet|preload|modulepreload)\b/i.test(one.rel))
        .map((one) => one.getAttribute("href")),
    ];
    const assets = named.flatMap((name) => (URL.canParse(name, base) ? [local(new URL(name, base))] : []));
    const words = text.match(/[A-Za-z0-9_-]{8,64}/g) ?? [];
    return { at: new URL(answer.url).pathname, status: answer.status, html, assets, words };
  };
  const both = (one, other) => [...new Set(one)].filter((name) => other.includes(name));
  const page = async (path) => {
    try {
      const [one, other] = [await ask(path), await ask(path)];
      const words = new Set(other.words);
      return {
        ...one,
        path,
        assets: both(one.assets, other.assets),
        words: [...new Set(one.words)].filter((word) => words.has(word)),
      };
    } catch (error) {
      return { path, at: path, status: 0, html: false, assets: [], words: [], error: String(error) };
    }
  };
  const pages = [];
  for (const path of paths) pages.push(await page(path));
  return JSON.stringify(pages);
}
