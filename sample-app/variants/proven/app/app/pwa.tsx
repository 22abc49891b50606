"use client";

import { useEffect, useState } from "react";
import { RELEASE } from "./release";

/** Unregisters the worker and deletes its caches; pages come from the network from their next load on. */
async function forget() {
  const registrations = await navigator.serviceWorker.getRegistrations();
  await Promise.all(registrations.map((registration) => registration.unregister()));
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
}

/**
 * Registers the worker, reports the release of this page to it, and offers a reload once the worker has another one.
 * Only the user reloads: the page keeps working with its own files as long as it stays open.
 */
export function Pwa() {
  const [outdated, setOutdated] = useState(false);

  useEffect(() => {
    if (process.env.NODE_ENV !== "production" || !("serviceWorker" in navigator)) return;
    const { serviceWorker } = navigator;

    const answer = ({ data, ports }: MessageEvent) => {
      if (data?.type !== "worker-release") return;
      ports[0]?.postMessage(RELEASE);
      setOutdated(data.release !== RELEASE);
    };
    const greet = () => serviceWorker.controller?.postMessage({ type: "page-ready" });
    const check = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        const registration = await serviceWorker.register("/sw.js", { updateViaCache: "none" });
        if (registration.active) await registration.update();
      } catch {
        // The new worker could not be loaded; the active one keeps running, and the next check tries again. If the
        // script is gone, browsers would keep the old worker forever.
        const { status } = await fetch("/sw.js", { method: "HEAD", cache: "no-store" }).catch(() => Response.error());
        if (status === 404 || status === 410) await forget();
      }
    };

    serviceWorker.addEventListener("message", answer);
    serviceWorker.addEventListener("controllerchange", greet);
    document.addEventListener("visibilitychange", check);
    window.addEventListener("online", check);
    greet();
    void check();
    return () => {
      serviceWorker.removeEventListener("message", answer);
      serviceWorker.removeEventListener("controllerchange", greet);
      document.removeEventListener("visibilitychange", check);
      window.removeEventListener("online", check);
    };
  }, []);

  if (!outdated) return null;
  return (
    <p role="status">
      A new version is ready.{" "}
      <button id="accept-update" onClick={() => window.location.reload()}>
        Reload this tab
      </button>
    </p>
  );
}
