import { Form } from "./form";

export default function FormPage() {
  return (
    <>
      <h1>Form</h1>
      <Form />
    </>
  );
}
