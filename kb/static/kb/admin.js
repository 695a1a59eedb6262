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
  if (button("_save")) {
    const { form } = button("_save");
    let unsaved = false;
    form.addEventListener("input", () => { unsaved = true; });
    form.addEventListener("submit", () => { unsaved = false; });
    window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  }
})();
