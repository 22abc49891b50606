import { Opener } from "./opener";

export default function LazyPage() {
  return (
    <>
      <h1>Lazy</h1>
      <Opener />
    </>
  );
}
