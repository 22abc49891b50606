"use client";

import { useEffect, useRef, useState } from "react";
import { Workbox } from "workbox-window";

/** Offers the new version while its worker is waiting; accepting activates it and reloads. */
export function Pwa() {
  const workbox = useRef<Workbox | null>(null);
  const [waiting, setWaiting] = useState(false);

  useEffect(() => {
    if (!("serviceWorker" in navigator) || workbox.current) return;
    const wb = new Workbox("/sw.js");
    workbox.current = wb;
    wb.addEventListener("waiting", () => setWaiting(true));
    wb.addEventListener("controlling", (event) => {
      if (event.isUpdate) window.location.reload();
    });
    void wb.register();
  }, []);

  if (!waiting) return null;
  return (
    <p role="status">
      New version available{" "}
      <button id="accept-update" onClick={() => workbox.current?.messageSkipWaiting()}>
        Update
      </button>
    </p>
  );
}
