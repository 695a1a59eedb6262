/* Keys for people who work in forms all day, and a word before unsaved work is left behind. */
(() => {
  const button = (name) => document.querySelector(`[type=submit][name=${name}]`);
  const press = (event, name) => {
    if (button(name)) {
      event.preventDefault();
      button(name).click();
    }
  };
  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.metaKey;
    const search = document.getElementById("find");
    if (held && event.key === "s") press(event, "_save");
    else if (held && event.key === "Enter") press(event, "_send");
    else if (event.key === "/" && search && !event.target.closest("input, textarea, select, .select2-container")) {
      event.preventDefault();
      search.focus();
    }
  });
  // Fields in which records are chosen (Select2): named by their labels, and focused where their field is to be focused.
  const nameField = (select) => {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const container = select.nextElementSibling;
    if (!label || !container?.matches(".select2-container")) return;
    label.id ||= `${select.id}_label`;
    const search = container.querySelector(".select2-search__field");
    const selection = container.querySelector("[role=combobox]");
    const list = container.querySelector("ul.select2-selection__rendered");
    const chosen = container.querySelector("span.select2-selection__rendered");
    if (search) search.setAttribute("aria-labelledby", label.id);
    if (list) list.setAttribute("role", "presentation"); // It holds more than items.
    if (chosen) chosen.setAttribute("aria-labelledby", label.id);
    if (selection) {
      selection.setAttribute("aria-labelledby", `${label.id} ${selection.getAttribute("aria-labelledby") ?? ""}`.trim());
    }
  };
  const nameFields = () => {
    document.querySelectorAll("select.select2-hidden-accessible").forEach(nameField);
    if (document.activeElement?.matches("select.select2-hidden-accessible")) focusChoice(document.activeElement);
  };
  window.addEventListener("load", () => window.django?.jQuery?.(nameFields)); // After the fields are made.
  const focusChoice = (select) => {
    select.nextElementSibling?.querySelector(".select2-search__field, .select2-selection")?.focus();
  };
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("select.select2-hidden-accessible")) focusChoice(event.target);
  });
  if (button("_save")) {
    const { form } = button("_save");
    let unsaved = false;
    form.addEventListener("input", () => { unsaved = true; });
    form.addEventListener("submit", () => { unsaved = false; });
    window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  }
})();
