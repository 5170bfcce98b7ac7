// The print button, where scripts run; without them the page says which command prints.
"use strict";
(() => {
  const button = document.getElementById("print");
  button.hidden = false;
  document.querySelector(".no-script").hidden = true;
  button.addEventListener("click", () => window.print());
})();
