// Looks at a page from a world of its own, which the page can neither see nor touch.
(marks, watch) => {
  const { signs } = marks;
  const find = (selector) => (selector ? document.querySelector(selector) : null);
  const shown = (selector) => (selector ? find(selector) !== null : null);
  const undescribed = { described: false, value: null };
  const named = (mark) => {
    const element = find(mark.selector);
    const value = element && (mark.attribute ? element.getAttribute(mark.attribute) : element.textContent)?.trim();
    return { described: true, value: value ? (signs.named[value] ?? value) : null };
  };
  const local = (name) => {
    const url = new URL(name, document.baseURI);
    return url.origin === location.origin ? url.pathname + url.search : url.href;
  };
  // The one release that all these are signs of, as far as they are.
  const release = (releases) => {
    const known = [...new Set(releases.filter(Boolean))];
    return known.length === 1 ? known[0] : null;
  };
  const text = () => [...document.childNodes].map((node) => node.outerHTML ?? node.data ?? "").join("\n");
  let told = null;
  const page = () => {
    if (marks.page) return named(marks.page);
    // A document does not change its release.
    if (told === null || document.readyState !== "complete") told = tells();
    return told;
  };
  const tells = () => {
    const links = document.querySelectorAll("script[src], link[rel~=stylesheet], link[rel*=preload]");
    const assets = [...links].map((link) => signs.assets[local(link.src ?? link.href)]);
    const of = release(assets);
    if (of) return { described: true, value: of };
    if (document.readyState === "loading" || assets.some(Boolean)) return undescribed;
    if (signs.pages.includes(location.pathname)) return { described: true, value: null };
    const words = Object.keys(signs.words);
    const written = words.length ? text() : "";
    const said = release(words.filter((word) => written.includes(word)).map((word) => signs.words[word]));
    return said ? { described: true, value: said } : undescribed;
  };
  const code = () => {
    if (marks.code) return named(marks.code);
    if (!Object.keys(signs.assets).length) return undescribed;
    const run = performance.getEntriesByType("resource").filter((entry) => entry.initiatorType === "script");
    const of = release(run.filter(({ responseStatus }) => responseStatus < 400).map(({ name }) => signs.assets[local(name)]));
    return of ? { described: true, value: of } : undescribed;
  };
  const look = () =>
    JSON.stringify({
      url: location.href,
      title: document.title,
      hydrated: shown(marks.hydrated),
      page: page(),
      code: code(),
      lazy: shown(marks.lazy),
      update: shown(marks.update),
      draft: find(marks.draft)?.value ?? null,
      saved: shown(marks.saved),
      controlled: Boolean(navigator.serviceWorker?.controller),
    });
  if (!watch) return look();
  let last;
  const report = () => {
    const now = look();
    if (now === last) return;
    last = now;
    globalThis[watch]?.(now);
  };
  new MutationObserver(report).observe(document, {
    attributes: true,
    characterData: true,
    childList: true,
    subtree: true,
  });
  document.addEventListener("readystatechange", report);
  document.addEventListener("input", report, true);
  navigator.serviceWorker?.addEventListener("controllerchange", report);
  report();
}
