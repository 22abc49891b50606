"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Marks the document once it is hydrated; the value is the release of the client code. */
export function Hydrated() {
  useEffect(() => {
    document.documentElement.dataset.hydrated = RELEASE;
  }, []);
  return null;
}
