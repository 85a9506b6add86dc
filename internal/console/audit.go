package console

import (
	"net/http"
	"slices"
	"strconv"

	"maps"

	"github.com/kahao/kahao/internal/service/audit"
)

// auditPage is how many entries a page of the audit log has.
const auditPage = 50

type auditData struct {
	Entries []auditRow
	Older   string // path of the next page, empty on the last
	All     bool   // entries of every account
}

type auditRow struct {
	audit.Entry
	Who     string
	Changes []auditChange
}

// auditChange is one value before and after.
type auditChange struct{ Name, Before, After string }

func (p *page) showAudit() error {
	f := audit.Filter{Account: p.account.ID, Limit: auditPage + 1}
	f.Before, _ = strconv.ParseInt(p.r.URL.Query().Get("before"), 10, 64)
	entries, err := p.Audit.List(p.r.Context(), f)
	if err != nil {
		return err
	}
	d := auditData{All: p.account.ID == ""}
	if len(entries) > auditPage {
		entries = entries[:auditPage]
		d.Older = p.r.URL.Path + "?before=" + strconv.FormatInt(entries[auditPage-1].Seq, 10)
	}
	for _, e := range entries {
		d.Entries = append(d.Entries, p.auditRow(e))
	}
	return p.render(http.StatusOK, "audit", d)
}

func (p *page) auditRow(e audit.Entry) auditRow {
	row := auditRow{Entry: e, Who: e.Actor}
	if e.Actor == audit.Operator || e.Actor == audit.Command {
		row.Who = p.t("role." + e.Actor)
	}
	names := slices.Collect(maps.Keys(e.Before))
	names = slices.Sorted(slices.Values(slices.AppendSeq(names, maps.Keys(e.After))))
	for _, name := range slices.Compact(names) {
		if e.Before[name] != e.After[name] {
			row.Changes = append(row.Changes, auditChange{name, e.Before[name], e.After[name]})
		}
	}
	return row
}
