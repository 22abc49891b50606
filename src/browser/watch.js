// Looks at a page from a world of its own, which the page can neither see nor touch.
(marks, watch) => {
  const find = (selector) => (selector ? document.querySelector(selector) : null);
  const shown = (selector) => (selector ? find(selector) !== null : null);
  const named = (mark) => {
    if (!mark) return { described: false, value: null };
    const element = find(mark.selector);
    const value = element && (mark.attribute ? element.getAttribute(mark.attribute) : element.textContent);
    return { described: true, value: value ? value.trim() : null };
  };
  const look = () =>
    JSON.stringify({
      url: location.href,
      title: document.title,
      hydrated: shown(marks.hydrated),
      page: named(marks.page),
      code: named(marks.code),
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
