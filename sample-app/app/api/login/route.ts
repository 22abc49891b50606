import { randomUUID } from "node:crypto";
import { cookies } from "next/headers";

export const dynamic = "force-dynamic";

async function login() {
  (await cookies()).set("session", randomUUID(), { httpOnly: true, sameSite: "lax", path: "/" });
  return Response.json({ loggedIn: true }, { headers: { "cache-control": "no-store" } });
}

export { login as GET, login as POST };

export async function DELETE() {
  (await cookies()).delete("session");
  return Response.json({ loggedIn: false }, { headers: { "cache-control": "no-store" } });
}
