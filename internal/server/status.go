package server

import (
	"context"
	"maps"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/console"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/redact"
	"github.com/kahao/kahao/issuer"
)

// status is what the console shows of this server.
func (a *Server) status(ctx context.Context) (console.Status, error) {
	s := console.Status{
		Ready: a.store.Ready(ctx), Draining: a.draining.Load(), Started: a.store.Opened, Versions: a.versions,
		Listeners: a.listeners(), Stages: a.measures.latencies(), Errors: a.recent.newestFirst(),
	}
	s.Versions.Table = issuer.TableVersion() // it may have been reloaded
	l := a.limiter.State()
	s.Workers, s.Reading, s.Queue, s.Queued = a.config.Workers, l.Reading, a.config.Queue, l.Queued
	s.Bodies, s.MaxBodies, s.Images, s.MaxImages = l.Bodies, a.config.BodyMemory, l.Memory, a.config.ImageMemory
	s.RejectedFull, s.RejectedQueue = l.RejectedAdmission, l.RejectedQueue
	s.Memory, s.MaxMemory = memoryInUse(), a.memory
	s.Ledger.At, s.Ledger.Broken = a.lastVerified()
	for _, r := range a.jobs.Runs() {
		j := console.JobStatus{Name: r.Name, Every: r.Every, Last: r.Last, Took: r.Took.Round(time.Millisecond), Failed: r.Failed}
		if r.Cause != nil {
			j.Cause = redact.Error(r.Cause)
		}
		s.Jobs = append(s.Jobs, j)
	}
	var err error
	if s.Replicas, err = a.replicas(ctx); err != nil {
		return s, err
	}
	size, err := a.store.Size(ctx)
	if err != nil {
		return s, err
	}
	s.Database = console.DatabaseStatus{Engine: a.store.EngineName(), Directory: a.config.Data, Bytes: size, Free: -1}
	if a.config.Data != "" {
		s.Database.Free = freeBytes(a.config.Data)
	}
	return s, nil
}

// listeners are the addresses that the server listens on.
func (a *Server) listeners() (all []console.ListenerStatus) {
	var end time.Time
	scheme := a.scheme() + "://"
	if a.certificate != nil {
		end = a.certificate.NotAfter()
	}
	for _, l := range []struct {
		name string
		at   *httpserver.Listener
	}{{"api", a.listener}, {"console", a.consoleAt}, {"metrics", a.pageAt}} {
		if l.at == nil {
			continue
		}
		open, refused := l.at.Count()
		all = append(all, console.ListenerStatus{Name: l.name, URL: scheme + l.at.Addr().String(), Open: open, Refused: refused, CertificateEnd: end})
	}
	return all
}

// latencies returns copies of the stages' latencies, by name.
func (m *measures) latencies() (all []console.StageStatus) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(m.stages)) {
		all = append(all, console.StageStatus{Name: name, Latency: maps.Clone(m.stages[name])})
	}
	return all
}

// memoryInUse is what the Go runtime has of the system's memory. Every limit of
// the process's memory is one of this.
func memoryInUse() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}
