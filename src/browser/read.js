// Reads URLs of its own origin, from a page that bypasses the worker.
async (urls, seconds) => {
  const LONGEST = 16 * 1024 * 1024;
  const body = async (answer) => {
    const pieces = [];
    let length = 0;
    const reader = answer.body?.getReader();
    for (let piece; reader && !(piece = await reader.read()).done; ) {
      length += piece.value.length;
      if (length > LONGEST) return reader.cancel().then(() => null);
      pieces.push(piece.value);
    }
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  };
  const digest = async (bytes) => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const assets = (html, url) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const base = page.querySelector("base[href]")?.getAttribute("href") ?? "";
    const links = page.querySelectorAll("script[src], link[rel~=stylesheet][href], link[rel~=modulepreload][href]");
    const names = [...links].map((link) => link.getAttribute("src") ?? link.getAttribute("href"));
    return names.map((name) => new URL(name, new URL(base, url)).href);
  };
  const read = async (url) => {
    try {
      const signal = AbortSignal.timeout(seconds * 1000);
      const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal });
      const type = answer.headers.get("content-type") ?? "";
      const told = { content_type: type, cache_control: answer.headers.get("cache-control") ?? "" };
      if (answer.type === "opaqueredirect") return { ...told, status: 302, hash: "", assets: [] };
      const bytes = await body(answer);
      const html = bytes && type.includes("html") ? new TextDecoder().decode(bytes) : "";
      const hash = bytes ? await digest(bytes) : "";
      return { ...told, status: answer.status, hash, assets: html ? assets(html, url) : [] };
    } catch {
      return null;
    }
  };
  return Promise.all(urls.map(read));
}
