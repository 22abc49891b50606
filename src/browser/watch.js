// Observes a page from an isolated world, which the page can neither see nor change.
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
  // The one release that all of these identify, if they do.
  const release = (releases) => {
    const known = [...new Set(releases.filter(Boolean))];
    return known.length === 1 ? known[0] : null;
  };
  const text = () => [...document.childNodes].map((node) => node.outerHTML ?? node.data ?? "").join("\n");
  const signOf = (name) => signs.assets[local(name)];
  // Requests stay known after their elements are gone; some frameworks remove them.
  const fetched = () => performance.getEntriesByType("resource");
  const tells = () => {
    const links = document.querySelectorAll("script[src], link[rel~=stylesheet], link[rel*=preload]");
    const assets = [...links].map((link) => signOf(link.src ?? link.href));
    const of = release(assets);
    if (of) return { described: true, value: of };
    if (document.readyState === "loading" || assets.some(Boolean)) return undescribed;
    const words = Object.keys(signs.words);
    const written = words.length ? text() : "";
    const said = release(words.filter((word) => written.includes(word)).map((word) => signs.words[word]));
    if (said) return { described: true, value: said };
    const bare = signs.pages.includes(location.pathname) && !fetched().some(({ name }) => signOf(name));
    return bare ? { described: true, value: null } : undescribed;
  };
  // The release of a document does not change: once known, it stays, whatever happens to its elements.
  const page = () => {
    if (marks.page) return named(marks.page);
    const known = globalThis.swapcheckTold;
    if (known?.value) return known;
    if (!known || document.readyState !== "complete" || !watch) globalThis.swapcheckTold = tells();
    return globalThis.swapcheckTold;
  };
  const code = () => {
    if (marks.code) return named(marks.code);
    if (!Object.keys(signs.assets).length) return undescribed;
    // A preloaded script is not fetched again by its script element.
    const scripts = new Set([...document.scripts].map((script) => script.src));
    const ran = ({ name, initiatorType }) => initiatorType === "script" || scripts.has(name);
    const run = fetched().filter((entry) => ran(entry) && entry.responseStatus < 400);
    const of = [...new Set(run.map(({ name }) => signOf(name)).filter(Boolean))].sort();
    return of.length ? { described: true, value: of.join(" and ") } : undescribed;
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
