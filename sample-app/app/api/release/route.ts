import { RELEASE } from "../../release";

export const dynamic = "force-dynamic";

export function GET() {
  return Response.json({ release: RELEASE }, { headers: { "cache-control": "no-store" } });
}
