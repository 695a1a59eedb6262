// The five ways to ask, each with its typed answer: a list, a filter, a record, a question, and a mistake.
import createClient from "openapi-fetch";
import type { paths } from "./generated/api.js";

type Json = "application/json" | "application/problem+json"; // The same lists come as CSV and more.
const client = createClient<paths, Json>({ baseUrl: process.env.KB_URL ?? "http://localhost:8000" });

const listed = await client.GET("/api/v1/treatments/", { params: { query: { page_size: 3, ordering: ["name"] } } });
if (!listed.data) throw new Error(listed.error.detail);
console.log(`list: ${listed.data.count} treatments, the first ${listed.data.results.map((treatment) => treatment.name).join(", ")}`);

const filtered = await client.GET("/api/v1/side-effects/", {
  params: { query: { treatment: ["letrozole"], frequency: ["common"], page_size: 200 } },
});
if (!filtered.data) throw new Error(filtered.error.detail);
const classes = [...new Set(filtered.data.results.map((sideEffect) => sideEffect.treatment.slug))].sort();
console.log(`filter: ${filtered.data.count} common side effects, said of ${classes.join(" ")}`);

const letrozole = await client.GET("/api/v1/treatments/{slug}/", { params: { path: { slug: "letrozole" } } });
if (!letrozole.data) throw new Error(letrozole.error.detail);
console.log(`detail: ${[...(letrozole.data.breadcrumbs[0] ?? []), letrozole.data].map((entry) => entry.name).join(" > ")}`);

const explained = await client.GET("/api/v1/explain/", {
  params: { query: { symptom: "bone-pain", taking: ["docetaxel", "paracetamol"] } },
});
if (!explained.data) throw new Error(explained.error.detail);
for (const suspect of explained.data.taking) console.log(`question: ${suspect.treatment.name}: ${suspect.says}`);

const refused = await client.GET("/api/v1/side-effects/", { params: { query: { treatment: ["letrozol"] } } });
if (!refused.error) throw new Error("This should be a problem.");
for (const { parameter, nearest } of refused.error.errors ?? []) {
  console.log(`error: ${refused.error.status} ${parameter} is wrong, the nearest is ${nearest}`);
}
