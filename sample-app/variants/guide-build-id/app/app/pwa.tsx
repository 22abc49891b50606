"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Clears every cache on the first load of a new release, as the guide proposes. */
export function Pwa() {
  useEffect(() => {
    const seen = localStorage.getItem("build_id");
    if (!seen || seen === RELEASE || !("caches" in window)) {
      localStorage.setItem("build_id", RELEASE);
      return;
    }
    void (async () => {
      const names = await caches.keys();
      await Promise.all(names.map((name) => caches.delete(name)));
      localStorage.setItem("build_id", RELEASE);
    })();
  }, []);
  return null;
}
