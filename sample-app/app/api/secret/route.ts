import { cookies } from "next/headers";

export const dynamic = "force-dynamic";

const headers = { "cache-control": "private, no-store" };

/** Private data of the logged-in user; it must never be cached. */
export async function GET() {
  const session = (await cookies()).get("session");
  if (!session) {
    return Response.json({ error: "not logged in" }, { status: 401, headers });
  }
  return Response.json({ secret: `secret of ${session.value}` }, { headers });
}
