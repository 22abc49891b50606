import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { Hydrated } from "./hydrated";
import { Pwa } from "./pwa";
import { RELEASE } from "./release";
import "./style.css";

export const metadata: Metadata = {
  title: "Sample",
  description: "A small app whose deploys are checked",
  manifest: "/manifest.webmanifest",
  icons: "/icon.svg",
  other: { release: RELEASE },
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">Home</Link> <Link href="/lazy">Lazy</Link> <Link href="/form">Form</Link>
        </nav>
        <main>{children}</main>
        <Pwa />
        <Hydrated />
        {/* Empty here; variants that differ only in their worker replace it after the build. */}
        <script src="/client.js" defer />
      </body>
    </html>
  );
}
