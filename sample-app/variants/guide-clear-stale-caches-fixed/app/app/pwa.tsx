"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Deletes caches and workers on the first load of a new version, and reloads. */
async function clearStaleCaches() {
  if (!("caches" in window)) return;
  const stored = localStorage.getItem("app_version");
  const once = `cleared_for_${RELEASE}`; // Two alternating servers would reload the tab forever.
  if (!stored || stored === RELEASE || sessionStorage.getItem(once)) {
    localStorage.setItem("app_version", RELEASE);
    return;
  }
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  const registrations = await navigator.serviceWorker.getRegistrations();
  await Promise.all(registrations.map((registration) => registration.unregister()));
  localStorage.setItem("app_version", RELEASE);
  sessionStorage.setItem(once, "yes");
  window.location.reload();
}

export function Pwa() {
  useEffect(() => {
    void clearStaleCaches();
  }, []);
  return null;
}
