// Swagger UI as a place to work: slugs are offered with their names, operations are found by any of their words.
"use strict";

const root = document.getElementById("swagger-ui");
const NAMED = ["name", "brand_names", "text"]; // What tells a reader which record a slug means.
const found = new Map(); // The records of each kind, asked for once.

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

function title(name) {
  const spaced = name.replace(/^Paginated(.+)List$/, "$1Page").replace(/Detail$/, ", in full").replace(/(?<=[a-z])(?=[A-Z])/g, " ");
  return spaced[0] + spaced.slice(1).toLowerCase();
}

// Every published record of a kind, each as an option: its slug, and its names as far as the kind has any.
async function records(kind, description) {
  const address = Object.keys(description.paths).find((path) => path.endsWith(`/${kind}/`));
  const shape = ({ $ref, allOf = [], properties }) =>
    $ref ? shape(description.components.schemas[$ref.split("/").pop()]) : Object.assign({}, ...allOf.map(shape), properties);
  const page = description.paths[address].get.responses["200"].content["application/json"].schema;
  const named = NAMED.filter((field) => field in shape(shape(page).results.items));
  const options = [];
  for (let next = `${address}?fields=${["slug", ...named]}&page_size=200`; next; ) {
    const answer = await (await fetch(next)).json();
    for (const record of answer.results) {
      const names = named.flatMap((field) => record[field]);
      options.push(new Option(names.join(" · "), record.slug));
    }
    next = answer.next;
  }
  return options;
}

// The list from which an input offers records; an input without one stays as it is when they cannot be had.
function offering(kinds, system) {
  const id = `offer-${kinds.join("-")}`;
  if (!document.getElementById(id)) {
    const list = document.createElement("datalist");
    list.id = id;
    document.body.append(list);
    for (const kind of kinds) {
      if (!found.has(kind)) found.set(kind, records(kind, system.specSelectors.specJson().toJS()));
      found.get(kind).then(
        (options) => list.append(...options.map((option) => option.cloneNode(true))),
        () => { found.delete(kind); list.remove(); },
      );
    }
  }
  return id;
}

const Workplace = (system) => {
  const h = system.React.createElement;

  // Gives controls a name, which Swagger UI shows beside them only, or not at all.
  const named = (name) => (node) => {
    for (const control of node?.querySelectorAll("input, select, textarea") ?? []) {
      control.setAttribute("aria-label", name);
      if (control.placeholder) control.placeholder = name;
    }
  };

  // A slug of which the description says whose it is takes the component for records, in a list as well.
  const marked = (schema) => {
    if (schema?.has?.("x-records")) return schema.set("format", "record");
    return schema?.hasIn?.(["items", "x-records"]) ? schema.setIn(["items", "format"], "record") : schema;
  };

  const Records = (props) => {
    const offer = (event) => event.target.setAttribute("list", offering(props.schema.get("x-records").toJS(), system));
    return h("span", { className: "records", onFocus: offer }, h(system.getComponent("JsonSchema_string"), props));
  };

  return {
    components: { JsonSchema_string_record: Records },
    wrapComponents: {
      ExamplesSelect: (Original) => (props) => h("div", { ref: named("Examples") }, h(Original, props)),
      FilterContainer: (Original) => (props) => h("div", { ref: named("Find an operation by any of its words") }, h(Original, props)),
      JsonSchemaForm: (Original) => (props) => {
        const fn = {
          ...props.fn,
          // What is added to a list begins empty, not as the word “string”.
          getSampleSchema: (...asked) => {
            const sample = props.fn.getSampleSchema(...asked);
            return sample === "string" ? "" : sample;
          },
          getSchemaObjectTypeLabel: () => "another",
        };
        return h("div", { ref: named(props.description) }, h(Original, { ...props, fn, schema: marked(props.schema) }));
      },
    },
    statePlugins: {
      spec: {
        wrapActions: {
          // Schemas go by names that people read: SideEffectDetail by “Side effect, in full”.
          updateJsonSpec: (original) => (description) => {
            for (const [name, schema] of Object.entries(description.components?.schemas ?? {})) schema.title ??= title(name);
            delete description.servers; // It asks the service that it stands on.
            return original(description);
          },
        },
      },
      layout: {
        wrapActions: {
          // As Swagger UI does it, which however reads the underscores of operations as spaces, and complains of them.
          parseDeepLinkHash: (original, { layoutActions, layoutSelectors }) => (hash) => {
            const [kind, tag, ...operation] = layoutSelectors.isShownKeyFromUrlHashArray(hash.replace(/^#!?\/?/, "").split("/"));
            if (!kind) return;
            layoutActions.show(["operations-tag", tag], true);
            layoutActions.show([kind, tag, ...operation], true);
            layoutActions.scrollTo([kind, tag, ...operation]);
          },
        },
      },
    },
    fn: {
      // Operations of which every word is said: in the group, address, summary or description, in a parameter or a
      // value that it takes, or by the media type or the format of an answer.
      opsFilter: (groups, phrase) => {
        const words = phrase.toLowerCase().split(/\s+/);
        const description = system.specSelectors.specJson().toJS();
        const follow = (node) => (node.$ref ? node.$ref.split("/").slice(1).reduce((part, name) => part[name], description) : node);
        const values = (schema = {}) => [schema.enum, schema.items && follow(schema.items).enum];
        const holds = (...told) => words.every((word) => told.join(" ").toLowerCase().includes(word));
        const told = (op) => {
          const { summary, description: text, parameters = [], responses = {}, ...rest } = description.paths[op.get("path")][op.get("method")];
          const taken = parameters.map(follow).flatMap((each) => [each.name, each.description, values(follow(each.schema))]);
          const content = Object.entries(follow(responses["200"] ?? {}).content ?? {});
          const answered = content.flatMap(([type, { schema }]) => [type, follow(schema).description]);
          return [op.get("path"), summary, text, rest["x-keywords"], ...taken, ...answered];
        };
        return groups
          .map((group, tag) => {
            const about = group.getIn(["tagDetails", "description"]);
            return group.update("operations", (ops) => ops.filter((op) => holds(tag, about, ...told(op))));
          })
          .filter((group) => group.get("operations").size);
      },
    },
  };
};

SwaggerUIBundle({
  ...JSON.parse(root.dataset.settings),
  url: root.dataset.schema,
  domNode: root,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [Workplace],
  layout: "BaseLayout",
});
