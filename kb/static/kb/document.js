/* Marking lines of a document by a click on their text; with Shift, all lines up to the one marked before. */
(() => {
  const table = document.querySelector(".document-lines");
  if (!table) return;
  const boxes = [...table.querySelectorAll("input[name=line]")];
  let last = null;
  const show = (box) => box.closest("tr").classList.toggle("marked", box.checked);
  const mark = (box, isRange) => {
    if (isRange && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((other) => {
        other.checked = box.checked;
        show(other);
      });
    }
    show(box);
    last = box;
  };
  boxes.forEach((box) => {
    show(box);
    box.addEventListener("click", (event) => mark(box, event.shiftKey));
  });
  table.addEventListener("mousedown", (event) => {
    if (event.shiftKey) event.preventDefault(); // Else the text in between is selected.
  });
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    const box = row && row.querySelector("input[name=line]");
    if (!box || event.target.closest("a, input, summary, details") || String(getSelection())) return;
    box.checked = !box.checked;
    mark(box, event.shiftKey);
  });
})();
