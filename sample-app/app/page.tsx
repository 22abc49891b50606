import { RELEASE } from "./release";

export default function Home() {
  return (
    <>
      <h1>Home</h1>
      <p>
        This is release <b id="release">{RELEASE}</b>.
      </p>
    </>
  );
}
