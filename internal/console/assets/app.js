// What makes the pages quicker to use. Every page works without it.
"use strict";

// On a narrow screen the navigation opens with a button.
const menu = document.querySelector("button.menu");
if (menu) {
	const nav = document.getElementById("nav");
	menu.hidden = false;
	nav.classList.add("closed");
	menu.addEventListener("click", () => {
		const open = nav.classList.toggle("closed") === false;
		menu.setAttribute("aria-expanded", String(open));
	});
}

// Copy buttons copy the text of the element that they name.
for (const button of document.querySelectorAll("button[data-copy]")) {
	if (!navigator.clipboard) continue;
	button.hidden = false;
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
		const before = button.textContent;
		button.textContent = button.dataset.done;
		setTimeout(() => { button.textContent = before; }, 2000);
	});
}

// Forms that destroy something ask first. A form is sent once.
for (const form of document.querySelectorAll("form[method=post]")) {
	form.addEventListener("submit", (event) => {
		if (form.dataset.confirm && !confirm(form.dataset.confirm)) {
			event.preventDefault();
			return;
		}
		if (form.dataset.sent) {
			event.preventDefault();
			return;
		}
		form.dataset.sent = "1";
	});
}
addEventListener("pageshow", (event) => {
	if (event.persisted) for (const form of document.forms) delete form.dataset.sent;
});
