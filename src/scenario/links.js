// The pages of this site that the start page links to, in document order. Leaves out links that may end a session or
// change something.
() => {
  const risky = /log[-_\s]?(out|off)|sign[-_\s]?(out|off)|delete|remove|unsubscribe|cancel|checkout|cart|buy|\/api\/|\/auth\//i;
  const file = /\.(?!html?$|php$|aspx?$)[a-z0-9]{1,8}$/i;
  const seen = new Set([location.pathname]);
  const links = [];
  for (const link of document.querySelectorAll("a[href]")) {
    let url;
    try {
      url = new URL(link.href);
    } catch {
      continue;
    }
    const path = url.pathname;
    if (url.origin !== location.origin || url.search || file.test(path) || seen.has(path)) continue;
    if (link.hasAttribute("download") || link.relList.contains("nofollow")) continue;
    if (link.target && link.target !== "_self") continue;
    if (risky.test(path) || risky.test(link.textContent ?? "")) continue;
    seen.add(path);
    links.push({ path, selector: `a[href=${JSON.stringify(link.getAttribute("href"))}]` });
    if (links.length === 24) break;
  }
  return JSON.stringify(links);
}
