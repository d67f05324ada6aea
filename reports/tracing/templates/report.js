// SPDX-License-Identifier: Apache-2.0
"use strict";
(() => {
  const form = document.getElementById("filters");
  const kernels = new Set([...document.querySelectorAll(".kernel")].map((card) => card.dataset.kernel));
  const items = [...document.querySelectorAll(".item")].map((element) => ({
    element,
    section: element.closest(".requirement"),
    words: element.querySelector("summary").textContent.toLowerCase() + element.id.toLowerCase(),
    cells: [...element.querySelectorAll(".cell")],
  }));

  function matches(item, wanted) {
    const { requirement, kernel, verdict, text } = wanted;
    return (!requirement || item.section.dataset.requirement === requirement)
      && (!text || item.words.includes(text.trim().toLowerCase()))
      && (!verdict || item.cells.some((cell) => cell.dataset.verdict === verdict
        && (!kernel || cell.dataset.kernel === kernel)));
  }

  function apply() {
    const wanted = Object.fromEntries(new FormData(form));
    for (const element of document.querySelectorAll("[data-kernel]")) {
      element.hidden = Boolean(wanted.kernel) && element.dataset.kernel !== wanted.kernel;
    }
    document.body.style.setProperty("--kernels", wanted.kernel ? 1 : kernels.size);
    let shown = 0;
    const used = new Set();
    for (const item of items) {
      item.element.hidden = !matches(item, wanted);
      if (!item.element.hidden) {
        shown += 1;
        used.add(item.section);
      }
    }
    for (const section of document.querySelectorAll(".requirement")) {
      section.hidden = !used.has(section);
    }
    for (const row of document.querySelectorAll(".matrix tr[data-requirement]")) {
      row.hidden = Boolean(wanted.requirement) && row.dataset.requirement !== wanted.requirement;
    }
    form.elements.shown.value = `${shown} of ${items.length} items`;
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields have their new values only after the reset event.
  form.addEventListener("reset", () => setTimeout(apply));
  form.hidden = false;
  apply();
})();
