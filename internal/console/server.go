package console

import (
	"net/http"
	"runtime"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/usage"
)

// Status is the state of this server.
type Status struct {
	Ready    error // why it does not take requests, or nil
	Draining bool
	Started  time.Time
	Versions kahao.Versions

	Listeners []ListenerStatus
	Replicas  []ReplicaStatus // none if the database belongs to this server alone

	Workers, Reading            int
	Queue, Queued               int
	Bodies, MaxBodies           int64 // bytes
	Images, MaxImages           int64 // bytes
	RejectedFull, RejectedQueue uint64
	Memory, MaxMemory           int64 // bytes of the process; MaxMemory is 0 if there is no limit

	Stages   []StageStatus // in the order of their names
	Database DatabaseStatus
	Jobs     []JobStatus
	Ledger   LedgerStatus
	Errors   []LogLine // the newest first
}

// ListenerStatus is an address that the server listens on.
type ListenerStatus struct {
	Name    string // api, console or metrics
	URL     string
	Open    int
	Refused uint64
	// CertificateEnd is when the certificate expires, zero without TLS.
	CertificateEnd time.Time
}

// ReplicaStatus is a server on the same database, as it last reported itself.
type ReplicaStatus struct {
	Self, Missing bool
	Host, URL     string
	Version       string
	State         string // ready, notready or draining
	Started, Seen time.Time

	Workers, Reading int
	Queue, Queued    int
	Memory           int64 // bytes
}

// StageStatus is the latency of a stage of requests since the start.
type StageStatus struct {
	Name    string
	Latency usage.Histogram
}

// DatabaseStatus is where the data is. Free is -1 if it is not known.
type DatabaseStatus struct {
	Engine      string
	Directory   string // empty for a database elsewhere
	Bytes, Free int64
}

// JobStatus is a background job since the start.
type JobStatus struct {
	Name   string
	Every  time.Duration
	Last   time.Time // end of the last run, zero before the first
	Took   time.Duration
	Failed uint64
	Cause  string // of the last run's failure
}

// LedgerStatus is what the last verification by this server found.
type LedgerStatus struct {
	At     time.Time // zero before the first
	Broken bool
}

// LogLine is an error or a warning of the log.
type LogLine struct {
	At    time.Time
	Level string
	Text  string
}

type serverData struct {
	Status
	Uptime, Go, Platform string
	Stages               []stageRow
	Errors               []LogLine
}

type stageRow struct {
	Name          string
	Count         int64
	P50, P95, P99 string
}

func (p *page) showServer() error {
	s, err := p.Status(p.r.Context())
	if err != nil {
		return err
	}
	d := serverData{Status: s, Uptime: p.duration(p.Now().Sub(s.Started)), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	for _, st := range s.Stages {
		d.Stages = append(d.Stages, stageRow{st.Name, st.Latency.Count(), milliseconds(st.Latency, 0.5), milliseconds(st.Latency, 0.95), milliseconds(st.Latency, 0.99)})
	}
	for _, line := range s.Errors {
		// The log is free of card numbers already; this is the second lock.
		line.Text = audit.Values{"text": line.Text}.Redacted()["text"]
		d.Errors = append(d.Errors, line)
	}
	return p.render(http.StatusOK, "server", d)
}

// duration is a time in its two largest units.
func (p *page) duration(d time.Duration) string {
	switch days := int64(d / (24 * time.Hour)); {
	case days > 0:
		return p.t("duration.days", days, int64(d/time.Hour)%24)
	case d >= time.Hour:
		return p.t("duration.hours", int64(d/time.Hour), int64(d/time.Minute)%60)
	}
	return p.t("duration.minutes", int64(d/time.Minute), int64(d/time.Second)%60)
}
