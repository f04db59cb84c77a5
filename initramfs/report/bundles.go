package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/bootmend/bootmend/initramfs/repair"
)

// BundlesDoc is the JSON form of the list of undo bundles.
type BundlesDoc struct {
	Version int         `json:"version"`
	Bundles []BundleDoc `json:"bundles"`
}

// BundleDoc is an undo bundle.
type BundleDoc struct {
	ID      string    `json:"id"`
	Where   string    `json:"where"`
	Time    time.Time `json:"time"`
	Why     []string  `json:"why"`
	Changes int       `json:"changes"`
	Error   string    `json:"error,omitempty"`
}

// WriteBundles writes the list as one JSON object.
func WriteBundles(w io.Writer, bundles []*repair.Bundle) error {
	d := BundlesDoc{Version: Version, Bundles: []BundleDoc{}}
	for _, b := range bundles {
		doc := BundleDoc{ID: b.Name, Where: b.Where, Why: []string{}}
		if b.Err != nil {
			doc.Error = b.Err.Error()
		} else {
			doc.Time, doc.Changes, doc.Why = b.Manifest.Time, len(b.Manifest.Items), b.Manifest.Why
		}
		d.Bundles = append(d.Bundles, doc)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}
