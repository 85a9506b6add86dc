// What makes the pages quicker to use. Every page works without it.
"use strict";

// On a narrow screen the navigation opens with a button. The stylesheet closes it
// where there are scripts, so that nothing moves when this one is loaded.
const menu = document.querySelector("button.menu");
if (menu) {
	const nav = document.getElementById("nav");
	menu.addEventListener("click", () => {
		menu.setAttribute("aria-expanded", String(nav.classList.toggle("open")));
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

// The page that tries an image: the image stays in the browser, and what was
// read is drawn over it. Images may be dropped and pasted.
const trial = document.querySelector("form[data-try]");
if (trial) {
	const input = trial.querySelector("input[type=file]");
	const status = trial.querySelector(".status");
	const send = async (file) => {
		status.textContent = trial.dataset.busy;
		const body = new FormData();
		body.append("image", file);
		let page;
		try {
			const reply = await fetch(trial.action, { method: "POST", body });
			page = new DOMParser().parseFromString(await reply.text(), "text/html");
		} catch {
			status.textContent = trial.dataset.failed;
			return;
		}
		const result = page.getElementById("result") || document.createElement("div");
		const problem = page.querySelector("main > .problem, .narrow [role=alert]");
		status.textContent = problem ? problem.textContent : "";
		document.getElementById("result").replaceWith(document.adoptNode(result));
		const picture = result.querySelector(".picture");
		if (picture) {
			picture.querySelector("img").src = URL.createObjectURL(file);
			picture.hidden = false;
		}
	};
	const photo = trial.querySelector("#photo");
	photo.addEventListener("change", () => { if (photo.files.length > 0) send(photo.files[0]); });
	trial.addEventListener("submit", (event) => {
		event.preventDefault();
		delete trial.dataset.sent;
		if (input.files.length > 0) send(input.files[0]);
		else input.focus();
	});
	// The camera's view, where the browser has one: over HTTPS, or on this machine.
	const open = trial.querySelector("button.camera");
	const view = trial.querySelector("#camera");
	const video = view.querySelector("video");
	const stop = () => {
		for (const track of video.srcObject?.getTracks() ?? []) track.stop();
		video.srcObject = null;
		view.hidden = true;
		open.setAttribute("aria-expanded", "false");
	};
	open.hidden = !navigator.mediaDevices?.getUserMedia;
	open.addEventListener("click", async () => {
		status.textContent = "";
		try {
			video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
		} catch {
			status.textContent = trial.dataset.nocamera;
			return;
		}
		view.hidden = false;
		open.setAttribute("aria-expanded", "true");
		view.querySelector(".shoot").focus();
	});
	view.querySelector(".stop").addEventListener("click", () => { stop(); open.focus(); });
	view.querySelector(".shoot").addEventListener("click", () => {
		const canvas = document.createElement("canvas");
		[canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
		canvas.getContext("2d").drawImage(video, 0, 0);
		stop();
		canvas.toBlob((blob) => send(blob), "image/jpeg", 0.92);
	});
	addEventListener("dragover", (event) => event.preventDefault());
	addEventListener("drop", (event) => {
		event.preventDefault();
		if (event.dataTransfer.files.length > 0) send(event.dataTransfer.files[0]);
	});
	addEventListener("paste", (event) => {
		if (event.clipboardData.files.length > 0) send(event.clipboardData.files[0]);
	});
}
// The number is hidden until somebody asks for it.
addEventListener("change", (event) => {
	if (!event.target.matches("input[data-hide]")) return;
	const hide = event.target.checked;
	const result = document.getElementById("result");
	for (const e of result.querySelectorAll(".masked")) e.hidden = !hide;
	for (const e of result.querySelectorAll(".whole")) e.hidden = hide;
	result.classList.toggle("revealed", !hide);
});
