package server

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// help has a text for every metric of the page. docs/operations.md says more.
var help = map[string]string{
	requestsTotal:  "Requests by route, code, condition and outcome.",
	requestsByApp:  "Requests by app ID and outcome.",
	imagesTotal:    "Images whose reading started, by condition.",
	requestSeconds: "Time from the first byte of a request to its reply.",
	stageSeconds:   "Time that requests spent in a stage.",
	rejectedTotal:  "Requests rejected for lack of room, before their body was read or after.",

	"kahao_build_info":                     "1, with the version as a label.",
	"kahao_inflight_weight":                "Weight of all requests in progress.",
	"kahao_queued_images":                  "Images that wait for a worker.",
	"kahao_reading_images":                 "Images that are being read.",
	"kahao_body_bytes":                     "Memory reserved for bodies of requests.",
	"kahao_image_bytes":                    "Memory reserved for decoding images.",
	"kahao_unit_cost_seconds":              "Reading time of an image of weight 1, smoothed.",
	"kahao_connections":                    "Open connections.",
	"kahao_connections_refused_total":      "Connections refused because there were too many.",
	"kahao_certificate_not_after_seconds":  "Unix time at which the certificate in use expires.",
	"kahao_ledger_broken":                  "1 if an invariant of the ledger is broken, 0 if all hold, -1 before the first check.",
	"kahao_ledger_checked_seconds":         "Unix time of the last check of the ledger.",
	"kahao_ledger_held_charges":            "Charges that were held at the last check of the ledger.",
	"kahao_ledger_expired_holds_total":     "Holds of dead processes that were released.",
	"kahao_ledger_bills_total":             "Months that were billed.",
	"kahao_pack_alerts_total":              "Packs that ran low or empty.",
	"kahao_job_failures_total":             "Background jobs that failed.",
	"kahao_refusals_uncounted_total":       "Rejected requests that were too many to be counted by account.",
	"go_sched_latencies_seconds":           "Time that goroutines waited to run.",
	"go_mutex_wait_seconds_total":          "Time that goroutines waited for a mutex.",
	"go_gc_mark_assist_cpu_seconds_total":  "CPU time of goroutines that helped the garbage collector.",
	"go_gc_cpu_seconds_total":              "CPU time of the garbage collector.",
	"go_gc_pauses_seconds":                 "Pauses of the garbage collector.",
	"go_scavenge_cpu_seconds_total":        "CPU time for returning memory to the system.",
	"go_memlimit_bytes":                    "Soft memory limit of the Go runtime.",
	"go_memstats_alloc_bytes":              "Memory of allocated heap objects.",
	"go_memstats_alloc_bytes_total":        "Memory of all heap objects ever allocated.",
	"go_memstats_buck_hash_sys_bytes":      "Memory of profiling buckets.",
	"go_memstats_frees_total":              "Heap objects freed.",
	"go_memstats_gc_cpu_fraction":          "Share of the CPU time that the garbage collector used since the start.",
	"go_memstats_gc_sys_bytes":             "Memory of the garbage collector's own data.",
	"go_memstats_heap_alloc_bytes":         "Memory of allocated heap objects.",
	"go_memstats_heap_idle_bytes":          "Memory of unused spans.",
	"go_memstats_heap_inuse_bytes":         "Memory of spans in use.",
	"go_memstats_heap_objects":             "Allocated heap objects.",
	"go_memstats_heap_released_bytes":      "Memory returned to the system.",
	"go_memstats_heap_sys_bytes":           "Memory of the heap obtained from the system.",
	"go_memstats_last_gc_time_seconds":     "Unix time of the last garbage collection.",
	"go_memstats_lookups_total":            "Pointer lookups of the runtime.",
	"go_memstats_mallocs_total":            "Heap objects allocated.",
	"go_memstats_mcache_inuse_bytes":       "Memory of mcache structures in use.",
	"go_memstats_mcache_sys_bytes":         "Memory of mcache structures obtained from the system.",
	"go_memstats_mspan_inuse_bytes":        "Memory of mspan structures in use.",
	"go_memstats_mspan_sys_bytes":          "Memory of mspan structures obtained from the system.",
	"go_memstats_next_gc_bytes":            "Heap size at which the next garbage collection starts.",
	"go_memstats_other_sys_bytes":          "Other memory of the runtime obtained from the system.",
	"go_memstats_stack_inuse_bytes":        "Memory of stacks in use.",
	"go_memstats_stack_sys_bytes":          "Memory of stacks obtained from the system.",
	"go_memstats_sys_bytes":                "Memory obtained from the system.",
	"go_cgo_calls_count":                   "Calls from Go to C.",
	"go_cpu_count":                         "CPUs of the machine.",
	"go_gc_duration_seconds":               "Pauses of the garbage collector, as quantiles.",
	"go_gc_forced_count":                   "Garbage collections that the program asked for.",
	"go_gomaxprocs":                        "CPUs that the program may use at once.",
	"go_goroutines":                        "Goroutines.",
	"go_threads":                           "Threads that the runtime created.",
	"go_info":                              "1, with the version of Go as a label.",
	"go_info_ext":                          "1, with compiler and platform as labels.",
	"process_cpu_seconds_system_total":     "CPU time of the process in the kernel.",
	"process_cpu_seconds_total":            "CPU time of the process.",
	"process_cpu_seconds_user_total":       "CPU time of the process outside the kernel.",
	"process_major_pagefaults_total":       "Page faults that read from a disk.",
	"process_minor_pagefaults_total":       "Page faults that read from no disk.",
	"process_num_threads":                  "Threads of the process.",
	"process_open_fds":                     "Open file descriptors.",
	"process_max_fds":                      "Most file descriptors that may be open.",
	"process_resident_memory_bytes":        "Resident memory.",
	"process_start_time_seconds":           "Unix time at which the process started.",
	"process_virtual_memory_bytes":         "Virtual memory.",
	"process_virtual_memory_peak_bytes":    "Most virtual memory so far.",
	"process_resident_memory_peak_bytes":   "Most resident memory so far.",
	"process_resident_memory_anon_bytes":   "Resident memory of no file.",
	"process_resident_memory_file_bytes":   "Resident memory of mapped files.",
	"process_resident_memory_shared_bytes": "Resident shared memory.",
}

// prefixHelp has texts for groups of metrics of the process, by their prefix.
var prefixHelp = []struct{ prefix, text string }{
	{"qce_ocr_", "A figure of the service under the name that the cloud's monitor gives it, by action."},
	{"process_io_", "I/O of the process, from /proc/self/io."},
	{"process_pressure_", "Time that tasks of the control group waited for a resource, from its pressure files."},
}

// helpOf is a metric's text, or "".
func helpOf(name string) string {
	if text := help[name]; text != "" {
		return text
	}
	for _, p := range prefixHelp {
		if strings.HasPrefix(name, p.prefix) {
			return p.text
		}
	}
	return ""
}

// writeWithHelp writes a page of metrics with help texts, which the library does
// not know. A metric has one HELP and one TYPE line, however many writers it has.
func writeWithHelp(w io.Writer, page []byte) {
	said := map[string]bool{}
	out := bufio.NewWriter(w)
	defer out.Flush()
	for line := range bytes.Lines(page) {
		if text := string(line); strings.HasPrefix(text, "# ") {
			if said[text] {
				continue
			}
			said[text] = true
			if name, ok := strings.CutPrefix(strings.TrimSpace(text), "# HELP "); ok && helpOf(name) != "" {
				line = []byte("# HELP " + name + " " + helpOf(name) + "\n")
			}
		}
		_, _ = out.Write(line)
	}
}
