// Shows the western year beside a year of an era, while it is typed.
"use strict";
(() => {
  const form = document.getElementById("search");
  const shown = document.getElementById("western");
  const show = () => {
    const era = form.querySelector('input[name="era"]:checked');
    const typed = form.elements.year.value.trim().normalize("NFKC");
    const year = typed === "元" ? 1 : Number(typed);
    const offset = Number(era?.dataset.offset ?? 0);
    shown.textContent = offset && year > 0 ? `${shown.dataset.before} ${year + offset}` : "";
  };
  form.addEventListener("input", show);
  show();
})();
