// Release __RELEASE__. Reloads when the worker has unregistered itself, at most once a minute to avoid a loop.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    const last = Number(sessionStorage.getItem("reloaded"));
    if (data?.type !== "SW_SELF_DESTRUCT" || Date.now() - last < 60_000) return;
    sessionStorage.setItem("reloaded", String(Date.now()));
    if (document.readyState === "complete") location.reload();
    else addEventListener("load", () => location.reload());
  });
  navigator.serviceWorker.register("/sw.js");
}
