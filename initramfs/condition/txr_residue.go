package condition

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Files of registry transactions are destroyed.
//
// Seen as: STOP 0xC0000218, updates that fail with 800719e4 (the log is full), or
// a start that does not get beyond "Preparing". Vista and later.
// Cause: a file system check or an update left the transaction logs of the
// registry (config\TxR) empty or half written.
// Evidence: a .blf or .regtrans-ms file in config\TxR that is empty, or a .blf whose
// first sector is zero; or error 800719e4 in the last part of Logs\CBS\CBS.log. The files themselves are
// ordinary: every healthy Windows has seven of them.
// Fix: on request, because what was in a transaction is lost: they are renamed,
// and Windows makes new ones. The hives and their logs stay as they are.
var txrResidue = Condition{
	ID:     "txr-residue",
	Title:  "Files of registry transactions are destroyed",
	Detect: detectTxR,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		files, err := transactionFiles(f.Windows)
		if err != nil {
			return nil, err
		}
		var steps []step.Step
		for _, info := range files {
			path := txrFolder(f.Windows) + `\` + info.Name
			steps = append(steps, step.Rename{Volume: f.Windows.Volume, From: path, To: path + ".old", Why: "Windows makes new transaction logs"})
		}
		return steps, nil
	},
}

func txrFolder(w *inspect.Installation) string { return w.Path(`System32\config\TxR`) }

// transactionFiles lists the logs; none where there is no folder.
func transactionFiles(w *inspect.Installation) ([]fs.Info, error) {
	list, err := w.Volume.FS.ReadDir(txrFolder(w))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return nil, nil
	}
	var all []fs.Info
	for _, e := range list {
		name := strings.ToLower(e.Name)
		if !e.IsDir() && (strings.HasSuffix(name, ".blf") || strings.HasSuffix(name, ".regtrans-ms")) {
			all = append(all, e)
		}
	}
	return all, err
}

// brokenLog says what is wrong with a log, "" when nothing is. Every block of a
// .blf begins with a header whose version is not zero (ionescu007/clfs-docs);
// containers (.regtrans-ms) that were never used are zero.
func brokenLog(w *inspect.Installation, info fs.Info) (string, error) {
	if info.Size == 0 {
		return "it is empty", nil
	}
	if !strings.HasSuffix(strings.ToLower(info.Name), ".blf") {
		return "", nil
	}
	f, err := w.Volume.FS.Open(txrFolder(w) + `\` + info.Name)
	if err != nil {
		return "", err
	}
	b := make([]byte, min(512, info.Size))
	if _, err := f.ReadAt(b, 0); err != nil {
		return "", err
	}
	if len(bytes.Trim(b, "\x00")) == 0 {
		return "its first sector is zero", nil
	}
	return "", nil
}

// logIsFull looks at the end of the log of the servicing stack.
func logIsFull(w *inspect.Installation) bool {
	f, err := w.Volume.FS.Open(w.Path(`Logs\CBS\CBS.log`))
	if err != nil {
		return false // nothing says so
	}
	const last = 256 << 10
	size := f.Info().Size
	b := make([]byte, min(size, last))
	if _, err := f.ReadAt(b, size-int64(len(b))); err != nil {
		return false
	}
	return strings.Contains(strings.ToLower(string(b)), "800719e4")
}

func detectTxR(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		files, err := transactionFiles(w)
		var evidence []inspect.Evidence
		for _, info := range files {
			why, fileErr := brokenLog(w, info)
			if fileErr != nil {
				err = fileErr
			}
			if why != "" {
				evidence = append(evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: txrFolder(w) + `\` + info.Name, Offset: 0, Actual: why})
			}
		}
		if len(files) > 0 && logIsFull(w) {
			evidence = append(evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: w.Path(`Logs\CBS\CBS.log`), Offset: -1, Actual: "error 800719e4: the transaction log is full"})
		}
		if err != nil {
			all = append(all, Finding{Result: Unknown, Severity: Warning, Confidence: Low, Windows: w,
				Summary: fmt.Sprintf("%s cannot be read: %v.", txrFolder(w), err), Advice: "The volume has findings of its own."})
		}
		if len(evidence) == 0 {
			continue
		}
		all = append(all, Finding{Result: Present, Severity: Warning, Confidence: Low, Windows: w, Fixable: true, Evidence: evidence,
			Symptom: "STOP 0xC0000218, or updates that fail with 800719e4",
			Summary: fmt.Sprintf("Transaction logs of the registry of %s are destroyed or full.", w.Label()),
			Advice:  "If Windows does not start or updates do not end, repair --only txr-residue puts them aside; Windows makes new ones. A transaction that was not completed is lost."})
	}
	return all
}
