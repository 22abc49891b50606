import { Draft } from "./draft";

export default function FormPage() {
  return (
    <>
      <h1>Form</h1>
      <form action="/api/release" method="get">
        <label htmlFor="draft">Draft</label>
        <Draft />
        <button type="submit">Send</button>
      </form>
    </>
  );
}
