"use client";

import { useEffect, useState } from "react";
import { RELEASE } from "./release";

/**
 * Registers the worker, tells it which release this page is, and offers a reload once the worker is of another one.
 * Only the user reloads: the page works on with its own files for as long as it stays open.
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
        // The server has no good worker just now; what runs goes on, and the next check tries again.
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
