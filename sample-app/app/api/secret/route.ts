import { cookies } from "next/headers";

export const dynamic = "force-dynamic";

const headers = { "cache-control": "private, no-store" };

/** Something only the logged-in user may see; it must never reach a cache. */
export async function GET() {
  const session = (await cookies()).get("session");
  if (!session) {
    return Response.json({ error: "not logged in" }, { status: 401, headers });
  }
  return Response.json({ secret: `secret of ${session.value}` }, { headers });
}
