// A table of what the sources state that letrozole brings on, of itself and through the classes it belongs to.
import createClient from "openapi-fetch";
import type { paths } from "./generated/api.js";

type Json = "application/json" | "application/problem+json"; // The same lists come as CSV and more.
const client = createClient<paths, Json>({ baseUrl: process.env.KB_URL ?? "http://localhost:8000" });
const { data, error } = await client.GET("/api/v1/side-effects/", {
  params: { query: { treatment: ["letrozole"], page_size: 200 } },
});
if (!data) throw new Error(error.detail);

const row = (...cells: string[]) => [19, 8, 11, 11, 22, 28, 0].map((width, i) => (cells[i] ?? "").padEnd(width)).join("");
console.log(row("symptom", "effect", "frequency", "basis", "said of", "population", "where"));
for (const sideEffect of data.results) {
  const { symptom, effect, frequency, basis, treatment, population } = sideEffect;
  const where = sideEffect.citations.map((passage) => `${passage.source.slug}:${passage.first_line}`).join(", ");
  console.log(row(symptom.name, effect, frequency, basis ?? "", treatment.name, population, where));
}
for (const flag of data.red_flags) console.log(`! ${flag.text}`);
