"use strict";
// Filters the requirements, and opens what a link or a printer needs. Without it the page is
// complete, only not filterable.
(() => {
  const find = (id) => document.getElementById(id);
  const form = find("filter");
  const rows = [...document.querySelectorAll("#requirements .req")].map((element) => ({
    element,
    verdict: element.dataset.verdict,
    level: element.dataset.level,
    chapter: element.closest(".chapter").dataset.chapter,
    words: element.textContent.toLowerCase(),
  }));
  const chapters = [...document.querySelectorAll("#requirements .chapter")];

  function wanted() {
    const verdicts = [...form.querySelectorAll("[name=verdict]:checked")].map((box) => box.value);
    const words = find("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const chapter = find("chapter").value;
    const level = find("level").value;
    return (row) =>
      (verdicts.length === 0 || verdicts.includes(row.verdict)) &&
      (chapter === "" || row.chapter === chapter) &&
      (level === "" || row.level === level) &&
      words.every((word) => row.words.includes(word));
  }

  function apply() {
    const keep = wanted();
    let shown = 0;
    for (const row of rows) {
      const kept = keep(row);
      row.element.hidden = !kept;
      shown += kept;
    }
    for (const chapter of chapters) {
      chapter.hidden = chapter.querySelector(".req:not([hidden])") === null;
    }
    find("shown").value = `${shown} of ${rows.length} shown`;
    find("nothing").hidden = shown > 0 || rows.length === 0;
  }

  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches("details")) return;
    if (target.hidden) form.reset();
    target.open = true;
    target.scrollIntoView();
  }

  function openAll() {
    for (const row of rows) if (!row.element.hidden) row.element.open = true;
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  find("open").addEventListener("click", openAll);
  find("close").addEventListener("click", () => {
    for (const row of rows) row.element.open = false;
  });
  addEventListener("hashchange", openTarget);
  // Paper cannot be unfolded: print the evidence of everything that is not a plain pass.
  addEventListener("beforeprint", () => {
    for (const row of rows) if (row.verdict !== "PASS") row.element.open = true;
    for (const check of document.querySelectorAll("#checks .req")) check.open = true;
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|select|textarea)$/i.test(event.target.tagName)) {
      event.preventDefault();
      find("words").focus();
    }
  });

  form.hidden = rows.length === 0;
  apply();
  openTarget();
})();
