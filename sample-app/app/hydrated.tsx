"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Marks the document once client code has taken over; the value is the release of that code. */
export function Hydrated() {
  useEffect(() => {
    document.documentElement.dataset.hydrated = RELEASE;
  }, []);
  return null;
}
