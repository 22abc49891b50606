"use strict";
// The page is readable without this script, which only adds the filter and keyboard navigation.
(() => {
  const cells = [...document.querySelectorAll("details.cell")];
  const form = document.querySelector("form.filter");
  const status = form.querySelector("[role=status]");
  form.hidden = false;

  const apply = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const wrong = form.elements.wrong.checked;
    let shown = 0;
    for (const cell of cells) {
      const fits = cell.dataset.text.toLowerCase().includes(text);
      const counts = !wrong || cell.matches(".bad, .broken");
      cell.hidden = !(fits && counts);
      shown += cell.hidden ? 0 : 1;
    }
    for (const variant of document.querySelectorAll("section.variant")) {
      variant.hidden = !variant.querySelector("details.cell:not([hidden])");
    }
    status.textContent = text || wrong ? `${shown} of ${cells.length} cells` : "";
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());

  const move = (step) => {
    const shown = cells.filter((cell) => !cell.hidden);
    const here = shown.findIndex((cell) => cell.contains(document.activeElement));
    const next = here < 0 ? (step > 0 ? 0 : shown.length - 1) : here + step;
    shown[next]?.querySelector("summary").focus();
    shown[next]?.scrollIntoView({ block: "nearest" });
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=search]")) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "o") {
      const cell = document.activeElement.closest("details.cell");
      if (cell) cell.open = !cell.open;
    } else if (event.key === "/") form.elements.text.focus();
    else return;
    event.preventDefault();
  });

  // A link to a cell shows it, even if the filter has hidden it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    const cell = target.closest("details.cell");
    if (cell) {
      cell.hidden = false;
      cell.closest("section.variant").hidden = false;
      cell.open = true;
    }
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
